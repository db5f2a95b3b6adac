//! What is refused, and why first. The words are dataflow-rs 3.12's.

use contract::rules::{ErrorContext, Rules};
use serde_json::{Value, json};

use crate::rules::compile::compile;

const FUNCTIONS: &str = "map, validation, validate, parse_json, parse_xml, publish_json, publish_xml, filter, log, \
                         http_call, enrich, publish_kafka";

fn workflow(id: &str, tasks: Value) -> Value {
    json!({"id": id, "name": "W", "tasks": tasks})
}

fn task(id: &str, function: &str, input: Value) -> Value {
    json!({"id": id, "name": id, "function": {"name": function, "input": input}})
}

fn log(message: Value) -> Value {
    task("t", "log", json!({"message": message}))
}

fn rules(workflows: impl IntoIterator<Item = Value>) -> Rules {
    Rules {
        workflows: workflows.into_iter().collect(),
        ..Rules::default()
    }
}

#[track_caller]
fn check(rules: &Rules, words: &str) {
    let refusal = compile(rules).map(|program| program.workflows.len());
    assert_eq!(refusal.map_err(|error| error.to_string()), Err(words.to_owned()));
}

#[track_caller]
fn check_task(task: Value, words: &str) {
    let mut rules = rules([workflow("w", json!([task]))]);
    rules.secrets = Some(json!({"known": {"deep": [1]}}));
    check(&rules, words);
}

#[test]
fn names_and_tasks_have_to_be_there() {
    let one = || json!([log(json!("m"))]);
    check(
        &rules([workflow("", one())]),
        "Workflow error: Workflow id cannot be empty",
    );
    check(
        &rules([json!({"id": "w", "name": "", "tasks": one()})]),
        "Workflow error: Workflow name cannot be empty",
    );
    check(
        &rules([workflow("w", json!([]))]),
        "Workflow error: Workflow must have at least one task",
    );
}

#[test]
fn a_step_is_named_once() {
    let twice = json!([log(json!("m")), log(json!("m"))]);
    check(
        &rules([workflow("w", twice)]),
        "Workflow error: Duplicate task ID 't' in workflow",
    );
    let group = json!([log(json!("m")), {"id": "t", "tasks": [task("u", "log", json!({"message": "m"}))]}]);
    check(
        &rules([workflow("w", group)]),
        "Workflow error: Duplicate step ID 't' in workflow — task group IDs share the task ID namespace",
    );
}

#[test]
fn a_loop_has_to_advance_and_to_run() {
    let looping = |repetition: Value| {
        let mut definition = workflow("w", json!([log(json!("m"))]));
        definition["loop"] = repetition;
        rules([definition])
    };
    check(
        &looping(json!({"max": 3, "increment": 0})),
        "Workflow error: Workflow w: loop increment must be >= 1, got 0 (a non-advancing counter would never reach max)",
    );
    check(
        &looping(json!({"max": 3, "init": 3})),
        "Workflow error: Workflow w: loop max (3) must be greater than init (3) — the bound is half-open, so this could \
         never run a sweep",
    );
    for counter in ["", "a..b", "a."] {
        check(
            &looping(json!({"max": 3, "counter": counter})),
            &format!(
                "Workflow error: Workflow w: loop counter must be a non-empty temp_data field path, got {counter:?}"
            ),
        );
    }
    assert!(compile(&looping(json!({"max": 3, "counter": "a.b"}))).is_ok());
}

#[test]
fn a_secret_is_not_to_be_recorded() {
    check_task(
        log(json!({"cat": ["x", {"secret": "known"}]})),
        "Validation error: workflow 'w': function.input.message: reads a secret, and the engine records this \
         expression's result — compute derived values in a custom handler instead [SECRET_IN_MESSAGE_WRITE]",
    );
    check_task(
        task(
            "t",
            "map",
            json!({"mappings": [{"path": {"secret": {"var": "x"}}, "logic": 1}]}),
        ),
        "Validation error: workflow 'w': function.input.mappings[0].path: reads a secret, and the engine records this \
         expression's result — compute derived values in a custom handler instead [SECRET_IN_MESSAGE_WRITE]",
    );
}

