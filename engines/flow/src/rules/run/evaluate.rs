//! Expressions against the context: their values, what they decide, what they name.

use std::borrow::Cow;
use std::sync::Arc;

use contract::Behaviour;
use datalogic_rs::datavalue::DataValue;

use super::super::error::{Error, Result};
use super::super::fixes::Fix;
use super::super::program::{Expression, Template, plain_text};
use super::super::record::ErrorRecord;
use super::Run;

/// Whose condition it is.
#[derive(Clone, Copy)]
pub(super) enum Condition<'i> {
    Workflow(&'i Arc<str>),
    Group(&'i Arc<str>),
    Task(&'i Arc<str>, &'i Arc<str>),
}

impl<'a> Run<'a, '_> {
    /// The value of an expression.
    #[inline]
    pub(super) fn evaluate(
        &mut self,
        expression: &'a Expression,
    ) -> std::result::Result<&'a DataValue<'a>, datalogic_rs::Error> {
        self.state.reached.extend_with(expression.uses);
        self.setting
            .program
            .logic
            .evaluate(&expression.logic, self.root, self.arena)
    }

    /// Whether a condition gives `true`. One that is not there holds; one that cannot be evaluated does not.
    #[inline]
    pub(super) fn holds(&mut self, condition: Option<&'a Expression>, whose: Condition<'_>) -> bool {
        let Some(expression) = condition else {
            return true;
        };
        // The evaluator has to be asked if it is to be known whether it fails.
        if !self.setting.fixes.has(Fix::ConditionError)
            && let Some(decision) = expression.decide(self.root)
        {
            self.state.reached.extend_with(expression.uses);
            return decision;
        }
        match self.evaluate(expression) {
            Ok(DataValue::Bool(decision)) => *decision,
            Ok(value) => {
                self.note_truthy(value, whose.truthy());
                false
            }
            Err(error) => {
                self.note(whose.failing());
                if self.setting.fixes.has(Fix::ConditionError) {
                    let (workflow, task) = whose.ids();
                    let mut record =
                        ErrorRecord::new("EVALUATION_ERROR", format!("Failed to evaluate the condition: {error}"));
                    record.workflow = Some(Arc::clone(workflow));
                    record.task = task.cloned();
                    self.state.errors.push(record);
                }
                false
            }
        }
    }

    /// Notes a value that decides as `false` and would count as true.
    pub(super) fn note_truthy(&mut self, value: &DataValue<'_>, behaviour: Behaviour) {
        if self.setting.program.logic.truthy(value) {
            self.note(behaviour);
        }
    }

    /// A template as plain text.
    pub(super) fn text(&mut self, template: &'a Template) -> Result<Cow<'a, str>> {
        match template {
            Template::Constant(datalogic_rs::datavalue::OwnedDataValue::String(text)) => Ok(Cow::Borrowed(text)),
            Template::Constant(value) => Ok(Cow::Owned(plain_text(value))),
            Template::Computed(expression) => self.computed_text(expression),
        }
    }

    /// An expression's value as plain text: a string as it is, anything else as JSON.
    pub(super) fn computed_text(&mut self, expression: &'a Expression) -> Result<Cow<'a, str>> {
        match self.evaluate(expression) {
            Ok(DataValue::String(text)) => Ok(Cow::Borrowed(text)),
            Ok(value) => Ok(Cow::Owned(value.to_string())),
            Err(error) => Err(Error::LogicEvaluation(error.to_string())),
        }
    }

    /// A template's value.
    pub(super) fn value(&mut self, template: &'a Template) -> Result<DataValue<'a>> {
        match template {
            Template::Constant(value) => Ok(value.to_arena(self.arena)),
            Template::Computed(expression) => match self.evaluate(expression) {
                Ok(value) => Ok(*value),
                Err(error) => Err(Error::LogicEvaluation(error.to_string())),
            },
        }
    }
}

impl<'i> Condition<'i> {
    fn truthy(self) -> Behaviour {
        match self {
            Self::Workflow(_) => Behaviour::TruthyWorkflowCondition,
            Self::Group(_) => Behaviour::TruthyGroupCondition,
            Self::Task(..) => Behaviour::TruthyTaskCondition,
        }
    }

    fn failing(self) -> Behaviour {
        match self {
            Self::Workflow(_) => Behaviour::FailingWorkflowCondition,
            Self::Group(_) => Behaviour::FailingGroupCondition,
            Self::Task(..) => Behaviour::FailingTaskCondition,
        }
    }

    fn ids(self) -> (&'i Arc<str>, Option<&'i Arc<str>>) {
        match self {
            Self::Workflow(workflow) | Self::Group(workflow) => (workflow, None),
            Self::Task(workflow, task) => (workflow, Some(task)),
        }
    }
}
