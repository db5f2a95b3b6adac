//! Real engines' observations, drawn.

use contract::Options;
use contract::stage::Stage;
use corpus::Case;
use serde_json::json;

use super::*;

fn observed(case: &Case, engine: &str) -> Observation {
    let engine = (engines::find(engine).expect("it is there").build)(&Options::default()).expect("it is built");
    Stage::new().play(&*engine, &case.definition, &case.input, &case.script)
}

fn case(tasks: &serde_json::Value, script: &serde_json::Value) -> Case {
    serde_json::from_value(json!({
        "format_version": 1, "id": "x", "definition": {"dag": {"id": "w", "tasks": tasks}}, "script": {"tasks": script}
    }))
    .expect("it is a case")
}

fn task(id: &str, needs: &[&str]) -> serde_json::Value {
    json!({"id": id, "needs": needs, "call": {"handler": "h", "input": {"literal": null}}})
}

#[test]
fn a_task_shows_what_became_of_it_in_both_engines() {
    let tasks = json!([task("a", &[]), task("b", &["a"])]);
    let plain = case(&tasks, &json!({}));
    let failing = case(
        &tasks,
        &json!({"a": {"attempts": [{"takes": 1, "then": {"fails": {"kind": "permanent", "message": "no"}}}]}}),
    );
    let [one, other] = [&plain, &failing].map(|case| observed(case, "reference"));
    let picture = picture(&plain, [("old", &one), ("new", &other)], &[]).expect("there are tasks");
    let shown: Vec<_> = picture
        .nodes
        .iter()
        .map(|node| (node.name.as_str(), node.agreement, node.states.join("; ")))
        .collect();
    assert_eq!(
        shown,
        [
            ("a", Agreement::Differs, "old: succeeded; new: failed".to_owned()),
            (
                "b",
                Agreement::OnlyBaseline,
                "old: succeeded; new: cancelled".to_owned()
            )
        ]
    );
    assert_eq!((picture.lines.len(), picture.layers.len()), (1, 0));
}

#[test]
fn a_definition_that_cannot_be_run_is_drawn_all_the_same() {
    let tasks = json!([
        task("a", &["a", "ghost"]),
        task("b", &["c"]),
        task("c", &["b"]),
        task("c", &["b"])
    ]);
    let case = case(&tasks, &json!({}));
    let seen = observed(&case, "flow");
    let picture = picture(&case, [("old", &seen), ("new", &seen)], &[]).expect("there are tasks");
    let note = picture.note.expect("there is something to say");
    assert!(
        note.contains("circle") && note.contains("`a` needs `ghost`, which is not there"),
        "{note}"
    );
    assert!(picture.nodes.iter().all(|node| node.states == ["refused"]));
}

#[test]
fn a_large_workflow_is_drawn_layer_by_layer_and_says_so() {
    let mut tasks = vec![task("start", &[])];
    tasks.extend((0..1_700).map(|number| task(&format!("t{number}"), &["start"])));
    tasks.push(task("end", &["t1", "t2"]));
    let case = case(&json!(tasks), &json!({}));
    let seen = observed(&case, "reference");
    let mut other = seen.clone();
    other.calls.retain(|call| &*call.task != "t7");
    if let End::Finished(outcome) = &mut other.end {
        outcome.tasks[8].status = TaskStatus::Skipped;
    }
    let picture = picture(&case, [("old", &seen), ("new", &other)], &[]).expect("there are tasks");
    let shown: Vec<_> = picture
        .layers
        .iter()
        .map(|layer| (layer.label.as_str(), layer.named.as_str()))
        .collect();
    assert_eq!(
        shown,
        [
            ("layer 1: 1 task", ""),
            ("layer 2: 1,700 tasks", "◂ t7"),
            ("layer 3: 1 task", "")
        ]
    );
    assert!(picture.note.is_some_and(|note| note.contains("1,702 tasks")));
}

#[test]
fn of_a_layer_in_which_much_differs_as_many_tasks_are_named_as_there_is_room_for() {
    let tasks: Vec<_> = (0..60)
        .map(|number| task(&format!("a-task-with-a-long-name-{number}"), &[]))
        .collect();
    let case = case(&json!(tasks), &json!({}));
    let seen = observed(&case, "reference");
    let mut other = seen.clone();
    other.calls.clear();
    if let End::Finished(outcome) = &mut other.end {
        outcome.tasks.clear();
    }
    let picture = picture(&case, [("old", &seen), ("new", &other)], &[]).expect("there are tasks");
    let named = &picture.layers[0].named;
    assert_eq!(
        named,
        "◂ a-task-with-a-long-name…, ◂ a-task-with-a-long-name…, and 58 more"
    );
}

#[test]
fn a_difference_belongs_to_the_task_that_it_names() {
    for (path, is_of_task) in [
        ("tasks.a.status", true),
        ("calls.a[0]#1", true),
        ("events.task_ended.a", true),
        ("tasks.ab.status", false),
        ("run.status", false),
        ("tasks.a.b.status", true),
    ] {
        assert_eq!(names(path, "a"), is_of_task, "{path}");
    }
}
