//! Bugs in counting the calls in flight.
//!
//! The engine is told of no limit, and what stands between it and its host keeps to the limit, but for the bug: a call that
//! has to wait is neither made nor reported until there is a slot for it. Only where nothing else than a slot could hold the
//! call back, so that the bug is all that differs: where a failure stops nothing and no task has a timeout, nor a list, in
//! which a failure keeps further items from starting. One thing is left: a task whose input cannot be made fails once it is
//! ready, and not once it has its slot.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::task::{Poll, Waker};

use contract::Feature::{FailureContinue, ForEach, MaxParallel, Retry};
use contract::workflow::OnFailure;
use contract::{Call, CallResult, Event, Format, Millis, Purpose, Signal, Workflow};
use futures::FutureExt;
use futures::future::BoxFuture;

use super::time::let_the_moment_pass;
use crate::mutants::fault::{Attempt, Run, attempt};
use crate::mutants::{Mutant, Place};

/// The calls in flight, and those in wait for a slot.
#[derive(Default)]
pub(crate) struct Slots {
    in_flight: Vec<u64>,
    waiting: Vec<Ticket>,
    numbers: u64,
    is_paused: bool,
    /// The attempts that the engine thinks it has made.
    asked: BTreeSet<Attempt>,
}

/// A call in wait. The least goes first.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Ticket {
    rank: (i64, usize, Option<u32>),
    number: u64,
}

impl Slots {
    fn queue(&mut self, call: &Call, rank: (i64, usize, Option<u32>)) -> u64 {
        self.asked.insert(attempt(call));
        self.numbers += 1;
        let number = self.numbers;
        self.waiting.push(Ticket { rank, number });
        number
    }

    /// Whether it is the turn of the call.
    fn is_turn(&self, number: u64, limit: usize) -> bool {
        let is_first = self.waiting.iter().min().is_some_and(|first| first.number == number);
        is_first && !self.is_paused && self.in_flight.len() < limit
    }

    /// Whether it is the turn of the call; then it has its slot.
    fn take(&mut self, number: u64, limit: usize) -> bool {
        let may_start = self.is_turn(number, limit);
        if may_start {
            self.go(number);
        }
        may_start
    }

    /// The call has its slot, whosever turn it is.
    fn go(&mut self, number: u64) {
        self.waiting.retain(|waiting| waiting.number != number);
        self.in_flight.push(number);
    }

    /// The process died, and with it what was in flight or in wait.
    fn die(&mut self) {
        self.in_flight.clear();
        self.waiting.clear();
    }

    fn leave(&mut self, number: u64) {
        self.waiting.retain(|waiting| waiting.number != number);
        self.in_flight.retain(|taken| *taken != number);
    }
}

/// What is wrong with the slots.
#[derive(Clone, Copy)]
struct Rule {
    /// A call that needs no slot.
    is_exempt: fn(&Call) -> bool,
    /// A call whose slot is never free again.
    leaks: fn(&CallResult) -> bool,
}

const RIGHT: Rule = Rule {
    is_exempt: |_| false,
    leaks: |_| false,
};

/// `ITEMS`: items of a list are held back like any other call. Then it is possible only without lists.
const HOLDS_ITEMS: bool = true;

/// The limit to keep to, where it is possible to keep to it in the engine's place.
fn limit<const ITEMS: bool>(workflow: &Workflow) -> Option<usize> {
    let is_plain = workflow.on_failure == OnFailure::Continue
        && workflow.timeout.is_none()
        && workflow.tasks.iter().all(|task| task.timeout.is_none())
        && !(ITEMS && workflow.tasks.iter().any(|task| task.for_each.is_some()));
    workflow.max_parallel.filter(|_| is_plain).map(|limit| limit as usize)
}

fn wake(run: &Run) {
    let wakers = std::mem::take(&mut run.memory().wakers);
    wakers.into_iter().for_each(Waker::wake);
}

/// How it stands with a call at the instant at which a run goes on after a death.
pub(super) enum Resumed {
    /// The run does not go on at this instant.
    No,
    /// It was made before the death, so it is made again before anything else is.
    UnderWay,
    /// It was held back at the death, and must not come before those that were under way.
    NotYet,
}

/// How it stands with `call` now.
pub(super) fn resumed(run: &Run, call: &Call) -> Resumed {
    if !run.is_recovering || run.time() > Millis::ZERO {
        Resumed::No
    } else if run.memory().started.contains(&attempt(call)) {
        Resumed::UnderWay
    } else {
        Resumed::NotYet
    }
}

