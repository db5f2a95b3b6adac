//! Where a task of a run stands.

use contract::{CallError, Json, SkipReason, TaskStatus};

use super::message::CallId;

/// The state of one task.
#[derive(Clone, Debug)]
pub(super) struct TaskState {
    pub(super) phase: Phase,
    /// How its needs ended.
    pub(super) needs: Tally,
    /// How many of its needs have not ended.
    pub(super) missing: u32,
    /// The calls made for it.
    pub(super) attempts: u32,
}

#[derive(Clone, Debug)]
pub(super) enum Phase {
    /// Not decided.
    Pending,
    /// In the queue of tasks to start.
    Ready,
    Running(CallId),
    BackingOff,
    Succeeded(Json),
    Failed(Box<CallError>),
    TimedOut(Box<CallError>),
    Cancelled,
    Skipped(SkipReason),
}

impl Phase {
    pub(super) fn status(&self) -> TaskStatus {
        match self {
            Self::Pending | Self::Ready | Self::Running(_) | Self::BackingOff => TaskStatus::Pending,
            Self::Succeeded(_) => TaskStatus::Succeeded,
            Self::Failed(_) => TaskStatus::Failed,
            Self::TimedOut(_) => TaskStatus::TimedOut,
            Self::Cancelled => TaskStatus::Cancelled,
            Self::Skipped(_) => TaskStatus::Skipped,
        }
    }

    pub(super) fn output(&self) -> Option<&Json> {
        match self {
            Self::Succeeded(output) => Some(output),
            _ => None,
        }
    }

    pub(super) fn error(&self) -> Option<&CallError> {
        match self {
            Self::Failed(error) | Self::TimedOut(error) => Some(error),
            _ => None,
        }
    }
}

/// How the needs of a task ended, as far as `run_if` asks: whether any did in each of three ways.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) any_succeeded: bool,
    pub(super) any_failed: bool,
    pub(super) any_skipped: bool,
}

impl Tally {
    pub(super) fn add(&mut self, status: TaskStatus) {
        self.any_succeeded |= status == TaskStatus::Succeeded;
        self.any_failed |= status.is_failure();
        self.any_skipped |= status == TaskStatus::Skipped;
    }
}
