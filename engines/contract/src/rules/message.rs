//! The message, as a case's `input` gives it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is processed. Every field has dataflow-rs' own default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Message {
    /// What `parse_json` and `parse_xml` read as `payload`. No expression sees it.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub payload: Value,
    /// The root `data` of the context. Anything but an object counts as empty.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub data: Value,
    /// The root `metadata`.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub metadata: Value,
    /// The root `temp_data`.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub temp_data: Value,
    /// Processed for this channel only; without it, every workflow is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The bucket that `rollout` looks at, 0 to 99; more counts as 99.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routing_bucket: Option<u8>,
    /// Whether changes are written to the audit trail.
    #[serde(skip_serializing_if = "is_true")]
    pub capture_changes: bool,
    /// Whether an execution trace is taken.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub trace: bool,
}

impl Default for Message {
    fn default() -> Self {
        Self {
            payload: Value::Null,
            data: Value::Null,
            metadata: Value::Null,
            temp_data: Value::Null,
            channel: None,
            routing_bucket: None,
            capture_changes: true,
            trace: false,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_true(value: &bool) -> bool {
    *value
}

impl Message {
    /// The message that the input of a job describes. An input that describes none (a case's reader refuses it) is taken as
    /// the payload of one.
    pub fn of(input: &Value) -> Self {
        if input.is_null() {
            return Self::default();
        }
        Self::deserialize(input).unwrap_or_else(|_| Self {
            payload: input.clone(),
            ..Self::default()
        })
    }

    /// The message as an input.
    ///
    /// # Panics
    /// Never: a message is plain JSON.
    pub fn to_input(&self) -> crate::Json {
        std::sync::Arc::new(serde_json::to_value(self).expect("a message is plain JSON"))
    }
}
