//! dataflow-rs runs its own definitions behind the contract as an application would run them.

use std::collections::BTreeMap;
use std::sync::Arc;

use contract::observation::LogLine;
use contract::rules::processed::AuditEntry;
use contract::rules::{ErrorContext, Message, Processed, Reply};
use contract::stage::Stage;
use contract::{Attempt, Definition, End, Engine, Observation, Rules, Script, TaskScript, Then};
use dataflow::Dataflow;
use serde_json::{Value, json};

/// A workflow with this one task.
fn one_task(function: &Value) -> Rules {
    let workflow = json!({"id": "w", "name": "w", "tasks": [{"id": "t", "name": "t", "function": function}]});
    Rules {
        workflows: vec![workflow],
        ..Rules::default()
    }
}

fn play(rules: Rules, message: &Message, replies: &[Reply]) -> Observation {
    let attempts = replies.iter().map(|reply| Attempt {
        then: Then::Returns(Arc::new(serde_json::to_value(reply).expect("a reply is JSON"))),
        ..Attempt::default()
    });
    let task = TaskScript {
        attempts: attempts.collect(),
        compensate: None,
    };
    let script = Script {
        tasks: BTreeMap::from([("w/t".to_owned(), task)]),
        ..Script::default()
    };
    let mut stage = Stage::new();
    stage.listen(true);
    stage.play(
        &Dataflow,
        &Definition::Rules(Arc::new(rules)),
        &message.to_input(),
        &Arc::new(script),
    )
}

#[track_caller]
fn processed(observation: &Observation) -> &Processed {
    let End::Processed(processed) = &observation.end else {
        panic!("{:?}", observation.end);
    };
    processed
}

fn shown(entry: &AuditEntry) -> Vec<String> {
    let show = |change: &contract::rules::processed::Change| {
        format!("{}: {} -> {}", change.path, change.old_value, change.new_value)
    };
    entry.changes.iter().map(show).collect()
}

fn reply(text: &Value) -> Reply {
    serde_json::from_value(text.clone()).expect("a reply")
}

