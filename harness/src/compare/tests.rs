//! Each test takes what the reference really did, changes one thing in it, and sees that the comparison names just that.

use std::sync::Arc;

use contract::observation::{End, Fate, Hang, ObservedEvent};
use contract::stage::Stage;
use contract::{CallError, Event, Millis, Observation, Options, Outcome, RunStatus, TaskStatus};
use corpus::Case;
use serde_json::json;

use super::*;

/// A diamond whose left arm is retried, on two slots.
fn case() -> Case {
    let case = json!({
        "format_version": 1,
        "id": "diamond",
        "definition": {"dag": {"id": "w", "max_parallel": 2, "tasks": [
            {"id": "a", "call": {"handler": "h", "input": {"literal": {"n": 1}}}},
            {"id": "b", "needs": ["a"], "call": {"handler": "h"}, "retry": {"max_attempts": 3, "initial": 10}, "timeout": 90},
            {"id": "c", "needs": ["a"], "call": {"handler": "h"}},
            {"id": "d", "needs": ["b", "c"], "call": {"handler": "h"}}
        ]}},
        "script": {"tasks": {
            "a": {"attempts": [{"takes": 30, "then": {"returns": {"total": 1, "of": [1, 2]}}}]},
            "b": {"attempts": [
                {"takes": 20, "then": {"fails": {"kind": "transient", "message": "busy"}}},
                {"takes": 25, "then": {"returns": 2}}
            ]},
            "c": {"attempts": [{"takes": 7}]},
            "d": {"attempts": [{"takes": 3}]}
        }}
    });
    serde_json::from_value(case).expect("the case is well-formed")
}

/// Compares what the reference did with the same after `change`.
#[track_caller]
fn check(times: Times, change: impl FnOnce(&mut Observation), expected: &[&str]) {
    let case = case();
    let reference = (engines::find("reference").unwrap().build)(&Options::default()).unwrap();
    let description = reference.describe();
    let original = Stage::new().play(&*reference, &case.definition, &case.input, &case.script);
    let mut changed = original.clone();
    change(&mut changed);
    let side = |observation| Side {
        description: &description,
        observation,
        schedule: contract::stage::Schedule::PLAIN,
    };
    let found = compare(&case.definition, side(&original), side(&changed), times).divergences;
    let shown: Vec<String> = found
        .iter()
        .map(|found| {
            format!(
                "{} {}: {} | {}",
                found.aspect.as_str(),
                found.path,
                found.baseline,
                found.new
            )
        })
        .collect();
    assert_eq!(shown, expected);
}

fn outcome(observation: &mut Observation) -> &mut Outcome {
    match &mut observation.end {
        End::Finished(outcome) => outcome,
        other => panic!("the reference ran to the end, not {other:?}"),
    }
}

/// The place of a call in the record.
fn call(observation: &Observation, task: &str, attempt: u32) -> usize {
    observation
        .calls
        .iter()
        .position(|call| &*call.task == task && call.attempt == attempt)
        .unwrap()
}

#[test]
fn an_observation_does_not_differ_from_itself() {
    check(Times::Fixed, |_| {}, &[]);
}

#[test]
fn another_run_status_is_found() {
    check(
        Times::Free,
        |seen| outcome(seen).status = RunStatus::Failed,
        &[
            "outcome run.status: succeeded | failed",
            "events events.run_ended: reported once, last, as failed | 1 times, or not so",
        ],
    );
}

#[test]
fn another_task_status_is_found() {
    check(
        Times::Free,
        |seen| outcome(seen).tasks[3].status = TaskStatus::Cancelled,
        &[
            "outcome tasks.d.status: succeeded | cancelled",
            "events events.task_ended.d: not reported | reported as succeeded",
            "events events.task_ended.d: reported as cancelled | not reported so",
        ],
    );
}

#[test]
fn another_number_of_attempts_is_found() {
    check(
        Times::Free,
        |seen| outcome(seen).tasks[1].attempts = 3,
        &["outcome tasks.b.attempts: 2 | 3"],
    );
}

#[test]
fn a_lost_task_is_found() {
    check(
        Times::Free,
        |seen| drop(outcome(seen).tasks.remove(2)),
        &[
            "outcome run.tasks: a, b, c, d | a, b, d",
            "events events.task_ended.c: not reported | reported as succeeded",
        ],
    );
}

#[test]
fn an_integer_is_not_the_float_next_to_it() {
    let change =
        |seen: &mut Observation| outcome(seen).tasks[0].output = Some(Arc::new(json!({"total": 1.0, "of": [1, 2]})));
    check(Times::Free, change, &["output tasks.a.output.total: 1 | 1.0"]);
}

