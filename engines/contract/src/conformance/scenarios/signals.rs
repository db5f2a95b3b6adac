//! Signals: cancel, pause, resume.

use serde_json::json;

use crate::conformance::scenario::{Scenario, scenario, task};
use crate::workflow::{Input, OnFailure};
use crate::{Event, Feature, RunStatus, Signal, TaskStatus};

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
        scenario("cancel drops what runs and cancels the rest")
            .asks_for(Feature::Parallel)
            .task(task("a").gives(10, json!(1)))
            .task(task("b").takes(100))
            .task(task("c").needs(["b"]))
            .signal(30, Signal::Cancel)
            .outcome("a succeeded = 1 · b cancelled×1 · c cancelled · run cancelled")
            .calls("a 0-10, b 0-30 dropped"),
        scenario("cancel before the start lets nothing run")
            .task(task("a"))
            .task(task("b").needs(["a"]))
            .signal(0, Signal::Cancel)
            .outcome("a cancelled · b cancelled · run cancelled")
            .calls(""),
        scenario("cancel after the end has no effect")
            .task(task("a").takes(5))
            .signal(6, Signal::Cancel)
            .outcome("a succeeded · run succeeded"),
        scenario("a result at the moment of a cancel comes first")
            .task(task("a").gives(10, json!(1)))
            .task(task("b").needs(["a"]))
            .signal(10, Signal::Cancel)
            .outcome("a succeeded = 1 · b cancelled · run cancelled")
            .calls("a 0-10"),
        scenario("cancel ends a back-off")
            .task(task("a").retry(2, 100).fails(5))
            .signal(30, Signal::Cancel)
            .outcome("a cancelled×1 · run cancelled")
            .calls("a 0-5 failed"),
        scenario("a cancelled run does not compensate")
            .on_failure(OnFailure::Compensate)
            .task(task("a").undo(Input::default()))
            .task(task("b").needs(["a"]).takes(50))
            .signal(20, Signal::Cancel)
            .outcome("a succeeded · b cancelled×1 · run cancelled")
            .calls("a 0-1, b 1-20 dropped"),
        scenario("once compensation has begun, cancel has no effect")
            .on_failure(OnFailure::Compensate)
            .task(task("a").undo(Input::default()).undoing(50, None))
            .task(task("b").needs(["a"]).fails(4))
            .signal(20, Signal::Cancel)
            .outcome("a succeeded · b failed(transient: boom) · undone a · run compensated(b)")
            .calls("a 0-1, b 1-5 failed, undo a 5-55"),
        scenario("during a pause running calls finish, and nothing starts until resume")
            .task(task("a").gives(20, json!(1)))
            .task(task("b").needs(["a"]).takes(5))
            .signal(10, Signal::Pause)
            .signal(50, Signal::Resume)
            .outcome("a succeeded = 1 · b succeeded · run succeeded")
            .calls("a 0-20, b 50-55")
            .events([
                (0, Event::RunStarted),
                (0, started("a")),
                (10, Event::RunPaused),
                (20, succeeded("a")),
                (50, Event::RunResumed),
                (50, started("b")),
                (55, succeeded("b")),
                (
                    55,
                    Event::RunEnded {
                        status: RunStatus::Succeeded,
                    },
                ),
            ]),
        scenario("a pause that is there before the start lets nothing start")
            .task(task("a").takes(5))
            .signal(0, Signal::Pause)
            .signal(30, Signal::Resume)
            .outcome("a succeeded · run succeeded")
            .calls("a 30-35"),
        scenario("a pause that nothing will end leaves the run paused")
            .task(task("a").takes(20))
            .task(task("b").needs(["a"]))
            .signal(10, Signal::Pause)
            .outcome("a succeeded · b pending · run paused")
            .calls("a 0-20"),
        scenario("pausing twice and resuming without a pause do nothing more")
            .task(task("a").takes(20))
            .task(task("b").needs(["a"]).takes(5))
            .signal(3, Signal::Resume)
            .signal(10, Signal::Pause)
            .signal(12, Signal::Pause)
            .signal(50, Signal::Resume)
            .outcome("a succeeded · b succeeded · run succeeded")
            .calls("a 0-20, b 50-55"),
        scenario("a back-off goes on during a pause")
            .task(task("a").retry(2, 30).fails(10).takes(5))
            .signal(5, Signal::Pause)
            .signal(20, Signal::Resume)
            .outcome("a succeeded×2 · run succeeded")
            .calls("a 0-10 failed, a#2 40-45"),
        scenario("the run's timeout goes on during a pause")
            .timeout(30)
            .task(task("a").takes(10))
            .task(task("b").needs(["a"]))
            .signal(5, Signal::Pause)
            .outcome("a succeeded · b cancelled · run timed_out")
            .calls("a 0-10"),
        scenario("cancel ends a paused run")
            .task(task("a").takes(10))
            .task(task("b").needs(["a"]))
            .signal(5, Signal::Pause)
            .signal(40, Signal::Cancel)
            .outcome("a succeeded · b cancelled · run cancelled")
            .calls("a 0-10"),
    ]
}
