//! Tasks that run once per item of a list.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{throwing, thrown};
use crate::conformance::scenario::{Scenario, scenario, task};
use crate::script::Then;
use crate::{CallError, Feature};

fn gives(value: Value) -> Then {
    Then::Returns(Arc::new(value))
}

fn fails(message: &str) -> Then {
    Then::Fails(CallError::new("transient", message))
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let list = json!({ "var": "input" });
    vec![
        scenario("a task runs once per item, at the same time, and gives the list of their outputs")
            .asks_for(Feature::Parallel)
            .input(json!(["x", "y", "z"]))
            .task(
                task("a")
                    .for_each(list.clone())
                    .template(json!({ "item": { "var": "item" }, "at": { "var": "index" } }))
                    .item(0, 30, gives(json!(0)))
                    .item(1, 10, gives(json!(1)))
                    .item(2, 20, gives(json!(2))),
            )
            .task(task("b").needs(["a"]).template(json!({ "var": "tasks.a.output.2" })))
            .outcome("a succeeded×3 = [0,1,2] · b succeeded · run succeeded")
            .calls(concat!(
                r#"a[0]({"at":0,"item":"x"}) 0-30, a[1]({"at":1,"item":"y"}) 0-10, a[2]({"at":2,"item":"z"}) 0-20, "#,
                "b(2) 30-31"
            )),
        scenario("a task over an empty list succeeds with an empty list")
            .task(task("a").for_each(json!([])))
            .task(task("b").needs(["a"]))
            .outcome("a succeeded×0 = [] · b succeeded · run succeeded")
            .calls("b 0-1"),
        scenario("a task over something else than a list fails")
            .input(json!({ "not": "a list" }))
            .task(task("a").for_each(list.clone()))
            .task(task("b").needs(["a"]))
            .outcome("a failed(input: for_each did not give a list)×0 · b cancelled · run failed(a)"),
        scenario("a list that cannot be evaluated fails the task")
            .task(task("a").for_each(throwing()))
            .outcome(format!("a failed(input: {})×0 · run failed(a)", thrown())),
        scenario("items take slots, in their order")
            .asks_for(Feature::Parallel)
            .max_parallel(2)
            .input(json!([1, 2, 3]))
            .task(
                task("a")
                    .for_each(list.clone())
                    .item(0, 10, gives(json!(0)))
                    .item(1, 4, gives(json!(1)))
                    .item(2, 3, gives(json!(2))),
            )
            .outcome("a succeeded×3 = [0,1,2] · run succeeded")
            .calls("a[0] 0-10, a[1] 0-4, a[2] 4-7"),
        scenario("each item is retried on its own, and all calls are the task's attempts")
            .asks_for(Feature::Parallel)
            .input(json!([1, 2]))
            .task(
                task("a")
                    .for_each(list.clone())
                    .retry(2, 5)
                    .item(0, 2, fails("once"))
                    .item(0, 3, gives(json!("a")))
                    .item(1, 4, gives(json!("b"))),
            )
            .outcome(r#"a succeeded×3 = ["a","b"] · run succeeded"#)
            .calls("a[0] 0-2 failed, a[1] 0-4, a[0]#2 7-10"),
        scenario("once an item has failed for good, those under way finish and no other starts")
            .asks_for(Feature::Parallel)
            .max_parallel(2)
            .input(json!([1, 2, 3]))
            .task(
                task("a")
                    .for_each(list.clone())
                    .item(0, 5, fails("zero"))
                    .item(1, 20, gives(json!(1)))
                    .item(2, 1, gives(json!(2))),
            )
            .task(task("b").needs(["a"]))
            .outcome("a failed(transient: zero)×2 · b cancelled · run failed(a)")
            .calls("a[0] 0-5 failed, a[1] 0-20"),
        scenario("each item has its own time")
            .asks_for(Feature::Parallel)
            .input(json!([1, 2]))
            .task(
                task("a")
                    .for_each(list)
                    .timeout(10)
                    .item(0, 3, gives(json!(0)))
                    .item(1, 50, gives(json!(1))),
            )
            .outcome("a failed(timeout: no result within 10 ms)×2 · run failed(a)")
            .calls("a[0] 0-3, a[1] 0-10 dropped"),
    ]
}
