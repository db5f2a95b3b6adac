//! The gates, given what was counted.

use contract::{Behaviour, Feature, FeatureSet, Format, Millis};

use super::*;
use crate::divergence::{Aspect, Blame, Divergence};
use crate::judge::{Baseline, Comparison, FormatGap, Judgement, Seen};
use crate::recovery::Recovered;

fn equal(baseline: Baseline, makespan: [u64; 2]) -> Judgement {
    Judgement::Compared(Comparison::equal(baseline, makespan.map(Millis)))
}

fn differing(baseline: Baseline) -> Judgement {
    let divergence = Divergence {
        aspect: Aspect::Calls,
        path: "calls.a#1".into(),
        baseline: "called".into(),
        new: "not called".into(),
    };
    Judgement::Compared(Comparison {
        ended_badly: [false, true],
        divergences: vec![divergence],
        blame: Some(Blame::New),
        ..Comparison::equal(baseline, [Millis(1); 2])
    })
}

fn lost(legacy_lacks: FeatureSet) -> Judgement {
    Judgement::NotCompared {
        new_lacks: [Feature::When].into(),
        legacy_lacks,
        format: None,
    }
}

/// The case at `index` of a corpus of workflows.
fn subject(index: usize, id: &str) -> Subject<'_> {
    Subject {
        index: index as u64,
        id,
        tasks: index % 5,
        features: [Feature::Needs].into(),
        format: Format::Dag,
        application: None,
        tags: &[],
    }
}

/// Checks what the gates come to, but for the controls, which are none here.
#[track_caller]
fn check(judgements: &[Judgement], decision: Decision, gates: [Option<Decision>; 5]) -> Verdict {
    let mut tally = Tally::default();
    for (index, judgement) in judgements.iter().enumerate() {
        tally.add(&subject(index, &format!("c{index}")), judgement);
    }
    let verdict = Verdict::of(tally, None, &Gates::default());
    assert_eq!(
        verdict.gates[..5].iter().map(|gate| gate.decision).collect::<Vec<_>>(),
        gates,
        "{:#?}",
        verdict.gates
    );
    assert_eq!(verdict.decision, decision);
    verdict
}

/// What the gate of the controls says, if nothing else is wrong.
#[track_caller]
fn check_controls(differs: bool, planted: Option<PlantedFaults>, decision: Option<Decision>, figure: &str) {
    let mut tally = Tally::default();
    let alike = equal(Baseline::Legacy, [1, 1]);
    tally.add(&subject(0, "c0"), &alike);
    let of_control = if differs { differing(Baseline::Legacy) } else { alike };
    tally.controls.add(0, "c0", "old", &of_control);
    let verdict = Verdict::of(tally, planted, &Gates::default());
    let gate = verdict.gates.last().expect("there are gates");
    assert_eq!((gate.decision, &*gate.figure), (decision, figure));
    assert_eq!(verdict.decision, decision.unwrap_or(Decision::Pass));
}

fn planted(found: u64, planted: u64) -> PlantedFaults {
    let found = (0..found).map(|number| crate::mutants::control::FoundFault {
        name: format!("m{number}"),
        after: 1,
    });
    PlantedFaults {
        planted,
        found: found.collect(),
        missed: Vec::new(),
    }
}

#[test]
fn an_engine_that_differs_from_itself_leaves_the_run_open() {
    let figure = "0 of 1 cases differ between an engine and itself";
    check_controls(false, None, PASS, figure);
    let figure = "1 of 1 cases differ between an engine and itself";
    check_controls(true, None, Some(Decision::Inconclusive), figure);
}

#[test]
fn a_harness_that_finds_no_planted_fault_proves_nothing() {
    let figure = "2 of 3 planted faults found; 0 of 1 cases differ between an engine and itself";
    check_controls(false, Some(planted(2, 3)), PASS, figure);
    let figure = "0 of 3 planted faults found; 0 of 1 cases differ between an engine and itself";
    check_controls(false, Some(planted(0, 3)), Some(Decision::Inconclusive), figure);
}

