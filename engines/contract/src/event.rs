//! The engine's own account of what happens. The harness holds it against what the host saw.

use serde::{Deserialize, Serialize};

use crate::{Millis, RunStatus, TaskId, TaskStatus};

/// Something an engine says happened. The host stamps it with the time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The run began.
    RunStarted,
    /// An attempt of a task was started.
    AttemptStarted {
        /// The task.
        task: TaskId,
        /// Its item, under `for_each`.
        item: Option<u32>,
        /// The attempt, from 1.
        attempt: u32,
    },
    /// An attempt failed, and the next one is due after a delay.
    BackedOff {
        /// The task.
        task: TaskId,
        /// Its item, under `for_each`.
        item: Option<u32>,
        /// The attempt that failed.
        attempt: u32,
        /// How long until the next one is ready.
        delay: Millis,
    },
    /// An `ask` task waits for its answer.
    Waiting {
        /// The task.
        task: TaskId,
    },
    /// A task reached its final state.
    TaskEnded {
        /// The task.
        task: TaskId,
        /// The state.
        status: TaskStatus,
    },
    /// An answer came for a task that does not wait.
    AnswerRefused {
        /// The task it was meant for.
        task: TaskId,
    },
    /// The run is paused, by a signal or because only answers can bring it on.
    RunPaused,
    /// The run goes on.
    RunResumed,
    /// A task's compensation was started.
    CompensationStarted {
        /// The task.
        task: TaskId,
    },
    /// The run ended.
    RunEnded {
        /// How.
        status: RunStatus,
    },
}

/// The kinds of [`Event`], for an engine to declare which of them it reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "named after the variants of `Event`")]
pub enum EventKind {
    RunStarted,
    AttemptStarted,
    BackedOff,
    Waiting,
    TaskEnded,
    AnswerRefused,
    RunPaused,
    RunResumed,
    CompensationStarted,
    RunEnded,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::RunStarted,
        Self::AttemptStarted,
        Self::BackedOff,
        Self::Waiting,
        Self::TaskEnded,
        Self::AnswerRefused,
        Self::RunPaused,
        Self::RunResumed,
        Self::CompensationStarted,
        Self::RunEnded,
    ];
}

impl Event {
    /// The kind of this event.
    pub fn kind(&self) -> EventKind {
        match self {
            Self::RunStarted => EventKind::RunStarted,
            Self::AttemptStarted { .. } => EventKind::AttemptStarted,
            Self::BackedOff { .. } => EventKind::BackedOff,
            Self::Waiting { .. } => EventKind::Waiting,
            Self::TaskEnded { .. } => EventKind::TaskEnded,
            Self::AnswerRefused { .. } => EventKind::AnswerRefused,
            Self::RunPaused => EventKind::RunPaused,
            Self::RunResumed => EventKind::RunResumed,
            Self::CompensationStarted { .. } => EventKind::CompensationStarted,
            Self::RunEnded { .. } => EventKind::RunEnded,
        }
    }
}
