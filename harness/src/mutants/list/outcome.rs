//! Bugs in telling what a run came to.

use std::sync::Arc;

use contract::Feature::{
    Cancel, FailureContinue, FailureStop, ForEach, Needs, PauseResume, RunIf, RunTimeout, TaskTimeout, When,
};
use contract::{CallError, ErrorKind, Format, Json, Outcome, RunError, RunStatus, SkipReason, TaskOutcome, TaskStatus};
use serde_json::Value;

use crate::mutants::{Mutant, Place};

fn dag(name: &'static str, about: &'static str) -> Mutant {
    Mutant::new(Place::Outcome, Format::Dag, name, about)
}

pub(super) fn mutants() -> Vec<Mutant> {
    let mut mutants = runs();
    mutants.extend(tasks());
    mutants.extend(outputs());
    mutants.extend(errors());
    mutants
}

fn status(outcome: &mut Outcome, from: RunStatus, to: RunStatus) {
    if outcome.status == from {
        outcome.status = to;
    }
}

fn runs() -> Vec<Mutant> {
    vec![
        dag(
            "counts-skipped-as-failed",
            "A run of which a task was skipped is told as failed.",
        )
        .uses([When])
        .smallest(1, 1)
        .tells(|_, outcome| {
            if outcome.tasks.iter().any(|task| task.status == TaskStatus::Skipped) {
                status(outcome, RunStatus::Succeeded, RunStatus::Failed);
            }
        }),
        dag(
            "succeeds-despite-a-failure",
            "A run that went on after a failure is told as succeeded.",
        )
        .uses([FailureContinue])
        .seen_in("pd dag executor: no error although a task failed")
        .smallest(1, 2)
        .tells(|run, outcome| {
            if run.workflow.on_failure == contract::workflow::OnFailure::Continue {
                status(outcome, RunStatus::Failed, RunStatus::Succeeded);
            }
        }),
        dag(
            "takes-a-cancelled-run-for-failed",
            "A run that was cancelled is told as failed.",
        )
        .uses([Cancel])
        .seen_in("AgentGate ExecutionManager: cancelling surfaces as a failure")
        .smallest(0, 1)
        .tells(|_, outcome| status(outcome, RunStatus::Cancelled, RunStatus::Failed)),
        dag(
            "takes-a-run-that-timed-out-for-cancelled",
            "A run that ran out of time is told as cancelled.",
        )
        .uses([RunTimeout])
        .smallest(1, 2)
        .tells(|_, outcome| status(outcome, RunStatus::TimedOut, RunStatus::Cancelled)),
        dag(
            "takes-a-paused-run-for-succeeded",
            "A run that waits to be let go on is told as succeeded.",
        )
        .uses([contract::Feature::UserInput])
        .seen_in("see engine: success although it waits for input")
        .smallest(1, 1)
        .tells(|_, outcome| status(outcome, RunStatus::Paused, RunStatus::Succeeded)),
        dag(
            "tells-tasks-in-the-order-of-their-needs",
            "The outcome lists the tasks in reverse.",
        )
        .seen_in("see engine: children before parents")
        .smallest(2, 0)
        .tells(|_, outcome| outcome.tasks.reverse()),
        dag(
            "leaves-out-tasks-that-never-ran",
            "A task that was skipped or cancelled is missing from the outcome.",
        )
        .seen_in("pd task manager: no result for what never ran")
        .smallest(1, 1)
        .tells(|_, outcome| {
            let ran = |task: &TaskOutcome| !matches!(task.status, TaskStatus::Skipped | TaskStatus::Cancelled);
            outcome.tasks.retain(ran);
        }),
    ]
}

fn each(outcome: &mut Outcome, change: impl FnMut(&mut TaskOutcome)) {
    outcome.tasks.iter_mut().for_each(change);
}

