//! Starting, 1 and 2: when a task is decided, and what is decided.

use std::sync::Arc;

use contract::workflow::RunIf;
use contract::{CallError, SkipReason, TaskStatus};
use serde_json::Value;

use super::state::{Ending, Failure, Progress, Unit};
use super::{Interpreter, Phase};
use crate::settings::ConditionError;

impl Interpreter {
    /// "A task is *decided* when all its needs are terminal." A decision may end its task and so let others be decided; of
    /// those that can be, the first in declaration order is always the next.
    pub(super) fn decide_what_can_be_decided(&mut self) {
        let mut task = 0;
        while task < self.tasks.len() {
            if !self.can_be_decided(task) {
                task += 1;
                continue;
            }
            self.decide(task);
            if self.tasks[task].has_ended() {
                task = 0;
            }
        }
    }

    fn can_be_decided(&self, task: usize) -> bool {
        matches!(self.phase, Phase::Open)
            && matches!(self.tasks[task].progress, Progress::Pending)
            && self.program.tasks[task]
                .needs
                .iter()
                .all(|need| self.tasks[*need].has_ended())
    }

    fn decide(&mut self, task: usize) {
        if !self.run_if_holds(task) {
            return self.end_task(task, Ending::skipped(SkipReason::Upstream));
        }
        match self.condition_holds(task) {
            Ok(true) => {}
            Ok(false) => return self.end_task(task, Ending::skipped(SkipReason::Condition)),
            Err(error) => return self.fail_task(task, Failure::error(error)),
        }
        if self.program.workflow.tasks[task].ask.is_some() {
            self.tasks[task].progress = Progress::ReadyToAsk;
            return;
        }
        match self.units(task) {
            Ok(units) => {
                self.tasks[task].units = units;
                self.tasks[task].progress = Progress::Working;
                // An empty list is done already: "empty: succeeded with `[]`".
                self.end_task_if_done(task);
            }
            Err(error) => self.fail_task(task, Failure::error(error)),
        }
    }

    /// "`run_if` is then tested on their states. Skipped counts as done, neither as success nor as failure; failed, timed_out
    /// and cancelled count as failure. If the test fails the task is `skipped(upstream)`."
    fn run_if_holds(&self, task: usize) -> bool {
        let needs = &self.program.tasks[task].needs;
        let mut ends = needs
            .iter()
            .filter_map(|need| self.tasks[*need].ending())
            .map(|ending| ending.status);
        match self.program.workflow.tasks[task].run_if {
            RunIf::AllSucceeded => ends.all(|status| status == TaskStatus::Succeeded),
            RunIf::AllDone => true,
            RunIf::AnySucceeded => ends.any(|status| status == TaskStatus::Succeeded),
            RunIf::AnyFailed => ends.any(TaskStatus::is_failure),
        }
    }

    /// "Then `when` is evaluated. Only the JSON value `true` passes; any other value is `skipped(condition)`. An evaluation
    /// error fails the task with kind `condition` (engine option `condition_error = "skip"` treats it as not true)."
    fn condition_holds(&self, task: usize) -> Result<bool, CallError> {
        let Some(when) = &self.program.tasks[task].when else {
            return Ok(true);
        };
        match self.program.evaluate(when, &self.data) {
            Ok(value) => Ok(value == Value::Bool(true)),
            Err(error) => match self.program.condition_error {
                ConditionError::Fail => Err(CallError::bad_condition(error)),
                ConditionError::Skip => Ok(false),
            },
        }
    }

    /// "`for_each` is evaluated when the task is decided (not a list: failed, kind `input` …)." "The task runs once per item."
    fn units(&self, task: usize) -> Result<Vec<Unit>, CallError> {
        let program = Arc::clone(&self.program);
        let Some(for_each) = &program.tasks[task].for_each else {
            return Ok(vec![Unit::new(None)]);
        };
        match program.evaluate(for_each, &self.data) {
            Ok(Value::Array(items)) => Ok(items.into_iter().map(|item| Unit::new(Some(item))).collect()),
            Ok(_) => Err(CallError::not_a_list()),
            Err(error) => Err(CallError::bad_input(error)),
        }
    }
}
