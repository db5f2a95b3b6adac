//! Draws cases towards goals that are still to be reached, and learns from what each case has come to.
//!
//! A case is drawn for the features that its goal needs, and for as many others as bring together pairs that no case has used
//! yet; or it is a kept case, which reached something new or uses what the goal needs, with a few changes: a signal at a moment
//! at which something happened, an attempt that fails, a limit. Of several candidates the one is taken that uses the most of
//! what is missing, as far as that can be told without playing it.
//!
//! Cases of rules are too unlike one another to be changed like that: a [`RulesGuide`] learns which kinds of them still reach
//! something new, and takes of several candidates the one with the most that no case had yet.
//!
//! What a goal is, the guide does not know: it is told what each case reached. The same seed and the same answers give the same
//! cases.

mod change;
mod rules;
mod shapes;
#[cfg(test)]
mod tests;
mod wishes;

use std::sync::Arc;

use contract::workflow::OnFailure;
use contract::{Definition, FeatureSet, Millis};

use super::draw::Draw;
use super::{Dials, draw_case};
use crate::Case;
use crate::size::Size;
use change::Changes;
pub use rules::{RulesGuide, Sought};

/// How many candidates are looked at for each case.
const CANDIDATES: u64 = 10;
/// The most cases that are kept to be changed.
const MOST_KEPT: usize = 400;
/// How often a case is drawn anew although there is one to change.
const ANEW: f64 = 0.3;

/// Something that a case can reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goal {
    /// What a case is drawn with to reach it.
    pub features: FeatureSet,
    /// Whether nothing more than these features is needed.
    pub is_by_features: bool,
    /// Whether things have to happen at one instant.
    pub is_tie: bool,
    /// What a failure has to do to the rest, if it has to be something.
    pub policy: Option<OnFailure>,
}

/// What a case came to.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// The goals that it reached, as places in the guide's list.
    pub reached: Vec<usize>,
    /// The moments at which something happened.
    pub moments: Vec<Millis>,
}

/// A case to be changed.
struct Kept {
    case: Case,
    features: FeatureSet,
    moments: Vec<Millis>,
    is_tie: bool,
}

/// Draws cases towards goals.
pub struct Guide {
    seed: u64,
    goals: Vec<Goal>,
    is_reached: Vec<bool>,
    /// How often a case was drawn for each goal.
    tries: Vec<u32>,
    kept: Vec<Kept>,
    drawn: u64,
    /// How the case that was drawn last was made.
    last: Option<Vec<usize>>,
    changes: Changes,
}

impl Guide {
    /// A guide to `goals`.
    pub fn new(seed: u64, goals: Vec<Goal>) -> Self {
        Self {
            seed,
            is_reached: vec![false; goals.len()],
            tries: vec![0; goals.len()],
            goals,
            kept: Vec::new(),
            drawn: 0,
            last: None,
            changes: Changes::default(),
        }
    }

    /// How many goals have been reached.
    pub fn reached(&self) -> usize {
        self.is_reached.iter().filter(|is_reached| **is_reached).count()
    }

    /// The goals that have not, as places in the list.
    pub fn missing(&self) -> Vec<usize> {
        (0..self.goals.len()).filter(|goal| !self.is_reached[*goal]).collect()
    }

    /// The next case, named `guided<seed>-<place>`. Tell what it came to before the next one is drawn.
    pub fn draw(&mut self) -> Case {
        let place = self.drawn;
        self.drawn += 1;
        let goal = self.next_goal();
        if let Some(goal) = goal {
            self.tries[goal] += 1;
        }
        let missing = self.missing_by_features();
        let mut best: Option<(usize, Case, Option<Vec<usize>>)> = None;
        for candidate in 0..CANDIDATES {
            let mut draw = Draw::at(self.seed, place * CANDIDATES + candidate);
            let (mut case, how) = self.candidate(goal, &missing, &mut draw);
            let policy = goal.and_then(|goal| self.goals[goal].policy);
            if let (Some(policy), Definition::Dag(workflow)) = (policy, &mut case.definition) {
                Arc::make_mut(workflow).on_failure = policy;
            }
            let worth = self.worth(goal, &missing, &case);
            if best.as_ref().is_none_or(|(most, ..)| worth > *most) {
                best = Some((worth, case, how));
            }
            // Nothing tells one from the other without playing them.
            if missing.is_empty() && worth > 0 {
                break;
            }
        }
        let (_, mut case, how) = best.expect("there is more than one candidate");
        case.id = format!("guided{}-{place}", self.seed);
        self.last = how;
        case
    }

