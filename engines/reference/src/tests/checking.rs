//! "Checking": "a refused one yields `Rejected` with *all* its problems, sorted".

use std::sync::Arc;

use contract::observation::End;
use contract::{Definition, Workflow};
use serde_json::{Value, json};

use super::play;

/// Holds that `workflow` is refused with exactly these problems, as JSON, in this order.
#[track_caller]
fn check(workflow: Value, expected: Value) {
    let observation = play(workflow, "");
    let End::Rejected(rejection) = &observation.end else {
        panic!("it was not refused: {:?}", observation.end)
    };
    assert_eq!(
        serde_json::to_value(rejection.problems()).expect("problems are plain data"),
        expected
    );
    assert!(
        observation.calls.is_empty() && observation.events.is_empty(),
        "checked before anything runs"
    );
}

/// "Empty or duplicate id."
#[test]
fn an_empty_id_is_refused() {
    check(json!({"id": "", "tasks": []}), json!([{"empty_id": {"task": null}}]));
    check(json!([{"id": "a"}, {"id": ""}]), json!([{"empty_id": {"task": 1}}]));
    check(
        json!([{"id": ""}, {"id": ""}]),
        json!([{"empty_id": {"task": 0}}, {"empty_id": {"task": 1}}, {"duplicate_id": {"id": ""}}]),
    );
}

#[test]
fn a_duplicate_id_is_refused_once() {
    check(
        json!([{"id": "b"}, {"id": "a"}, {"id": "b"}, {"id": "b"}, {"id": "a"}]),
        json!([{"duplicate_id": {"id": "a"}}, {"duplicate_id": {"id": "b"}}]),
    );
}

/// "Unknown need, self-need."
#[test]
fn an_unknown_need_is_refused() {
    check(
        json!([{"id": "a", "needs": ["x", "y", "x"]}]),
        json!([{"unknown_need": {"task": "a", "need": "x"}}, {"unknown_need": {"task": "a", "need": "y"}}]),
    );
}

#[test]
fn a_self_need_is_refused_and_is_no_cycle() {
    check(
        json!([{"id": "a", "needs": ["a"]}]),
        json!([{"self_need": {"task": "a"}}]),
    );
}

/// "Cycle (naming the tasks on it)."
#[test]
fn a_cycle_is_refused_with_the_tasks_on_it() {
    check(
        json!([{"id": "c", "needs": ["b"]}, {"id": "b", "needs": ["a"]}, {"id": "a", "needs": ["c"]}, {"id": "before"}, {"id": "after", "needs": ["a", "before"]}]),
        json!([{"cycle": {"tasks": ["a", "b", "c"]}}]),
    );
    // A task that needs one cycle and is needed by another is on neither.
    check(
        json!([
            {"id": "a", "needs": ["b"]}, {"id": "b", "needs": ["a"]}, {"id": "between", "needs": ["a"]},
            {"id": "c", "needs": ["d", "between"]}, {"id": "d", "needs": ["c"]},
        ]),
        json!([{"cycle": {"tasks": ["a", "b"]}}, {"cycle": {"tasks": ["c", "d"]}}]),
    );
    // Two circles that share a task are one: all of them reach each other.
    check(
        json!([{"id": "a", "needs": ["b", "c"]}, {"id": "b", "needs": ["a", "b"]}, {"id": "c", "needs": ["a"]}]),
        json!([{"self_need": {"task": "b"}}, {"cycle": {"tasks": ["a", "b", "c"]}}]),
    );
}

#[test]
fn of_a_duplicate_id_the_first_task_counts_for_cycles() {
    check(
        json!([{"id": "a"}, {"id": "b", "needs": ["a"]}, {"id": "a", "needs": ["b"]}]),
        json!([{"duplicate_id": {"id": "a"}}]),
    );
    check(
        json!([{"id": "a", "needs": ["b"]}, {"id": "b", "needs": ["a"]}, {"id": "a"}]),
        json!([{"duplicate_id": {"id": "a"}}, {"cycle": {"tasks": ["a", "b"]}}]),
    );
}

