//! The engine's process dies and comes back: "`recover` brings the run to the outcome it would have had."

use serde_json::json;

use crate::conformance::scenario::{Scenario, ask, scenario, task};
use crate::script::Then;
use crate::workflow::Input;
use crate::workflow::OnFailure::{Compensate, Continue};
use crate::{CallError, Json, Signal};

pub(super) fn scenarios() -> Vec<Scenario> {
    let needs_both = || {
        scenario_of_three("a call that was in flight is made again, and one whose end was written down is not")
            .crash(15, 0)
    };
    vec![
        needs_both().calls("a 0-10, b 0-15 lost, b 15-20, c 20-25"),
        scenario_of_three("what ended while the process was down has ended at once").crash(15, 30).calls(
            "a 0-10, b 0-15 lost, b 45-45, c 45-50",
        ),
        scenario_of_three("a process may die again and again")
            .crash(5, 1)
            .crash(7, 4)
            .crash(22, 1)
            .calls("a 0-5 lost, b 0-5 lost, a 6-7 lost, b 6-7 lost, a 11-11, b 11-20, c 20-22 lost, c 23-25"),
        scenario("a process that dies after a result was written down goes on behind it")
            .task(task("a").gives(10, json!({ "n": 1.5 })))
            .task(task("b").needs(["a"]).template(json!({ "var": "tasks.a.output" })).takes(5))
            .crash(12, 100)
            .outcome(r#"a succeeded = {"n":1.5} · b succeeded · run succeeded"#)
            .calls(r#"a 0-10, b({"n":1.5}) 10-12 lost, b({"n":1.5}) 112-112"#),
        scenario("an attempt made again is still the same attempt")
            .task(task("a").retry(2, 10).fails(20).takes(5))
            .crash(8, 2)
            .outcome("a succeeded×2 · run succeeded")
            .calls("a 0-8 lost, a 10-20 failed, a#2 30-35"),
        scenario("a back-off that was over during the outage is over at once")
            .task(task("a").retry(2, 10).fails(5).takes(5))
            .crash(7, 40)
            .outcome("a succeeded×2 · run succeeded")
            .calls("a 0-5 failed, a#2 47-52"),
        scenario("a back-off goes on where it was")
            .task(task("a").retry(2, 100).fails(5).takes(5))
            .crash(7, 40)
            .outcome("a succeeded×2 · run succeeded")
            .calls("a 0-5 failed, a#2 105-110"),
        scenario("a timeout is kept as a deadline")
            .task(task("a").timeout(50).attempt(0, Then::NeverReturns))
            .crash(20, 10)
            .outcome("a timed_out(timeout: no result within 50 ms) · run failed(a)")
            .calls("a 0-20 lost, a 30-50 dropped"),
        scenario("the timeout of a run goes on during an outage")
            .timeout(50)
            .task(task("a").takes(100))
            .crash(20, 40)
            .outcome("a cancelled×1 · run timed_out")
            .calls("a 0-20 lost, a 60-60 dropped"),
        scenario("of two deadlines that passed during an outage the earlier one counts")
            .timeout(40)
            .task(task("a").timeout(60).attempt(0, Then::NeverReturns))
            .crash(20, 100)
            .outcome("a cancelled×1 · run timed_out")
            .calls("a 0-20 lost, a 120-120 dropped"),
        scenario("a run that waits for an answer survives")
            .task(ask("q"))
            .task(task("a").needs(["q"]).template(json!({ "var": "tasks.q.output" })))
            .crash(10, 10)
            .answer(40, "q", json!("yes"))
            .outcome(r#"q succeeded×0 = "yes" · a succeeded · run succeeded"#)
            .calls(r#"a("yes") 40-41"#),
        scenario("a signal that comes during an outage is there afterwards")
            .task(ask("q"))
            .task(task("a").needs(["q"]))
            .crash(10, 60)
            .answer(40, "q", json!(1))
            .outcome("q succeeded×0 = 1 · a succeeded · run succeeded")
            .calls("a 70-71"),
        scenario("a paused run stays paused")
            .task(task("a").takes(10))
            .task(task("b").needs(["a"]).takes(5))
            .signal(5, Signal::Pause)
            .crash(20, 10)
            .signal(50, Signal::Resume)
            .outcome("a succeeded · b succeeded · run succeeded")
            .calls("a 0-10, b 50-55"),
        scenario("an undoing that was in flight is made again, and what is undone is not undone again")
            .on_failure(Compensate)
            .task(task("a").undo(Input::default()).undoing(10, None))
            .task(task("b").needs(["a"]).undo(Input::default()).undoing(
                10,
                Some(CallError::new("boom", "no")),
            ))
            .task(task("c").needs(["b"]).fails(1))
            .crash(17, 2)
            .outcome(
                "a succeeded · b succeeded · c failed(transient: boom) · undone b(boom: no), a · run compensation_failed(c)",
            )
            .calls("a 0-1, b 1-2, c 2-3 failed, undo b 3-13 failed, undo a 13-17 lost, undo a 19-23"),
        scenario("the items of a task are recovered one by one")
            .max_parallel(2)
            .task(
                task("a")
                    .for_each(json!([1, 2, 3]))
                    .item(0, 10, Then::Returns(Json::new(json!("x"))))
                    .item(1, 20, Then::Returns(Json::new(json!("y"))))
                    .item(2, 5, Then::Returns(Json::new(json!("z")))),
            )
            .crash(12, 1)
            .outcome(r#"a succeeded×3 = ["x","y","z"] · run succeeded"#)
            .calls("a[0] 0-10, a[1] 0-12 lost, a[2] 10-12 lost, a[1] 13-20, a[2] 13-15"),
        scenario("a failure that was written down stays one")
            .on_failure(Continue)
            .task(task("a").fails(5))
            .task(task("b").needs(["a"]))
            .task(task("c").takes(20))
            .crash(10, 0)
            .outcome("a failed(transient: boom) · b skipped(upstream) · c succeeded · run failed(a)")
            .calls("a 0-5 failed, c 0-10 lost, c 10-20"),
    ]
}

/// `a` and `b` beside each other, then `c`.
fn scenario_of_three(name: &'static str) -> Scenario {
    scenario(name)
        .task(task("a").takes(10))
        .task(task("b").takes(20))
        .task(task("c").needs(["a", "b"]).takes(5))
        .outcome("a succeeded · b succeeded · c succeeded · run succeeded")
}
