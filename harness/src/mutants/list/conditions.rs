//! Bugs in deciding whether a task runs: `run_if`, `when`, and the lists of `for_each`.

use contract::Feature::{ForEach, RunIf as RunIfs, Template, When};
use contract::workflow::{Input, RunIf};
use contract::{Format, Workflow};
use serde_json::{Value, json};

use crate::mutants::{Mutant, Place};

fn dag(name: &'static str, about: &'static str) -> Mutant {
    Mutant::new(Place::Definition, Format::Dag, name, about)
}

fn run_if(workflow: &mut Workflow, from: RunIf, to: RunIf) {
    for task in workflow.tasks.iter_mut().filter(|task| task.run_if == from) {
        task.run_if = to;
    }
}

fn when(workflow: &mut Workflow, misread: fn(Value) -> Value) {
    for task in &mut workflow.tasks {
        task.when = task.when.take().map(misread);
    }
}

pub(super) fn mutants() -> Vec<Mutant> {
    let mut mutants = run_ifs();
    mutants.extend(whens());
    mutants
}

fn run_ifs() -> Vec<Mutant> {
    vec![
        dag(
            "runs-dependents-of-a-failed-task",
            "A task runs although what it needs failed or was skipped.",
        )
        .uses([RunIfs])
        .seen_in("see custom engine: a failed task is marked completed, and its dependents still run")
        .smallest(2, 2)
        .misreads(|workflow| run_if(workflow, RunIf::AllSucceeded, RunIf::AllDone)),
        dag(
            "takes-all-done-for-all-succeeded",
            "A task that should run however its needs ended runs only if they succeeded.",
        )
        .uses([RunIfs])
        .smallest(2, 3)
        .misreads(|workflow| run_if(workflow, RunIf::AllDone, RunIf::AllSucceeded)),
        dag(
            "takes-any-succeeded-for-all-succeeded",
            "A task that one success should be enough for waits for all of them.",
        )
        .uses([RunIfs])
        .smallest(3, 4)
        .misreads(|workflow| run_if(workflow, RunIf::AnySucceeded, RunIf::AllSucceeded)),
        dag(
            "takes-any-succeeded-for-all-done",
            "A task that needs one success runs without any.",
        )
        .uses([RunIfs])
        .smallest(2, 3)
        .misreads(|workflow| run_if(workflow, RunIf::AnySucceeded, RunIf::AllDone)),
        dag(
            "takes-any-failed-for-all-done",
            "A task that is there for failures runs when nothing failed.",
        )
        .uses([RunIfs])
        .smallest(2, 2)
        .misreads(|workflow| run_if(workflow, RunIf::AnyFailed, RunIf::AllDone)),
        dag(
            "takes-any-failed-for-any-succeeded",
            "A task that is there for failures runs on success, and on success only.",
        )
        .uses([RunIfs])
        .smallest(2, 2)
        .misreads(|workflow| run_if(workflow, RunIf::AnyFailed, RunIf::AnySucceeded)),
    ]
}

fn whens() -> Vec<Mutant> {
    vec![
        dag(
            "ignores-conditions",
            "A task runs although its condition does not hold.",
        )
        .uses([When])
        .smallest(1, 1)
        .misreads(|workflow| workflow.tasks.iter_mut().for_each(|task| task.when = None)),
        dag(
            "takes-a-truthy-condition-for-true",
            "A condition that gives 1, or a text, lets its task run.",
        )
        .uses([When])
        .smallest(1, 1)
        .misreads(|workflow| when(workflow, |logic| json!({"!!": [logic]}))),
        dag(
            "turns-conditions-around",
            "A task runs exactly if its condition does not hold.",
        )
        .uses([When])
        .smallest(1, 1)
        .misreads(|workflow| when(workflow, |logic| json!({"!": [{"===": [logic, true]}]}))),
        dag(
            "takes-a-condition-that-fails-for-true",
            "A condition that cannot be evaluated lets its task run.",
        )
        .uses([When])
        .seen_in("agentic-orchestrator: an error in a branch takes the default path")
        .smallest(1, 1)
        .misreads(|workflow| when(workflow, |logic| json!({"try": [logic, true]}))),
        dag(
            "counts-items-from-one",
            "Templates of an item see the index of the next one.",
        )
        .uses([ForEach])
        .smallest(1, 2)
        .misreads(|workflow| {
            for task in workflow.tasks.iter_mut().filter(|task| task.for_each.is_some()) {
                if let Some(Input::Template(logic)) = task.call.as_mut().map(|work| &mut work.input) {
                    *logic = replaced(logic, &json!({"var": "index"}), &json!({"+": [{"var": "index"}, 1]}));
                }
            }
        }),
        dag(
            "passes-templates-on-unevaluated",
            "A handler gets the template of its input instead of what it gives.",
        )
        .uses([Template])
        .smallest(1, 1)
        .misreads(|workflow| {
            for work in workflow.tasks.iter_mut().filter_map(|task| task.call.as_mut()) {
                if let Input::Template(logic) = &work.input {
                    work.input = Input::Literal(logic.clone().into());
                }
            }
        }),
    ]
}

/// `logic` with `to` in each place of `from`.
fn replaced(logic: &Value, from: &Value, to: &Value) -> Value {
    match logic {
        found if found == from => to.clone(),
        Value::Array(items) => items.iter().map(|item| replaced(item, from, to)).collect(),
        Value::Object(entries) => entries
            .iter()
            .map(|(key, value)| (key.clone(), replaced(value, from, to)))
            .collect(),
        other => other.clone(),
    }
}
