//! Bugs in making calls: doubled, lost, misnamed, or made with the wrong input.

use std::sync::Arc;

use contract::Feature::{Cancel, ForEach, Needs, Retry, TaskTimeout, When};
use contract::{Call, CallResult, Event, Format, Json, Purpose, TaskStatus};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::values;
use crate::mutants::fault::Run;
use crate::mutants::{Mutant, Place};

fn dag(name: &'static str, about: &'static str) -> Mutant {
    Mutant::new(Place::Calls, Format::Dag, name, about)
}

pub(super) fn mutants() -> Vec<Mutant> {
    let mut mutants = numbers();
    mutants.extend(inputs());
    mutants.extend(unwanted());
    mutants
}

/// Makes the same call so many times at once, and takes the result of the last one.
fn times(run: &Arc<Run>, call: Call, count: usize) -> BoxFuture<'static, CallResult> {
    let calls: Vec<_> = (0..count).map(|_| run.host.call(call.clone())).collect();
    async move {
        let results = futures::future::join_all(calls).await;
        results.into_iter().next_back().unwrap_or_else(|| Ok(Json::default()))
    }
    .boxed()
}

fn numbers() -> Vec<Mutant> {
    vec![
        dag("doubles-a-call", "The first call of a run is made twice.")
            .seen_in("TheFactory TaskExecutionEngine: duplicate heap entries run a task twice")
            .smallest(1, 0)
            .calls(|run, call| {
                let count = if run.count("calls") == 0 { 2 } else { 1 };
                times(run, call, count)
            }),
        dag(
            "runs-a-join-once-per-parent",
            "A task that joins several branches is called once for each of them.",
        )
        .uses([Needs])
        .seen_in("agentic-orchestrator: a join hit by two parents runs twice")
        .smallest(3, 2)
        .calls(|run, call| {
            let mut needs = run.task(&call.task).map_or_else(Vec::new, |task| task.needs.clone());
            needs.sort();
            needs.dedup();
            let is_first = call.purpose == Purpose::Work && call.attempt == 1 && call.item.is_none();
            times(run, call, if is_first { needs.len().max(1) } else { 1 })
        }),
        dag(
            "never-makes-a-call",
            "The first task of a run is reported as done and never called.",
        )
        .seen_in("TheFactory Workflow: executes nothing and reports success")
        .smallest(1, 0)
        .calls(|run, call| {
            if run.count("calls") == 0 {
                return std::future::ready(Ok(Json::default())).boxed();
            }
            run.host.call(call)
        }),
        dag("numbers-attempts-from-0", "The first attempt goes by the number 0.")
            .smallest(1, 0)
            .calls(|run, mut call| {
                call.attempt -= 1;
                run.host.call(call)
            }),
        dag(
            "makes-each-attempt-the-first",
            "A later attempt goes by the number of the first, and so by its idempotency key.",
        )
        .uses([Retry])
        .smallest(1, 2)
        .calls(|run, mut call| {
            call.attempt = 1;
            run.host.call(call)
        }),
        dag("numbers-items-from-1", "The first item goes by the number 1.")
            .uses([ForEach])
            .smallest(1, 1)
            .calls(|run, mut call| {
                call.item = call.item.map(|item| item + 1);
                run.host.call(call)
            }),
        dag(
            "calls-the-handler-of-the-first-task",
            "Every task is done by the handler of the first.",
        )
        .smallest(2, 0)
        .calls(|run, mut call| {
            let first = run.workflow.tasks.first().and_then(|task| task.call.as_ref());
            if let (Some(first), Purpose::Work) = (first, call.purpose) {
                call.handler = Arc::clone(&first.handler);
            }
            run.host.call(call)
        }),
    ]
}

/// Makes each call with another input.
fn with_input(run: &Arc<Run>, mut call: Call, change: fn(&Value) -> Value) -> BoxFuture<'static, CallResult> {
    call.input = Json::new(change(&call.input));
    run.host.call(call)
}

fn inputs() -> Vec<Mutant> {
    vec![
        dag(
            "calls-with-an-empty-object-for-null",
            "A handler without an input gets an empty object.",
        )
        .smallest(1, 0)
        .calls(|run, call| {
            with_input(
                run,
                call,
                |input| if input.is_null() { json!({}) } else { input.clone() },
            )
        }),
        dag(
            "calls-with-the-input-of-the-task-before",
            "A call is made with the input of the call before it.",
        )
        .smallest(2, 1)
        .calls(|run, mut call| {
            let mut memory = run.memory();
            let before = memory.calls.last().map(|before| Json::clone(&before.input));
            memory.calls.push(call.clone());
            drop(memory);
            call.input = before.unwrap_or(call.input);
            run.host.call(call)
        }),
        dag(
            "drops-null-fields-of-an-input",
            "A field of an input that is null is left out.",
        )
        .smallest(1, 1)
        .calls(|run, call| with_input(run, call, values::without_nulls)),
        dag("writes-inputs-as-text", "A handler gets its input as JSON in a text.")
            .smallest(1, 0)
            .calls(|run, call| with_input(run, call, |input| input.to_string().into())),
        dag(
            "passes-inputs-through-floats",
            "A whole number reaches its handler as a float.",
        )
        .smallest(1, 1)
        .calls(|run, call| with_input(run, call, values::with_floats)),
    ]
}

/// Makes a call that stays in flight when the engine lets go of it.
pub(super) fn keeping(run: &Arc<Run>, call: Call) -> BoxFuture<'static, CallResult> {
    let key = format!("{}/{}", call.key(), run.count("kept"));
    let kept = run.host.call(call).shared();
    run.memory().kept.insert(key, kept.clone());
    kept.boxed()
}

fn unwanted() -> Vec<Mutant> {
    vec![
        dag(
            "calls-a-task-that-is-skipped",
            "The handler of a skipped task is begun before its condition is looked at.",
        )
        .uses([When])
        .smallest(1, 1)
        .reports(|run, event| {
            if let Event::TaskEnded {
                task,
                status: TaskStatus::Skipped,
            } = &event
                && let Some(work) = run.task(task).and_then(|task| task.call.as_ref())
            {
                drop(run.host.call(Call {
                    run: "run".into(),
                    task: Arc::clone(task),
                    item: None,
                    attempt: 1,
                    purpose: Purpose::Work,
                    handler: Arc::clone(&work.handler),
                    input: Json::default(),
                }));
            }
            run.host.report(event);
        }),
        dag(
            "does-not-drop-a-call-that-timed-out",
            "A call that timed out goes on in the background.",
        )
        .uses([TaskTimeout])
        .seen_in("TheFactory TaskExecutionEngine: the original coroutine keeps running")
        .smallest(1, 2)
        .calls(|run, call| {
            if run.task(&call.task).is_some_and(|task| task.timeout.is_some()) {
                return keeping(run, call);
            }
            run.host.call(call)
        }),
        dag(
            "does-not-drop-calls-on-cancel",
            "Calls in flight go on in the background after their run was cancelled.",
        )
        .uses([Cancel])
        .seen_in("TheFactory TaskExecutionEngine: cancelling does not stop the coroutine")
        .smallest(1, 2)
        .calls(|run, call| {
            if run.task(&call.task).is_some_and(|task| task.timeout.is_none()) {
                return keeping(run, call);
            }
            run.host.call(call)
        }),
    ]
}
