//! Applications that use all of the format: those that are sound, and those that are not.

use contract::Rules;
use serde_json::{Value, json};

/// An application, if `value` has the shape of one.
pub(super) fn rules(value: &Value) -> Option<Rules> {
    serde_json::from_value(value.clone()).ok()
}

fn task(id: &str, function: &str, input: Value) -> Value {
    json!({"id": id, "name": id, "function": {"name": function, "input": input}})
}

fn log(id: &str) -> Value {
    task(id, "log", json!({"message": "x"}))
}

fn workflow(tasks: Value) -> Value {
    json!({"id": "w", "name": "n", "tasks": tasks})
}

fn mappings(mappings: Value) -> Value {
    workflow(json!([task("map", "map", json!({"mappings": mappings}))]))
}

/// An application of one workflow, with all that can be registered beside it.
fn application(workflow: Value) -> Value {
    json!({
        "workflows": [workflow],
        "handlers": ["http_call", "notify"],
        "error_context": {"path": "temp_data.errors", "limit": 3},
        "secrets": {"key": {"a": [1]}, "token": "t"}
    })
}

/// `depth` groups in each other, around a task.
fn nested(depth: usize) -> Value {
    let innermost = json!([log("inner")]);
    (0..depth).fold(
        innermost,
        |tasks, level| json!([{"id": format!("g{level}"), "tasks": tasks}]),
    )
}

/// `depth` operations in each other.
fn deep(depth: usize) -> Value {
    (0..depth).fold(json!(1), |inner, _| json!({"!": inner}))
}

/// What is accepted.
pub(super) fn sound() -> Vec<Value> {
    [
        every_key(),
        groups(),
        checks(),
        parsing_and_publishing(),
        functions(),
        connectors(),
        operators(),
        positional(),
        workflow(nested(8)),
        mappings(json!([{"path": "data.a", "logic": deep(20)}])),
    ]
    .map(application)
    .into()
}

fn every_key() -> Value {
    json!({
        "id": "w", "name": "n", "priority": 3, "description": "d", "condition": {"==": [{"var": "data.a"}, 1]},
        "continue_on_error": true, "channel": "c", "version": 2, "status": "paused",
        "rollout": {"bucket_start": 0, "bucket_end": 50},
        "loop": {"counter": "i.j", "init": 1, "increment": 2, "max": 9},
        "tags": ["a", "b"], "created_at": "2024-01-02T03:04:05Z", "updated_at": "2024-01-02T03:04:05.123+02:00",
        "tasks": [{
            "id": "t", "name": "T", "description": "d", "condition": {"!": true}, "continue_on_error": true,
            "terminal": true, "halt_on": "failure",
            "function": {"name": "map", "input": {"mappings": [
                {"path": "data.x", "logic": {"var": "data.y"}},
                {"path": {"cat": ["data.", "z"]}, "logic": {"a": 1, "b": {"+": [1, 2]}}}
            ]}}
        }]
    })
}

fn groups() -> Value {
    workflow(json!([
        {
            "id": "g", "name": "G", "description": "d", "condition": {"var": "data.go"}, "terminal": true,
            "continue_on_error": 3, "tasks": [log("a"), {"id": "h", "tasks": [log("b")]}]
        },
        log("c")
    ]))
}

fn checks() -> Value {
    workflow(json!([
        task(
            "one",
            "validation",
            json!({"rules": [
                {"logic": {"secret": "token"}, "message": {"cat": ["a", {"var": "b"}]}}
            ]})
        ),
        task("two", "validate", json!({"rules": []})),
        task(
            "filter",
            "filter",
            json!({"condition": {"==": [{"secret": ["key.a.0"]}, 1]}, "on_reject": "skip"})
        ),
    ]))
}

fn parsing_and_publishing() -> Value {
    workflow(json!([
        task("json", "parse_json", json!({"source": "payload", "target": "in"})),
        task(
            "xml",
            "parse_xml",
            json!({"source": {"var": "metadata.s"}, "target": {"cat": ["a", "b"]}})
        ),
        task(
            "text",
            "publish_json",
            json!({"source": "in", "target": "out", "pretty": true})
        ),
        task(
            "doc",
            "publish_xml",
            json!({"source": "in", "target": "out", "root_element": {"var": "data.root"}})
        ),
    ]))
}

