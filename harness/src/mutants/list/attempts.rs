//! Bugs in attempts, retries and timeouts, as far as they are bugs in reading them.

use contract::Feature::{Retry, RunTimeout, TaskTimeout};
use contract::workflow::Retry as Retries;
use contract::{CallError, ErrorKind, Format, Millis, Outcome, Workflow};
use futures::FutureExt;

use crate::mutants::{Mutant, Place};

fn dag(name: &'static str, about: &'static str) -> Mutant {
    Mutant::new(Place::Definition, Format::Dag, name, about)
}

fn retries(workflow: &mut Workflow, misread: fn(&mut Retries)) {
    let retried = workflow.tasks.iter_mut().filter(|task| task.retry.max_attempts > 1);
    retried.for_each(|task| misread(&mut task.retry));
}

pub(super) fn mutants() -> Vec<Mutant> {
    let mut mutants = counts();
    mutants.extend(delays());
    mutants.extend(timeouts());
    mutants
}

fn counts() -> Vec<Mutant> {
    vec![
        dag(
            "one-attempt-too-many",
            "The attempts that are allowed are counted without the first one.",
        )
        .uses([Retry])
        .seen_in("AgentGate RetryManager: maxRetries 3 makes 4 attempts")
        .smallest(1, 2)
        .misreads(|workflow| {
            retries(workflow, |retry| {
                retry.max_attempts = retry.max_attempts.saturating_add(1);
            });
        }),
        dag("one-attempt-too-few", "The last attempt that is allowed is never made.")
            .uses([Retry])
            .smallest(1, 2)
            .misreads(|workflow| retries(workflow, |retry| retry.max_attempts -= 1)),
        dag(
            "retries-unasked",
            "A failed task is tried again although its definition does not ask for it.",
        )
        .seen_in("TheFactory RetryHandler: retries every exception, three times")
        .smallest(1, 1)
        .misreads(|workflow| {
            for task in workflow.tasks.iter_mut().filter(|task| task.retry.max_attempts == 1) {
                task.retry.max_attempts = 3;
            }
        }),
        dag(
            "ignores-the-kinds-to-retry",
            "An error is retried although `retry.only` does not name its kind.",
        )
        .uses([Retry])
        .smallest(1, 2)
        .misreads(|workflow| retries(workflow, |retry| retry.only = None)),
        dag(
            "retries-permanent-errors",
            "An error that says it is permanent is retried like any other.",
        )
        .uses([Retry])
        .seen_in("TheFactory RetryHandler: retries a cycle for 3.4 s")
        .smallest(1, 2)
        .calls(|run, call| {
            let retries_all = run.task(&call.task).is_some_and(|task| task.retry.only.is_none());
            let result = run.host.call(call);
            async move {
                result.await.map_err(|error| match error.kind {
                    ErrorKind::Permanent if retries_all => CallError::new(PERMANENT, error.message),
                    _ => error,
                })
            }
            .boxed()
        })
        .tells(|_, outcome| {
            errors(outcome, |error| {
                if error.kind.as_str() == PERMANENT {
                    error.kind = ErrorKind::Permanent;
                }
            });
        }),
        dag(
            "never-retries-a-panic",
            "A handler that panicked is not called again, although it may be.",
        )
        .uses([Retry, contract::Feature::HandlerPanic])
        .smallest(1, 2)
        .calls(|run, call| {
            let result = std::panic::AssertUnwindSafe(run.host.call(call)).catch_unwind();
            async move {
                result.await.unwrap_or_else(|panic| {
                    let CallError { message, .. } = CallError::panicked(&*panic);
                    Err(CallError::new(ErrorKind::Permanent, format!("{PANICKED}{message}")))
                })
            }
            .boxed()
        })
        .tells(|_, outcome| {
            errors(outcome, |error| {
                if let Some(message) = error.message.strip_prefix(PANICKED) {
                    *error = CallError::new(ErrorKind::Panic, message);
                }
            });
        }),
    ]
}

/// What a permanent error is called while it is taken for one of another kind.
const PERMANENT: &str = "permanent, but retried";
/// What marks the message of a panic that is taken for a permanent error.
const PANICKED: &str = "panicked: ";

