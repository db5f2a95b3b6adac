//! Starting what is ready: in order of priority, then declaration, then item; calls while slots allow, questions at once.

use std::sync::Arc;

use contract::{CallError, Json, Purpose};
use datalogic_rs::FromDataValue;
use serde_json::Value;

use super::message::{Action, Item, Report, Start, Timer};
use super::output::Output;
use super::task::{Phase, Unit};
use super::view::View;
use super::{Core, Stage};
use crate::plan::{InputPlan, TaskKind};
use crate::push::push_with;

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
            self.go_over_if_done();
        }
        self.report_if_paused();
        self.end_if_only_a_signal_could_help();
    }

    fn start_ready(&mut self) {
        while self.stage == Stage::Running
            && !self.is_paused
            && let Some(key) = self.next_ready()
        {
            let unit = self.unit_of(key);
            if self.plan.has_only_calls {
                self.start_attempt(unit);
                self.cascade();
                continue;
            }
            match self.plan.task(unit.task).kind() {
                TaskKind::Call => self.start_attempt(unit),
                TaskKind::ForEach(_) if self.is_stale(unit) => {}
                TaskKind::ForEach(_) => self.start_attempt(unit),
                TaskKind::Ask(_) => self.ask(unit.task),
            }
            self.cascade();
        }
    }

    /// Queues a task, or an item of one, to be started.
    pub(super) fn make_ready(&mut self, unit: Unit) {
        self.tasks[unit.task as usize].make_ready(unit.item);
        self.queue(unit);
    }

    pub(super) fn queue(&mut self, unit: Unit) {
        let key = u64::from(self.plan.order.rank_of(unit.task)) << 32 | u64::from(unit.item.map_or(0, Item::index));
        let is_ask = !self.plan.has_only_calls && matches!(self.plan.task(unit.task).kind(), TaskKind::Ask(_));
        if is_ask {
            self.ready_asks.push(key);
        } else {
            self.ready.push(key);
        }
    }

    /// What is next among all that is ready and may start. An `ask` needs no slot.
    fn next_ready(&mut self) -> Option<u64> {
        let has_slot = self.calls.in_flight() < self.plan.max_parallel;
        if self.plan.has_only_calls {
            return if has_slot { self.ready.pop() } else { None };
        }
        match self.ready_asks.peek() {
            None if has_slot => self.ready.pop(),
            None => None,
            Some(ask) if has_slot && self.ready.peek().is_some_and(|call| call < ask) => self.ready.pop(),
            Some(_) => self.ready_asks.pop(),
        }
    }

    /// Whether something is ready, be it that it may not start now.
    pub(super) fn is_anything_ready(&mut self) -> bool {
        while let Some(key) = self.ready.peek() {
            if !self.is_stale(self.unit_of(key)) {
                return true;
            }
            self.ready.pop();
        }
        self.ready_asks.peek().is_some()
    }

    fn unit_of(&self, key: u64) -> Unit {
        let task = self.plan.order.task_at((key >> 32) as u32);
        let is_item = !self.plan.has_only_calls && matches!(self.plan.task(task).kind(), TaskKind::ForEach(_));
        Unit {
            task,
            item: is_item.then(|| Item::new(key as u32)),
        }
    }

    /// An item that is given up stays in the queue: taking it out would cost more than passing over it.
    fn is_stale(&self, unit: Unit) -> bool {
        unit.item.is_some_and(|item| {
            let items = self.tasks[unit.task as usize].items();
            !items.is_some_and(|items| items.is_ready(item.index()))
        })
    }

    fn ask(&mut self, task: u32) {
        self.tasks[task as usize].phase = Phase::Waiting;
        self.report(Report::Waiting { task });
        let limit = self.plan.task(task).timeout();
        let is_timed = limit.is_some_and(|limit| self.set_timer(limit, Timer::Wait { task }));
        self.waits.begin_answer(is_timed);
    }

    fn start_attempt(&mut self, unit: Unit) {
        match self.input_for(unit, Purpose::Work) {
            Ok(input) => self.start(unit, input),
            Err(error) => self.fail_unit(unit, Box::new(error), Phase::Failed),
        }
    }

    fn start(&mut self, unit: Unit, input: Json) {
        let Unit { task, item } = unit;
        let call = self.calls.open(unit, Purpose::Work);
        let attempt = self.tasks[task as usize].start(item);
        push_with(&mut self.actions, || {
            Action::Start(Start {
                call,
                task,
                item,
                attempt,
                purpose: Purpose::Work,
                input: Some(input),
            })
        });
        if let Some(limit) = self.plan.task(task).timeout() {
            self.set_timer(limit, Timer::Attempt(call));
        }
    }

    /// What the handler gets: a literal as it stands, a template evaluated for each attempt anew.
    pub(super) fn input_for(&mut self, unit: Unit, purpose: Purpose) -> Result<Json, CallError> {
        let plan = self.plan.task(unit.task);
        let (input, undoes) = match (purpose, plan.compensate()) {
            (Purpose::Compensate, Some(work)) => (&work.input, true),
            _ => (&plan.input, false),
        };
        let template = match input {
            InputPlan::Literal(value) => return Ok(Arc::clone(value)),
            InputPlan::Template(template) => template,
        };
        let state = &self.tasks[unit.task as usize];
        let item = unit
            .item
            .and_then(|item| Some((item.index(), state.items()?.value(item.index()))));
        let output = state.phase.output().filter(|_| undoes).map(Output::value);
        let view = View {
            item,
            output,
            ..self.view()
        };
        let value = view.evaluate(template, &self.arena).and_then(Value::from_arena);
        let input = value.map(Arc::new).map_err(CallError::bad_input);
        self.arena.reset();
        input
    }
}
