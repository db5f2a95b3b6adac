//! Bugs in undoing what had succeeded.

use std::sync::Arc;

use contract::Feature::Compensation;
use contract::workflow::{Input, Work};
use contract::{Call, Event, Format, Json, Purpose, RunStatus, TaskId, TaskStatus};
use futures::FutureExt;

use crate::mutants::fault::Run;
use crate::mutants::{Mutant, Place};

fn dag(name: &'static str, about: &'static str) -> Mutant {
    Mutant::new(Place::Compensation, Format::Dag, name, about).uses([Compensation])
}

/// Keeps in mind which tasks with a compensation succeeded, in that order.
fn noting_successes(run: &Arc<Run>, event: &Event) {
    if let Event::TaskEnded {
        task,
        status: TaskStatus::Succeeded,
    } = event
        && run.task(task).is_some_and(|task| task.compensate.is_some())
    {
        run.memory().tasks.push(Arc::clone(task));
    }
}

/// The task that is undone in the place of `task` if the order is forward.
fn forward(run: &Run, task: &TaskId) -> TaskId {
    let memory = run.memory();
    let place = memory.tasks.iter().position(|done| done == task);
    let swapped = place.and_then(|place| memory.tasks.get(memory.tasks.len() - 1 - place));
    Arc::clone(swapped.unwrap_or(task))
}

fn literal(work: &Work) -> Option<Json> {
    match &work.input {
        Input::Literal(literal) => Some(Json::clone(literal)),
        Input::Template(_) => None,
    }
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        dag("compensates-in-forward-order", "What was done first is undone first.")
            .smallest(3, 4)
            .reports(|run, mut event| {
                noting_successes(run, &event);
                if let Event::CompensationStarted { task } = &mut event {
                    *task = forward(run, task);
                }
                run.host.report(event);
            })
            .calls(|run, mut call| {
                if call.purpose == Purpose::Compensate {
                    call.task = forward(run, &call.task);
                    if let Some(work) = run.task(&call.task).and_then(|task| task.compensate.as_ref()) {
                        call.handler = Arc::clone(&work.handler);
                        call.input = literal(work).unwrap_or(call.input);
                    }
                }
                run.host.call(call)
            })
            .tells(|run, outcome| {
                for undone in &mut outcome.compensations {
                    undone.task = forward(run, &undone.task);
                }
            }),
        dag(
            "forgets-to-undo-the-first-task",
            "The task that is declared first is not undone.",
        )
        .smallest(2, 3)
        .misreads(|workflow| {
            if let Some(first) = workflow.tasks.iter_mut().find(|task| task.compensate.is_some()) {
                first.compensate = None;
            }
        }),
        dag("compensates-twice", "Each compensation is called twice.")
            .smallest(2, 3)
            .calls(|run, call| {
                let again = (call.purpose == Purpose::Compensate).then(|| (Arc::clone(run), call.clone()));
                let first = run.host.call(call);
                async move {
                    let result = first.await;
                    match again {
                        Some((run, call)) => run.host.call(call).await,
                        None => result,
                    }
                }
                .boxed()
            }),
        dag("retries-a-compensation", "A compensation that failed is tried again.")
            .smallest(2, 4)
            .calls(|run, call| {
                let again = (call.purpose == Purpose::Compensate).then(|| (Arc::clone(run), call.clone()));
                let first = run.host.call(call);
                async move {
                    match (first.await, again) {
                        (Err(_), Some((run, mut call))) => {
                            call.attempt += 1;
                            run.host.call(call).await
                        }
                        (result, _) => result,
                    }
                }
                .boxed()
            }),
        dag(
            "ignores-the-error-of-a-compensation",
            "A compensation that failed counts as done.",
        )
        .smallest(2, 4)
        .calls(|run, call| {
            let is_undoing = call.purpose == Purpose::Compensate;
            let result = run.host.call(call);
            async move {
                match result.await {
                    Err(_) if is_undoing => Ok(Json::default()),
                    result => result,
                }
            }
            .boxed()
        }),
        dag(
            "stops-undoing-at-the-first-error",
            "After a compensation that failed the others are not made.",
        )
        .smallest(3, 5)
        .calls(|run, call| {
            if call.purpose == Purpose::Work {
                return run.host.call(call);
            }
            if run.memory().counts.contains_key("failed") {
                return std::future::ready(Ok(Json::default())).boxed();
            }
            let run = Arc::clone(run);
            let result = run.host.call(call);
            async move {
                let result = result.await;
                if result.is_err() {
                    run.count("failed");
                }
                result
            }
            .boxed()
        })
        .reports(|run, event| {
            let has_stopped = run.memory().counts.contains_key("failed");
            if !has_stopped || !matches!(event, Event::CompensationStarted { .. }) {
                run.host.report(event);
            }
        })
        .tells(|_, outcome| {
            if let Some(failed) = outcome.compensations.iter().position(|undone| undone.error.is_some()) {
                outcome.compensations.truncate(failed + 1);
            }
        }),
        dag(
            "compensates-a-task-that-failed",
            "A task that failed is undone too, before those that succeeded.",
        )
        .smallest(2, 4)
        .reports(|run, event| {
            if let Event::TaskEnded {
                task,
                status: TaskStatus::Failed | TaskStatus::TimedOut,
            } = &event
                && run.task(task).is_some_and(|task| task.compensate.is_some())
            {
                run.memory().tasks.push(Arc::clone(task));
            }
            run.host.report(event);
        })
        .calls(|run, call| {
            if call.purpose == Purpose::Work {
                return run.host.call(call);
            }
            let failed = std::mem::take(&mut run.memory().tasks);
            let run = Arc::clone(run);
            async move {
                for task in failed {
                    let work = run.task(&task).and_then(|task| task.compensate.clone());
                    if let Some(work) = work {
                        let undo = Call {
                            task,
                            item: None,
                            attempt: 1,
                            purpose: Purpose::Compensate,
                            input: literal(&work).unwrap_or_default(),
                            handler: work.handler,
                            run: Arc::clone(&call.run),
                        };
                        // Nobody looks at what it came to.
                        let _ = run.host.call(undo).await;
                    }
                }
                run.host.call(call).await
            }
            .boxed()
        }),
        dag(
            "undoes-with-the-input-of-the-work",
            "A compensation is called with what the task itself was called with.",
        )
        .smallest(2, 3)
        .calls(|run, mut call| {
            let mut memory = run.memory();
            if call.purpose == Purpose::Work {
                memory.calls.push(call.clone());
            } else if let Some(work) = memory.calls.iter().rfind(|work| work.task == call.task) {
                call.input = Json::clone(&work.input);
            }
            drop(memory);
            run.host.call(call)
        }),
        dag(
            "takes-a-failed-compensation-for-a-failed-run",
            "A run that could not be undone is told as failed, like one that nobody undid.",
        )
        .smallest(2, 4)
        .tells(|_, outcome| {
            if outcome.status == RunStatus::CompensationFailed {
                outcome.status = RunStatus::Failed;
            }
        }),
        dag(
            "does-not-list-compensations",
            "What was undone is not told in the outcome.",
        )
        .smallest(2, 3)
        .tells(|_, outcome| outcome.compensations.clear()),
    ]
}
