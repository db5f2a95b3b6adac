//! Registered functions: what the host is asked, and what its reply does to the message.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use contract::rules::call_input;
use contract::rules::reply::{Ending, Reply};
use contract::{Behaviour, Purpose};
use datalogic_rs::datavalue::DataValue;
use futures::FutureExt;
use serde_json::{Map, Value};

use super::super::error::{Error, Result};
use super::super::program::{Call, CallInput, Field, FieldKind, FieldName};
use super::super::record::{ChangePath, ErrorRecord};
use super::context::{self, ComputedStep};
use super::tasks::Outcome;
use super::{Calling, Run};

/// Whether somebody is asked.
pub(super) enum Asked {
    Host(Calling),
    /// Nobody registered the function, or a field of its input cannot be evaluated.
    Nobody(Error),
}

impl<'a> Run<'a, '_> {
    /// Asks the host.
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
        let attempt = self.count(&call.name);
        Asked::Host(self.setting.host.call(contract::Call {
            run: Arc::clone(self.setting.run),
            task: Arc::clone(&call.name),
            item: None,
            attempt,
            purpose: Purpose::Work,
            handler: Arc::clone(&call.handler),
            input: call_input(input, self.root.to_serde_value()),
        }))
    }

    /// What a call came to that is done without waiting: leaving the arena and coming back costs more than many a function.
    ///
    /// # Errors
    /// The call, if it has to be waited for, or if the arena should be left anyway.
    pub(super) fn done_at_once(&self, mut calling: Calling) -> std::result::Result<Reply, Calling> {
        // Whoever waits for it polls it again, so nobody has to be woken for this look.
        match calling.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) if self.is_full() => Err(std::future::ready(result).boxed()),
            Poll::Ready(result) => Ok(Reply::of(&result)),
            Poll::Pending => Err(calling),
        }
    }

    /// How often this name has called, this time included.
    fn count(&mut self, name: &Arc<str>) -> u32 {
        let count = self.state.calls.entry(Arc::clone(name)).or_default();
        *count += 1;
        *count
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
    pub(super) fn apply(&mut self, reply: &Reply) -> Result<Outcome> {
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
    fn set(&mut self, path: &str, value: &Value) {
        // The reply is gone before the arena is.
        let path: &'a str = self.arena.alloc_str(path);
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
