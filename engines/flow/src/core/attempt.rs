//! Attempts: what becomes of calls, and when they are made again.

use contract::{CallError, Purpose};

use super::items::{Items, ItemsEnd};
use super::message::{Action, CallId, Report, Timer};
use super::output::Output;
use super::task::{Phase, Unit};
use super::{Core, Stage};

impl Core {
    pub(super) fn returned(&mut self, call: CallId, result: Result<Output, Box<CallError>>) {
        let Some(caller) = self.calls.close(call) else { return };
        match (caller.purpose, result) {
            (Purpose::Compensate, result) => self.undone.push((caller.unit.task, result.err().map(|error| *error))),
            (Purpose::Work, Ok(output)) => match caller.unit {
                Unit { task, item: None } => self.succeed(task, output),
                Unit { task, item: Some(item) } => {
                    if let Some(items) = self.tasks[task as usize].items_mut() {
                        items.succeed(item.index(), output);
                    }
                    self.end_items_if_done(task);
                }
            },
            (Purpose::Work, Err(error)) => self.attempt_failed(caller.unit, error, Phase::Failed),
        }
    }

    pub(super) fn attempt_timed_out(&mut self, call: CallId) {
        let Some(caller) = self.calls.close(call) else { return };
        self.actions.push(Action::Drop(call));
        let limit = self.plan.task(caller.unit.task).timeout().unwrap_or_default();
        self.attempt_failed(caller.unit, Box::new(CallError::timed_out(limit)), Phase::TimedOut);
    }

    /// Makes the attempt again if the policy allows, or ends the task as `last` says.
    fn attempt_failed(&mut self, unit: Unit, error: Box<CallError>, last: fn(Box<CallError>) -> Phase) {
        let Unit { task, item } = unit;
        let state = &self.tasks[task as usize];
        let attempt = state.attempt(item);
        let may_retry = self.stage == Stage::Running && !state.items().is_some_and(Items::has_failed);
        let retry = self.plan.task(task).retry();
        let delay = retry
            .filter(|retry| may_retry && retry.allows(attempt, &error.kind))
            .map(|retry| retry.delay(attempt));
        let Some(delay) = delay else {
            self.fail_unit(unit, error, last);
            return;
        };
        self.report(Report::BackedOff {
            task,
            item,
            attempt,
            delay,
        });
        if delay.0 == 0 {
            self.make_ready(unit);
        } else {
            let is_timed = self.set_timer(delay, Timer::BackOff { task, item, attempt });
            self.waits.begin_delay(is_timed);
            self.tasks[task as usize].back_off(item, is_timed);
        }
    }

    /// Ends a task as `last` says, or an item: then its task has failed once none of its items is under way.
    pub(super) fn fail_unit(&mut self, unit: Unit, error: Box<CallError>, last: fn(Box<CallError>) -> Phase) {
        match unit {
            Unit { task, item: None } => self.fail(task, last(error)),
            Unit { task, item: Some(item) } => {
                let waits = &mut self.waits;
                if let Some(items) = self.tasks[task as usize].items_mut() {
                    items.fail(item.index(), error, |is_timed| waits.end_delay(is_timed));
                }
                self.end_items_if_done(task);
            }
        }
    }

    /// Ends a `for_each` task of which no item has anything left to do. An item that timed out is an item that failed.
    pub(super) fn end_items_if_done(&mut self, task: u32) {
        let items = self.tasks[task as usize].items_mut();
        match items.and_then(Items::end) {
            None => {}
            Some(ItemsEnd::Succeeded(outputs)) => self.succeed(task, outputs),
            Some(ItemsEnd::Failed(error)) => self.fail(task, Phase::Failed(error)),
            Some(ItemsEnd::CutShort) => self.end(task, Phase::Cancelled),
        }
    }

    pub(super) fn backed_off(&mut self, unit: Unit, attempt: u32) {
        if self.is_backing_off(unit, attempt) {
            self.waits.end_delay(true);
            self.make_ready(unit);
        }
    }

    pub(super) fn is_backing_off(&self, unit: Unit, attempt: u32) -> bool {
        let state = &self.tasks[unit.task as usize];
        state.is_backing_off(unit.item) && state.attempt(unit.item) == attempt
    }
}
