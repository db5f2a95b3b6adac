//! Reads dataflow-rs definitions: an object, or a list of objects. What is in them is for the engines to judge.

use serde_json::Value;

use super::error::{LoadError, Source};

/// The definitions in a file, in their order.
pub(super) fn read(source: Source<'_>) -> Result<Vec<Value>, LoadError> {
    let value: Value = serde_json::from_str(source.text)
        .map_err(|error| source.invalid_json(&error, "a definition is a JSON object, or a list of such"))?;
    Ok(match value {
        Value::Array(definitions) => definitions,
        definition => vec![definition],
    })
}
