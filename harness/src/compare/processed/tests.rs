//! Each test takes one processed message, changes one thing in it, and sees that the comparison names just that.

use std::sync::Arc;

use contract::observation::{Fate, Hang, LogLine, ObservedCall};
use contract::rules::processed::{AuditEntry, Change, MessageError, Snapshot, TraceStep};
use contract::rules::{Rules, Value};
use contract::{Definition, Description, FeatureSet, Format, Millis, Problem, Purpose, Rejection};
use datalogic_rs::datavalue::OwnedDataValue;
use serde_json::json;

use super::*;

const STAMP: &str = "2026-11-21T10:00:00.123456789+00:00";
const OTHER_STAMP: &str = "2026-11-21T10:00:00.987654321+00:00";

fn value(text: &str) -> Value {
    OwnedDataValue::from_json(text).expect("it is JSON").into()
}

fn entry(task: &str, changes: &[(&str, &str)]) -> AuditEntry {
    let change = |(path, new): &(&str, &str)| Change {
        path: (*path).into(),
        old_value: value("null"),
        new_value: value(new),
    };
    AuditEntry {
        workflow_id: "w".into(),
        task_id: task.into(),
        status: 200,
        changes: changes.iter().map(change).collect(),
        loop_counter: None,
    }
}

fn error(code: &str, message: &str) -> MessageError {
    MessageError {
        code: code.to_owned(),
        message: message.to_owned(),
        path: None,
        workflow_id: Some("w".to_owned()),
        task_id: None,
        retry_attempted: None,
        retry_count: None,
        detail: None,
    }
}

fn call(task: &str) -> ObservedCall {
    ObservedCall {
        task: task.into(),
        item: None,
        attempt: 1,
        purpose: Purpose::Work,
        handler: "lookup".into(),
        input: Arc::new(json!({"context": {"metadata": {"processed_at": STAMP}}, "input": {"n": 1}})),
        started: Millis(3),
        ended: Some(Millis(4)),
        fate: Fate::Returned,
    }
}

fn observed() -> Observation {
    let context = format!(
        r#"{{"data":{{"total":1,"of":[1,2],"x":{{"a":1,"b":2,"c":3}}}},"metadata":{{"processed_at":"{STAMP}","engine_version":"1"}},"temp_data":{{}}}}"#
    );
    let step = TraceStep {
        workflow_id: "w".to_owned(),
        task_id: Some("a".to_owned()),
        executed: true,
        message: Some(Snapshot {
            context: value(&context),
            audit_entries: 1,
            errors: 0,
        }),
        mapping_contexts: None,
        loop_counter: None,
    };
    let processed = Processed {
        error: None,
        context: value(&context),
        audit: vec![
            entry("a", &[("data.total", "1"), ("data.of", "[1,2]"), ("data.x", "{}")]),
            entry("b", &[("data.at", &format!("\"at {STAMP}\""))]),
            entry("c", &[]),
        ],
        errors: vec![error("TASK_ERROR", "it broke"), error("WORKFLOW_ERROR", "so did this")],
        trace: Some(vec![step]),
        stamp: STAMP.to_owned(),
        reached: None,
    };
    let line = |text: &str| LogLine {
        level: "info".to_owned(),
        text: text.to_owned(),
    };
    Observation {
        end: End::Processed(Box::new(processed)),
        calls: vec![call("w/a"), call("w/b")],
        events: Vec::new(),
        makespan: Millis(7),
        logs: ["one", "two", "three"].map(line).into(),
    }
}

fn processed(observation: &mut Observation) -> &mut Processed {
    match &mut observation.end {
        End::Processed(processed) => processed,
        other => panic!("it was processed, not {other:?}"),
    }
}

fn description() -> Description {
    Description {
        name: "e".to_owned(),
        version: "1".to_owned(),
        capabilities: FeatureSet::EMPTY,
        formats: [Format::Rules].into(),
        reports: [].into(),
        volatile: vec!["context.metadata.engine_version".to_owned()],
    }
}

