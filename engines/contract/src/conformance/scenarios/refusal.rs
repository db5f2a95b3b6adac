//! Definitions that are refused, each with all that is wrong with it.

use serde_json::{Value, json};

use crate::conformance::scenario::{Scenario, scenario, task};
use crate::workflow::{Input, RunIf};

/// Logic nested more deeply than the evaluator compiles.
fn too_deep() -> Value {
    (0..300).fold(json!(true), |inner, _| json!({ "!": [inner] }))
}

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario("a need that does not exist is refused")
            .task(task("a").needs(["b"]))
            .outcome("refused: task `a` needs `b`, which does not exist"),
        scenario("an id that is used twice is refused once")
            .task(task("a"))
            .task(task("a"))
            .task(task("a"))
            .outcome("refused: the id `a` is used by more than one task"),
        scenario("an empty id of the workflow or of a task is refused")
            .id("")
            .task(task("a"))
            .task(task(""))
            .outcome("refused: the workflow has an empty id; task number 2 has an empty id"),
        scenario("a task that needs itself is refused")
            .task(task("a").needs(["a"]))
            .outcome("refused: task `a` needs itself"),
        scenario("tasks that need each other are refused, each circle by its tasks")
            .task(task("d").needs(["c"]))
            .task(task("c").needs(["d", "a"]))
            .task(task("b").needs(["a"]))
            .task(task("a").needs(["b"]))
            .task(task("e").needs(["d"]))
            .outcome(
                "refused: the tasks `a`, `b` need each other in a circle; the tasks `c`, `d` need each other in a circle",
            ),
        scenario("a `max_parallel` or a `max_attempts` of zero is refused")
            .max_parallel(0)
            .task(task("a").retry(0, 1))
            .outcome("refused: max_parallel is 0; max_attempts of task `a` is 0"),
        scenario("a task with both `ask` and `call`, or with neither, is refused")
            .task(task("both").ask())
            .task(task("none").no_work())
            .outcome("refused: task `both` has both `ask` and `call`; task `none` has neither `ask` nor `call`"),
        scenario("a question per item is refused")
            .task(task("a").no_work().ask().for_each(json!([1])))
            .outcome("refused: task `a` has `for_each` with `ask`"),
        scenario("asking for any of no needs is refused")
            .task(task("a").run_if(RunIf::AnySucceeded))
            .task(task("b").run_if(RunIf::AnyFailed))
            .task(task("c").run_if(RunIf::AllDone))
            .outcome(
                "refused: task `a` has a `run_if` that asks for any of its needs, but has no needs; \
                 task `b` has a `run_if` that asks for any of its needs, but has no needs",
            ),
        scenario("logic that does not compile is refused, by its field")
            .task(task("a").when(too_deep()))
            .task(task("b").template(too_deep()).undo(Input::Template(too_deep())))
            .task(task("c").for_each(too_deep()))
            .outcome(
                "refused: the `when` of task `a` does not compile; the template of `call` of task `b` does not compile; \
                 the template of `compensate` of task `b` does not compile; the `for_each` of task `c` does not compile",
            ),
        scenario("all problems are named, in order")
            .max_parallel(0)
            .task(task("b").needs(["x", "b"]))
            .task(task("a").no_work())
            .task(task("b").undo(Input::default()))
            .outcome(
                "refused: the id `b` is used by more than one task; task `b` needs `x`, which does not exist; \
                 task `b` needs itself; max_parallel is 0; task `a` has neither `ask` nor `call`",
            ),
    ]
}
