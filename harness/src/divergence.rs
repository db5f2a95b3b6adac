//! A divergence: one place where the new engine did something else than its baseline.

use serde::{Deserialize, Serialize};

/// What sort of behaviour differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// A panic, or a dead process.
    Crash,
    /// The run never ended.
    Hang,
    /// Run status; each task's status, attempts, skip reason; what a refusal names.
    Outcome,
    /// Outputs, as JSON values; the context of a processed message.
    Output,
    /// The audit trail of a processed message.
    Audit,
    /// Kind and message of an error.
    Error,
    /// The execution trace of a processed message.
    Trace,
    /// What was written to the application's log.
    Log,
    /// Which attempts were called, with which input.
    Calls,
    /// A call before something it had to wait for.
    Order,
    /// A bound broken: calls in flight, a timeout, a back-off, a time the semantics fix.
    Limits,
    /// The engine's own account does not agree with what the host saw.
    Events,
    /// Another end after the death of the engine's process.
    Recovery,
}

impl Aspect {
    /// The name in JSON and in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Crash => "crash",
            Self::Hang => "hang",
            Self::Outcome => "outcome",
            Self::Output => "output",
            Self::Audit => "audit",
            Self::Trace => "trace",
            Self::Log => "log",
            Self::Error => "error",
            Self::Calls => "calls",
            Self::Order => "order",
            Self::Limits => "limits",
            Self::Events => "events",
            Self::Recovery => "recovery",
        }
    }
}

/// One difference. The paths are built alike for both sides: `run.status`, `tasks.b.output.total`, `calls.b#2.input`,
/// `audit.3.changes.0.new_value.total`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Divergence {
    /// What sort of behaviour.
    pub aspect: Aspect,
    /// Where.
    pub path: String,
    /// What the baseline did there.
    pub baseline: String,
    /// What the new engine did there.
    pub new: String,
}

impl Divergence {
    /// Whether another is of the same aspect at the same place.
    pub fn is_where(&self, other: &Self) -> bool {
        (self.aspect, &self.path) == (other.aspect, &other.path)
    }
}

/// Which engine is wrong, by the reference: the written semantics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blame {
    /// Legacy does what is written, new does not.
    New,
    /// New does what is written, legacy does not.
    Legacy,
    /// Neither does.
    Both,
}

impl Blame {
    /// The name in JSON and in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Legacy => "legacy",
            Self::Both => "both",
        }
    }
}
