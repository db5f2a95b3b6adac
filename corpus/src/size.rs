//! How large a case is, as a reader of it would count: its tasks, and what there is to understand about them.

use contract::script::{Attempt, Then};
use contract::workflow::{Input, OnFailure, Retry, RunIf, Task};
use contract::{Definition, Rules, Script, Workflow};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Case;

/// The size of a case. A case with fewer tasks is smaller; of two with as many, the one with fewer parts.
///
/// The parts of a workflow's case are: each need; each field of a task that is not as by default (`when`, `run_if`, `retry`,
/// `timeout`, `priority`, `compensate`, `for_each`, `ask`, and a call's input that is not `null`); each setting of the
/// workflow that is not as by default; each signal and each crash; and of the script each attempt that does anything else
/// than give `null` after 1 ms, twice if it takes another time *and* ends in another way.
///
/// The parts of a case of rules are the leaves of its definitions as JSON, apart from ids and names, and those of the message
/// and of the replies.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct Size {
    /// Tasks, or steps of rules.
    pub tasks: u32,
    /// Parts.
    pub parts: u32,
}

impl Size {
    /// The size of `case`.
    pub fn of(case: &Case) -> Self {
        let parts = match &case.definition {
            Definition::Dag(workflow) => of_workflow(workflow) + of_script(&case.script),
            Definition::Rules(rules) => of_rules(rules) + leaves(&case.input) + of_replies(&case.script),
        };
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Self {
            tasks: count(case.size()),
            parts: count(parts),
        }
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} tasks, {} parts", self.tasks, self.parts)
    }
}

fn count<const N: usize>(parts: [bool; N]) -> usize {
    parts.into_iter().filter(|part| *part).count()
}

fn of_workflow(workflow: &Workflow) -> usize {
    let settings = count([
        workflow.max_parallel.is_some(),
        workflow.timeout.is_some(),
        workflow.on_failure != OnFailure::default(),
    ]);
    settings + workflow.tasks.iter().map(of_task).sum::<usize>()
}

fn of_task(task: &Task) -> usize {
    let has_input = |input: &Input| !matches!(input, Input::Literal(literal) if literal.is_null());
    let fields = count([
        task.run_if != RunIf::default(),
        task.when.is_some(),
        task.call.as_ref().is_some_and(|work| has_input(&work.input)),
        task.ask.is_some(),
        task.retry != Retry::default(),
        task.timeout.is_some(),
        task.priority != 0,
        task.compensate.is_some(),
        task.for_each.is_some(),
    ]);
    task.needs.len() + fields
}

fn of_script(script: &Script) -> usize {
    let entries = script.tasks.values();
    let attempts = entries.flat_map(|entry| entry.attempts.iter().chain(&entry.compensate));
    script.signals.len() + script.crashes.len() + attempts.map(of_attempt).sum::<usize>()
}

fn of_attempt(attempt: &Attempt) -> usize {
    let gives_null = matches!(&attempt.then, Then::Returns(output) if output.is_null());
    count([attempt.takes != Attempt::default().takes, !gives_null])
}

fn of_rules(rules: &Rules) -> usize {
    let workflows: usize = rules.workflows.iter().map(leaves_of_definition).sum();
    let error_context = rules
        .error_context
        .as_ref()
        .map_or(0, |context| 1 + usize::from(context.limit.is_some()));
    workflows + rules.handlers.len() + error_context + rules.secrets.as_ref().map_or(0, leaves)
}

/// The ids and names of workflows and steps are there anyway.
fn leaves_of_definition(step: &Value) -> usize {
    let of_entry = |(key, value): (&String, &Value)| match &**key {
        "id" | "name" => 0,
        "tasks" => value
            .as_array()
            .map_or_else(|| leaves(value), |steps| steps.iter().map(leaves_of_definition).sum()),
        _ => leaves(value),
    };
    step.as_object()
        .map_or_else(|| leaves(step), |entries| entries.iter().map(of_entry).sum())
}

fn of_replies(script: &Script) -> usize {
    let entries = script.tasks.values();
    let attempts = entries.flat_map(|entry| &entry.attempts);
    attempts
        .map(|attempt| match &attempt.then {
            Then::Returns(reply) => leaves(reply),
            Then::Fails(_) | Then::Panics(_) | Then::NeverReturns => 1,
        })
        .sum()
}

/// Everything in `value` that has no parts; `null` is nothing.
fn leaves(value: &Value) -> usize {
    match value {
        Value::Null => 0,
        Value::Array(items) if !items.is_empty() => items.iter().map(leaves).sum(),
        Value::Object(entries) if !entries.is_empty() => entries.values().map(leaves).sum(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(definition: Value, script: Value, tasks: u32, parts: u32) {
        let case = json!({"format_version": 1, "id": "c", "definition": definition, "script": script});
        let case: Case = serde_json::from_value(case).expect("the case is well-formed");
        assert_eq!(Size::of(&case), Size { tasks, parts });
    }

    #[test]
    fn needs_fields_settings_signals_and_attempts_are_parts() {
        let call = json!({"handler": "h"});
        check(
            json!({"dag": {"id": "w", "tasks": [{"id": "a", "call": call}]}}),
            json!({"tasks": {"a": {"attempts": [{"takes": 1}]}}}),
            1,
            0,
        );
        check(
            json!({"dag": {"id": "w", "max_parallel": 1, "on_failure": "continue", "tasks": [
                {"id": "a", "call": {"handler": "h", "input": {"literal": 1}}, "retry": {"max_attempts": 2}},
                {"id": "b", "needs": ["a"], "run_if": "all_done", "when": true, "call": call}
            ]}}),
            json!({
                "tasks": {"a": {"attempts": [{"takes": 2, "then": {"returns": 1}}, {"takes": 2}], "compensate": {"takes": 3}}},
                "signals": [{"at": 5, "signal": "pause"}],
            }),
            2,
            12,
        );
    }

    #[test]
    fn of_rules_each_leaf_is_a_part_but_ids_and_names() {
        check(
            json!({"rules": {"handlers": ["h"], "workflows": [{"id": "w", "name": "w", "priority": 1, "tasks": [
                {"id": "g", "tasks": [{"id": "a", "name": "a", "function": {"name": "h", "input": {}}}]}
            ]}]}}),
            json!({"tasks": {"w/a": {"attempts": [{"takes": 3, "then": {"returns": {"end": "halt"}}}]}}}),
            1,
            5,
        );
    }
}
