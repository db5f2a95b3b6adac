//! From a processed message to the canonical outcome. Everything but the count of calls is read from what dataflow-rs left.

use std::collections::HashMap;
use std::sync::Arc;

use contract::workflow::Workflow;
use contract::{CallError, Json, Outcome, RunError, RunStatus, SkipReason, TaskOutcome, TaskStatus};
use dataflow_rs::Message;
use dataflow_rs::datavalue::OwnedDataValue;
use serde_json::Value;

use crate::handler::{Run, TASKS};

/// The status that dataflow-rs gives a task whose function failed.
const FAILED: usize = 500;

/// The outcome of a run. `stopped_early`: dataflow-rs gave up at the first failed task.
pub(crate) fn of(workflow: &Workflow, order: &[usize], message: &Message, stopped_early: bool, run: &Run) -> Outcome {
    let statuses: HashMap<&str, usize> = message
        .audit_trail()
        .iter()
        .map(|entry| (&*entry.task_id, entry.status))
        .collect();
    let outputs = outputs(message);
    let mut tasks: Vec<Option<TaskOutcome>> = vec![None; workflow.tasks.len()];
    let mut first_failure = None;
    let mut is_over = false;
    for place in order {
        let id = &workflow.tasks[*place].id;
        let mut outcome = TaskOutcome {
            task: id.clone(),
            status: TaskStatus::Succeeded,
            attempts: run.calls(*place),
            output: None,
            error: None,
            skipped: None,
        };
        match statuses.get(&**id) {
            Some(&FAILED) => {
                let error = error_of(message, id);
                first_failure.get_or_insert_with(|| RunError {
                    task: id.clone(),
                    error: error.clone(),
                });
                outcome.status = TaskStatus::Failed;
                outcome.error = Some(error);
                is_over = stopped_early;
            }
            Some(_) => outcome.output = Some(outputs.get(&**id).map_or_else(Json::default, |output| to_json(output))),
            None if is_over => outcome.status = TaskStatus::Cancelled,
            None => {
                outcome.status = TaskStatus::Skipped;
                outcome.skipped = Some(SkipReason::Condition);
            }
        }
        tasks[*place] = Some(outcome);
    }
    Outcome {
        status: if first_failure.is_some() {
            RunStatus::Failed
        } else {
            RunStatus::Succeeded
        },
        tasks: tasks.into_iter().flatten().collect(),
        error: first_failure,
        compensations: Vec::new(),
    }
}

/// The tasks' outputs, as they stand in the message's context.
fn outputs(message: &Message) -> HashMap<&str, &OwnedDataValue> {
    let Some(entries) = message.context.get(TASKS).and_then(OwnedDataValue::as_object) else {
        return HashMap::new();
    };
    entries
        .iter()
        .filter_map(|(id, entry)| Some((&**id, entry.get("output")?)))
        .collect()
}

fn to_json(value: &OwnedDataValue) -> Json {
    Arc::new(Value::from(value))
}

/// The error that dataflow-rs noted for a task: the kind as its code, the message behind a prefix of its own.
fn error_of(message: &Message, task: &str) -> CallError {
    let Some(error) = message
        .errors()
        .iter()
        .find(|error| error.task_id.as_deref() == Some(task))
    else {
        return CallError::new("", "dataflow-rs gives no error for this task");
    };
    let prefix = format!("Task {task} error: ");
    CallError::new(
        &*error.code,
        error.message.strip_prefix(&prefix).unwrap_or(&error.message),
    )
}
