//! Outcome: "run status; per task: status, attempts, output or error, why it was skipped; the run's error; compensations in
//! order".

use std::sync::Arc;

use contract::{Outcome, RunStatus, TaskOutcome, TaskStatus};

use super::Interpreter;
use super::state::{Phase, Progress, TaskState};

impl Interpreter {
    /// The outcome of a run that is over.
    pub(crate) fn outcome(self) -> Outcome {
        let Phase::Over(status) = self.phase else {
            unreachable!("asked for the outcome of a run that goes on")
        };
        let ids = self.program.workflow.tasks.iter().map(|task| Arc::clone(&task.id));
        let tasks = ids.zip(self.tasks).map(|(id, state)| {
            let outcome = task_outcome(id, state);
            debug_assert!(
                outcome.status.is_terminal() || status == RunStatus::Paused,
                "only a paused run leaves tasks behind"
            );
            outcome
        });
        Outcome {
            status,
            tasks: tasks.collect(),
            error: self.first_failure,
            compensations: self.compensations,
        }
    }
}

fn task_outcome(task: contract::TaskId, state: TaskState) -> TaskOutcome {
    let attempts = state.attempts;
    let unfinished = |task, status| TaskOutcome {
        task,
        status,
        attempts,
        output: None,
        error: None,
        skipped: None,
    };
    match state.progress {
        Progress::Ended(ending) => TaskOutcome {
            task,
            status: ending.status,
            attempts,
            output: ending.output,
            error: ending.error,
            skipped: ending.skipped,
        },
        Progress::Waiting { .. } => unfinished(task, TaskStatus::Waiting),
        Progress::Pending | Progress::Working | Progress::ReadyToAsk => unfinished(task, TaskStatus::Pending),
    }
}
