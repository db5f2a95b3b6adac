//! Starting, 3 and 4: which of the ready tasks is next, and how it starts.

use std::sync::Arc;

use contract::workflow::{Input, Work};
use contract::{Call, CallError, Event, Json, Purpose};
use datalogic_rs::Logic;
use serde_json::{Value, json};

use super::state::{Failure, Progress, UnitState};
use super::{CallNumber, Effect, Interpreter, Phase};

/// Something that is ready.
#[derive(Clone, Copy)]
enum Ready {
    /// An `ask` task.
    Ask(usize),
    /// A unit of a task that calls.
    Unit(usize, usize),
}

impl Interpreter {
    /// Starts one ready task, or one ready item of a task, if any may start. Returns whether it did.
    ///
    /// "There is no barrier: a task starts as soon as *its own* needs allow."
    pub(super) fn start_next_task(&mut self) -> bool {
        match self.next_to_start() {
            Some(Ready::Ask(task)) => self.ask(task),
            Some(Ready::Unit(task, unit)) => self.start_attempt(task, unit),
            None => return false,
        }
        true
    }

    /// "Ready tasks start while `max_parallel` allows: higher `priority` first, then declaration order", then item order. An
    /// `ask` makes no call and needs no slot. "`pause`: … nothing starts."
    fn next_to_start(&self) -> Option<Ready> {
        if self.is_paused || !matches!(self.phase, Phase::Open) {
            return None;
        }
        let has_slot = self.running().count() < self.program.max_parallel;
        let mut next = None;
        for (task, state) in self.tasks.iter().enumerate() {
            let ready = match state.progress {
                Progress::ReadyToAsk => Ready::Ask(task),
                Progress::Working if has_slot => {
                    match state
                        .units
                        .iter()
                        .position(|unit| matches!(unit.state, UnitState::Ready))
                    {
                        Some(unit) => Ready::Unit(task, unit),
                        None => continue,
                    }
                }
                _ => continue,
            };
            let priority = self.program.workflow.tasks[task].priority;
            if next.is_none_or(|(highest, _)| priority > highest) {
                next = Some((priority, ready));
            }
        }
        next.map(|(_, ready)| ready)
    }

    /// Whether something is ready, be it that it may not start now.
    pub(super) fn is_anything_ready(&self) -> bool {
        self.tasks.iter().any(|task| match task.progress {
            Progress::ReadyToAsk => true,
            Progress::Working => task.units.iter().any(|unit| matches!(unit.state, UnitState::Ready)),
            _ => false,
        })
    }

    /// "An `ask` task is `waiting`." "`timeout` on an `ask` task bounds the wait."
    fn ask(&mut self, task: usize) {
        let definition = &self.program.workflow.tasks[task];
        let (id, deadline) = (Arc::clone(&definition.id), self.deadline_in(definition.timeout));
        self.tasks[task].progress = Progress::Waiting { deadline };
        self.report(Event::Waiting { task: id });
    }

    /// Makes the call of a unit's next attempt. "Attempts are numbered from 1." "`timeout`: for each attempt."
    ///
    /// "A template that cannot be evaluated fails the attempt with kind `input`; it is not retried."
    fn start_attempt(&mut self, task: usize, unit: usize) {
        let program = Arc::clone(&self.program);
        let definition = &program.workflow.tasks[task];
        let Some(work) = &definition.call else {
            unreachable!("only a task that calls has units")
        };
        let item = self.tasks[task].units[unit].item.clone();
        let index = item.is_some().then_some(unit as u32);
        let extra: &[(&str, Value)] = match item {
            Some(item) => &[("item", item), ("index", json!(unit))],
            None => &[],
        };
        let input = match self.input(work, program.tasks[task].call.as_ref(), extra) {
            Ok(input) => input,
            Err(error) => return self.fail_unit_for_good(task, unit, Failure::error(error)),
        };
        let deadline = self.deadline_in(definition.timeout);
        let state = &mut self.tasks[task];
        state.attempts += 1;
        state.units[unit].attempt += 1;
        let attempt = state.units[unit].attempt;
        self.report(Event::AttemptStarted {
            task: Arc::clone(&definition.id),
            item: index,
            attempt,
        });
        let call = self.call(Call {
            run: Arc::clone(&self.run),
            task: Arc::clone(&definition.id),
            item: index,
            attempt,
            purpose: Purpose::Work,
            handler: Arc::clone(&work.handler),
            input,
        });
        self.tasks[task].units[unit].state = UnitState::Running { call, deadline };
    }

    /// What a handler is called with: "a JSON literal, or a JSONLogic template over the same data", and for some templates
    /// `extra` values at its root.
    pub(super) fn input(
        &mut self,
        work: &Work,
        template: Option<&Logic>,
        extra: &[(&str, Value)],
    ) -> Result<Json, CallError> {
        let template = match (&work.input, template) {
            (Input::Template(_), Some(template)) => template,
            (Input::Template(_), None) => unreachable!("a program has each of its templates compiled"),
            (Input::Literal(literal), _) => return Ok(Json::clone(literal)),
        };
        for (name, value) in extra {
            self.data[*name] = value.clone();
        }
        let input = self.program.evaluate(template, &self.data);
        if let Value::Object(data) = &mut self.data {
            data.retain(|name, _| name == "input" || name == "tasks");
        }
        input.map(Json::new).map_err(CallError::bad_input)
    }

    /// Makes a call and returns its number.
    pub(super) fn call(&mut self, call: Call) -> CallNumber {
        self.calls_made += 1;
        self.effects.push(Effect::Start(self.calls_made, call));
        self.calls_made
    }
}