#[test]
fn a_secret_that_is_written_out_has_to_be_declared() {
    check_task(
        task(
            "t",
            "filter",
            json!({"condition": {"==": [{"secret": ["known.deep.1"]}, 1]}}),
        ),
        "Validation error: workflow 'w': function.input.condition: secret 'known.deep.1' is not declared on the engine \
         [UNKNOWN_SECRET]",
    );
    // In the input of an application's function, the read itself is pointed at.
    check_task(
        task(
            "t",
            "notify",
            json!({"to": [{"secret": "a"}, {"x": {"secret": "b"}}], "by": {"secret": "known"}}),
        ),
        "Validation error: workflow 'w': function.input.to[0]: secret 'a' is not declared on the engine \
         [UNKNOWN_SECRET]; function.input.to[1].x: secret 'b' is not declared on the engine [UNKNOWN_SECRET]",
    );
    let known =
        json!({"connector": "c", "headers": {"A": {"secret": "known.deep.0"}}, "path": {"secret": {"var": "x"}}});
    let mut rules = rules([workflow("w", json!([task("t", "http_call", known)]))]);
    rules.secrets = Some(json!({"known": {"deep": [1]}}));
    assert!(compile(&rules).is_ok());
}

#[test]
fn a_template_writes_a_key_once() {
    let twice = |earlier: &str, later: &str, key: &str| {
        format!(
            "'{earlier}' and '{later}' both emit the key '{key}', so this object would carry it twice — later reads see \
             only the first while serialization emits both [DUPLICATE_TEMPLATE_KEY]"
        )
    };
    check_task(
        log(json!([{"x": {"a": 1, "$a": 2, "$$a": 3, "$b": 4}}])),
        &format!(
            "Validation error: workflow 'w': function.input.message[0].x.a: {}",
            twice("$a", "a", "a")
        ),
    );
    // In the order of the keys, in which `!` is before `$`.
    check_task(
        log(json!({"!": 1, "$!": 2, "": 3, "$": 4})),
        &format!(
            "Validation error: workflow 'w': function.input.message.$: {}; function.input.message.$!: {}",
            twice("", "$", ""),
            twice("!", "$!", "!")
        ),
    );
}

#[test]
fn an_expression_that_is_too_deep_is_refused_by_its_place() {
    let deep = || (0..300).fold(json!(1), |inner, _| json!({"!": inner}));
    let refused = |place: &str| {
        format!(
            "Logic evaluation error: {place}: Configuration error: rule nesting exceeds the maximum compile depth of 256"
        )
    };
    let fields = [
        ("filter", json!({"condition": deep()}), "filter condition"),
        ("log", json!({"message": "m", "fields": {"a": deep()}}), "log field 'a'"),
        (
            "validation",
            json!({"rules": [{"logic": true, "message": deep()}]}),
            "validation rule 0 message",
        ),
        ("map", json!({"mappings": [{"path": deep(), "logic": 1}]}), "map path"),
        (
            "parse_json",
            json!({"source": "payload", "target": deep()}),
            "parse target",
        ),
        (
            "publish_xml",
            json!({"source": "x", "target": "y", "root_element": deep()}),
            "publish root_element",
        ),
        (
            "http_call",
            json!({"connector": "c", "headers": {"A": deep()}}),
            "http_call header A",
        ),
        (
            "enrich",
            json!({"connector": "c", "merge_path": deep()}),
            "enrich merge_path",
        ),
        (
            "publish_kafka",
            json!({"connector": "c", "topic": "t", "value": deep()}),
            "publish_kafka value",
        ),
    ];
    for (function, input, place) in fields {
        let place = format!("{place} for task t in workflow w");
        check_task(task("t", function, input), &refused(&place));
    }
    let mapping = task(
        "t",
        "map",
        json!({"mappings": [{"path": {"var": "p"}, "logic": deep()}]}),
    );
    let place = r#"map logic for task t in workflow w (path {"var":"p"})"#;
    check_task(mapping, &refused(place));
    let mut conditional = log(json!("m"));
    conditional["condition"] = deep();
    let group = json!({"id": "g", "condition": deep(), "tasks": [conditional.clone()]});
    check_task(conditional, &refused("task t condition (workflow w)"));
    check_task(group, &refused("group g condition (workflow w)"));
    let mut definition = workflow("w", json!([log(json!("m"))]));
    definition["condition"] = deep();
    check(&rules([definition]), &refused("workflow w condition"));
}

