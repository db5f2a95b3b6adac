//! What a run came to, in the canonical form that every engine's result is turned into.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{CallError, Json, TaskId};

/// How a run ended, and how each of its tasks did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// How the run ended.
    pub status: RunStatus,
    /// Each task of the definition, in declaration order.
    pub tasks: Vec<TaskOutcome>,
    /// The first failure, in time, if any task failed or timed out.
    pub error: Option<RunError>,
    /// The compensations, in the order they ran.
    pub compensations: Vec<Compensation>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// No task failed or timed out.
    Succeeded,
    /// A task failed or timed out.
    Failed,
    /// A task failed, and what had succeeded was undone.
    Compensated,
    /// A task failed, and undoing failed too.
    CompensationFailed,
    /// A signal ended it.
    Cancelled,
    /// Its own `timeout` ended it.
    TimedOut,
    /// It can only go on with a signal, and its host said that none will come ([`crate::Host::signal`] gave `None`).
    Paused,
}

/// How a task ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskOutcome {
    /// The task.
    pub task: TaskId,
    /// Its state when the run ended.
    pub status: TaskStatus,
    /// The calls made for it: all attempts, of all items.
    pub attempts: u32,
    /// What it gave, if it succeeded: a user's answer for `ask`, the list of its items' outputs for `for_each`.
    pub output: Option<Json>,
    /// Why it failed or timed out.
    pub error: Option<CallError>,
    /// Why it was skipped.
    pub skipped: Option<SkipReason>,
}

/// The state of a task when its run ended. `Pending` and `Waiting` are left only by a paused run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskStatus {
    /// Not ended: not decided, ready, or between two attempts.
    Pending,
    /// An `ask` without an answer.
    Waiting,
    /// It gave an output.
    Succeeded,
    /// Its last attempt failed.
    Failed,
    /// Its last attempt, or its wait, took too long.
    TimedOut,
    /// The run ended before it did.
    Cancelled,
    /// It was decided not to run.
    Skipped,
}

impl TaskStatus {
    /// A terminal state never changes again.
    pub const fn is_terminal(self) -> bool {
        !matches!(self, Self::Pending | Self::Waiting)
    }

    /// Failed, timed out and cancelled count as failure for `run_if`.
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::TimedOut | Self::Cancelled)
    }

    /// The name in JSON, in JSONLogic data and in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Waiting => "waiting",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
        }
    }
}

impl RunStatus {
    /// The name in JSON and in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Compensated => "compensated",
            Self::CompensationFailed => "compensation_failed",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed_out",
            Self::Paused => "paused",
        }
    }
}

/// Why a task was skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// Its `run_if` did not hold for the ends of its needs.
    Upstream,
    /// Its `when` did not give `true`.
    Condition,
}

/// The failure that a run reports as its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunError {
    /// The task that failed first.
    pub task: TaskId,
    /// Its error, unchanged.
    pub error: CallError,
}

/// One compensation that was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compensation {
    /// The task that was undone.
    pub task: TaskId,
    /// Why undoing it failed, if it did.
    pub error: Option<CallError>,
}
