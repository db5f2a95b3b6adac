//! "Outcome".

use contract::observation::End;
use contract::{Engine, FeatureSet, Options};
use serde_json::json;

use super::play;
use crate::Reference;

/// "Run status; per task: status, attempts, output or error, why it was skipped; the run's error; compensations in order."
#[test]
fn an_outcome_has_all_there_is_to_say() {
    let observation = play(
        json!({"on_failure": "compensate", "tasks": [
            {"id": "a", "compensate": {"handler": "undo"}}, {"id": "skipped", "when": false},
            {"id": "b", "needs": ["a"], "retry": {"max_attempts": 2}}, {"id": "c", "needs": ["b"]},
        ]}),
        "a 1 returns 7; b 1 fails",
    );
    let End::Finished(outcome) = observation.end else {
        unreachable!("it finished")
    };
    let error = json!({"kind": "boom", "message": "it failed"});
    let nothing = json!({"output": null, "error": null, "skipped": null});
    let task = |id: &str, status: &str, attempts: u32, field: &str, value: serde_json::Value| {
        let mut task = nothing.clone();
        task["task"] = json!(id);
        task["status"] = json!(status);
        task["attempts"] = json!(attempts);
        task[field] = value;
        task
    };
    assert_eq!(
        serde_json::to_value(outcome).expect("an outcome is plain data"),
        json!({
            "status": "compensated",
            "tasks": [
                task("a", "succeeded", 1, "output", json!(7)),
                task("skipped", "skipped", 0, "skipped", json!("condition")),
                task("b", "failed", 2, "error", error.clone()),
                task("c", "cancelled", 0, "error", json!(null)),
            ],
            "error": {"task": "b", "error": error},
            "compensations": [{"task": "a", "error": null}],
        })
    );
}

#[test]
fn a_loaded_workflow_can_be_run_again() {
    let engine = Reference::new(&Options::new()).expect("there are no options");
    let loaded = engine
        .load(&play::definition(json!([{"id": "a"}, {"id": "b", "needs": ["a"]}])))
        .expect("it is good");
    let mut stage = contract::stage::Stage::new();
    let mut run = || stage.run(&*loaded, &contract::stage::no_input(), &std::sync::Arc::default());
    assert_eq!(run(), run());
}

#[test]
fn the_engine_declares_every_feature() {
    let engine = Reference::new(&Options::new()).expect("there are no options");
    assert_eq!(engine.describe().capabilities, FeatureSet::all());
    assert_eq!(engine.describe().name, "reference");
}
