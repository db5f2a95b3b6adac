//! Each fix makes the divergence that it says, and no other.

use std::sync::Arc;

use contract::rules::Processed;
use contract::stage::Stage;
use contract::{Definition, End, Script};
use serde_json::{Value, json};

use super::Fix;
use crate::FlowEngine;

const XML: &str = "<a><b>1</b><b>2</b></a>";

/// What the engine does with one workflow of these tasks, under these fixes.
fn process(fixes: &[Fix], workflow: &Value, reply: &Value) -> Processed {
    let fixes: Vec<&str> = fixes.iter().map(|fix| fix.as_str()).collect();
    let engine = FlowEngine::new(&[("fix".to_owned(), json!(fixes))].into()).expect("options that fit");
    let mut workflow = workflow.clone();
    workflow["id"] = json!("w");
    workflow["name"] = json!("w");
    for task in workflow["tasks"].as_array_mut().expect("tasks") {
        task["name"] = json!("t");
    }
    let rules = serde_json::from_value(json!({"workflows": [workflow], "handlers": ["own"]})).expect("rules");
    let input = json!({"data": {"s": "text", "list": [1], "n": 5, "nil": null, "xml": XML}, "payload": "no JSON {"});
    let script = json!({"tasks": {"w/t": {"attempts": [{"takes": 1, "then": {"returns": reply}}]}}});
    let script: Script = serde_json::from_value(script).expect("a script");
    let definition = Definition::Rules(Arc::new(rules));
    let seen = Stage::new().play(&engine, &definition, &Arc::new(input), &Arc::new(script));
    match seen.end {
        End::Processed(processed) => *processed,
        other => panic!("{other:?}"),
    }
}

/// With the fix, what is at `pointer` changes from `before` to `after`, and nothing outside of `parts` does.
#[track_caller]
fn check_reply(fix: Fix, workflow: Value, reply: Value, parts: &[&str], pointer: &str, before: Value, after: Value) {
    let show = |fixes: &[Fix]| {
        let processed = process(fixes, &workflow, &reply);
        let text = serde_json::to_string(&processed)
            .expect("JSON")
            .replace(&processed.stamp, "now");
        let mut shown: Value = serde_json::from_str(&text).expect("JSON");
        let at = shown.pointer(pointer).cloned().unwrap_or_default();
        for part in parts.iter().chain(&["reached"]) {
            shown[part] = Value::Null;
        }
        (at, shown)
    };
    let (without, with) = (show(&[]), show(&[fix]));
    assert_eq!((without.0, with.0), (before, after));
    assert_eq!(without.1, with.1, "nothing else differs");
    let others: Vec<Fix> = Fix::ALL.iter().copied().filter(|other| *other != fix).collect();
    assert_eq!(show(&others).0, show(&[]).0, "no other fix is about it");
}

#[track_caller]
fn check(fix: Fix, workflow: Value, parts: &[&str], pointer: &str, before: Value, after: Value) {
    check_reply(fix, workflow, Value::Null, parts, pointer, before, after);
}

fn one(name: &str, input: Value) -> Value {
    json!({"tasks": [{"id": "t", "continue_on_error": true, "function": {"name": name, "input": input}}]})
}

fn map(path: &str, logic: Value) -> Value {
    one("map", json!({"mappings": [{"path": path, "logic": logic}]}))
}

/// An expression that cannot be evaluated.
fn broken() -> Value {
    json!({"throw": "broken"})
}

#[test]
fn map_noop_change() {
    let written = json!({"path": "data.s.deep", "old_value": null, "new_value": 1});
    let changes = "/audit/0/changes";
    check(
        Fix::MapNoopChange,
        map("data.s.deep", json!(1)),
        &["audit"],
        changes,
        json!([written]),
        json!([]),
    );
}

#[test]
fn root_merge_change() {
    let old = "/audit/0/changes/0/old_value";
    let merge = map("data", json!({"n": 6, "new": 1}));
    let whole = json!({"s": "text", "list": [1], "n": 5, "nil": null, "xml": XML});
    check(Fix::RootMergeChange, merge, &["audit"], old, whole, json!({"n": 5}));
}

#[test]
fn handler_error_changes() {
    let reply = json!({"set": [{"path": "data.n", "value": 6}], "end": {"error": {"task": "failed"}}});
    let written = json!([{"path": "data.n", "old_value": 5, "new_value": 6}]);
    let (workflow, changes) = (one("own", json!({})), "/audit/0/changes");
    check_reply(
        Fix::HandlerErrorChanges,
        workflow,
        reply,
        &["audit"],
        changes,
        json!([]),
        written,
    );
}

