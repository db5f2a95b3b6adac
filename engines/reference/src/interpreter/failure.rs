//! Failure: what a task that failed for good does to the rest, and how a run ends of itself.

use std::sync::Arc;

use contract::workflow::OnFailure;
use contract::{RunError, RunStatus};

use super::state::{Ending, Failure, Phase, Progress};
use super::{Effect, Interpreter};

impl Interpreter {
    /// "When a task has failed for good", what becomes of the others is for `on_failure` to say.
    pub(super) fn fail_task(&mut self, task: usize, failure: Failure) {
        let workflow = Arc::clone(&self.program.workflow);
        let task_id = Arc::clone(&workflow.tasks[task].id);
        // "With the first failure, in time, as its error."
        self.first_failure.get_or_insert(RunError {
            task: task_id,
            error: failure.error.clone(),
        });
        self.end_task(task, Ending::failed(failure));
        match workflow.on_failure {
            OnFailure::Stop | OnFailure::Compensate => self.stop_the_rest(),
            OnFailure::Cancel => self.cancel_everything(),
            // "Independent tasks go on; dependents follow `run_if`."
            OnFailure::Continue => {}
        }
    }

    /// `stop`: "running calls finish, nothing else starts, the rest is `cancelled`."
    fn stop_the_rest(&mut self) {
        if !matches!(self.phase, Phase::Open) {
            return;
        }
        self.phase = Phase::Draining;
        for task in 0..self.tasks.len() {
            match self.tasks[task].progress {
                Progress::Ended(_) => {}
                Progress::Working => {
                    self.abandon_what_is_not_running(task);
                    self.end_task_if_done(task);
                }
                Progress::Pending | Progress::ReadyToAsk | Progress::Waiting { .. } => {
                    self.end_task(task, Ending::cancelled());
                }
            }
        }
    }

    /// "Running calls are dropped and are `cancelled`, the rest too."
    pub(super) fn cancel_everything(&mut self) {
        self.phase = Phase::Draining;
        let mut calls: Vec<_> = self.running().collect();
        calls.sort_unstable();
        self.effects
            .extend(calls.into_iter().map(|(call, ..)| Effect::Drop(call)));
        for task in 0..self.tasks.len() {
            if !self.tasks[task].has_ended() {
                self.tasks[task].units.clear();
                self.end_task(task, Ending::cancelled());
            }
        }
    }

    /// Ends the run, or goes over to compensation, once every task has ended.
    ///
    /// "The run is `failed` (or `compensated` / `compensation_failed`), with the first failure, in time, as its error. Without
    /// any failed or timed-out task it is `succeeded`, however many were skipped."
    pub(super) fn conclude(&mut self) {
        if !self.tasks.iter().all(super::TaskState::has_ended) {
            return;
        }
        match &self.phase {
            Phase::Open | Phase::Draining if self.first_failure.is_none() => self.finish(RunStatus::Succeeded),
            Phase::Open | Phase::Draining if self.program.workflow.on_failure == OnFailure::Compensate => {
                self.begin_compensation();
            }
            Phase::Open | Phase::Draining => self.finish(RunStatus::Failed),
            Phase::Compensating { .. } => self.end_compensation_if_done(),
            Phase::Over(_) => {}
        }
    }
}
