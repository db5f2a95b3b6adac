//! "Definition", "Task states" and "Starting".

use serde_json::json;

use super::{check, check_events, check_inputs, check_outputs};

/// "A workflow without tasks succeeds at once."
#[test]
fn a_workflow_without_tasks_succeeds_at_once() {
    check(json!([]), "", "succeeded at 0");
    check(json!({"tasks": [], "timeout": 0}), "", "succeeded at 0");
    check_events(json!([]), "", "0 run started, 0 run ended succeeded");
}

/// "`needs`: dependencies." "A task is *decided* when all its needs are terminal."
#[test]
fn a_task_starts_when_all_its_needs_have_ended() {
    check(
        json!([{"id": "a"}, {"id": "b"}, {"id": "c", "needs": ["a", "b"]}]),
        "a 10; b 25; c 5",
        "a 0..10, b 0..25, c 25..30 | a succeeded, b succeeded, c succeeded | succeeded at 30",
    );
}

#[test]
fn a_need_repeated_means_the_same_as_once() {
    check(
        json!([{"id": "a"}, {"id": "b", "needs": ["a", "a"]}]),
        "a 10; b 5",
        "a 0..10, b 10..15 | a succeeded, b succeeded | succeeded at 15",
    );
}

/// "There is no barrier: a task starts as soon as *its own* needs allow."
#[test]
fn there_is_no_barrier() {
    check(
        json!([{"id": "a"}, {"id": "slow"}, {"id": "b", "needs": ["a"]}]),
        "a 10; slow 100; b 10",
        "a 0..10, slow 0..100, b 10..20 | a succeeded, slow succeeded, b succeeded | succeeded at 100",
    );
}

/// "`run_if`: `all_succeeded` [default], `all_done`, `any_succeeded`, `any_failed`": "which ends of its needs let it run".
/// "Failed, timed_out and cancelled count as failure. If the test fails the task is `skipped(upstream)`."
#[test]
fn run_if_is_tested_on_the_ends_of_the_needs() {
    let one_failed = |run_if: &str| {
        json!({"on_failure": "continue", "tasks": [
            {"id": "good"}, {"id": "bad"}, {"id": "t", "needs": ["good", "bad"], "run_if": run_if},
        ]})
    };
    let runs = "good 0..1, bad 0..2 failed, t 2..3 | good succeeded, bad failed(boom), t succeeded | failed(bad) at 3";
    let is_skipped =
        "good 0..1, bad 0..2 failed | good succeeded, bad failed(boom), t skipped(upstream) | failed(bad) at 2";
    check(one_failed("all_succeeded"), "bad 2 fails", is_skipped);
    check(one_failed("all_done"), "bad 2 fails", runs);
    check(one_failed("any_succeeded"), "bad 2 fails", runs);
    check(one_failed("any_failed"), "bad 2 fails", runs);
    let all_succeeded = "good 0..1, bad 0..2 | good succeeded, bad succeeded, t skipped(upstream) | succeeded at 2";
    check(one_failed("any_failed"), "bad 2", all_succeeded);
    let none = "good 0..1 failed, bad 0..2 failed | good failed(boom), bad failed(boom), t skipped(upstream) | failed(good) at 2";
    check(one_failed("any_succeeded"), "good 1 fails; bad 2 fails", none);
}

/// "Failed, timed_out and cancelled count as failure."
#[test]
fn a_timeout_counts_as_failure_for_run_if() {
    check(
        json!({"on_failure": "continue", "tasks": [
            {"id": "a", "timeout": 10}, {"id": "b", "needs": ["a"], "run_if": "any_failed"}, {"id": "c", "needs": ["a"]},
        ]}),
        "a 20",
        "a 0..10 dropped, b 10..11 | a timed_out(timeout), b succeeded, c skipped(upstream) | failed(a) at 11",
    );
}

/// "Skipped counts as done, neither as success nor as failure."
#[test]
fn skipped_is_neither_success_nor_failure() {
    let after_skipped =
        |run_if: &str| json!([{"id": "s", "when": false}, {"id": "t", "needs": ["s"], "run_if": run_if}]);
    let skipped = "s skipped(condition), t skipped(upstream) | succeeded at 0";
    check(after_skipped("all_succeeded"), "", skipped);
    check(after_skipped("any_succeeded"), "", skipped);
    check(after_skipped("any_failed"), "", skipped);
    check(
        after_skipped("all_done"),
        "",
        "t 0..1 | s skipped(condition), t succeeded | succeeded at 1",
    );
}

/// "Then `when` is evaluated. Only the JSON value `true` passes; any other value is `skipped(condition)`."
#[test]
fn only_true_passes_a_condition() {
    for other in [
        json!(false),
        json!({"var": "nothing"}),
        json!(1),
        json!("true"),
        json!([true]),
        json!({"and": [1, "yes"]}),
    ] {
        check(
            json!([{"id": "a", "when": other}]),
            "",
            "a skipped(condition) | succeeded at 0",
        );
    }
    for yes in [json!(true), json!({"==": [1, 1]}), json!({"and": [1, true]})] {
        check(
            json!([{"id": "a", "when": yes}]),
            "",
            "a 0..1 | a succeeded | succeeded at 1",
        );
    }
}

