//! What becomes of definitions that are taken.

use contract::rules::{ErrorContext, Rules};
use contract::{Behaviour, BehaviourSet};
use serde_json::{Value, json};

use super::*;
use crate::rules::program::{CallInput, Field, FieldKind, FieldName, Function};

fn workflow(id: &str, changes: Value) -> Value {
    let mut definition = json!({"id": id, "name": "W", "tasks": [task("t", "log", json!({"message": "m"}))]});
    for (key, value) in changes.as_object().expect("an object") {
        definition[key] = value.clone();
    }
    definition
}

fn task(id: &str, function: &str, input: Value) -> Value {
    json!({"id": id, "name": id, "function": {"name": function, "input": input}})
}

fn program(workflows: impl IntoIterator<Item = Value>) -> Program {
    let rules = Rules {
        workflows: workflows.into_iter().collect(),
        handlers: ["notify".into(), "enrich".into()].into(),
        ..Rules::default()
    };
    compile(&rules).expect("rules")
}

/// The function of the only task of the only workflow.
fn function(name: &str, input: Value) -> Function {
    let program = program([workflow("w", json!({"tasks": [task("t", name, input)]}))]);
    let [workflow] = program.workflows.into_vec().try_into().expect("one workflow");
    let [task] = workflow.tasks.into_vec().try_into().expect("one task");
    task.function
}

fn ids(program: &Program) -> Vec<&str> {
    program.workflows.iter().map(|workflow| &*workflow.id).collect()
}

#[test]
fn workflows_stand_by_priority_and_then_as_they_were_registered() {
    let program = program([
        workflow("c", json!({"priority": 2})),
        workflow("b", json!({"priority": 1})),
        workflow("a", json!({"priority": 1})),
        workflow("b", json!({"priority": 3})),
    ]);
    assert_eq!(ids(&program), ["b", "a", "c", "b"]);
    let notes: Vec<BehaviourSet> = program.workflows.iter().map(|workflow| workflow.notes).collect();
    let expected: [BehaviourSet; 4] = [
        [
            Behaviour::PriorityReordered,
            Behaviour::PriorityTied,
            Behaviour::DuplicateWorkflowId,
        ]
        .into(),
        [Behaviour::PriorityReordered, Behaviour::PriorityTied].into(),
        [Behaviour::PriorityReordered].into(),
        [Behaviour::DuplicateWorkflowId].into(),
    ];
    assert_eq!(notes, expected);
}

#[test]
fn a_channel_has_its_active_workflows_in_the_order_in_which_they_run() {
    let program = program([
        workflow("late", json!({"priority": 1, "channel": "c"})),
        workflow("paused", json!({"status": "paused", "channel": "c"})),
        workflow("archived", json!({"status": "archived", "channel": "d"})),
        workflow("early", json!({"channel": "c"})),
        workflow("other", json!({})),
    ]);
    let channels: Vec<(&str, Vec<&str>)> = program
        .channels
        .iter()
        .map(|(channel, places)| {
            let id = |place: &u32| &*program.workflows[*place as usize].id;
            (&**channel, places.iter().map(id).collect())
        })
        .collect();
    assert_eq!(channels, [("c", vec!["early", "late"]), ("default", vec!["other"])]);
    let active = program.workflows.iter().filter(|workflow| workflow.is_active).count();
    assert_eq!(active, 3);
}

#[test]
fn a_condition_that_is_literally_true_is_none() {
    let log = |condition: Value| {
        let mut task = task("t", "log", json!({"message": "m"}));
        task["condition"] = condition;
        json!([{"id": "g", "condition": true, "tasks": [task]}])
    };
    let program = program([
        workflow("a", json!({"condition": true, "tasks": log(json!(true))})),
        workflow("b", json!({"condition": false, "tasks": log(json!({"!": false}))})),
    ]);
    let has_condition = |place: usize| {
        let workflow = &program.workflows[place];
        let task = &workflow.tasks[0];
        (
            workflow.condition.is_some(),
            task.groups[0].condition.is_some(),
            task.condition.is_some(),
        )
    };
    assert_eq!(has_condition(0), (false, false, false));
    assert_eq!(has_condition(1), (true, false, true));
}

#[test]
fn groups_know_how_deep_they_are() {
    let log = |id: &str| task(id, "log", json!({"message": "m"}));
    let group = |id: &str, tasks: Value| json!({"id": id, "tasks": tasks});
    let steps = json!([
        group(
            "g",
            json!([
                group("h", json!([log("a")])),
                group("i", json!([log("b"), group("j", json!([log("c")]))]))
            ])
        ),
        group("k", json!([log("d")])),
    ]);
    let program = program([workflow("w", json!({"tasks": steps}))]);
    let depths =
        |task: &Task| -> Vec<(usize, usize)> { task.groups.iter().map(|group| (group.depth, group.end)).collect() };
    let depths: Vec<_> = program.workflows[0].tasks.iter().map(depths).collect();
    assert_eq!(depths, [vec![(0, 3), (1, 1)], vec![(1, 3)], vec![(2, 3)], vec![(0, 4)]]);
}

#[test]
fn a_loop_counts_below_temp_data() {
    let repeat = |repetition: Value| {
        let program = program([workflow("w", json!({"loop": repetition}))]);
        let [workflow] = program.workflows.into_vec().try_into().expect("one workflow");
        workflow.repeat.expect("a loop")
    };
    let counted = repeat(json!({"counter": "i.#2", "init": 1, "increment": 2, "max": 9}));
    let counter = counted.counter.expect("a counter");
    assert_eq!((&*counter.dotted, counter.segments.len()), ("temp_data.i.#2", 3));
    assert_eq!((counted.initial, counted.increment, counted.max), (1, 2, 9));
    let uncounted = repeat(json!({"max": 1}));
    assert!(uncounted.counter.is_none());
    assert_eq!((uncounted.initial, uncounted.increment), (0, 1));
}

