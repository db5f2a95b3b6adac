//! "Signals".

use contract::observation::{End, Hang};
use serde_json::{Value, json};

use super::{check, check_events, check_outputs};

fn ask() -> Value {
    json!({"variable": "v", "prompt": "?"})
}

/// "`pause`: running calls finish, nothing starts; `resume` goes on."
#[test]
fn pause_lets_running_calls_finish_and_starts_nothing() {
    check(
        json!([{"id": "a"}, {"id": "b", "needs": ["a"]}]),
        "a 10; b 5; at 5 pause; at 30 resume",
        "a 0..10, b 30..35 | a succeeded, b succeeded | succeeded at 35",
    );
    check_events(
        json!([{"id": "a"}, {"id": "b", "needs": ["a"]}]),
        "a 10; b 5; at 5 pause; at 30 resume",
        "0 run started, 0 a#1 started, 5 run paused, 10 a succeeded, 30 run resumed, 30 b#1 started, 35 b succeeded, \
         35 run ended succeeded",
    );
}

/// "Timers (back-off, run timeout) keep running."
#[test]
fn timers_keep_running_during_a_pause() {
    let retry = json!({"max_attempts": 2, "initial": 20});
    check(
        json!([{"id": "a", "retry": retry}]),
        "a 10 fails / 5; at 15 pause; at 50 resume",
        "a 0..10 failed, a#2 50..55 | a succeeded | succeeded at 55",
    );
    check(
        json!([{"id": "a", "retry": retry}]),
        "a 10 fails / 5; at 15 pause; at 20 resume",
        "a 0..10 failed, a#2 30..35 | a succeeded | succeeded at 35",
    );
    check(
        json!({"timeout": 40, "tasks": [{"id": "a"}, {"id": "b", "needs": ["a"]}]}),
        "a 10; at 5 pause; at 50 resume",
        "a 0..10 | a succeeded, b cancelled | timed_out at 40",
    );
    check(
        json!([{"id": "a", "ask": ask(), "timeout": 20}]),
        "at 5 pause; at 50 resume",
        "a timed_out(timeout) | failed(a) at 20",
    );
}

#[test]
fn decisions_are_made_during_a_pause() {
    check_events(
        json!([{"id": "a"}, {"id": "b", "needs": ["a"], "when": false}]),
        "a 10; at 5 pause; at 50 resume",
        "0 run started, 0 a#1 started, 5 run paused, 10 a succeeded, 10 b skipped, 10 run ended succeeded",
    );
    check(
        json!([{"id": "a", "for_each": []}]),
        "at 0 pause",
        "a succeeded | succeeded at 0",
    );
}

#[test]
fn pausing_twice_and_resuming_without_a_pause_do_nothing() {
    check_events(
        json!([{"id": "a"}, {"id": "b", "needs": ["a"]}]),
        "a 10; b 5; at 2 resume; at 4 pause; at 6 pause; at 8 resume; at 9 resume",
        "0 run started, 0 a#1 started, 4 run paused, 8 run resumed, 10 a succeeded, 10 b#1 started, 15 b succeeded, \
         15 run ended succeeded",
    );
}

/// "An `ask` task is `waiting`; when nothing else can run, the run is `paused`."
#[test]
fn a_run_is_paused_when_only_an_answer_can_bring_it_on() {
    check_events(
        json!([{"id": "q", "ask": ask()}, {"id": "a"}, {"id": "b", "needs": ["q"]}]),
        "a 10; at 30 respond q 1",
        "0 run started, 0 q waits, 0 a#1 started, 10 a succeeded, 10 run paused, 30 q succeeded, 30 run resumed, 30 b#1 started, \
         31 b succeeded, 31 run ended succeeded",
    );
    check_events(
        json!([{"id": "q", "ask": ask()}, {"id": "a", "retry": {"max_attempts": 2, "initial": 20}}]),
        "a 10 fails / 5; at 50 respond q 1",
        "0 run started, 0 q waits, 0 a#1 started, 10 a#1 backs off 20, 30 a#2 started, 35 a succeeded, 35 run paused, \
         50 q succeeded, 50 run resumed, 50 run ended succeeded",
    );
}

