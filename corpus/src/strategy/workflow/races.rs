//! What a task reads of another has to be there when it is read: a task that reads what it does not need, directly or not,
//! gives one result or another by chance, and a case must not become such a race by being made smaller.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use contract::TaskId;
use contract::workflow::{Input, Task, Workflow};
use serde_json::Value;

/// Whether a task reads of another that it does not need.
pub(super) fn has_race(workflow: &Workflow) -> bool {
    workflow.tasks.iter().any(|task| {
        let mut read = Vec::new();
        logic(task).for_each(|logic| add_read(logic, &mut read));
        !read.is_empty() && {
            let known = ancestors(workflow, &BTreeSet::from([Arc::clone(&task.id)]));
            read.iter().any(|path| is_of_another(path, workflow, &known))
        }
    })
}

/// These tasks and all that they need, directly or not.
pub(super) fn ancestors(workflow: &Workflow, tasks: &BTreeSet<TaskId>) -> BTreeSet<TaskId> {
    let by_id: BTreeMap<&TaskId, &Task> = workflow.tasks.iter().map(|task| (&task.id, task)).collect();
    let mut found = BTreeSet::new();
    let mut left: Vec<&TaskId> = tasks.iter().collect();
    while let Some(id) = left.pop() {
        if found.insert(Arc::clone(id)) {
            left.extend(by_id.get(id).into_iter().flat_map(|task| &task.needs));
        }
    }
    found
}

/// The JSONLogic of a task.
fn logic(task: &Task) -> impl Iterator<Item = &Value> {
    let templates = [&task.call, &task.compensate].into_iter().flatten();
    let templates = templates.filter_map(|work| match &work.input {
        Input::Template(logic) => Some(logic),
        Input::Literal(_) => None,
    });
    task.when.iter().chain(&task.for_each).chain(templates)
}

/// What may be a path to the results of tasks: `tasks`, `tasks.a.output`, or `["tasks", "a"]`.
fn add_read(logic: &Value, read: &mut Vec<String>) {
    match logic {
        Value::String(text) if text == "tasks" || text.starts_with("tasks.") => read.push(text.clone()),
        Value::Array(items) => match &items[..] {
            [Value::String(first), Value::String(id), ..] if first == "tasks" => read.push(format!("tasks.{id}")),
            _ => items.iter().for_each(|item| add_read(item, read)),
        },
        Value::Object(entries) => entries.values().for_each(|entry| add_read(entry, read)),
        _ => {}
    }
}

/// Whether `path` leads to the results of a task that is not one of `known`.
fn is_of_another(path: &str, workflow: &Workflow, known: &BTreeSet<TaskId>) -> bool {
    let Some(rest) = path.strip_prefix("tasks.") else {
        return true;
    };
    let leads_to = |id: &TaskId| {
        rest.strip_prefix(&**id)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    !known.iter().any(leads_to) && workflow.tasks.iter().any(|task| leads_to(&task.id))
}
