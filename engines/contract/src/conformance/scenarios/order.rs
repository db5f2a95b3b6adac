//! When tasks start: needs, `max_parallel`, priority.

use serde_json::json;

use crate::conformance::scenario::{Scenario, scenario, task};
use crate::{Event, Feature, RunStatus, TaskStatus};

pub(super) fn scenarios() -> Vec<Scenario> {
    let started = |id: &str| Event::AttemptStarted {
        task: id.into(),
        item: None,
        attempt: 1,
    };
    let succeeded = |id: &str| Event::TaskEnded {
        task: id.into(),
        status: TaskStatus::Succeeded,
    };
    vec![
        scenario("a workflow without tasks succeeds at once")
            .outcome("run succeeded")
            .calls("")
            .events([
                (0, Event::RunStarted),
                (
                    0,
                    Event::RunEnded {
                        status: RunStatus::Succeeded,
                    },
                ),
            ]),
        scenario("a task's handler is called with the literal input, and its output is the task's")
            .task(
                task("a")
                    .handler("h")
                    .literal(json!({ "x": [1] }))
                    .gives(7, json!({ "y": true })),
            )
            .outcome(r#"a succeeded = {"y":true} · run succeeded"#)
            .calls(r#"a@h({"x":[1]}) 0-7"#),
        scenario("a task starts when the one it needs has ended")
            .task(task("a").takes(30))
            .task(task("b").needs(["a"]).takes(5))
            .outcome("a succeeded · b succeeded · run succeeded")
            .calls("a 0-30, b 30-35")
            .events([
                (0, Event::RunStarted),
                (0, started("a")),
                (30, succeeded("a")),
                (30, started("b")),
                (35, succeeded("b")),
                (
                    35,
                    Event::RunEnded {
                        status: RunStatus::Succeeded,
                    },
                ),
            ]),
        scenario("a call that takes no time ends at the moment it started")
            .task(task("a").takes(0))
            .task(task("b").needs(["a"]).takes(0))
            .outcome("a succeeded · b succeeded · run succeeded")
            .calls("a 0-0, b 0-0"),
        scenario("a need that is given twice counts once")
            .task(task("a").takes(3))
            .task(task("b").needs(["a", "a"]))
            .outcome("a succeeded · b succeeded · run succeeded")
            .calls("a 0-3, b 3-4"),
        scenario("a need may be declared after the task that needs it")
            .task(task("b").needs(["a"]))
            .task(task("a").takes(3))
            .outcome("b succeeded · a succeeded · run succeeded")
            .calls("a 0-3, b 3-4"),
        scenario("every task of a diamond runs once")
            .task(task("a"))
            .task(task("b").needs(["a"]).takes(5))
            .task(task("c").needs(["a"]).takes(7))
            .task(task("d").needs(["b", "c"]))
            .outcome("a succeeded · b succeeded · c succeeded · d succeeded · run succeeded"),
        scenario("independent tasks run at the same time")
            .asks_for(Feature::Parallel)
            .task(task("a").takes(10))
            .task(task("b").takes(20))
            .task(task("c").takes(15))
            .outcome("a succeeded · b succeeded · c succeeded · run succeeded")
            .calls("a 0-10, b 0-20, c 0-15"),
        scenario("a task waits for its own needs and for nothing else")
            .asks_for(Feature::Parallel)
            .task(task("slow").takes(50))
            .task(task("quick").takes(10))
            .task(task("next").needs(["quick"]).takes(5))
            .task(task("last").needs(["slow", "next"]))
            .outcome("slow succeeded · quick succeeded · next succeeded · last succeeded · run succeeded")
            .calls("quick 0-10, slow 0-50, next 10-15, last 50-51"),
        scenario("under `max_parallel`, the next task starts when a slot is free")
            .asks_for(Feature::Parallel)
            .max_parallel(2)
            .task(task("a").takes(10))
            .task(task("b").takes(25))
            .task(task("c").takes(20))
            .task(task("d").takes(6))
            .outcome("a succeeded · b succeeded · c succeeded · d succeeded · run succeeded")
            .calls("a 0-10, b 0-25, c 10-30, d 25-31"),
        scenario("under a `max_parallel` of one, ready tasks run in the order of their declaration")
            .max_parallel(1)
            .task(task("c").needs(["b"]).takes(3))
            .task(task("b").takes(2))
            .task(task("a").takes(4))
            .outcome("c succeeded · b succeeded · a succeeded · run succeeded")
            .calls("b 0-2, c 2-5, a 5-9"),
        scenario("among ready tasks, the higher priority starts first")
            .max_parallel(1)
            .task(task("low").priority(-1).takes(2))
            .task(task("a").takes(3))
            .task(task("b").takes(4))
            .task(task("high").priority(5).takes(5))
            .outcome("low succeeded · a succeeded · b succeeded · high succeeded · run succeeded")
            .calls("high 0-5, a 5-8, b 8-12, low 12-14"),
        scenario("a task that becomes ready passes by waiting ones of lower priority")
            .max_parallel(1)
            .task(task("a").takes(2))
            .task(task("b").takes(3))
            .task(task("after a").needs(["a"]).priority(9).takes(4))
            .outcome("a succeeded · b succeeded · after a succeeded · run succeeded")
            .calls("a 0-2, after a 2-6, b 6-9"),
    ]
}
