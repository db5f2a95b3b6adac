//! Registered functions: what the host is asked, and what its reply does to the message.

use std::sync::Arc;

use contract::Behaviour;
use contract::rules::call_input;
use contract::rules::reply::{Ending, Reply};
use datalogic_rs::datavalue::DataValue;
use serde_json::{Map, Value};

use super::super::error::{Error, Result};
use super::super::program::{Call, CallInput, Field, FieldKind, FieldName};
use super::super::record::{ChangePath, ErrorRecord};
use super::context::{self, ComputedStep};
use super::tasks::Outcome;
use super::{Question, Run};

/// Whether there is something to ask.
pub(super) enum Asked {
    Host(Question),
    /// Nobody registered the function, or a field of its input cannot be evaluated.
    Nobody(Error),
}

impl<'a> Run<'a, '_> {
    /// What the host is to be asked.
    pub(super) fn ask(&mut self, call: &'a Call) -> Asked {
        if !call.is_registered {
            self.note(Behaviour::MissingHandler);
            return Asked::Nobody(Error::FunctionNotFound(call.handler.to_string()));
        }
        let input = match &call.input {
            CallInput::Given(input) => (**input).clone(),
            CallInput::Connector {
                constant,
                fields,
                has_headers,
            } => match self.fields(constant, fields, *has_headers) {
                Ok(input) => input,
                Err(error) => {
                    self.note(Behaviour::ConnectorFieldFailed);
                    self.note(Behaviour::HandlerFailed);
                    return Asked::Nobody(error);
                }
            },
        };
        Asked::Host(Question {
            name: Arc::clone(&call.name),
            attempt: self.count(&call.name),
            handler: Arc::clone(&call.handler),
            input: call_input(input, self.root.to_serde_value()),
        })
    }

    /// How often this name has called, this time included.
    fn count(&mut self, name: &Arc<str>) -> u32 {
        let calls = &mut self.state.calls;
        if let Some((_, count)) = calls.iter_mut().find(|(known, _)| known == name) {
            *count += 1;
            return *count;
        }
        calls.push((Arc::clone(name), 1));
        1
    }

    fn fields(
        &mut self,
        constant: &[(&'static str, &'static str)],
        fields: &'a [Field],
        has_headers: bool,
    ) -> Result<Value> {
        let mut input = Map::new();
        let mut headers = Map::new();
        for field in fields {
            let value = match field.kind {
                FieldKind::Text => Value::String(self.text(&field.template)?.into_owned()),
                FieldKind::Json => self.value(&field.template)?.to_serde_value(),
                FieldKind::Number(label) => self.whole_number(field, label)?.into(),
            };
            match &field.name {
                FieldName::Top(name) => input.insert((*name).to_owned(), value),
                FieldName::Header(name) => headers.insert(name.to_string(), value),
            };
        }
        for (name, value) in constant {
            input.insert((*name).to_owned(), Value::from(*value));
        }
        if has_headers {
            input.insert("headers".to_owned(), headers.into());
        }
        Ok(input.into())
    }

    fn whole_number(&mut self, field: &'a Field, label: &str) -> Result<u64> {
        let value = self.value(&field.template)?;
        let number = match value {
            DataValue::Number(number) => Some(number.as_f64()),
            _ => None,
        };
        number
            .filter(|number| number.is_finite() && *number >= 0.0 && *number <= u64::MAX as f64)
            .map(|number| number as u64)
            .ok_or_else(|| {
                Error::Validation(format!(
                    "{label} must evaluate to a non-negative number, got {}",
                    value.to_owned()
                ))
            })
    }

    /// Does to the message what a reply says.
    pub(super) fn apply(&mut self, reply: &'a Reply) -> Result<Outcome> {
        for write in &reply.set {
            self.set(&write.path, &write.value);
        }
        for added in &reply.errors {
            self.note(Behaviour::HandlerAddedError);
            let mut record = ErrorRecord::new(added.code.clone(), added.message.clone());
            record.path.clone_from(&added.path);
            self.state.errors.push(record);
        }
        match &reply.end {
            Ending::Success => Ok(Outcome::Success),
            Ending::Status(status) => Ok(Outcome::Status(*status)),
            Ending::Skip => Ok(Outcome::Skip),
            Ending::Halt => {
                self.note(Behaviour::HandlerHalted);
                Ok(Outcome::Halt)
            }
            Ending::Error(failure) => {
                self.note(Behaviour::HandlerFailed);
                Err(failure.clone().into())
            }
        }
    }

    /// `TaskContext::set`: unlike a mapping's, a write to a root replaces it, and an empty path names the whole context.
    fn set(&mut self, path: &'a str, value: &'a Value) {
        let value = DataValue::from_serde_value_in(value, self.arena);
        if self.setting.message.capture_changes {
            let old = context::get_dotted(*self.root, path).unwrap_or(DataValue::Null);
            self.change(ChangePath::Given(path.into()), old, value, None);
        }
        if path.is_empty() {
            return;
        }
        // What a function's writes go through is no behaviour of `map`.
        let mut unnoted = contract::BehaviourSet::EMPTY;
        let steps = ComputedStep::split(self.arena, path);
        let written = context::set(self.arena, *self.root, steps, value, &mut unnoted);
        self.take_written(written, path);
    }
}
