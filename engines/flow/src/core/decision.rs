//! Deciding tasks: once all needs of a task have ended, `run_if` and then `when` say whether it runs, and `for_each` how often.

use contract::workflow::RunIf;
use contract::{CallError, SkipReason, TaskStatus};
use datalogic_rs::FromDataValue;
use serde_json::Value;

use super::items::Items;
use super::message::Item;
use super::task::{Needs, Phase, Unit};
use super::{Core, Stage};
use crate::plan::{ConditionError, TaskKind};

impl Core {
    /// Decides tasks until none is left whose needs have ended, each time the first in declaration order.
    ///
    /// A loop and not a recursion: skipping can ripple through a chain of any length.
    pub(super) fn cascade(&mut self) {
        while self.stage == Stage::Running
            && let Some(task) = self.decidable.pop()
        {
            self.decide(task as u32);
        }
    }

    fn decide(&mut self, task: u32) {
        if !holds(self.plan.task(task).run_if, self.tasks[task as usize].needs) {
            self.end(task, Phase::Skipped(SkipReason::Upstream));
            return;
        }
        match self.condition(task) {
            Ok(true) => self.enter(task),
            Ok(false) => self.end(task, Phase::Skipped(SkipReason::Condition)),
            Err(error) => self.fail(task, Phase::Failed(Box::new(error))),
        }
    }

    /// Only the JSON value `true` lets a task run.
    fn condition(&mut self, task: u32) -> Result<bool, CallError> {
        let Some(when) = self.plan.task(task).when() else {
            return Ok(true);
        };
        let value = self
            .view()
            .evaluate(when, &self.arena)
            .map(|value| value.as_bool() == Some(true));
        let verdict = match (value, self.plan.settings.condition_error) {
            (Ok(holds), _) => Ok(holds),
            (Err(_), ConditionError::Skip) => Ok(false),
            (Err(error), ConditionError::Fail) => Err(CallError::bad_condition(error)),
        };
        self.arena.reset();
        verdict
    }

    /// Makes ready a task that was decided to run, or each of its items.
    fn enter(&mut self, task: u32) {
        if !matches!(self.plan.task(task).kind(), TaskKind::ForEach(_)) {
            self.make_ready(Unit { task, item: None });
            return;
        }
        match self.list(task) {
            Ok(values) => {
                let items = Items::new(values);
                for item in 0..items.len() {
                    self.queue(Unit {
                        task,
                        item: Some(Item::new(item)),
                    });
                }
                self.tasks[task as usize].phase = Phase::Working(Box::new(items));
                // Without items it is done already.
                self.end_items_if_done(task);
            }
            Err(error) => self.fail(task, Phase::Failed(Box::new(error))),
        }
    }

    /// The items of a `for_each` task.
    fn list(&mut self, task: u32) -> Result<Vec<Value>, CallError> {
        let TaskKind::ForEach(for_each) = self.plan.task(task).kind() else {
            return Ok(Vec::new());
        };
        let value = self.view().evaluate(for_each, &self.arena).and_then(Value::from_arena);
        let list = match value {
            Ok(Value::Array(values)) => Ok(values),
            Ok(_) => Err(CallError::not_a_list()),
            Err(error) => Err(CallError::bad_input(error)),
        };
        self.arena.reset();
        list
    }

    /// Tells the dependents of a task that it ended.
    pub(super) fn release(&mut self, task: u32, status: TaskStatus) {
        for place in self.plan.dependents.range(task) {
            let dependent = self.plan.dependents.target(place);
            let state = &mut self.tasks[dependent as usize];
            state.needs.end(status);
            if state.needs.have_ended() {
                self.decidable.push(u64::from(dependent));
            }
        }
    }
}

fn holds(run_if: RunIf, needs: Needs) -> bool {
    match run_if {
        RunIf::AllSucceeded => !needs.any_failed() && !needs.any_skipped(),
        RunIf::AllDone => true,
        RunIf::AnySucceeded => needs.any_succeeded(),
        RunIf::AnyFailed => needs.any_failed(),
    }
}