fn found(baseline: &Observation, new: &Observation, times: Times) -> Found {
    let description = description();
    let side = |observation| Side {
        description: &description,
        observation,
        schedule: contract::stage::Schedule::PLAIN,
    };
    let rules = Definition::Rules(Arc::new(Rules::default()));
    crate::compare::compare(&rules, side(baseline), side(new), times)
}

#[track_caller]
fn check(change: impl FnOnce(&mut Observation), expected: &[&str]) {
    let mut changed = observed();
    change(&mut changed);
    let shown: Vec<String> = found(&observed(), &changed, Times::Free)
        .divergences
        .iter()
        .map(|found| {
            let aspect = found.aspect.as_str();
            format!("{aspect} {}: {} | {}", found.path, found.baseline, found.new)
        })
        .collect();
    assert_eq!(shown, expected);
}

fn context(observation: &mut Observation, from: &str, to: &str) {
    let text = processed(observation).context.to_string();
    assert!(text.contains(from), "{text}");
    processed(observation).context = value(&text.replace(from, to));
}

#[test]
fn an_observation_does_not_differ_from_itself() {
    assert_eq!(found(&observed(), &observed(), Times::Fixed), Found::default());
}

#[test]
fn an_integer_is_not_a_float() {
    check(
        |seen| context(seen, "\"total\":1", "\"total\":1.0"),
        &["output context.data.total: 1 | 1.0"],
    );
    check(
        |seen| context(seen, "[1,2]", "[1,2.0,null]"),
        &[
            "output context.data.of.1: 2 | 2.0",
            "output context.data.of.2: missing | null",
        ],
    );
}

#[test]
fn the_order_of_keys_counts() {
    check(
        |seen| context(seen, "\"a\":1,\"b\":2,\"c\":3", "\"a\":1,\"c\":3,\"b\":2"),
        &["output context.data.x: keys in the order …, b, c | keys in the order …, c, b"],
    );
}

#[test]
fn a_lost_and_an_extra_key_are_found() {
    check(
        |seen| context(seen, "\"a\":1,\"b\":2,", "\"d\":4,\"b\":2,"),
        &[
            "output context.data.x.a: 1 | missing",
            "output context.data.x.d: missing | 4",
        ],
    );
    check(
        |seen| context(seen, ",\"temp_data\":{}", ""),
        &["output context.temp_data: {} | missing"],
    );
}

#[test]
fn a_key_that_is_there_twice_is_found() {
    check(
        |seen| context(seen, "\"a\":1,", "\"a\":1,\"a\":7,"),
        &["output context.data.x.a: missing | 7"],
    );
}

#[test]
fn floats_that_no_text_tells_apart_are_shown_with_their_bits() {
    let with = |bits: u64| {
        let mut observation = observed();
        processed(&mut observation).context =
            OwnedDataValue::Number(datalogic_rs::datavalue::NumberValue::Float(f64::from_bits(bits))).into();
        observation
    };
    let found = found(&with(f64::NAN.to_bits()), &with(f64::NAN.to_bits() + 1), Times::Free);
    assert!(
        found.divergences[0].new.contains("the float 0x7ff8000000000001"),
        "{found:?}"
    );
}

#[test]
fn each_side_has_a_clock_of_its_own_and_each_place_is_counted() {
    let mut other = observed();
    let text = serde_json::to_string(&other).expect("JSON").replace(STAMP, OTHER_STAMP);
    other = serde_json::from_str(&text).expect("an observation");
    let found = found(&observed(), &other, Times::Free);
    assert_eq!(found.divergences, []);
    // The context, a change, the trace's snapshot, and two calls.
    assert_eq!((found.masked, found.unlisted), (5, 0));
}

#[test]
fn a_clock_that_stands_elsewhere_is_a_difference() {
    check(
        |seen| context(seen, "\"total\":1", &format!("\"total\":\"{STAMP}\"")),
        &["output context.data.total: 1 | \"⟨clock⟩\""],
    );
    let mut other = observed();
    context(&mut other, STAMP, "⟨clock⟩");
    assert_eq!(found(&observed(), &other, Times::Free).divergences.len(), 1);
}

