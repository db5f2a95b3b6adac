//! "Attempts".

use contract::{CallError, Json};
use serde_json::json;

use super::{check, check_events, check_inputs, check_outputs};

/// "Attempts are numbered from 1." "`max_attempts` counts all attempts, the first included."
#[test]
fn max_attempts_counts_all_attempts() {
    check(
        json!([{"id": "a", "retry": {"max_attempts": 3}}]),
        "a 10 fails",
        "a 0..10 failed, a#2 10..20 failed, a#3 20..30 failed | a failed(boom) | failed(a) at 30",
    );
    check(
        json!([{"id": "a"}]),
        "a 10 fails",
        "a 0..10 failed | a failed(boom) | failed(a) at 10",
    );
}

/// A call may take 400 days; a run of several may take longer, and its timers go on to work.
#[test]
fn a_run_may_last_longer_than_any_of_its_calls() {
    check(
        json!([{"id": "a"}, {"id": "b", "needs": ["a"], "timeout": 50, "retry": {"max_attempts": 2, "initial": 5}}]),
        "a 34560000000; b 60 / 7",
        "a 0..34560000000, b 34560000000..34560000050 dropped, b#2 34560000055..34560000062 | a succeeded, b succeeded | \
         succeeded at 34560000062",
    );
    check(
        json!([{"id": "a"}, {"id": "b", "needs": ["a"]}, {"id": "c", "needs": ["b"]}]),
        "a 30000000000; b 30000000000; c 30000000000",
        "a 0..30000000000, b 30000000000..60000000000, c 60000000000..90000000000 | \
         a succeeded, b succeeded, c succeeded | succeeded at 90000000000",
    );
}

/// "Attempt *n+1* starts after `min(initial · factor^(n−1), max_delay)`."
#[test]
fn the_delay_grows_by_its_factor_up_to_its_limit() {
    check_events(
        json!([{"id": "a", "retry": {"max_attempts": 5, "initial": 10, "factor": 3, "max_delay": 50}}]),
        "a 1 fails / 1 fails / 1 fails / 1 fails / 1",
        "0 run started, 0 a#1 started, 1 a#1 backs off 10, 11 a#2 started, 12 a#2 backs off 30, 42 a#3 started, \
         43 a#3 backs off 50, 93 a#4 started, 94 a#4 backs off 50, 144 a#5 started, 145 a succeeded, 145 run ended succeeded",
    );
}

/// "`initial` [0], `factor` [2], `max_delay` [none]."
#[test]
fn the_delay_doubles_by_default() {
    check(
        json!([{"id": "a", "retry": {"max_attempts": 4, "initial": 10}}]),
        "a 1 fails / 1 fails / 1 fails / 1",
        "a 0..1 failed, a#2 11..12 failed, a#3 32..33 failed, a#4 73..74 | a succeeded | succeeded at 74",
    );
}

#[test]
fn a_delay_is_rounded_to_whole_milliseconds_and_never_negative() {
    let after_two = |factor: f64| json!([{"id": "a", "retry": {"max_attempts": 3, "initial": 3, "factor": factor}}]);
    let script = "a 1 fails / 1 fails / 1";
    check(
        after_two(1.5),
        script,
        "a 0..1 failed, a#2 4..5 failed, a#3 10..11 | a succeeded | succeeded at 11",
    );
    check(
        after_two(0.1),
        script,
        "a 0..1 failed, a#2 4..5 failed, a#3 5..6 | a succeeded | succeeded at 6",
    );
    check(
        after_two(-1.0),
        script,
        "a 0..1 failed, a#2 4..5 failed, a#3 5..6 | a succeeded | succeeded at 6",
    );
}

#[test]
fn a_delay_beyond_the_longest_run_never_ends() {
    let retry = json!({"max_attempts": 3, "initial": u64::MAX, "factor": 1e300});
    check(
        json!([{"id": "a", "retry": retry}]),
        "a 1 fails",
        "a 0..1 failed | a pending | paused at 1",
    );
    let timeouts = json!({"timeout": u64::MAX, "tasks": [{"id": "a", "timeout": u64::MAX}]});
    check(timeouts, "a 5", "a 0..5 | a succeeded | succeeded at 5");
}

