//! What a failed task does to the rest: `stop`, `cancel`, `continue`; and what becomes of its error.

use serde_json::json;

use crate::Feature;
use crate::conformance::scenario::{Scenario, scenario, task};
use crate::script::Then;
use crate::workflow::OnFailure::{Cancel, Continue};

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario("by default, nothing starts after a failure")
            .task(task("a").gives(3, json!(1)))
            .task(task("b").needs(["a"]).fails_as(4, "permanent", "no way"))
            .task(task("c").needs(["b"]))
            .task(task("d").needs(["c"]))
            .outcome("a succeeded = 1 · b failed(permanent: no way) · c cancelled · d cancelled · run failed(b)")
            .calls("a 0-3, b 3-7 failed"),
        scenario("under `stop`, running calls finish and are recorded")
            .asks_for(Feature::Parallel)
            .task(task("a").fails(5))
            .task(task("b").gives(20, json!("done")))
            .task(task("c").needs(["b"]))
            .outcome(r#"a failed(transient: boom) · b succeeded = "done" · c cancelled · run failed(a)"#)
            .calls("a 0-5 failed, b 0-20"),
        scenario("under `stop`, a call that fails while the run ends is not tried again")
            .asks_for(Feature::Parallel)
            .task(task("a").fails(5))
            .task(task("b").retry(3, 1).fails_as(9, "transient", "late"))
            .outcome("a failed(transient: boom) · b failed(transient: late) · run failed(a)")
            .calls("a 0-5 failed, b 0-9 failed"),
        scenario("under `stop`, a task between two attempts is cancelled")
            .asks_for(Feature::Parallel)
            .task(task("a").fails(5))
            .task(task("b").retry(3, 50).fails(2))
            .outcome("a failed(transient: boom) · b cancelled×1 · run failed(a)")
            .calls("a 0-5 failed, b 0-2 failed"),
        scenario("under `cancel`, running calls are dropped")
            .asks_for(Feature::Parallel)
            .on_failure(Cancel)
            .task(task("a").fails(5))
            .task(task("b").takes(20))
            .task(task("c").needs(["b"]))
            .outcome("a failed(transient: boom) · b cancelled×1 · c cancelled · run failed(a)")
            .calls("a 0-5 failed, b 0-5 dropped"),
        scenario("under `continue`, independent tasks go on")
            .on_failure(Continue)
            .task(task("a").fails(5))
            .task(task("b").takes(20))
            .task(task("c").needs(["b"]))
            .outcome("a failed(transient: boom) · b succeeded · c succeeded · run failed(a)"),
        scenario("the first failure in time is the run's error")
            .asks_for(Feature::Parallel)
            .on_failure(Continue)
            .task(task("a").fails_as(20, "permanent", "second"))
            .task(task("b").fails_as(10, "permanent", "first"))
            .outcome("a failed(permanent: second) · b failed(permanent: first) · run failed(b)"),
        scenario("an error keeps the handler's own kind and message")
            .task(task("a").fails_as(1, "Over Quota!", "Task a error: 429\n\"slow down\""))
            .outcome(r#"a failed(Over Quota!: Task a error: 429\n"slow down") · run failed(a)"#),
        scenario("a failure of the only task fails the run under `continue` too")
            .on_failure(Continue)
            .task(task("a").fails_as(3, "timeout", "the handler's own"))
            .outcome("a failed(timeout: the handler's own) · run failed(a)"),
        scenario("a handler that panics is an error of kind `panic`")
            .task(task("a").attempt(3, Then::Panics("out of cheese".to_owned())))
            .task(task("b").needs(["a"]))
            .outcome("a failed(panic: out of cheese) · b cancelled · run failed(a)")
            .calls("a 0-3 panicked"),
        scenario("an attempt whose handler panicked may be made again")
            .task(
                task("a")
                    .retry(2, 4)
                    .attempt(3, Then::Panics("once".to_owned()))
                    .takes(2),
            )
            .outcome("a succeeded×2 · run succeeded")
            .calls("a 0-3 panicked, a#2 7-9"),
    ]
}
