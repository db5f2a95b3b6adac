//! Facts about what is refused, and why.

use std::sync::Arc;

use contract::workflow::LogicField;
use contract::{Problem, TaskId};
use serde_json::{Value, json};

use super::{Plan, Settings};
use crate::sample::{plan, workflow};

fn problems(fields: Value) -> Vec<Problem> {
    let logic = Arc::new(contract::logic::engine());
    let refused = Plan::compile(&workflow(fields), Settings::default(), &logic);
    refused.map_or_else(|rejection| rejection.problems().to_vec(), |_| Vec::new())
}

#[track_caller]
fn check(fields: Value, expected: &[Problem]) {
    assert_eq!(problems(fields), expected);
}

fn id(text: &str) -> TaskId {
    TaskId::from(text)
}

#[test]
fn all_problems_are_named_at_once() {
    let bad = json!({"val": [{"preserve": 1}, 2, 3], "throw": 1});
    check(
        json!({"max_parallel": 0, "tasks": [
            {"id": "", "retry": {"max_attempts": 0}},
            {"id": "a", "needs": ["a", "b", "nobody"]},
            {"id": "b", "needs": ["a"]},
            {"id": "b", "run_if": "any_failed"},
            {"id": "c", "call": {"handler": "x"}, "ask": {"variable": "v", "prompt": "?"}, "for_each": [bad]},
        ]}),
        &[
            Problem::EmptyId { task: Some(0) },
            Problem::DuplicateId { id: id("b") },
            Problem::UnknownNeed {
                task: id("a"),
                need: id("nobody"),
            },
            Problem::SelfNeed { task: id("a") },
            Problem::Cycle {
                tasks: vec![id("a"), id("b")],
            },
            Problem::NoSlots,
            Problem::NoAttempts { task: id("") },
            Problem::AskAndCall { task: id("c") },
            Problem::ForEachAsk { task: id("c") },
            Problem::RunIfWithoutNeeds { task: id("b") },
        ],
    );
}

#[test]
fn a_task_without_anything_to_do_is_refused() {
    check(
        json!({"tasks": [{"id": "a", "call": null}]}),
        &[Problem::NothingToDo { task: id("a") }],
    );
}

#[test]
fn logic_that_does_not_compile_is_refused_by_its_field() {
    let too_deep = (0..600).fold(json!(1), |inner, _| json!({"!": [inner]}));
    let work = json!({"handler": "x", "input": {"template": too_deep}});
    let found = problems(
        json!({"tasks": [{"id": "a", "when": too_deep, "for_each": too_deep, "call": work, "compensate": work}]}),
    );
    let fields = [
        LogicField::When,
        LogicField::ForEach,
        LogicField::Call,
        LogicField::Compensate,
    ];
    let expected: Vec<_> = fields.map(|field| Problem::BadLogic { task: id("a"), field }).into();
    assert_eq!(found, expected);
}

#[test]
fn each_circle_is_named_and_the_first_task_of_an_id_counts() {
    check(
        json!({"tasks": [
            {"id": "d", "needs": ["c"]}, {"id": "c", "needs": ["d"]},
            {"id": "z", "needs": ["x"]}, {"id": "y", "needs": ["z"]}, {"id": "x", "needs": ["y"]}, {"id": "w", "needs": ["x"]},
            {"id": "first"}, {"id": "second", "needs": ["first"]}, {"id": "first", "needs": ["second"]},
        ]}),
        &[
            Problem::DuplicateId { id: id("first") },
            Problem::Cycle {
                tasks: vec![id("c"), id("d")],
            },
            Problem::Cycle {
                tasks: vec![id("x"), id("y"), id("z")],
            },
        ],
    );
}

#[test]
fn a_task_that_asks_is_found_by_its_id() {
    let plan = plan(json!({"tasks": [
        {"id": "z", "ask": {"variable": "v", "prompt": "Ship it?"}}, {"id": "b"},
        {"id": "a", "ask": {"variable": "w", "prompt": "?"}}, {"id": "c", "for_each": [1]},
    ]}));
    let found = ["a", "b", "c", "z", "nobody"].map(|name| plan.asking(&id(name)));
    assert_eq!(found, [Some(2), None, None, Some(0), None]);
    assert_eq!(plan.ask(0).map(|ask| &*ask.prompt), Some("Ship it?"));
    assert_eq!(plan.ask(1), None);
}

#[test]
fn only_a_plan_that_depends_on_the_time_has_timers() {
    let ask = json!({"variable": "v", "prompt": "?"});
    let has_timers = |fields: Value| plan(fields).has_timers;
    assert!(!has_timers(
        json!({"tasks": [{"id": "a", "ask": ask}, {"id": "b", "for_each": [1]}]})
    ));
    assert!(has_timers(json!({"tasks": [{"id": "a", "ask": ask, "timeout": 9}]})));
}

#[test]
fn a_chain_of_a_hundred_thousand_tasks_compiles() {
    let tasks = (0..100_000u32).rev().map(|index| {
        let needs = if index == 0 {
            vec![]
        } else {
            vec![format!("t{}", index - 1)]
        };
        json!({"id": format!("t{index}"), "needs": needs})
    });
    check(json!({"tasks": tasks.collect::<Vec<_>>()}), &[]);
}
