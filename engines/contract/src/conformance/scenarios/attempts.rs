//! Retries and timeouts.

use serde_json::json;

use crate::conformance::scenario::{Scenario, scenario, task};
use crate::script::Then;
use crate::workflow::OnFailure::Continue;
use crate::workflow::Retry;
use crate::{ErrorKind, Event, Feature, Millis, RunStatus, TaskStatus};

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut all = retries();
    all.extend(timeouts());
    all
}

fn retries() -> Vec<Scenario> {
    let started = |attempt| Event::AttemptStarted {
        task: "a".into(),
        item: None,
        attempt,
    };
    let backed_off = |attempt, delay| Event::BackedOff {
        task: "a".into(),
        item: None,
        attempt,
        delay: Millis(delay),
    };
    let retry = Retry {
        max_attempts: 5,
        initial: Millis(10),
        factor: 3.0,
        max_delay: Some(Millis(40)),
        only: None,
    };
    let only = Retry {
        max_attempts: 3,
        only: Some(vec![ErrorKind::from("busy"), ErrorKind::Permanent]),
        ..retry.clone()
    };
    vec![
        scenario("a failed attempt is made again after a delay that grows")
            .task(task("a").retry(4, 10).fails(1).fails(2).fails(3).gives(4, json!("ok")))
            .outcome(r#"a succeeded×4 = "ok" · run succeeded"#)
            .calls("a 0-1 failed, a#2 11-13 failed, a#3 33-36 failed, a#4 76-80")
            .events([
                (0, Event::RunStarted),
                (0, started(1)),
                (1, backed_off(1, 10)),
                (11, started(2)),
                (13, backed_off(2, 20)),
                (33, started(3)),
                (36, backed_off(3, 40)),
                (76, started(4)),
                (
                    80,
                    Event::TaskEnded {
                        task: "a".into(),
                        status: TaskStatus::Succeeded,
                    },
                ),
                (
                    80,
                    Event::RunEnded {
                        status: RunStatus::Succeeded,
                    },
                ),
            ]),
        scenario("`max_attempts` counts all attempts, and the last error is the task's")
            .task(task("a").retry(3, 5).fails(1).fails(1).fails_as(1, "worse", "last"))
            .task(task("b").needs(["a"]))
            .outcome("a failed(worse: last)×3 · b cancelled · run failed(a)")
            .calls("a 0-1 failed, a#2 6-7 failed, a#3 17-18 failed"),
        scenario("a delay grows by `factor` up to `max_delay`")
            .task(task("a").retry_as(retry).fails(1))
            .outcome("a failed(transient: boom)×5 · run failed(a)")
            .calls("a 0-1 failed, a#2 11-12 failed, a#3 42-43 failed, a#4 83-84 failed, a#5 124-125 failed"),
        scenario("a delay of zero means ready again at once")
            .task(task("a").retry(2, 0).fails(2).takes(3))
            .outcome("a succeeded×2 · run succeeded")
            .calls("a 0-2 failed, a#2 2-5"),
        scenario("a permanent error is not retried")
            .task(task("a").retry(3, 5).fails_as(2, "permanent", "never"))
            .outcome("a failed(permanent: never) · run failed(a)")
            .calls("a 0-2 failed"),
        scenario("an error of a handler's own kind is retried")
            .task(task("a").retry(2, 5).fails_as(2, "busy", "wait").takes(1))
            .outcome("a succeeded×2 · run succeeded"),
        scenario("with `only`, the kinds it names are retried, and no others")
            .task(
                task("a")
                    .retry_as(only)
                    .fails_as(1, "busy", "")
                    .fails_as(1, "permanent", "")
                    .takes(1),
            )
            .task(
                task("b")
                    .needs(["a"])
                    .retry_as(Retry {
                        max_attempts: 3,
                        only: Some(vec![ErrorKind::Timeout]),
                        ..Retry::default()
                    })
                    .fails(2),
            )
            .outcome("a succeeded×3 · b failed(transient: boom) · run failed(b)"),
        scenario("a task that backs off holds no slot, and queues again like any other")
            .max_parallel(1)
            .task(task("a").retry(2, 10).fails(5).takes(3))
            .task(task("b").takes(20))
            .task(task("c").takes(2))
            .outcome("a succeeded×2 · b succeeded · c succeeded · run succeeded")
            .calls("a 0-5 failed, b 5-25, a#2 25-28, c 28-30"),
    ]
}

fn timeouts() -> Vec<Scenario> {
    vec![
        scenario("an attempt that takes too long is dropped and has timed out")
            .task(task("a").timeout(10).attempt(0, Then::NeverReturns))
            .task(task("b").needs(["a"]))
            .outcome("a timed_out(timeout: no result within 10 ms) · b cancelled · run failed(a)")
            .calls("a 0-10 dropped"),
        scenario("a result at the moment of the timeout is in time")
            .task(task("a").timeout(10).gives(10, json!("just")))
            .outcome(r#"a succeeded = "just" · run succeeded"#)
            .calls("a 0-10"),
        scenario("an attempt that timed out may be made again, and each has its own time")
            .task(task("a").timeout(10).retry(3, 5).takes(100).takes(100).takes(9))
            .outcome("a succeeded×3 · run succeeded")
            .calls("a 0-10 dropped, a#2 15-25 dropped, a#3 35-44"),
        scenario("a last attempt that fails makes the task failed, whatever the ones before did")
            .task(
                task("a")
                    .timeout(10)
                    .retry(2, 0)
                    .takes(100)
                    .fails_as(3, "permanent", "no"),
            )
            .outcome("a failed(permanent: no)×2 · run failed(a)"),
        scenario("a task that timed out counts as failed for its dependents")
            .asks_for(Feature::Parallel)
            .on_failure(Continue)
            .task(task("a").timeout(10).takes(11))
            .task(task("b").needs(["a"]))
            .task(task("c").needs(["a"]).run_if(crate::workflow::RunIf::AnyFailed))
            .outcome(
                "a timed_out(timeout: no result within 10 ms) · b skipped(upstream) · c succeeded · run failed(a)",
            ),
        scenario("the run's timeout drops what runs and cancels the rest")
            .asks_for(Feature::Parallel)
            .timeout(30)
            .task(task("a").gives(10, json!(1)))
            .task(task("b").takes(100))
            .task(task("c").needs(["b"]))
            .outcome("a succeeded = 1 · b cancelled×1 · c cancelled · run timed_out")
            .calls("a 0-10, b 0-30 dropped"),
        scenario("a run that ends in time is not touched by its timeout")
            .timeout(30)
            .task(task("a").takes(30))
            .outcome("a succeeded · run succeeded"),
        scenario("the run's timeout ends a back-off too")
            .timeout(30)
            .task(task("a").retry(2, 100).fails(5))
            .outcome("a cancelled×1 · run timed_out")
            .calls("a 0-5 failed"),
    ]
}