/// "While it waits it holds no `max_parallel` slot; then it is ready again and queues like any other."
#[test]
fn a_task_that_backs_off_holds_no_slot_and_queues_again() {
    check(
        json!({"max_parallel": 1, "tasks": [{"id": "a", "retry": {"max_attempts": 2, "initial": 5}}, {"id": "b"}, {"id": "c"}]}),
        "a 10 fails / 10; b 20; c 20",
        "a 0..10 failed, b 10..30, a#2 30..40, c 40..60 | a succeeded, b succeeded, c succeeded | succeeded at 60",
    );
    check(
        json!({"max_parallel": 1, "tasks": [
            {"id": "b", "priority": 1}, {"id": "a", "priority": 2, "retry": {"max_attempts": 2}}, {"id": "c", "priority": 3, "needs": ["d"]}, {"id": "d", "priority": 4},
        ]}),
        "a 10 fails / 10",
        "d 0..1, c 1..2, a 2..12 failed, a#2 12..22, b 22..23 | b succeeded, a succeeded, c succeeded, d succeeded | succeeded at 23",
    );
}

/// "`only` (error kinds) [all but `permanent`]"; kind `input` never.
#[test]
fn the_kind_of_error_decides_whether_an_attempt_is_made_again() {
    let retried = |kind: &str| format!("a 1 fails {kind} / 1");
    let by_default = || json!([{"id": "a", "retry": {"max_attempts": 2}}]);
    let only = |kinds: &[&str]| json!([{"id": "a", "retry": {"max_attempts": 2, "only": kinds}}]);
    let again = "a 0..1 failed, a#2 1..2 | a succeeded | succeeded at 2";
    for kind in ["transient", "timeout", "condition", "panic", "boom"] {
        check(by_default(), &retried(kind), again);
        let once = format!("a 0..1 failed | a failed({kind}) | failed(a) at 1");
        check(only(&["other"]), &retried(kind), &once);
        check(only(&[]), &retried(kind), &once);
    }
    check(
        by_default(),
        &retried("permanent"),
        "a 0..1 failed | a failed(permanent) | failed(a) at 1",
    );
    check(only(&["permanent"]), &retried("permanent"), again);
    check(
        by_default(),
        &retried("input"),
        "a 0..1 failed | a failed(input) | failed(a) at 1",
    );
    check(
        only(&["input"]),
        &retried("input"),
        "a 0..1 failed | a failed(input) | failed(a) at 1",
    );
}

/// "A timeout is enforced: the engine drops the call, the attempt is `timed_out`, it may be retried, and whatever the handler
/// returns later is ignored." "`timeout`: for each attempt."
#[test]
fn a_timeout_drops_the_call_and_may_be_retried() {
    check(
        json!([{"id": "a", "timeout": 10}]),
        "a 20",
        "a 0..10 dropped | a timed_out(timeout) | failed(a) at 10",
    );
    check(
        json!([{"id": "a", "timeout": 10}]),
        "a 0 never",
        "a 0..10 dropped | a timed_out(timeout) | failed(a) at 10",
    );
    check(
        json!([{"id": "a", "timeout": 10, "retry": {"max_attempts": 2, "initial": 3}}]),
        "a 20 / 9",
        "a 0..10 dropped, a#2 13..22 | a succeeded | succeeded at 22",
    );
    check(
        json!([{"id": "a", "timeout": 10, "retry": {"max_attempts": 2, "only": ["transient"]}}]),
        "a 20",
        "a 0..10 dropped | a timed_out(timeout) | failed(a) at 10",
    );
    check_outputs(
        json!([{"id": "a", "timeout": 10}]),
        json!(null),
        "a 20",
        "a: timeout: no result within 10 ms | run: a: timeout: no result within 10 ms",
    );
}

#[test]
fn the_last_attempt_decides_between_failed_and_timed_out() {
    let twice = || json!([{"id": "a", "timeout": 10, "retry": {"max_attempts": 2}}]);
    check(
        twice(),
        "a 20 / 5 fails",
        "a 0..10 dropped, a#2 10..15 failed | a failed(boom) | failed(a) at 15",
    );
    check(
        twice(),
        "a 5 fails / 20",
        "a 0..5 failed, a#2 5..15 dropped | a timed_out(timeout) | failed(a) at 15",
    );
    check(
        json!([{"id": "a"}]),
        "a 5 fails timeout",
        "a 0..5 failed | a failed(timeout) | failed(a) at 5",
    );
}

/// "A template that cannot be evaluated fails the attempt with kind `input`; it is not retried, because it cannot get better."
#[test]
fn a_template_that_cannot_be_evaluated_is_not_retried() {
    let call = json!({"handler": "h", "input": {"template": {"throw": "x"}}});
    check(
        json!([{"id": "a", "call": call, "retry": {"max_attempts": 3, "only": ["input"]}}, {"id": "b"}]),
        "",
        "a failed(input), b cancelled | failed(a) at 0",
    );
}

