//! Tells what a file holds by the keys at its top.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::error::{LoadError, Source};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Case,
    Set,
    Execution,
    Definitions,
}

#[derive(Deserialize)]
struct Top {
    format_version: Option<IgnoredAny>,
    definition: Option<IgnoredAny>,
    rules: Option<IgnoredAny>,
    messages: Option<IgnoredAny>,
    #[serde(rename = "schemaVersion")]
    schema_version: Option<IgnoredAny>,
    workflow: Option<IgnoredAny>,
    id: Option<IgnoredAny>,
    name: Option<IgnoredAny>,
    tasks: Option<IgnoredAny>,
}

impl Top {
    /// What dataflow-rs would refuse is a definition all the same: being refused alike is compared.
    fn is_definition(&self) -> bool {
        self.id.is_some() && (self.name.is_some() || self.tasks.is_some())
    }
}

impl Kind {
    /// Tells by the keys at the top; `None` is nothing that cases could be made of.
    pub(super) fn of(source: Source<'_>) -> Result<Option<Self>, LoadError> {
        let text = source.text;
        let help = "write each key once";
        if !text.trim_ascii_start().starts_with('{') {
            serde_json::from_str::<IgnoredAny>(text).map_err(|error| source.invalid_json(&error, help))?;
            let list: Vec<Top> = serde_json::from_str(text).unwrap_or_default();
            let are_definitions = !list.is_empty() && list.iter().all(Top::is_definition);
            // A struct is also read from a list of its fields.
            let are_objects = || serde_json::from_str::<Vec<serde_json::Map<String, serde_json::Value>>>(text).is_ok();
            return Ok((are_definitions && are_objects()).then_some(Self::Definitions));
        }
        let top: Top = serde_json::from_str(text).map_err(|error| source.invalid_json(&error, help))?;
        Ok(
            if top.rules.is_some() || top.messages.is_some() && top.format_version.is_some() {
                Some(Self::Set)
            } else if top.format_version.is_some() || top.definition.is_some() {
                Some(Self::Case)
            } else if top.schema_version.is_some() || top.workflow.is_some() {
                Some(Self::Execution)
            } else {
                top.is_definition().then_some(Self::Definitions)
            },
        )
    }

    /// What it is called where none was found.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Case => "case file",
            Self::Set => "set file",
            Self::Execution => "WfFormat execution",
            Self::Definitions => "dataflow-rs definition",
        }
    }

    /// Why a file of another kind was passed over.
    pub(super) const fn not_one(self) -> &'static str {
        match self {
            Self::Case => "not a case file",
            Self::Set => "not a set file",
            Self::Execution => "not a WfFormat execution",
            Self::Definitions => "not a dataflow-rs definition",
        }
    }
}
