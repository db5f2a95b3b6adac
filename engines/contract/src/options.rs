//! Options of an engine, as a migration gives them.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::Value;

/// Options by name. An engine reads them with [`read`] into a type of its own and refuses what it does not know.
pub type Options = BTreeMap<String, Value>;

/// An option that the engine does not have, or a value that does not fit it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the engine `{engine}` cannot take these options: {problem}")]
pub struct OptionError {
    /// The engine.
    pub engine: &'static str,
    /// What is wrong, naming the option.
    pub problem: String,
}

/// Reads `options` into the engine's own type, which should have `#[serde(deny_unknown_fields, default)]`.
///
/// # Errors
/// If an option is unknown, or its value has the wrong type.
pub fn read<T: DeserializeOwned>(engine: &'static str, options: &Options) -> Result<T, OptionError> {
    let object = options
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    serde_json::from_value(Value::Object(object)).map_err(|error| OptionError {
        engine,
        problem: error.to_string(),
    })
}
