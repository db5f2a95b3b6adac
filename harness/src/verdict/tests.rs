//! The gates, given what was counted.

use contract::FeatureSet;

use super::*;
use crate::divergence::Divergence;
use crate::judge::Comparison;

fn equal(baseline: Baseline, makespan: [u64; 2]) -> Judgement {
    Judgement::Compared(Comparison {
        baseline,
        makespan: makespan.map(Millis),
        ended_badly: [false; 2],
        divergences: Vec::new(),
        blame: None,
    })
}

fn differing(baseline: Baseline) -> Judgement {
    let divergence = Divergence {
        aspect: Aspect::Calls,
        path: "calls.a#1".into(),
        baseline: "called".into(),
        new: "not called".into(),
    };
    Judgement::Compared(Comparison {
        baseline,
        makespan: [Millis(1); 2],
        ended_badly: [false, true],
        divergences: vec![divergence],
        blame: Some(Blame::New),
    })
}

fn lost(legacy_lacks: FeatureSet) -> Judgement {
    Judgement::NotCompared {
        new_lacks: [Feature::When].into(),
        legacy_lacks,
    }
}

#[track_caller]
fn check(judgements: &[Judgement], decision: Decision, gates: [Option<Decision>; 4]) -> Verdict {
    let mut tally = Tally::default();
    for (index, judgement) in judgements.iter().enumerate() {
        tally.add(
            index as u64,
            &format!("c{index}"),
            1,
            [Feature::Needs].into(),
            judgement,
        );
    }
    let verdict = Verdict::of(tally, &Gates::default());
    assert_eq!(
        verdict.gates.iter().map(|gate| gate.decision).collect::<Vec<_>>(),
        gates,
        "{:#?}",
        verdict.gates
    );
    assert_eq!(verdict.decision, decision);
    verdict
}

const PASS: Option<Decision> = Some(Decision::Pass);
const FAIL: Option<Decision> = Some(Decision::Fail);

#[test]
fn no_case_at_all_is_never_a_pass() {
    check(
        &[],
        Decision::NothingCompared,
        [Some(Decision::Inconclusive), None, None, None],
    );
}

#[test]
fn equal_cases_pass() {
    check(
        &[equal(Baseline::Legacy, [2, 2])],
        Decision::Pass,
        [PASS, None, PASS, PASS],
    );
}

#[test]
fn without_a_case_compared_with_legacy_parity_is_open() {
    let only_reference = [equal(Baseline::Reference, [2, 2])];
    check(
        &only_reference,
        Decision::Inconclusive,
        [Some(Decision::Inconclusive), PASS, None, None],
    );
}

#[test]
fn one_difference_in_many_cases_fails_parity_and_is_not_rounded_away() {
    let mut judgements = vec![equal(Baseline::Legacy, [1, 1]); 99_999];
    judgements.push(differing(Baseline::Legacy));
    let verdict = check(&judgements, Decision::Fail, [FAIL, None, FAIL, PASS]);
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
        [PASS, FAIL, PASS, PASS],
    );
}

#[test]
fn a_feature_that_legacy_has_and_new_lacks_fails_parity() {
    check(
        &[equal(Baseline::Legacy, [1, 1]), lost(FeatureSet::EMPTY)],
        Decision::Fail,
        [FAIL, None, PASS, PASS],
    );
    check(&[lost(FeatureSet::EMPTY)], Decision::Fail, [FAIL, None, None, None]);
}

#[test]
fn a_feature_that_neither_has_fails_nothing() {
    let neither = lost([Feature::When].into());
    check(
        &[equal(Baseline::Legacy, [1, 1]), neither],
        Decision::Pass,
        [PASS, None, PASS, PASS],
    );
}

#[test]
fn one_case_slower_than_legacy_fails_makespan() {
    let judgements = [equal(Baseline::Legacy, [100, 50]), equal(Baseline::Legacy, [100, 101])];
    let verdict = check(&judgements, Decision::Fail, [PASS, None, PASS, FAIL]);
    assert_eq!(
        verdict.gates[3].figure,
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
            tally.add(
                index as u64,
                &format!("c{index}"),
                index % 5,
                FeatureSet::EMPTY,
                &judgements[index],
            );
        }
        tally
    };
    let whole = Verdict::of(tally(&mut (0..200)), &Gates::default());
    for split in [1, 2, 3, 7] {
        let mut merged = Tally::default();
        for part in (0..split).rev() {
            merged.merge(tally(&mut (part..200).step_by(split)));
        }
        assert_eq!(Verdict::of(merged, &Gates::default()), whole);
    }
}
