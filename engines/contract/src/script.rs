//! The script of a case: what every task attempt will do, and which signals arrive when.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, CallError, Json, Millis, Purpose, Signal};

/// What the host will do during a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Script {
    /// By task id, or by `id[0]`, `id[1]`, … for the items of a `for_each` task; an item without an entry of its own
    /// follows its task's. A task without any entry takes 1 ms and gives `null`.
    pub tasks: BTreeMap<String, TaskScript>,
    /// Signals, sorted by time. One at 0 is there before the run starts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<ScriptedSignal>,
    /// When the engine's process dies, sorted by time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub crashes: Vec<Crash>,
}

/// What the attempts of one task will do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TaskScript {
    /// The attempts in turn. The last one holds for all that follow.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<Attempt>,
    /// What its `compensate` call will do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compensate: Option<Attempt>,
}

/// What one attempt will do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// How long it takes, in ms of virtual time.
    pub takes: Millis,
    /// What it does then; if absent, it gives `null`.
    #[serde(default)]
    pub then: Then,
}

impl Default for Attempt {
    fn default() -> Self {
        Self {
            takes: Millis(1),
            then: Then::default(),
        }
    }
}

/// How an attempt ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// It gives this output.
    Returns(Json),
    /// It fails with this error.
    Fails(CallError),
    /// Its handler panics with this message.
    Panics(String),
    /// It never ends by itself: only a timeout or a cancellation gets rid of it.
    NeverReturns,
}

impl Default for Then {
    fn default() -> Self {
        Self::Returns(Json::default())
    }
}

/// A signal at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScriptedSignal {
    /// When, in ms of virtual time since the run began; 0 is before its start.
    pub at: Millis,
    /// What.
    pub signal: Signal,
}

/// A death of the engine's process, from which the run is recovered.
///
/// The world outside goes on meanwhile: a call that was in flight keeps its idempotency key, so when it is made again it
/// joins the work under way and ends when that does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Crash {
    /// When, in ms of virtual time since the run began, from 1: after everything else that happens at that moment.
    pub at: Millis,
    /// How long it stays down, in ms.
    #[serde(default)]
    pub outage: Millis,
}

impl Script {
    /// What a call will do.
    pub fn call(&self, call: &Call) -> Attempt {
        match call.purpose {
            Purpose::Work => self.attempt(&call.task, call.item, call.attempt),
            Purpose::Compensate => self.compensation(&call.task),
        }
    }

    /// What attempt `attempt` (from 1) of a task, or of one of its items, will do.
    pub fn attempt(&self, task: &str, item: Option<u32>, attempt: u32) -> Attempt {
        let entry = item
            .and_then(|item| self.tasks.get(&format!("{task}[{item}]")))
            .or_else(|| self.tasks.get(task));
        let attempts = entry.map_or(&[][..], |entry| &entry.attempts);
        attempts
            .get(attempt.saturating_sub(1) as usize)
            .or(attempts.last())
            .cloned()
            .unwrap_or_default()
    }

    /// What the `compensate` call of a task will do.
    pub fn compensation(&self, task: &str) -> Attempt {
        self.tasks
            .get(task)
            .and_then(|entry| entry.compensate.clone())
            .unwrap_or_default()
    }
}
