//! What reaches a run from outside while it runs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Json, TaskId};

/// A request to a run in progress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Signal {
    /// Running calls finish, nothing starts.
    Pause,
    /// Go on after a pause.
    Resume,
    /// Drop the running calls and end the run.
    Cancel,
    /// A user's answer to an `ask` task.
    Respond {
        /// The task that asked.
        task: TaskId,
        /// The answer, which becomes the task's output.
        value: Json,
    },
}
