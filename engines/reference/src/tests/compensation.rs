//! "Failure", `compensate`.

use serde_json::json;

use super::{check, check_events, check_inputs, check_outputs};

/// "`compensate`: as `stop`; then the `compensate` calls of succeeded tasks run one by one, in reverse order of completion."
#[test]
fn what_succeeded_is_undone_in_reverse_order_of_completion() {
    check(
        json!({"on_failure": "compensate", "tasks": [
            {"id": "a", "compensate": {"handler": "undo"}}, {"id": "b", "compensate": {"handler": "undo"}}, {"id": "c"},
            {"id": "d", "needs": ["c"]},
        ]}),
        "a 20; b 10; c 15 fails; undo a 3; undo b 4",
        "a 0..20, b 0..10, c 0..15 failed, undo a 20..23, undo b 23..27 \
         | a succeeded, b succeeded, c failed(boom), d cancelled | a undone, b undone | compensated(c) at 27",
    );
}

/// "The `compensate` calls of succeeded tasks": not of failed, skipped or cancelled ones.
#[test]
fn only_what_succeeded_is_undone() {
    let undo = json!({"handler": "undo"});
    check(
        json!({"on_failure": "compensate", "tasks": [
            {"id": "a", "compensate": undo}, {"id": "no", "when": false, "compensate": undo}, {"id": "late", "needs": ["a"], "compensate": undo},
            {"id": "plain"},
        ]}),
        "a 20 fails; plain 5",
        "a 0..20 failed, plain 0..5 | a failed(boom), no skipped(condition), late cancelled, plain succeeded | compensated(a) at 20",
    );
}

/// "A failing compensation is recorded, and the next one still runs." "The run is … `compensation_failed`." "No retries."
#[test]
fn a_failing_compensation_is_recorded_and_the_next_one_still_runs() {
    let undo = json!({"handler": "undo"});
    let tasks = json!([
        {"id": "a", "compensate": undo}, {"id": "b", "compensate": undo, "retry": {"max_attempts": 3}}, {"id": "c", "needs": ["a", "b"]},
    ]);
    check(
        json!({"on_failure": "compensate", "tasks": tasks}),
        "a 10; b 20; c 5 fails; undo b 2 fails transient",
        "a 0..10, b 0..20, c 20..25 failed, undo b 25..27 failed, undo a 27..28 \
         | a succeeded, b succeeded, c failed(boom) | b not undone(transient), a undone | compensation_failed(c) at 28",
    );
    check(
        json!({"on_failure": "compensate", "tasks": tasks}),
        "a 10; b 20; c 5 fails; undo a 2 panics oh",
        "a 0..10, b 0..20, c 20..25 failed, undo b 25..26, undo a 26..28 panicked \
         | a succeeded, b succeeded, c failed(boom) | b undone, a not undone(panic) | compensation_failed(c) at 28",
    );
}

/// "Their templates see the task's own output."
#[test]
fn the_template_sees_the_tasks_own_output() {
    let template = json!({"cat": [{"var": "output"}, {"var": "input"}, {"var": "tasks.b.status"}]});
    let list = json!({"var": "output"});
    check_inputs(
        json!({"on_failure": "compensate", "tasks": [
            {"id": "a", "compensate": {"handler": "undo", "input": {"template": template}}},
            {"id": "each", "needs": ["a"], "for_each": [1, 2], "compensate": {"handler": "undo", "input": {"template": list}}},
            {"id": "b", "needs": ["each"]},
        ]}),
        json!("in"),
        r#"a 1 returns "out"; each 1 returns 3; b 1 fails"#,
        r#"a do null, each[0] do null, each[1] do null, b do null, undo each undo [3,3], undo a undo "outinfailed""#,
    );
}

