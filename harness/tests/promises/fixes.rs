//! What `flow` mends in rules if asked to: each fix makes the divergences that it declares, on the pinned cases, and no others.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use contract::Options;
use contract::stage::Stage;
use corpus::Case;
use engines::Choice;
use harness::judge::{Engines, Unwatched};
use harness::{Aspect, Blame, Judgement};
use serde_json::json;

use crate::support::{migration, registered};

/// Every fix there is.
fn fixes() -> &'static [Choice] {
    let flow = engines::find("flow").expect("it is registered");
    let fix = flow.options.iter().find(|option| option.name == "fix");
    fix.expect("it has the option").choices
}

/// dataflow-rs against `flow` with the fixes of these names.
fn mended(names: &[&str]) -> Engines {
    let options = Options::from([("fix".to_owned(), json!(names))]);
    let flow = engines::find("flow").expect("it is registered");
    let flow = (flow.build)(&options).expect("the fixes are known");
    migration(registered("dataflow"), Arc::from(flow))
}

fn pinned() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/cases/rules");
    corpus::load::load(&folder).expect("the pinned cases are well-formed")
}

/// The aspects in which `engines` diverge on `cases`, each with the ids of the cases.
fn diverging(engines: &Engines, cases: &[Case]) -> BTreeSet<(Aspect, String)> {
    let mut stage = Stage::new();
    stage.listen(true);
    let mut found = BTreeSet::new();
    for case in cases {
        let judgement = engines.judge(&mut stage, case, case.features(), &Unwatched);
        let Judgement::Compared(comparison) = judgement else {
            panic!("{}: {judgement:?}", case.id)
        };
        assert_eq!(comparison.unlisted, 0, "{}", case.id);
        let blame = (!comparison.divergences.is_empty()).then_some(Blame::New);
        assert_eq!(comparison.blame, blame, "{}", case.id);
        found.extend(
            comparison
                .divergences
                .iter()
                .map(|found| (found.aspect, case.id.clone())),
        );
    }
    found
}

#[test]
fn without_fixes_nothing_diverges() {
    assert_eq!(diverging(&mended(&[]), &pinned()), BTreeSet::new());
}

#[test]
fn each_fix_diverges_in_each_aspect_that_it_declares_and_in_no_other() {
    let cases = pinned();
    assert!(!fixes().is_empty());
    for fix in fixes() {
        let found = diverging(&mended(&[fix.name]), &cases);
        let aspects: BTreeSet<&str> = found.iter().map(|(aspect, _)| aspect.as_str()).collect();
        let declared: BTreeSet<&str> = fix.diverges.iter().copied().collect();
        // A trace shows again whatever else there is.
        let direct: BTreeSet<&str> = aspects.into_iter().filter(|aspect| *aspect != "trace").collect();
        assert_eq!(direct, declared, "{}: {found:#?}", fix.name);
    }
}

#[test]
fn all_fixes_together_diverge_in_the_cases_in_which_one_of_them_does() {
    let cases = pinned();
    let ids = |found: BTreeSet<(Aspect, String)>| found.into_iter().map(|(_, id)| id);
    let apart: BTreeSet<String> = fixes()
        .iter()
        .flat_map(|fix| ids(diverging(&mended(&[fix.name]), &cases)))
        .collect();
    let names: Vec<&str> = fixes().iter().map(|fix| fix.name).collect();
    let together: BTreeSet<String> = ids(diverging(&mended(&names), &cases)).collect();
    assert_eq!(together, apart);
    assert!(together.len() < cases.len());
}
