//! What the format takes and what it refuses. The words are dataflow-rs 3.12's.

use serde_json::{Value, json};

use super::*;

fn workflow(changes: Value) -> Value {
    let mut definition = json!({"id": "w", "name": "W", "tasks": [task("t", "log", json!({"message": "m"}))]});
    for (key, value) in changes.as_object().expect("an object") {
        definition[key] = value.clone();
    }
    definition
}

fn task(id: &str, function: &str, input: Value) -> Value {
    json!({"id": id, "name": id, "function": {"name": function, "input": input}})
}

fn group(id: &str, tasks: Value) -> Value {
    json!({"id": id, "tasks": tasks})
}

#[track_caller]
fn check_refused(definition: Value, words: &str) {
    let error = read(&definition).map(|workflow| workflow.id).expect_err("it was taken");
    assert_eq!(error.to_string(), format!("Deserialization error: {words}"));
}

#[track_caller]
fn check_input_refused(function: &str, input: Value, words: &str) {
    check_refused(
        workflow(json!({"tasks": [task("t", function, input)]})),
        &format!("invalid task in workflow tasks: config for function '{function}': {words}"),
    );
}

#[test]
fn what_is_left_out_has_a_default() {
    let read = read(&workflow(json!({}))).expect("a workflow");
    assert_eq!((read.priority, read.channel.as_str()), (0, "default"));
    assert_eq!((read.condition, read.status), (json!(true), WorkflowStatus::Active));
    assert!(!read.continue_on_error && read.rollout.is_none() && read.repetition.is_none());
    let task = &read.tasks[0];
    assert!(!task.continue_on_error && !task.terminal && task.halt_on == HaltOn::Never);
    assert_eq!(task.condition, json!(true));
}

#[test]
fn what_the_format_does_not_know_is_passed_over() {
    assert!(read(&workflow(json!({"unheard_of": 1}))).is_ok());
}

#[test]
fn a_list_is_read_as_a_workflow_by_position() {
    let tasks = json!([["t", "T", null, true, ["map", [[["data.x", 1]]]], false, true, "failure"]]);
    let list = json!([
        "w",
        "W",
        7,
        null,
        false,
        tasks,
        true,
        "c",
        1,
        "paused",
        [0, 9],
        null,
        [],
        null,
        null
    ]);
    let read = read(&list).expect("a workflow");
    assert_eq!(
        (read.id.as_str(), read.priority, read.condition),
        ("w", 7, json!(false))
    );
    assert_eq!(
        read.rollout,
        Some(Rollout {
            bucket_start: 0,
            bucket_end: 9
        })
    );
    assert!(read.tasks[0].terminal && read.tasks[0].halt_on == HaltOn::Failure);
    assert!(matches!(&read.tasks[0].function, FunctionConfig::Map(input) if input.mappings[0].path == "data.x"));
    check_refused(
        json!(["w"]),
        "invalid length 1, expected struct Workflow with 15 elements",
    );
}

#[test]
fn a_wrong_shape_is_refused_in_the_words_of_serde() {
    check_refused(json!(7), "invalid type: integer `7`, expected struct Workflow");
    check_refused(json!({"id": "w"}), "missing field `name`");
    check_refused(
        workflow(json!({"priority": -1})),
        "invalid value: integer `-1`, expected u32",
    );
    check_refused(
        workflow(json!({"status": "asleep"})),
        "unknown variant `asleep`, expected one of `active`, `paused`, `archived`",
    );
    check_refused(
        workflow(json!({"rollout": {"bucket_start": 300, "bucket_end": 1}})),
        "invalid value: integer `300`, expected u8",
    );
    check_refused(workflow(json!({"loop": {}})), "missing field `max`");
    check_refused(
        workflow(json!({"created_at": "today"})),
        "input contains invalid characters",
    );
    check_refused(workflow(json!({"updated_at": ""})), "premature end of input");
    check_refused(
        workflow(json!({"tags": "a"})),
        "invalid type: string \"a\", expected a sequence",
    );
    check_refused(
        workflow(json!({"tasks": [{"id": "t", "name": "T"}]})),
        "invalid task in workflow tasks: missing field `function`",
    );
}