const PASS: Option<Decision> = Some(Decision::Pass);
const FAIL: Option<Decision> = Some(Decision::Fail);

#[test]
fn no_case_at_all_is_never_a_pass() {
    check(
        &[],
        Decision::NothingCompared,
        [Some(Decision::Inconclusive), None, None, None, None],
    );
}

#[test]
fn equal_cases_pass() {
    check(
        &[equal(Baseline::Legacy, [2, 2])],
        Decision::Pass,
        [PASS, None, None, PASS, PASS],
    );
}

#[test]
fn without_a_case_compared_with_legacy_parity_is_open() {
    let only_reference = [equal(Baseline::Reference, [2, 2])];
    check(
        &only_reference,
        Decision::Inconclusive,
        [Some(Decision::Inconclusive), PASS, None, None, None],
    );
}

#[test]
fn one_difference_in_many_cases_fails_parity_and_is_not_rounded_away() {
    let mut judgements = vec![equal(Baseline::Legacy, [1, 1]); 99_999];
    judgements.push(differing(Baseline::Legacy));
    let verdict = check(&judgements, Decision::Fail, [FAIL, None, None, FAIL, PASS]);
    assert_eq!(
        verdict.gates[0].figure,
        "99.999 %: 99,999 of 100,000 cases equal, 1 open"
    );
}

#[test]
fn a_difference_from_what_is_written_fails_semantics() {
    check(
        &[equal(Baseline::Legacy, [1, 1]), differing(Baseline::Reference)],
        Decision::Fail,
        [PASS, FAIL, None, PASS, PASS],
    );
}

#[test]
fn a_feature_that_legacy_has_and_new_lacks_fails_parity() {
    check(
        &[equal(Baseline::Legacy, [1, 1]), lost(FeatureSet::EMPTY)],
        Decision::Fail,
        [FAIL, None, None, PASS, PASS],
    );
    check(
        &[lost(FeatureSet::EMPTY)],
        Decision::Fail,
        [FAIL, None, None, None, None],
    );
}

#[test]
fn a_feature_that_neither_has_fails_nothing() {
    let neither = lost([Feature::When].into());
    check(
        &[equal(Baseline::Legacy, [1, 1]), neither],
        Decision::Pass,
        [PASS, None, None, PASS, PASS],
    );
}

#[test]
fn one_case_slower_than_legacy_fails_makespan() {
    let judgements = [equal(Baseline::Legacy, [100, 50]), equal(Baseline::Legacy, [100, 101])];
    let verdict = check(&judgements, Decision::Fail, [PASS, None, None, PASS, FAIL]);
    assert_eq!(
        verdict.gates[4].figure,
        "worst 1.010× (case c1: new 101 ms, legacy 100 ms); 1 of 2 cases slower"
    );
}

#[test]
fn the_verdict_does_not_depend_on_which_thread_counted_what() {
    let judgements: Vec<Judgement> = (0..200)
        .map(|number| {
            if number % 7 == 0 {
                differing(Baseline::Legacy)
            } else {
                equal(Baseline::Legacy, [number, number % 13])
            }
        })
        .collect();
    let tally = |indices: &mut dyn Iterator<Item = usize>| {
        let mut tally = Tally::default();
        for index in indices {
            tally.add(&subject(index, &format!("c{index}")), &judgements[index]);
        }
        tally
    };
    let whole = Verdict::of(tally(&mut (0..200)), None, &Gates::default());
    for split in [1, 2, 3, 7] {
        let mut merged = Tally::default();
        for part in (0..split).rev() {
            merged.merge(tally(&mut (part..200).step_by(split)));
        }
        assert_eq!(Verdict::of(merged, None, &Gates::default()), whole);
    }
}

