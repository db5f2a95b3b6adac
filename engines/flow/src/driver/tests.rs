//! Facts about whole runs, played on the stage: which calls are made when, and what comes of them.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use contract::observation::End;
use contract::stage::Stage;
use contract::{Finished, Host, Job, Loaded, Millis, Script};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use tokio::time::Sleep;

use crate::core::{Action, Core, Input};
use crate::journal::{Journal, MemoryJournal, replay};
use crate::plan::Plan;
use crate::sample::{observe, plan, show, show_events};
use crate::store::StoreError;

#[track_caller]
fn check(fields: Value, script: Value, expected: &str) {
    let seen = observe(json!({}), fields, json!({"n": 7}), script);
    assert_eq!(show(&seen), expected);
}

/// A script in which each task takes its time and gives its output, or fails.
fn takes(tasks: Value) -> Value {
    let attempt = |times: &Value| match times {
        Value::Number(_) => json!({"takes": times}),
        Value::Array(parts) => json!({"takes": parts[0], "then": parts[1]}),
        other => other.clone(),
    };
    let entries = tasks.as_object().expect("tasks by id").iter();
    let entries = entries.map(|(id, attempts)| {
        (id.clone(), json!({"attempts": attempts.as_array().expect("a list of attempts").iter().map(attempt).collect::<Vec<_>>()}))
    });
    json!({"tasks": entries.collect::<serde_json::Map<_, _>>()})
}

fn fails(kind: &str) -> Value {
    json!({"fails": {"kind": kind, "message": "no"}})
}

fn with_signal(mut script: Value, at: u64, signal: &str) -> Value {
    script["signals"] = json!([{"at": at, "signal": signal}]);
    script
}

#[test]
fn a_workflow_without_tasks_succeeds_at_once() {
    check(json!({"tasks": []}), json!({}), "\nrun succeeded");
    check(json!({"tasks": [], "timeout": 0}), json!({}), "\nrun succeeded");
}

#[test]
fn a_task_starts_as_soon_as_its_own_needs_allow() {
    check(
        json!({"tasks": [{"id": "a"}, {"id": "b"}, {"id": "c", "needs": ["a"]}, {"id": "d", "needs": ["b", "c", "b"]}]}),
        takes(json!({"a": [5], "b": [9], "c": [2], "d": [1]})),
        "a 0-5 · b 0-9 · c 5-7 · d 9-10\na succeeded · b succeeded · c succeeded · d succeeded · run succeeded",
    );
}

#[test]
fn calls_that_take_no_time_are_made_one_after_another() {
    check(
        json!({"tasks": [{"id": "a"}, {"id": "b", "needs": ["a"]}]}),
        takes(json!({"a": [0], "b": [0]})),
        "a 0-0 · b 0-0\na succeeded · b succeeded · run succeeded",
    );
}

#[test]
fn a_limit_holds_and_the_highest_priority_goes_first() {
    let tasks = json!([{"id": "a"}, {"id": "b"}, {"id": "c", "priority": 1}, {"id": "d", "priority": -1}, {"id": "e"}]);
    let script = takes(json!({"a": [5], "b": [9], "c": [2], "d": [1], "e": [3]}));
    let ends = "\na succeeded · b succeeded · c succeeded · d succeeded · e succeeded · run succeeded";
    check(
        json!({"tasks": tasks, "max_parallel": 2}),
        script.clone(),
        &format!("c 0-2 · a 0-5 · b 2-11 · e 5-8 · d 8-9{ends}"),
    );
    let seen = observe(
        json!({"max_parallel": 1}),
        json!({"tasks": tasks, "max_parallel": 2}),
        json!(null),
        script,
    );
    assert_eq!(show(&seen), format!("c 0-2 · a 2-7 · b 7-16 · e 16-19 · d 19-20{ends}"));
}

#[test]
fn a_template_sees_the_input_and_what_has_ended() {
    let template = |logic: Value| json!({"handler": "do", "input": {"template": logic}});
    let seen = observe(
        json!({}),
        json!({"tasks": [
            {"id": "a"},
            {"id": "b", "needs": ["a"], "call": template(json!({"x": {"var": "tasks.a.output.x"}, "n": {"var": "input.n"}}))},
            {"id": "c", "needs": ["b"], "call": template(json!({"var": ""}))},
        ]}),
        json!({"n": 7}),
        takes(json!({"a": [[1, {"returns": {"x": [1, null]}}]]})),
    );
    assert_eq!(*seen.calls[1].input, json!({"x": [1, null], "n": 7}));
    let a = json!({"status": "succeeded", "output": {"x": [1, null]}});
    let b = json!({"status": "succeeded", "output": null});
    assert_eq!(
        *seen.calls[2].input,
        json!({"input": {"n": 7}, "tasks": {"a": a, "b": b}})
    );
}