#[test]
fn a_template_that_depends_on_nothing_is_its_value() {
    let source = |source: Value| match function("parse_json", json!({"source": source, "target": "t"})) {
        Function::ParseJson(parse) => match parse.source {
            Template::Constant(value) => Some(value.to_json_string()),
            Template::Computed(_) => None,
        },
        other => panic!("{other:?}"),
    };
    assert_eq!(source(json!("payload")).as_deref(), Some("\"payload\""));
    assert_eq!(source(json!({"cat": ["a", {"+": [1, 2]}]})).as_deref(), Some("\"a3\""));
    assert_eq!(source(json!({"var": "data.x"})), None);
    // It fails, and that is for the message to see.
    assert_eq!(source(json!({"/": [1, 0]})), None);
}

#[test]
fn a_literal_path_is_split_beforehand() {
    let Function::PublishJson(publish) = function("publish_json", json!({"source": "x", "target": "a.b"})) else {
        panic!("no publish_json");
    };
    assert_eq!(publish.target.literal(), Some("data.a.b"));
    let mappings = json!([{"path": {"cat": ["data", ".a"]}, "logic": 1}, {"path": {"var": "p"}, "logic": 1}]);
    let Function::Map(mappings) = function("map", json!({"mappings": mappings})) else {
        panic!("no map");
    };
    let literal: Vec<Option<&str>> = mappings.iter().map(|mapping| mapping.path.literal()).collect();
    assert_eq!(literal, [Some("data.a"), None]);
}

#[test]
fn an_expression_knows_its_operators() {
    let Function::Filter(filter) = function("filter", json!({"condition": {"==": [{"var": "a"}, 1]}})) else {
        panic!("no filter");
    };
    let expected = [Behaviour::OperatorComparison, Behaviour::OperatorVariable].into();
    assert_eq!(filter.condition.uses, expected);
}

#[test]
fn a_task_knows_its_function_by_the_name_it_was_given() {
    let tasks = json!([
        task("a", "validation", json!({"rules": []})),
        task("b", "validate", json!({"rules": []})),
        task("c", "notify", json!(null)),
    ]);
    let program = program([workflow("w", json!({"tasks": tasks}))]);
    let notes: Vec<BehaviourSet> = program.workflows[0].tasks.iter().map(|task| task.notes).collect();
    let expected: [BehaviourSet; 3] = [
        [Behaviour::FunctionValidation].into(),
        [Behaviour::FunctionValidate].into(),
        [Behaviour::FunctionCustom].into(),
    ];
    assert_eq!(notes, expected);
}

#[test]
fn the_fields_of_a_connector_stand_in_the_order_in_which_they_are_resolved() {
    let check = |name: &str, input: Value, is_registered: bool, expected: &[&str]| {
        let Function::Call(call) = function(name, input) else {
            panic!("{name} is no call");
        };
        assert_eq!((&*call.handler, &*call.name), (name, "w/t"));
        assert_eq!(call.is_registered, is_registered);
        let CallInput::Connector {
            constant,
            fields,
            has_headers,
        } = call.input
        else {
            panic!("{name} is no connector");
        };
        assert_eq!(has_headers, name == "http_call");
        let constant = constant.iter().map(|(name, value)| format!("{name}: {value}"));
        let fields = fields.iter().map(described);
        assert_eq!(constant.chain(fields).collect::<Vec<_>>(), expected);
    };
    check(
        "http_call",
        json!({"connector": "c", "method": "PUT", "path_logic": "/", "body": 1, "output": "o", "response_format": "json",
               "body_format": "json", "headers": {"b": 1, "A": 2}}),
        false,
        &[
            "method: PUT",
            "connector",
            "path",
            "header A",
            "header b",
            "body as JSON",
            "body_format",
            "response_path",
            "response_format",
            "timeout_ms as http_call timeout_ms",
        ],
    );
    check(
        "enrich",
        json!({"connector": "c", "path": "/", "merge_path": "m", "on_error": "skip"}),
        true,
        &[
            "method: GET",
            "on_error: skip",
            "connector",
            "path",
            "merge_path",
            "timeout_ms as enrich timeout_ms",
        ],
    );
    check(
        "publish_kafka",
        json!({"connector": "c", "topic": "t", "key_logic": 1, "value": 2}),
        false,
        &["connector", "topic", "key", "value as JSON"],
    );
}

fn described(field: &Field) -> String {
    let name = match &field.name {
        FieldName::Top(name) => (*name).to_owned(),
        FieldName::Header(name) => format!("header {name}"),
    };
    match field.kind {
        FieldKind::Text => name,
        FieldKind::Json => format!("{name} as JSON"),
        FieldKind::Number(label) => format!("{name} as {label}"),
    }
}

#[test]
fn an_own_function_is_given_its_input_as_it_stands() {
    let input = json!({"$a": {"var": "x"}});
    let Function::Call(call) = function("notify", input.clone()) else {
        panic!("no call");
    };
    assert!(call.is_registered);
    assert!(matches!(call.input, CallInput::Given(given) if *given == input));
}

#[test]
fn the_error_context_keeps_32_failures_unless_told_otherwise() {
    let limit = |limit| {
        let rules = Rules {
            error_context: Some(ErrorContext {
                path: "data.failures".to_owned(),
                limit,
            }),
            ..Rules::default()
        };
        let context = compile(&rules).expect("rules").error_context.expect("an error context");
        (context.parts.dotted.to_string(), context.limit)
    };
    assert_eq!(limit(None), ("data.failures".to_owned(), 32));
    assert_eq!(limit(Some(1)), ("data.failures".to_owned(), 1));
}
