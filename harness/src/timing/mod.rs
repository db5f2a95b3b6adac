//! How long the engines take, in real time: the one part of a run that looks at a clock.
//!
//! A mean of wall-clock times on a shared machine cannot carry a limit of 10 %. So both engines take turns on the same work, and what is judged
//! is the ratio within each pair, by signs, until the evidence is in.
//!
//! | module | what |
//! |---|---|
//! | [`lane`] | which workloads, in which turn, until when |
//! | [`block`] | some ten pairs from freshly loaded engines |
//! | [`sample`] | one measurement: wall clock, thread clock, preemptions |
//! | `host` | the host of a timed run, which answers at once |
//! | [`evidence`] | when pairs suffice to say that new is within the limit, or beyond it |
//! | [`estimate`] | medians, means and shares, with their intervals |
//! | [`performance`] | what was measured, judged: a pure function of the raw pairs |
//! | [`heap`] | what a run allocates |
//! | [`power`] | the decision itself, tried again and again: how often is it wrong? |

pub mod block;
pub mod estimate;
pub mod evidence;
pub mod heap;
mod host;
pub mod lane;
pub mod performance;
pub mod power;
pub mod sample;

use contract::Format;
use serde::{Deserialize, Serialize};

use crate::judge::Engines;
use block::{Block, Contest, Contestant};
use corpus::Case;
use heap::Heap;

pub use evidence::Conclusion;
pub use lane::{Afresh, Lane, Request};
pub use performance::Performance;

/// New may take at most so many times as long as legacy, if nobody says otherwise.
pub const DEFAULT_MAX_RATIO: f64 = 1.10;

/// How much time a run may spend on timings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// As little as a decision takes.
    Quick,
    /// Enough for narrow intervals and for the tail of each workload.
    Full,
}

/// What timings are held to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// How many times as long as legacy new may take: for each workload, and for all together.
    pub max_ratio: f64,
    /// How much larger than legacy's new's 95th percentile may be, all together.
    pub p95_max_ratio: f64,
    /// What the migration is meant to bring, as a ratio. Reported, and not enforced.
    pub target: Option<f64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_ratio: DEFAULT_MAX_RATIO,
            p95_max_ratio: 1.25,
            target: None,
        }
    }
}

/// Everything that was measured: what a verdict can be computed from, again and with other limits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// Always 1.
    pub format_version: u32,
    /// How much time there was.
    pub mode: Mode,
    /// What the order of runs was drawn from.
    pub seed: u64,
    /// Whether the engines were built with optimisation.
    pub is_optimised: bool,
    /// Each workload.
    pub workloads: Vec<Measured>,
    /// Legacy against itself, and against itself slowed down.
    pub controls: Vec<Control>,
    /// What was to be timed and was not.
    pub skipped: Vec<Skipped>,
}

/// What was measured of one workload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// Its name.
    pub id: String,
    /// The format of its definition.
    pub format: Format,
    /// How many tasks it has.
    pub tasks: usize,
    /// What one run allocates with legacy and with new, if somebody counts.
    pub heap: Option<[Heap; 2]>,
    /// The pairs.
    pub blocks: Vec<Block>,
}

/// What was measured of legacy against itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Control {
    /// The workload.
    pub id: String,
    /// Who against whom.
    pub matchup: Matchup,
    /// The pairs.
    pub blocks: Vec<Block>,
}

/// A workload that was not timed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Its name.
    pub id: String,
    /// Why.
    pub why: String,
}

/// Who is timed against whom.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Matchup {
    /// Legacy against new.
    Engines {
        /// By what share new is slowed down, to see what the gate says of it.
        slowdown: f64,
    },
    /// Legacy against itself.
    Itself,
    /// Legacy against itself slowed down by [`performance::SLOWDOWN`].
    Slowed,
    /// Legacy against itself slowed down by this share, to try the decision out.
    Trial(f64),
}

impl Matchup {
    /// The contest on `case`.
    ///
    /// # Errors
    /// If the case cannot be timed; the text says why.
    pub fn contest<'a>(self, engines: &'a Engines, case: &'a Case, seed: u64) -> Result<Contest<'a>, String> {
        let [legacy, new] = [&engines.legacy, &engines.new].map(|contender| Contestant::new(&*contender.engine));
        match self {
            Self::Engines { slowdown } => Contest::new(legacy, new.slowed(slowdown), case, seed),
            Self::Itself => Contest::new(legacy, legacy, case, seed),
            Self::Slowed => Contest::new(legacy, legacy.slowed(performance::SLOWDOWN), case, seed),
            Self::Trial(slowdown) => Contest::new(legacy, legacy.slowed(slowdown), case, seed),
        }
    }
}
