//! Attempts: what becomes of calls, and when they are made again.

use std::sync::Arc;

use contract::workflow::Retry;
use contract::{CallError, CallResult, ErrorKind, Event, Json, Millis};
use serde_json::Value;

use super::state::{Ending, Failure, Progress, UnitState};
use super::{CallNumber, Effect, Interpreter, Phase};

impl Interpreter {
    /// Takes the result of a call. One that is not in flight any more "is ignored": "a terminal state never changes, whatever
    /// arrives late".
    pub(super) fn take_result(&mut self, call: CallNumber, result: CallResult) {
        let found = self.running().find(|(running, ..)| *running == call);
        let Some((_, task, unit)) = found else {
            return self.take_compensation_result(call, result);
        };
        match result {
            Ok(output) => {
                self.tasks[task].units[unit].state = UnitState::Succeeded(output);
                self.end_task_if_done(task);
            }
            // "An error … reaches the outcome unchanged."
            Err(error) => self.end_failed_attempt(task, unit, Failure::error(error)),
        }
    }

    /// "A timeout is enforced: the engine drops the call, the attempt is `timed_out`, it may be retried." Those due at one
    /// moment are taken in start order.
    pub(super) fn time_out_attempts(&mut self, moment: Millis) {
        let mut due: Vec<_> = self
            .running()
            .filter(|(_, task, unit)| self.is_overdue(*task, *unit, moment))
            .collect();
        due.sort_unstable();
        for (call, task, unit) in due {
            // One that timed out before it may have ended this one too.
            let is_running = self.running().any(|(running, ..)| running == call);
            let limit = self.program.workflow.tasks[task].timeout;
            if let Some(limit) = limit.filter(|_| is_running) {
                self.effects.push(Effect::Drop(call));
                self.end_failed_attempt(task, unit, Failure::timeout(limit));
                self.settle();
            }
        }
    }

    fn is_overdue(&self, task: usize, unit: usize, moment: Millis) -> bool {
        match self.tasks[task].units[unit].state {
            UnitState::Running {
                deadline: Some(deadline),
                ..
            } => deadline <= moment,
            _ => false,
        }
    }

    /// Back-offs that are over, and waits that took too long, in declaration order. "Then it is ready again and queues like
    /// any other."
    pub(super) fn end_back_offs_and_waits(&mut self, moment: Millis) {
        for task in 0..self.tasks.len() {
            for unit in &mut self.tasks[task].units {
                if matches!(unit.state, UnitState::BackingOff { until: Some(until) } if until <= moment) {
                    unit.state = UnitState::Ready;
                }
            }
            let is_overdue = matches!(self.tasks[task].progress, Progress::Waiting { deadline: Some(deadline) } if deadline <= moment);
            if let Some(limit) = self.program.workflow.tasks[task].timeout.filter(|_| is_overdue) {
                self.fail_task(task, Failure::timeout(limit));
                self.settle();
            }
        }
    }

    /// An attempt failed: it is made again, or that was the last one.
    fn end_failed_attempt(&mut self, task: usize, unit: usize, failure: Failure) {
        if !self.is_made_again(task, unit, &failure.error) {
            return self.fail_unit_for_good(task, unit, failure);
        }
        let definition = &self.program.workflow.tasks[task];
        let attempt = self.tasks[task].units[unit].attempt;
        let delay = delay_after(attempt, &definition.retry);
        let item = self.tasks[task].units[unit].item.is_some().then_some(unit as u32);
        let event = Event::BackedOff {
            task: Arc::clone(&definition.id),
            item,
            attempt,
            delay,
        };
        self.report(event);
        self.tasks[task].units[unit].state = match delay {
            Millis::ZERO => UnitState::Ready,
            _ => UnitState::BackingOff {
                until: self.deadline_in(Some(delay)),
            },
        };
    }

    /// "`max_attempts` counts all attempts, the first included." Once a task has failed under `stop`, "a call that fails now is
    /// not retried", nor one of a `for_each` task of which an item has failed for good.
    fn is_made_again(&self, task: usize, unit: usize, error: &CallError) -> bool {
        let retry = &self.program.workflow.tasks[task].retry;
        matches!(self.phase, Phase::Open)
            && self.tasks[task].failure.is_none()
            && self.tasks[task].units[unit].attempt < retry.max_attempts
            && is_retried(&error.kind, retry)
    }

    /// "Once an item has failed for good, items under way finish, no further one starts."
    pub(super) fn fail_unit_for_good(&mut self, task: usize, unit: usize, failure: Failure) {
        self.tasks[task].units[unit].state = UnitState::Failed;
        self.tasks[task].failure.get_or_insert(failure);
        self.abandon_what_is_not_running(task);
        self.end_task_if_done(task);
    }

    pub(super) fn abandon_what_is_not_running(&mut self, task: usize) {
        for unit in &mut self.tasks[task].units {
            if matches!(unit.state, UnitState::Ready | UnitState::BackingOff { .. }) {
                unit.state = UnitState::Abandoned;
            }
        }
    }

    /// Ends a task of which no unit has anything left to do.
    ///
    /// "The task is failed with that item's error"; "the output of a `for_each` task is the list of its items' outputs, in item
    /// order". If some items never ran and none failed, the task is one of "the rest" that is `cancelled`.
    pub(super) fn end_task_if_done(&mut self, task: usize) {
        let state = &self.tasks[task];
        let is_under_way = |unit: &UnitState| {
            matches!(
                unit,
                UnitState::Ready | UnitState::Running { .. } | UnitState::BackingOff { .. }
            )
        };
        if state.units.iter().any(|unit| is_under_way(&unit.state)) {
            return;
        }
        let is_for_each = self.program.workflow.tasks[task].for_each.is_some();
        if let Some(failure) = state.failure.clone() {
            // A timed-out item is an item that failed: only a task's own attempt makes it `timed_out`.
            let is_timeout = failure.is_timeout && !is_for_each;
            return self.fail_task(task, Failure { is_timeout, ..failure });
        }
        let outputs = state.units.iter().map(|unit| match &unit.state {
            UnitState::Succeeded(output) => Some(output),
            _ => None,
        });
        let ending = match outputs.collect::<Option<Vec<&Json>>>() {
            Some(outputs) if is_for_each => {
                let list: Vec<Value> = outputs.into_iter().map(|output| Value::clone(output)).collect();
                Ending::succeeded(Json::new(Value::Array(list)))
            }
            Some(outputs) => Ending::succeeded(outputs.first().map(|output| Json::clone(output)).unwrap_or_default()),
            None => Ending::cancelled(),
        };
        self.end_task(task, ending);
    }
}

/// "`only` (error kinds) [all but `permanent`]"; kind `input` never, "because it cannot get better".
fn is_retried(kind: &ErrorKind, retry: &Retry) -> bool {
    *kind != ErrorKind::Input
        && match &retry.only {
            Some(only) => only.contains(kind),
            None => *kind != ErrorKind::Permanent,
        }
}

/// "Attempt *n+1* starts after `min(initial · factor^(n−1), max_delay)`", to the nearest millisecond.
fn delay_after(attempt: u32, retry: &Retry) -> Millis {
    let exponent = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
    let delay = retry.initial.0 as f64 * retry.factor.powi(exponent);
    // Nothing times infinity is no number; it stands for no delay, whatever the limit.
    let delay = if delay.is_nan() { 0.0 } else { delay };
    let limited = retry.max_delay.map_or(delay, |max_delay| delay.min(max_delay.0 as f64));
    // The conversion saturates, and a negative number becomes 0.
    Millis(limited.round() as u64)
}
