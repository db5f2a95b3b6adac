//! What processing a message came to, in the canonical form that both engines' messages are turned into.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{BehaviourSet, Value};

/// A processed message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Processed {
    /// The error that ended processing, if one did: its code and its text.
    pub error: Option<Stopped>,
    /// The context: `data`, `metadata`, `temp_data`, and whatever other roots were made.
    pub context: Value,
    /// The audit trail.
    pub audit: Vec<AuditEntry>,
    /// The message's errors.
    pub errors: Vec<MessageError>,
    /// The execution trace, if one was asked for.
    pub trace: Option<Vec<TraceStep>>,
    /// The text of the engine's wall clock, as it stands in the context and as any expression may have read it. It differs
    /// from run to run.
    pub stamp: String,
    /// What the engine says it went through; `None`: it does not say. Never compared.
    pub reached: Option<BehaviourSet>,
}

/// The error that ended processing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// Its code, as in [`MessageError::code`].
    pub code: String,
    /// Its text.
    pub message: String,
}

/// One entry of the audit trail. Its timestamp is the run's [`Processed::stamp`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// The workflow.
    pub workflow_id: Arc<str>,
    /// The task.
    pub task_id: Arc<str>,
    /// Its status.
    pub status: u64,
    /// What it changed, in turn.
    pub changes: Vec<Change>,
    /// The counter of the loop it ran in.
    pub loop_counter: Option<i64>,
}

/// One change of the context.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Where, as the definition writes it.
    pub path: Arc<str>,
    /// What was there.
    pub old_value: Value,
    /// What was written.
    pub new_value: Value,
}

/// One error of the message. Its timestamp is left out: each error reads the clock for itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageError {
    /// `VALIDATION_ERROR`, `TASK_ERROR`, …, or a service error's own kind.
    pub code: String,
    /// What happened.
    pub message: String,
    /// Where, if it says.
    pub path: Option<String>,
    /// The workflow, if it says.
    pub workflow_id: Option<String>,
    /// The task, if it says.
    pub task_id: Option<String>,
    /// Whether it was tried again, if it says.
    pub retry_attempted: Option<bool>,
    /// How often, if it says.
    pub retry_count: Option<u32>,
    /// For operators.
    pub detail: Option<String>,
}

/// One step of the execution trace. Its times are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceStep {
    /// The workflow.
    pub workflow_id: String,
    /// The task; `None`: the workflow as a whole was passed over.
    pub task_id: Option<String>,
    /// Whether it was run or passed over.
    pub executed: bool,
    /// The message after it, if it was run.
    pub message: Option<Snapshot>,
    /// The context before each mapping of a `map`.
    pub mapping_contexts: Option<Vec<Value>>,
    /// The counter of the loop it ran in.
    pub loop_counter: Option<i64>,
}

/// A message at one moment of a trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The context.
    pub context: Value,
    /// How many entries its audit trail had.
    pub audit_entries: usize,
    /// How many errors it had.
    pub errors: usize,
}
