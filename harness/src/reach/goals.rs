//! All there is to go through, as a list of goals: what a guide is led by, and what a minimal set has to reach.

use std::collections::BTreeSet;

use contract::stage::Stage;
use contract::workflow::OnFailure;
use contract::{FeatureSet, Millis, Observation};
use corpus::Case;
use corpus::generate::guide::{self, Guide, Sought, Told};
use corpus::pairs::{self, Pair};

use super::{Behaviour, behaviours};
use crate::judge::{Engines, Judgement, Unwatched};

/// One thing that a case can reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Goal {
    /// A workflow uses two features at once.
    Pair(Pair),
    /// A workflow goes through a behaviour.
    Workflow(Behaviour),
    /// Rules go through a behaviour.
    Rules(contract::Behaviour),
}

impl Goal {
    /// The name in reports and in the reasons of cases.
    pub fn name(self) -> String {
        match self {
            Self::Pair((first, second)) => format!("features.{first}+{second}"),
            Self::Workflow(behaviour) => behaviour.as_str().to_owned(),
            Self::Rules(behaviour) => format!("rules.{behaviour}"),
        }
    }

    /// What it means, in a sentence.
    pub fn meaning(self) -> String {
        match self {
            Self::Pair((first, second)) => format!("A workflow uses `{first}` and `{second}` at once."),
            Self::Workflow(behaviour) => behaviour.meaning().to_owned(),
            Self::Rules(behaviour) => format!("Rules go through `{behaviour}`."),
        }
    }

    /// What a guide needs to know of it.
    fn to_guide(self) -> guide::Goal {
        match self {
            Self::Pair((first, second)) => guide::Goal {
                features: FeatureSet::from([first, second]),
                is_by_features: true,
                is_tie: false,
                policy: None,
            },
            Self::Workflow(behaviour) => guide::Goal {
                features: behaviour.features(),
                is_by_features: false,
                is_tie: behaviour.as_str().starts_with("tie."),
                policy: policy(behaviour),
            },
            Self::Rules(_) => guide::Goal {
                features: FeatureSet::EMPTY,
                is_by_features: false,
                is_tie: false,
                policy: None,
            },
        }
    }
}

/// What a failure does to the rest where the behaviour's name says so, as the last of its parts.
fn policy(behaviour: Behaviour) -> Option<OnFailure> {
    match behaviour.as_str().rsplit('.').next()? {
        "stop" => Some(OnFailure::Stop),
        "cancel" => Some(OnFailure::Cancel),
        "continue" => Some(OnFailure::Continue),
        "compensate" => Some(OnFailure::Compensate),
        _ => None,
    }
}

/// The goals of workflows: each two features that a case can use at once, then the behaviours.
pub fn of_workflows() -> Vec<Goal> {
    let behaviours = Behaviour::ALL.iter().copied().map(Goal::Workflow);
    pairs::possible().map(Goal::Pair).chain(behaviours).collect()
}

/// The goals of rules.
pub fn of_rules() -> Vec<Goal> {
    contract::Behaviour::ALL.iter().copied().map(Goal::Rules).collect()
}

/// The goals of workflows that `case` reached when an engine did what was observed.
pub fn reached(case: &Case, observation: &Observation) -> BTreeSet<Goal> {
    let features: Vec<_> = case.features().iter().collect();
    let pairs = features.iter().enumerate().flat_map(|(place, first)| {
        let others = features[place + 1..].iter();
        others.map(move |second| (*first, *second))
    });
    let pairs = pairs.filter(|pair| case.dag().is_some() && pairs::is_possible(*pair));
    let behaviours = behaviours(case, observation).into_iter().map(Goal::Workflow);
    pairs.map(Goal::Pair).chain(behaviours).collect()
}

/// The goals of rules that `case` reaches.
pub fn reached_by_rules(engines: &Engines, stage: &mut Stage, case: &Case) -> BTreeSet<Goal> {
    match engines.judge(stage, case, case.features(), &Unwatched) {
        Judgement::Compared(comparison) => comparison.seen.behaviours.iter().map(Goal::Rules).collect(),
        Judgement::NotCompared { .. } => BTreeSet::new(),
    }
}

/// Of what kind the goals of rules are that are `missing`.
pub(super) fn sought(missing: &BTreeSet<Goal>) -> Sought {
    let is_refusal = |goal: &Goal| matches!(goal, Goal::Rules(behaviour) if behaviour.kind() == contract::rules::behaviour::Kind::Refusal);
    Sought {
        in_runs: !missing.iter().all(is_refusal),
        in_refusals: missing.iter().any(is_refusal),
    }
}

/// A guide to `goals`.
pub fn guide(seed: u64, goals: &[Goal]) -> Guide {
    Guide::new(seed, goals.iter().map(|goal| goal.to_guide()).collect())
}

/// What a guide to `goals`, which are sorted, is told of a case.
pub fn told(goals: &[Goal], reached: &BTreeSet<Goal>, observation: &Observation) -> Told {
    let places = reached.iter().filter_map(|goal| goals.binary_search(goal).ok());
    Told {
        reached: places.collect(),
        moments: moments(observation),
    }
}

/// The moments at which something happened.
fn moments(observation: &Observation) -> Vec<Millis> {
    let events = observation.events.iter().map(|seen| seen.at);
    let ends = observation.calls.iter().filter_map(|call| call.ended);
    let delays = observation.events.iter().filter_map(|seen| match seen.event {
        contract::Event::BackedOff { delay, .. } if delay > Millis::ZERO => Some(seen.at.saturating_add(delay)),
        _ => None,
    });
    let all: BTreeSet<Millis> = events.chain(ends).chain(delays).collect();
    all.into_iter().filter(|at| *at > Millis::ZERO).collect()
}
