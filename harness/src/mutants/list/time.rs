//! Bugs with time: what starts late, what waits for what it need not wait for, and timeouts that nobody enforces.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::{Poll, Waker};

use contract::Feature::{ForEach, Needs, Retry, TaskTimeout};
use contract::{Call, CallError, CallResult, Event, Format, Millis, Purpose, TaskStatus, Workflow};
use futures::FutureExt;
use futures::future::BoxFuture;

use super::slots::{Resumed, holding_starts, resumed, start};
use crate::mutants::fault::Run;
use crate::mutants::{Mutant, Place};

fn dag(name: &'static str, about: &'static str) -> Mutant {
    Mutant::new(Place::Time, Format::Dag, name, about)
}

/// How often an engine is given a turn until a moment has passed: more often than anything lags behind within it.
const MOMENT: u32 = 8;
/// The tick of an engine that polls.
const TICK: u64 = 100;
/// What an engine that staggers waits between two calls.
const STAGGER: u64 = 5;

/// Makes the call at a moment of virtual time.
fn at(run: &Arc<Run>, call: Call, moment: Millis) -> BoxFuture<'static, CallResult> {
    let wait = moment.saturating_sub(run.time());
    if wait == Millis::ZERO {
        return start(run, call);
    }
    let run = Arc::clone(run);
    async move {
        tokio::time::sleep(wait.duration()).await;
        let_the_moment_pass().await;
        start(&run, call).await
    }
    .boxed()
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        dag(
            "polls-for-ready-tasks",
            "A task that became ready starts at the next tick, up to 100 ms later.",
        )
        .seen_in("pd dag executor: each node with needs waits for a poll interval of 100 ms")
        .smallest(1, 2)
        .reports(holding_starts)
        .calls(|run, call| {
            let tick = Millis(run.time().0.next_multiple_of(TICK));
            at(run, call, tick)
        }),
        dag(
            "staggers-calls",
            "Of calls that could start together each one starts a little after the other.",
        )
        .seen_in("AgentGate Scheduler: a stagger between two claims")
        .smallest(2, 1)
        .reports(holding_starts)
        .calls(|run, call| {
            let mut memory = run.memory();
            let free = memory.counts.entry("free".to_owned()).or_default();
            let moment = run.time().0.max(*free);
            *free = moment + STAGGER;
            drop(memory);
            at(run, call, Millis(moment))
        }),
        dag(
            "waits-for-the-level-before",
            "A task waits for every task of the levels before its own, needed or not.",
        )
        .uses([Needs])
        .seen_in("see engine: rounds with a barrier")
        .smallest(3, 3)
        .reports(holding_starts)
        .calls(after_lower_levels),
        dag(
            "works-on-items-one-by-one",
            "The items of a list are worked on one after another.",
        )
        .uses([ForEach])
        .smallest(1, 1)
        .reports(holding_starts)
        .calls(after_other_items),
        dag(
            "timeouts-are-cooperative",
            "A call that takes too long is waited for, and its result thrown away.",
        )
        .uses([TaskTimeout])
        .seen_in("pd dag executor: the timeout is a context that a task may ignore")
        .smallest(1, 2)
        .misreads(|workflow| {
            for task in workflow.tasks.iter_mut().filter(|task| task.call.is_some()) {
                task.timeout = None;
            }
        })
        .calls(|run, call| {
            let timeout = run.task(&call.task).and_then(|task| task.timeout);
            let Some(timeout) = timeout.filter(|_| call.purpose == Purpose::Work) else {
                return run.host.call(call);
            };
            let run = Arc::clone(run);
            let begun = run.time();
            let result = run.host.call(call.clone());
            async move {
                let result = result.await;
                if run.time().saturating_sub(begun) < timeout {
                    return result;
                }
                run.memory().tasks.push(call.task);
                Err(CallError::timed_out(timeout))
            }
            .boxed()
        })
        .reports(|run, mut event| {
            if let Event::TaskEnded { task, status } = &mut event
                && *status == TaskStatus::Failed
                && run.memory().tasks.contains(task)
            {
                *status = TaskStatus::TimedOut;
            }
            run.host.report(event);
        })
        .tells(|run, outcome| {
            let memory = run.memory();
            for task in outcome
                .tasks
                .iter_mut()
                .filter(|task| memory.tasks.contains(&task.task))
            {
                if task.status == TaskStatus::Failed {
                    task.status = TaskStatus::TimedOut;
                }
            }
        }),
        dag(
            "retries-within-the-call",
            "A failed attempt keeps its slot during its back-off: the delay belongs to the call.",
        )
        .uses([Retry])
        .smallest(1, 2)
        .calls(|run, call| {
            let delay = run
                .task(&call.task)
                .filter(|task| call.purpose == Purpose::Work && call.attempt < task.retry.max_attempts)
                .map(|task| task.retry.initial);
            let result = run.host.call(call);
            async move {
                let result = result.await;
                if let (Err(_), Some(delay)) = (&result, delay) {
                    tokio::time::sleep(delay.duration()).await;
                }
                result
            }
            .boxed()
        }),
    ]
}