/// A template fails when its attempt would start, not before there is a slot for it.
#[test]
fn a_template_is_evaluated_when_its_attempt_starts() {
    let call = json!({"handler": "h", "input": {"template": {"throw": "x"}}});
    check(
        json!({"max_parallel": 1, "on_failure": "continue", "tasks": [{"id": "a"}, {"id": "b", "call": call}, {"id": "c"}]}),
        "a 10; c 5",
        "a 0..10, c 10..15 | a succeeded, b failed(input), c succeeded | failed(b) at 15",
    );
}

/// "Evaluated for each attempt."
#[test]
fn each_attempt_evaluates_its_template() {
    let template = json!({"var": "tasks.other.status"});
    check_inputs(
        json!([{"id": "a", "call": {"handler": "h", "input": {"template": template}}, "retry": {"max_attempts": 2}}, {"id": "other"}]),
        json!(null),
        "a 10 fails / 10; other 5",
        r#"a h null, other do null, a#2 h "succeeded""#,
    );
}

/// "`timeout` on an `ask` task bounds the wait."
#[test]
fn a_timeout_bounds_the_wait_of_an_ask() {
    let ask = json!({"variable": "v", "prompt": "?"});
    check(
        json!([{"id": "a", "ask": ask, "timeout": 10, "retry": {"max_attempts": 3}}, {"id": "b"}]),
        "b 20; at 15 respond a 1",
        "b 0..20 | a timed_out(timeout), b succeeded | failed(a) at 20",
    );
    check_outputs(
        json!([{"id": "a", "ask": ask, "timeout": 10}]),
        json!(null),
        "",
        "a: timeout: no result within 10 ms | run: a: timeout: no result within 10 ms",
    );
}

/// "An error has a kind, a message, and it reaches the outcome unchanged."
#[test]
fn an_error_reaches_the_outcome_unchanged() {
    check_outputs(
        json!([{"id": "a"}]),
        json!(null),
        "a 1 fails my own kind",
        "a: my own kind: it failed | run: a: my own kind: it failed",
    );
}

/// "A panicking handler is an error of kind `panic`."
#[test]
fn a_panicking_handler_is_an_error_of_kind_panic() {
    check_outputs(
        json!([{"id": "a"}]),
        json!(null),
        "a 1 panics oh no",
        "a: panic: oh no | run: a: panic: oh no",
    );
    check(
        json!([{"id": "a", "retry": {"max_attempts": 2}}]),
        "a 1 panics oh / 1",
        "a 0..1 panicked, a#2 1..2 | a succeeded | succeeded at 2",
    );
}

/// A call can take no time at all, and then succeeds even where no time is allowed.
#[test]
fn a_call_that_takes_no_time_beats_a_timeout_of_none() {
    check(
        json!([{"id": "a", "timeout": 0}]),
        "a 0 returns 1",
        "a 0..0 | a succeeded | succeeded at 0",
    );
    check(
        json!([{"id": "a", "timeout": 0}]),
        "a 1",
        "a 0..0 dropped | a timed_out(timeout) | failed(a) at 0",
    );
}

#[test]
fn an_integer_above_the_largest_i64_is_kept_exactly() {
    let big = Json::new(json!(u64::MAX));
    check_outputs(
        json!([{"id": "a"}]),
        json!(null),
        &format!("a 1 returns {big}"),
        "a = 18446744073709551615",
    );
    let call = json!({"handler": "h", "input": {"literal": u64::MAX}});
    check_inputs(
        json!([{"id": "a", "call": call}]),
        json!(null),
        "",
        "a h 18446744073709551615",
    );
    check_outputs(
        json!([{"id": "a", "for_each": [1, 2]}]),
        json!(null),
        &format!("a 1 returns {big}"),
        "a = [18446744073709551615,18446744073709551615]",
    );
}

#[test]
fn the_error_of_a_bad_condition_is_the_evaluators() {
    let engine = contract::logic::engine();
    let logic = contract::logic::compile(&engine, &json!({"throw": "x"})).expect("it compiles");
    let reason = engine.session().eval(&logic, &json!({})).expect_err("it throws");
    let expected = CallError::bad_condition(reason);
    check_outputs(
        json!([{"id": "a", "when": {"throw": "x"}}]),
        json!(null),
        "",
        &format!("a: {expected} | run: a: {expected}"),
    );
}
