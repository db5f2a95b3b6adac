//! The engine's options.

use contract::Options;
use serde_json::{Value, json};

use super::play_with;
use super::shown::summary;
use crate::Reference;

fn options(options: Value) -> Options {
    serde_json::from_value(options).expect("options are an object")
}

#[track_caller]
fn check(given: Value, workflow: Value, expected: &str) {
    assert_eq!(
        summary(&play_with(&options(given), workflow, Value::Null, "")),
        expected
    );
}

/// "Engine option `condition_error = "skip"` treats it as not true."
#[test]
fn a_condition_that_cannot_be_evaluated_may_count_as_not_true() {
    let workflow = json!([{"id": "a", "when": {"throw": "x"}}]);
    check(
        json!({"condition_error": "skip"}),
        workflow.clone(),
        "a skipped(condition) | succeeded at 0",
    );
    check(
        json!({"condition_error": "fail"}),
        workflow,
        "a failed(condition) | failed(a) at 0",
    );
}

#[test]
fn the_smaller_max_parallel_holds() {
    let two = |max_parallel: Value| json!({"max_parallel": max_parallel, "tasks": [{"id": "a"}, {"id": "b"}]});
    let one_by_one = "a 0..1, b 1..2 | a succeeded, b succeeded | succeeded at 2";
    let at_once = "a 0..1, b 0..1 | a succeeded, b succeeded | succeeded at 1";
    check(json!({"max_parallel": 1}), two(json!(null)), one_by_one);
    check(json!({"max_parallel": 1}), two(json!(2)), one_by_one);
    check(json!({"max_parallel": 2}), two(json!(1)), one_by_one);
    check(json!({"max_parallel": 2}), two(json!(null)), at_once);
}

#[test]
fn options_that_do_not_exist_or_fit_are_refused() {
    for bad in [
        json!({"paralel": 1}),
        json!({"max_parallel": 0}),
        json!({"max_parallel": -1}),
        json!({"condition_error": "explode"}),
    ] {
        assert!(Reference::new(&options(bad.clone())).is_err(), "{bad} was taken");
    }
}
