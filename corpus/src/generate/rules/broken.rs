//! Invalid twins: rules of which one thing is changed, so that they are refused, or look as if they should be.

use contract::rules::{ErrorContext, Rules};
use serde_json::{Map, Value, json};

use crate::generate::draw::Draw;

type Entries = Map<String, Value>;

/// A way to break rules.
type Break = fn(&mut Rules, &mut Draw);

/// Ways that make an engine refuse the rules, one for each reason there is; the shape has more.
const REFUSED: [Break; 14] = [
    shape_of_workflow,
    shape_of_workflow,
    shape_of_task,
    shape_of_task,
    empty_name,
    duplicate_step,
    looping,
    group,
    group,
    function_input,
    unregistered,
    template_key,
    secret,
    settings,
];

/// Ways that leave them valid.
const ODD: [Break; 3] = [odd_workflow, odd_task, odd_settings];

/// Breaks `rules`: mostly so that they are refused.
pub(super) fn break_one(rules: &mut Rules, draw: &mut Draw) {
    if draw.chance(0.02) {
        return too_deep(rules);
    }
    let choices: &[Break] = if draw.chance(0.8) { &REFUSED } else { &ODD };
    for _ in 0..draw.between(1, 2) {
        draw.pick(choices)(rules, draw);
    }
}

/// How many ways there are to break rules.
pub(in crate::generate) const WAYS_TO_BREAK: usize = REFUSED.len() + 1;

/// Breaks `rules` in one of [`WAYS_TO_BREAK`] ways.
pub(super) fn break_in(way: usize, rules: &mut Rules, draw: &mut Draw) {
    match REFUSED.get(way) {
        Some(break_one) => break_one(rules, draw),
        None => too_deep(rules),
    }
}

/// One of the workflows, if it is still an object.
fn workflow<'a>(rules: &'a mut Rules, draw: &mut Draw) -> Option<&'a mut Entries> {
    let count = rules.workflows.len();
    rules.workflows[draw.below(count)].as_object_mut()
}

fn steps<'a>(rules: &'a mut Rules, draw: &mut Draw) -> Option<&'a mut Vec<Value>> {
    workflow(rules, draw)?.get_mut("tasks")?.as_array_mut()
}

/// One of the tasks at the top of a workflow; a group counts as one.
fn step<'a>(rules: &'a mut Rules, draw: &mut Draw) -> Option<&'a mut Entries> {
    let steps = steps(rules, draw)?;
    let count = steps.len();
    (count > 0)
        .then(|| draw.below(count))
        .and_then(|place| steps[place].as_object_mut())
}

fn add_task(rules: &mut Rules, draw: &mut Draw, function: Value) {
    if let Some(steps) = steps(rules, draw) {
        steps.push(json!({ "id": "added", "name": "Added", "function": function }));
    }
}

fn shape_of_workflow(rules: &mut Rules, draw: &mut Draw) {
    let wrong = [
        ("id", json!(7)),
        ("name", Value::Null),
        ("tasks", json!({})),
        ("tasks", json!([[]])),
        ("tasks", json!([null])),
        ("priority", json!(-1)),
        ("priority", json!(1.5)),
        ("priority", json!(1_u64 << 32)),
        ("status", json!("retired")),
        ("status", json!("Active")),
        ("channel", Value::Null),
        ("continue_on_error", json!("yes")),
        ("version", json!(-1)),
        ("tags", json!([1])),
        ("created_at", json!("yesterday")),
        ("rollout", json!({ "bucket_start": 0 })),
        ("rollout", json!({ "bucket_start": 0, "bucket_end": 256 })),
        ("loop", json!({ "init": 0 })),
        ("loop", json!({ "max": "3" })),
        ("loop", json!(3)),
        ("description", json!(1)),
    ];
    if draw.chance(0.1) {
        let count = rules.workflows.len();
        rules.workflows[draw.below(count)] = [json!([]), json!("workflow"), Value::Null][draw.below(3)].clone();
    } else if let Some(workflow) = workflow(rules, draw) {
        if draw.chance(0.25) {
            workflow.remove(*draw.pick(&["id", "name", "tasks"]));
        } else {
            let (key, value) = draw.pick(&wrong).clone();
            workflow.insert(key.to_owned(), value);
        }
    }
}

fn shape_of_task(rules: &mut Rules, draw: &mut Draw) {
    let wrong = [
        ("id", Value::Null),
        ("name", json!(1)),
        ("function", json!("map")),
        ("function", json!({ "name": "map" })),
        ("function", json!({ "input": {} })),
        ("function", json!({ "name": null, "input": {} })),
        ("terminal", json!(1)),
        ("halt_on", json!("always")),
        ("halt_on", json!("Failure")),
        ("continue_on_error", Value::Null),
    ];
    if let Some(step) = step(rules, draw) {
        if draw.chance(0.25) {
            step.remove(*draw.pick(&["id", "name", "function"]));
        } else {
            let (key, value) = draw.pick(&wrong).clone();
            step.insert(key.to_owned(), value);
        }
    }
}

