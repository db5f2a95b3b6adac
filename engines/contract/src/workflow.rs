//! The workflow model (`Definition::Dag`) and what can be wrong with a definition.
//!
//! The types hold any definition that can be written down, the wrong ones included: checking is the engine's work, and a
//! refusal is an outcome to compare.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ErrorKind, Format, Json, Millis, Rules, TaskId};

/// A definition in one of the formats that engines accept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Definition {
    /// The workflow model of this project.
    Dag(Arc<Workflow>),
    /// dataflow-rs definitions.
    Rules(Arc<Rules>),
}

impl Definition {
    /// Its format.
    pub const fn format(&self) -> Format {
        match self {
            Self::Dag(_) => Format::Dag,
            Self::Rules(_) => Format::Rules,
        }
    }

    /// The workflow, if it is one of this project's own model.
    pub const fn dag(&self) -> Option<&Arc<Workflow>> {
        match self {
            Self::Dag(workflow) => Some(workflow),
            Self::Rules(_) => None,
        }
    }

    /// The rules, if it is some.
    pub const fn rules(&self) -> Option<&Arc<Rules>> {
        match self {
            Self::Rules(rules) => Some(rules),
            Self::Dag(_) => None,
        }
    }
}

/// A workflow: tasks, and what holds for all of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Workflow {
    /// Names the workflow.
    pub id: Arc<str>,
    /// The tasks. Their order of declaration breaks ties.
    #[serde(default)]
    pub tasks: Vec<Task>,
    /// Calls in flight at once, at most; unlimited if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_parallel: Option<u32>,
    /// Bounds the whole run, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Millis>,
    /// What a failed task does to the rest.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on_failure: OnFailure,
}

/// What a failed task does to the rest of its run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// Running calls finish, nothing else starts.
    #[default]
    Stop,
    /// Running calls are dropped.
    Cancel,
    /// Independent tasks go on; dependents follow `run_if`.
    Continue,
    /// As `Stop`; then the tasks that succeeded are undone.
    Compensate,
}

/// One task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// Unique in the workflow.
    pub id: TaskId,
    /// The tasks this one depends on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<TaskId>,
    /// Which ends of its needs let it run.
    #[serde(default, skip_serializing_if = "is_default")]
    pub run_if: RunIf,
    /// JSONLogic over `{input, tasks: {id: {status, output}}}`; the task is skipped unless it gives `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Value>,
    /// The work. Either this or `ask`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Work>,
    /// A question to a user, instead of `call`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<Ask>,
    /// How often and when a failed attempt is made again.
    #[serde(default, skip_serializing_if = "is_default")]
    pub retry: Retry,
    /// Bounds each attempt, or the wait of an `ask`, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Millis>,
    /// Higher starts first among ready tasks.
    #[serde(default, skip_serializing_if = "is_default")]
    pub priority: i32,
    /// Undoes the task's effect. Its template also sees the task's own `output`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compensate: Option<Work>,
    /// JSONLogic that gives a list: the task runs once per item. Templates also see `item` and `index`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_each: Option<Value>,
}

impl Task {
    /// A task that calls `handler` with the input `null`, and nothing else.
    pub fn calling(id: impl Into<TaskId>, handler: impl Into<Arc<str>>) -> Self {
        Self {
            id: id.into(),
            needs: Vec::new(),
            run_if: RunIf::default(),
            when: None,
            call: Some(Work {
                handler: handler.into(),
                input: Input::Literal(Json::default()),
            }),
            ask: None,
            retry: Retry::default(),
            timeout: None,
            priority: 0,
            compensate: None,
            for_each: None,
        }
    }
}

/// Which ends of its needs let a task run. Skipped is neither success nor failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunIf {
    /// Every need succeeded.
    #[default]
    AllSucceeded,
    /// Every need ended, however it did.
    AllDone,
    /// At least one need succeeded.
    AnySucceeded,
    /// At least one need failed, timed out or was cancelled.
    AnyFailed,
}

/// A handler and what it is called with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Work {
    /// The handler's name.
    pub handler: Arc<str>,
    /// Its input.
    #[serde(default)]
    pub input: Input,
}

