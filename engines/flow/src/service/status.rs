//! How a run stands, for people and dashboards.

use std::sync::Arc;

use contract::{Outcome, RunStatus, TaskId};

use super::error::RunError;
use super::recovery::{Plans, replay};
use super::runs::Runs;
use crate::core::Standing;

/// How a run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The run.
    pub run: Arc<str>,
    /// Its workflow.
    pub workflow: Arc<str>,
    /// What it is doing.
    pub state: RunState,
    /// How each task stands, what failed first and what has been undone; once the run has ended, its outcome. While it has not,
    /// its own status is `paused`.
    pub outcome: Outcome,
}

/// What a run is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunState {
    /// It goes on by itself.
    Running,
    /// It can only go on with a signal.
    Paused {
        /// The questions that wait for an answer, in declaration order.
        waiting: Vec<Question>,
        /// Whether a signal paused it, so that it needs `resume`.
        by_signal: bool,
    },
    /// It has ended.
    Ended(RunStatus),
}

/// A question to a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The task that asks: the answer goes to it.
    pub task: TaskId,
    /// What it asks.
    pub prompt: String,
    /// The name under which the definition keeps the answer.
    pub variable: Arc<str>,
}

/// Worked out from the store, so that it is what would survive.
pub(super) fn status(runs: &Runs, run: &Arc<str>) -> Result<Status, RunError> {
    let replayed = replay(runs, run, &mut Plans::default())?;
    let core = &replayed.recovery.core;
    let state = match core.standing() {
        Standing::NotStarted | Standing::Running => RunState::Running,
        Standing::Paused { waiting, by_signal } => {
            let questions = waiting.iter().map(|question| Question {
                task: TaskId::clone(question.task),
                prompt: question.ask.prompt.clone(),
                variable: Arc::clone(&question.ask.variable),
            });
            RunState::Paused {
                waiting: questions.collect(),
                by_signal,
            }
        }
        Standing::Ended(status) => RunState::Ended(status),
    };
    Ok(Status {
        run: Arc::clone(run),
        workflow: Arc::clone(&replayed.workflow.id),
        state,
        outcome: core.outcome(),
    })
}
