//! Tasks that ask a user.

use serde_json::json;

use crate::conformance::scenario::{Scenario, ask, scenario, task};
use crate::{Event, RunStatus, TaskStatus};

pub(super) fn scenarios() -> Vec<Scenario> {
    let ended = |id: &str, status| Event::TaskEnded {
        task: id.into(),
        status,
    };
    vec![
        scenario("an answer is the output of the task that asked")
            .task(ask("q"))
            .task(task("a").needs(["q"]).template(json!({ "var": "tasks.q.output" })))
            .answer(40, "q", json!({ "yes": true }))
            .outcome(r#"q succeeded×0 = {"yes":true} · a succeeded · run succeeded"#)
            .calls(r#"a({"yes":true}) 40-41"#)
            .events([
                (0, Event::RunStarted),
                (0, Event::Waiting { task: "q".into() }),
                (0, Event::RunPaused),
                (40, Event::RunResumed),
                (40, ended("q", TaskStatus::Succeeded)),
                (
                    40,
                    Event::AttemptStarted {
                        task: "a".into(),
                        item: None,
                        attempt: 1,
                    },
                ),
                (41, ended("a", TaskStatus::Succeeded)),
                (
                    41,
                    Event::RunEnded {
                        status: RunStatus::Succeeded,
                    },
                ),
            ]),
        scenario("a question that is never answered leaves the run paused")
            .task(task("a").takes(5))
            .task(ask("q").needs(["a"]))
            .task(task("b").needs(["q"]))
            .outcome("a succeeded · q waiting · b pending · run paused")
            .calls("a 0-5"),
        scenario("a question does not hold up other tasks, and takes no slot")
            .max_parallel(1)
            .task(ask("q"))
            .task(task("a").takes(5))
            .task(task("b").needs(["q"]).takes(3))
            .answer(2, "q", json!(1))
            .outcome("q succeeded×0 = 1 · a succeeded · b succeeded · run succeeded")
            .calls("a 0-5, b 5-8"),
        scenario("an answer to a task that does not wait is refused and changes nothing")
            .task(task("a").takes(10))
            .task(ask("q").needs(["a"]))
            .answer(5, "q", json!("too early"))
            .answer(6, "a", json!("not asked"))
            .answer(7, "nobody", json!("not there"))
            .answer(20, "q", json!("in time"))
            .outcome(r#"a succeeded · q succeeded×0 = "in time" · run succeeded"#)
            .events([
                (0, Event::RunStarted),
                (
                    0,
                    Event::AttemptStarted {
                        task: "a".into(),
                        item: None,
                        attempt: 1,
                    },
                ),
                (5, Event::AnswerRefused { task: "q".into() }),
                (6, Event::AnswerRefused { task: "a".into() }),
                (7, Event::AnswerRefused { task: "nobody".into() }),
                (10, ended("a", TaskStatus::Succeeded)),
                (10, Event::Waiting { task: "q".into() }),
                (10, Event::RunPaused),
                (20, Event::RunResumed),
                (20, ended("q", TaskStatus::Succeeded)),
                (
                    20,
                    Event::RunEnded {
                        status: RunStatus::Succeeded,
                    },
                ),
            ]),
        scenario("a question with a timeout waits no longer")
            .task(ask("q").timeout(30))
            .task(task("a").needs(["q"]))
            .answer(31, "q", json!("late"))
            .outcome("q timed_out(timeout: no result within 30 ms)×0 · a cancelled · run failed(q)"),
        scenario("a cancel ends the waiting")
            .task(ask("q"))
            .signal(10, crate::Signal::Cancel)
            .outcome("q cancelled · run cancelled"),
        scenario("a question whose condition does not hold is not asked")
            .task(ask("q").when(json!(false)))
            .outcome("q skipped(condition) · run succeeded"),
    ]
}
