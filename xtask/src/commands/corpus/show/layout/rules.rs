//! Lays dataflow-rs definitions out as text: what a person needs to follow a message through them.

use std::fmt::Write as _;

use contract::rules::Rules;
use contract::text::visible;
use serde_json::Value;

use super::value;

/// As many definitions as are shown; a set of an application may hold hundreds.
const MOST: usize = 20;

/// Writes the definitions of a case, and what is registered beside them.
pub(super) fn write(rules: &Rules, text: &mut String) {
    let mut facts = vec![
        format!("{} dataflow-rs definitions", rules.workflows.len()),
        format!("{} tasks", rules.tasks()),
    ];
    if !rules.handlers.is_empty() {
        let names: Vec<_> = rules.handlers.iter().map(|name| visible(name)).collect();
        facts.push(format!("registered: {}", names.join(", ")));
    }
    if let Some(context) = &rules.error_context {
        facts.push(format!("error codes at {}", visible(&context.path)));
    }
    if rules.secrets.is_some() {
        facts.push("with secrets".to_owned());
    }
    let _ = writeln!(text, "\n{}", facts.join(", "));
    for workflow in rules.workflows.iter().take(MOST) {
        definition(workflow, text);
    }
    if let Some(more) = rules.workflows.len().checked_sub(MOST).filter(|more| *more > 0) {
        let _ = writeln!(text, "\nand {more} more; `--json` shows all of them");
    }
}

fn definition(workflow: &Value, text: &mut String) {
    let mut facts = Vec::new();
    for name in [
        "priority",
        "channel",
        "status",
        "rollout",
        "loop",
        "continue_on_error",
        "condition",
    ] {
        facts.extend(workflow.get(name).map(|fact| format!("{name} {}", value(fact))));
    }
    let facts = if facts.is_empty() {
        String::new()
    } else {
        format!(": {}", facts.join(" · "))
    };
    let _ = writeln!(text, "\ndefinition {}{facts}", word(workflow, "id"));
    steps(workflow.get("tasks"), 1, text);
}

fn steps(list: Option<&Value>, depth: usize, text: &mut String) {
    for step in list.and_then(Value::as_array).into_iter().flatten() {
        let mut facts = Vec::new();
        let function = step.get("function");
        match function {
            Some(function) => facts.push(word(function, "name")),
            None if step.get("tasks").is_some() => facts.push("a group".to_owned()),
            None => {}
        }
        for name in ["condition", "terminal", "halt_on", "continue_on_error"] {
            facts.extend(step.get(name).map(|fact| format!("{name} {}", value(fact))));
        }
        facts.extend(function.and_then(|function| function.get("input")).map(value));
        let _ = writeln!(
            text,
            "{:indent$}{}  {}",
            "",
            word(step, "id"),
            facts.join(" · "),
            indent = 2 * depth
        );
        steps(step.get("tasks"), depth + 1, text);
    }
}

/// What stands under `key`: a text without its quotes, or whatever is there instead.
fn word(of: &Value, key: &str) -> String {
    match of.get(key) {
        Some(Value::String(text)) => visible(text).into_owned(),
        Some(other) => value(other),
        None => format!("(no {key})"),
    }
}
