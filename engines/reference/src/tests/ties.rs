//! "Time and order".

use serde_json::{Value, json};

use super::{check, check_events};

fn ask() -> Value {
    json!({"variable": "v", "prompt": "?"})
}

/// "Simultaneous events are processed as: call results (in start order), then timers, then signals." "A terminal state never
/// changes, whatever arrives late": not even by a result of the same moment.
#[test]
fn results_come_in_start_order() {
    check(
        json!({"on_failure": "cancel", "tasks": [{"id": "a"}, {"id": "b", "priority": 1}]}),
        "a 10 fails of_a; b 10 fails of_b",
        "b 0..10 failed, a 0..10 failed | a cancelled, b failed(of_b) | failed(b) at 10",
    );
    check(
        json!([{"id": "a", "retry": {"max_attempts": 3}}, {"id": "b"}, {"id": "c", "retry": {"max_attempts": 3}}]),
        "a 10 fails; b 10 fails; c 10 fails",
        "a 0..10 failed, b 0..10 failed, c 0..10 failed | a cancelled, b failed(boom), c failed(boom) | failed(b) at 10",
    );
}

/// "Call results …, then timers": a result at exactly the timeout's moment wins over the timeout.
#[test]
fn a_result_wins_over_a_timer_of_the_same_moment() {
    check(
        json!([{"id": "a", "timeout": 10}]),
        "a 10",
        "a 0..10 | a succeeded | succeeded at 10",
    );
    check(
        json!({"timeout": 10, "tasks": [{"id": "a"}]}),
        "a 10",
        "a 0..10 | a succeeded | succeeded at 10",
    );
    check(
        json!({"timeout": 10, "tasks": [{"id": "a"}, {"id": "b", "needs": ["a"]}]}),
        "a 10",
        "a 0..10 | a succeeded, b cancelled | timed_out at 10",
    );
}

/// "Call results …, then signals": a run whose last result came has ended when the signal is looked at.
#[test]
fn a_result_wins_over_a_signal_of_the_same_moment() {
    check(
        json!([{"id": "a"}]),
        "a 10; at 10 cancel",
        "a 0..10 | a succeeded | succeeded at 10",
    );
    check(
        json!([{"id": "a"}, {"id": "b", "needs": ["a"]}]),
        "a 10; at 10 cancel",
        "a 0..10 | a succeeded, b cancelled | cancelled at 10",
    );
    check(
        json!({"on_failure": "compensate", "tasks": [{"id": "a", "compensate": {"handler": "undo"}}, {"id": "b", "needs": ["a"]}]}),
        "b 9 fails; at 10 cancel",
        "a 0..1, b 1..10 failed, undo a 10..11 | a succeeded, b failed(boom) | a undone | compensated(b) at 11",
    );
}

/// "Then timers, then signals."
#[test]
fn a_timer_wins_over_a_signal_of_the_same_moment() {
    check(
        json!([{"id": "a", "timeout": 10}]),
        "a 20; at 10 cancel",
        "a 0..10 dropped | a timed_out(timeout) | failed(a) at 10",
    );
    check(
        json!({"timeout": 10, "tasks": [{"id": "a"}]}),
        "a 20; at 10 cancel",
        "a 0..10 dropped | a cancelled | timed_out at 10",
    );
    check_events(
        json!([{"id": "q", "ask": ask(), "timeout": 10}]),
        "at 10 respond q 1",
        "0 run started, 0 q waits, 0 run paused, 10 q timed_out, 10 run resumed, 10 run ended failed",
    );
}

