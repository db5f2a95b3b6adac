//! The soak test: many runs of generated workflows at once, for hours of virtual time, whose one process dies again and again.
//!
//! Every run has a host and a storage of its own and plays the script of its case: failures, pauses, answers, cancellations.
//! When one ends, the next case takes its place. Every so often the process dies, at any moment or in the middle of a write,
//! and all runs are recovered from what their storages hold. The hosts check at every call, report and end that the engine
//! keeps to what is written.

mod explain;
mod host;
mod world;

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use contract::stage::{HORIZON, Stage};
use contract::{Definition, End, Engine, Feature, Job, Loaded, Millis};
use corpus::Case;
use corpus::generate::{Dials, Generator};
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use tokio::time::{Instant, Sleep};

use world::{Process, World};

/// The longest the process lives, and the longest it stays down, in ms.
const LONGEST_LIFE: u64 = 60 * 60_000;
const LONGEST_OUTAGE: u64 = 10 * 60_000;

/// What is soaked.
pub struct Plan<'a> {
    /// A durable engine.
    pub engine: &'a dyn Engine,
    /// How many runs there are at once.
    pub runs: usize,
    /// For how long new ones are begun, in virtual time.
    pub lasts: Millis,
    /// What all is drawn from.
    pub seed: u64,
    /// The memory that the process holds, in bytes, if that can be told.
    pub memory: &'a dyn Fn() -> Option<u64>,
}

/// What was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Runs that ended, by their status.
    pub ended: BTreeMap<&'static str, u64>,
    /// Calls, those made again included.
    pub calls: u64,
    /// Of these, made again after a death.
    pub made_again: u64,
    /// Writes to the storages.
    pub writes: u64,
    /// Signals that runs took.
    pub signals: u64,
    /// How often the process died.
    pub deaths: u64,
    /// How many runs were recovered, over all deaths.
    pub recovered: u64,
    /// Virtual time from the first start to the last end.
    pub lasted: Millis,
    /// Bytes held once the runs that were begun first are mostly over, and when the last new run was begun.
    pub memory: [Option<u64>; 2],
}

/// An invariant that an engine broke.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("the run {run} (case {}) broke a rule at {at}: {rule}", case.id)]
pub struct Broken {
    /// The run.
    pub run: Arc<str>,
    /// Its case.
    pub case: Case,
    /// When, in virtual time since the soak began.
    pub at: Millis,
    /// What was broken.
    pub rule: String,
}

/// A run in progress.
struct Slot {
    world: Arc<World>,
    loaded: Arc<dyn Loaded>,
    job: Job,
}

type Running = FuturesUnordered<BoxFuture<'static, (usize, Result<End, String>)>>;

/// Soaks the engine of `plan`.
///
/// # Errors
/// The first invariant that was broken.
pub fn soak(plan: &Plan<'_>) -> Result<Report, Box<Broken>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without I/O needs nothing that could be missing");
    // The budget that tokio gives a task is for tasks that have to be fair to others.
    runtime.block_on(tokio::task::unconstrained(async { Soak::new(plan).run().await }))
}

/// The cases that are soaked: small ones, of all that a signal or a failure can do.
fn dials() -> Dials {
    let mut dials = Dials {
        max_tasks: 24,
        plain: 0.2,
        invalid: 0.0,
        hostile: 0.0,
        ..Dials::default()
    };
    dials.set(Feature::Durable, 0.0);
    dials.set(Feature::EmptyWorkflow, 0.0);
    for feature in [Feature::PauseResume, Feature::UserInput, Feature::Retry] {
        dials.set(feature, 0.35);
    }
    dials
}

/// What happens next.
enum Next {
    /// A run ended.
    Ended(usize, Result<End, String>),
    /// The process died, or is to die.
    Death,
}

struct Soak<'a> {
    plan: &'a Plan<'a>,
    generator: Generator,
    random: Xoshiro256PlusPlus,
    process: Arc<Process>,
    slots: Vec<Option<Slot>>,
    begun: u64,
    /// When the process is to die.
    death: Pin<Box<Sleep>>,
    /// Whether it is to die in the next write.
    dies_in_write: bool,
    report: Report,
}

impl<'a> Soak<'a> {
    fn new(plan: &'a Plan<'a>) -> Self {
        Self {
            plan,
            generator: Generator::new(plan.seed, dials()),
            random: Xoshiro256PlusPlus::seed_from_u64(plan.seed),
            process: Process::new(),
            slots: Vec::new(),
            begun: 0,
            death: Box::pin(tokio::time::sleep(Duration::from_millis(LONGEST_LIFE))),
            dies_in_write: false,
            report: Report::default(),
        }
    }

    async fn run(mut self) -> Result<Report, Box<Broken>> {
        let mut running = Running::new();
        for place in 0..self.plan.runs {
            let slot = self.begin()?;
            self.slots.push(Some(slot));
            running.push(self.life(place));
        }
        while let Some(next) = self.next(&mut running).await {
            match next {
                Next::Ended(place, end) => {
                    self.end(place, end)?;
                    self.look_at_memory();
                    if self.process.now() < self.plan.lasts {
                        self.slots[place] = Some(self.begin()?);
                        running.push(self.life(place));
                    }
                }
                Next::Death => {
                    if !self.process.is_dead() && self.random.next_u64().is_multiple_of(2) && !self.dies_in_write {
                        // It goes on living until somebody writes.
                        self.dies_in_write = true;
                        self.process.kill_at_next_write(self.random.next_u64() % 3);
                        self.death = self.plan_death();
                        continue;
                    }
                    running = self.die(running).await?;
                    self.dies_in_write = false;
                    self.death = self.plan_death();
                }
            }
        }
        self.check()?;
        self.report.lasted = self.process.now();
        Ok(self.report)
    }