fn functions() -> Value {
    workflow(json!([
        task(
            "log",
            "log",
            json!({"level": "warn", "message": {"var": "a"}, "fields": {"b": 1, "a": {"var": "x"}}})
        ),
        task(
            "own",
            "notify",
            json!({"to": {"secret": "token"}, "deep": [{"secret": "key"}]})
        ),
    ]))
}

fn connectors() -> Value {
    workflow(json!([
        task(
            "http",
            "http_call",
            json!({
                "connector": "api", "method": "POST", "path": "/x", "headers": {"A": {"secret": "token"}},
                "body": {"var": "data"}, "body_format": "json", "response_path": "data.r", "response_format": "json",
                "timeout_ms": 100
            })
        ),
        task(
            "old",
            "http_call",
            json!({
                "connector": "api", "path_logic": {"cat": ["/", {"var": "a"}]}, "body_logic": {"a": {"var": "b"}},
                "output": "data.o"
            })
        ),
        task(
            "enrich",
            "enrich",
            json!({
                "connector": "api", "method": "GET", "path": "/x", "merge_path": "data.m", "timeout_ms": {"var": "t"},
                "on_error": "skip"
            })
        ),
        task(
            "kafka",
            "publish_kafka",
            json!({
                "connector": "k", "topic": "t", "key": {"var": "a"}, "value_logic": {"var": "data"}
            })
        ),
    ]))
}

fn operators() -> Value {
    mappings(json!([
        {"path": "data.a", "logic": {"/": [1, 0]}},
        {"path": "data.s", "logic": {"substr": [{"var": "a"}, 0, 2]}},
        {"path": "data.w", "logic": {"switch": [{"var": "a"}, [["b", 1]], 3]}},
        {"path": "data.m", "logic": {"map": [{"var": "a"}, {"+": [{"val": []}, 1]}]}},
        {"path": "data.t", "logic": {"try": [{"throw": {"type": "x"}}, 1]}},
        {"path": "data.mm", "logic": {"missing_some": [1, ["a", "b"]]}},
        {"path": "data.e", "logic": {"$var": {"a": 1, "$b": 2}}},
        {"path": "data.r", "logic": {"reduce": [{"var": "a"}, {"+": [{"var": "current"}, {"var": "accumulator"}]}, 0]}}
    ]))
}

/// What serde reads from a list as well as from an object.
fn positional() -> Value {
    let task = json!(["t", "T", null, true, ["map", [[["data.x", 1]]]], false, false, "never"]);
    json!([
        "w",
        "n",
        1,
        null,
        true,
        [task],
        false,
        "c",
        1,
        "active",
        null,
        null,
        [],
        null,
        null
    ])
}

/// What is refused for a reason that no mutant of a sound one has.
pub(super) fn unsound() -> Vec<Value> {
    [
        workflow(nested(9)),
        mappings(json!([{"path": "data.a", "logic": {"a": 1, "$a": 2, "": 1, "$": 2, "$!": 1, "$$a": 3}}])),
        mappings(json!([{"path": {"secret": "token"}, "logic": {"x": {"secret": {"secret": "key"}}, "y": 1}}])),
        workflow(json!([task(
            "own",
            "notify",
            json!([{"secret": ["nope.x"]}, {"secret": ["a", "b"]}, {"secret": {"var": "x"}}])
        )])),
        // A text in which a place is told, as an error of the parser tells one.
        workflow(json!([task("own", "unknown at line 3", json!(1))])),
        workflow(json!([task(
            "http",
            "http_call",
            json!({"connector": "api", "x at line 7": 1})
        )])),
        workflow(json!([task(
            "http",
            "http_call",
            json!({"connector": "api", "path": 1, "path_logic": 2})
        )])),
    ]
    .map(application)
    .into()
}

/// Workflows of which each is refused for another reason.
pub(super) fn refused_workflows() -> Vec<Value> {
    let with_priority = |priority: i64, function: &str| {
        let tasks = [task("a", function, json!(1))];
        json!({"id": function, "name": "n", "priority": priority, "tasks": tasks})
    };
    vec![
        json!(1),
        json!({"id": "", "name": "n", "tasks": [log("a")]}),
        workflow(json!([])),
        workflow(json!([task("a", "nobody", json!({"secret": "key"}))])),
        with_priority(0, "one"),
        with_priority(9, "two"),
        workflow(json!([task("a", "log", json!({"message": {"secret": "key"}}))])),
        workflow(json!([log("a"), log("a")])),
        workflow(nested(9)),
    ]
}
