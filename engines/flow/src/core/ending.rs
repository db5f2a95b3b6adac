//! How tasks end, what a failure does to the rest, and how the run ends.

use contract::workflow::OnFailure;
use contract::{RunStatus, TaskStatus};

use super::message::{Action, Report};
use super::output::Output;
use super::task::Phase;
use super::waits::Waits;
use super::{Core, Stage};

impl Core {
    pub(super) fn succeed(&mut self, task: u32, output: Output) {
        if self.plan.on_failure == OnFailure::Compensate && self.plan.task(task).compensate().is_some() {
            self.undoable.push(task);
        }
        self.end(task, Phase::Succeeded(output));
    }

    /// Ends a task that failed or timed out for good, and does to the rest what `on_failure` says.
    pub(super) fn fail(&mut self, task: u32, phase: Phase) {
        self.first_failure.get_or_insert(task);
        self.end(task, phase);
        if self.stage != Stage::Running {
            return;
        }
        match self.plan.on_failure {
            OnFailure::Continue => {}
            OnFailure::Stop | OnFailure::Compensate => {
                self.stage = Stage::Draining;
                self.cancel_tasks(false);
            }
            OnFailure::Cancel => {
                self.stage = Stage::Draining;
                self.cancel_tasks(true);
            }
        }
    }

    /// Ends a task. Its dependents are told as long as anything may start: afterwards they have been cancelled.
    #[inline]
    pub(super) fn end(&mut self, task: u32, phase: Phase) {
        let status = phase.status();
        self.tasks[task as usize].phase = phase;
        self.ended(task, status);
    }

    fn ended(&mut self, task: u32, status: TaskStatus) {
        self.unfinished -= 1;
        self.report(Report::TaskEnded { task, status });
        if self.stage == Stage::Running {
            self.release(task, status);
        }
    }

    /// Ends the run at once, whatever runs.
    pub(super) fn interrupt(&mut self, status: RunStatus) {
        self.stage = Stage::Draining;
        self.cancel_tasks(true);
        self.finish(status);
    }

    /// Cancels every task that has not ended; those that run only if `running`.
    fn cancel_tasks(&mut self, running: bool) {
        self.decidable.clear();
        self.ready.clear();
        self.ready_asks.clear();
        self.waits = Waits::default();
        if running {
            for call in self.calls.open_calls() {
                self.calls.close(call);
                self.actions.push(Action::Drop(call));
            }
        }
        for task in 0..self.tasks.len() as u32 {
            match &mut self.tasks[task as usize].phase {
                Phase::Running | Phase::Working(_) if running => self.end(task, Phase::Cancelled),
                Phase::Pending | Phase::Ready | Phase::BackingOff | Phase::Waiting => {
                    self.end(task, Phase::Cancelled);
                }
                Phase::Working(items) => {
                    items.abandon(|_| {});
                    self.end_items_if_done(task);
                }
                _ => {}
            }
        }
    }

    /// Once every task has ended, the run ends, or goes over to undoing.
    pub(super) fn go_over_if_done(&mut self) {
        if self.unfinished > 0 {
            return;
        }
        match (self.stage, self.first_failure) {
            (Stage::Running | Stage::Draining, None) => self.finish(RunStatus::Succeeded),
            (Stage::Running | Stage::Draining, Some(_)) if self.plan.on_failure == OnFailure::Compensate => {
                // Undoing is calls, too: while a signal holds the run paused, it does not begin.
                if !self.is_paused {
                    self.stage = Stage::Compensating;
                    self.finish_if_undone();
                }
            }
            (Stage::Running | Stage::Draining, Some(_)) => self.finish(RunStatus::Failed),
            (Stage::Compensating, _) => self.finish_if_undone(),
            (Stage::NotStarted | Stage::Ended(_), _) => {}
        }
    }

    pub(super) fn finish(&mut self, status: RunStatus) {
        self.stage = Stage::Ended(status);
        self.report(Report::RunEnded { status });
        self.actions.push(Action::Finish);
    }
}
