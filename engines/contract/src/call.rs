//! A call: one attempt of one task, which the engine asks its host to perform.

use std::borrow::Cow;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Json, Millis, TaskId};

/// One task attempt, as the engine asks for it. The idempotency key is (`run`, `task`, `item`, `attempt`, `purpose`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The run this belongs to, as [`crate::Job::run`] gave it.
    pub run: Arc<str>,
    /// The task.
    pub task: TaskId,
    /// The item of a `for_each` task, from 0; `None` for any other task.
    pub item: Option<u32>,
    /// The attempt, from 1. An attempt made again after a crash keeps its number.
    pub attempt: u32,
    /// Whether the task's work is to be done or undone.
    pub purpose: Purpose,
    /// The handler that does it.
    pub handler: Arc<str>,
    /// The handler's input: the literal of the definition, or what its template gave.
    pub input: Json,
}

impl Call {
    /// The idempotency key as text: `run/task[item]#attempt`, with `/undo` behind it for a compensation.
    pub fn key(&self) -> String {
        let item = self.item.map(|item| format!("[{item}]")).unwrap_or_default();
        let undo = match self.purpose {
            Purpose::Work => "",
            Purpose::Compensate => "/undo",
        };
        format!("{}/{}{item}#{}{undo}", self.run, self.task, self.attempt)
    }
}

/// Why a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The task's own work.
    Work,
    /// Its `compensate` call, which undoes the work.
    Compensate,
}

/// What a call came to: the handler's output, or its error.
pub type CallResult = Result<Json, CallError>;

/// Why an attempt, and with it perhaps a task and a run, failed. It reaches the outcome unchanged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[serde(deny_unknown_fields)]
#[error("{kind}: {message}")]
pub struct CallError {
    /// What sort of error it is; `retry.only` selects by it.
    pub kind: ErrorKind,
    /// What happened, for people.
    pub message: String,
}

impl CallError {
    /// An error of `kind` that says `message`.
    pub fn new(kind: impl Into<ErrorKind>, message: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            message: message.into(),
        }
    }

    /// No result (or no answer) came within `limit`.
    pub fn timed_out(limit: Millis) -> Self {
        Self::new(ErrorKind::Timeout, format!("no result within {} ms", limit.0))
    }

    /// A `for_each` gave something other than a list.
    pub fn not_a_list() -> Self {
        Self::new(ErrorKind::Input, "for_each did not give a list")
    }

    /// A template or a `for_each` that could not be evaluated; `reason` is the evaluator's.
    pub fn bad_input(reason: impl std::fmt::Display) -> Self {
        Self::new(ErrorKind::Input, reason.to_string())
    }

    /// A condition that could not be evaluated; `reason` is the evaluator's.
    pub fn bad_condition(reason: impl std::fmt::Display) -> Self {
        Self::new(ErrorKind::Condition, reason.to_string())
    }

    /// A handler that panicked with `payload`.
    pub fn panicked(payload: &(dyn std::any::Any + Send)) -> Self {
        Self::new(ErrorKind::Panic, panic_message(payload))
    }
}

/// The text of a panic, as far as it has one.
pub fn panic_message(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a message").to_owned()
}

/// What sort of error an attempt ended with. In JSON it is its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(from = "Cow<'_, str>", into = "String")]
#[schemars(with = "String")]
pub enum ErrorKind {
    /// It may work next time.
    Transient,
    /// It will never work; not retried unless `retry.only` names it.
    Permanent,
    /// The attempt's `timeout` passed.
    Timeout,
    /// The task's `when` could not be evaluated.
    Condition,
    /// The task's template or `for_each` could not be evaluated; never retried.
    Input,
    /// The handler panicked.
    Panic,
    /// A kind of the handler's own.
    Other(Box<str>),
}

impl ErrorKind {
    /// The kind's name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Transient => "transient",
            Self::Permanent => "permanent",
            Self::Timeout => "timeout",
            Self::Condition => "condition",
            Self::Input => "input",
            Self::Panic => "panic",
            Self::Other(name) => name,
        }
    }
}

impl From<&str> for ErrorKind {
    fn from(name: &str) -> Self {
        match name {
            "transient" => Self::Transient,
            "permanent" => Self::Permanent,
            "timeout" => Self::Timeout,
            "condition" => Self::Condition,
            "input" => Self::Input,
            "panic" => Self::Panic,
            other => Self::Other(other.into()),
        }
    }
}

impl From<Cow<'_, str>> for ErrorKind {
    fn from(name: Cow<'_, str>) -> Self {
        Self::from(&*name)
    }
}

impl From<ErrorKind> for String {
    fn from(kind: ErrorKind) -> Self {
        kind.as_str().to_owned()
    }
}

impl std::fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
