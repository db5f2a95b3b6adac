//! `publish_json` and `publish_xml`: a part of `data`, written as text and put below `data`.

use contract::Behaviour;
use datalogic_rs::datavalue::DataValue;

use super::super::error::{Error, Result};
use super::super::program::Publish;
use super::super::{publish, xml};
use super::Run;
use super::context;
use super::tasks::Outcome;

impl<'a> Run<'a, '_> {
    pub(super) fn publish_json(&mut self, config: &'a Publish) -> Result<Outcome> {
        let source = self.text(&config.source)?;
        let target = self.target(&config.target)?;
        let value = self.published("PublishJson", &source)?;
        let text = if config.pretty {
            self.note_keys(&value, Behaviour::KeysSorted);
            publish::pretty(&value)
                .map_err(|error| Error::Validation(format!("Failed to serialize to JSON: {error}")))?
        } else {
            self.note_keys(&value, Behaviour::KeysKept);
            publish::compact(&value)
        };
        let text = DataValue::String(self.arena.alloc_str(&text));
        self.write_target(&target, text, true);
        Ok(Outcome::Success)
    }

    pub(super) fn publish_xml(&mut self, config: &'a Publish) -> Result<Outcome> {
        let source = self.text(&config.source)?;
        let target = self.target(&config.target)?;
        let value = self.published("PublishXml", &source)?;
        self.note_keys(&value, Behaviour::KeysSorted);
        let root = self.text(&config.root_element)?;
        let text = DataValue::String(self.arena.alloc_str(&xml::write(&value, &root)));
        self.write_target(&target, text, true);
        Ok(Outcome::Success)
    }

    /// What a source names: a key of `data` as it stands, a path in it, or one that begins with `data.`.
    fn published(&mut self, function: &str, source: &str) -> Result<DataValue<'a>> {
        let data = self.data();
        let literal = context::field(data, source);
        if literal.is_some() && source.contains('.') {
            self.note(Behaviour::PublishLiteralKey);
        }
        let found = literal.or_else(|| context::get_dotted(data, source)).or_else(|| {
            source
                .strip_prefix("data.")
                .and_then(|path| context::get_dotted(data, path))
        });
        match found {
            None | Some(DataValue::Null) => {
                self.note(Behaviour::PublishMissing);
                Err(Error::Validation(format!(
                    "{function}: Source 'data.{source}' not found or is null"
                )))
            }
            Some(value) => Ok(value),
        }
    }

    fn note_keys(&mut self, value: &DataValue<'_>, behaviour: Behaviour) {
        if !publish::is_sorted(value) {
            self.note(behaviour);
        }
    }
}
