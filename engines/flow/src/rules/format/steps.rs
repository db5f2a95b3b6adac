//! Steps: a task, or a group of steps. Groups are read away: what is left of them is a mark on their first task.

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_json::Value;

use super::{FunctionConfig, always};

/// How deeply groups may be nested.
const MAX_GROUP_DEPTH: usize = 8;

/// One task.
#[derive(Debug, Deserialize)]
pub(crate) struct Task {
    pub(crate) id: String,
    #[expect(dead_code, reason = "read to be checked")]
    name: String,
    #[expect(dead_code, reason = "read to be checked")]
    description: Option<String>,
    #[serde(default = "always")]
    pub(crate) condition: Value,
    pub(crate) function: FunctionConfig,
    #[serde(default)]
    pub(crate) continue_on_error: bool,
    #[serde(default)]
    pub(crate) terminal: bool,
    #[serde(default)]
    pub(crate) halt_on: HaltOn,
    /// The groups that begin with this task, the outermost first.
    #[serde(skip)]
    pub(crate) groups: Vec<TaskGroup>,
}

/// Whether a task's failure ends its workflow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HaltOn {
    #[default]
    Never,
    Failure,
}

/// A group, as the first of its tasks has it.
#[derive(Debug)]
pub(crate) struct TaskGroup {
    pub(crate) id: String,
    pub(crate) condition: Value,
    pub(crate) terminal: bool,
    /// The index of the task after its last one.
    pub(crate) end: usize,
}

#[derive(Deserialize)]
struct GroupHeader {
    id: String,
    #[expect(dead_code, reason = "read to be checked")]
    #[serde(default)]
    name: Option<String>,
    #[expect(dead_code, reason = "read to be checked")]
    #[serde(default)]
    description: Option<String>,
    #[serde(default = "always")]
    condition: Value,
    #[serde(default)]
    terminal: bool,
    #[serde(default)]
    halt_on: Option<Value>,
    #[expect(dead_code, reason = "dataflow-rs takes it and does nothing with it")]
    #[serde(default)]
    continue_on_error: Option<Value>,
    tasks: Vec<Value>,
}

/// Reads the steps of a workflow into one list of tasks.
pub(super) fn flatten<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Task>, D::Error> {
    let steps = Vec::<Value>::deserialize(deserializer)?;
    let mut tasks = Vec::with_capacity(steps.len());
    read_steps(steps, 0, &mut tasks).map_err(D::Error::custom)?;
    Ok(tasks)
}

fn read_steps(steps: Vec<Value>, depth: usize, tasks: &mut Vec<Task>) -> Result<(), String> {
    for step in steps {
        if step.get("tasks").is_some() {
            read_group(step, depth, tasks)?;
        } else {
            let task =
                serde_json::from_value(step).map_err(|error| format!("invalid task in workflow tasks: {error}"))?;
            tasks.push(task);
        }
    }
    Ok(())
}

fn read_group(step: Value, depth: usize, tasks: &mut Vec<Task>) -> Result<(), String> {
    if depth >= MAX_GROUP_DEPTH {
        return Err(format!("task groups nested deeper than {MAX_GROUP_DEPTH} levels"));
    }
    let header: GroupHeader =
        serde_json::from_value(step).map_err(|error| format!("invalid task group in workflow tasks: {error}"))?;
    let id = header.id;
    if header.halt_on.is_some() {
        return Err(format!(
            "task group '{id}' cannot carry halt_on — halt_on is a per-task outcome rule; put it on the task that can fail"
        ));
    }
    let start = tasks.len();
    read_steps(header.tasks, depth + 1, tasks)?;
    let end = tasks.len();
    let Some(first) = tasks.get_mut(start) else {
        return Err(format!(
            "task group '{id}' contains no tasks — an empty group can only be a mistake"
        ));
    };
    // The groups within this one that begin with the same task are there already.
    let group = TaskGroup {
        id,
        condition: header.condition,
        terminal: header.terminal,
        end,
    };
    first.groups.insert(0, group);
    Ok(())
}
