//! Failure, `compensate`: undoing what had succeeded.

use std::sync::Arc;

use contract::{Call, CallError, CallResult, Compensation, Event, Purpose, RunStatus};
use serde_json::Value;

use super::state::Phase;
use super::{CallNumber, Interpreter};

impl Interpreter {
    /// "Then the `compensate` calls of succeeded tasks run one by one, in reverse order of completion." They are calls too:
    /// while a signal holds the run paused, "nothing starts", and compensation has not begun.
    pub(super) fn begin_compensation(&mut self) {
        if self.is_paused {
            return;
        }
        let has_one = |task: &usize| self.program.workflow.tasks[*task].compensate.is_some();
        let left = self.succeeded.iter().copied().filter(has_one).collect();
        self.phase = Phase::Compensating { left, running: None };
        self.end_compensation_if_done();
    }

    /// Starts the next compensation, if none is running. Returns whether it did.
    ///
    /// "Their templates see the task's own output." One that cannot be evaluated is a failed compensation without a call.
    pub(super) fn start_next_compensation(&mut self) -> bool {
        let Phase::Compensating { left, running: None } = &mut self.phase else {
            return false;
        };
        let Some(task) = left.pop() else { return false };
        let program = Arc::clone(&self.program);
        let definition = &program.workflow.tasks[task];
        let Some(work) = &definition.compensate else {
            return true;
        };
        let output = self.tasks[task]
            .ending()
            .and_then(|ending| ending.output.as_deref())
            .cloned()
            .unwrap_or(Value::Null);
        match self.input(work, program.tasks[task].compensate.as_ref(), &[("output", output)]) {
            Ok(input) => {
                self.report(Event::CompensationStarted {
                    task: Arc::clone(&definition.id),
                });
                let number = self.call(Call {
                    run: Arc::clone(&self.run),
                    task: Arc::clone(&definition.id),
                    item: None,
                    attempt: 1,
                    purpose: Purpose::Compensate,
                    handler: Arc::clone(&work.handler),
                    input,
                });
                if let Phase::Compensating { running, .. } = &mut self.phase {
                    *running = Some((number, task));
                }
            }
            Err(error) => self.record_compensation(task, Some(error)),
        }
        true
    }

    /// "A failing compensation is recorded, and the next one still runs. … No retries."
    pub(super) fn take_compensation_result(&mut self, call: CallNumber, result: CallResult) {
        if let Phase::Compensating { running, .. } = &mut self.phase
            && let Some((_, task)) = running.take_if(|(number, _)| *number == call)
        {
            self.record_compensation(task, result.err());
        }
    }

    fn record_compensation(&mut self, task: usize, error: Option<CallError>) {
        let task = Arc::clone(&self.program.workflow.tasks[task].id);
        self.compensations.push(Compensation { task, error });
    }

    /// "`compensated` / `compensation_failed`."
    pub(super) fn end_compensation_if_done(&mut self) {
        let Phase::Compensating { left, running: None } = &self.phase else {
            return;
        };
        if left.is_empty() {
            let has_failed = self
                .compensations
                .iter()
                .any(|compensation| compensation.error.is_some());
            self.finish(if has_failed {
                RunStatus::CompensationFailed
            } else {
                RunStatus::Compensated
            });
        }
    }
}
