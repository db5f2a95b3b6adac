//! A small case of rules in words: the message, what each definition and task is, and what registered functions reply.

use contract::Rules;
use contract::rules::Message;
use contract::text::visible;
use corpus::Case;
use serde_json::Value;

use super::happens;
use crate::words::cut;

/// How long a value may get: each stands on a line of its own.
const LONGEST: usize = 100;
/// How much further a step stands to the right than what it is a step of.
const INDENT: usize = 2;

pub(super) fn in_words(rules: &Rules, case: &Case) -> Vec<String> {
    let message = Message::of(&case.input);
    let mut lines = vec![format!("the message  {}", short(&case.input.to_string()))];
    if let Some(channel) = &message.channel {
        lines.push(format!("its channel  {}", visible(channel)));
    }
    if let Some(context) = &rules.error_context {
        lines.push(format!("codes of errors are kept at {}", visible(&context.path)));
    }
    for workflow in &rules.workflows {
        lines.push(told("definition", workflow, of_definition(workflow), 0));
        steps(workflow, 1, &mut lines);
    }
    for (call, entry) in &case.script.tasks {
        let replies: Vec<_> = entry.attempts.iter().map(happens).collect();
        if !replies.is_empty() {
            lines.push(format!("`{}` {}", visible(call), replies.join(", then ")));
        }
    }
    lines
}

fn steps(of: &Value, depth: usize, lines: &mut Vec<String>) {
    for step in of.get("tasks").and_then(Value::as_array).into_iter().flatten() {
        let kind = if step.get("tasks").is_some() { "group" } else { "task" };
        lines.push(told(kind, step, of_step(step), depth));
        steps(step, depth + 1, lines);
    }
}

fn told(kind: &str, of: &Value, facts: Vec<String>, depth: usize) -> String {
    let id = match of.get("id") {
        Some(Value::String(id)) => format!("`{}`", visible(id)),
        Some(other) => short(&other.to_string()),
        None => "without an id".to_owned(),
    };
    let colon = if facts.is_empty() { "" } else { ": " };
    format!(
        "{:indent$}{kind} {id}{colon}{}",
        "",
        facts.join("; "),
        indent = INDENT * depth
    )
}

fn of_definition(workflow: &Value) -> Vec<String> {
    let facts = [
        ("priority", "has priority"),
        ("channel", "is for the channel"),
        ("status", "has the status"),
        ("rollout", "is rolled out to"),
        ("loop", "loops by"),
    ];
    let mut parts = known(workflow, &facts);
    parts.extend(condition(workflow));
    if is_true(workflow, "continue_on_error") {
        parts.push("goes on after an error".to_owned());
    }
    parts
}

fn of_step(step: &Value) -> Vec<String> {
    let mut parts: Vec<String> = condition(step).into_iter().collect();
    if let Some(function) = step.get("function") {
        let name = function.get("name").and_then(Value::as_str).unwrap_or("nothing");
        let input = function.get("input").map(|input| short(&input.to_string()));
        let with = input.map_or_else(String::new, |input| format!(" with {input}"));
        parts.push(format!("does {}{with}", visible(name)));
    }
    if is_true(step, "continue_on_error") {
        parts.push("its errors are forgiven".to_owned());
    }
    if is_true(step, "terminal") {
        parts.push("is the last to be done".to_owned());
    }
    parts.extend(known(step, &[("halt_on", "ends its workflow on")]));
    parts
}

fn condition(of: &Value) -> Option<String> {
    let condition = of.get("condition")?;
    Some(format!("only when {} is true", short(&condition.to_string())))
}

fn known(of: &Value, facts: &[(&str, &str)]) -> Vec<String> {
    let told = |(name, words): &(&str, &str)| Some(format!("{words} {}", short(&of.get(name)?.to_string())));
    facts.iter().filter_map(told).collect()
}

fn short(text: &str) -> String {
    cut(&visible(text), LONGEST)
}

fn is_true(of: &Value, name: &str) -> bool {
    of.get(name) == Some(&Value::Bool(true))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_and_its_definitions_are_told_line_by_line() {
        let case = json!({
            "format_version": 1, "id": "c", "why": "", "tags": [],
            "definition": {"rules": {
                "workflows": [{
                    "id": "w", "priority": 3, "status": "paused", "continue_on_error": true,
                    "condition": {"var": "data.ok"},
                    "tasks": [
                        {"id": "g", "condition": false, "tasks": [
                            {"id": "", "function": {"name": "lookup", "input": {"key": "\u{1b}"}}, "continue_on_error": true, "terminal": true},
                        ]},
                        {"id": "m", "function": {"name": "map"}, "halt_on": "failure"},
                    ],
                }, {}],
                "handlers": ["lookup"],
            }},
            "input": {"payload": 1},
            "script": {"tasks": {"w/": {"attempts": [{"takes": 2, "then": {"fails": {"kind": "x", "message": "no"}}}]}}},
        });
        let case: Case = serde_json::from_value(case).expect("a case");
        let rules = case.definition.rules().expect("it is of rules");
        let lines = in_words(rules, &case);
        assert_eq!(
            lines,
            [
                r#"the message  {"payload":1}"#,
                r#"definition `w`: has priority 3; has the status "paused"; only when {"var":"data.ok"} is true; goes on after an error"#,
                "  group `g`: only when false is true",
                r#"    task ``: does lookup with {"key":"\u001b"}; its errors are forgiven; is the last to be done"#,
                r#"  task `m`: does map; ends its workflow on "failure""#,
                "definition without an id",
                "`w/` fails after 2 ms (x: no)",
            ]
        );
    }
}