fn empty_name(rules: &mut Rules, draw: &mut Draw) {
    if let Some(workflow) = workflow(rules, draw) {
        match draw.below(3) {
            0 => workflow.insert("id".into(), "".into()),
            1 => workflow.insert("name".into(), "".into()),
            _ => workflow.insert("tasks".into(), json!([])),
        };
    }
}

fn duplicate_step(rules: &mut Rules, draw: &mut Draw) {
    if let Some(steps) = steps(rules, draw)
        && let Some(id) = steps.first().and_then(|step| step.get("id")).cloned()
    {
        let log = json!({ "name": "log", "input": { "message": "twice" } });
        let task = json!({ "id": id, "name": "Twice", "function": log });
        if draw.chance(0.5) {
            steps.push(task);
        } else {
            steps.insert(0, json!({ "id": id, "tasks": [task] }));
        }
    }
}

fn looping(rules: &mut Rules, draw: &mut Draw) {
    let wrong = [
        json!({ "max": 0 }),
        json!({ "init": 5, "max": 5 }),
        json!({ "init": 1, "max": -3 }),
        json!({ "max": 3, "increment": 0 }),
        json!({ "max": 3, "increment": -1 }),
        json!({ "max": 3, "counter": "" }),
        json!({ "max": 3, "counter": "a..b" }),
        json!({ "max": 3, "counter": "." }),
    ];
    if let Some(workflow) = workflow(rules, draw) {
        workflow.insert("loop".into(), draw.pick(&wrong).clone());
    }
}

fn group(rules: &mut Rules, draw: &mut Draw) {
    let log = json!({ "name": "log", "input": { "message": "in" } });
    let task = json!({ "id": "inner", "name": "Inner", "function": log });
    let broken = match draw.below(5) {
        0 => json!({ "id": "g", "tasks": [] }),
        1 => json!({ "id": "g", "tasks": [task], "halt_on": "failure" }),
        2 => json!({ "id": "g", "tasks": [task], "terminal": "yes" }),
        3 => json!({ "id": "g", "tasks": null }),
        _ => {
            let mut nested = task;
            for depth in 0..9 {
                nested = json!({ "id": format!("g{depth}"), "tasks": [nested] });
            }
            nested
        }
    };
    if let Some(steps) = steps(rules, draw) {
        let place = draw.below(steps.len() + 1);
        steps.insert(place, broken);
    }
}

fn function_input(rules: &mut Rules, draw: &mut Draw) {
    let wrong = [
        ("map", json!({})),
        ("map", json!({ "mappings": {} })),
        ("map", json!({ "mappings": [{ "path": "data.x" }] })),
        ("map", json!({ "mappings": [{ "path": "data.x", "unset": true }] })),
        ("map", json!(null)),
        ("validation", json!({ "rules": [{ "logic": true }] })),
        ("validate", json!({ "rules": 1 })),
        ("parse_json", json!({ "source": "payload" })),
        ("parse_xml", json!({ "target": "x" })),
        ("publish_json", json!({ "source": "x", "target": "y", "pretty": "yes" })),
        ("publish_xml", json!({ "target": "y" })),
        ("filter", json!({ "on_reject": "skip" })),
        ("filter", json!({ "condition": true, "on_reject": "stop" })),
        ("log", json!({ "level": "fatal", "message": "x" })),
        ("log", json!({ "level": "info" })),
        ("log", json!({ "message": "x", "fields": [] })),
        ("http_call", json!({ "connector": "crm", "unknown": 1 })),
        (
            "http_call",
            json!({ "connector": "crm", "path": "/", "path_logic": "/" }),
        ),
        ("http_call", json!({ "connector": "crm", "method": "get" })),
        ("enrich", json!({ "connector": "crm" })),
        (
            "enrich",
            json!({ "connector": "crm", "merge_path": "x", "on_error": "halt" }),
        ),
        ("publish_kafka", json!({ "connector": "bus" })),
        (
            "publish_kafka",
            json!({ "connector": "bus", "topic": "t", "partition": 1 }),
        ),
    ];
    let (name, input) = draw.pick(&wrong).clone();
    add_task(rules, draw, json!({ "name": name, "input": input }));
}

fn unregistered(rules: &mut Rules, draw: &mut Draw) {
    let name = *draw.pick(&["nobody", "", "MAP", "map ", "parse-json", "validat\u{435}"]);
    add_task(rules, draw, json!({ "name": name, "input": null }));
}

fn template_key(rules: &mut Rules, draw: &mut Draw) {
    let template = json!({ "x": 1, "$x": { "var": "data.n" } });
    let function = match draw.below(4) {
        0 => json!({ "name": "filter", "input": { "condition": template } }),
        1 => json!({ "name": "log", "input": { "message": [template] } }),
        2 => json!({ "name": "map", "input": { "mappings": [{ "path": template, "logic": 1 }] } }),
        _ => {
            json!({ "name": "map", "input": { "mappings": [{ "path": "data.x", "logic": { "if": [true, template] } }] } })
        }
    };
    add_task(rules, draw, function);
}

