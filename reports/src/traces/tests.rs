//! What `replay` prints, for cases that real engines ran.

use anstream::adapter::strip_str;
use contract::stage::Stage;
use contract::{Engine, Options};
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
    let case = json!({
        "format_version": 1, "id": "a-case", "why": "To see what is printed.",
        "definition": {"dag": definition}, "script": script
    });
    let case: Case = serde_json::from_value(case).unwrap();
    let engines = Engines {
        legacy: contender("dataflow"),
        new: contender("flow"),
        reference: contender("reference"),
    };
    let mut stage = Stage::new();
    let judgement = engines.judge(&mut stage, &case, case.features(), &Unwatched);
    let Judgement::Compared(comparison) = judgement else {
        panic!("the case can be compared: {judgement:?}")
    };
    let observations: Vec<_> = ["dataflow", "flow", "reference"]
        .map(|name| {
            (
                name,
                stage.play(&*engine(name), &case.definition, &case.input, &case.script),
            )
        })
        .into();
    let runs = observations
        .iter()
        .map(|(name, observation)| ((*name).to_owned(), Ok(observation)))
        .collect();
    let replay = Replay {
        case: &case,
        runs,
        divergences: &comparison.divergences,
        blame: comparison.blame,
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
fn what_comes_from_a_workflow_is_shown_and_not_obeyed() {
    let tasks = json!([{"id": "\u{1b}[2J<b>\u{202e}", "call": {"handler": "h"}}]);
    let script = json!({"tasks": {"\u{1b}[2J<b>\u{202e}": {"attempts": [{"takes": 1, "then": {"returns": "\u{7}"}}]}}});
    let shown = shown(json!({"id": "w", "tasks": tasks}), script);
    assert!(!shown.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{shown}");
    assert!(shown.contains("\\u{1b}[2J<b>\\u{202e}"), "{shown}");
}
