//! "Failure", once a task has failed under `stop` or `compensate`: what becomes of what was under way.

use serde_json::json;

use super::{check, check_events};

/// "A call that fails now is not retried: its task is `failed`."
#[test]
fn a_call_that_fails_after_the_failure_is_not_retried() {
    check(
        json!([{"id": "a"}, {"id": "b", "retry": {"max_attempts": 3}}]),
        "a 10 fails; b 20 fails",
        "a 0..10 failed, b 0..20 failed | a failed(boom), b failed(boom) | failed(a) at 20",
    );
    check(
        json!([{"id": "a"}, {"id": "b", "timeout": 20, "retry": {"max_attempts": 3}}]),
        "a 10 fails; b 30",
        "a 0..10 failed, b 0..20 dropped | a failed(boom), b timed_out(timeout) | failed(a) at 20",
    );
}

/// "The rest is `cancelled`": what backs off, is ready, pending or waiting, at once.
#[test]
fn what_is_not_running_is_cancelled_at_once() {
    check_events(
        json!({"max_parallel": 2, "tasks": [
            {"id": "backs_off", "retry": {"max_attempts": 2, "initial": 100}},
            {"id": "a"}, {"id": "running"}, {"id": "ready"},
            {"id": "pending", "needs": ["ready"]}, {"id": "waiting", "ask": {"variable": "v", "prompt": "?"}},
        ]}),
        "backs_off 5 fails; a 10 fails; running 30",
        "0 run started, 0 backs_off#1 started, 0 a#1 started, 0 waiting waits, 5 backs_off#1 backs off 100, 5 running#1 started, \
         10 a failed, 10 backs_off cancelled, 10 ready cancelled, 10 pending cancelled, 10 waiting cancelled, \
         35 running succeeded, 35 run ended failed",
    );
}

/// A running `for_each` task: items under way finish, none starts. Some of its items were never run, so it is cancelled.
#[test]
fn a_for_each_task_with_items_left_is_cancelled_once_its_running_items_have_finished() {
    check(
        json!({"max_parallel": 2, "tasks": [{"id": "a"}, {"id": "each", "for_each": [1, 2]}]}),
        "a 10 fails; each 30",
        "a 0..10 failed, each[0] 0..30 | a failed(boom), each cancelled | failed(a) at 30",
    );
}

#[test]
fn a_for_each_task_of_which_no_item_runs_is_cancelled_at_once() {
    check_events(
        json!([{"id": "a"}, {"id": "slow"}, {"id": "each", "for_each": [1], "retry": {"max_attempts": 2, "initial": 100}}]),
        "a 10 fails; slow 20; each 5 fails",
        "0 run started, 0 a#1 started, 0 slow#1 started, 0 each[0]#1 started, 5 each[0]#1 backs off 100, \
         10 a failed, 10 each cancelled, 20 slow succeeded, 20 run ended failed",
    );
}

#[test]
fn a_for_each_task_whose_items_all_finish_succeeds() {
    check(
        json!([{"id": "a"}, {"id": "each", "for_each": [1, 2]}]),
        "a 10 fails; each[0] 5; each[1] 30",
        "a 0..10 failed, each[0] 0..5, each[1] 0..30 | a failed(boom), each succeeded | failed(a) at 30",
    );
}

#[test]
fn a_for_each_task_with_a_failed_item_fails() {
    check(
        json!({"max_parallel": 3, "tasks": [{"id": "a"}, {"id": "each", "for_each": [1, 2, 3], "retry": {"max_attempts": 2}}]}),
        "a 10 fails; each[0] 20 fails late; each[1] 30",
        "a 0..10 failed, each[0] 0..20 failed, each[1] 0..30 | a failed(boom), each failed(late) | failed(a) at 30",
    );
}

/// A later failure is recorded, and the first one stays the run's.
#[test]
fn a_second_failure_changes_nothing_for_the_run() {
    check(
        json!([{"id": "a"}, {"id": "b"}, {"id": "c"}]),
        "a 10 fails; b 20 fails; c 30",
        "a 0..10 failed, b 0..20 failed, c 0..30 | a failed(boom), b failed(boom), c succeeded | failed(a) at 30",
    );
}

/// A cancel or the run's timeout that comes while calls still finish makes the run `cancelled` or `timed_out`.
#[test]
fn a_cancel_while_calls_finish_cancels_the_run() {
    check(
        json!([{"id": "a"}, {"id": "b"}]),
        "a 10 fails; b 30; at 20 cancel",
        "a 0..10 failed, b 0..20 dropped | a failed(boom), b cancelled | cancelled(a) at 20",
    );
    check(
        json!({"timeout": 20, "tasks": [{"id": "a"}, {"id": "b"}]}),
        "a 10 fails; b 30",
        "a 0..10 failed, b 0..20 dropped | a failed(boom), b cancelled | timed_out(a) at 20",
    );
}