#[test]
fn what_an_engine_declares_volatile_is_counted_and_not_a_difference() {
    let mut other = observed();
    context(&mut other, "\"engine_version\":\"1\"", "\"engine_version\":\"2\"");
    let found = found(&observed(), &other, Times::Free);
    assert_eq!((found.divergences.len(), found.masked), (0, 1));
}

#[test]
fn a_lost_change_is_found_and_not_taken_for_those_after_it() {
    check(
        |seen| drop(processed(seen).audit[0].changes.remove(1)),
        &["audit audit.0.changes.1: data.of := [1,2] | missing"],
    );
}

#[test]
fn another_value_in_a_change_is_found() {
    check(
        |seen| processed(seen).audit[0].changes[0].new_value = value("{\"total\":1}"),
        &["audit audit.0.changes.0.new_value: 1 | {\"total\":1}"],
    );
    check(
        |seen| processed(seen).audit[0].changes[0].old_value = value("0"),
        &["audit audit.0.changes.0.old_value: null | 0"],
    );
    check(
        |seen| processed(seen).audit[0].changes[0].path = "data.#total".into(),
        &["audit audit.0.changes.0.path: data.total | data.#total"],
    );
}

#[test]
fn a_lost_a_doubled_and_an_altered_entry_are_found() {
    check(
        |seen| drop(processed(seen).audit.remove(1)),
        &["audit audit.1: w/b with status 200 and 1 change | missing"],
    );
    check(
        |seen| {
            let doubled = processed(seen).audit[2].clone();
            processed(seen).audit.push(doubled);
        },
        &["audit audit.3: missing | w/c with status 200 and 0 changes"],
    );
    check(
        |seen| processed(seen).audit[1].status = 201,
        &["audit audit.1.status: 200 | 201"],
    );
    check(
        |seen| processed(seen).audit[1].loop_counter = Some(2),
        &["audit audit.1.loop_counter: missing | 2"],
    );
    check(
        |seen| processed(seen).audit[1].task_id = "z".into(),
        &["audit audit.1.task_id: b | z"],
    );
}

#[test]
fn a_lost_and_an_altered_error_are_found() {
    check(
        |seen| drop(processed(seen).errors.remove(0)),
        &["error errors.0: TASK_ERROR: it broke | missing"],
    );
    check(
        |seen| processed(seen).errors[0].message = "it broke down".to_owned(),
        &["error errors.0.message: it broke | it broke down"],
    );
    check(
        |seen| processed(seen).errors[1].detail = Some("d".to_owned()),
        &["error errors.1.detail: missing | d"],
    );
    check(
        |seen| processed(seen).errors[1].retry_count = Some(1),
        &["error errors.1.retry_count: missing | 1"],
    );
}

#[test]
fn being_stopped_is_the_outcome_and_by_what_is_the_error() {
    let stop = |code: &str, message: &str| {
        Some(Stopped {
            code: code.to_owned(),
            message: message.to_owned(),
        })
    };
    check(
        |seen| processed(seen).error = stop("TASK_ERROR", "no"),
        &["outcome stopped: no | TASK_ERROR: no"],
    );
    let [mut one, mut other] = [observed(), observed()];
    processed(&mut one).error = stop("TASK_ERROR", "no");
    processed(&mut other).error = stop("IO_ERROR", "no");
    let found = found(&one, &other, Times::Free).divergences;
    assert_eq!(
        (found.len(), found[0].aspect, &*found[0].path),
        (1, Aspect::Error, "stopped.code")
    );
}