fn tasks() -> Vec<Mutant> {
    vec![
        dag(
            "tells-a-failed-task-as-succeeded",
            "A task that failed is told as succeeded, beside its error.",
        )
        .uses([])
        .seen_in("see engine: a failed task is reported as complete")
        .smallest(1, 1)
        .tells(|_, outcome| {
            each(outcome, |task| {
                if task.status == TaskStatus::Failed {
                    task.status = TaskStatus::Succeeded;
                }
            });
        }),
        dag(
            "tells-a-task-that-timed-out-as-failed",
            "That a task took too long is told as any other failure.",
        )
        .uses([TaskTimeout])
        .seen_in("pd dag executor: a timeout is an ordinary failure")
        .smallest(1, 2)
        .tells(|_, outcome| {
            each(outcome, |task| {
                if task.status == TaskStatus::TimedOut {
                    task.status = TaskStatus::Failed;
                }
            });
        }),
        dag(
            "tells-a-cancelled-task-as-skipped",
            "A task that a failure cancelled is told as skipped.",
        )
        .smallest(1, 1)
        .tells(|_, outcome| {
            each(outcome, |task| {
                if task.status == TaskStatus::Cancelled {
                    task.status = TaskStatus::Skipped;
                    task.skipped = Some(SkipReason::Upstream);
                }
            });
        }),
        dag(
            "leaves-dependents-of-a-failure-pending",
            "A task whose needs failed stays pending for ever.",
        )
        .uses([RunIf])
        .seen_in("TheFactory TaskExecutionEngine: a dependent of a failed task stays pending")
        .smallest(2, 2)
        .tells(|_, outcome| {
            each(outcome, |task| {
                if task.skipped == Some(SkipReason::Upstream) {
                    task.status = TaskStatus::Pending;
                    task.skipped = None;
                }
            });
        }),
        dag(
            "swaps-the-reasons-for-skipping",
            "A task that its condition skipped is told as skipped for its needs.",
        )
        .uses([When])
        .smallest(1, 1)
        .tells(|_, outcome| {
            for reason in outcome.tasks.iter_mut().filter_map(|task| task.skipped.as_mut()) {
                *reason = match reason {
                    SkipReason::Upstream => SkipReason::Condition,
                    SkipReason::Condition => SkipReason::Upstream,
                };
            }
        }),
        dag(
            "counts-attempts-from-0",
            "A task that was called once is told to have had no attempt.",
        )
        .seen_in("AgentGate RetryManager: attempt is the number of retries")
        .smallest(1, 0)
        .tells(|_, outcome| each(outcome, |task| task.attempts = task.attempts.saturating_sub(1))),
        dag(
            "counts-at-most-one-attempt",
            "However often a task was called, one attempt is told.",
        )
        .smallest(1, 1)
        .tells(|_, outcome| each(outcome, |task| task.attempts = task.attempts.min(1))),
        dag(
            "takes-an-empty-list-of-items-for-a-skip",
            "A task over an empty list is told as skipped.",
        )
        .uses([ForEach])
        .smallest(1, 1)
        .tells(|run, outcome| {
            each(outcome, |task| {
                let is_over_a_list = run.task(&task.task).is_some_and(|task| task.for_each.is_some());
                if is_over_a_list && task.output.as_deref() == Some(&Value::Array(Vec::new())) {
                    task.status = TaskStatus::Skipped;
                    task.skipped = Some(SkipReason::Condition);
                    task.output = None;
                }
            });
        }),
        dag(
            "leaves-a-cut-off-task-running",
            "A task that was cut off by a timeout of its run is told as pending.",
        )
        .uses([RunTimeout])
        .smallest(1, 2)
        .tells(|_, outcome| {
            if outcome.status == RunStatus::TimedOut {
                each(outcome, |task| {
                    if task.status == TaskStatus::Cancelled {
                        task.status = TaskStatus::Pending;
                    }
                });
            }
        }),
    ]
}