#[test]
fn handler_skip_audit() {
    let reply = json!({"set": [{"path": "data.n", "value": 6}], "end": "skip"});
    let path = "/audit/0/changes/0/path";
    let workflow = one("own", json!({}));
    check_reply(
        Fix::HandlerSkipAudit,
        workflow,
        reply,
        &["audit"],
        path,
        json!(null),
        json!("data.n"),
    );
}

#[test]
fn condition_error() {
    let mut workflow = map("data.n", json!(1));
    workflow["tasks"][0]["condition"] = broken();
    let task = "/errors/0/task_id";
    check(
        Fix::ConditionError,
        workflow.clone(),
        &["errors"],
        task,
        json!(null),
        json!("t"),
    );
    workflow["condition"] = broken();
    let code = "/errors/0/code";
    check(
        Fix::ConditionError,
        workflow,
        &["errors"],
        code,
        json!(null),
        json!("EVALUATION_ERROR"),
    );
}

#[test]
fn map_error_record() {
    let (workflow, path) = (map("data.n", broken()), "/errors/0/path");
    check(
        Fix::MapErrorRecord,
        workflow,
        &["errors"],
        path,
        json!(null),
        json!("data.n"),
    );
}

#[test]
fn validation_ids() {
    let workflow = one("validation", json!({"rules": [{"logic": false, "message": "bad"}]}));
    let id = "/errors/0/workflow_id";
    check(Fix::ValidationIds, workflow, &["errors"], id, json!(null), json!("w"));
}

#[test]
fn filter_error_record() {
    let workflow = one("filter", json!({"condition": broken()}));
    let code = "/errors/0/code";
    check(
        Fix::FilterErrorRecord,
        workflow,
        &["errors"],
        code,
        json!(null),
        json!("EVALUATION_ERROR"),
    );
}

#[test]
fn single_error() {
    let mut workflow = one("publish_json", json!({"source": "nothing", "target": "out"}));
    workflow["tasks"][0]["continue_on_error"] = json!(false);
    let code = "/errors/1/code";
    check(
        Fix::SingleError,
        workflow,
        &["errors"],
        code,
        json!("WORKFLOW_ERROR"),
        json!(null),
    );
}

#[test]
fn inactive_workflows() {
    let mut workflow = map("data.n", json!(6));
    workflow["status"] = json!("paused");
    let status = "/audit/0/status";
    check(
        Fix::InactiveWorkflows,
        workflow,
        &["audit", "context"],
        status,
        json!(200),
        json!(null),
    );
}

#[test]
fn parse_json_error() {
    let workflow = one("parse_json", json!({"source": "payload", "target": "parsed"}));
    let parts = ["audit", "context", "errors"];
    let status = "/audit/0/status";
    check(Fix::ParseJsonError, workflow, &parts, status, json!(200), json!(500));
}

#[test]
fn xml_repeated_children() {
    let workflow = one("parse_xml", json!({"source": "data.xml", "target": "parsed"}));
    let parts = ["audit", "context"];
    let children = "/context/data/parsed/b";
    let all = json!([{"$text": "1"}, {"$text": "2"}]);
    check(
        Fix::XmlRepeatedChildren,
        workflow,
        &parts,
        children,
        json!({"$text": "2"}),
        all,
    );
}

#[test]
fn lost_write_error() {
    let path = "/errors/0/path";
    let lost = |workflow, at| {
        check_reply(
            Fix::LostWriteError,
            workflow,
            json!({"set": [{"path": "data.list.k", "value": 1}]}),
            &["errors"],
            path,
            json!(null),
            json!(at),
        );
    };
    lost(map("data.s.deep", json!(1)), "data.s.deep");
    lost(map("data.nil.deep", json!(1)), "data.nil.deep");
    lost(map("data.list.0.deep", json!(1)), "data.list.0.deep");
    lost(one("own", json!({})), "data.list.k");
    let parse = |target: Value| one("parse_json", json!({"source": "payload", "target": target}));
    lost(parse(json!("s.deep")), "data.s.deep");
    lost(parse(json!({"cat": ["s.", "deep"]})), "data.s.deep");
    let publish = one("publish_json", json!({"source": "list", "target": "s.deep"}));
    lost(publish, "data.s.deep");
}

#[test]
fn every_fix_has_a_test_and_a_meaning() {
    let tests = include_str!("tests.rs");
    for fix in Fix::ALL {
        assert!(
            tests.contains(&format!("fn {}()", fix.as_str().replace('-', "_"))),
            "{fix:?}"
        );
        assert!(fix.meaning().contains("Diverges in"), "{fix:?}");
        assert!((20..80).contains(&fix.about().len()), "{fix:?}");
    }
}
