//! What a case may use and is meant to use, drawn before anything of it exists.

use contract::workflow::OnFailure;
use contract::{Feature, FeatureSet};

use super::dials::Dials;
use super::draw::Draw;

/// The most rich features that one case is meant to use. Further ones only bury what a divergence is about.
const MOST_RICH: usize = 5;

/// What a case may use, and what it is meant to use.
pub(super) struct Profile {
    /// Whether it is of the plain profile.
    pub(super) plain: bool,
    /// It uses nothing beyond these.
    pub(super) allowed: FeatureSet,
    /// It uses these, if its graph lets it.
    pub(super) wishes: FeatureSet,
    /// What a failure does.
    pub(super) policy: OnFailure,
    /// Whether a task may fail at all.
    pub(super) may_fail: bool,
    /// Whether one should fail for good.
    pub(super) wants_failure: bool,
    /// The features it is drawn for, if it is drawn for some.
    pub(super) meant: FeatureSet,
    /// How it is kept from running tasks at once, where a failure must not meet anything that runs beside it.
    pub(super) serial: Serial,
}

/// How a case is kept from running tasks at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Serial {
    /// It is not.
    No,
    /// By a `max_parallel` of 1.
    Limit,
    /// By being a chain.
    Chain,
}

/// The feature that a case uses if a task may fail under `policy`.
fn feature_of(policy: OnFailure) -> Feature {
    match policy {
        OnFailure::Stop => Feature::FailureStop,
        OnFailure::Cancel => Feature::FailureCancel,
        OnFailure::Continue => Feature::FailureContinue,
        OnFailure::Compensate => Feature::Compensation,
    }
}

const POLICIES: [OnFailure; 4] = [
    OnFailure::Stop,
    OnFailure::Continue,
    OnFailure::Cancel,
    OnFailure::Compensate,
];

impl Profile {
    pub(super) fn draw(dials: &Dials, draw: &mut Draw) -> Self {
        let plain_features = FeatureSet::from(Dials::PLAIN);
        let probabilities = dials.features.all();
        let possible: FeatureSet = probabilities
            .iter()
            .filter(|(_, probability)| *probability > 0.0)
            .map(|(feature, _)| *feature)
            .collect();
        let mut rich = possible.difference(plain_features);
        // Two failures at once are a consequence, not something to wish for.
        rich.remove(Feature::Parallel);
        let plain = draw.chance(dials.plain) || rich.is_empty();
        let mut allowed = if plain {
            possible.intersection(plain_features)
        } else {
            possible
        };
        let mut wishes = FeatureSet::EMPTY;
        for (feature, probability) in probabilities {
            let is_drawn = draw.chance(probability);
            if is_drawn && allowed.contains(feature) {
                wishes.insert(feature);
            }
        }
        if possible.contains(Feature::Parallel) && !wishes.contains(Feature::Parallel) {
            allowed.remove(Feature::Parallel);
        }
        if !plain {
            settle_rich(&mut wishes, rich, FeatureSet::EMPTY, &probabilities, draw);
        }
        let (policy, may_fail, wants_failure) = policy(allowed, wishes, draw);
        let serial = serial(allowed, policy, may_fail, draw);
        // Without a way to keep a failure apart from what runs beside it, `can_fail` will say no to each task.
        Self {
            plain,
            allowed,
            wishes,
            policy,
            may_fail,
            wants_failure,
            meant: FeatureSet::EMPTY,
            serial,
        }
    }