#[test]
fn an_integer_beyond_the_largest_i64_is_kept() {
    let seen = observe(
        json!({}),
        json!({"tasks": [{"id": "a", "call": {"handler": "do", "input": {"literal": u64::MAX}}}]}),
        json!(null),
        takes(json!({"a": [[1, {"returns": u64::MAX}]]})),
    );
    let End::Finished(outcome) = &seen.end else {
        panic!("it ends")
    };
    assert_eq!(outcome.tasks[0].output.as_deref(), Some(&json!(u64::MAX)));
    assert_eq!(*seen.calls[0].input, json!(u64::MAX));
}

#[test]
fn a_template_that_cannot_be_evaluated_fails_its_task_without_a_call() {
    check(
        json!({"tasks": [{"id": "a", "retry": {"max_attempts": 3}, "call": {"handler": "do", "input": {"template": {"throw": "no"}}}}]}),
        json!({}),
        "\na failed(input: Thrown: {\"type\":\"no\"} (in operator: throw)) · run failed(a)",
    );
}

#[test]
fn a_condition_that_does_not_hold_skips_and_its_dependents_follow() {
    let tasks = json!([{"id": "a", "when": {"==": [{"var": "input.n"}, 8]}}, {"id": "b", "needs": ["a"]}]);
    check(
        json!({"tasks": tasks}),
        json!({}),
        "\na skipped(condition) · b skipped(upstream) · run succeeded",
    );
    let truthy = json!({"tasks": [{"id": "a", "when": 1}]});
    check(truthy, json!({}), "\na skipped(condition) · run succeeded");
}

#[test]
fn a_condition_that_cannot_be_evaluated_fails_or_skips_as_the_option_says() {
    let fields =
        json!({"tasks": [{"id": "a", "when": {"throw": "no"}}, {"id": "b", "needs": ["a"], "run_if": "all_done"}]});
    let fail = observe(json!({}), fields.clone(), json!(null), json!({}));
    assert_eq!(
        show(&fail),
        "\na failed(condition: Thrown: {\"type\":\"no\"} (in operator: throw)) · b cancelled · run failed(a)"
    );
    let skip = observe(json!({"condition_error": "skip"}), fields, json!(null), json!({}));
    assert_eq!(show(&skip), "b 0-1\na skipped(condition) · b succeeded · run succeeded");
}

#[test]
fn run_if_says_which_ends_let_a_task_run() {
    let task = |id: &str, run_if: &str, needs: Value| json!({"id": id, "run_if": run_if, "needs": needs});
    check(
        json!({"on_failure": "continue", "tasks": [
            {"id": "good"}, {"id": "bad"}, {"id": "none", "when": false},
            task("a", "all_done", json!(["bad", "none"])),
            task("b", "any_succeeded", json!(["bad", "good"])),
            task("c", "any_succeeded", json!(["bad", "none"])),
            task("d", "any_failed", json!(["bad", "good"])),
            task("e", "any_failed", json!(["none", "good"])),
            task("f", "all_succeeded", json!(["none", "good"])),
        ]}),
        takes(json!({"bad": [[2, fails("permanent")]]})),
        "good 0-1 · bad 0-2 · a 2-3 · b 2-3 · d 2-3\n\
         good succeeded · bad failed(permanent: no) · none skipped(condition) · a succeeded · b succeeded · \
         c skipped(upstream) · d succeeded · e skipped(upstream) · f skipped(upstream) · run failed(bad)",
    );
}

#[test]
fn what_a_failure_does_to_the_rest_depends_on_the_policy() {
    let fields = |policy: &str| {
        json!({"on_failure": policy, "tasks": [
            {"id": "a"}, {"id": "b", "retry": {"max_attempts": 9}}, {"id": "c", "needs": ["a"]}, {"id": "d", "needs": ["b"]},
        ]})
    };
    let script = takes(json!({"a": [[2, fails("boom")]], "b": [[5, fails("bang")], 1]}));
    check(
        fields("stop"),
        script.clone(),
        "a 0-2 · b 0-5\na failed(boom: no) · b failed(bang: no) · c cancelled · d cancelled · run failed(a)",
    );
    check(
        fields("cancel"),
        script.clone(),
        "a 0-2 · b 0-2 dropped\na failed(boom: no) · b cancelled · c cancelled · d cancelled · run failed(a)",
    );
    check(
        fields("continue"),
        script,
        "a 0-2 · b 0-5 · b#2 5-6 · d 6-7\n\
         a failed(boom: no) · b succeeded · c skipped(upstream) · d succeeded · run failed(a)",
    );
}