/// A template that cannot be evaluated is a failed compensation, without a call.
#[test]
fn a_template_that_fails_is_a_failed_compensation() {
    check(
        json!({"on_failure": "compensate", "tasks": [
            {"id": "z", "compensate": {"handler": "undo"}},
            {"id": "a", "needs": ["z"], "compensate": {"handler": "undo", "input": {"template": {"throw": "x"}}}},
            {"id": "b", "needs": ["a"]},
        ]}),
        "b 1 fails",
        "z 0..1, a 1..2, b 2..3 failed, undo z 3..4 \
         | z succeeded, a succeeded, b failed(boom) | a not undone(input), z undone | compensation_failed(b) at 4",
    );
    check_outputs(
        json!({"on_failure": "compensate", "tasks": [{"id": "a", "compensate": {"handler": "undo"}}, {"id": "b", "needs": ["a"]}]}),
        json!(null),
        "b 1 fails; undo a 1 fails mine",
        "a = null, b: boom: it failed, undo a: mine: it failed | run: b: boom: it failed",
    );
}

/// An `ask` that was answered and an empty `for_each` have succeeded too.
#[test]
fn an_answer_and_an_empty_list_are_undone_too() {
    let undo = json!({"handler": "undo"});
    check(
        json!({"on_failure": "compensate", "tasks": [
            {"id": "ask", "ask": {"variable": "v", "prompt": "?"}, "compensate": undo},
            {"id": "none", "for_each": [], "compensate": undo}, {"id": "b", "needs": ["ask"]},
        ]}),
        "b 1 fails; at 10 respond ask 1",
        "b 10..11 failed, undo ask 11..12, undo none 12..13 \
         | ask succeeded, none succeeded, b failed(boom) | ask undone, none undone | compensated(b) at 13",
    );
}

/// "A cancelled or timed-out run does not compensate."
#[test]
fn a_cancelled_or_timed_out_run_does_not_compensate() {
    let tasks = json!([{"id": "a", "compensate": {"handler": "undo"}}, {"id": "b"}, {"id": "c"}]);
    let drained = "a 0..1, b 0..20 dropped, c 0..10 failed | a succeeded, b cancelled, c failed(boom) |";
    check(
        json!({"on_failure": "compensate", "tasks": tasks}),
        "b 30; c 10 fails; at 20 cancel",
        &format!("{drained} cancelled(c) at 20"),
    );
    check(
        json!({"on_failure": "compensate", "timeout": 20, "tasks": tasks}),
        "b 30; c 10 fails",
        &format!("{drained} timed_out(c) at 20"),
    );
}

/// "Once compensation has begun: no effect", of signals and of the run's timeout.
#[test]
fn nothing_stops_a_compensation() {
    check_events(
        json!({"on_failure": "compensate", "timeout": 50, "tasks": [{"id": "a", "compensate": {"handler": "undo"}}, {"id": "b", "needs": ["a"]}]}),
        "b 9 fails; undo a 100; at 20 pause; at 30 cancel; at 40 respond b 1; at 45 resume",
        "0 run started, 0 a#1 started, 1 a succeeded, 1 b#1 started, 10 b failed, 10 undo a started, 40 b refused, \
         110 run ended compensated",
    );
}

/// "`pause`: … nothing starts": a compensation is a call too, so a drained run goes over to it when it is resumed.
#[test]
fn a_paused_run_begins_to_compensate_when_it_is_resumed() {
    let workflow = || json!({"on_failure": "compensate", "tasks": [{"id": "a", "compensate": {"handler": "undo"}}, {"id": "b", "needs": ["a"]}]});
    check(
        workflow(),
        "b 9 fails; at 5 pause; at 30 resume",
        "a 0..1, b 1..10 failed, undo a 30..31 | a succeeded, b failed(boom) | a undone | compensated(b) at 31",
    );
    check(
        workflow(),
        "b 9 fails; at 5 pause; at 30 cancel",
        "a 0..1, b 1..10 failed | a succeeded, b failed(boom) | cancelled(b) at 30",
    );
    check(
        workflow(),
        "b 9 fails; at 5 pause",
        "a 0..1, b 1..10 failed | a succeeded, b failed(boom) | paused(b) at 10",
    );
}

/// Without a failure nothing is undone.
#[test]
fn a_run_that_succeeds_undoes_nothing() {
    check(
        json!({"on_failure": "compensate", "tasks": [{"id": "a", "compensate": {"handler": "undo"}}]}),
        "",
        "a 0..1 | a succeeded | succeeded at 1",
    );
}
