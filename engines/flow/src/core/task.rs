//! Where a task of a run stands.

use contract::{CallError, SkipReason, TaskStatus};

use super::items::Items;
use super::message::Item;
use super::output::Output;

/// What is attempted: a task, or one item of a `for_each` task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) task: u32,
    pub(super) item: Option<Item>,
}

/// The state of one task.
#[derive(Clone, Debug)]
pub(super) struct TaskState {
    pub(super) phase: Phase,
    pub(super) needs: Needs,
    /// The calls made for it.
    pub(super) attempts: u32,
}

#[derive(Clone, Debug)]
pub(super) enum Phase {
    /// Not decided.
    Pending,
    /// In the queue of tasks to start.
    Ready,
    Running,
    BackingOff,
    /// Its items say how far it is.
    Working(Box<Items>),
    /// Asked, and without an answer.
    Waiting,
    Succeeded(Output),
    Failed(Box<CallError>),
    TimedOut(Box<CallError>),
    Cancelled,
    Skipped(SkipReason),
}

impl TaskState {
    /// The items, if it is at work on some.
    pub(super) fn items(&self) -> Option<&Items> {
        match &self.phase {
            Phase::Working(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn items_mut(&mut self) -> Option<&mut Items> {
        match &mut self.phase {
            Phase::Working(items) => Some(items),
            _ => None,
        }
    }

    /// Starts the next attempt, and returns its number.
    pub(super) fn start(&mut self, item: Option<Item>) -> u32 {
        self.attempts += 1;
        if let (Some(item), Phase::Working(items)) = (item, &mut self.phase) {
            return items.start(item.index());
        }
        self.phase = Phase::Running;
        self.attempts
    }

    /// The number of the latest attempt.
    pub(super) fn attempt(&self, item: Option<Item>) -> u32 {
        match (item, self.items()) {
            (Some(item), Some(items)) => items.attempts(item.index()),
            _ => self.attempts,
        }
    }

    pub(super) fn make_ready(&mut self, item: Option<Item>) {
        match (item, &mut self.phase) {
            (Some(item), Phase::Working(items)) => items.make_ready(item.index()),
            _ => self.phase = Phase::Ready,
        }
    }

    pub(super) fn back_off(&mut self, item: Option<Item>, is_timed: bool) {
        match (item, &mut self.phase) {
            (Some(item), Phase::Working(items)) => items.back_off(item.index(), is_timed),
            _ => self.phase = Phase::BackingOff,
        }
    }

    pub(super) fn is_backing_off(&self, item: Option<Item>) -> bool {
        match (item, &self.phase) {
            (Some(item), Phase::Working(items)) => items.is_backing_off(item.index()),
            (None, Phase::BackingOff) => true,
            _ => false,
        }
    }
}

impl Phase {
    pub(super) fn status(&self) -> TaskStatus {
        match self {
            Self::Pending | Self::Ready | Self::Running | Self::BackingOff | Self::Working(_) => TaskStatus::Pending,
            Self::Waiting => TaskStatus::Waiting,
            Self::Succeeded(_) => TaskStatus::Succeeded,
            Self::Failed(_) => TaskStatus::Failed,
            Self::TimedOut(_) => TaskStatus::TimedOut,
            Self::Cancelled => TaskStatus::Cancelled,
            Self::Skipped(_) => TaskStatus::Skipped,
        }
    }

    pub(super) fn output(&self) -> Option<&Output> {
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

/// How many needs of a task have not ended, and how those that have did, as far as `run_if` asks: whether any did in each of
/// three ways.
///
/// One number, because it is read right after it was written: a processor that reads several values at once waits for each.
#[derive(Clone, Copy, Debug)]
pub(super) struct Needs(u32);

impl Needs {
    const SUCCEEDED: u32 = 1 << 29;
    const FAILED: u32 = 1 << 30;
    const SKIPPED: u32 = 1 << 31;
    /// No machine has the memory for as many tasks.
    const MISSING: u32 = Self::SUCCEEDED - 1;

    pub(super) fn new(missing: u32) -> Self {
        Self(missing.min(Self::MISSING))
    }

    /// One of them ended.
    pub(super) fn end(&mut self, status: TaskStatus) {
        let how = match status {
            TaskStatus::Succeeded => Self::SUCCEEDED,
            TaskStatus::Skipped => Self::SKIPPED,
            _ if status.is_failure() => Self::FAILED,
            _ => 0,
        };
        self.0 = (self.0 - 1) | how;
    }

    pub(super) fn have_ended(self) -> bool {
        self.0 & Self::MISSING == 0
    }

    pub(super) fn any_succeeded(self) -> bool {
        self.0 & Self::SUCCEEDED != 0
    }

    pub(super) fn any_failed(self) -> bool {
        self.0 & Self::FAILED != 0
    }

    pub(super) fn any_skipped(self) -> bool {
        self.0 & Self::SKIPPED != 0
    }
}