fn secret(rules: &mut Rules, draw: &mut Draw) {
    let declared = json!({ "cat": ["Bearer ", { "secret": "token" }] });
    let unknown = json!({ "==": [{ "secret": ["undeclared"] }, "x"] });
    let function = match draw.below(6) {
        0 => json!({ "name": "map", "input": { "mappings": [{ "path": "data.x", "logic": declared }] } }),
        1 => json!({ "name": "map", "input": { "mappings": [{ "path": declared, "logic": 1 }] } }),
        2 => json!({ "name": "log", "input": { "message": "x", "fields": { "z": declared, "a": declared } } }),
        3 => json!({ "name": "validation", "input": { "rules": [{ "logic": unknown, "message": declared }] } }),
        4 => json!({ "name": "filter", "input": { "condition": unknown } }),
        _ => json!({ "name": "http_call", "input": { "connector": "crm", "headers": { "a": unknown } } }),
    };
    if draw.chance(0.5) {
        rules.secrets = Some(json!({ "token": "s3cr3t" }));
    }
    add_task(rules, draw, function);
}

fn settings(rules: &mut Rules, draw: &mut Draw) {
    let path = |path: &str, limit| {
        Some(ErrorContext {
            path: path.to_owned(),
            limit,
        })
    };
    match draw.below(4) {
        0 => {
            let right = *draw.pick(&["data.errors", "#data.e"]);
            rules.error_context = path(right, Some(0));
        }
        1 => {
            let wrong = [
                "",
                "data",
                "other.errors",
                "data..errors",
                "metadata.progress",
                "data.",
                "#metadata",
            ];
            let wrong = *draw.pick(&wrong);
            rules.error_context = path(wrong, None);
        }
        _ => rules.secrets = Some([json!([]), json!("token"), Value::Null, json!(1)][draw.below(4)].clone()),
    }
}

/// An expression that is nested too deeply to be compiled; a case file cannot hold it, but an application can.
fn too_deep(rules: &mut Rules) {
    let mut condition = Value::Bool(true);
    for _ in 0..260 {
        condition = json!({ "!!": [condition] });
    }
    if let Some(workflow) = rules.workflows.first_mut().and_then(Value::as_object_mut) {
        workflow.insert("condition".into(), condition);
    }
}

fn odd_workflow(rules: &mut Rules, draw: &mut Draw) {
    let odd = [
        ("name", json!(" ")),
        ("priority", json!(u32::MAX)),
        ("loop", json!({ "max": 2, "over": "data.items", "as": "item" })),
        ("loop", json!({ "max": 1, "counter": "#" })),
        ("condition", Value::Null),
        ("condition", json!({})),
        ("condition", json!("true")),
        ("rollout", json!({ "bucket_start": 0, "bucket_end": 0, "extra": 1 })),
        ("description", Value::Null),
        ("Tasks", json!(1)),
        ("extends", json!("other")),
    ];
    if let Some(workflow) = workflow(rules, draw) {
        let (key, value) = draw.pick(&odd).clone();
        workflow.insert(key.to_owned(), value);
    }
}

fn odd_task(rules: &mut Rules, draw: &mut Draw) {
    let functions = [
        json!({ "name": "map", "input": { "mappings": [{ "path": "data.x", "logic": 1, "unset": true, "on_null": "skip" }] } }),
        json!({ "name": "map", "input": { "mappings": [{ "path": null, "logic": 1 }] } }),
        json!({ "name": "map", "input": { "mappings": [{ "path": ["a", 1], "logic": 1 }], "mode": "append" } }),
        json!({ "name": "map", "input": { "mappings": [{ "path": true, "logic": {} }] }, "timeout": 1 }),
        json!({ "name": "filter", "input": { "condition": null, "on_reject": "skip", "else": 1 } }),
        json!({ "name": "validate", "input": { "rules": [{ "logic": false, "message": null }] } }),
        json!({ "name": "validate", "input": { "rules": [], "message": 1 } }),
        json!({ "name": "log", "input": { "message": null, "fields": {} } }),
        json!({ "name": "parse_json", "input": { "source": null, "target": 7 } }),
        json!({ "name": "publish_json", "input": { "source": 7, "target": "", "pretty": false } }),
        json!({ "name": "enrich", "input": { "connector": 1, "merge_path": null, "timeout_ms": null } }),
    ];
    let function = draw.pick(&functions).clone();
    add_task(rules, draw, function);
    if let Some(step) = step(rules, draw) {
        match draw.below(3) {
            0 => step.insert("id".into(), "".into()),
            1 => step.insert("condition".into(), Value::Null),
            _ => step.insert("name".into(), "".into()),
        };
    }
}

fn odd_settings(rules: &mut Rules, draw: &mut Draw) {
    match draw.below(3) {
        0 => {
            rules.error_context = Some(ErrorContext {
                path: (*draw.pick(&["#data.e", "data.#7", "metadata.progress.errors", "data.a b"])).to_owned(),
                limit: Some(usize::MAX),
            });
        }
        1 => rules.handlers.extend(["map".into(), "unused".into(), "".into()]),
        _ => rules.secrets = Some(json!({ "": "empty", "a.b": 1, "token": null })),
    }
}
