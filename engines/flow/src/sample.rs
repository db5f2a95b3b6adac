//! Workflows written as JSON and runs shown as text, for tests.

use std::fmt::Write as _;
use std::sync::Arc;

use contract::observation::{End, Fate};
use contract::stage::Stage;
use contract::{Definition, Event, Observation, Outcome, Script, TaskOutcome, TaskStatus, Workflow};
use serde_json::{Value, json};

use crate::FlowEngine;
use crate::plan::{Plan, Settings};

/// A workflow from its fields as JSON. A task without `call` gets the handler `do`.
pub(crate) fn workflow(mut fields: Value) -> Workflow {
    fields["id"] = json!("w");
    for task in fields["tasks"].as_array_mut().expect("a list of tasks") {
        if task.get("call").is_none() && task.get("ask").is_none() {
            task["call"] = json!({"handler": "do"});
        }
    }
    serde_json::from_value(fields).expect("a workflow")
}

/// Its plan, without options.
pub(crate) fn plan(fields: Value) -> Arc<Plan> {
    let logic = Arc::new(contract::logic::engine());
    Arc::new(Plan::compile(&workflow(fields), Settings::default(), &logic).expect("a right definition"))
}

/// What the engine does on a workflow, with the script's tasks and signals as JSON.
pub(crate) fn observe(options: Value, fields: Value, input: Value, script: Value) -> Observation {
    let engine = FlowEngine::new(&serde_json::from_value(options).expect("options")).expect("options that fit");
    let script: Script = serde_json::from_value(script).expect("a script");
    let definition = Definition::Dag(Arc::new(workflow(fields)));
    Stage::new().play(&engine, &definition, &Arc::new(input), &Arc::new(script))
}

/// An observation in two lines: the calls with their times, then how each task and the run ended.
pub(crate) fn show(seen: &Observation) -> String {
    let calls: Vec<_> = seen
        .calls
        .iter()
        .map(|call| {
            let undo = if call.purpose == contract::Purpose::Compensate {
                "undo "
            } else {
                ""
            };
            let attempt = if call.attempt > 1 {
                format!("#{}", call.attempt)
            } else {
                String::new()
            };
            let ended = call.ended.map_or("…".to_owned(), |ended| ended.0.to_string());
            let dropped = if call.fate == Fate::Dropped { " dropped" } else { "" };
            format!("{undo}{}{attempt} {}-{ended}{dropped}", call.task, call.started.0)
        })
        .collect();
    let end = match &seen.end {
        End::Finished(outcome) => show_outcome(outcome),
        other => format!("{other:?}"),
    };
    format!("{}\n{end}", calls.join(" · "))
}

/// An outcome in one line.
pub(crate) fn show_outcome(outcome: &Outcome) -> String {
    let mut text: Vec<_> = outcome.tasks.iter().map(show_task).collect();
    text.extend(outcome.compensations.iter().map(|undone| match &undone.error {
        None => format!("{} undone", undone.task),
        Some(error) => format!("{} not undone({error})", undone.task),
    }));
    let mut run = format!("run {}", outcome.status.as_str());
    if let Some(error) = &outcome.error {
        write!(run, "({})", error.task).expect("a string takes all");
    }
    text.push(run);
    text.join(" · ")
}

fn show_task(task: &TaskOutcome) -> String {
    let status = task.status.as_str();
    match (task.status, &task.error, task.skipped) {
        (TaskStatus::Skipped, _, Some(reason)) => format!("{} skipped({reason:?})", task.task).to_lowercase(),
        (_, Some(error), _) => format!("{} {status}({error})", task.task),
        _ => format!("{} {status}", task.task),
    }
}

/// The events, in one line.
pub(crate) fn show_events(seen: &Observation) -> String {
    let show = |event: &Event| match event {
        Event::AttemptStarted { task, attempt, .. } => format!("{task}#{attempt}"),
        Event::BackedOff { task, delay, .. } => format!("{task} backs off {}", delay.0),
        Event::TaskEnded { task, status } => format!("{task} {}", status.as_str()),
        Event::CompensationStarted { task } => format!("undo {task}"),
        Event::RunStarted => "started".to_owned(),
        Event::RunEnded { status } => format!("ended {}", status.as_str()),
        other => format!("{other:?}"),
    };
    seen.events
        .iter()
        .map(|seen| show(&seen.event))
        .collect::<Vec<_>>()
        .join(" · ")
}