/// Lets the engine take in all that happens at this moment, and do what follows from it.
///
/// "All that happens at one instant is taken in before anything new is started." A call that was made earlier than that would
/// be a second bug, and one that depends on who is polled first.
pub(super) async fn let_the_moment_pass() {
    for _ in 0..MOMENT {
        tokio::task::yield_now().await;
    }
}

/// Makes the call once `may_start` says so, and wakes those who wait when it has ended.
fn once(
    run: &Arc<Run>,
    call: Call,
    key: String,
    may_start: impl Fn(&Run) -> bool + Send + Sync + 'static,
) -> BoxFuture<'static, CallResult> {
    let in_flight = InFlight {
        run: Arc::clone(run),
        key,
    };
    let is_on_time = match resumed(run, &call) {
        Resumed::UnderWay => true,
        Resumed::NotYet => false,
        Resumed::No => may_start(run),
    };
    let started = if is_on_time {
        Ok(in_flight.start(call))
    } else {
        Err(call)
    };
    async move {
        match started {
            Ok(started) => started.await,
            Err(call) => {
                let run = &in_flight.run;
                loop {
                    std::future::poll_fn(|context| {
                        if may_start(run) {
                            return Poll::Ready(());
                        }
                        run.memory().wakers.push(context.waker().clone());
                        Poll::Pending
                    })
                    .await;
                    let_the_moment_pass().await;
                    if may_start(run) {
                        break;
                    }
                }
                in_flight.start(call).await
            }
        }
    }
    .boxed()
}

/// Counts a call in flight, or one that is not yet.
struct InFlight {
    run: Arc<Run>,
    key: String,
}

impl InFlight {
    fn start(&self, call: Call) -> BoxFuture<'static, CallResult> {
        self.run.count(&*self.key);
        let counted = Counted(Arc::clone(&self.run), self.key.clone());
        let result = start(&self.run, call);
        async move {
            let result = result.await;
            drop(counted);
            result
        }
        .boxed()
    }
}

struct Counted(Arc<Run>, String);

impl Drop for Counted {
    fn drop(&mut self) {
        let mut memory = self.0.memory();
        if let Some(count) = memory.counts.get_mut(&self.1) {
            *count = count.saturating_sub(1);
        }
        let wakers = std::mem::take(&mut memory.wakers);
        drop(memory);
        wakers.into_iter().for_each(Waker::wake);
    }
}

fn in_flight(run: &Run, is_it: impl Fn(&str) -> bool) -> bool {
    run.memory().counts.iter().any(|(key, count)| *count > 0 && is_it(key))
}

fn after_lower_levels(run: &Arc<Run>, call: Call) -> BoxFuture<'static, CallResult> {
    let level = level(&run.workflow, &call.task);
    let is_lower = move |key: &str| key < &*level_key(level);
    once(run, call, level_key(level), move |run| !in_flight(run, is_lower))
}

fn level_key(level: usize) -> String {
    format!("level {level:06}")
}

/// How many tasks one after another `task` needs at most.
fn level(workflow: &Workflow, task: &str) -> usize {
    let mut levels = vec![0; workflow.tasks.len()];
    let tasks = workflow.tasks.iter().enumerate();
    let places: BTreeMap<&str, usize> = tasks.map(|(place, task)| (&*task.id, place)).collect();
    let place = |id: &str| places.get(id).copied();
    // So many rounds are enough for the longest chain there can be.
    for _ in 0..workflow.tasks.len() {
        let before = levels.clone();
        for (at, task) in workflow.tasks.iter().enumerate() {
            let needed = task
                .needs
                .iter()
                .filter_map(|need| place(need))
                .map(|need| before[need] + 1);
            levels[at] = needed.max().unwrap_or(0);
        }
        if levels == before {
            break;
        }
    }
    place(task).map_or(0, |place| levels[place])
}

fn after_other_items(run: &Arc<Run>, call: Call) -> BoxFuture<'static, CallResult> {
    if call.item.is_none() {
        return start(run, call);
    }
    let key = format!("item of {}", call.task);
    let own = key.clone();
    once(run, call, key, move |run| !in_flight(run, |key| key == own))
}
