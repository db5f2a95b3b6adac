//! Bugs in taking signals: lost, late, taken for something else, or given to the wrong task.

use std::sync::Arc;

use contract::Feature::{Cancel, PauseResume, UserInput};
use contract::{Event, Format, Json, Millis, Signal, TaskId};
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::mutants::fault::Run;
use crate::mutants::{Mutant, Place};

fn dag(name: &'static str, about: &'static str) -> Mutant {
    Mutant::new(Place::Signals, Format::Dag, name, about)
}

type Next = BoxFuture<'static, Option<Signal>>;

/// The next signal that `change` makes something of.
fn changing(run: &Arc<Run>, change: fn(&Run, Signal) -> Option<Signal>) -> Next {
    let run = Arc::clone(run);
    async move {
        loop {
            match run.host.signal().await {
                None => return None,
                Some(signal) => {
                    if let Some(changed) = change(&run, signal) {
                        return Some(changed);
                    }
                }
            }
        }
    }
    .boxed()
}

/// Whether the engine says that the task waits for its answer.
fn is_waiting(run: &Run, task: &TaskId) -> bool {
    run.memory().tasks.contains(task)
}

fn ended(task: &str) -> String {
    format!("ended/{task}")
}

/// Whether the task is going to ask.
fn is_to_ask(run: &Run, task: &TaskId) -> bool {
    run.task(task).is_some_and(|task| task.ask.is_some())
        && !is_waiting(run, task)
        && !run.memory().counts.contains_key(&ended(task))
}

/// Keeps in mind which tasks wait, and which have ended.
fn watching(run: &Arc<Run>, event: Event) {
    match &event {
        Event::Waiting { task } => run.memory().tasks.push(Arc::clone(task)),
        Event::TaskEnded { task, .. } => {
            let mut memory = run.memory();
            memory.tasks.retain(|waiting| waiting != task);
            memory
                .signals
                .retain(|kept| !matches!(kept, Signal::Respond { task: asked, .. } if asked == task));
            memory.counts.insert(ended(task), 1);
        }
        _ => {}
    }
    run.host.report(event);
}

pub(super) fn mutants() -> Vec<Mutant> {
    let mut mutants = halts();
    mutants.extend(answers());
    mutants
}

fn halts() -> Vec<Mutant> {
    vec![
        dag("ignores-cancel", "A run that was cancelled goes on.")
            .uses([Cancel])
            .smallest(0, 1)
            .takes_signals(|run| changing(run, |_, signal| (signal != Signal::Cancel).then_some(signal))),
        dag(
            "ignores-cancel-before-the-start",
            "A run that was cancelled before it began runs nevertheless.",
        )
        .uses([Cancel])
        .seen_in("pd task manager: a cancelled context still runs everything")
        .smallest(0, 1)
        .takes_signals(|run| {
            changing(run, |run, signal| {
                let is_ignored = signal == Signal::Cancel && run.time() == Millis::ZERO && !run.is_recovering;
                (!is_ignored).then_some(signal)
            })
        }),
        dag(
            "ignores-cancel-once-it-runs",
            "Only what has not begun can be cancelled.",
        )
        .uses([Cancel])
        .seen_in("AgentGate WorkOrderStateMachine: RUNNING cannot be cancelled")
        .smallest(1, 2)
        .takes_signals(|run| {
            changing(run, |run, signal| {
                let is_ignored = signal == Signal::Cancel && run.time() > Millis::ZERO;
                (!is_ignored).then_some(signal)
            })
        }),
        dag(
            "cancels-late",
            "A cancellation takes effect at the next tick, up to 100 ms later.",
        )
        .uses([Cancel])
        .smallest(0, 1)
        .takes_signals(|run| {
            let signal = run.host.signal();
            async move {
                let signal = signal.await;
                if signal == Some(Signal::Cancel) {
                    tokio::time::sleep(Millis(100).duration()).await;
                }
                signal
            }
            .boxed()
        }),
        dag("ignores-pause", "A run that was paused goes on.")
            .uses([PauseResume])
            .seen_in("see on dataflow-rs: the pause is recorded, and the next tasks run")
            .smallest(1, 1)
            .takes_signals(|run| changing(run, |_, signal| (signal != Signal::Pause).then_some(signal))),
        dag("loses-the-resume", "A paused run is never let go on.")
            .uses([PauseResume])
            .smallest(1, 2)
            .takes_signals(|run| changing(run, |_, signal| (signal != Signal::Resume).then_some(signal))),
        dag("ignores-a-second-pause", "A run can be paused only once.")
            .uses([PauseResume])
            .smallest(1, 3)
            .takes_signals(|run| {
                changing(run, |run, signal| match signal {
                    Signal::Pause if run.memory().counts.contains_key("resumed") => None,
                    Signal::Resume => {
                        run.count("resumed");
                        Some(signal)
                    }
                    _ => Some(signal),
                })
            }),
        dag("takes-pause-for-cancel", "Pausing a run ends it.")
            .uses([PauseResume])
            .smallest(0, 1)
            .takes_signals(|run| {
                changing(run, |_, signal| {
                    Some(if signal == Signal::Pause {
                        Signal::Cancel
                    } else {
                        signal
                    })
                })
            }),
    ]
}

