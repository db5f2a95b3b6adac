//! `on_failure: compensate`.

use serde_json::json;

use super::{throwing, thrown};
use crate::conformance::scenario::{Scenario, scenario, task};
use crate::workflow::Input;
use crate::workflow::OnFailure::Compensate;
use crate::{CallError, Event, Feature, RunStatus, TaskStatus};

fn nothing() -> Input {
    Input::default()
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let ended = |id: &str, status| Event::TaskEnded {
        task: id.into(),
        status,
    };
    let started = |id: &str| Event::AttemptStarted {
        task: id.into(),
        item: None,
        attempt: 1,
    };
    vec![
        scenario("what had succeeded is undone one by one, the last to end first")
            .asks_for(Feature::Parallel)
            .on_failure(Compensate)
            .task(task("a").takes(20).undo(nothing()).undoing(5, None))
            .task(task("b").takes(10).undo(nothing()).undoing(7, None))
            .task(task("c").needs(["a", "b"]).fails(3))
            .task(task("d").needs(["c"]).undo(nothing()))
            .outcome("a succeeded · b succeeded · c failed(transient: boom) · d cancelled · undone a, b · run compensated(c)")
            .calls("a 0-20, b 0-10, c 20-23 failed, undo a 23-28, undo b 28-35"),
        scenario("a task without `compensate` is not undone, nor is the one that failed")
            .on_failure(Compensate)
            .task(task("a").undo(nothing()))
            .task(task("b").needs(["a"]))
            .task(task("c").needs(["b"]).undo(nothing()).fails(2))
            .outcome("a succeeded · b succeeded · c failed(transient: boom) · undone a · run compensated(c)")
            .calls("a 0-1, b 1-2, c 2-4 failed, undo a 4-5")
            .events([
                (0, Event::RunStarted),
                (0, started("a")),
                (1, ended("a", TaskStatus::Succeeded)),
                (1, started("b")),
                (2, ended("b", TaskStatus::Succeeded)),
                (2, started("c")),
                (4, ended("c", TaskStatus::Failed)),
                (4, Event::CompensationStarted { task: "a".into() }),
                (5, Event::RunEnded { status: RunStatus::Compensated }),
            ]),
        scenario("a run with nothing to undo is compensated")
            .on_failure(Compensate)
            .task(task("a").fails(2))
            .outcome("a failed(transient: boom) · run compensated(a)"),
        scenario("a compensation that fails is recorded, is not tried again, and the next one runs")
            .on_failure(Compensate)
            .task(task("a").undo(nothing()))
            .task(task("b").needs(["a"]).retry(3, 1).undo(nothing()).undoing(4, Some(CallError::new("stuck", "no"))))
            .task(task("c").needs(["b"]).fails(2))
            .outcome(
                "a succeeded · b succeeded · c failed(transient: boom) · undone b(stuck: no), a · run compensation_failed(c)",
            )
            .calls("a 0-1, b 1-2, c 2-4 failed, undo b 4-8 failed, undo a 8-9"),
        scenario("a compensation's template sees the task's own output")
            .on_failure(Compensate)
            .task(task("a").gives(1, json!({ "id": 17 })).undo(Input::Template(json!([
                { "var": "output.id" }, { "var": "tasks.b.status" }
            ]))))
            .task(task("b").needs(["a"]).fails(2))
            .outcome(r#"a succeeded = {"id":17} · b failed(transient: boom) · undone a · run compensated(b)"#)
            .calls(r#"a 0-1, b 1-3 failed, undo a([17,"failed"]) 3-4"#),
        scenario("a compensation whose template cannot be evaluated has failed without a call")
            .on_failure(Compensate)
            .task(task("a").undo(nothing()))
            .task(task("b").needs(["a"]).undo(Input::Template(throwing())))
            .task(task("c").needs(["b"]).fails(2))
            .outcome(format!(
                "a succeeded · b succeeded · c failed(transient: boom) · undone b(input: {}), a · run compensation_failed(c)",
                thrown()
            ))
            .calls("a 0-1, b 1-2, c 2-4 failed, undo a 4-5"),
        scenario("running calls finish before anything is undone, and are undone too")
            .asks_for(Feature::Parallel)
            .on_failure(Compensate)
            .task(task("a").fails(5))
            .task(task("b").takes(20).undo(nothing()))
            .outcome("a failed(transient: boom) · b succeeded · undone b · run compensated(a)")
            .calls("a 0-5 failed, b 0-20, undo b 20-21"),
        scenario("without a failure nothing is undone")
            .on_failure(Compensate)
            .task(task("a").undo(nothing()))
            .outcome("a succeeded · run succeeded")
            .calls("a 0-1"),
    ]
}
