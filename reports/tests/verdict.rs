//! What people read of a verdict, on a terminal and in a CI job's summary.

use anstream::adapter::strip_str;
use contract::{Feature, FeatureSet, Millis, Options};
use harness::config::Gates;
use harness::judge::{Baseline, Comparison};
use harness::record::{EngineRecord, FORMAT_VERSION, Machine, Manifest};
use harness::verdict::{Tally, Verdict};
use harness::{Aspect, Blame, Divergence, Judgement};

fn manifest() -> Manifest {
    let engine = |name: &str| {
        let mut description = (engines::find(name).unwrap().build)(&Options::default())
            .unwrap()
            .describe();
        "1.2.3".clone_into(&mut description.version);
        EngineRecord {
            description,
            options: Options::default(),
        }
    };
    Manifest {
        format_version: FORMAT_VERSION,
        cutover: "0.1.0".to_owned(),
        migration: "dataflow".to_owned(),
        about: String::new(),
        seed: 7,
        generated: 3,
        listed: 0,
        paths: Vec::new(),
        only: None,
        jobs: 2,
        gates: Gates::default().into(),
        legacy: engine("dataflow"),
        new: engine("flow"),
        reference: engine("reference"),
        machine: Machine {
            os: "linux".to_owned(),
            architecture: "x86_64".to_owned(),
            processors: 2,
        },
    }
}

fn compared(baseline: Baseline, divergences: Vec<Divergence>) -> Judgement {
    let blame = (!divergences.is_empty()).then_some(Blame::New);
    let ended_badly = [false; 2];
    Judgement::Compared(Comparison {
        baseline,
        makespan: [Millis(1_500), Millis(900)],
        ended_badly,
        divergences,
        blame,
    })
}

fn verdict(divergences: &[Divergence]) -> Verdict {
    let mut tally = Tally::default();
    let plain = FeatureSet::from([Feature::Needs, Feature::When]);
    let rich = FeatureSet::from([Feature::Needs, Feature::Retry]);
    let not_compared = Judgement::NotCompared {
        new_lacks: [Feature::ForEach].into(),
        legacy_lacks: [Feature::ForEach].into(),
    };
    tally.add(0, "g7-0", 12, plain, &compared(Baseline::Legacy, divergences.to_vec()));
    tally.add(1, "g7-1", 3, rich, &compared(Baseline::Reference, Vec::new()));
    tally.add(2, "g7-2", 200, [Feature::ForEach].into(), &not_compared);
    Verdict::of(tally, &Gates::default())
}

fn hostile() -> Divergence {
    Divergence {
        aspect: Aspect::Output,
        path: "tasks.<script>alert(1)</script>\u{1b}[31m.output".to_owned(),
        baseline: "\"| a | b |\"".to_owned(),
        new: "missing".to_owned(),
    }
}

/// As it is without a terminal.
fn terminal(verdict: &Verdict) -> String {
    let styled = reports::terminal::verdict(&manifest(), verdict, "target/cutover/dataflow-1");
    strip_str(&styled).to_string()
}

#[test]
fn a_pass_says_for_what_it_holds() {
    insta::assert_snapshot!("terminal_pass", terminal(&verdict(&[])));
    insta::assert_snapshot!("markdown_pass", reports::markdown::summary(&manifest(), &verdict(&[])));
}

#[test]
fn a_failure_says_where_and_how_to_see_it() {
    insta::assert_snapshot!("terminal_fail", terminal(&verdict(&[hostile()])));
    insta::assert_snapshot!(
        "markdown_fail",
        reports::markdown::summary(&manifest(), &verdict(&[hostile()]))
    );
}

#[test]
fn the_same_record_gives_the_same_bytes() {
    let [first, second] = [(); 2].map(|()| reports::markdown::summary(&manifest(), &verdict(&[hostile()])));
    assert_eq!(first, second);
}

#[test]
fn nothing_from_a_workflow_reaches_the_summary_as_markup() {
    let summary = reports::markdown::summary(&manifest(), &verdict(&[hostile()]));
    assert!(
        !summary.contains("<script") && !summary.contains('\u{1b}') && !summary.contains("| a | b |"),
        "{summary}"
    );
}
