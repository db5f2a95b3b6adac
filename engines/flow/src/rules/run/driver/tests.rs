//! A run that takes many stretches comes to what it would in one.

use contract::rules::Rules;
use contract::{Call, CallResult, Event, Signal};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::*;
use crate::rules::{Audit, View, compile};

const SWEEPS: i64 = 4_000;

/// For runs that ask for nothing.
struct Unasked;

impl Host for Unasked {
    fn call(&self, call: Call) -> BoxFuture<'static, CallResult> {
        panic!("{} is asked for", call.task)
    }

    fn report(&self, _event: Event) {}

    fn signal(&self) -> BoxFuture<'static, Option<Signal>> {
        futures::future::ready(None).boxed()
    }
}

/// Makes the longest run that asks for nothing, and tells how often it ran out of room.
fn run(workflows: Vec<Value>, message: &Message) -> (Record, usize) {
    let rules = Rules {
        workflows,
        ..Rules::default()
    };
    let program = Arc::new(compile::compile(&rules).expect("valid rules"));
    let setting = Setting {
        program: &program,
        message,
        fixes: Fixes::NONE,
        version: "1",
        host: &Unasked,
        run: &Arc::from("run"),
    };
    let mut state = State::new(message, Document::default());
    let mut ended = stretch(setting, &mut state, Beginning::New);
    let mut times_full = 0;
    loop {
        match ended {
            Ended::Full(context) => {
                times_full += 1;
                ended = stretch(setting, &mut state, Beginning::Anew(&context));
            }
            Ended::Done(context, error) => return (finish(&program, state, context, error), times_full),
            Ended::Asking(..) => panic!("somebody is waited for"),
        }
    }
}

fn map(path: Value, logic: Value) -> Value {
    json!([{"id": "t", "name": "T", "function": {"name": "map", "input": {"mappings": [{"path": path, "logic": logic}]}}}])
}

/// A loop that makes a list of objects, one more each sweep, and a workflow that reads the list.
fn listing() -> Vec<Value> {
    let path = json!({"cat": ["data.list.", {"var": "temp_data.i"}]});
    let item = json!({"at": {"var": "temp_data.i"}, "of": {"var": "data.given"}});
    vec![
        json!({"id": "list", "name": "L", "loop": {"counter": "i", "max": SWEEPS}, "tasks": map(path, item)}),
        json!({"id": "read", "name": "R", "tasks": map(json!("data.last"), json!({"var": "data.list.3999.at"}))}),
    ]
}

#[track_caller]
fn check(captures: bool) {
    let given = json!({"text": ["as it was", 1.0]});
    let message = Message::new()
        .data(&json!({"given": given, "list": []}))
        .capture_changes(captures);
    let (record, times_full) = run(listing(), &message);
    assert!(times_full > 3, "{times_full}");
    let list: Vec<_> = (0..SWEEPS).map(|at| json!({"at": at, "of": given})).collect();
    let data = record.context().get("data").expect("a root");
    assert_eq!(
        Value::from(&data.to_owned()),
        json!({"given": given, "list": list, "last": SWEEPS - 1})
    );
    let counter = record.context().at("temp_data.i").and_then(View::as_i64);
    assert_eq!(counter, Some(SWEEPS));
    assert!(record.error().is_none() && record.errors().is_empty());
    let counters: Vec<_> = record.audit().map(Audit::loop_counter).collect();
    let expected: Vec<_> = (0..SWEEPS).map(Some).chain([None]).collect();
    assert_eq!(counters, expected);
    let changes: Vec<_> = record.audit().flat_map(Audit::changes).collect();
    assert_eq!(changes.len(), if captures { expected.len() } else { 0 });
    for (change, item) in changes.iter().zip(&list) {
        assert_eq!(Value::from(&change.new_value.to_owned()), *item);
        assert!(change.old_value.is_null());
    }
}

#[test]
fn a_loop_goes_on_in_a_new_arena_when_one_is_full() {
    check(false);
}

#[test]
fn and_what_it_changed_is_recorded_as_ever() {
    check(true);
}

#[test]
fn workflows_go_on_in_a_new_arena_too() {
    let text = "x".repeat(500_000);
    let longer = |id: usize| {
        let logic = json!({"cat": [{"var": "data.text"}, id]});
        json!({"id": id.to_string(), "name": "W", "priority": id, "tasks": map(json!("data.longer"), logic)})
    };
    let message = Message::new().data(&json!({"text": text}));
    let (record, times_full) = run((0..9).map(longer).collect(), &message);
    assert!(times_full > 1, "{times_full}");
    assert_eq!(record.audit().len(), 9);
    let longer = record
        .context()
        .at("data.longer")
        .and_then(|text| text.as_str().map(str::to_owned));
    assert_eq!(longer, Some(format!("{text}8")));
}

#[test]
fn a_large_context_is_not_copied_at_every_turn() {
    let list: Vec<_> = (0..100_000).collect();
    let sweep = json!({"id": "w", "name": "W", "loop": {"max": 200}, "tasks": map(json!("data.n"), json!(1))});
    let (record, times_full) = run(vec![sweep], &Message::new().data(&json!({"list": list})));
    assert_eq!((record.audit().len(), times_full), (200, 0));
}

#[test]
fn a_traced_run_is_one_stretch() {
    let sweep = json!({"id": "w", "name": "W", "loop": {"counter": "i", "max": 100}, "tasks": map(json!("data.long"), json!({
        "cat": [{"var": "data.text"}, {"var": "temp_data.i"}]
    }))});
    let message = Message::new()
        .data(&json!({"text": "x".repeat(50_000)}))
        .capture_changes(false);
    let (record, times_full) = run(vec![sweep.clone()], &message);
    assert!(times_full > 0 && record.audit().len() == 100);
    let (traced, times_full) = run(vec![sweep], &message.traced(true));
    assert_eq!((times_full, traced.trace.map(|steps| steps.len())), (0, Some(100)));
}
