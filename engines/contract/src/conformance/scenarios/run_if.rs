//! `run_if`: which ends of its needs let a task run.

use serde_json::json;

use crate::conformance::scenario::{Scenario, scenario, task};
use crate::workflow::OnFailure::Continue;
use crate::workflow::RunIf::{AllDone, AnyFailed, AnySucceeded};

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario("a dependent of a failed task is skipped, and so are its own dependents")
            .on_failure(Continue)
            .task(task("a").fails(2))
            .task(task("b").needs(["a"]))
            .task(task("c").needs(["b"]))
            .outcome("a failed(transient: boom) · b skipped(upstream) · c skipped(upstream) · run failed(a)"),
        scenario("a dependent of a skipped task is skipped, and the run succeeds")
            .task(task("a").when(json!(false)))
            .task(task("b").needs(["a"]))
            .outcome("a skipped(condition) · b skipped(upstream) · run succeeded"),
        scenario("`all_done` runs whatever became of the needs")
            .on_failure(Continue)
            .task(task("a").fails(2))
            .task(task("b").when(json!(false)))
            .task(task("c").needs(["a", "b"]).run_if(AllDone))
            .outcome("a failed(transient: boom) · b skipped(condition) · c succeeded · run failed(a)")
            .calls("a 0-2 failed, c 2-3"),
        scenario("`any_succeeded` runs if one need succeeded, once all have ended")
            .asks_for(crate::Feature::Parallel)
            .on_failure(Continue)
            .task(task("a").fails(20))
            .task(task("b").takes(3))
            .task(task("c").needs(["a", "b"]).run_if(AnySucceeded))
            .outcome("a failed(transient: boom) · b succeeded · c succeeded · run failed(a)")
            .calls("a 0-20 failed, b 0-3, c 20-21"),
        scenario("`any_succeeded` does not run if the needs failed or were skipped")
            .on_failure(Continue)
            .task(task("a").fails(2))
            .task(task("b").when(json!(false)))
            .task(task("c").needs(["a", "b"]).run_if(AnySucceeded))
            .outcome("a failed(transient: boom) · b skipped(condition) · c skipped(upstream) · run failed(a)"),
        scenario("`any_failed` runs after a failure")
            .on_failure(Continue)
            .task(task("a").fails(2))
            .task(task("b").needs(["a"]).run_if(AnyFailed))
            .outcome("a failed(transient: boom) · b succeeded · run failed(a)"),
        scenario("`any_failed` does not run if all needs succeeded or were skipped")
            .task(task("a"))
            .task(task("b").when(json!(false)))
            .task(task("c").needs(["a", "b"]).run_if(AnyFailed))
            .outcome("a succeeded · b skipped(condition) · c skipped(upstream) · run succeeded"),
        scenario("`run_if` is tested before `when`")
            .on_failure(Continue)
            .task(task("a").fails(2))
            .task(task("b").needs(["a"]).when(json!(false)))
            .task(task("c").needs(["a"]).run_if(AllDone).when(json!(false)))
            .outcome("a failed(transient: boom) · b skipped(upstream) · c skipped(condition) · run failed(a)"),
        scenario("a condition sees how a need failed")
            .on_failure(Continue)
            .task(task("a").fails(2))
            .task(
                task("b")
                    .needs(["a"])
                    .run_if(AllDone)
                    .when(json!({ "==": [{ "var": "tasks.a.status" }, "failed"] })),
            )
            .task(
                task("c")
                    .needs(["a"])
                    .run_if(AllDone)
                    .when(json!({ "===": [{ "var": "tasks.a.output" }, null] })),
            )
            .outcome("a failed(transient: boom) · b succeeded · c succeeded · run failed(a)"),
    ]
}