#[test]
fn an_ask_waits_without_a_slot_but_not_during_a_pause() {
    check_events(
        json!({"max_parallel": 1, "tasks": [{"id": "a"}, {"id": "q", "ask": ask()}]}),
        "a 10; at 5 respond q 1",
        "0 run started, 0 a#1 started, 0 q waits, 5 q succeeded, 10 a succeeded, 10 run ended succeeded",
    );
    check_events(
        json!([{"id": "q", "ask": ask()}]),
        "at 0 pause; at 5 respond q 1; at 10 resume; at 20 respond q 2",
        "0 run started, 0 run paused, 5 q refused, 10 run resumed, 10 q waits, 10 run paused, 20 q succeeded, 20 run resumed, 20 run ended succeeded",
    );
}

/// "`respond(task, value)` makes it succeed with that output."
#[test]
fn an_answer_is_the_tasks_output() {
    check_outputs(
        json!([{"id": "q", "ask": ask()}, {"id": "b", "needs": ["q"], "when": {"var": "tasks.q.output.go"}}]),
        json!(null),
        r#"b 1 returns 5; at 30 respond q {"go":true}"#,
        r#"q = {"go":true}, b = 5"#,
    );
}

/// "An answer to a task that is not waiting is refused and changes nothing."
#[test]
fn an_answer_to_a_task_that_does_not_wait_is_refused() {
    check_events(
        json!([{"id": "a"}, {"id": "q", "ask": ask(), "needs": ["a"]}, {"id": "c", "needs": ["q"]}]),
        "a 10; c 9; at 2 respond a 1; at 4 respond nobody 1; at 6 respond q 1; at 20 respond q 2; at 25 respond q 3",
        "0 run started, 0 a#1 started, 2 a refused, 4 nobody refused, 6 q refused, 10 a succeeded, 10 q waits, 10 run paused, \
         20 q succeeded, 20 run resumed, 20 c#1 started, 25 q refused, 29 c succeeded, 29 run ended succeeded",
    );
}

/// "`cancel`: running calls are dropped, everything not terminal is `cancelled`, the run is `cancelled`."
#[test]
fn cancel_drops_running_calls_and_cancels_the_rest() {
    check(
        json!({"max_parallel": 3, "tasks": [
            {"id": "done"}, {"id": "running"}, {"id": "backs_off", "retry": {"max_attempts": 2, "initial": 100}}, {"id": "q", "ask": ask()},
            {"id": "pending", "needs": ["running"]}, {"id": "each", "for_each": [1, 2, 3]},
        ]}),
        "done 5; running 50; backs_off 7 fails; each 50; at 20 cancel",
        "done 0..5, running 0..20 dropped, backs_off 0..7 failed, each[0] 5..20 dropped, each[1] 7..20 dropped \
         | done succeeded, running cancelled, backs_off cancelled, q cancelled, pending cancelled, each cancelled | cancelled at 20",
    );
}

/// "The run's `timeout`: … the run is `timed_out`."
#[test]
fn the_runs_timeout_ends_it() {
    check(
        json!({"timeout": 20, "tasks": [{"id": "a"}, {"id": "b"}, {"id": "c", "needs": ["b"]}]}),
        "a 5; b 30",
        "a 0..5, b 0..20 dropped | a succeeded, b cancelled, c cancelled | timed_out at 20",
    );
    check(
        json!({"timeout": 20, "tasks": [{"id": "q", "ask": ask()}]}),
        "",
        "q cancelled | timed_out at 20",
    );
    check(
        json!({"timeout": 0, "tasks": [{"id": "a"}]}),
        "",
        "a cancelled | timed_out at 0",
    );
}

