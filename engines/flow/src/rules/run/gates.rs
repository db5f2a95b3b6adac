//! `filter`, which lets a message through or not, and `log`, which only tells of it.

use std::borrow::Cow;
use std::fmt::Write as _;

use contract::Behaviour;
use datalogic_rs::datavalue::DataValue;

use super::super::fixes::Fix;
use super::super::program::{Expression, Filter, Log, Reject, Task, Workflow};
use super::super::record::ErrorRecord;
use super::Run;
use super::tasks::Outcome;

/// Where an application looks for these lines.
const LOG_TARGET: &str = "dataflow::log";

impl<'a> Run<'a, '_> {
    pub(super) fn filter(&mut self, workflow: &Workflow, task: &Task, filter: &'a Filter) -> Outcome {
        match self.evaluate(&filter.condition) {
            Ok(DataValue::Bool(true)) => {
                self.note(Behaviour::FilterPassed);
                return Outcome::Success;
            }
            Ok(value) => self.note_truthy(value, Behaviour::TruthyFilter),
            Err(error) => {
                self.note(Behaviour::FilterError);
                if self.setting.fixes.has(Fix::FilterErrorRecord) {
                    let mut record =
                        ErrorRecord::new("EVALUATION_ERROR", format!("Failed to evaluate the filter: {error}"));
                    record.workflow = Some(workflow.id.clone());
                    record.task = Some(task.id.clone());
                    self.state.errors.push(record);
                }
            }
        }
        match filter.on_reject {
            Reject::Halt => {
                self.note(Behaviour::FilterHalted);
                Outcome::Halt
            }
            Reject::Skip => {
                self.note(Behaviour::FilterSkipped);
                Outcome::Skip
            }
        }
    }

    pub(super) fn log(&mut self, log: &'a Log) -> Outcome {
        // Nothing is evaluated for a line that nobody reads.
        if !log::log_enabled!(target: LOG_TARGET, log.level) {
            return Outcome::Success;
        }
        let mut line = self.log_text(&log.message).into_owned();
        for (place, (name, expression)) in log.fields.iter().enumerate() {
            let before = if place == 0 { " [" } else { ", " };
            let value = self.log_text(expression);
            let _ = write!(line, "{before}{name}={value}");
        }
        if !log.fields.is_empty() {
            line.push(']');
        }
        log::log!(target: LOG_TARGET, log.level, "{line}");
        self.note(Behaviour::LogWritten);
        if log.fields.len() > 1 {
            self.note(Behaviour::LogFieldsSorted);
        }
        Outcome::Success
    }

    fn log_text(&mut self, expression: &'a Expression) -> Cow<'a, str> {
        self.computed_text(expression).unwrap_or_else(|_| {
            self.note(Behaviour::LogExpressionFailed);
            Cow::Borrowed("<eval error>")
        })
    }
}