#[test]
fn a_definition_is_run_unchanged() {
    let map = json!({"name": "map", "input": {"mappings": [
        {"path": "data.b", "logic": {"var": "data.a"}},
        {"path": "data.a", "logic": 1.0},
    ]}});
    let message = Message {
        data: json!({"a": 7}),
        ..Message::default()
    };
    let seen = play(one_task(&map), &message, &[]);
    let seen = processed(&seen);
    assert_eq!(seen.error, None);
    assert_eq!(seen.audit[0].status, 200);
    assert_eq!(shown(&seen.audit[0]), ["data.b: null -> 7", "data.a: 7 -> 1.0"]);
    let context = seen.context.to_string();
    assert!(
        context.starts_with(r#"{"data":{"a":1.0,"b":7},"metadata":{"processed_at":""#),
        "{context}"
    );
    assert!(context.contains(&seen.stamp), "{context}");
}

#[test]
fn a_function_of_the_application_asks_the_host() {
    let mut rules = one_task(&json!({"name": "look_up", "input": {"table": "t"}}));
    rules.handlers.insert("look_up".into());
    let written = reply(&json!({"set": [{"path": "data.found", "value": 1}], "end": {"status": 201}}));
    let seen = play(rules, &Message::default(), &[written]);
    let call = &seen.calls[0];
    assert_eq!((&*call.task, &*call.handler, call.attempt), ("w/t", "look_up", 1));
    assert_eq!(call.input["input"], json!({"table": "t"}));
    assert_eq!(call.input["context"]["data"], json!({}));
    let seen = processed(&seen);
    assert_eq!(seen.audit[0].status, 201);
    assert_eq!(shown(&seen.audit[0]), ["data.found: null -> 1"]);
}

#[test]
fn a_connector_is_called_with_its_fields_resolved() {
    let mut rules = one_task(&json!({"name": "http_call", "input": {
        "connector": "crm",
        "path": {"cat": ["/users/", {"var": "data.id"}]},
        "headers": {"b": "2", "a": {"var": "data.id"}},
        "timeout_ms": {"+": [500, 500]},
    }}));
    rules.handlers.insert("http_call".into());
    let message = Message {
        data: json!({"id": 7}),
        ..Message::default()
    };
    let seen = play(rules, &message, &[]);
    assert_eq!(
        seen.calls[0].input["input"],
        json!({"connector": "crm", "method": "GET", "path": "/users/7", "headers": {"a": "7", "b": "2"}, "timeout_ms": 1000})
    );
}

#[test]
fn a_failed_function_keeps_its_writes_and_loses_its_changes() {
    let mut rules = one_task(&json!({"name": "save", "input": {}}));
    rules.handlers.insert("save".into());
    rules.error_context = Some(ErrorContext {
        path: "metadata.failures".to_owned(),
        limit: None,
    });
    let failed = reply(&json!({
        "set": [{"path": "data.half", "value": true}],
        "errors": [{"code": "ODD", "message": "odd"}],
        "end": {"error": {"http": {"status": 503, "message": "busy"}}},
    }));
    let seen = play(rules, &Message::default(), &[failed]);
    let seen = processed(&seen);
    let stopped = seen.error.as_ref().expect("it stops");
    assert_eq!(
        (&*stopped.code, &*stopped.message),
        ("HTTP_ERROR", "HTTP error: 503 - busy")
    );
    assert_eq!((seen.audit[0].status, seen.audit[0].changes.len()), (500, 0));
    let codes: Vec<&str> = seen.errors.iter().map(|error| &*error.code).collect();
    assert_eq!(codes, ["ODD", "HTTP_ERROR", "WORKFLOW_ERROR"]);
    assert!(seen.context.to_string().contains(r#"{"half":true}"#));
    assert!(seen.context.to_string().contains(r#""failures":[{"workflow_id":"w""#));
}

#[test]
fn its_clock_is_known_even_if_a_function_hides_it() {
    let mut rules = one_task(&json!({"name": "hide", "input": {}}));
    rules.handlers.insert("hide".into());
    let hidden = reply(&json!({"set": [{"path": "metadata", "value": 1}], "end": "skip"}));
    let seen = play(rules, &Message::default(), &[hidden]);
    let at = seen.calls[0].input["context"]["metadata"]["processed_at"].clone();
    assert_eq!(Value::from(&*processed(&seen).stamp), at);
    assert!(!processed(&seen).stamp.is_empty());
}

#[test]
fn a_refusal_is_in_dataflow_rs_own_words() {
    let rules = one_task(&json!({"name": "nobody_knows_it", "input": {}}));
    let seen = play(rules, &Message::default(), &[]);
    let End::Rejected(rejection) = seen.end else {
        panic!("{:?}", seen.end);
    };
    let text = rejection.to_string();
    assert!(
        text.contains("Function not found: nobody_knows_it (registered handlers: none"),
        "{text}"
    );
}

#[test]
fn a_line_of_the_log_is_heard() {
    let log = json!({"name": "log", "input": {"level": "warn", "message": {"cat": ["a", "b"]}, "fields": {"z": 1, "y": "2"}}});
    let seen = play(one_task(&log), &Message::default(), &[]);
    let expected = LogLine {
        level: "warn".to_owned(),
        text: "ab [y=2, z=1]".to_owned(),
    };
    assert_eq!(seen.logs, [expected]);
}

#[test]
fn a_trace_is_taken_if_the_message_asks_for_one() {
    let mut rules = one_task(&json!({"name": "map", "input": {"mappings": [{"path": "data.a", "logic": 1}]}}));
    rules
        .workflows
        .push(json!({"id": "never", "name": "never", "condition": false, "tasks": [
            {"id": "t", "name": "t", "function": {"name": "map", "input": {"mappings": []}}}
        ]}));
    let message = Message {
        trace: true,
        ..Message::default()
    };
    let seen = play(rules, &message, &[]);
    let steps = processed(&seen).trace.as_ref().expect("a trace");
    let shown: Vec<_> = steps
        .iter()
        .map(|step| (&*step.workflow_id, step.task_id.as_deref(), step.executed))
        .collect();
    assert_eq!(shown, [("w", Some("t"), true), ("never", None, false)]);
    assert_eq!(steps[0].mapping_contexts.as_ref().map(Vec::len), Some(1));
}

#[test]
fn it_declares_the_format() {
    assert!(Dataflow.describe().formats.contains(&contract::Format::Rules));
}
