//! A small case in words: what a person needs to follow it who has not seen its file.

mod rules;

use std::fmt::Write as _;

use contract::script::{Attempt, Then};
use contract::text::visible;
use contract::workflow::{Input, OnFailure, RunIf, Task, Workflow};
use contract::{Definition, Millis, Script, Signal};
use corpus::Case;

use super::story::short;
use crate::words::exact;

/// The most tasks of a case that is told in words, and the most definitions of rules.
const FEW: usize = 8;

/// A small case, line by line: what each task is, and what the world does. `None`: it is too large.
pub(crate) fn in_words(case: &Case) -> Option<Vec<String>> {
    let definitions = case.definition.rules().map_or(0, |rules| rules.workflows.len());
    if case.size().max(definitions) > FEW {
        return None;
    }
    Some(match &case.definition {
        Definition::Dag(workflow) => of_workflow(workflow, &case.script),
        Definition::Rules(rules) => rules::in_words(rules, case),
    })
}

fn of_workflow(workflow: &Workflow, script: &Script) -> Vec<String> {
    let width = workflow
        .tasks
        .iter()
        .map(|task| visible(&task.id).chars().count())
        .max()
        .unwrap_or_default();
    let mut lines: Vec<String> = workflow
        .tasks
        .iter()
        .map(|task| {
            let parts = [described(task), scripted(task, script)].concat();
            let parts = if parts.is_empty() {
                "nothing special".to_owned()
            } else {
                parts.join("; ")
            };
            format!("{:<width$}  {parts}", visible(&task.id))
        })
        .collect();
    lines.extend(settings(workflow));
    lines.extend(script.signals.iter().map(|scripted| {
        let signal = match &scripted.signal {
            Signal::Pause => "the run is paused".to_owned(),
            Signal::Resume => "the run is resumed".to_owned(),
            Signal::Cancel => "the run is cancelled".to_owned(),
            Signal::Respond { task, value } => {
                format!("a user answers `{}` with {}", visible(task), short(&value.to_string()))
            }
        };
        let at = if scripted.at == Millis::ZERO {
            "before the start".to_owned()
        } else {
            format!("at {}", ms(scripted.at))
        };
        format!("{at}, {signal}")
    }));
    lines
}

/// What the definition says of a task.
fn described(task: &Task) -> Vec<String> {
    let mut parts = Vec::new();
    if !task.needs.is_empty() {
        let needs: Vec<_> = task.needs.iter().map(|need| format!("`{}`", visible(need))).collect();
        parts.push(format!("needs {}", needs.join(" and ")));
    }
    match task.run_if {
        RunIf::AllSucceeded => {}
        RunIf::AllDone => parts.push("runs once they have ended, however they did".to_owned()),
        RunIf::AnySucceeded => parts.push("runs if any of them succeeded".to_owned()),
        RunIf::AnyFailed => parts.push("runs if any of them failed".to_owned()),
    }
    if let Some(when) = &task.when {
        parts.push(format!("only when {} is true", short(&when.to_string())));
    }
    if let Some(list) = &task.for_each {
        parts.push(format!("once for each item of {}", short(&list.to_string())));
    }
    if task.ask.is_some() {
        parts.push("asks a user".to_owned());
    }
    if let Some(work) = &task.call {
        match &work.input {
            Input::Literal(value) if value.is_null() => {}
            Input::Literal(value) => parts.push(format!("is called with {}", short(&value.to_string()))),
            Input::Template(logic) => parts.push(format!("is called with what {} gives", short(&logic.to_string()))),
        }
    }
    if task.retry.max_attempts != 1 {
        let retry = &task.retry;
        let mut text = format!(
            "has up to {} attempts, the second {} after the first",
            retry.max_attempts,
            ms(retry.initial)
        );
        if retry.max_attempts > 2 {
            let _ = write!(text, ", each further delay {} times the one before", retry.factor);
        }
        if let Some(longest) = retry.max_delay {
            let _ = write!(text, ", none longer than {}", ms(longest));
        }
        if let Some(only) = &retry.only {
            let kinds: Vec<_> = only.iter().map(|kind| visible(kind.as_str()).into_owned()).collect();
            let _ = write!(text, ", only after the errors {}", kinds.join(", "));
        }
        parts.push(text);
    }
    if let Some(timeout) = task.timeout {
        parts.push(format!("has {} for each attempt", ms(timeout)));
    }
    if task.priority != 0 {
        parts.push(format!("has priority {}", task.priority));
    }
    if task.compensate.is_some() {
        parts.push("can be undone".to_owned());
    }
    parts
}

/// What the script says of a task, of its items and of undoing it.
fn scripted(task: &Task, script: &Script) -> Vec<String> {
    let mut parts = Vec::new();
    let prefix = format!("{}[", task.id);
    for (key, entry) in &script.tasks {
        let whose = if **key == *task.id {
            String::new()
        } else if key.starts_with(&prefix) {
            format!("item {} ", visible(&key[task.id.len()..]))
        } else {
            continue;
        };
        let attempts: Vec<_> = entry.attempts.iter().map(happens).collect();
        if !attempts.is_empty() {
            parts.push(format!("{whose}{}", attempts.join(", then ")));
        }
        if let Some(undo) = &entry.compensate {
            parts.push(format!("undoing it {}", happens(undo)));
        }
    }
    parts
}

/// A time, as it is said in a sentence.
fn ms(time: Millis) -> String {
    format!("{} ms", exact(time))
}

fn happens(attempt: &Attempt) -> String {
    let takes = ms(attempt.takes);
    match &attempt.then {
        Then::Returns(output) if output.is_null() => format!("takes {takes}"),
        Then::Returns(output) => format!("gives {} after {takes}", short(&output.to_string())),
        Then::Fails(error) => format!("fails after {takes} ({})", short(&error.to_string())),
        Then::Panics(_) => format!("panics after {takes}"),
        Then::NeverReturns => "never ends by itself".to_owned(),
    }
}

fn settings(workflow: &Workflow) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(limit) = workflow.max_parallel {
        lines.push(format!("at most {limit} at once"));
    }
    if let Some(timeout) = workflow.timeout {
        lines.push(format!("the whole run has {}", ms(timeout)));
    }
    match workflow.on_failure {
        OnFailure::Stop => {}
        OnFailure::Cancel => lines.push("a failure cancels what runs".to_owned()),
        OnFailure::Continue => lines.push("a failure does not stop the others".to_owned()),
        OnFailure::Compensate => lines.push("after a failure, what succeeded is undone".to_owned()),
    }
    lines
}