#[test]
fn a_failed_run_is_undone_in_reverse_order_of_success() {
    let undo = json!({"handler": "undo", "input": {"template": {"var": "output"}}});
    let fields = json!({"on_failure": "compensate", "tasks": [
        {"id": "a", "compensate": undo}, {"id": "b", "compensate": undo},
        {"id": "c", "compensate": {"handler": "undo", "input": {"template": {"throw": "no"}}}},
        {"id": "d"}, {"id": "e", "compensate": undo}, {"id": "f", "needs": ["e"]},
    ]});
    let mut script = takes(
        json!({"a": [[9, {"returns": "A"}]], "b": [[3, {"returns": "B"}]], "c": [1], "d": [[4, fails("x")]], "e": [[7, fails("y")]]}),
    );
    script["tasks"]["b"]["compensate"] = json!({"takes": 2, "then": fails("z")});
    let seen = observe(json!({}), fields.clone(), json!(null), script);
    assert_eq!(
        show(&seen),
        "a 0-9 · b 0-3 · c 0-1 · d 0-4 · e 0-7 · undo a 9-10 · undo b 10-12\n\
         a succeeded · b succeeded · c succeeded · d failed(x: no) · e failed(y: no) · f cancelled · a undone · \
         b not undone(z: no) · c not undone(input: Thrown: {\"type\":\"no\"} (in operator: throw)) · run compensation_failed(d)",
    );
    assert_eq!(*seen.calls[5].input, json!("A"));
    check(
        fields,
        takes(json!({"a": [[1, fails("x")]], "b": [[2, fails("x")]], "c": [[2, fails("x")]]})),
        "a 0-1 · b 0-2 · c 0-2 · d 0-1 · e 0-1 · undo e 2-3\n\
         a failed(x: no) · b failed(x: no) · c failed(x: no) · d succeeded · e succeeded · f cancelled · e undone · run compensated(a)",
    );
}

#[test]
fn a_signal_has_no_effect_once_undoing_has_begun() {
    check(
        json!({"on_failure": "compensate", "timeout": 6, "tasks": [{"id": "a", "compensate": {"handler": "undo"}}, {"id": "b"}]}),
        with_signal(
            json!({"tasks": {
                "a": {"attempts": [{"takes": 1}], "compensate": {"takes": 9}}, "b": {"attempts": [{"takes": 2, "then": fails("x")}]},
            }}),
            5,
            "cancel",
        ),
        "a 0-1 · b 0-2 · undo a 2-11\na succeeded · b failed(x: no) · a undone · run compensated(b)",
    );
}

#[test]
fn a_failed_attempt_is_made_again_after_its_delay_and_holds_no_slot_meanwhile() {
    check(
        json!({"max_parallel": 1, "tasks": [{"id": "a", "retry": {"max_attempts": 3, "initial": 4, "factor": 3.0}}, {"id": "b"}]}),
        takes(json!({"a": [[1, fails("x")]], "b": [10]})),
        "a 0-1 · b 1-11 · a#2 11-12 · a#3 24-25\na failed(x: no) · b succeeded · run failed(a)",
    );
}

#[test]
fn a_delay_of_zero_queues_at_once_like_any_other() {
    check(
        json!({"max_parallel": 1, "tasks": [{"id": "a", "retry": {"max_attempts": 2}}, {"id": "b", "priority": 1, "needs": ["c"]}, {"id": "c"}]}),
        takes(json!({"a": [[1, fails("x")], 1]})),
        "a 0-1 · a#2 1-2 · c 2-3 · b 3-4\na succeeded · b succeeded · c succeeded · run succeeded",
    );
}