fn errors(outcome: &mut Outcome, change: fn(&mut CallError)) {
    let tasks = outcome.tasks.iter_mut().filter_map(|task| task.error.as_mut());
    tasks
        .chain(outcome.error.as_mut().map(|error| &mut error.error))
        .for_each(change);
}

fn delays() -> Vec<Mutant> {
    vec![
        dag(
            "back-off-index-off-by-one",
            "The first delay is the one that should be the second.",
        )
        .uses([Retry])
        .seen_in("TheFactory TaskExecutionEngine: retry_count is already counted up")
        .smallest(1, 2)
        .misreads(|workflow| {
            retries(workflow, |retry| {
                retry.initial = Millis((retry.initial.0 as f64 * retry.factor).round() as u64);
            });
        }),
        dag("back-off-does-not-grow", "Every delay is as long as the first.")
            .uses([Retry])
            .smallest(1, 2)
            .misreads(|workflow| retries(workflow, |retry| retry.factor = 1.0)),
        dag("ignores-max-delay", "Delays grow beyond the longest that is allowed.")
            .uses([Retry])
            .smallest(1, 2)
            .misreads(|workflow| retries(workflow, |retry| retry.max_delay = None)),
        dag(
            "jitter-after-the-cap",
            "Jitter is added to a delay that was capped, which is then longer than the longest.",
        )
        .uses([Retry])
        .seen_in("AgentGate RetryManager: jitter is added after the cap, up to 10 %")
        .smallest(1, 2)
        .misreads(|workflow| {
            retries(workflow, |retry| {
                let longer = |longest: Millis| longest.saturating_add(Millis(longest.0.div_ceil(10)));
                retry.max_delay = retry.max_delay.map(longer);
            });
        }),
        dag("retries-at-once", "A failed attempt is made again without a delay.")
            .uses([Retry])
            .smallest(1, 2)
            .misreads(|workflow| retries(workflow, |retry| retry.initial = Millis::ZERO)),
        dag(
            "delay-in-seconds",
            "A delay given in milliseconds is waited for in seconds.",
        )
        .uses([Retry])
        .smallest(1, 2)
        .misreads(|workflow| {
            retries(workflow, |retry| {
                retry.initial = Millis(retry.initial.0.saturating_mul(1_000));
                retry.max_delay = retry.max_delay.map(|longest| Millis(longest.0.saturating_mul(1_000)));
            });
        }),
    ]
}

fn timeouts() -> Vec<Mutant> {
    vec![
        dag("ignores-task-timeouts", "A call that takes too long is waited for.")
            .uses([TaskTimeout])
            .seen_in("agentic-orchestrator: timeout_ms is not carried into its plan")
            .smallest(1, 2)
            .misreads(|workflow| {
                for task in workflow.tasks.iter_mut().filter(|task| task.call.is_some()) {
                    task.timeout = None;
                }
            }),
        dag(
            "task-timeouts-a-millisecond-late",
            "A call may take a millisecond longer than its timeout.",
        )
        .uses([TaskTimeout])
        .seen_in("AgentGate QueueManager: strict `>`")
        .smallest(1, 2)
        .misreads(|workflow| {
            for task in &mut workflow.tasks {
                task.timeout = task.timeout.map(|timeout| timeout.saturating_add(Millis(1)));
            }
        }),
        dag("ignores-the-run-timeout", "A run that takes too long is left to go on.")
            .uses([RunTimeout])
            .seen_in("AgentGate QueueManager: runTimeout is an event that does not stop the work")
            .smallest(1, 2)
            .misreads(|workflow| workflow.timeout = None),
        dag(
            "run-timeout-bounds-each-call",
            "The time that the whole run has is given to each of its calls anew.",
        )
        .uses([RunTimeout])
        .smallest(1, 2)
        .misreads(|workflow| {
            let Some(timeout) = workflow.timeout.take() else { return };
            for task in workflow.tasks.iter_mut().filter(|task| task.call.is_some()) {
                task.timeout = Some(task.timeout.map_or(timeout, |own| own.min(timeout)));
            }
        }),
    ]
}
