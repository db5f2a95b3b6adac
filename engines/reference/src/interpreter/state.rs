//! Task states: "`pending → ready → running → succeeded | failed | timed_out`; `running → backing_off → ready`;
//! `running → cancelled`; `pending|ready → skipped | cancelled`; `ready → waiting → succeeded | cancelled` (for `ask`)."
//!
//! A task that calls is made of **units**: one per item under `for_each`, and otherwise a single one. Ready, running and
//! backing off are states of units, because "retry and timeout hold for each item".

use contract::{CallError, Json, Millis, RunStatus, SkipReason, TaskStatus};
use serde_json::Value;

use super::CallNumber;

/// Where the run as a whole stands.
pub(super) enum Phase {
    /// Tasks start as they can.
    Open,
    /// A task has failed and nothing else starts; running calls finish.
    Draining,
    /// What had succeeded is being undone.
    Compensating {
        /// The tasks still to be undone; the last one is next.
        left: Vec<usize>,
        /// The task being undone, and the call that does it.
        running: Option<(CallNumber, usize)>,
    },
    /// It has ended.
    Over(RunStatus),
}

impl Phase {
    pub(super) fn is_over(&self) -> bool {
        matches!(self, Self::Over(_))
    }

    /// Signals and the run's timeout: "After the end, or once compensation has begun: no effect."
    pub(super) fn can_be_ended_from_outside(&self) -> bool {
        matches!(self, Self::Open | Self::Draining)
    }
}

/// A task in a run.
#[derive(Default)]
pub(super) struct TaskState {
    pub(super) progress: Progress,
    /// Empty until the task is decided, and for `ask`.
    pub(super) units: Vec<Unit>,
    /// The first unit's final failure.
    pub(super) failure: Option<Failure>,
    /// "A task's `attempts` is the number of calls made for it."
    pub(super) attempts: u32,
}

/// How far a task has come.
#[derive(Default)]
pub(super) enum Progress {
    /// Not decided.
    #[default]
    Pending,
    /// Decided to run; its units say how far it is.
    Working,
    /// An `ask` decided to run, but not asked yet.
    ReadyToAsk,
    /// An `ask` without an answer.
    Waiting {
        /// When the wait is too long.
        deadline: Option<Millis>,
    },
    /// In a terminal state.
    Ended(Ending),
}

impl TaskState {
    /// The ending, if the task is in a terminal state.
    pub(super) fn ending(&self) -> Option<&Ending> {
        match &self.progress {
            Progress::Ended(ending) => Some(ending),
            _ => None,
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ending().is_some()
    }
}

/// A task's terminal state.
pub(super) struct Ending {
    pub(super) status: TaskStatus,
    pub(super) output: Option<Json>,
    pub(super) error: Option<CallError>,
    pub(super) skipped: Option<SkipReason>,
}

impl Ending {
    pub(super) fn succeeded(output: Json) -> Self {
        Self {
            status: TaskStatus::Succeeded,
            output: Some(output),
            error: None,
            skipped: None,
        }
    }

    pub(super) fn failed(failure: Failure) -> Self {
        let status = if failure.is_timeout {
            TaskStatus::TimedOut
        } else {
            TaskStatus::Failed
        };
        Self {
            status,
            output: None,
            error: Some(failure.error),
            skipped: None,
        }
    }

    pub(super) fn skipped(reason: SkipReason) -> Self {
        Self {
            status: TaskStatus::Skipped,
            output: None,
            error: None,
            skipped: Some(reason),
        }
    }

    pub(super) fn cancelled() -> Self {
        Self {
            status: TaskStatus::Cancelled,
            output: None,
            error: None,
            skipped: None,
        }
    }
}

/// A failure for good.
#[derive(Clone)]
pub(super) struct Failure {
    pub(super) error: CallError,
    /// Whether a timeout of the definition ended it, as opposed to an error of whatever kind.
    pub(super) is_timeout: bool,
}

impl Failure {
    pub(super) fn error(error: CallError) -> Self {
        Self {
            error,
            is_timeout: false,
        }
    }

    pub(super) fn timeout(limit: Millis) -> Self {
        Self {
            error: CallError::timed_out(limit),
            is_timeout: true,
        }
    }
}

/// What is attempted: a task, or one item of a `for_each` task.
pub(super) struct Unit {
    /// The item, under `for_each`.
    pub(super) item: Option<Value>,
    /// Attempts started so far, hence the number of the latest one.
    pub(super) attempt: u32,
    pub(super) state: UnitState,
}

impl Unit {
    pub(super) fn new(item: Option<Value>) -> Self {
        Self {
            item,
            attempt: 0,
            state: UnitState::Ready,
        }
    }
}

/// How far a unit has come.
pub(super) enum UnitState {
    Ready,
    Running {
        call: CallNumber,
        deadline: Option<Millis>,
    },
    /// `until` is `None` if that is too far away for the clock.
    BackingOff {
        until: Option<Millis>,
    },
    Succeeded(Json),
    Failed,
    /// It will never start, or not again, because its task or the run comes to an end.
    Abandoned,
}