#[test]
fn zero_is_not_the_zero_below_it() {
    let case = case();
    let reference = (engines::find("reference").unwrap().build)(&Options::default()).unwrap();
    let description = reference.describe();
    let [above, below] = [0.0, -0.0].map(|zero| {
        let mut seen = Stage::new().play(&*reference, &case.definition, &case.input, &case.script);
        outcome(&mut seen).tasks[0].output = Some(Arc::new(json!([zero])));
        seen
    });
    let side = |observation| Side {
        description: &description,
        observation,
        schedule: contract::stage::Schedule::PLAIN,
    };
    let found = compare(&case.definition, side(&above), side(&below), Times::Free).divergences;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((&*found[0].path, &*found[0].new), ("tasks.a.output[0]", "-0.0"));
}

#[test]
fn missing_is_not_null() {
    let change =
        |seen: &mut Observation| outcome(seen).tasks[0].output = Some(Arc::new(json!({"total": null, "of": [1]})));
    check(
        Times::Free,
        change,
        &[
            "output tasks.a.output.of[1]: 2 | missing",
            "output tasks.a.output.total: 1 | null",
        ],
    );
}

#[test]
fn a_lost_output_is_found() {
    check(
        Times::Free,
        |seen| outcome(seen).tasks[1].output = None,
        &["output tasks.b.output: 2 | missing"],
    );
}