    /// A profile of a case that is to use all `meant` features, and others as often as the dials say.
    pub(super) fn of_features(meant: FeatureSet, dials: &Dials, draw: &mut Draw) -> Self {
        let probabilities = dials.features.all();
        let plain_features = FeatureSet::from(Dials::PLAIN);
        let mut allowed: FeatureSet = probabilities
            .iter()
            .filter(|(_, probability)| *probability > 0.0)
            .map(|(feature, _)| *feature)
            .collect();
        if dials.plain >= 1.0 {
            allowed = allowed.intersection(plain_features);
        }
        let mut wishes = FeatureSet::EMPTY;
        for (feature, probability) in probabilities {
            if draw.chance(probability) && allowed.contains(feature) {
                wishes.insert(feature);
            }
        }
        // A workflow has tasks or has none, and one policy.
        wishes.remove(Feature::EmptyWorkflow);
        let policies: FeatureSet = POLICIES.into_iter().map(feature_of).collect();
        if !meant.intersection(policies).is_empty() {
            wishes = wishes.difference(policies);
        }
        let mut rich = allowed.difference(plain_features);
        rich.remove(Feature::Parallel);
        settle_rich(&mut wishes, rich, meant, &probabilities, draw);
        wishes = wishes.union(meant);
        if meant.contains(Feature::RunIf) && allowed.contains(Feature::Needs) {
            wishes.insert(Feature::Needs);
        }
        let (mut policy, mut may_fail, mut wants_failure) = policy(allowed, wishes, draw);
        // That tasks run beside each other shows only where one fails.
        if meant.contains(Feature::Parallel)
            && !may_fail
            && let Some(chosen) = choose_policy(allowed, draw)
        {
            (policy, may_fail) = (chosen, true);
        }
        wants_failure |= may_fail && meant.contains(Feature::Parallel);
        Self {
            plain: dials.plain >= 1.0,
            allowed,
            wishes,
            policy,
            may_fail,
            wants_failure,
            meant,
            serial: serial(allowed, policy, may_fail, draw),
        }
    }

    /// Whether it is drawn for `feature`.
    pub(super) fn is_for(&self, feature: Feature) -> bool {
        self.meant.contains(feature)
    }
}

/// Sees to it that a rich case has one rich feature at least, and not too many beside those that it is `meant` to use.
fn settle_rich(
    wishes: &mut FeatureSet,
    rich: FeatureSet,
    meant: FeatureSet,
    probabilities: &[(Feature, f64)],
    draw: &mut Draw,
) {
    let mut wished: Vec<Feature> = wishes.intersection(rich).difference(meant).iter().collect();
    if wished.is_empty() && meant.is_empty() {
        let weights: Vec<f64> = probabilities
            .iter()
            .map(|(feature, weight)| if rich.contains(*feature) { *weight } else { 0.0 })
            .collect();
        if let Some(index) = draw.weighted(&weights) {
            wishes.insert(probabilities[index].0);
        }
    }
    while wished.len() > MOST_RICH.saturating_sub(meant.len()) {
        wishes.remove(wished.swap_remove(draw.below(wished.len())));
    }
}

fn choose_policy(from: FeatureSet, draw: &mut Draw) -> Option<OnFailure> {
    let choices: Vec<OnFailure> = POLICIES
        .into_iter()
        .filter(|policy| from.contains(feature_of(*policy)))
        .collect();
    (!choices.is_empty()).then(|| *draw.pick(&choices))
}

fn policy(allowed: FeatureSet, wishes: FeatureSet, draw: &mut Draw) -> (OnFailure, bool, bool) {
    // The rarer policies would otherwise lose against the plain ones.
    let rare = wishes.intersection(FeatureSet::from([Feature::FailureCancel, Feature::Compensation]));
    if let Some(policy) = choose_policy(if rare.is_empty() { wishes } else { rare }, draw) {
        return (policy, true, true);
    }
    let needing = [
        Feature::Retry,
        Feature::TaskTimeout,
        Feature::ForEach,
        Feature::HandlerPanic,
        Feature::RunIf,
    ];
    if !wishes.intersection(FeatureSet::from(needing)).is_empty() {
        let continues = FeatureSet::from([Feature::FailureContinue]);
        let prefers_continue = wishes.contains(Feature::RunIf) && draw.chance(0.7);
        let from = if prefers_continue && allowed.is_superset(continues) {
            continues
        } else {
            allowed
        };
        if let Some(policy) = choose_policy(from, draw) {
            let wants_failure = wishes.contains(Feature::RunIf) && draw.chance(0.6);
            return (policy, true, wants_failure);
        }
    }
    (*draw.pick(&POLICIES), false, false)
}

fn serial(allowed: FeatureSet, policy: OnFailure, may_fail: bool, draw: &mut Draw) -> Serial {
    let alone_is_enough = policy == OnFailure::Continue && draw.chance(0.6);
    if !may_fail || allowed.contains(Feature::Parallel) || alone_is_enough {
        return Serial::No;
    }
    match (allowed.contains(Feature::MaxParallel), allowed.contains(Feature::Needs)) {
        (true, true) => *draw.pick(&[Serial::Limit, Serial::Limit, Serial::Chain]),
        (true, false) => Serial::Limit,
        (false, true) => Serial::Chain,
        (false, false) => Serial::No,
    }
}