/// Reports that the attempt starts, if the engine has said so, and makes the call.
pub(super) fn start(run: &Run, call: Call) -> BoxFuture<'static, CallResult> {
    let mut memory = run.memory();
    memory.started.insert(attempt(&call));
    let is_of_it = |event: &Event| {
        matches!(event, Event::AttemptStarted { task, item, attempt }
        if (task, *item, *attempt) == (&call.task, call.item, call.attempt))
    };
    let held = memory.events.iter().position(is_of_it);
    let held = held
        .filter(|_| call.purpose == Purpose::Work)
        .map(|held| memory.events.remove(held));
    drop(memory);
    if let Some(event) = held {
        run.host.report(event);
    }
    run.host.call(call)
}

/// Holds back that an attempt starts: the call says when.
pub(super) fn holding_starts(run: &Arc<Run>, event: Event) {
    if matches!(event, Event::AttemptStarted { .. }) {
        run.memory().events.push(event);
    } else {
        run.host.report(event);
    }
}

/// A place in the queue, or in flight.
struct Seat {
    run: Arc<Run>,
    number: u64,
    is_leaked: bool,
}

impl Seat {
    fn leak(&mut self, is_leaked: bool) {
        self.is_leaked = is_leaked;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if !self.is_leaked {
            self.run.memory().slots.leave(self.number);
            wake(&self.run);
        }
    }
}

fn limited<const ITEMS: bool>(run: &Arc<Run>, call: Call, rule: Rule) -> BoxFuture<'static, CallResult> {
    let Some(limit) = limit::<ITEMS>(&run.workflow) else {
        return run.host.call(call);
    };
    if (rule.is_exempt)(&call) || call.purpose == Purpose::Compensate {
        return start(run, call);
    }
    let place = run.workflow.tasks.iter().position(|task| task.id == call.task);
    let place = place.unwrap_or_default();
    let priority = run.workflow.tasks.get(place).map_or(0, |task| i64::from(task.priority));
    let number = run.memory().slots.queue(&call, (-priority, place, call.item));
    let mut seat = Seat {
        run: Arc::clone(run),
        number,
        is_leaked: false,
    };
    // What can start does so now, and not when it is first polled.
    let is_on_time = match resumed(run, &call) {
        Resumed::UnderWay => {
            run.memory().slots.go(number);
            true
        }
        Resumed::NotYet => false,
        Resumed::No => run.memory().slots.take(number, limit),
    };
    let started = if is_on_time { Ok(start(run, call)) } else { Err(call) };
    async move {
        let result = match started {
            Ok(started) => started.await,
            Err(call) => {
                loop {
                    std::future::poll_fn(|context| {
                        let mut memory = seat.run.memory();
                        if memory.slots.is_turn(number, limit) {
                            return Poll::Ready(());
                        }
                        memory.wakers.push(context.waker().clone());
                        Poll::Pending
                    })
                    .await;
                    let_the_moment_pass().await;
                    if seat.run.memory().slots.take(number, limit) {
                        break;
                    }
                }
                // There may be a slot for the next one too.
                wake(&seat.run);
                start(&seat.run, call).await
            }
        };
        seat.leak((rule.leaks)(&result));
        result
    }
    .boxed()
}