fn outputs() -> Vec<Mutant> {
    vec![
        dag(
            "tells-null-for-missing",
            "A task without an output is told to have given null.",
        )
        .smallest(1, 1)
        .tells(|_, outcome| {
            each(outcome, |task| {
                task.output = Some(task.output.take().unwrap_or_default());
            });
        }),
        dag(
            "tells-missing-for-null",
            "A task that gave null is told without an output.",
        )
        .smallest(1, 0)
        .tells(|_, outcome| {
            each(outcome, |task| {
                task.output = task.output.take().filter(|output| !output.is_null());
            });
        }),
        dag(
            "tells-the-last-output-only",
            "Of all tasks only the one that is declared last is told with its output.",
        )
        .seen_in("see on dataflow-rs: every handler writes the same key")
        .smallest(2, 0)
        .tells(|_, outcome| {
            let last = outcome.tasks.len().saturating_sub(1);
            outcome.tasks[..last].iter_mut().for_each(|task| task.output = None);
        }),
        dag(
            "tells-outputs-of-items-by-completion",
            "The outputs of a list's items are in the order in which they were done.",
        )
        .uses([ForEach])
        .smallest(1, 3)
        .calls(|run, call| {
            use futures::FutureExt;
            let run = Arc::clone(run);
            let result = run.host.call(call.clone());
            async move {
                let output = result.await?;
                if call.item.is_some() {
                    run.memory().outputs.push((call.task, call.item, Json::clone(&output)));
                }
                Ok(output)
            }
            .boxed()
        })
        .tells(|run, outcome| {
            let memory = run.memory();
            each(outcome, |task| {
                let own = memory.outputs.iter().filter(|(done, _, _)| *done == task.task);
                let by_completion: Vec<Value> = own.map(|(_, _, output)| Value::clone(output)).collect();
                let items = task.output.as_ref().and_then(|output| output.as_array());
                if items.is_some_and(|items| !items.is_empty() && items.len() == by_completion.len()) {
                    task.output = Some(Json::new(by_completion.into()));
                }
            });
        }),
        dag(
            "tells-only-the-output-of-the-last-item",
            "A task over a list gives the output of its last item.",
        )
        .uses([ForEach])
        .smallest(1, 1)
        .tells(|run, outcome| {
            each(outcome, |task| {
                let is_over_a_list = run.task(&task.task).is_some_and(|task| task.for_each.is_some());
                if let (true, Some(output)) = (is_over_a_list, &mut task.output) {
                    let last = output.as_array().and_then(|items| items.last()).cloned();
                    *output = Json::new(last.unwrap_or_default());
                }
            });
        }),
    ]
}

fn change_errors(outcome: &mut Outcome, change: impl Fn(&str, &mut CallError)) {
    for task in &mut outcome.tasks {
        if let Some(error) = &mut task.error {
            change(&task.task, error);
        }
    }
    if let Some(RunError { task, error }) = &mut outcome.error {
        change(task, error);
    }
}

fn errors() -> Vec<Mutant> {
    vec![
        dag("loses-the-error-of-the-run", "A failed run does not tell why.")
            .seen_in("AgentGate facade: only `success` is looked at")
            .smallest(1, 1)
            .tells(|_, outcome| outcome.error = None),
        dag("loses-the-errors-of-tasks", "A failed task does not tell why.")
            .smallest(1, 1)
            .tells(|_, outcome| each(outcome, |task| task.error = None)),
        dag(
            "tells-the-last-failure-as-the-first",
            "Of several failures the last one is told as that of the run.",
        )
        .uses([contract::Feature::Parallel])
        .seen_in("pd dag executor: the last writer wins")
        .smallest(2, 2)
        .tells(|_, outcome| {
            let last = outcome.tasks.iter().rfind(|task| task.error.is_some());
            outcome.error = last.and_then(|task| {
                Some(RunError {
                    task: Arc::clone(&task.task),
                    error: task.error.clone()?,
                })
            });
        }),
        dag(
            "wraps-error-messages",
            "An error's message names the task that it is the error of.",
        )
        .seen_in("pd task manager: task X failed: …")
        .smallest(1, 1)
        .tells(|_, outcome| {
            change_errors(outcome, |task, error| {
                error.message = format!("task {task} failed: {}", error.message);
            });
        }),
        dag(
            "tells-every-error-as-permanent",
            "Of an error only its message is told.",
        )
        .smallest(1, 1)
        .tells(|_, outcome| change_errors(outcome, |_, error| error.kind = ErrorKind::Permanent)),
        dag(
            "breaks-down-when-a-run-is-stopped",
            "Telling the outcome of a run that a failure stopped panics.",
        )
        .uses([FailureStop, Needs])
        .seen_in("pd dag executor: closing `finished` twice panics")
        .smallest(2, 1)
        .tells(|_, outcome| {
            let is_stopped = outcome.tasks.iter().any(|task| task.status == TaskStatus::Cancelled);
            assert!(
                !(is_stopped && outcome.status == RunStatus::Failed),
                "close of closed channel"
            );
        }),
        dag(
            "takes-a-paused-run-for-cancelled",
            "A run that waits to be let go on is told as cancelled.",
        )
        .uses([PauseResume])
        .smallest(1, 1)
        .tells(|_, outcome| status(outcome, RunStatus::Paused, RunStatus::Cancelled)),
    ]
}
