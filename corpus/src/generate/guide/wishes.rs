//! Which features a case is drawn for beside those that its goal needs.

use contract::{Feature, FeatureSet};

use crate::generate::dials::Dials;
use crate::generate::draw::Draw;
use crate::pairs;

/// The most features that a case is drawn for.
const MOST: usize = 9;
/// How often a case uses a feature that it is not drawn for.
const RARELY: f64 = 0.03;

/// `needed`, and features that go with them and bring together the most pairs that are `missing`.
pub(super) fn extend(needed: FeatureSet, missing: &[FeatureSet], draw: &mut Draw) -> FeatureSet {
    let mut features = needed;
    let mut others: Vec<Feature> = FeatureSet::all().difference(needed).iter().collect();
    draw.shuffle(&mut others);
    while features.len() < MOST {
        let gain = |feature: Feature| {
            let with = features.union(FeatureSet::from([feature]));
            let is_possible = features.iter().all(|other| is_possible(other, feature));
            let is_gained = |pair: &&FeatureSet| with.is_superset(**pair) && !features.is_superset(**pair);
            if is_possible {
                missing.iter().filter(is_gained).count()
            } else {
                0
            }
        };
        let best = others.iter().copied().max_by_key(|feature| gain(*feature));
        let Some(best) = best.filter(|best| gain(*best) > 0) else {
            break;
        };
        features.insert(best);
        others.retain(|feature| *feature != best);
    }
    features
}

fn is_possible(one: Feature, other: Feature) -> bool {
    pairs::is_possible((one, other)) && pairs::is_possible((other, one))
}

/// Sets the dials so that a case uses `features`, and others rarely.
pub(super) fn set(dials: &mut Dials, features: FeatureSet) {
    let policies = [
        Feature::FailureStop,
        Feature::FailureCancel,
        Feature::FailureContinue,
        Feature::Compensation,
    ];
    let has_policy = !features.intersection(FeatureSet::from(policies)).is_empty();
    for feature in Feature::ALL.iter().copied() {
        let probability = match feature {
            Feature::Refusal | Feature::EmptyWorkflow => continue,
            // What shows only where something else is there already.
            Feature::Parallel => 0.9,
            Feature::Needs => 0.8,
            Feature::Template => 0.3,
            _ if policies.contains(&feature) && !has_policy => 0.25,
            _ if features.contains(feature) => 1.0,
            _ => RARELY,
        };
        dials.set(feature, probability);
    }
}
