//! Gives the tasks of a case the names `a`, `b`, `c`, wherever they are named.

use std::collections::BTreeMap;
use std::sync::Arc;

use contract::workflow::{Input, Workflow};
use contract::{Signal, TaskId};
use serde_json::Value;

use crate::Case;

/// `case` with plain names; `None` if it has them, or if two of its tasks share one.
pub(super) fn renamed(case: &Case) -> Option<Case> {
    let workflow = case.dag()?;
    let names: BTreeMap<TaskId, TaskId> = workflow
        .tasks
        .iter()
        .enumerate()
        .map(|(place, task)| (Arc::clone(&task.id), name(place)))
        .collect();
    let is_plain = names.iter().all(|(old, new)| old == new) && &*workflow.id == "w";
    if is_plain || names.len() < workflow.tasks.len() {
        return None;
    }
    let mut renamed = case.clone();
    let contract::Definition::Dag(workflow) = &mut renamed.definition else {
        return None;
    };
    rename_in(Arc::make_mut(workflow), &names);
    let script = Arc::make_mut(&mut renamed.script);
    script.tasks = std::mem::take(&mut script.tasks)
        .into_iter()
        .map(|(key, entry)| (entry_name(&key, &names), entry))
        .collect();
    for scripted in &mut script.signals {
        if let Signal::Respond { task, .. } = &mut scripted.signal {
            *task = new_name(task, &names);
        }
    }
    Some(renamed)
}

/// `a` to `z`, then `a1` and on.
fn name(place: usize) -> TaskId {
    let letter = char::from(b'a' + (place % 26) as u8);
    match place / 26 {
        0 => letter.to_string().into(),
        round => format!("{letter}{round}").into(),
    }
}

fn new_name(old: &TaskId, names: &BTreeMap<TaskId, TaskId>) -> TaskId {
    names.get(old).unwrap_or(old).clone()
}

/// The key of a script's entry: a task, or `task[item]`.
fn entry_name(key: &str, names: &BTreeMap<TaskId, TaskId>) -> String {
    if let Some(new) = names.get(key) {
        return new.to_string();
    }
    match key.rsplit_once('[') {
        Some((task, item)) => names
            .get(task)
            .map_or_else(|| key.to_owned(), |new| format!("{new}[{item}")),
        None => key.to_owned(),
    }
}

fn rename_in(workflow: &mut Workflow, names: &BTreeMap<TaskId, TaskId>) {
    workflow.id = "w".into();
    for task in &mut workflow.tasks {
        task.id = new_name(&task.id, names);
        for need in &mut task.needs {
            *need = new_name(need, names);
        }
        for work in [&mut task.call, &mut task.compensate].into_iter().flatten() {
            work.handler = "h".into();
            if let Input::Template(logic) = &mut work.input {
                rename_paths(logic, names);
            }
        }
        [&mut task.when, &mut task.for_each]
            .into_iter()
            .flatten()
            .for_each(|logic| rename_paths(logic, names));
    }
}

/// Renames in whatever may be a path to the results of a task.
fn rename_paths(logic: &mut Value, names: &BTreeMap<TaskId, TaskId>) {
    match logic {
        Value::String(text) => {
            let Some(rest) = text.strip_prefix("tasks.") else {
                return;
            };
            // The longest id that fits: one may be the beginning of another.
            let fits = |id: &&TaskId| {
                rest.strip_prefix(&***id)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            if let Some(id) = names.keys().filter(fits).max_by_key(|id| id.len()) {
                *text = format!("tasks.{}{}", names[id], &rest[id.len()..]);
            }
        }
        Value::Array(items) => {
            if let [Value::String(first), Value::String(id), ..] = &mut items[..]
                && first == "tasks"
            {
                if let Some(new) = names.get(id.as_str()) {
                    *id = new.to_string();
                }
                return;
            }
            for item in items {
                rename_paths(item, names);
            }
        }
        Value::Object(entries) => entries.values_mut().for_each(|entry| rename_paths(entry, names)),
        _ => {}
    }
}
