//! What an engine did on a case, as the host saw it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::rules::Processed;
use crate::{Call, Event, Json, Millis, Outcome, Purpose, Rejection, TaskId};

/// What an engine did on a case. The calls are the ground truth, whatever the engine says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// How it ended.
    pub end: End,
    /// The calls, in the order they were made.
    pub calls: Vec<ObservedCall>,
    /// The engine's reports, in order.
    pub events: Vec<ObservedEvent>,
    /// Virtual time from start to end.
    pub makespan: Millis,
    /// What it wrote to the log of an application, if the stage listened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<LogLine>,
}

/// A line of an application's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// `trace`, `debug`, `info`, `warn` or `error`.
    pub level: String,
    /// What it says.
    pub text: String,
}

/// How an engine ended on a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// It ran to the end.
    Finished(Outcome),
    /// It processed the message.
    Processed(Box<Processed>),
    /// It refused the definition.
    Rejected(Rejection),
    /// It never ended.
    Hung(Hang),
    /// It panicked; this is the message.
    Crashed(String),
}

/// Why a run will never end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hang {
    /// Nothing was left that could happen, and the run had not ended.
    Deadlock,
    /// It went on without getting anywhere until its budget of steps was spent.
    Livelock,
}

/// A call, from its start to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservedCall {
    /// The task.
    pub task: TaskId,
    /// Its item, under `for_each`.
    pub item: Option<u32>,
    /// The attempt, from 1.
    pub attempt: u32,
    /// Work or compensation.
    pub purpose: Purpose,
    /// The handler.
    pub handler: Arc<str>,
    /// The input.
    pub input: Json,
    /// When the engine asked for it.
    pub started: Millis,
    /// When it ended, whichever way; `None` if it was in flight when the run ended.
    pub ended: Option<Millis>,
    /// How it ended.
    pub fate: Fate,
}

impl ObservedCall {
    /// A call that an engine asks for now.
    pub fn begun(call: Call, now: Millis) -> Self {
        Self {
            task: call.task,
            item: call.item,
            attempt: call.attempt,
            purpose: call.purpose,
            handler: call.handler,
            input: call.input,
            started: now,
            ended: None,
            fate: Fate::InFlight,
        }
    }
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It was in flight when the run ended.
    InFlight,
    /// It gave an output.
    Returned,
    /// It failed.
    Failed,
    /// It panicked.
    Panicked,
    /// The engine dropped it.
    Dropped,
    /// The engine's process died while it was in flight.
    Lost,
}

/// An event and when it was reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservedEvent {
    /// When.
    pub at: Millis,
    /// What.
    pub event: Event,
}
