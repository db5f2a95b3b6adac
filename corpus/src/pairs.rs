//! Pairs of features: which of them a case can use at once, and which of them a set of cases does.
//!
//! Faults hide where two features meet, so each pair that can be used at once is to be used by some case.
//!
//! Pairs that no case uses, and why:
//!
//! | pairs | why |
//! |---|---|
//! | `refusal` with all but `empty_workflow` | a refused definition is never run, so nothing else of it can show |
//! | `empty_workflow` with what only a task can have: `needs`, `parallel`, `priority`, `when`, `run_if`, `template`, `retry`, `task_timeout`, `for_each`, `handler_panic`, and the failure policies | it has no tasks |
//! | two of `failure_stop`, `failure_cancel`, `failure_continue`, `compensation` | a workflow has one policy |

use contract::{Feature, FeatureSet};
use serde::{Deserialize, Serialize};

/// Two features, the one that is shown first before the other.
pub type Pair = (Feature, Feature);

/// What a failed task does to the rest: a workflow has one of these.
const POLICIES: [Feature; 4] = [
    Feature::FailureStop,
    Feature::FailureCancel,
    Feature::FailureContinue,
    Feature::Compensation,
];

/// What a workflow without tasks may use all the same.
const WITHOUT_TASKS: [Feature; 9] = [
    Feature::EmptyWorkflow,
    Feature::Refusal,
    Feature::MaxParallel,
    Feature::RunTimeout,
    Feature::Cancel,
    Feature::PauseResume,
    Feature::UserInput,
    Feature::BigInteger,
    Feature::Durable,
];

/// Whether a case can use both features of `pair` at once.
pub fn is_possible(pair: Pair) -> bool {
    let both = FeatureSet::from([pair.0, pair.1]);
    let has = |feature| both.contains(feature);
    let of_tasks = !FeatureSet::from(WITHOUT_TASKS).is_superset(both);
    let is_refusal_of_more = has(Feature::Refusal) && !has(Feature::EmptyWorkflow);
    let is_empty_with_tasks = has(Feature::EmptyWorkflow) && of_tasks;
    let is_two_policies = FeatureSet::from(POLICIES).is_superset(both);
    let is_one_twice = pair.0 == pair.1;
    !(is_refusal_of_more || is_empty_with_tasks || is_two_policies || is_one_twice)
}

/// Every two features, each pair once.
pub fn all() -> impl Iterator<Item = Pair> {
    let features = Feature::ALL.iter().copied().enumerate();
    features.flat_map(|(place, first)| Feature::ALL[place + 1..].iter().map(move |second| (first, *second)))
}

/// Every two features that a case can use at once.
pub fn possible() -> impl Iterator<Item = Pair> {
    all().filter(|pair| is_possible(*pair))
}

/// The pairs that some case used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pairs {
    /// By place of a feature, those that were used together with it. Shorter than the list of features as long as the last
    /// ones were not used.
    with: Vec<FeatureSet>,
}

impl Pairs {
    /// Adds the pairs of a case that uses `features`.
    pub fn add(&mut self, features: FeatureSet) {
        for feature in features.iter() {
            self.add_with(feature as usize, features);
        }
    }

    /// Adds those of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (place, features) in other.with.iter().enumerate() {
            self.add_with(place, *features);
        }
    }

    fn add_with(&mut self, place: usize, features: FeatureSet) {
        if self.with.len() <= place {
            self.with.resize(place + 1, FeatureSet::EMPTY);
        }
        self.with[place] = self.with[place].union(features);
    }

    /// Whether some case used both.
    pub fn contains(&self, pair: Pair) -> bool {
        self.with
            .get(pair.0 as usize)
            .is_some_and(|others| others.contains(pair.1))
    }

    /// How many of the possible pairs were used.
    pub fn reached(&self) -> usize {
        possible().filter(|pair| self.contains(*pair)).count()
    }

    /// The possible pairs that were not.
    pub fn missing(&self) -> Vec<Pair> {
        possible().filter(|pair| !self.contains(*pair)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Case;
    use crate::generate::{Dials, Generator};

    fn used(cases: impl Iterator<Item = Case>) -> Pairs {
        let mut pairs = Pairs::default();
        cases.for_each(|case| pairs.add(case.features()));
        pairs
    }

    #[track_caller]
    fn nothing_impossible(pairs: &Pairs) {
        let reached: Vec<Pair> = all()
            .filter(|pair| !is_possible(*pair) && pairs.contains(*pair))
            .collect();
        assert_eq!(reached, [], "these are possible after all");
    }

    #[test]
    fn the_possible_pairs_are_those_that_a_case_can_use_at_once() {
        let features = Feature::ALL.len();
        assert_eq!(all().count(), features * (features - 1) / 2);
        assert_eq!(possible().count(), 212);
        assert!(is_possible((Feature::EmptyWorkflow, Feature::Refusal)));
        assert!(!is_possible((Feature::Refusal, Feature::Needs)));
        assert!(!is_possible((Feature::FailureStop, Feature::Compensation)));
        assert!(!is_possible((Feature::Needs, Feature::Needs)));
    }

    #[test]
    fn pairs_are_counted_once_in_any_order_and_merged() {
        let mut pairs = Pairs::default();
        pairs.add([Feature::When, Feature::Needs].into());
        let mut others = Pairs::default();
        others.add([Feature::Durable, Feature::Retry].into());
        pairs.merge(&others);
        assert_eq!(pairs.reached(), 2);
        assert_eq!(pairs.missing().len(), possible().count() - 2);
        assert!(pairs.contains((Feature::Needs, Feature::When)));
        let read: Pairs = serde_json::from_str(&serde_json::to_string(&pairs).unwrap()).unwrap();
        assert_eq!(read, pairs);
    }

    #[test]
    fn the_default_number_of_cases_reaches_every_possible_pair_on_any_seed() {
        for seed in [1, 77_003] {
            let generator = Generator::new(seed, Dials::default());
            let pairs = used((0..20_000).map(|index| generator.case(index)));
            assert_eq!(pairs.missing(), [], "seed {seed}");
            nothing_impossible(&pairs);
        }
    }

    #[test]
    fn however_hard_it_is_tried_an_impossible_pair_is_never_used() {
        for pair in all().filter(|pair| !is_possible(*pair)) {
            // Only these two, with whatever else they need; then these two and anything.
            let both = FeatureSet::from([pair.0, pair.1]);
            for beside in [both, both.union(Dials::PLAIN.into()), FeatureSet::all()] {
                let mut dials = Dials::only(beside);
                dials.plain = 0.0;
                dials.max_tasks = 6;
                for feature in both.iter() {
                    let wished = if feature == Feature::Refusal { 0.5 } else { 1.0 };
                    dials.set(feature, wished);
                }
                let generator = Generator::new(3, dials);
                nothing_impossible(&used((0..60).map(|index| generator.case(index))));
            }
        }
    }
}