/// A mutant that keeps the limit in the engine's place.
fn keeper<const ITEMS: bool>(name: &'static str, about: &'static str) -> Mutant {
    Mutant::new(Place::Slots, Format::Dag, name, about)
        .misreads(|workflow| {
            if limit::<ITEMS>(workflow).is_some() {
                workflow.max_parallel = None;
            }
        })
        .begins(|run| {
            if run.is_recovering {
                run.memory().slots.die();
            }
        })
        .reports(|run, event| {
            if limit::<ITEMS>(&run.workflow).is_some() {
                holding_starts(run, event);
            } else {
                run.host.report(event);
            }
        })
        .tells(|run, outcome| {
            // The engine counts a call that was never made.
            let memory = run.memory();
            for (id, ..) in memory.slots.asked.difference(&memory.started) {
                let task = outcome.tasks.iter_mut().find(|task| task.task == *id);
                if let Some(task) = task {
                    task.attempts = task.attempts.saturating_sub(1);
                }
            }
        })
        .takes_signals(|run| {
            let run = Arc::clone(run);
            let next = run.host.signal();
            async move {
                let signal = next.await;
                match signal {
                    Some(Signal::Pause) => run.memory().slots.is_paused = true,
                    Some(Signal::Resume) => run.memory().slots.is_paused = false,
                    _ => {}
                }
                wake(&run);
                signal
            }
            .boxed()
        })
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        keeper::<HOLDS_ITEMS>(
            "ignores-the-limit-while-retrying",
            "An attempt that is made again does not wait for a slot.",
        )
        .uses([MaxParallel, Retry, FailureContinue])
        .smallest(2, 4)
        .calls(|run, call| {
            let is_exempt = |call: &Call| call.attempt > 1 && call.item.is_none();
            limited::<HOLDS_ITEMS>(run, call, Rule { is_exempt, ..RIGHT })
        }),
        keeper::<{ !HOLDS_ITEMS }>(
            "ignores-the-limit-for-items",
            "The items of a list all start at once, whatever max_parallel says.",
        )
        .uses([MaxParallel, ForEach])
        .smallest(1, 3)
        .calls(|run, call| {
            let is_exempt = |call: &Call| call.item.is_some();
            limited::<{ !HOLDS_ITEMS }>(run, call, Rule { is_exempt, ..RIGHT })
        }),
        keeper::<HOLDS_ITEMS>(
            "leaks-the-slot-of-a-failed-call",
            "The slot of a call that failed is never free again, and in the end nothing starts.",
        )
        .uses([MaxParallel, FailureContinue])
        .seen_in("agentic-orchestrator: a failed node's token is not consumed")
        .smallest(2, 3)
        .calls(|run, call| {
            limited::<HOLDS_ITEMS>(
                run,
                call,
                Rule {
                    leaks: |result| result.is_err(),
                    ..RIGHT
                },
            )
        }),
        keeper::<HOLDS_ITEMS>(
            "never-frees-a-slot",
            "Once as many calls were made as may be in flight, nothing starts any more.",
        )
        .uses([MaxParallel])
        .smallest(2, 2)
        .calls(|run, call| {
            limited::<HOLDS_ITEMS>(
                run,
                call,
                Rule {
                    leaks: |_| true,
                    ..RIGHT
                },
            )
        }),
    ]
}

#[cfg(test)]
mod tests {
    use contract::stage::Stage;
    use corpus::Case;
    use corpus::generate::{Dials, Generator};

    use super::*;
    use crate::judge::{Contender, Engines, Judgement, Unwatched};
    use crate::mutants::plant;

    /// How many cases are drawn. About one in ten has a limit that can be kept to.
    const CASES: u64 = 1_500;

    /// All that differs has to be the bug, so what it is built on has to go unnoticed, deaths and all.
    #[track_caller]
    fn check_that_a_limit_rightly_kept_goes_unnoticed(name: &str) {
        let right = keeper::<HOLDS_ITEMS>("keeps-the-limit", "Nothing is wrong.")
            .calls(|run, call| limited::<HOLDS_ITEMS>(run, call, RIGHT));
        let build = engines::find(name).expect("it is registered").build;
        let engine: Arc<dyn contract::Engine> = build(&contract::Options::new()).expect("no options").into();
        let own = Contender::new(Arc::clone(&engine));
        let engines = Engines {
            legacy: own.clone(),
            new: Contender::new(plant(engine, &[Box::leak(Box::new(right))])),
            reference: own,
        };
        let dials = Dials {
            max_tasks: 8,
            ..Dials::default()
        };
        let generator = Generator::new(1, dials);
        let mut stage = Stage::new();
        let mut compared = 0;
        let is_limited = |case: &Case| {
            case.dag()
                .is_some_and(|workflow| limit::<HOLDS_ITEMS>(workflow).is_some())
        };
        for case in (0..CASES).map(|index| generator.case(index)).filter(is_limited) {
            let mut judgement = engines.judge(&mut stage, &case, case.features(), &Unwatched);
            engines.kill(&mut stage, &case, &mut judgement, &Unwatched);
            if let Judgement::Compared(comparison) = judgement {
                assert_eq!(comparison.divergences, [], "{}", case.id);
                compared += 1;
            }
        }
        assert!(compared >= CASES / 20, "{compared}");
    }

    #[test]
    fn a_limit_rightly_kept_around_the_reference_goes_unnoticed() {
        check_that_a_limit_rightly_kept_goes_unnoticed("reference");
    }

    #[test]
    fn a_limit_rightly_kept_around_flow_goes_unnoticed() {
        check_that_a_limit_rightly_kept_goes_unnoticed("flow");
    }
}
