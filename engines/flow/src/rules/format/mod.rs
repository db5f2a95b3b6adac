//! A dataflow-rs definition, read as dataflow-rs 3.12 reads it.
//!
//! What the format accepts is what serde makes of these types, and so are the words of a refusal. Both belong to the format:
//! the order of the fields (a list is read as a struct, too), the names of the structs, and what is read only to be checked.

mod function;
mod inputs;
mod steps;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

pub(crate) use function::FunctionConfig;
pub(crate) use inputs::{
    EnrichConfig, FilterConfig, HttpCallConfig, LogConfig, LogLevel, MapConfig, MapMapping, ParseConfig, PublishConfig,
    PublishKafkaConfig, RejectAction, ValidationConfig, ValidationRule,
};
pub(crate) use steps::{HaltOn, Task, TaskGroup};

use super::error::Result;

/// One workflow.
#[derive(Debug, Deserialize)]
pub(crate) struct Workflow {
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) priority: u32,
    #[expect(dead_code, reason = "read to be checked")]
    description: Option<String>,
    #[serde(default = "always")]
    pub(crate) condition: Value,
    /// In order, those in groups included.
    #[serde(deserialize_with = "steps::flatten")]
    pub(crate) tasks: Vec<Task>,
    #[serde(default)]
    pub(crate) continue_on_error: bool,
    #[serde(default = "default_channel")]
    pub(crate) channel: String,
    #[expect(dead_code, reason = "read to be checked")]
    #[serde(default = "default_version")]
    version: u32,
    #[serde(default)]
    pub(crate) status: WorkflowStatus,
    #[serde(default)]
    pub(crate) rollout: Option<Rollout>,
    #[serde(default, rename = "loop")]
    pub(crate) repetition: Option<LoopConfig>,
    #[expect(dead_code, reason = "read to be checked")]
    #[serde(default)]
    tags: Vec<String>,
    #[expect(dead_code, reason = "read to be checked")]
    #[serde(default)]
    created_at: Option<DateTime<Utc>>,
    #[expect(dead_code, reason = "read to be checked")]
    #[serde(default)]
    updated_at: Option<DateTime<Utc>>,
}

/// Whether a channel offers the workflow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum WorkflowStatus {
    #[default]
    Active,
    Paused,
    Archived,
}

/// The buckets whose messages a workflow takes: from the start, up to and without the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Rollout {
    pub(crate) bucket_start: u8,
    pub(crate) bucket_end: u8,
}

/// How often a workflow is run.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct LoopConfig {
    /// Where below `temp_data` the counter is.
    #[serde(default)]
    pub(crate) counter: Option<String>,
    #[serde(default)]
    pub(crate) init: i64,
    #[serde(default = "default_increment")]
    pub(crate) increment: i64,
    pub(crate) max: i64,
}

/// Reads a definition.
///
/// # Errors
/// If it does not have the format's shape, with dataflow-rs' words.
pub(crate) fn read(definition: &Value) -> Result<Workflow> {
    Ok(Workflow::deserialize(definition)?)
}

fn always() -> Value {
    Value::Bool(true)
}

fn default_channel() -> String {
    "default".to_owned()
}

fn default_version() -> u32 {
    1
}

fn default_increment() -> i64 {
    1
}
