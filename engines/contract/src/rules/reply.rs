//! What a registered function does when it is called, as a case's script gives it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{CallError, CallResult};

/// What a function does to the message, and how it ends. As the output of a call it is JSON; `null` is a function that does
/// nothing and succeeds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Reply {
    /// What it writes into the context, in turn.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<Write>,
    /// The errors it adds to the message, after its writes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<AddedError>,
    /// How it ends.
    #[serde(skip_serializing_if = "is_success")]
    pub end: Ending,
}

/// One write into the context.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Write {
    /// A dotted path from the context's root.
    pub path: String,
    /// What is written.
    pub value: Value,
}

/// An error that a function adds to the message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddedError {
    /// Its code.
    pub code: String,
    /// Its message.
    pub message: String,
    /// Its path, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// How a function ends: dataflow-rs' `TaskOutcome`, or its error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Status 200.
    #[default]
    Success,
    /// This status.
    Status(u16),
    /// Nothing is recorded.
    Skip,
    /// The workflow ends.
    Halt,
    /// An error.
    Error(Failure),
}

/// An error, by the variants of dataflow-rs' `DataflowError`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Failure {
    /// `Validation`.
    Validation(String),
    /// `FunctionExecution`, without a source.
    FunctionExecution(String),
    /// `Workflow`.
    Workflow(String),
    /// `Task`.
    Task(String),
    /// `FunctionNotFound`.
    FunctionNotFound(String),
    /// `Deserialization`.
    Deserialization(String),
    /// `Io`.
    Io(String),
    /// `LogicEvaluation`.
    LogicEvaluation(String),
    /// `Http`.
    Http {
        /// The status; 0 is a connection that failed.
        status: u16,
        /// What happened.
        message: String,
    },
    /// `Timeout`.
    Timeout(String),
    /// `Unknown`.
    Unknown(String),
    /// `Service`.
    Service {
        /// Its kind, which becomes the error's code; empty becomes `TASK_ERROR`.
        kind: String,
        /// What happened.
        message: String,
        /// For operators.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
    },
}

fn is_success(ending: &Ending) -> bool {
    *ending == Ending::Success
}

impl Reply {
    /// What the result of a call says. An output that is no reply (a case's reader refuses it) is an error of its own, so
    /// that it cannot pass unseen; an error becomes a `Service` error of its kind.
    pub fn of(result: &CallResult) -> Self {
        let failing = |failure| Self {
            end: Ending::Error(failure),
            ..Self::default()
        };
        match result {
            Ok(output) if output.is_null() => Self::default(),
            Ok(output) => Self::deserialize(&**output)
                .unwrap_or_else(|error| failing(Failure::Deserialization(format!("the output is no reply: {error}")))),
            Err(CallError { kind, message }) => failing(Failure::Service {
                kind: kind.as_str().to_owned(),
                message: message.clone(),
                detail: None,
            }),
        }
    }
}
