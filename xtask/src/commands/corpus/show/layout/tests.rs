//! What a person reads about a case.

use serde_json::json;

use super::*;

fn case(value: serde_json::Value) -> Case {
    serde_json::from_value(value).expect("the fixture is a case")
}

#[test]
fn a_case_reads_as_a_list_of_tasks() {
    let case = case(json!({
        "format_version": 1,
        "id": "order",
        "why": "a refund used to run twice",
        "tags": ["money"],
        "definition": {"dag": {"id": "order", "max_parallel": 2, "timeout": 90000, "on_failure": "compensate", "tasks": [
            {"id": "charge", "call": {"handler": "pay", "input": {"literal": {"amount": 5}}},
             "compensate": {"handler": "refund"}, "retry": {"max_attempts": 3, "initial": 100, "only": ["transient"]}},
            {"id": "confirm", "needs": ["charge"], "ask": {"variable": "ok", "prompt": "Ship it?"}, "timeout": 5000},
            {"id": "ship", "needs": ["charge", "confirm"], "run_if": "all_done", "priority": 3,
             "when": {"var": "input.paid"}, "for_each": {"var": "input.parcels"},
             "call": {"handler": "post", "input": {"template": {"var": "item"}}}},
        ]}},
        "input": {"paid": true, "parcels": [1, 2]},
        "script": {
            "tasks": {
                "charge": {"attempts": [{"takes": 30, "then": {"fails": {"kind": "transient", "message": "busy"}}}, {"takes": 20}],
                           "compensate": {"takes": 1500, "then": "never_returns"}},
                "ship[1]": {"attempts": [{"takes": 1, "then": {"panics": "boom"}}]},
            },
            "signals": [{"at": 0, "signal": "pause"}, {"at": 70, "signal": {"respond": {"task": "confirm", "value": true}}}],
        },
    }));
    insta::assert_snapshot!(lines(&case), @r#"
    case order
      why       a refund used to run twice
      tags      money
      uses      needs, max_parallel, priority, when, run_if, template, compensation, retry, task_timeout, run_timeout, pause_resume, user_input, for_each, handler_panic
      input     {"paid":true,"parcels":[1,2]}

    workflow order: 3 tasks, at most 2 at once, within 1 m 30 s, a failure undoes what succeeded
      charge   calls pay with {"amount":5} · up to 3 attempts, 100 ms apart, ×2, only for transient · undone by refund
      confirm  after charge · asks "Ship it?" for `ok` · within 5 s
      ship     after charge, confirm · however they end · when {"var":"input.paid"} · for each of {"var":"input.parcels"} · calls post with the result of {"var":"item"} · priority 3

    script
      charge   fails with transient: busy after 30 ms · then gives null after 20 ms · undoing: never ends
      ship[1]  panics with "boom" after 1 ms

    signals
      at 0 ms: pause
      at 70 ms: answer confirm with true
    "#);
}

#[test]
fn rules_read_as_definitions_with_their_steps() {
    let map = json!({"name": "map", "input": {"mappings": [{"path": "data.x", "logic": 1}]}});
    let case = case(json!({
        "format_version": 1,
        "id": "r",
        "definition": {"rules": {"handlers": ["ask"], "workflows": [
            {"id": "w", "name": "w", "priority": 2, "condition": {"var": "data.go"}, "tasks": [
                {"id": "a", "name": "a", "function": map},
                {"id": "g", "condition": true, "tasks": [
                    {"id": "b", "name": "b", "terminal": true, "function": {"name": "ask", "input": {}}},
                ]},
            ]},
            {"id": 5},
        ]}},
        "input": {"data": {"go": true}},
        "script": {"tasks": {"w/b": {"attempts": [{"takes": 2, "then": {"returns": {"end": "skip"}}}]}}},
    }));
    let shown = lines(&case);
    let shown = shown.split_once("input ").expect("the input is shown").1;
    insta::assert_snapshot!(shown, @r#"
        {"data":{"go":true}}

    2 dataflow-rs definitions, 2 tasks, registered: ask

    definition w: priority 2 · condition {"var":"data.go"}
      a  map · {"mappings":[{"logic":1,"path":"data.x"}]}
      g  a group · condition true
        b  ask · terminal true · {}

    definition 5

    script
      w/b  gives {"end":"skip"} after 2 ms
    "#);
}

#[test]
fn text_of_a_case_cannot_move_the_cursor() {
    let case = case(json!({
        "format_version": 1, "id": "\u{1b}[2J", "why": "\u{202e}x",
        "definition": {"dag": {"id": "\u{7}", "tasks": [{"id": "a\nb", "call": {"handler": "\u{1b}c"}}]}},
        "script": {"tasks": {"\u{9b}": {"attempts": [{"takes": 1, "then": {"panics": "\u{1b}"}}]}}},
    }));
    let shown = lines(&case);
    assert!(
        shown
            .chars()
            .all(|character| character == '\n' || !character.is_control()),
        "{shown:?}"
    );
    assert!(shown.contains("a\\nb"), "{shown}");
}

#[test]
fn a_long_value_is_cut() {
    assert_eq!(value(&"x".repeat(500)).chars().count(), LONGEST + 1);
}