    /// Learns what `case`, the one that was drawn last, came to.
    pub fn tell(&mut self, case: &Case, told: Told) {
        let mut is_new = false;
        for goal in told.reached {
            is_new |= !self.is_reached[goal];
            self.is_reached[goal] = true;
        }
        if let Some(how) = self.last.take() {
            self.changes.learn(&how, is_new);
        }
        let features = case.features();
        let is_useful = is_new || self.lacks_kept(features);
        if !is_useful || features.contains(contract::Feature::Refusal) || self.kept.len() >= MOST_KEPT {
            return;
        }
        self.kept.push(Kept {
            is_tie: case.tags.iter().any(|tag| tag == "tie"),
            case: case.clone(),
            features,
            moments: told.moments,
        });
        // Small ones first: a change shows more in them.
        self.kept.sort_by_key(|kept| Size::of(&kept.case));
    }

    /// Whether a case with these features would be the first that can be changed to reach some goal.
    fn lacks_kept(&self, features: FeatureSet) -> bool {
        let open = self
            .goals
            .iter()
            .zip(&self.is_reached)
            .filter(|(_, reached)| !**reached);
        open.map(|(goal, _)| goal.features).any(|needed| {
            features.is_superset(needed) && !self.kept.iter().any(|kept| kept.features.is_superset(needed))
        })
    }

    /// Of the goals not yet reached the one that was tried least. What comes about beside others is tried for later.
    fn next_goal(&self) -> Option<usize> {
        let open = (0..self.goals.len()).filter(|goal| !self.is_reached[*goal]);
        open.min_by_key(|goal| (self.tries[*goal], !self.goals[*goal].is_by_features, *goal))
    }

    fn missing_by_features(&self) -> Vec<FeatureSet> {
        let goals = self.goals.iter().zip(&self.is_reached);
        goals
            .filter(|(goal, is_reached)| goal.is_by_features && !**is_reached)
            .map(|(goal, _)| goal.features)
            .collect()
    }

    /// What can be told of a case's worth without playing it.
    fn worth(&self, goal: Option<usize>, missing: &[FeatureSet], case: &Case) -> usize {
        let features = case.features();
        let fits = goal.is_some_and(|goal| features.is_superset(self.goals[goal].features));
        let new = missing.iter().filter(|needed| features.is_superset(**needed)).count();
        if fits { new + missing.len() + 1 } else { new }
    }

    /// A case for `goal`, and which changes were made to a kept case if it is one.
    fn candidate(&self, goal: Option<usize>, missing: &[FeatureSet], draw: &mut Draw) -> (Case, Option<Vec<usize>>) {
        let Some(goal) = goal.map(|goal| &self.goals[goal]) else {
            return (Self::anew(FeatureSet::EMPTY, draw.chance(0.1), draw), None);
        };
        let near: Vec<&Kept> = self
            .kept
            .iter()
            .filter(|kept| kept.features.is_superset(goal.features))
            .collect();
        if goal.is_by_features || near.is_empty() || draw.chance(ANEW) {
            let features = wishes::extend(goal.features, missing, draw);
            return (Self::anew(features, goal.is_tie || draw.chance(0.1), draw), None);
        }
        // The smaller, the more likely.
        let place = (draw.fraction() * draw.fraction() * near.len() as f64) as usize;
        let kept = near[place.min(near.len() - 1)];
        let mut case = kept.case.clone();
        let how = self.changes.make(&mut case, &kept.moments, goal, kept.is_tie, draw);
        (case, Some(how))
    }

    /// A case drawn for `features`.
    fn anew(features: FeatureSet, has_ties: bool, draw: &mut Draw) -> Case {
        let mut dials = Dials {
            max_tasks: draw.between(3, 9) as usize,
            tail: 0.0,
            plain: 0.0,
            invalid: 0.0,
            hostile: 0.0,
            pairs: 0.0,
            ties: if has_ties { 1.0 } else { 0.0 },
            ..Dials::default()
        };
        wishes::set(&mut dials, features);
        let mut case = draw_case(String::new(), &dials, features, draw);
        case.tags.retain(|tag| tag != "pair");
        case.tags.push("guided".to_owned());
        case
    }
}