/// Attempt timeouts in start order, then back-offs and waits in declaration order, then the run's timeout.
#[test]
fn timers_of_one_moment_have_an_order() {
    check(
        json!([{"id": "a", "timeout": 10}, {"id": "b", "timeout": 10, "priority": 1}]),
        "a 20; b 20",
        "b 0..10 dropped, a 0..10 dropped | a timed_out(timeout), b timed_out(timeout) | failed(b) at 10",
    );
    check(
        json!([{"id": "q", "ask": ask(), "timeout": 10}, {"id": "a", "timeout": 10}]),
        "a 20",
        "a 0..10 dropped | q cancelled, a timed_out(timeout) | failed(a) at 10",
    );
    check(
        json!([{"id": "q", "ask": ask(), "timeout": 10}, {"id": "r", "ask": ask(), "timeout": 10}]),
        "",
        "q timed_out(timeout), r cancelled | failed(q) at 10",
    );
    check(
        json!({"timeout": 10, "tasks": [{"id": "q", "ask": ask(), "timeout": 10}]}),
        "",
        "q timed_out(timeout) | failed(q) at 10",
    );
    check(
        json!({"timeout": 10, "on_failure": "continue", "tasks": [{"id": "a", "timeout": 10}, {"id": "b"}]}),
        "a 20; b 20",
        "a 0..10 dropped, b 0..10 dropped | a timed_out(timeout), b cancelled | timed_out(a) at 10",
    );
}

/// All that happens at a moment is dealt with before anything starts.
#[test]
fn tasks_start_after_all_that_happened_at_their_moment() {
    check(
        json!({"max_parallel": 2, "tasks": [{"id": "a"}, {"id": "b"}, {"id": "low", "needs": ["a"]}, {"id": "high", "needs": ["b"], "priority": 1}]}),
        "a 10; b 10; low 5; high 5",
        "a 0..10, b 0..10, high 10..15, low 10..15 | a succeeded, b succeeded, low succeeded, high succeeded | succeeded at 15",
    );
    check(
        json!({"max_parallel": 1, "tasks": [{"id": "r", "retry": {"max_attempts": 2, "initial": 10}}, {"id": "a"}, {"id": "b", "needs": ["a"], "priority": -1}]}),
        "r 5 fails / 5; a 10; b 5",
        "r 0..5 failed, a 5..15, r#2 15..20, b 20..25 | r succeeded, a succeeded, b succeeded | succeeded at 25",
    );
    check(
        json!([{"id": "a"}, {"id": "b", "needs": ["a"]}]),
        "a 10; at 10 pause; at 20 resume",
        "a 0..10, b 20..21 | a succeeded, b succeeded | succeeded at 21",
    );
    check_events(
        json!([{"id": "a"}, {"id": "q", "ask": ask(), "needs": ["a"]}]),
        "a 10; at 10 respond q 1; at 20 respond q 2",
        "0 run started, 0 a#1 started, 10 a succeeded, 10 q refused, 10 q waits, 10 run paused, 20 q succeeded, 20 run resumed, \
         20 run ended succeeded",
    );
}

/// Signals of one moment come in their order.
#[test]
fn signals_of_one_moment_come_in_order() {
    check(
        json!([{"id": "a"}]),
        "a 10; at 5 pause; at 5 resume; at 5 cancel",
        "a 0..5 dropped | a cancelled | cancelled at 5",
    );
    check(
        json!([{"id": "q", "ask": ask()}]),
        "at 5 respond q 1; at 5 respond q 2; at 5 cancel",
        "q succeeded | succeeded at 5",
    );
}

/// However many results come at one moment, it is one moment.
#[test]
fn five_hundred_results_of_one_moment_are_taken_together() {
    let many = 500;
    let mut tasks: Vec<Value> = (0..many).map(|index| json!({"id": format!("t{index:03}")})).collect();
    tasks.push(json!({"id": "low", "needs": ["t000"]}));
    tasks.push(json!({"id": "high", "needs": ["t499"], "priority": 1}));
    let observation = super::play(json!({"max_parallel": many, "tasks": tasks}), "");
    let last: Vec<&str> = observation.calls[many..].iter().map(|call| &*call.task).collect();
    assert_eq!(last, ["high", "low"]);
}

/// Calls that take no time happen in rounds at one moment, and a chain of them ends at that moment.
#[test]
fn a_chain_of_calls_that_take_no_time_takes_none() {
    check(
        json!([{"id": "a"}, {"id": "b", "needs": ["a"]}, {"id": "c", "needs": ["b"]}]),
        "a 0; b 0; c 0",
        "a 0..0, b 0..0, c 0..0 | a succeeded, b succeeded, c succeeded | succeeded at 0",
    );
}