#[test]
fn a_format_that_only_legacy_accepts_fails_parity() {
    let only = |legacy_accepts: bool, new_accepts: bool| Judgement::NotCompared {
        new_lacks: FeatureSet::EMPTY,
        legacy_lacks: FeatureSet::EMPTY,
        format: Some(FormatGap {
            format: Format::Rules,
            legacy_accepts,
            new_accepts,
        }),
    };
    let [by_legacy, by_new, by_none] =
        [(true, false), (false, true), (false, false)].map(|(one, other)| only(one, other));
    check(
        &[equal(Baseline::Legacy, [1, 1]), by_legacy],
        Decision::Fail,
        [FAIL, None, None, PASS, PASS],
    );
    check(
        &[equal(Baseline::Legacy, [1, 1]), by_new, by_none],
        Decision::Pass,
        [PASS, None, None, PASS, PASS],
    );
}

/// Three cases of one application, of which each went through something and ran some task.
fn reach(order: &[usize]) -> Reach {
    let application = Application {
        name: "orders".to_owned(),
        tasks: ["o/a", "o/b", "o/c", "o/d"].map(str::to_owned).into(),
    };
    let seen = [
        (Behaviour::FunctionMap, "a"),
        (Behaviour::FunctionMap, "b"),
        (Behaviour::FilterHalted, "a"),
    ];
    let mut total = Tally::default();
    for index in order.iter().copied() {
        let (behaviour, task) = seen[index];
        let comparison = Comparison {
            masked: 2,
            seen: Seen {
                behaviours: [behaviour].into(),
                audit: vec![["o", task].map(Into::into)],
                refusal: None,
            },
            ..Comparison::equal(Baseline::Legacy, [Millis(1); 2])
        };
        let id = format!("orders-{index}");
        let subject = Subject {
            format: Format::Rules,
            application: Some(&application),
            ..subject(index, &id)
        };
        let mut tally = Tally::default();
        tally.add(&subject, &Judgement::Compared(comparison));
        total.merge(tally);
    }
    assert_eq!(total.masked, 2 * order.len() as u64);
    total.reach
}

#[test]
fn a_behaviour_is_counted_with_the_first_case_that_reached_it() {
    let reach = reach(&[2, 1, 0]);
    let map = &reach.behaviours["function_map"];
    assert_eq!((map.cases, &*map.id), (2, "orders-0"));
    assert_eq!(
        reach.behaviours(),
        [Behaviour::FunctionMap, Behaviour::FilterHalted].into()
    );
}

#[test]
fn a_task_of_an_application_is_idle_until_a_case_runs_it() {
    let coverage = &reach(&[0, 1, 2]).applications["orders"];
    assert_eq!((coverage.cases, coverage.ran(), coverage.tasks), (3, 2, 4));
    assert_eq!(coverage.idle, ["o/c", "o/d"].map(str::to_owned).into());
    assert_eq!(reach(&[0, 1, 2]), reach(&[2, 0, 1]));
}

#[test]
fn a_pair_of_features_counts_once_a_case_of_it_was_compared() {
    let mut tally = Tally::default();
    let with = |features: [Feature; 2]| Subject {
        features: features.into(),
        ..subject(0, "c")
    };
    tally.add(&with([Feature::Needs, Feature::When]), &equal(Baseline::Legacy, [1, 1]));
    tally.add(&with([Feature::Needs, Feature::Retry]), &lost(FeatureSet::EMPTY));
    let mut other = Tally::default();
    other.add(
        &with([Feature::Retry, Feature::Durable]),
        &equal(Baseline::Reference, [1, 1]),
    );
    tally.merge(other);
    assert_eq!(tally.pairs.reached(), 2);
    assert!(tally.pairs.contains((Feature::Needs, Feature::When)));
    assert!(!tally.pairs.contains((Feature::Needs, Feature::Retry)));
}

