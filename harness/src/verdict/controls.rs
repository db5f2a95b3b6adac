//! The controls of a run: a green result proves nothing unless the harness could have gone red, and a red one nothing unless it
//! stays green where nothing is wrong.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::divergence::Divergence;
use crate::judge::Judgement;

/// How many alarms are named.
const NAMED: usize = 5;

/// Engines against themselves, on a sample of the cases (A/A).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlTally {
    /// By engine, on how many cases it was compared with itself.
    pub cases: BTreeMap<String, u64>,
    /// In how many of them it differed from itself.
    pub alarms: u64,
    /// The first of these.
    pub first: Vec<Alarm>,
}

/// A case in which an engine differs from itself: a flaw of the harness, or a volatile field that nobody declared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Alarm {
    /// Its place in the corpus.
    pub index: u64,
    /// The case.
    pub id: String,
    /// The engine.
    pub engine: String,
    /// The first difference.
    pub divergence: Divergence,
}

impl ControlTally {
    /// Counts what came of comparing `engine` with itself.
    pub fn add(&mut self, index: u64, id: &str, engine: &str, judgement: &Judgement) {
        let Judgement::Compared(comparison) = judgement else {
            return;
        };
        *self.cases.entry(engine.to_owned()).or_default() += 1;
        if let Some(divergence) = comparison.divergences.first() {
            self.alarms += 1;
            self.first.push(Alarm {
                index,
                id: id.to_owned(),
                engine: engine.to_owned(),
                divergence: divergence.clone(),
            });
            self.trim();
        }
    }

    /// Adds what another thread counted.
    pub fn merge(&mut self, other: Self) {
        for (engine, cases) in other.cases {
            *self.cases.entry(engine).or_default() += cases;
        }
        self.alarms += other.alarms;
        self.first.extend(other.first);
        self.trim();
    }

    /// On how many cases some engine was compared with itself.
    pub fn compared(&self) -> u64 {
        self.cases.values().sum()
    }

    fn trim(&mut self) {
        self.first.sort();
        self.first.truncate(NAMED);
    }
}
