//! The canonical outcome of a run.

use contract::{Compensation, Outcome, RunError, RunStatus, SkipReason, TaskId, TaskOutcome};

use super::Core;
use super::task::Phase;

impl Core {
    /// How the run ended and how each task did. Of a run that has not ended, how it stands, as
    /// [`RunStatus::Paused`].
    pub fn outcome(&self) -> Outcome {
        let id = |task: u32| TaskId::clone(&self.plan.task(task).id);
        let tasks = self
            .tasks
            .iter()
            .zip(&self.plan.tasks)
            .map(|(state, plan)| TaskOutcome {
                task: TaskId::clone(&plan.id),
                status: state.phase.status(),
                attempts: state.attempts,
                output: state.phase.output().cloned().map(Into::into),
                error: state.phase.error().cloned(),
                skipped: skip_reason(&state.phase),
            });
        let failure = self
            .first_failure
            .and_then(|task| Some((task, self.tasks[task as usize].phase.error()?)));
        Outcome {
            status: self.status().unwrap_or(RunStatus::Paused),
            tasks: tasks.collect(),
            error: failure.map(|(task, error)| RunError {
                task: id(task),
                error: error.clone(),
            }),
            compensations: self
                .undone
                .iter()
                .map(|(task, error)| Compensation {
                    task: id(*task),
                    error: error.clone(),
                })
                .collect(),
        }
    }
}

fn skip_reason(phase: &Phase) -> Option<SkipReason> {
    match phase {
        Phase::Skipped(reason) => Some(*reason),
        _ => None,
    }
}
