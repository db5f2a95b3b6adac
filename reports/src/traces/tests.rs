//! What `replay` prints, for cases that real engines ran.

use anstream::adapter::strip_str;
use contract::stage::Stage;
use contract::{Definition, Description, Engine, Loaded, Options, Rejection};
use harness::Engines;
use harness::judge::{Contender, Judgement, Watch};
use serde_json::{Value, json};

use super::*;

struct Unwatched;

impl Watch for Unwatched {
    fn starting(&self, _engine: &str) {}
}

fn engine(name: &str) -> Box<dyn Engine> {
    (engines::find(name).unwrap().build)(&Options::default()).unwrap()
}

fn contender(name: &str) -> Contender {
    Contender::new(engine(name).into())
}

/// Replays a case on dataflow and flow, without the option that makes flow treat conditions as dataflow does.
fn shown(definition: Value, script: Value) -> String {
    replayed(json!({"dag": definition}), Value::Null, script, contender("flow"))
}

/// Replays a case on dataflow and `new`.
fn replayed(definition: Value, input: Value, script: Value, new: Contender) -> String {
    let case = json!({
        "format_version": 1, "id": "a-case", "why": "To see what is printed.",
        "definition": definition, "input": input, "script": script
    });
    let case: Case = serde_json::from_value(case).unwrap();
    let engines = Engines {
        legacy: contender("dataflow"),
        new,
        reference: contender("reference"),
    };
    let mut stage = Stage::new();
    let mut judgement = engines.judge(&mut stage, &case, case.features(), &Unwatched);
    engines.kill(&mut stage, &case, &mut judgement, &Unwatched);
    let Judgement::Compared(comparison) = judgement else {
        panic!("the case can be compared: {judgement:?}")
    };
    let observed = Observed::of(&engines, &mut stage, &case, Some(&comparison), &Unwatched);
    let replay = Replay {
        case: &case,
        observed: &observed,
        like: None,
    };
    strip_str(&side_by_side(&replay)).to_string()
}

#[test]
fn what_agrees_is_shown_side_by_side() {
    let tasks = json!([
        {"id": "fetch", "call": {"handler": "http"}},
        {"id": "left", "needs": ["fetch"], "call": {"handler": "h"}},
        {"id": "right", "needs": ["fetch"], "call": {"handler": "h"}}
    ]);
    let script = json!({"tasks": {
        "fetch": {"attempts": [{"takes": 30, "then": {"returns": {"rows": 2}}}]},
        "left": {"attempts": [{"takes": 1500}]},
        "right": {"attempts": [{"takes": 20}]}
    }});
    insta::assert_snapshot!(shown(json!({"id": "w", "tasks": tasks}), script));
}

#[test]
fn the_first_difference_is_marked() {
    let tasks = json!([
        {"id": "a", "call": {"handler": "h"}},
        {"id": "b", "needs": ["a"], "when": {"+": ["abc", 1]}, "call": {"handler": "h"}}
    ]);
    insta::assert_snapshot!(shown(json!({"id": "w", "tasks": tasks, "max_parallel": 1}), json!({})));
}

#[test]
fn a_death_is_shown_beside_the_run_without_one() {
    let bug = harness::mutants::find("forgets-its-timers").unwrap();
    let new = Contender::new(harness::mutants::plant(engine("flow").into(), &[bug]));
    let tasks = json!([{"id": "a", "timeout": 1, "call": {"handler": "h"}}]);
    let script = json!({"tasks": {"a": {"attempts": [{"takes": 6}]}}});
    let definition = json!({"dag": {"id": "w", "tasks": tasks}});
    insta::assert_snapshot!(replayed(definition, Value::Null, script, new));
}

#[test]
fn what_comes_from_a_workflow_is_shown_and_not_obeyed() {
    let tasks = json!([{"id": "\u{1b}[2J<b>\u{202e}", "call": {"handler": "h"}}]);
    let script = json!({"tasks": {"\u{1b}[2J<b>\u{202e}": {"attempts": [{"takes": 1, "then": {"returns": "\u{7}"}}]}}});
    let shown = shown(json!({"id": "w", "tasks": tasks}), script);
    assert!(!shown.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{shown}");
    assert!(shown.contains("\\u{1b}[2J<b>\\u{202e}"), "{shown}");
}

/// An engine of another name that does what dataflow does, but for the numbers in the definition.
struct Heavier(Box<dyn Engine>);

impl Engine for Heavier {
    fn describe(&self) -> Description {
        Description {
            name: "heavier".to_owned(),
            ..self.0.describe()
        }
    }

    fn load(&self, definition: &Definition) -> Result<Box<dyn Loaded>, Rejection> {
        let text = serde_json::to_string(definition).unwrap();
        self.0.load(&serde_json::from_str(&text.replace("41", "41.5")).unwrap())
    }
}

fn rules() -> Value {
    let task =
        |id: &str, name: &str, input: Value| json!({"id": id, "name": id, "function": {"name": name, "input": input}});
    json!({"rules": {"handlers": ["lookup"], "workflows": [{"id": "w", "name": "w", "tasks": [
        task("ask", "lookup", json!({"n": 1})),
        task("sum", "map", json!({"mappings": [
            {"path": "data.total", "logic": {"+": [{"var": "data.n"}, 41]}},
            {"path": "data.at", "logic": {"var": "metadata.processed_at"}}
        ]})),
        task("check", "validation", json!({"rules": [{"logic": {"<": [{"var": "data.total"}, 10]}, "message": "too much"}]})),
        task("say", "log", json!({"message": {"cat": ["total ", {"var": "data.total"}]}}))
    ]}]}})
}

fn reply() -> Value {
    let reply = json!({"set": [{"path": "data.n", "value": 1}]});
    json!({"tasks": {"w/ask": {"attempts": [{"takes": 3, "then": {"returns": reply}}]}}})
}

#[test]
fn rules_that_agree_are_shown_task_by_task() {
    let same = Contender::new(engine("dataflow").into());
    insta::assert_snapshot!(replayed(rules(), json!({}), reply(), same));
}

#[test]
fn the_first_difference_in_rules_is_marked() {
    let other: Box<dyn Engine> = Box::new(Heavier(engine("dataflow")));
    insta::assert_snapshot!(replayed(rules(), json!({}), reply(), Contender::new(other.into())));
}

#[test]
fn what_comes_from_rules_is_shown_and_not_obeyed() {
    let text = rules().to_string().replace("total", "\\u001b[2J\\u202e");
    let shown = replayed(
        serde_json::from_str(&text).unwrap(),
        json!({}),
        reply(),
        contender("dataflow"),
    );
    assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown}");
    assert!(shown.contains("\\u{1b}[2J\\u{202e}"), "{shown}");
}

#[test]
fn a_difference_after_a_death_belongs_to_where_it_shows() {
    let found = |path: &str| Divergence {
        aspect: Aspect::Recovery,
        path: path.to_owned(),
        baseline: "a".to_owned(),
        new: "b".to_owned(),
    };
    let placed = placed(&[found("recovery.5:part.tasks.b.status"), found("recovery.6.run.status")]);
    let paths: Vec<&str> = placed.iter().map(|found| found.path.as_str()).collect();
    assert_eq!(paths, ["tasks.b.status", "recovery.6.run.status"]);
}