/// An answer brings a paused run on, be it to its end; a cancel ends it as it is.
#[test]
fn a_run_cancelled_while_it_is_paused_is_not_resumed_first() {
    let waiting = || json!([{"id": "q", "ask": ask()}]);
    let began = "0 run started, 0 q waits, 0 run paused,";
    check_events(
        waiting(),
        "at 5 respond q 1",
        &format!("{began} 5 q succeeded, 5 run resumed, 5 run ended succeeded"),
    );
    check_events(
        waiting(),
        "at 5 cancel",
        &format!("{began} 5 q cancelled, 5 run ended cancelled"),
    );
}

/// "Before the start: nothing runs."
#[test]
fn a_cancel_before_the_start_lets_nothing_run() {
    check_events(
        json!([{"id": "a"}, {"id": "b", "when": false}]),
        "at 0 cancel",
        "0 run started, 0 a cancelled, 0 b cancelled, 0 run ended cancelled",
    );
    check(json!([]), "at 0 cancel", "cancelled at 0");
}

#[test]
fn a_pause_before_the_start_lets_nothing_start_until_it_is_resumed() {
    check(
        json!([{"id": "a"}]),
        "a 5; at 0 pause; at 20 resume",
        "a 20..25 | a succeeded | succeeded at 25",
    );
    check_events(
        json!([{"id": "a"}]),
        "a 5; at 0 pause; at 0 resume",
        "0 run started, 0 run paused, 0 run resumed, 0 a#1 started, 5 a succeeded, 5 run ended succeeded",
    );
}

#[test]
fn an_answer_before_the_start_is_refused() {
    check_events(
        json!([{"id": "q", "ask": ask()}]),
        "at 0 respond q 1; at 9 respond q 2",
        "0 run started, 0 q refused, 0 q waits, 0 run paused, 9 q succeeded, 9 run resumed, 9 run ended succeeded",
    );
}

/// "After the end …: no effect."
#[test]
fn a_signal_after_the_end_has_no_effect() {
    check(
        json!([{"id": "a"}]),
        "a 5; at 20 cancel",
        "a 0..5 | a succeeded | succeeded at 5",
    );
}

/// A run that can only go on with a signal, when none will come, ends as it is: paused.
#[test]
fn a_run_without_further_signals_ends_paused() {
    check(
        json!([{"id": "q", "ask": ask()}, {"id": "a"}, {"id": "b", "needs": ["q"]}]),
        "a 10",
        "a 0..10 | q waiting, a succeeded, b pending | paused at 10",
    );
    check(
        json!([{"id": "a"}, {"id": "b", "needs": ["a"]}]),
        "a 10; at 5 pause",
        "a 0..10 | a succeeded, b pending | paused at 10",
    );
    check_events(
        json!([{"id": "q", "ask": ask()}]),
        "",
        "0 run started, 0 q waits, 0 run paused, 0 run ended paused",
    );
    check_events(
        json!([{"id": "a"}]),
        "at 0 pause",
        "0 run started, 0 run paused, 0 run ended paused",
    );
}

/// It does not end while a timer may still bring it on.
#[test]
fn a_run_without_further_signals_waits_for_its_timers() {
    check(
        json!([{"id": "a", "retry": {"max_attempts": 2, "initial": 30}}]),
        "a 10 fails; at 5 pause",
        "a 0..10 failed | a pending | paused at 40",
    );
    check(
        json!({"timeout": 90, "tasks": [{"id": "a"}]}),
        "at 0 pause",
        "a cancelled | timed_out at 90",
    );
}

/// Nothing but a cancel gets rid of a call that never ends.
#[test]
fn a_call_that_never_ends_hangs_its_run() {
    let observation = super::play(json!([{"id": "a"}]), "a 0 never");
    assert_eq!(observation.end, End::Hung(Hang::Deadlock));
    check(
        json!([{"id": "a"}]),
        "a 0 never; at 50 cancel",
        "a 0..50 dropped | a cancelled | cancelled at 50",
    );
}
