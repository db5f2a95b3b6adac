//! Attempts: starting ready tasks while slots allow, and what becomes of their calls.

use std::sync::Arc;

use contract::{CallError, CallResult, Json, Purpose};
use datalogic_rs::FromDataValue;
use serde_json::Value;

use super::message::{Action, CallId, Report, Timer};
use super::task::Phase;
use super::view::View;
use super::{Core, Stage};
use crate::plan::InputPlan;

impl Core {
    /// Starts what may start, now that nothing else happens at this instant.
    pub(super) fn settle(&mut self) {
        if self.stage == Stage::Running {
            self.start_ready();
            // The last tasks may have failed without a call.
            self.go_over_if_done();
        }
        if self.stage == Stage::Compensating {
            self.undo_next();
        }
    }

    fn start_ready(&mut self) {
        while self.stage == Stage::Running
            && self.calls.in_flight() < self.plan.max_parallel
            && let Some(rank) = self.ready.pop()
        {
            let task = self.plan.order.task_at(rank as u32);
            match self.input_for(task, Purpose::Work) {
                Ok(input) => self.start(task, input),
                Err(error) => self.fail(task, Phase::Failed(Box::new(error))),
            }
            self.cascade();
        }
    }

    fn start(&mut self, task: u32, input: Json) {
        let call = self.calls.open(task, Purpose::Work);
        let state = &mut self.tasks[task as usize];
        state.attempts += 1;
        state.phase = Phase::Running(call);
        let attempt = state.attempts;
        self.report(Report::AttemptStarted {
            task,
            item: None,
            attempt,
        });
        self.actions.push(Action::Start {
            call,
            task,
            item: None,
            attempt,
            purpose: Purpose::Work,
            input,
        });
        if let Some(limit) = self.plan.task(task).timeout {
            self.set_timer(limit, Timer::Attempt(call));
        }
    }

    /// What the handler gets: a literal as it stands, a template evaluated for each attempt anew.
    pub(super) fn input_for(&mut self, task: u32, purpose: Purpose) -> Result<Json, CallError> {
        let plan = self.plan.task(task);
        let (input, output) = match (purpose, &plan.compensate) {
            (Purpose::Compensate, Some(work)) => (&work.input, self.tasks[task as usize].phase.output()),
            _ => (&plan.input, None),
        };
        let template = match input {
            InputPlan::Literal(value) => return Ok(Arc::clone(value)),
            InputPlan::Template(template) => template,
        };
        let view = View { output, ..self.view() };
        let value = view.evaluate(template, &self.arena).and_then(Value::from_arena);
        let input = value.map(Arc::new).map_err(CallError::bad_input);
        self.arena.reset();
        input
    }

    pub(super) fn returned(&mut self, call: CallId, result: CallResult) {
        let Some(caller) = self.calls.close(call) else { return };
        match (caller.purpose, result) {
            (Purpose::Compensate, result) => self.undone.push((caller.task, result.err())),
            (Purpose::Work, Ok(output)) => self.succeed(caller.task, output),
            (Purpose::Work, Err(error)) => self.attempt_failed(caller.task, error, Phase::Failed),
        }
        self.cascade();
    }

    pub(super) fn attempt_timed_out(&mut self, call: CallId) {
        let Some(caller) = self.calls.close(call) else { return };
        self.actions.push(Action::Drop(call));
        let limit = self.plan.task(caller.task).timeout.unwrap_or_default();
        self.attempt_failed(caller.task, CallError::timed_out(limit), Phase::TimedOut);
        self.cascade();
    }

    /// Makes the attempt again if the policy allows, or ends the task as `last` says.
    fn attempt_failed(&mut self, task: u32, error: CallError, last: fn(Box<CallError>) -> Phase) {
        let attempt = self.tasks[task as usize].attempts;
        let retry = self.plan.task(task).retry.as_ref();
        let delay = retry
            .filter(|retry| self.stage == Stage::Running && retry.allows(attempt, &error.kind))
            .map(|retry| retry.delay(attempt));
        let Some(delay) = delay else {
            self.fail(task, last(Box::new(error)));
            return;
        };
        self.report(Report::BackedOff {
            task,
            item: None,
            attempt,
            delay,
        });
        if delay.0 == 0 {
            self.make_ready(task);
        } else {
            self.tasks[task as usize].phase = Phase::BackingOff;
            self.set_timer(
                delay,
                Timer::BackOff {
                    task,
                    item: None,
                    attempt,
                },
            );
        }
    }

    pub(super) fn backed_off(&mut self, task: u32, attempt: u32) {
        if self.is_backing_off(task, attempt) {
            self.make_ready(task);
        }
    }

    pub(super) fn is_backing_off(&self, task: u32, attempt: u32) -> bool {
        let state = &self.tasks[task as usize];
        matches!(state.phase, Phase::BackingOff) && state.attempts == attempt
    }
}