#[test]
fn the_input_of_a_function_of_dataflow_rs_has_to_fit_it() {
    check_input_refused("map", json!({}), "missing field `mappings`");
    check_input_refused("map", json!({"mappings": [{"path": "a"}]}), "missing field `logic`");
    check_input_refused(
        "validation",
        json!({"rules": [1]}),
        "invalid type: integer `1`, expected struct ValidationRule",
    );
    check_input_refused(
        "filter",
        json!({"condition": true, "on_reject": "stop"}),
        "unknown variant `stop`, expected `halt` or `skip`",
    );
    check_input_refused(
        "enrich",
        json!({"connector": "c", "merge_path": "m", "unheard_of": 1}),
        "unknown field `unheard_of`, expected one of `connector`, `method`, `path`, `path_logic`, `merge_path`, \
         `timeout_ms`, `on_error`",
    );
    check_input_refused(
        "publish_kafka",
        json!({"connector": "c", "topic": "t", "key": 1, "key_logic": 2}),
        "duplicate field `key`",
    );
    check_input_refused(
        "publish_kafka",
        json!({"connector": "c", "topic": "t", "x at line 7": 1}),
        "unknown field `x",
    );
}

#[test]
fn the_input_of_any_other_function_is_anything() {
    let read = read(&workflow(json!({"tasks": [task("t", "notify", json!([1]))]}))).expect("a workflow");
    let FunctionConfig::Custom { name, input } = &read.tasks[0].function else {
        panic!("not a function of the application");
    };
    assert_eq!((name.as_str(), input), ("notify", &json!([1])));
}

#[test]
fn groups_are_marks_on_their_first_tasks() {
    let log = |id| task(id, "log", json!({"message": "m"}));
    let inner = group("inner", json!([log("b"), log("c")]));
    let mut outer = group("outer", json!([inner, log("d")]));
    outer["terminal"] = json!(true);
    outer["condition"] = json!({"var": "data.x"});
    let read = read(&workflow(json!({"tasks": [log("a"), outer, log("e")]}))).expect("a workflow");
    let marks = |task: &Task| -> Vec<(String, usize, bool)> {
        let mark = |group: &TaskGroup| (group.id.clone(), group.end, group.terminal);
        task.groups.iter().map(mark).collect()
    };
    let ids: Vec<&str> = read.tasks.iter().map(|task| task.id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "c", "d", "e"]);
    let expected = [("outer".to_owned(), 4, true), ("inner".to_owned(), 3, false)];
    assert_eq!(marks(&read.tasks[1]), expected);
    assert!(
        [0, 2, 3, 4]
            .iter()
            .all(|place: &usize| marks(&read.tasks[*place]).is_empty())
    );
    assert_eq!(read.tasks[1].groups[0].condition, json!({"var": "data.x"}));
}

#[test]
fn a_group_is_refused_if_it_is_empty_has_halt_on_or_is_too_deep() {
    let log = || task("t", "log", json!({"message": "m"}));
    check_refused(
        workflow(json!({"tasks": [group("g", json!([]))]})),
        "task group 'g' contains no tasks — an empty group can only be a mistake",
    );
    check_refused(
        workflow(json!({"tasks": [{"id": "g", "halt_on": "never", "tasks": [log()]}]})),
        "task group 'g' cannot carry halt_on — halt_on is a per-task outcome rule; put it on the task that can fail",
    );
    check_refused(
        workflow(json!({"tasks": [{"tasks": [log()]}]})),
        "invalid task group in workflow tasks: missing field `id`",
    );
    let nested = |depth: usize| (0..depth).fold(log(), |step, level| group(&level.to_string(), json!([step])));
    assert!(read(&workflow(json!({"tasks": [nested(8)]}))).is_ok());
    check_refused(
        workflow(json!({"tasks": [nested(9)]})),
        "task groups nested deeper than 8 levels",
    );
}
