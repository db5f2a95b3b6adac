//! "Failure": the policies other than `compensate`, and the status and error of the run.

use serde_json::json;

use super::check;

/// "`stop`: running calls finish, nothing else starts, the rest is `cancelled`."
#[test]
fn stop_lets_running_calls_finish_and_starts_nothing_else() {
    check(
        json!([{"id": "a"}, {"id": "running"}, {"id": "later", "needs": ["running"]}]),
        "a 10 fails; running 30",
        "a 0..10 failed, running 0..30 | a failed(boom), running succeeded, later cancelled | failed(a) at 30",
    );
}

/// "`on_failure`: `stop` [default]."
#[test]
fn stop_is_the_default() {
    let tasks = json!([{"id": "a"}, {"id": "b", "needs": ["a"], "run_if": "all_done"}]);
    let stopped = "a 0..10 failed | a failed(boom), b cancelled | failed(a) at 10";
    check(json!({"tasks": tasks, "on_failure": "stop"}), "a 10 fails", stopped);
    check(json!({"tasks": tasks}), "a 10 fails", stopped);
}

/// "`cancel`: running calls are dropped and are `cancelled`, the rest too."
#[test]
fn cancel_drops_running_calls() {
    check(
        json!({"on_failure": "cancel", "tasks": [{"id": "a"}, {"id": "running"}, {"id": "later", "needs": ["running"]}]}),
        "a 10 fails; running 30",
        "a 0..10 failed, running 0..10 dropped | a failed(boom), running cancelled, later cancelled | failed(a) at 10",
    );
}

/// "`continue`: independent tasks go on; dependents follow `run_if`."
#[test]
fn continue_leaves_independent_tasks_alone() {
    check(
        json!({"on_failure": "continue", "tasks": [
            {"id": "a"}, {"id": "b"}, {"id": "after_a", "needs": ["a"]}, {"id": "after_b", "needs": ["b"]},
            {"id": "clean_up", "needs": ["a"], "run_if": "any_failed"},
        ]}),
        "a 10 fails; b 30; after_b 5; clean_up 1",
        "a 0..10 failed, b 0..30, clean_up 10..11, after_b 30..35 \
         | a failed(boom), b succeeded, after_a skipped(upstream), after_b succeeded, clean_up succeeded | failed(a) at 35",
    );
}

/// "When a task has failed for good (its last attempt)."
#[test]
fn a_failed_attempt_that_is_made_again_stops_nothing() {
    check(
        json!({"on_failure": "cancel", "tasks": [{"id": "a", "retry": {"max_attempts": 2}}, {"id": "b"}]}),
        "a 10 fails / 10; b 15",
        "a 0..10 failed, b 0..15, a#2 10..20 | a succeeded, b succeeded | succeeded at 20",
    );
}

/// "The run is `failed`, with the first failure, in time, as its error."
#[test]
fn the_first_failure_in_time_is_the_runs_error() {
    check(
        json!({"on_failure": "continue", "tasks": [{"id": "a"}, {"id": "b"}]}),
        "a 20 fails; b 10 fails",
        "a 0..20 failed, b 0..10 failed | a failed(boom), b failed(boom) | failed(b) at 20",
    );
    check(
        json!([{"id": "a"}, {"id": "b", "timeout": 10}]),
        "a 15 fails; b 20",
        "a 0..15 failed, b 0..10 dropped | a failed(boom), b timed_out(timeout) | failed(b) at 15",
    );
}

/// "Without any failed or timed-out task it is `succeeded`, however many were skipped."
#[test]
fn a_run_of_skipped_tasks_succeeds() {
    check(
        json!([{"id": "a", "when": false}, {"id": "b", "needs": ["a"]}]),
        "",
        "a skipped(condition), b skipped(upstream) | succeeded at 0",
    );
}

/// A task that cannot be decided fails like any other: "`stop`: running calls finish".
#[test]
fn a_decision_that_fails_stops_the_rest() {
    check(
        json!([{"id": "slow"}, {"id": "a"}, {"id": "b", "needs": ["a"], "when": {"throw": "x"}}, {"id": "c", "needs": ["a"]}]),
        "slow 20; a 5",
        "slow 0..20, a 0..5 | slow succeeded, a succeeded, b failed(condition), c cancelled | failed(b) at 20",
    );
}
