//! All cases together: totals, the feature matrix, and the gates that decide.

mod controls;
mod gates;
mod makeup;
mod rules;
mod tally;

use serde::{Deserialize, Serialize};

use crate::causes::cluster::Counted;
use crate::causes::{Against, Cluster};
use crate::config::Gates;
use crate::ledger::Entry;
use crate::mutants::PlantedFaults;
use crate::timing::Performance;

pub use controls::{Alarm, ControlTally};
pub use makeup::Makeup;
pub use rules::{Application, Coverage, Reach, Reached};
pub use tally::{
    Compared, Depending, Diverging, Extreme, FeatureTally, FormatTally, RecoveryTally, Subject, Tally, WorstMakespan,
};

/// The verdict on a run, and the figures it rests on. Nothing in it depends on the number of threads, and nothing but
/// [`Self::performance`] on the wall clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Always 1.
    pub format_version: u32,
    /// The whole run: fail beats inconclusive beats pass.
    pub decision: Decision,
    /// Each gate.
    pub gates: Vec<Gate>,
    /// The diverging cases, gathered by cause; the largest cluster comes first.
    #[serde(default)]
    pub clusters: Vec<Cluster>,
    /// In which gates the cases of accepted clusters count.
    #[serde(default)]
    pub accepted: Counted,
    /// The entries of the ledger that no cluster matched.
    #[serde(default)]
    pub stale: Vec<Entry>,
    /// What is new, known and gone, if the run was held against an earlier one.
    #[serde(default)]
    pub against: Option<Against>,
    /// What came of planting known bugs in new, if that was done.
    #[serde(default)]
    pub planted: Option<PlantedFaults>,
    /// What was timed; `None`: nothing was.
    #[serde(default)]
    pub performance: Option<Performance>,
    /// What was counted.
    pub tally: Tally,
}

/// All that a verdict rests on.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// What was counted.
    pub tally: Tally,
    /// What the differences come from.
    pub causes: Causes,
    /// What came of planting known bugs in new.
    pub planted: Option<PlantedFaults>,
    /// What was timed.
    pub performance: Option<Performance>,
}

/// What the differences come from.
#[derive(Clone, Debug, Default)]
pub struct Causes {
    /// The diverging cases, gathered by cause.
    pub clusters: Vec<Cluster>,
    /// The entries of the ledger that no cluster matched.
    pub stale: Vec<Entry>,
    /// How the clusters compare with those of an earlier run.
    pub against: Option<Against>,
}

/// What a gate, or the whole run, comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It holds.
    Pass,
    /// Not enough was seen to tell.
    Inconclusive,
    /// Nothing at all was compared.
    NothingCompared,
    /// It does not hold.
    Fail,
}

/// One gate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// `parity`, `semantics`, `recovery`, `error_rate`, `makespan`, `overhead`, `overhead_p95`, `memory` or
    /// `controls`.
    pub name: String,
    /// What it comes to. `None`: the corpus held nothing for it to measure.
    pub decision: Option<Decision>,
    /// The figure, in words.
    pub figure: String,
    /// The limit, in words.
    pub limit: String,
}

impl Verdict {
    /// Judges what was counted by `limits`, with every difference open and nothing timed.
    pub fn of(tally: Tally, planted: Option<PlantedFaults>, limits: &Gates) -> Self {
        let findings = Findings {
            tally,
            planted,
            ..Findings::default()
        };
        Self::judge(findings, limits)
    }

    /// Judges what was found by `limits`. Cases of accepted clusters count apart.
    pub fn judge(findings: Findings, limits: &Gates) -> Self {
        let Findings {
            mut tally,
            causes,
            planted,
            performance,
        } = findings;
        tally.settle();
        let accepted: Counted = causes
            .clusters
            .iter()
            .filter(|cluster| cluster.standing.is_accepted())
            .map(|cluster| cluster.counted)
            .sum();
        let all = vec![
            gates::parity(&tally, accepted.parity),
            gates::semantics(&tally, accepted.semantics),
            gates::recovery(&tally, accepted.recovery),
            gates::error_rate(&tally, limits.error_rate_increase),
            gates::makespan(&tally, limits.makespan_ratio),
            gates::overhead(performance.as_ref(), &limits.overhead),
            gates::overhead_p95(performance.as_ref(), &limits.overhead),
            gates::memory(performance.as_ref(), &limits.memory),
            gates::controls(&tally, planted.as_ref()),
        ];
        let compared = tally.legacy.cases + tally.reference.cases;
        let worst = all
            .iter()
            .filter_map(|gate| gate.decision)
            .max()
            .unwrap_or(Decision::Inconclusive);
        let decision = if compared == 0 && tally.lost_by_new == 0 {
            Decision::NothingCompared
        } else {
            worst
        };
        Self {
            format_version: 1,
            decision,
            gates: all,
            clusters: causes.clusters,
            accepted,
            stale: causes.stale,
            against: causes.against,
            planted,
            performance,
            tally,
        }
    }

    /// The same findings, judged by other `limits` or by other timings.
    #[must_use]
    pub fn again(self, performance: Option<Performance>, limits: &Gates) -> Self {
        let findings = Findings {
            tally: self.tally,
            causes: Causes {
                clusters: self.clusters,
                stale: self.stale,
                against: self.against,
            },
            planted: self.planted,
            performance,
        };
        Self::judge(findings, limits)
    }
}

#[cfg(test)]
mod tests;