#[test]
fn the_order_of_keys_is_no_difference() {
    let reordered = serde_json::from_str(r#"{"of": [1, 2], "total": 1}"#).unwrap();
    check(
        Times::Free,
        |seen| outcome(seen).tasks[0].output = Some(Arc::new(reordered)),
        &[],
    );
}

#[test]
fn an_error_out_of_nowhere_is_found() {
    let change = |seen: &mut Observation| outcome(seen).tasks[2].error = Some(CallError::new("transient", "busy"));
    check(Times::Free, change, &["error tasks.c.error: absent | transient: busy"]);
}

#[test]
fn a_lost_call_is_found() {
    let change = |seen: &mut Observation| {
        let lost = call(seen, "c", 1);
        seen.calls.remove(lost);
    };
    check(
        Times::Free,
        change,
        &[
            "calls calls.c#1: called | not called",
            "events events.attempt_started: one report for each call, at its time | 5 reports for 4 calls, the first difference at `d`",
        ],
    );
}

#[test]
fn a_doubled_call_is_found() {
    let change = |seen: &mut Observation| {
        let doubled = seen.calls[call(seen, "d", 1)].clone();
        seen.calls.push(doubled);
    };
    check(
        Times::Free,
        change,
        &[
            "calls calls.d#1: not called | called",
            "calls calls.d#1.again: never made again once it has ended | made again at 85 ms",
            "order calls.d#1: attempt 2, the next one | attempt 1",
            "events events.attempt_started: one report for each call, at its time | 5 reports for 6 calls, the first difference at `d`",
        ],
    );
}

#[test]
fn another_input_is_found() {
    let change = |seen: &mut Observation| seen.calls[0].input = Arc::new(json!({"n": 2}));
    check(Times::Free, change, &["calls calls.a#1.input.n: 1 | 2"]);
}

#[test]
fn a_call_before_its_needs_have_ended_is_found() {
    let change = |seen: &mut Observation| {
        let early = call(seen, "c", 1);
        seen.calls[early].started = Millis(29);
        for report in &mut seen.events {
            if matches!(&report.event, Event::AttemptStarted { task, .. } if &**task == "c") {
                report.at = Millis(29);
            }
        }
    };
    check(Times::Free, change, &["order calls.c: not before 30 ms | at 29 ms"]);
}

#[test]
fn a_rule_that_only_the_baseline_breaks_is_found_too() {
    let case = case();
    let reference = (engines::find("reference").unwrap().build)(&Options::default()).unwrap();
    let description = reference.describe();
    let original = Stage::new().play(&*reference, &case.definition, &case.input, &case.script);
    let mut early = original.clone();
    let at = call(&early, "d", 1);
    early.calls[at].started = Millis(84);
    let side = |observation| Side {
        description: &description,
        observation,
        schedule: contract::stage::Schedule::PLAIN,
    };
    let found = compare(&case.definition, side(&early), side(&original), Times::Free).divergences;
    assert_eq!((found[0].aspect, &*found[0].path), (Aspect::Order, "calls.d"));
    assert_eq!([&*found[0].baseline, &*found[0].new], ["at 84 ms", "not before 85 ms"]);
}

#[test]
fn a_retry_before_its_back_off_has_passed_is_found() {
    let change = |seen: &mut Observation| {
        let early = call(seen, "b", 2);
        seen.calls[early].started = Millis(59);
        for report in &mut seen.events {
            if matches!(&report.event, Event::AttemptStarted { task, attempt: 2, .. } if &**task == "b") {
                report.at = Millis(59);
            }
        }
    };
    check(
        Times::Free,
        change,
        &["limits calls.b#2.back_off: not before 60 ms | at 59 ms"],
    );
}

#[test]
fn a_call_that_outlives_its_timeout_is_found() {
    let change = |seen: &mut Observation| {
        let late = call(seen, "b", 1);
        (seen.calls[late].ended, seen.calls[late].fate) = (None, Fate::InFlight);
    };
    check(
        Times::Free,
        change,
        &[
            "calls calls.b#1.fate: failed | left in flight",
            "order calls.b#2: after the attempt before it has ended | at 60 ms",
            "order calls.d: after its needs | at 85 ms",
            "limits calls.b#1.timeout: dropped 90 ms after its start at 30 ms | still in flight at the end",
        ],
    );
}

#[test]
fn more_calls_in_flight_than_the_limit_are_found() {
    let change = |seen: &mut Observation| {
        let (first, last) = (call(seen, "a", 1), call(seen, "d", 1));
        seen.calls[first].ended = Some(Millis(200));
        seen.calls[last].ended = Some(Millis(200));
        seen.calls
            .iter_mut()
            .filter(|call| &*call.task == "c")
            .for_each(|call| call.ended = Some(Millis(200)));
    };
    let case = case();
    let reference = (engines::find("reference").unwrap().build)(&Options::default()).unwrap();
    let description = reference.describe();
    let mut seen = Stage::new().play(&*reference, &case.definition, &case.input, &case.script);
    change(&mut seen);
    let broken = crate::rules::broken(
        case.dag().expect("a workflow"),
        Side {
            description: &description,
            observation: &seen,
            schedule: contract::stage::Schedule::PLAIN,
        },
    );
    assert!(
        broken
            .iter()
            .any(|rule| rule.path == "run.max_parallel" && rule.seen == "3 in flight"),
        "{broken:?}"
    );
}

#[test]
fn where_the_semantics_fix_the_times_another_time_is_found() {
    let change = |seen: &mut Observation| seen.makespan = Millis(89);
    check(Times::Fixed, change, &["limits run.makespan: 88 ms | 89 ms"]);
    check(Times::Free, change, &[]);
}

#[test]
fn a_hang_and_a_crash_are_found() {
    check(
        Times::Free,
        |seen| seen.end = End::Hung(Hang::Deadlock),
        &["hang run.end: ran to the end: succeeded | never ended: nothing was left that could happen"],
    );
    check(
        Times::Free,
        |seen| seen.end = End::Crashed("index out of bounds".into()),
        &["crash run.end: ran to the end: succeeded | panicked: index out of bounds"],
    );
}

#[test]
fn where_the_semantics_fix_the_times_a_lost_report_of_a_back_off_is_found() {
    let lose = |seen: &mut Observation| {
        seen.events
            .retain(|report| report.event.kind() != contract::EventKind::BackedOff);
    };
    check(
        Times::Fixed,
        lose,
        &["events events.backed_off.b#1: reported at 50 ms, for 10 ms | not reported"],
    );
    check(Times::Free, lose, &[]);
}

#[test]
fn an_event_that_tells_of_nothing_is_found() {
    let change = |seen: &mut Observation| {
        let at = seen
            .events
            .iter()
            .position(|report| report.event.kind() == contract::EventKind::TaskEnded)
            .unwrap();
        let doubled = seen.events[at].clone();
        seen.events.insert(at, doubled);
    };
    check(
        Times::Free,
        change,
        &["events events.task_ended.a: reported once | reported again"],
    );
}

#[test]
fn a_star_stands_for_one_segment_of_a_volatile_path() {
    assert!(matches("tasks.*.output.id", "tasks.a.output.id"));
    assert!(!matches("tasks.*.output.id", "tasks.a.b.output.id"));
    assert!(!matches("tasks.*", "tasks"));
}

/// The diamond, whose engine's process dies at `at` and is back after `outage`.
fn observed_with_crash(at: u64, outage: u64) -> (Case, contract::Description, Observation) {
    let mut case = case();
    let crash = contract::Crash {
        at: Millis(at),
        outage: Millis(outage),
    };
    Arc::make_mut(&mut case.script).crashes.push(crash);
    let reference = (engines::find("reference").unwrap().build)(&Options::default()).unwrap();
    let observation = Stage::new().play(&*reference, &case.definition, &case.input, &case.script);
    (case, reference.describe(), observation)
}

/// The rules that the reference breaks when its process dies, once `change` has been made to what it did.
#[track_caller]
fn check_durable((at, outage): (u64, u64), change: impl FnOnce(&mut Observation), expected: &[&str]) {
    let (case, description, mut observation) = observed_with_crash(at, outage);
    assert!(observation.calls.iter().any(|call| call.fate == Fate::Lost));
    change(&mut observation);
    let side = Side {
        description: &description,
        observation: &observation,
        schedule: contract::stage::Schedule::PLAIN,
    };
    let broken = crate::rules::broken(case.dag().expect("a workflow"), side);
    let shown: Vec<String> = broken
        .iter()
        .map(|rule| format!("{} {}: {} | {}", rule.aspect.as_str(), rule.path, rule.rule, rule.seen))
        .collect();
    assert_eq!(shown, expected);
}

#[test]
fn a_run_that_recovers_from_a_crash_keeps_every_rule() {
    for at in 1..88 {
        for outage in [0, 3, 40, 200] {
            let (case, description, observation) = observed_with_crash(at, outage);
            let side = Side {
                description: &description,
                observation: &observation,
                schedule: contract::stage::Schedule::PLAIN,
            };
            let broken = crate::rules::broken(case.dag().expect("a workflow"), side);
            assert_eq!(broken, [], "{at} {outage}");
        }
    }
}

#[test]
fn a_call_made_again_although_it_had_returned_is_found() {
    let change = |seen: &mut Observation| {
        let mut doubled = seen.calls[call(seen, "a", 1)].clone();
        (doubled.started, doubled.ended) = (Millis(40), Some(Millis(40)));
        seen.calls.push(doubled);
    };
    check_durable(
        (33, 7),
        change,
        &[
            "calls calls.a#1.again: never made again once it has ended | made again at 40 ms",
            "order calls.a#1: attempt 2, the next one | attempt 1",
            "order calls.b: not before 40 ms | at 30 ms",
            "order calls.c: not before 40 ms | at 30 ms",
            "events events.attempt_started: one report for each call, at its time | 5 reports for 6 calls, the first difference at `a`",
        ],
    );
}

#[test]
fn a_call_made_again_with_another_input_is_found() {
    let change = |seen: &mut Observation| {
        let again = seen.calls.iter().rposition(|call| &*call.task == "a").unwrap();
        seen.calls[again].input = Arc::new(json!({ "n": 2 }));
    };
    check_durable(
        (12, 7),
        change,
        &[r#"calls calls.a#1.again: h with {"n":1} | h with {"n":2}"#],
    );
}

#[test]
fn an_attempt_that_is_reported_again_after_a_crash_is_found() {
    let change = |seen: &mut Observation| {
        let is_start = |report: &&ObservedEvent| report.event.kind() == contract::EventKind::AttemptStarted;
        let mut again = seen.events.iter().find(is_start).unwrap().clone();
        again.at = Millis(19);
        seen.events.insert(3, again);
    };
    check_durable(
        (12, 7),
        change,
        &[
            "events events.attempt_started: one report for each call, at its time | 6 reports for 5 calls, the first difference at `b`",
        ],
    );
}

#[test]
fn a_timeout_that_begins_anew_after_a_crash_is_found() {
    // The reference drops `b`, which never returns, at 30 + 90.
    let (mut case, description, _) = observed_with_crash(50, 10);
    let script = Arc::make_mut(&mut case.script);
    script.tasks.get_mut("b").unwrap().attempts = vec![contract::Attempt {
        takes: Millis(500),
        then: contract::Then::NeverReturns,
    }];
    let reference = (engines::find("reference").unwrap().build)(&Options::default()).unwrap();
    let mut observation = Stage::new().play(&*reference, &case.definition, &case.input, &case.script);
    let again = observation
        .calls
        .iter()
        .position(|call| &*call.task == "b" && call.started == Millis(60))
        .unwrap();
    assert_eq!(observation.calls[again].ended, Some(Millis(120)));
    observation.calls[again].ended = Some(Millis(150));
    let side = Side {
        description: &description,
        observation: &observation,
        schedule: contract::stage::Schedule::PLAIN,
    };
    let broken = crate::rules::broken(case.dag().expect("a workflow"), side);
    assert!(broken.iter().any(|rule| rule.path == "calls.b#1.timeout"), "{broken:?}");
}
