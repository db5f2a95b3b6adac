//! What a call gave back.

use contract::Json;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a call gave back. Most work is done for its effect and gives back `null`, which takes no memory here and no counting
/// of who shares it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Json", into = "Json")]
pub struct Output(Option<Json>);

static NULL: Value = Value::Null;

impl Output {
    #[inline]
    pub(crate) fn is_null(&self) -> bool {
        self.0.is_none()
    }

    /// Its value.
    pub fn value(&self) -> &Value {
        self.0.as_deref().unwrap_or(&NULL)
    }
}

impl From<Json> for Output {
    #[inline]
    fn from(value: Json) -> Self {
        Self(Some(value).filter(|value| !value.is_null()))
    }
}

impl From<Output> for Json {
    fn from(output: Output) -> Self {
        output.0.unwrap_or_default()
    }
}