#[test]
fn the_trace_is_compared_step_by_step() {
    fn step(observation: &mut Observation) -> &mut TraceStep {
        &mut processed(observation).trace.as_mut().expect("a trace was taken")[0]
    }
    check(
        |seen| step(seen).executed = false,
        &["trace trace.0.result: executed | skipped"],
    );
    check(
        |seen| step(seen).mapping_contexts = Some(vec![value("{}")]),
        &["trace trace.0.mapping_contexts: missing | 1"],
    );
    check(
        |seen| processed(seen).trace = None,
        &["trace trace: 1 steps | no trace was taken"],
    );
    check(
        |seen| processed(seen).trace = Some(Vec::new()),
        &["trace trace.0: w/a executed | missing"],
    );
    check(
        |seen| step(seen).message.as_mut().expect("a snapshot").errors = 3,
        &["trace trace.0.message.errors: 0 | 3"],
    );
}

#[test]
fn a_lost_and_an_altered_line_of_the_log_are_found() {
    check(|seen| drop(seen.logs.remove(1)), &["log log.1: info: two | missing"]);
    check(|seen| seen.logs[1].text = "2".to_owned(), &["log log.1.text: two | 2"]);
}

#[test]
fn calls_are_made_in_the_same_order_with_the_same_input() {
    check(
        |seen| {
            let doubled = seen.calls[0].clone();
            seen.calls.insert(0, doubled);
        },
        &["calls calls.w/a#1: missing | a call of lookup"],
    );
    check(
        |seen| drop(seen.calls.remove(1)),
        &["calls calls.w/b#1: a call of lookup | missing"],
    );
    check(
        |seen| {
            seen.calls[0].input =
                Arc::new(json!({"context": {"metadata": {"processed_at": STAMP}}, "input": {"n": 1.0}}));
        },
        &["calls calls.w/a#1.input.input.n: 1 | 1.0"],
    );
    check(
        |seen| seen.calls.swap(0, 1),
        &[
            "calls calls.w/a#1: a call of lookup | missing",
            "calls calls.w/a#1: missing | a call of lookup",
        ],
    );
}

#[test]
fn times_are_held_against_each_other_only_where_they_are_fixed() {
    let mut later = observed();
    later.calls[1].started = Millis(4);
    later.makespan = Millis(8);
    assert_eq!(found(&observed(), &later, Times::Free).divergences, []);
    let paths: Vec<_> = found(&observed(), &later, Times::Fixed).divergences;
    let paths: Vec<&str> = paths.iter().map(|found| &*found.path).collect();
    assert_eq!(paths, ["calls.w/b#1.started", "run.makespan"]);
}

#[test]
fn a_refusal_is_compared_by_its_words() {
    let refused = |message: &str| {
        let message = message.to_owned();
        Observation::without_run(End::Rejected(Rejection::new(vec![Problem::Other { message }])))
    };
    let found_in = |new| found(&refused("no tasks"), &new, Times::Free).divergences;
    assert_eq!(found_in(refused("no tasks")), []);
    assert_eq!(found_in(refused("no task"))[0].path, "refusal");
    assert_eq!(found_in(observed()).len(), 1);
    assert_eq!(found_in(observed())[0].path, "run.end");
}

#[test]
fn a_run_that_hangs_on_both_sides_is_compared_by_its_calls() {
    let hung = |stamp: &str| {
        let mut observation = observed();
        observation.end = End::Hung(Hang::Deadlock);
        for call in &mut observation.calls {
            let input = call.input.to_string().replace(STAMP, stamp);
            call.input = Arc::new(serde_json::from_str(&input).expect("JSON"));
        }
        observation
    };
    assert_eq!(found(&hung(STAMP), &hung(OTHER_STAMP), Times::Free).divergences, []);
    let found = found(&hung(STAMP), &observed(), Times::Free).divergences;
    assert_eq!((found.len(), found[0].aspect), (1, Aspect::Hang));
}

#[test]
fn of_many_differences_the_first_are_listed_and_all_are_counted() {
    let with = |number: u32| {
        let mut observation = observed();
        let items: Vec<String> = (0..80).map(|index| (index * 10 + number).to_string()).collect();
        context(&mut observation, "[1,2]", &format!("[{}]", items.join(",")));
        observation
    };
    let found = found(&with(1), &with(2), Times::Free);
    assert_eq!((found.divergences.len(), found.unlisted), (50, 30));
    assert_eq!(found.divergences[10].path, "context.data.of.10");
}
