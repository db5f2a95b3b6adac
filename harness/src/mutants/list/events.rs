//! Bugs in reporting: what is missing, doubled, late or not what happened.

use std::sync::Arc;

use contract::Feature::{Compensation, ForEach, Needs, Retry, UserInput, When};
use contract::{Event, EventKind, Format, RunStatus, TaskStatus};

use crate::mutants::fault::Run;
use crate::mutants::{Mutant, Place};

fn dag(name: &'static str, about: &'static str) -> Mutant {
    Mutant::new(Place::Events, Format::Dag, name, about)
}

/// Reports what is not lost.
fn unless_lost(run: &Run, event: Event, is_lost: fn(&Event) -> bool) {
    if !is_lost(&event) {
        run.host.report(event);
    }
}

fn report_all(run: &Run, events: Vec<Event>) {
    for event in events {
        run.host.report(event);
    }
}

pub(super) fn mutants() -> Vec<Mutant> {
    let mut mutants = missing();
    mutants.extend(wrong());
    mutants
}

fn missing() -> Vec<Mutant> {
    let mut mutants = moments();
    mutants.extend(ends());
    mutants
}

/// What the calls say nothing of.
fn moments() -> Vec<Mutant> {
    vec![
        dag(
            "does-not-report-back-offs",
            "That an attempt will be made again later is not reported.",
        )
        .uses([Retry])
        .smallest(1, 2)
        .reports(|run, event| unless_lost(run, event, |event| event.kind() == EventKind::BackedOff)),
        dag(
            "does-not-report-questions",
            "That a task waits for a user is not reported.",
        )
        .uses([UserInput])
        .smallest(1, 1)
        .reports(|run, event| unless_lost(run, event, |event| event.kind() == EventKind::Waiting)),
        dag(
            "does-not-report-refused-answers",
            "That an answer was refused is not reported.",
        )
        .uses([UserInput])
        .smallest(0, 1)
        .reports(|run, event| unless_lost(run, event, |event| event.kind() == EventKind::AnswerRefused)),
        dag("does-not-report-pauses", "That a run is paused is not reported.")
            .smallest(0, 1)
            .reports(|run, event| unless_lost(run, event, |event| event.kind() == EventKind::RunPaused)),
        dag(
            "does-not-report-that-a-run-goes-on",
            "That a paused run goes on is not reported.",
        )
        .smallest(0, 2)
        .reports(|run, event| unless_lost(run, event, |event| event.kind() == EventKind::RunResumed)),
    ]
}

fn ends() -> Vec<Mutant> {
    vec![
        dag(
            "does-not-report-the-start-of-a-run",
            "That a run began is not reported.",
        )
        .smallest(0, 0)
        .reports(|run, event| unless_lost(run, event, |event| *event == Event::RunStarted)),
        dag("does-not-report-the-end-of-a-run", "That a run ended is not reported.")
            .smallest(0, 0)
            .reports(|run, event| unless_lost(run, event, |event| event.kind() == EventKind::RunEnded)),
        dag(
            "does-not-report-further-attempts",
            "Of several attempts only the first is reported.",
        )
        .uses([Retry])
        .smallest(1, 2)
        .reports(|run, event| {
            unless_lost(
                run,
                event,
                |event| matches!(event, Event::AttemptStarted { attempt, .. } if *attempt > 1),
            );
        }),
        dag(
            "does-not-report-skipped-tasks",
            "That a task was skipped is not reported.",
        )
        .uses([When])
        .smallest(1, 1)
        .reports(|run, event| {
            unless_lost(run, event, |event| {
                matches!(
                    event,
                    Event::TaskEnded {
                        status: TaskStatus::Skipped,
                        ..
                    }
                )
            });
        }),
        dag(
            "does-not-report-cancelled-tasks",
            "That a task was cancelled is not reported.",
        )
        .smallest(1, 1)
        .reports(|run, event| {
            unless_lost(run, event, |event| {
                matches!(
                    event,
                    Event::TaskEnded {
                        status: TaskStatus::Cancelled,
                        ..
                    }
                )
            });
        }),
        dag("does-not-report-failed-tasks", "That a task failed is not reported.")
            .seen_in("AgentGate RetryManager: retry-exhausted is declared and never emitted")
            .smallest(1, 1)
            .reports(|run, event| {
                unless_lost(run, event, |event| {
                    matches!(
                        event,
                        Event::TaskEnded {
                            status: TaskStatus::Failed,
                            ..
                        }
                    )
                });
            }),
        dag(
            "does-not-report-items",
            "That an item of a list is worked on is not reported.",
        )
        .uses([ForEach])
        .smallest(1, 1)
        .reports(|run, event| {
            unless_lost(run, event, |event| {
                matches!(event, Event::AttemptStarted { item: Some(_), .. })
            });
        }),
        dag(
            "does-not-report-compensations",
            "That a task is being undone is not reported.",
        )
        .uses([Compensation])
        .smallest(2, 3)
        .reports(|run, event| {
            unless_lost(run, event, |event| event.kind() == EventKind::CompensationStarted);
        }),
        dag(
            "reports-only-the-first-task",
            "Of all tasks only the end of the first is reported.",
        )
        .seen_in("see: asynchronous saves race, and log lines get lost")
        .smallest(2, 0)
        .reports(|run, event| {
            if event.kind() != EventKind::TaskEnded || run.count("ended") == 0 {
                run.host.report(event);
            }
        }),
    ]
}