/// "`max_parallel` of 0, `max_attempts` of 0."
#[test]
fn limits_of_zero_are_refused() {
    check(
        json!({"max_parallel": 0, "tasks": [{"id": "a", "retry": {"max_attempts": 0}}]}),
        json!(["no_slots", {"no_attempts": {"task": "a"}}]),
    );
}

/// "`ask` together with `call` (or neither), `for_each` with `ask`."
#[test]
fn an_ask_stands_alone() {
    let ask = json!({"variable": "v", "prompt": "?"});
    check(
        json!([{"id": "a", "ask": ask, "call": {"handler": "h"}}]),
        json!([{"ask_and_call": {"task": "a"}}]),
    );
    check(
        json!([{"id": "a", "ask": ask, "for_each": []}]),
        json!([{"for_each_ask": {"task": "a"}}]),
    );
    let mut workflow: Workflow =
        serde_json::from_value(json!({"id": "w", "tasks": [{"id": "a"}]})).expect("it fits the model");
    workflow.tasks[0].call = None;
    let engine = crate::Reference::new(&contract::Options::new()).expect("there are no options");
    let refused = contract::Engine::load(&engine, &Definition::Dag(Arc::new(workflow)))
        .err()
        .expect("it is refused");
    assert_eq!(
        refused.to_string(),
        "the definition was refused: task `a` has neither `ask` nor `call`"
    );
}

/// "`any_succeeded`/`any_failed` without needs."
#[test]
fn a_run_if_that_can_never_hold_is_refused() {
    check(
        json!([{"id": "a", "run_if": "any_succeeded"}, {"id": "b", "run_if": "any_failed"}, {"id": "c", "run_if": "all_done"}]),
        json!([{"run_if_without_needs": {"task": "a"}}, {"run_if_without_needs": {"task": "b"}}]),
    );
}

/// "A JSONLogic that does not compile."
#[test]
fn logic_that_does_not_compile_is_refused() {
    // The evaluator turns down next to nothing but logic that is nested too deeply.
    let bad = (0..1_000).fold(json!(true), |inner, _| json!({ "!": [inner] }));
    check(
        json!([{
            "id": "a", "when": bad, "for_each": bad,
            "call": {"handler": "h", "input": {"template": bad}}, "compensate": {"handler": "h", "input": {"template": bad}},
        }]),
        json!([
            {"bad_logic": {"task": "a", "field": "when"}}, {"bad_logic": {"task": "a", "field": "for_each"}},
            {"bad_logic": {"task": "a", "field": "call"}}, {"bad_logic": {"task": "a", "field": "compensate"}},
        ]),
    );
}

/// "With *all* its problems, sorted."
#[test]
fn all_problems_are_named_in_order() {
    check(
        json!({"id": "", "max_parallel": 0, "tasks": [
            {"id": "z", "needs": ["z", "nobody"], "retry": {"max_attempts": 0}}, {"id": "a", "run_if": "any_failed"},
            {"id": "b", "needs": ["c"]}, {"id": "c", "needs": ["b"]}, {"id": "a"},
        ]}),
        json!([
            {"empty_id": {"task": null}}, {"duplicate_id": {"id": "a"}}, {"unknown_need": {"task": "z", "need": "nobody"}},
            {"self_need": {"task": "z"}}, {"cycle": {"tasks": ["b", "c"]}}, "no_slots", {"no_attempts": {"task": "z"}},
            {"run_if_without_needs": {"task": "a"}},
        ]),
    );
}

/// A chain, declared last task first: the worst order for a search that goes through the tasks again and again.
#[test]
fn a_long_chain_declared_backwards_is_no_cycle() {
    let task = |index: usize| json!({"id": index.to_string(), "needs": if index == 0 { vec![] } else { vec![(index - 1).to_string()] }});
    let chain = |extra: Value| {
        let mut tasks: Vec<Value> = (0..2_000).rev().map(task).collect();
        tasks.push(extra);
        json!({"id": "", "tasks": tasks})
    };
    check(chain(json!({"id": "free"})), json!([{"empty_id": {"task": null}}]));
}