fn answers() -> Vec<Mutant> {
    vec![
        dag("loses-an-answer", "The first answer of a user gets lost.")
            .uses([UserInput])
            .smallest(1, 2)
            .reports(watching)
            .takes_signals(|run| {
                changing(run, |run, signal| {
                    let is_lost = matches!(&signal, Signal::Respond { task, .. } if is_waiting(run, task))
                        && run.count("lost") == 0;
                    (!is_lost).then_some(signal)
                })
            }),
        dag(
            "gives-an-answer-to-the-wrong-task",
            "An answer for a task that does not wait goes to one that does.",
        )
        .uses([UserInput])
        .smallest(1, 2)
        .reports(watching)
        .takes_signals(|run| {
            changing(run, |run, signal| match signal {
                Signal::Respond { task, value } if !is_waiting(run, &task) => {
                    let waiting = run.memory().tasks.first().cloned();
                    Some(Signal::Respond {
                        task: waiting.unwrap_or(task),
                        value,
                    })
                }
                _ => Some(signal),
            })
        }),
        dag(
            "keeps-an-answer-for-later",
            "An answer that comes before its question is not refused but kept.",
        )
        .uses([UserInput])
        .smallest(1, 2)
        .reports(|run, event| {
            watching(run, event);
            for waker in std::mem::take(&mut run.memory().wakers) {
                waker.wake();
            }
        })
        .takes_signals(keeping_answers),
        dag(
            "answers-become-texts",
            "An answer reaches its task as text, whatever it was.",
        )
        .uses([UserInput])
        .smallest(1, 2)
        .takes_signals(|run| {
            changing(run, |_, signal| match signal {
                Signal::Respond { task, value } if !value.is_string() => {
                    let value = Json::new(value.to_string().into());
                    Some(Signal::Respond { task, value })
                }
                _ => Some(signal),
            })
        }),
        dag(
            "takes-a-null-answer-for-none",
            "An answer that is null, false or 0 is not taken for an answer.",
        )
        .uses([UserInput])
        .smallest(1, 2)
        .takes_signals(|run| {
            changing(run, |_, signal| {
                let is_nothing = |value: &Json| value.is_null() || **value == false || **value == 0;
                let is_lost = matches!(&signal, Signal::Respond { value, .. } if is_nothing(value));
                (!is_lost).then_some(signal)
            })
        }),
    ]
}

/// The next signal; an answer to a question that has not been asked yet is held back until it is.
fn keeping_answers(run: &Arc<Run>) -> Next {
    let run = Arc::clone(run);
    let mut next = run.host.signal();
    let mut is_over = false;
    std::future::poll_fn(move |context| {
        use std::task::Poll;
        loop {
            let mut memory = run.memory();
            let tasks = memory.tasks.clone();
            let is_due = |signal: &Signal| matches!(signal, Signal::Respond { task, .. } if tasks.contains(task));
            if let Some(due) = memory.signals.iter().position(is_due) {
                return Poll::Ready(Some(memory.signals.remove(due)));
            }
            if is_over {
                if memory.signals.is_empty() {
                    return Poll::Ready(None);
                }
                memory.wakers.push(context.waker().clone());
                return Poll::Pending;
            }
            drop(memory);
            match next.poll_unpin(context) {
                Poll::Pending => {
                    run.memory().wakers.push(context.waker().clone());
                    return Poll::Pending;
                }
                Poll::Ready(None) => is_over = true,
                Poll::Ready(Some(Signal::Respond { task, value })) if is_to_ask(&run, &task) => {
                    run.memory().signals.push(Signal::Respond { task, value });
                    next = run.host.signal();
                }
                Poll::Ready(signal) => return Poll::Ready(signal),
            }
        }
    })
    .boxed()
}
