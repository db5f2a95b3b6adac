//! What people read of a verdict, on a terminal and in a CI job's summary.

use anstream::adapter::strip_str;
use contract::{Behaviour, Feature, FeatureSet, Format, Millis, Options};
use harness::config::Gates;
use harness::judge::{Baseline, Comparison, Seen};
use harness::record::{EngineRecord, FORMAT_VERSION, Machine, Manifest};
use harness::verdict::{Application, Subject, Tally, Verdict};
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
        rules: 0,
        listed: 0,
        made: 0,
        messages: 0,
        paths: Vec::new(),
        only: None,
        planted: Vec::new(),
        today: None,
        ledger: None,
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
    Judgement::Compared(Comparison {
        divergences,
        blame,
        ..Comparison::equal(baseline, [Millis(1_500), Millis(900)])
    })
}

fn verdict(divergences: &[Divergence]) -> Verdict {
    let mut tally = Tally::default();
    let plain = FeatureSet::from([Feature::Needs, Feature::When]);
    let rich = FeatureSet::from([Feature::Needs, Feature::Retry]);
    let not_compared = Judgement::NotCompared {
        new_lacks: [Feature::ForEach].into(),
        legacy_lacks: [Feature::ForEach].into(),
        format: None,
    };
    let subject = |index, id, tasks, features| Subject {
        index,
        id,
        tasks,
        features,
        format: Format::Dag,
        application: None,
    };
    tally.add(
        &subject(0, "g7-0", 12, plain),
        &compared(Baseline::Legacy, divergences.to_vec()),
    );
    tally.add(&subject(1, "g7-1", 3, rich), &compared(Baseline::Reference, Vec::new()));
    tally.add(&subject(2, "g7-2", 200, [Feature::ForEach].into()), &not_compared);
    Verdict::of(tally, None, &Gates::default())
}

/// Two messages of an application that has three tasks, and a generated case that reached all but one behaviour.
fn of_rules() -> Verdict {
    let application = Application {
        name: "orders<b>".to_owned(),
        tasks: ["o/price", "o/total", "o/unused"].map(str::to_owned).into(),
    };
    let mut tally = Tally::default();
    let mut add = |index, id, application, behaviours: &[Behaviour], task: &str| {
        let subject = Subject {
            index,
            id,
            tasks: 3,
            features: FeatureSet::EMPTY,
            format: Format::Rules,
            application,
        };
        let comparison = Comparison {
            masked: 4,
            seen: Seen {
                behaviours: behaviours.iter().copied().collect(),
                audit: vec![["o", task].map(Into::into)],
                refusal: None,
            },
            ..Comparison::equal(Baseline::Legacy, [Millis(2); 2])
        };
        tally.add(&subject, &Judgement::Compared(comparison));
    };
    add(0, "orders-0", Some(&application), &[Behaviour::FunctionMap], "price");
    add(1, "orders-1", Some(&application), &[Behaviour::FunctionMap], "total");
    let all_but_one: Vec<Behaviour> = Behaviour::ALL.iter().copied().skip(1).collect();
    add(2, "r7-0", None, &all_but_one, "whatever");
    Verdict::of(tally, None, &Gates::default())
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
fn what_cases_of_rules_went_through_is_told() {
    let manifest = Manifest { rules: 1, ..manifest() };
    let terminal = reports::terminal::verdict(&manifest, &of_rules(), "target/cutover/dataflow-1");
    insta::assert_snapshot!("terminal_rules", strip_str(&terminal).to_string());
    insta::assert_snapshot!("markdown_rules", reports::markdown::summary(&manifest, &of_rules()));
}

#[test]
fn what_an_applications_own_definitions_do_not_use_is_not_held_against_them() {
    let shown = |rules| {
        let manifest = Manifest { rules, ..manifest() };
        reports::terminal::verdict(&manifest, &of_rules(), "record")
    };
    assert!(shown(1).contains("not reached: truthy_workflow_condition"));
    assert!(!shown(0).contains("not reached"));
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