#[test]
fn an_attempt_that_takes_too_long_is_dropped_and_may_be_made_again() {
    check(
        json!({"tasks": [{"id": "a", "timeout": 5, "retry": {"max_attempts": 2, "initial": 2}}, {"id": "b", "needs": ["a"]}]}),
        takes(json!({"a": [[0, "never_returns"]]})),
        "a 0-5 dropped · a#2 7-12 dropped\na timed_out(timeout: no result within 5 ms) · b cancelled · run failed(a)",
    );
    check(
        json!({"tasks": [{"id": "a", "timeout": 5, "retry": {"max_attempts": 2}}]}),
        takes(json!({"a": [6, 5]})),
        "a 0-5 dropped · a#2 5-10\na succeeded · run succeeded",
    );
}

#[test]
fn a_run_that_takes_too_long_ends_at_once() {
    let fields = |timeout: u64| json!({"timeout": timeout, "tasks": [{"id": "a"}, {"id": "b", "needs": ["a"]}]});
    let script = takes(json!({"a": [3], "b": [3]}));
    check(
        fields(5),
        script.clone(),
        "a 0-3 · b 3-5 dropped\na succeeded · b cancelled · run timed_out",
    );
    check(
        fields(3),
        script.clone(),
        "a 0-3\na succeeded · b cancelled · run timed_out",
    );
    check(
        fields(6),
        script.clone(),
        "a 0-3 · b 3-6\na succeeded · b succeeded · run succeeded",
    );
    check(fields(0), script, "\na cancelled · b cancelled · run timed_out");
}

#[test]
fn a_timer_that_never_comes_keeps_nothing_alive() {
    check(
        json!({"timeout": u64::MAX, "tasks": [{"id": "a", "timeout": u64::MAX, "retry": {"max_attempts": 2, "initial": 3}}]}),
        takes(json!({"a": [[1, fails("x")], 1]})),
        "a 0-1 · a#2 4-5\na succeeded · run succeeded",
    );
}

#[test]
fn a_cancelled_run_drops_what_runs() {
    let fields = json!({"on_failure": "compensate", "tasks": [
        {"id": "a", "compensate": {"handler": "undo"}}, {"id": "b"}, {"id": "c", "needs": ["a"]}, {"id": "d"},
    ]});
    let script = takes(json!({"a": [2], "b": [9], "c": [9], "d": [[4, fails("x")]]}));
    check(
        fields.clone(),
        with_signal(script.clone(), 3, "cancel"),
        "a 0-2 · b 0-3 dropped · d 0-3 dropped · c 2-3 dropped\na succeeded · b cancelled · c cancelled · d cancelled · run cancelled",
    );
    check(
        fields.clone(),
        with_signal(script.clone(), 5, "cancel"),
        "a 0-2 · b 0-5 dropped · d 0-4 · c 2-5 dropped\na succeeded · b cancelled · c cancelled · d failed(x: no) · run cancelled(d)",
    );
    check(
        fields,
        with_signal(script, 0, "cancel"),
        "\na cancelled · b cancelled · c cancelled · d cancelled · run cancelled",
    );
}

#[test]
fn at_one_instant_results_come_before_timers_and_timers_before_signals_and_nothing_starts_between() {
    check(
        json!({"tasks": [{"id": "a", "timeout": 5}, {"id": "b", "timeout": 5}, {"id": "c", "needs": ["a"]}], "on_failure": "continue"}),
        with_signal(takes(json!({"a": [5], "b": [9]})), 5, "cancel"),
        "a 0-5 · b 0-5 dropped\na succeeded · b timed_out(timeout: no result within 5 ms) · c cancelled · run cancelled(b)",
    );
    check(
        json!({"tasks": [{"id": "a"}, {"id": "b", "needs": ["a"]}, {"id": "c"}, {"id": "d"}]}),
        takes(json!({"a": [5], "c": [[5, fails("x")]], "d": [[5, fails("y")]]})),
        "a 0-5 · c 0-5 · d 0-5\na succeeded · b cancelled · c failed(x: no) · d failed(y: no) · run failed(c)",
    );
}

#[test]
fn a_handler_that_panics_has_failed_and_may_be_tried_again() {
    check(
        json!({"tasks": [{"id": "a", "retry": {"max_attempts": 2}}, {"id": "b"}]}),
        takes(json!({"a": [[1, {"panics": "oh"}]], "b": [3]})),
        "a 0-1 · b 0-3 · a#2 1-2\na failed(panic: oh) · b succeeded · run failed(a)",
    );
}

