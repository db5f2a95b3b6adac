//! Compensation: undoing what succeeded, one task after another, the last that succeeded first.

use contract::{Purpose, RunStatus};

use super::Core;
use super::message::{Action, Start};
use super::task::Unit;

impl Core {
    /// Starts the next compensation, if none is running. One whose input cannot be evaluated has failed without a call.
    pub(super) fn undo_next(&mut self) {
        while self.calls.in_flight() == 0
            && let Some(task) = self.undoable.pop()
        {
            let unit = Unit { task, item: None };
            match self.input_for(unit, Purpose::Compensate) {
                Err(error) => self.undone.push((task, Some(error))),
                Ok(input) => {
                    let call = self.calls.open(unit, Purpose::Compensate);
                    self.actions.push(Action::Start(Start {
                        call,
                        task,
                        item: None,
                        attempt: 1,
                        purpose: Purpose::Compensate,
                        input: Some(input),
                    }));
                }
            }
        }
    }

    pub(super) fn finish_if_undone(&mut self) {
        if self.undoable.is_empty() && self.calls.in_flight() == 0 {
            let is_undone = self.undone.iter().all(|(_, error)| error.is_none());
            self.finish(if is_undone {
                RunStatus::Compensated
            } else {
                RunStatus::CompensationFailed
            });
        }
    }
}
