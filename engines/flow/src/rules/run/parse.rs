//! `parse_json` and `parse_xml`: a part of the payload or of the context, read and put below `data`.

use std::borrow::Cow;

use contract::{Behaviour, BehaviourSet};
use datalogic_rs::datavalue::{DataValue, OwnedDataValue};

use super::super::error::{Error, Result};
use super::super::fixes::Fix;
use super::super::program::{Parse, Path, PathParts};
use super::super::record::ChangePath;
use super::super::xml::{self, Repeated};
use super::Run;
use super::context::{self, ComputedStep, Step};
use super::tasks::Outcome;

impl<'a> Run<'a, '_> {
    pub(super) fn parse_json(&mut self, parse: &'a Parse) -> Result<Outcome> {
        let source = self.text(&parse.source)?;
        let target = self.target(&parse.target)?;
        let found = self.source(&source);
        if Self::is_missing(found) {
            self.note(Behaviour::ParseJsonMissing);
        }
        let value = match found.unwrap_or(DataValue::Null) {
            DataValue::String(text) => match OwnedDataValue::from_json(text) {
                Ok(value) => value.to_arena(self.arena),
                Err(_) if self.setting.fixes.has(Fix::ParseJsonError) => {
                    return Err(Error::Validation(format!("ParseJson: Source '{source}' is not JSON")));
                }
                Err(_) => {
                    self.note(Behaviour::ParseJsonBadText);
                    DataValue::String(text)
                }
            },
            value => value,
        };
        self.write_target(&target, value, self.setting.message.capture_changes);
        Ok(Outcome::Success)
    }

    pub(super) fn parse_xml(&mut self, parse: &'a Parse) -> Result<Outcome> {
        let source = self.text(&parse.source)?;
        let Some(DataValue::String(text)) = self.source(&source) else {
            self.note(Behaviour::ParseXmlNoText);
            return Err(Error::Validation(format!(
                "ParseXml: Source '{source}' is not a string"
            )));
        };
        let repeated = if self.setting.fixes.has(Fix::XmlRepeatedChildren) {
            Repeated::List
        } else {
            Repeated::Last
        };
        let read = match xml::read(text, repeated, self.arena) {
            Ok(read) => read,
            Err(error) => {
                self.note(Behaviour::ParseXmlError);
                return Err(error);
            }
        };
        if read.has_repeated {
            self.note(Behaviour::ParseXmlRepeated);
        }
        if read.has_attribute {
            self.note(Behaviour::ParseXmlAttribute);
        }
        let value = read.value;
        let target = self.target(&parse.target)?;
        self.write_target(&target, value, true);
        Ok(Outcome::Success)
    }

    /// What a source names: the payload, a part of it, or a part of the context.
    fn source(&mut self, source: &str) -> Option<DataValue<'a>> {
        let payload = |run: &mut Self| {
            let message = run.setting.message;
            let payload = message.document.borrow(message.payload, run.arena);
            run.known.add_base(&payload, message.payload);
            payload
        };
        if source == "payload" {
            self.note(Behaviour::ParseFromPayload);
            Some(payload(self))
        } else if let Some(path) = source.strip_prefix("payload.") {
            self.note(Behaviour::ParseFromPayloadPath);
            context::get_dotted(payload(self), path)
        } else if let Some(path) = source.strip_prefix("data.") {
            self.note(Behaviour::ParseFromData);
            context::get_dotted(self.data(), path)
        } else {
            self.note(Behaviour::ParseFromContext);
            context::get_dotted(*self.root, source)
        }
    }

    /// The root `data`.
    pub(super) fn data(&self) -> DataValue<'a> {
        context::field(*self.root, "data").unwrap_or(DataValue::Null)
    }

    /// A target, below `data`.
    pub(super) fn target(&mut self, path: &'a Path) -> Result<Target<'a>> {
        match path {
            Path::Literal(parts) => Ok(Target::Literal(parts)),
            Path::Computed(expression) => {
                let dotted = match self.computed_text(expression)? {
                    Cow::Borrowed(text) => format!("data.{text}"),
                    Cow::Owned(text) => format!("data.{text}"),
                };
                Ok(Target::Computed(self.arena.alloc_str(&dotted)))
            }
        }
    }

    /// Writes the one value of a task, and records the change if it is to be.
    pub(super) fn write_target(&mut self, target: &Target<'a>, value: DataValue<'a>, is_recorded: bool) {
        if is_recorded && !self.setting.message.capture_changes {
            self.note(Behaviour::ChangesWithoutCapture);
        }
        match target {
            Target::Literal(parts) => {
                let change = is_recorded.then_some(ChangePath::Literal(0));
                self.write_at(&parts.segments, &parts.dotted, value, change);
            }
            Target::Computed(path) => {
                let steps = ComputedStep::split(self.arena, path);
                let change = is_recorded.then(|| ChangePath::Given((*path).into()));
                self.write_at(steps, path, value, change);
            }
        }
    }

    /// Writes a value, and records the change if it is named.
    fn write_at<S: Step>(&mut self, steps: &'a [S], path: &'a str, value: DataValue<'a>, change: Option<ChangePath>) {
        if let Some(change) = change {
            let old = context::get(*self.root, steps).unwrap_or(DataValue::Null);
            self.change(change, old, value, None);
        }
        // What such a write goes through is no behaviour of `map`.
        let mut unnoted = BehaviourSet::EMPTY;
        let written = context::set(self.arena, *self.root, steps, value, &mut unnoted);
        self.take_written(written, path);
    }
}

/// Where a task puts its one value.
pub(super) enum Target<'a> {
    Literal(&'a PathParts),
    /// Dotted, with `data.` before it.
    Computed(&'a str),
}