#[test]
fn an_application_has_to_register_its_functions() {
    let mut rules = rules([workflow("w", json!([task("t", "notify", json!(1))]))]);
    check(
        &rules,
        &format!("Function not found: notify (registered handlers: none; built-ins: {FUNCTIONS})"),
    );
    rules.handlers = ["b".into(), "A".into()].into();
    check(
        &rules,
        &format!("Function not found: notify (registered handlers: A, b; built-ins: {FUNCTIONS})"),
    );
    rules.handlers.insert("notify".into());
    assert!(compile(&rules).is_ok());
}

#[test]
fn the_error_context_has_a_place_of_its_own() {
    let with = |path: &str, limit| Rules {
        error_context: Some(ErrorContext {
            path: path.to_owned(),
            limit,
        }),
        ..Rules::default()
    };
    for path in ["", "payload.x", "##data.x"] {
        let words = "error context path must start with `data`, `metadata` or `temp_data`";
        check(&with(path, None), &format!("Workflow error: {words}, got {path:?}"));
    }
    for path in ["data", "data.", "#data.a..b"] {
        let words = "error context path must name a slot inside `data`";
        check(&with(path, None), &format!("Workflow error: {words}, got {path:?}"));
    }
    check(
        &with("#metadata.progress", None),
        "Workflow error: error context path may not be `metadata.progress` — the engine owns that slot for \
         cross-workflow chaining",
    );
    check(
        &with("temp_data.failures", Some(0)),
        "Workflow error: error context limit must be at least 1",
    );
    assert!(compile(&with("metadata.progress.failures", None)).is_ok());
}

#[test]
fn secrets_are_an_object() {
    for secrets in [json!(null), json!([]), json!("x")] {
        let rules = Rules {
            secrets: Some(secrets),
            ..Rules::default()
        };
        check(
            &rules,
            "Validation error: secrets must be a JSON object of name -> value",
        );
    }
}

/// Shape, settings, expressions, workflows as they are registered, and functions as they are run.
#[test]
fn of_several_reasons_the_first_in_dataflow_rs_order_is_given() {
    let shape = json!(1);
    let expression = workflow("x", json!([log(json!({"secret": "k"}))]));
    let empty = workflow("e", json!([]));
    let mut late = workflow("late", json!([task("t", "late", json!(1))]));
    late["priority"] = json!(1);
    let early = workflow("early", json!([task("t", "early", json!(1))]));
    let mut all = rules([late, early, empty, expression, shape]);
    all.secrets = Some(json!([]));
    let starts = |rules: &Rules, words: &str| {
        let error = compile(rules).map(|_| ()).expect_err(words).to_string();
        assert!(error.starts_with(words), "{error}");
    };
    starts(&all, "Deserialization error: invalid type: integer `1`");
    all.workflows.pop();
    starts(&all, "Validation error: secrets must be");
    all.secrets = None;
    starts(&all, "Validation error: workflow 'x'");
    all.workflows.pop();
    starts(&all, "Workflow error: Workflow must have");
    all.workflows.pop();
    starts(&all, "Function not found: early");
    all.handlers.insert("early".into());
    starts(&all, "Function not found: late");
}
