//! Lays a case out as text. Every word of it that came with the case is made visible first.

mod rules;

use std::fmt::Write as _;

use contract::text::visible;
use contract::workflow::{Input, OnFailure, Retry, RunIf, Task, Work, Workflow};
use contract::{Attempt, Definition, Script, Signal, Then};
use corpus::Case;
use serde::Serialize;

/// Values longer than this are cut: whoever needs all of one asks for `--json`.
const LONGEST: usize = 100;

/// The case as text, for a person.
pub(super) fn lines(case: &Case) -> String {
    let mut text = format!("case {}\n", visible(&case.id));
    let mut header = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "  {name:<9} {}", visible(value));
        }
    };
    header("why", &case.why);
    header("tags", &case.tags.join(", "));
    header("uses", &case.features().to_string());
    header("input", &value(&case.input));
    match &case.definition {
        Definition::Dag(dag) => workflow(dag, &mut text),
        Definition::Rules(rules) => rules::write(rules, &mut text),
    }
    script(&case.script, &mut text);
    text
}

fn workflow(workflow: &Workflow, text: &mut String) {
    let mut facts = vec![format!("{} tasks", workflow.tasks.len())];
    facts.extend(workflow.max_parallel.map(|limit| format!("at most {limit} at once")));
    facts.extend(workflow.timeout.map(|limit| format!("within {limit}")));
    facts.push(
        match workflow.on_failure {
            OnFailure::Stop => "a failure stops the rest",
            OnFailure::Cancel => "a failure cancels the rest",
            OnFailure::Continue => "a failure leaves the rest alone",
            OnFailure::Compensate => "a failure undoes what succeeded",
        }
        .to_owned(),
    );
    let _ = writeln!(text, "\nworkflow {}: {}", visible(&workflow.id), facts.join(", "));
    let width = workflow
        .tasks
        .iter()
        .map(|task| visible(&task.id).chars().count())
        .max()
        .unwrap_or_default()
        .min(24);
    for task in &workflow.tasks {
        let _ = writeln!(text, "  {:<width$}  {}", visible(&task.id), describe(task).join(" · "));
    }
}

/// What there is to say about a task, in the order in which it matters to its course.
fn describe(task: &Task) -> Vec<String> {
    let mut facts = Vec::new();
    if !task.needs.is_empty() {
        let needs: Vec<_> = task.needs.iter().map(|need| visible(need)).collect();
        facts.push(format!("after {}", needs.join(", ")));
    }
    match task.run_if {
        RunIf::AllSucceeded => {}
        RunIf::AllDone => facts.push("however they end".to_owned()),
        RunIf::AnySucceeded => facts.push("if any succeeded".to_owned()),
        RunIf::AnyFailed => facts.push("if any failed".to_owned()),
    }
    facts.extend(task.when.as_ref().map(|logic| format!("when {}", value(logic))));
    facts.extend(
        task.for_each
            .as_ref()
            .map(|logic| format!("for each of {}", value(logic))),
    );
    facts.extend(task.call.as_ref().map(|work| format!("calls {}", describe_work(work))));
    if let Some(ask) = &task.ask {
        facts.push(format!("asks {} for `{}`", value(&ask.prompt), visible(&ask.variable)));
    }
    if task.retry != Retry::default() {
        facts.push(describe_retry(&task.retry));
    }
    facts.extend(task.timeout.map(|limit| format!("within {limit}")));
    if task.priority != 0 {
        facts.push(format!("priority {}", task.priority));
    }
    facts.extend(
        task.compensate
            .as_ref()
            .map(|work| format!("undone by {}", describe_work(work))),
    );
    facts
}

fn describe_work(work: &Work) -> String {
    let handler = visible(&work.handler);
    match &work.input {
        Input::Literal(literal) if literal.is_null() => handler.into_owned(),
        Input::Literal(literal) => format!("{handler} with {}", value(literal)),
        Input::Template(logic) => format!("{handler} with the result of {}", value(logic)),
    }
}

fn describe_retry(retry: &Retry) -> String {
    let mut text = format!(
        "up to {} attempts, {} apart, ×{}",
        retry.max_attempts, retry.initial, retry.factor
    );
    if let Some(longest) = retry.max_delay {
        let _ = write!(text, ", at most {longest}");
    }
    if let Some(only) = &retry.only {
        let kinds: Vec<_> = only.iter().map(|kind| visible(kind.as_str())).collect();
        let _ = write!(
            text,
            ", only for {}",
            if kinds.is_empty() {
                "nothing".to_owned()
            } else {
                kinds.join(", ")
            }
        );
    }
    text
}

fn script(script: &Script, text: &mut String) {
    if !script.tasks.is_empty() {
        text.push_str("\nscript\n");
    }
    let width = script
        .tasks
        .keys()
        .map(|task| visible(task).chars().count())
        .max()
        .unwrap_or_default()
        .min(24);
    for (task, entry) in &script.tasks {
        let attempts: Vec<_> = entry.attempts.iter().map(describe_attempt).collect();
        let mut parts = vec![attempts.join(" · then ")];
        parts.retain(|part| !part.is_empty());
        parts.extend(
            entry
                .compensate
                .as_ref()
                .map(|attempt| format!("undoing: {}", describe_attempt(attempt))),
        );
        let _ = writeln!(text, "  {:<width$}  {}", visible(task), parts.join(" · "));
    }
    if !script.signals.is_empty() {
        text.push_str("\nsignals\n");
    }
    for scripted in &script.signals {
        let what = match &scripted.signal {
            Signal::Pause => "pause".to_owned(),
            Signal::Resume => "resume".to_owned(),
            Signal::Cancel => "cancel".to_owned(),
            Signal::Respond { task, value: answer } => format!("answer {} with {}", visible(task), value(answer)),
        };
        let _ = writeln!(text, "  at {}: {what}", scripted.at);
    }
    if !script.crashes.is_empty() {
        text.push_str("\ncrashes\n");
    }
    for crash in &script.crashes {
        let _ = writeln!(
            text,
            "  at {}: the process dies, and is back after {}",
            crash.at, crash.outage
        );
    }
}

fn describe_attempt(attempt: &Attempt) -> String {
    let end = match &attempt.then {
        Then::Returns(output) => format!("gives {}", value(output)),
        Then::Fails(error) => format!("fails with {}", visible(&error.to_string())),
        Then::Panics(message) => format!("panics with {}", value(message)),
        Then::NeverReturns => return "never ends".to_owned(),
    };
    format!("{end} after {}", attempt.takes)
}

/// A value as JSON on one line, cut if it is long.
fn value(value: &(impl Serialize + ?Sized)) -> String {
    let json = serde_json::to_string(value).unwrap_or_else(|error| error.to_string());
    let mut shown = visible(&json).into_owned();
    if let Some((at, _)) = shown.char_indices().nth(LONGEST) {
        shown.truncate(at);
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests;