#[test]
fn what_happens_is_reported_in_order() {
    let seen = observe(
        json!({}),
        json!({"tasks": [{"id": "a", "retry": {"max_attempts": 2, "initial": 3}}, {"id": "b", "when": false}, {"id": "c", "needs": ["a"]}]}),
        json!(null),
        takes(json!({"a": [[1, fails("x")]]})),
    );
    assert_eq!(
        show_events(&seen),
        "started · b skipped · a#1 · a backs off 3 · a#2 · a failed · c cancelled · ended failed",
    );
}

#[test]
fn a_thousand_calls_that_end_at_one_instant_are_taken_in_together() {
    let tasks: Vec<_> = (0..1000)
        .map(|index| json!({"id": format!("t{index}"), "needs": []}))
        .collect();
    let mut all = tasks.clone();
    all.push(json!({"id": "last", "needs": ["t0"]}));
    let seen = observe(
        json!({}),
        json!({"tasks": all}),
        json!(null),
        with_signal(json!({}), 1, "cancel"),
    );
    assert_eq!(
        seen.calls.len(),
        1000,
        "`last` would have started if the first results had been taken alone"
    );
}

/// A journal that takes 5 ms for each instant.
#[derive(Default)]
struct SlowJournal(Option<Pin<Box<Sleep>>>);

impl Journal for SlowJournal {
    fn append(&mut self, _at: Millis, _input: &Input) {}

    fn commit(&mut self, _core: &Core, _actions: &[Action]) {
        self.0 = Some(Box::pin(tokio::time::sleep(Duration::from_millis(5))));
    }

    fn poll_committed(&mut self, context: &mut Context<'_>) -> Poll<Result<(), StoreError>> {
        match &mut self.0 {
            Some(sleep) => sleep.as_mut().poll(context).map(Ok),
            None => Poll::Ready(Ok(())),
        }
    }
}

struct Slowly(Arc<Plan>);

impl Loaded for Slowly {
    fn run(&self, job: Job, host: Arc<dyn Host>) -> BoxFuture<'_, Finished> {
        Box::pin(async move {
            let run = super::run(Arc::clone(&self.0), job, host, SlowJournal::default()).await;
            let core = run.expect("it never fails").core;
            Finished::new(move || core.outcome())
        })
    }
}

#[test]
fn what_happens_while_the_journal_writes_is_taken_in_afterwards() {
    let fields = json!({"tasks": [{"id": "a"}, {"id": "b"}, {"id": "c", "needs": ["a", "b"]}], "timeout": 500});
    let script: Arc<Script> =
        Arc::new(serde_json::from_value(takes(json!({"a": [1], "b": [3], "c": [2]}))).expect("a script"));
    let seen = Stage::new().run(&Slowly(plan(fields)), &Arc::new(Value::Null), &script);
    assert_eq!(
        show(&seen),
        "a 5-6 · b 5-11 · c 16-18\na succeeded · b succeeded · c succeeded · run succeeded"
    );
}

/// Ends with what a fresh core makes of the run's journal.
struct Replayed(Arc<Plan>);

impl Loaded for Replayed {
    fn run(&self, job: Job, host: Arc<dyn Host>) -> BoxFuture<'_, Finished> {
        Box::pin(async move {
            let run = super::run(Arc::clone(&self.0), job, host, MemoryJournal::default())
                .await
                .expect("it keeps everything in memory");
            let (core, _) = replay(Arc::clone(&self.0), run.journal.entries());
            Finished::new(move || core.outcome())
        })
    }
}

#[test]
fn a_journal_leads_to_the_outcome_that_its_run_had() {
    let fields = json!({"on_failure": "compensate", "timeout": 90, "max_parallel": 2, "tasks": [
        {"id": "a", "compensate": {"handler": "undo"}}, {"id": "b", "retry": {"max_attempts": 3, "initial": 2}, "needs": ["a"]},
        {"id": "c", "timeout": 4, "retry": {"max_attempts": 2}}, {"id": "d", "when": {"==": [{"var": "input.n"}, 7]}},
    ]});
    let script: Arc<Script> =
        Arc::new(serde_json::from_value(takes(json!({"b": [[1, fails("x")], 1], "c": [9]}))).expect("a script"));
    let seen = Stage::new().run(&Replayed(plan(fields)), &Arc::new(json!({"n": 7})), &script);
    assert_eq!(
        show(&seen),
        "a 0-1 · c 0-4 dropped · b 1-2 · d 2-3 · b#2 4-5 · c#2 4-8 dropped · undo a 8-9\n\
         a succeeded · b succeeded · c timed_out(timeout: no result within 4 ms) · d succeeded · a undone · run compensated(c)",
    );
}