/// What a handler is called with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Input {
    /// This value, as it stands.
    Literal(Json),
    /// JSONLogic over the same data as `when`, evaluated for each attempt.
    Template(Value),
}

impl Default for Input {
    fn default() -> Self {
        Self::Literal(Json::default())
    }
}

/// A question to a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// The name the answer is kept under.
    pub variable: Arc<str>,
    /// What the user is asked.
    pub prompt: String,
}

/// How often and when a failed attempt is made again.
///
/// Attempt *n*+1 is ready `min(initial · factor^(n−1), max_delay)` after attempt *n* failed, rounded to whole
/// milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Retry {
    /// All attempts, the first included.
    pub max_attempts: u32,
    /// The delay after the first attempt, in ms.
    pub initial: Millis,
    /// What the delay is multiplied by after each further one.
    pub factor: f64,
    /// The longest delay, in ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_delay: Option<Millis>,
    /// The kinds of error that are retried; if absent, all but `permanent`. Kind `input` never is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only: Option<Vec<ErrorKind>>,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            max_attempts: 1,
            initial: Millis::ZERO,
            factor: 2.0,
            max_delay: None,
            only: None,
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Something wrong with a definition. A refusal names all of them, sorted by this order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// A task, or the workflow, has the empty id. `task` is its place in the list; `None` is the workflow.
    #[error("{} has an empty id", task.map_or_else(|| "the workflow".to_owned(), |index| format!("task number {}", index + 1)))]
    EmptyId {
        /// Index of the task, from 0.
        task: Option<usize>,
    },
    /// More than one task has this id.
    #[error("the id `{id}` is used by more than one task")]
    DuplicateId {
        /// The id.
        id: TaskId,
    },
    /// A need that no task has as its id.
    #[error("task `{task}` needs `{need}`, which does not exist")]
    UnknownNeed {
        /// The task.
        task: TaskId,
        /// What it needs.
        need: TaskId,
    },
    /// A task that needs itself.
    #[error("task `{task}` needs itself")]
    SelfNeed {
        /// The task.
        task: TaskId,
    },
    /// Tasks that need each other in a circle: one strongly connected component, of two tasks or more.
    #[error("the tasks {} need each other in a circle", tasks.iter().map(|task| format!("`{task}`")).collect::<Vec<_>>().join(", "))]
    Cycle {
        /// The tasks on it, sorted by id.
        tasks: Vec<TaskId>,
    },
    /// A `max_parallel` of 0, with which nothing could ever start.
    #[error("max_parallel is 0")]
    NoSlots,
    /// A `max_attempts` of 0.
    #[error("max_attempts of task `{task}` is 0")]
    NoAttempts {
        /// The task.
        task: TaskId,
    },
    /// Both `ask` and `call`.
    #[error("task `{task}` has both `ask` and `call`")]
    AskAndCall {
        /// The task.
        task: TaskId,
    },
    /// Neither `ask` nor `call`.
    #[error("task `{task}` has neither `ask` nor `call`")]
    NothingToDo {
        /// The task.
        task: TaskId,
    },
    /// `for_each` with `ask`.
    #[error("task `{task}` has `for_each` with `ask`")]
    ForEachAsk {
        /// The task.
        task: TaskId,
    },
    /// `any_succeeded` or `any_failed` without needs, which can never hold.
    #[error("task `{task}` has a `run_if` that asks for any of its needs, but has no needs")]
    RunIfWithoutNeeds {
        /// The task.
        task: TaskId,
    },
    /// JSONLogic that does not compile.
    #[error("the {field} of task `{task}` does not compile")]
    BadLogic {
        /// The task.
        task: TaskId,
        /// `when`, `for_each`, `call` or `compensate`.
        field: LogicField,
    },
    /// A reason of the engine's own. Engines that can only say no, and not all of why, use this.
    #[error("{message}")]
    Other {
        /// The engine's words.
        message: String,
    },
}

/// The fields of a task that hold JSONLogic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "named after the fields of `Task`")]
pub enum LogicField {
    When,
    ForEach,
    Call,
    Compensate,
}

impl std::fmt::Display for LogicField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::When => "`when`",
            Self::ForEach => "`for_each`",
            Self::Call => "template of `call`",
            Self::Compensate => "template of `compensate`",
        })
    }
}
