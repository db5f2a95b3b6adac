//! What holds for a guide, whatever its goals are.

use contract::{Feature, FeatureSet};

use super::{Goal, Guide, Told};
use crate::Case;
use crate::pairs;

fn goals() -> Vec<Goal> {
    let of = |pair: pairs::Pair| Goal {
        features: FeatureSet::from([pair.0, pair.1]),
        is_by_features: true,
        is_tie: false,
        policy: None,
    };
    pairs::possible().map(of).collect()
}

fn told(goals: &[Goal], case: &Case) -> Told {
    let features = case.features();
    let reached = |goal: &usize| features.is_superset(goals[*goal].features);
    Told {
        reached: (0..goals.len()).filter(reached).collect(),
        moments: Vec::new(),
    }
}

/// The cases until every pair was used.
fn guided(seed: u64) -> Vec<Case> {
    let goals = goals();
    let mut guide = Guide::new(seed, goals.clone());
    let mut cases = Vec::new();
    while guide.reached() < goals.len() && cases.len() < 500 {
        let case = guide.draw();
        guide.tell(&case, told(&goals, &case));
        cases.push(case);
    }
    assert!(guide.missing().is_empty(), "{:?}", guide.missing());
    cases
}

#[test]
fn the_same_answers_lead_to_the_same_cases() {
    assert_eq!(guided(3), guided(3));
    assert_ne!(guided(3), guided(4));
}

#[test]
fn a_guide_brings_every_two_features_together_in_few_cases() {
    let cases = guided(77_003).len();
    assert!(cases <= 120, "{cases}");
}

#[test]
fn a_case_is_drawn_for_a_goal_even_if_none_is_left() {
    let mut guide = Guide::new(1, Vec::new());
    let case = guide.draw();
    assert_eq!(case.id, "guided1-0");
    guide.tell(&case, Told::default());
    assert_eq!(guide.draw().id, "guided1-1");
}

#[test]
fn each_feature_that_depends_on_more_than_being_there_has_a_change_for_it() {
    let by_drawing_alone = [
        Feature::EmptyWorkflow,
        Feature::Refusal,
        Feature::Parallel,
        Feature::BigInteger,
        Feature::HandlerPanic,
    ];
    let without = FeatureSet::all().difference(super::change::features());
    assert_eq!(without, FeatureSet::from(by_drawing_alone));
}