#[test]
fn another_end_after_a_death_fails_recovery_and_nothing_else() {
    let killed = |alike, divergences: Vec<Divergence>| {
        Judgement::Compared(Comparison {
            blame: (!divergences.is_empty()).then_some(Blame::New),
            divergences,
            recovery: Some(Recovered { points: 30, alike }),
            ..Comparison::equal(Baseline::Legacy, [Millis(1); 2])
        })
    };
    let lost = Divergence {
        aspect: Aspect::Recovery,
        path: "recovery.5:part.run.status".into(),
        baseline: "succeeded".into(),
        new: "failed".into(),
    };
    check(
        &[killed(30, Vec::new())],
        Decision::Pass,
        [PASS, None, PASS, PASS, PASS],
    );
    let verdict = check(
        &[killed(30, Vec::new()), killed(29, vec![lost])],
        Decision::Fail,
        [PASS, None, FAIL, PASS, PASS],
    );
    assert_eq!(verdict.tally.divergences(), 1);
    assert_eq!(
        verdict.gates[2].figure,
        "98.333 %: killed at 60 points of 2 cases, recovered alike after 59; 1 cases open"
    );
}

/// Three cases that differ, one in each gate that counts differences, and one that does not.
fn with_accepted(accepted: Counted) -> Verdict {
    let lost = Divergence {
        aspect: Aspect::Recovery,
        path: "recovery.5:part.run.status".into(),
        baseline: "succeeded".into(),
        new: "failed".into(),
    };
    let killed = Judgement::Compared(Comparison {
        blame: Some(Blame::New),
        divergences: vec![lost],
        recovery: Some(Recovered { points: 30, alike: 29 }),
        ..Comparison::equal(Baseline::Legacy, [Millis(1); 2])
    });
    let mut tally = Tally::default();
    let judgements = [
        equal(Baseline::Legacy, [1, 1]),
        differing(Baseline::Legacy),
        differing(Baseline::Reference),
        killed,
    ];
    for (index, judgement) in judgements.iter().enumerate() {
        tally.add(&subject(index, &format!("c{index}")), judgement);
    }
    let mut clusters = vec![crate::ledger::tests::cluster("c-1", None, &["s"])];
    clusters[0].counted = accepted;
    clusters[0].standing = crate::ledger::Standing::Accepted(crate::ledger::Acceptance {
        entry: "c-1".into(),
        reason: "r".into(),
        owner: "o".into(),
        expires: "2027-01-31".parse().unwrap(),
    });
    let causes = Causes {
        clusters,
        ..Causes::default()
    };
    let findings = Findings {
        tally,
        causes,
        ..Findings::default()
    };
    Verdict::judge(findings, &Gates::default())
}

#[test]
fn a_gate_holds_once_nothing_in_it_is_open() {
    let one = Counted {
        parity: 1,
        semantics: 1,
        recovery: 1,
    };
    for (accepted, decisions) in [
        (one, [PASS, PASS, PASS]),
        (Counted { parity: 0, ..one }, [FAIL, PASS, PASS]),
        (Counted { semantics: 0, ..one }, [PASS, FAIL, PASS]),
        (Counted { recovery: 0, ..one }, [PASS, PASS, FAIL]),
    ] {
        let verdict = with_accepted(accepted);
        let found = verdict.gates[..3].iter().map(|gate| gate.decision);
        assert_eq!(found.collect::<Vec<_>>(), decisions, "{accepted:?}");
        assert_eq!(verdict.accepted, accepted);
        assert_eq!(verdict.tally.divergences(), 3);
    }
}

#[test]
fn what_is_accepted_is_stated_apart_from_what_is_open() {
    let verdict = with_accepted(Counted {
        parity: 1,
        semantics: 0,
        recovery: 1,
    });
    let figures: Vec<&str> = verdict.gates[..3].iter().map(|gate| &*gate.figure).collect();
    assert_eq!(
        figures,
        [
            "66.666 %: 2 of 3 cases equal, 0 open, 1 accepted",
            "0.000 %: 0 of 1 cases as the reference, 1 open",
            "96.666 %: killed at 30 points of 1 cases, recovered alike after 29; 0 cases open, 1 accepted",
        ]
    );
}