/// "`run_if` is then tested … Then `when` is evaluated."
#[test]
fn when_is_not_evaluated_if_run_if_fails() {
    check(
        json!([{"id": "s", "when": false}, {"id": "t", "needs": ["s"], "when": {"throw": "x"}}]),
        "",
        "s skipped(condition), t skipped(upstream) | succeeded at 0",
    );
}

/// "`when`: condition over `{input, tasks: {id: {status, output}}}`."
#[test]
fn a_condition_sees_the_input_and_the_tasks_that_have_ended() {
    let sees = json!({"==": [{"var": "tasks.a.status"}, "succeeded"]});
    let output = json!({"==": [{"var": "tasks.a.output.n"}, 7]});
    let input = json!({"==": [{"var": "input.k"}, "v"]});
    check_outputs(
        json!([{"id": "a"}, {"id": "b", "needs": ["a"], "when": {"and": [sees, output, input]}}]),
        json!({"k": "v"}),
        r#"a 1 returns {"n": 7}; b 1 returns "ran""#,
        r#"a = {"n":7}, b = "ran""#,
    );
}

/// "The same data": each task that is terminal, with its status and its output or null.
#[test]
fn data_has_the_ended_tasks_with_status_and_output() {
    check_inputs(
        json!({"on_failure": "continue", "tasks": [
            {"id": "ok"}, {"id": "bad"}, {"id": "late"}, {"id": "no", "when": false},
            {"id": "t", "needs": ["ok", "bad", "no"], "run_if": "all_done", "call": {"handler": "h", "input": {"template": {"var": ""}}}},
        ]}),
        json!(5),
        "ok 2 returns 1; bad 3 fails; late 9",
        concat!(
            r#"ok do null, bad do null, late do null, t h {"input":5,"tasks":{"bad":{"output":null,"status":"failed"},"#,
            r#""no":{"output":null,"status":"skipped"},"ok":{"output":1,"status":"succeeded"}}}"#
        ),
    );
}

/// "An evaluation error fails the task with kind `condition`."
#[test]
fn a_condition_that_cannot_be_evaluated_fails_its_task() {
    check(
        json!([{"id": "a", "when": {"throw": "x"}}, {"id": "b"}]),
        "",
        "a failed(condition), b cancelled | failed(a) at 0",
    );
}

/// "A decided task is ready. Ready tasks start while `max_parallel` allows: higher `priority` first, then declaration order."
#[test]
fn ready_tasks_start_by_priority_then_declaration() {
    check(
        json!({"max_parallel": 1, "tasks": [{"id": "a"}, {"id": "b", "priority": -1}, {"id": "c", "priority": 5}, {"id": "d"}]}),
        "",
        "c 0..1, a 1..2, d 2..3, b 3..4 | a succeeded, b succeeded, c succeeded, d succeeded | succeeded at 4",
    );
}

/// "`max_parallel`: calls in flight at once."
#[test]
fn max_parallel_bounds_the_calls_in_flight() {
    check(
        json!({"max_parallel": 2, "tasks": [{"id": "a"}, {"id": "b"}, {"id": "c"}, {"id": "d"}]}),
        "a 10; b 4; c 3; d 2",
        "a 0..10, b 0..4, c 4..7, d 7..9 | a succeeded, b succeeded, c succeeded, d succeeded | succeeded at 10",
    );
}

/// "`call`: handler name + input (a JSON literal, or a JSONLogic template over the same data)."
#[test]
fn a_call_has_a_literal_or_a_template_as_its_input() {
    check_inputs(
        json!([
            {"id": "a", "call": {"handler": "one", "input": {"literal": {"var": "input"}}}},
            {"id": "b", "needs": ["a"], "call": {"handler": "two", "input": {"template": {"+": [{"var": "tasks.a.output"}, {"var": "input"}]}}}},
        ]),
        json!(40),
        "a 1 returns 2",
        r#"a one {"var":"input"}, b two 42"#,
    );
}

/// A decision may end a task and let others be decided: the first in declaration order is always the next.
#[test]
fn decisions_cascade_in_declaration_order() {
    check_events(
        json!({"on_failure": "continue", "tasks": [
            {"id": "c", "needs": ["b"]}, {"id": "b", "when": false}, {"id": "a", "when": false}, {"id": "d", "needs": ["c"], "run_if": "all_done"},
        ]}),
        "",
        "0 run started, 0 b skipped, 0 c skipped, 0 a skipped, 0 d#1 started, 1 d succeeded, 1 run ended succeeded",
    );
}