fn wrong() -> Vec<Mutant> {
    vec![
        dag(
            "reports-the-end-of-a-task-twice",
            "That a task ended is reported twice.",
        )
        .seen_in("AgentGate WorkOrderStateMachine: a second terminal-reached")
        .smallest(1, 0)
        .reports(|run, event| {
            if event.kind() == EventKind::TaskEnded {
                run.host.report(event.clone());
            }
            run.host.report(event);
        }),
        dag(
            "reports-every-task-as-succeeded",
            "Whatever became of a task, it is reported as succeeded.",
        )
        .smallest(1, 1)
        .reports(|run, mut event| {
            if let Event::TaskEnded { status, .. } = &mut event {
                *status = TaskStatus::Succeeded;
            }
            run.host.report(event);
        }),
        dag(
            "reports-every-run-as-succeeded",
            "Whatever became of a run, it is reported as succeeded.",
        )
        .smallest(1, 1)
        .reports(|run, mut event| {
            if let Event::RunEnded { status } = &mut event {
                *status = RunStatus::Succeeded;
            }
            run.host.report(event);
        }),
        dag(
            "reports-the-start-of-a-run-twice",
            "That a run began is reported once more when its first task starts.",
        )
        .smallest(1, 0)
        .reports(|run, event| {
            if event.kind() == EventKind::AttemptStarted && run.count("started") == 0 {
                run.host.report(Event::RunStarted);
            }
            run.host.report(event);
        }),
        dag(
            "reports-the-end-of-a-run-too-early",
            "That a run ended is reported before the end of its last task.",
        )
        .seen_in("AgentGate: execution-completed before slot-available")
        .smallest(1, 0)
        .reports(|run, event| {
            let held = std::mem::take(&mut run.memory().events);
            if event.kind() == EventKind::TaskEnded {
                run.memory().events.push(event);
                report_all(run, held);
                return;
            }
            if event.kind() == EventKind::RunEnded {
                run.host.report(event);
                report_all(run, held);
                return;
            }
            report_all(run, held);
            run.host.report(event);
        }),
        dag(
            "reports-an-attempt-when-it-is-over",
            "That an attempt started is reported when its task ended.",
        )
        .smallest(1, 0)
        .reports(|run, event| {
            if event.kind() == EventKind::AttemptStarted {
                run.memory().events.push(event);
                return;
            }
            let held = std::mem::take(&mut run.memory().events);
            report_all(run, held);
            run.host.report(event);
        }),
        dag("reports-attempts-from-0", "The first attempt is reported as number 0.")
            .seen_in("AgentGate RetryManager: attempts are counted as retries")
            .smallest(1, 0)
            .reports(|run, mut event| {
                if let Event::AttemptStarted { attempt, .. } = &mut event {
                    *attempt -= 1;
                }
                run.host.report(event);
            }),
        dag(
            "reports-the-task-before",
            "The end of a task is reported in the name of the one that ended before it.",
        )
        .uses([Needs])
        .smallest(2, 0)
        .reports(|run, mut event| {
            if let Event::TaskEnded { task, .. } = &mut event {
                let mut memory = run.memory();
                let before = memory.tasks.last().cloned();
                memory.tasks.push(Arc::clone(task));
                drop(memory);
                *task = before.unwrap_or_else(|| Arc::clone(task));
            }
            run.host.report(event);
        }),
    ]
}