    /// What happens next; `None` once every run is over.
    async fn next(&mut self, running: &mut Running) -> Option<Next> {
        poll_fn(|context| {
            let ended = running.poll_next_unpin(context);
            if self.process.is_dead() {
                // What ended after a write killed the process ends again once it is recovered.
                return Poll::Ready(Some(Next::Death));
            }
            match ended {
                Poll::Ready(None) => Poll::Ready(None),
                Poll::Ready(Some((place, end))) => Poll::Ready(Some(Next::Ended(place, end))),
                Poll::Pending => self.death.as_mut().poll(context).map(|()| Some(Next::Death)),
            }
        })
        .await
    }

    fn look_at_memory(&mut self) {
        let now = self.process.now();
        if self.report.memory[0].is_none() && now.0 >= self.plan.lasts.0 / 4 {
            self.report.memory[0] = (self.plan.memory)();
        }
        if self.report.memory[1].is_none() && now >= self.plan.lasts {
            self.report.memory[1] = (self.plan.memory)();
        }
    }

    /// When the process is to die, or, once no new runs are begun, when nothing will ever happen any more.
    fn plan_death(&mut self) -> Pin<Box<Sleep>> {
        let is_over = self.process.now() >= self.plan.lasts;
        let life = if is_over {
            HORIZON.0
        } else {
            self.below(LONGEST_LIFE) + 1
        };
        Box::pin(tokio::time::sleep(Duration::from_millis(life)))
    }

    /// All runs are lost, and begun again from their storages.
    async fn die(&mut self, running: Running) -> Result<Running, Box<Broken>> {
        let is_idle = Instant::now() >= self.death.deadline() && self.process.now().0 >= self.plan.lasts.0 + HORIZON.0;
        if is_idle && self.slots.iter().any(Option::is_some) {
            let left = self.slots.iter().flatten().next().expect("some run has not ended");
            return Err(left.world.broken("it never ends: nothing is left that could happen"));
        }
        self.process.die();
        for slot in self.slots.iter().flatten() {
            slot.world.kill();
        }
        drop(running);
        self.check()?;
        self.report.deaths += 1;
        if self.random.next_u64().is_multiple_of(2) {
            let outage = self.below(LONGEST_OUTAGE);
            tokio::time::sleep(Duration::from_millis(outage)).await;
        }
        self.process.come_back();
        let recovered = Running::new();
        for place in 0..self.slots.len() {
            if self.slots[place].is_some() {
                self.report.recovered += 1;
                recovered.push(self.life(place));
            }
        }
        Ok(recovered)
    }

    /// The next run.
    fn begin(&mut self) -> Result<Slot, Box<Broken>> {
        loop {
            let case = self.generator.case(self.begun);
            self.begun += 1;
            let run: Arc<str> = format!("run-{}", self.begun).into();
            let can = self.plan.engine.describe().capabilities.is_superset(case.features());
            if !can {
                continue;
            }
            let Case { definition, input, .. } = &case;
            let Definition::Dag(workflow) = definition else {
                continue;
            };
            let world = World::new(
                Arc::clone(&self.process),
                Arc::clone(&run),
                case.clone(),
                Arc::clone(workflow),
            );
            let loaded = Stage::load(self.plan.engine, definition)
                .map_err(|end| world.broken(&crate::compare::describe_end(&end)))?;
            return Ok(Slot {
                world,
                loaded: Arc::from(loaded),
                job: Job {
                    run,
                    input: Arc::clone(input),
                },
            });
        }
    }

    /// One life of the run at `place`.
    fn life(&self, place: usize) -> BoxFuture<'static, (usize, Result<End, String>)> {
        let slot = self.slots[place].as_ref().expect("a run is there while it lives");
        let (loaded, job, host) = (Arc::clone(&slot.loaded), slot.job.clone(), slot.world.host());
        async move {
            let lived = AssertUnwindSafe(async { loaded.run(job, host).await.end() }).catch_unwind();
            let end = lived.await.map_err(|panic| contract::call::panic_message(&*panic));
            (place, end)
        }
        .boxed()
    }

    /// A run is over.
    fn end(&mut self, place: usize, end: Result<End, String>) -> Result<(), Box<Broken>> {
        self.check()?;
        let slot = self.slots[place].take().expect("a run ends once");
        let end = end.map_err(|panic| slot.world.broken(&format!("it panicked: {panic}")))?;
        let totals = slot.world.ended(&end)?;
        *self.report.ended.entry(totals.status).or_default() += 1;
        self.report.calls += totals.calls;
        self.report.made_again += totals.made_again;
        self.report.writes += totals.writes;
        self.report.signals += totals.signals;
        Ok(())
    }

    fn check(&self) -> Result<(), Box<Broken>> {
        self.process.first_broken().map_or(Ok(()), Err)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.random.next_u64() % bound.max(1)
    }
}

/// The moment that is `since` the start of all.
fn since(start: Instant) -> Millis {
    (Instant::now() - start).into()
}

#[cfg(test)]
mod tests;
