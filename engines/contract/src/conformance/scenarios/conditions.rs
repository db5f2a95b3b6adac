//! `when` and templates: JSONLogic over the input and the tasks before.

use serde_json::json;

use super::{throwing, thrown};
use crate::Feature;
use crate::conformance::scenario::{Scenario, scenario, task};

pub(super) fn scenarios() -> Vec<Scenario> {
    let reason = thrown();
    vec![
        scenario("only a condition that gives `true` lets its task run")
            .input(json!({ "n": 1 }))
            .task(task("true").when(json!({ "==": [{ "var": "input.n" }, 1] })))
            .task(task("false").when(json!({ "==": [{ "var": "input.n" }, 2] })))
            .task(task("one").when(json!({ "var": "input.n" })))
            .task(task("text").when(json!({ "cat": ["true"] })))
            .task(task("null").when(json!({ "var": "input.missing" })))
            .outcome(
                "true succeeded · false skipped(condition) · one skipped(condition) · text skipped(condition) · \
                 null skipped(condition) · run succeeded",
            ),
        scenario("a literal condition is a condition")
            .task(task("a").when(json!(true)))
            .task(task("b").when(json!(false)))
            .task(task("c").when(json!([true])))
            .outcome("a succeeded · b skipped(condition) · c skipped(condition) · run succeeded"),
        scenario("a condition sees the status and the output of the tasks before")
            .task(task("a").gives(1, json!({ "x": [3, 4] })))
            .task(
                task("b")
                    .needs(["a"])
                    .when(json!({ "==": [{ "var": "tasks.a.status" }, "succeeded"] })),
            )
            .task(
                task("c")
                    .needs(["a"])
                    .when(json!({ "==": [{ "var": "tasks.a.output.x.1" }, 4] })),
            )
            .task(
                task("d")
                    .needs(["a"])
                    .when(json!({ "==": [{ "var": "tasks.a.output.x.0" }, 4] })),
            )
            .outcome(r#"a succeeded = {"x":[3,4]} · b succeeded · c succeeded · d skipped(condition) · run succeeded"#),
        scenario("a task that is skipped does not hold up the others")
            .task(task("a").when(json!(false)).takes(100))
            .task(task("b").takes(2))
            .outcome("a skipped(condition) · b succeeded · run succeeded")
            .calls("b 0-2"),
        scenario("a condition is decided when the needs have ended, whether or not there is a slot")
            .asks_for(Feature::Parallel)
            .max_parallel(1)
            .task(task("a").fails(5))
            .task(task("b").when(json!(false)))
            .outcome("a failed(transient: boom) · b skipped(condition) · run failed(a)"),
        scenario("a condition that cannot be evaluated fails its task, or skips it if the engine is told so")
            .task(task("a").when(throwing()))
            .task(task("b").needs(["a"]))
            .outcome(format!("a failed(condition: {reason})×0 · b cancelled · run failed(a)"))
            .outcome("a skipped(condition) · b skipped(upstream) · run succeeded"),
        scenario("a last condition that cannot be evaluated fails its task, or skips it if the engine is told so")
            .task(task("a"))
            .task(task("b").needs(["a"]).when(throwing()))
            .outcome(format!("a succeeded · b failed(condition: {reason})×0 · run failed(b)"))
            .outcome("a succeeded · b skipped(condition) · run succeeded"),
        scenario("a template sees the input and the tasks before")
            .input(json!({ "n": 7 }))
            .task(task("a").gives(2, json!([5])))
            .task(task("b").needs(["a"]).template(json!({
                "n": { "var": "input.n" }, "of a": { "var": "tasks.a.output.0" }, "was": { "var": "tasks.a.status" }
            })))
            .outcome("a succeeded = [5] · b succeeded · run succeeded")
            .calls(r#"a 0-2, b({"n":7,"of a":5,"was":"succeeded"}) 2-3"#),
        scenario("in a template, `$` before a key makes it literal")
            .task(task("a").template(json!({ "$cat": ["x", { "cat": ["y", "z"] }] })))
            .outcome("a succeeded · run succeeded")
            .calls(r#"a({"cat":["x","yz"]}) 0-1"#),
        scenario("a template that reads what is not there gives null")
            .task(task("a").template(json!([{ "var": "input.x" }, { "var": "tasks.b.output" }])))
            .outcome("a succeeded · run succeeded")
            .calls("a([null,null]) 0-1"),
        scenario("a template that cannot be evaluated fails its task without a call")
            .task(task("a").template(throwing()))
            .task(task("b").needs(["a"]))
            .outcome(format!("a failed(input: {reason})×0 · b cancelled · run failed(a)"))
            .calls(""),
        scenario("a template that cannot be evaluated is not tried again")
            .task(task("a").template(throwing()).retry(3, 10))
            .outcome(format!("a failed(input: {reason})×0 · run failed(a)"))
            .calls(""),
    ]
}
