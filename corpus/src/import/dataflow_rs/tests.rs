//! Applications of definitions: what is registered, what cases are called, and that they are always the same.

use serde_json::{Value, json};

use super::*;

fn task(id: &str, function: &str, input: Value) -> Value {
    json!({"id": id, "name": id, "function": {"name": function, "input": input}})
}

fn workflow(id: &str, tasks: Vec<Value>) -> Value {
    json!({"id": id, "name": id, "tasks": tasks})
}

fn options(messages: u64) -> LoadOptions {
    LoadOptions { messages, seed: 1 }
}

#[test]
fn functions_that_dataflow_rs_does_not_have_are_registered() {
    let group = json!({"id": "g", "tasks": [task("b", "http_call", json!({"connector": "c"}))]});
    let tasks = vec![
        task("a", "map", json!({"mappings": []})),
        group,
        task("c", "ask", json!({})),
    ];
    let application = Application::new(vec![workflow("w", tasks)], options(1));
    let handlers: Vec<&str> = application.rules().handlers.iter().map(|name| &**name).collect();
    assert_eq!(handlers, ["ask", "http_call"]);
}

#[test]
fn cases_are_named_after_their_definition_and_never_alike() {
    let definitions = ["a/b", "a:b", "", "x"].map(|id| workflow(id, vec![])).to_vec();
    let application = Application::new(definitions, options(2));
    let ids: Vec<String> = application.cases().map(|case| case.id).collect();
    assert_eq!(
        ids,
        [
            "a-b-0",
            "a-b-1",
            "a-b.2-0",
            "a-b.2-1",
            "definition-0",
            "definition-1",
            "x-0",
            "x-1"
        ]
    );
    assert!(ids.iter().all(|id| crate::save::id_problem(id).is_none()));
}

#[test]
fn a_clock_is_fixed_once_for_all_cases() {
    let logic = json!({"mappings": [{"path": "data.at", "logic": {"now": []}}]});
    let application = Application::new(vec![workflow("w", vec![task("a", "map", logic)])], options(3));
    assert_eq!(application.clocks(), 1);
    assert!(!application.rules().workflows[0].to_string().contains("\"now\""));
    let cases: Vec<Case> = application.cases().collect();
    for case in &cases {
        assert!(Arc::ptr_eq(case.definition.rules().unwrap(), application.rules()));
    }
}

#[test]
fn what_dataflow_rs_would_refuse_makes_cases_all_the_same() {
    for definition in [
        json!({"id": 1, "tasks": 5}),
        json!({"id": "x", "name": null}),
        json!({}),
    ] {
        let application = Application::new(vec![definition], options(12));
        assert_eq!(application.cases().count(), 12);
    }
}

#[test]
fn the_summary_counts_what_is_there() {
    let group = json!({"id": "g", "condition": true, "tasks": [task("b", "ask", json!({}))]});
    let mut definition = workflow("w", vec![task("a", "filter", json!({"condition": {"now": 1}})), group]);
    definition["condition"] = json!(true);
    let summary = Application::new(vec![definition], options(7)).summary();
    insta::assert_snapshot!(summary, @r"
      definitions  1
      tasks        2: 1 ask, 1 filter
      handlers     ask (each asks the script)
      conditions   2
      `now`        1 given a fixed clock
      cases        7
    ");
}

/// The real definitions, where they are.
fn real() -> Option<Opened> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus/dataflow-rs");
    if !path.exists() {
        eprintln!("passed over: {} is not there", path.display());
        return None;
    }
    Some(import(&path, options(4)).unwrap())
}

#[test]
fn the_real_definitions_are_one_application() {
    let Some(opened) = real() else {
        return;
    };
    let application = opened.application.unwrap();
    let summary = application.summary();
    assert_eq!((summary.definitions, summary.tasks, summary.cases), (148, 371, 4 * 148));
    assert_eq!(summary.handlers, ["parse_mx", "publish_mt"]);
}

#[test]
fn every_message_for_the_real_definitions_is_one_and_the_same_each_time() {
    let (Some(one), Some(other)) = (real(), real()) else {
        return;
    };
    let (one, other) = (one.application.unwrap(), other.application.unwrap());
    let mut ids = BTreeSet::new();
    for (one, other) in one.cases().zip(other.cases()) {
        assert_eq!(one, other);
        serde_json::from_value::<contract::rules::Message>((*one.input).clone()).unwrap();
        assert_eq!(contract::stage::check_times(&one.script), Ok(()));
        assert!(ids.insert(one.id));
    }
}
