//! The stage: plays a script to an engine in virtual time and returns what the host saw.
//!
//! Time is tokio's paused clock, which moves only when nothing else can happen. So a 24-hour workflow takes microseconds, and
//! a runtime that goes idle before the run ends *is* a deadlock: a guard far in the future fires at once.

mod disk;
mod host;
mod listen;
mod play;
mod schedule;

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures::task::AtomicWaker;
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::time::{Instant, Sleep};

use crate::call::panic_message;
use crate::observation::{End, Hang, ObservedCall};
use crate::{Crash, Definition, Engine, Finished, Job, Json, Loaded, Millis, Observation, Script};
use disk::Disk;
pub use disk::{Death, Left};
use host::World;
pub use listen::LOG_TARGET;
pub use play::play;
pub use schedule::Schedule;

/// The longest an attempt may take and a signal may be away, in virtual time, and how long a run may go without anything
/// happening: beyond that, nothing ever will.
pub const HORIZON: Millis = Millis(400 * 24 * 3_600_000);
/// Polls of a run that are always allowed, and more for each call it has made: beyond that it is going in circles.
const POLLS: usize = 20_000;
const POLLS_PER_CALL: usize = 200;

/// Where engines are made to play. One stage serves one thread, case after case.
pub struct Stage {
    runtime: Runtime,
    listens: bool,
    schedule: Schedule,
}

impl Default for Stage {
    fn default() -> Self {
        Self::new()
    }
}

impl Stage {
    /// An empty stage, its clock stopped.
    pub fn new() -> Self {
        Self {
            runtime: runtime(),
            listens: false,
            schedule: Schedule::PLAIN,
        }
    }

    /// Whether what engines write to the log of an application is observed, which makes every log statement of theirs dearer.
    /// Only what they write under the target [`LOG_TARGET`] counts, and only if the process has no logger of its own.
    pub fn listen(&mut self, listens: bool) {
        self.listens = listens;
    }

    /// Who comes first from now on, of what is due at one moment.
    pub fn schedule(&mut self, schedule: Schedule) {
        self.schedule = schedule;
    }

    /// Loads `definition` and runs it under `script`. Whatever the engine does — refuse, panic, hang — is the observation.
    pub fn play(
        &mut self,
        engine: &dyn Engine,
        definition: &Definition,
        input: &Json,
        script: &Arc<Script>,
    ) -> Observation {
        match Self::load(engine, definition) {
            Err(end) => Observation::without_run(end),
            Ok(loaded) => {
                let observation = self.run(&*loaded, input, script);
                match Self::drop_loaded(loaded) {
                    Ok(()) => observation,
                    Err(end) => Observation { end, ..observation },
                }
            }
        }
    }

    /// Loads `definition`, for whoever runs it several times.
    ///
    /// # Errors
    /// How the case ends if the engine refuses the definition or panics.
    pub fn load(engine: &dyn Engine, definition: &Definition) -> Result<Box<dyn Loaded>, End> {
        match catch_unwind(AssertUnwindSafe(|| engine.load(definition))) {
            Ok(loaded) => loaded.map_err(End::Rejected),
            Err(panic) => Err(End::Crashed(panic_message(&*panic))),
        }
    }

    /// Drops what has been loaded.
    ///
    /// # Errors
    /// How the case ends if that panics.
    pub fn drop_loaded(loaded: Box<dyn Loaded>) -> Result<(), End> {
        catch_unwind(AssertUnwindSafe(|| drop(loaded))).map_err(|panic| End::Crashed(panic_message(&*panic)))
    }

    /// Runs what has been loaded under `script`. If the script has crashes, the engine gets a storage, and its process dies
    /// then.
    pub fn run(&mut self, loaded: &dyn Loaded, input: &Json, script: &Arc<Script>) -> Observation {
        let disk = (!script.crashes.is_empty()).then(Disk::default);
        self.perform(loaded, input, script, disk).observation
    }

    /// As [`Self::run`], with a storage in any case, and with these deaths beside the script's own crashes.
    pub fn run_durably(
        &mut self,
        loaded: &dyn Loaded,
        input: &Json,
        script: &Arc<Script>,
        deaths: &[Death],
    ) -> Durably {
        self.perform(loaded, input, script, Some(Disk::new(deaths)))
    }

    fn perform(&mut self, loaded: &dyn Loaded, input: &Json, script: &Arc<Script>, disk: Option<Disk>) -> Durably {
        let started = self.runtime.block_on(async { Instant::now() });
        let is_durable = disk.is_some();
        let world = World::new(Arc::clone(script), started, self.schedule, disk);
        let job = Job {
            run: "run".into(),
            input: Arc::clone(input),
        };
        let listener = self.listens.then(listen::Listener::start);
        let played = catch_unwind(AssertUnwindSafe(|| {
            self.runtime.block_on(async {
                let ended = if is_durable {
                    lives(loaded, job, &world, started, script).await
                } else {
                    guarded(loaded.run(job, world.host()), &world, started).await
                };
                (ended, Instant::now() - started)
            })
        }));
        // The clock may have moved to the horizon, or the engine left tasks behind: the next case gets a fresh runtime.
        let is_clean = matches!(played, Ok((Ok(_), _))) && self.runtime.metrics().num_alive_tasks() == 0;
        if !is_clean {
            std::mem::replace(&mut self.runtime, runtime()).shutdown_background();
        }
        let (end, makespan) = match played {
            Ok((Ok(finished), time)) => match catch_unwind(AssertUnwindSafe(|| finished.end())) {
                Ok(end) => (end, time.into()),
                Err(panic) => (End::Crashed(panic_message(&*panic)), time.into()),
            },
            Ok((Err(hang), _)) => (End::Hung(hang), world.last_activity()),
            Err(panic) => (End::Crashed(panic_message(&*panic)), world.last_activity()),
        };
        let (calls, events, writes, repeated) = world.take();
        Durably {
            observation: Observation {
                end,
                calls,
                events,
                makespan,
                logs: listener.map(listen::Listener::finish).unwrap_or_default(),
            },
            writes,
            repeated,
        }
    }
}

/// What was seen of a run with a storage.
#[derive(Clone, Debug)]
pub struct Durably {
    /// What was observed, over all lives of the engine's process.
    pub observation: Observation,
    /// How many writes it made.
    pub writes: u32,
    /// Calls that were made again although their end had been recorded.
    pub repeated: Vec<ObservedCall>,
}

/// Lets an engine live, die and recover until the run ends. The process dies at the script's crashes, and at its writes.
async fn lives(
    loaded: &dyn Loaded,
    job: Job,
    world: &Arc<World>,
    started: Instant,
    script: &Script,
) -> Result<Finished, Hang> {
    let mut crashes = script.crashes.iter().peekable();
    loop {
        let mut life = Box::pin(guarded(loaded.run(job.clone(), world.host()), world, started));
        // A crash that falls into an outage makes no difference.
        while crashes
            .next_if(|crash| started + crash.at.duration() < Instant::now())
            .is_some()
        {}
        let mut death = crashes
            .peek()
            .map(|crash| Box::pin(tokio::time::sleep_until(started + crash.at.duration())));
        let wakes = Arc::new(Wakes::default());
        let mut is_due = false;
        let ended = std::future::poll_fn(|context| {
            // What happens at the moment of a crash happens before it, however often the engine looks until it rests.
            if is_due && !wakes.is_woken() {
                return Poll::Ready(None);
            }
            let polled = match death {
                Some(_) => wakes.poll(life.as_mut(), context),
                None => life.as_mut().poll(context),
            };
            if let Poll::Ready(ended) = polled {
                return Poll::Ready(Some(ended));
            }
            if world.is_dying() {
                return Poll::Ready(None);
            }
            let is_time = |death: &mut Pin<Box<Sleep>>| death.as_mut().poll(context).is_ready();
            is_due = is_due || death.as_mut().is_some_and(is_time);
            if is_due {
                // Who lets others go first is woken after this poll; to be polled again behind him, this does so too.
                let _ = pin!(tokio::task::yield_now()).poll(context);
            }
            Poll::Pending
        })
        .await;
        if let Some(ended) = ended {
            return ended;
        }
        let crash = if world.is_dying() { None } else { crashes.next() };
        world.kill();
        drop(life);
        if let Some(crash) = crash {
            tokio::time::sleep(crash.outage.duration()).await;
        }
    }
}

/// Whether a future was woken since it was polled last, and so has more to do at this moment.
#[derive(Default)]
struct Wakes {
    is_woken: AtomicBool,
    waker: AtomicWaker,
}

impl Wakes {
    fn poll<F: Future>(self: &Arc<Self>, future: Pin<&mut F>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.waker.register(context.waker());
        self.is_woken.store(false, Ordering::Relaxed);
        future.poll(&mut Context::from_waker(&Waker::from(Arc::clone(self))))
    }

    fn is_woken(&self) -> bool {
        self.is_woken.load(Ordering::Relaxed)
    }
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.is_woken.store(true, Ordering::Relaxed);
        self.waker.wake();
    }
}

impl Observation {
    /// What is observed of an engine that never got to run.
    pub fn without_run(end: End) -> Self {
        Self {
            end,
            calls: Vec::new(),
            events: Vec::new(),
            makespan: Millis::ZERO,
            logs: Vec::new(),
        }
    }
}

/// A runtime as [`Stage`] has it: one thread, its clock stopped.
///
/// # Panics
/// If the system gives no memory for it.
pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without I/O needs nothing that could be missing")
}

/// Polls `run` to its end, unless nothing at all happens for as long as the horizon is away, or the polls run out first.
async fn guarded(run: impl Future<Output = Finished>, world: &World, started: Instant) -> Result<Finished, Hang> {
    let beyond = |activity: Millis| started + activity.duration() + HORIZON.duration() + Duration::from_millis(1);
    let mut run = pin!(run);
    let mut last_activity = Millis::ZERO;
    let mut horizon = pin!(tokio::time::sleep_until(beyond(last_activity)));
    let mut polls = 0;
    std::future::poll_fn(|context| {
        if let Poll::Ready(finished) = run.as_mut().poll(context) {
            return Poll::Ready(Ok(finished));
        }
        polls += 1;
        if polls > POLLS + POLLS_PER_CALL * world.calls_made() {
            return Poll::Ready(Err(Hang::Livelock));
        }
        while horizon.as_mut().poll(context).is_ready() {
            let activity = world.last_activity();
            if activity == last_activity {
                return Poll::Ready(Err(Hang::Deadlock));
            }
            // Many long tasks, one after another: it is on its way.
            last_activity = activity;
            horizon.as_mut().reset(beyond(activity));
        }
        Poll::Pending
    })
    .await
}

/// Checks that nothing in a script takes longer than [`HORIZON`]: it would be taken for a run that never ends.
///
/// # Errors
/// If an attempt, a signal, a crash or an outage lies beyond [`HORIZON`]; the text names it.
pub fn check_times(script: &Script) -> Result<(), String> {
    for (id, entry) in &script.tasks {
        if entry
            .attempts
            .iter()
            .chain(&entry.compensate)
            .any(|attempt| attempt.takes > HORIZON)
        {
            return Err(format!(
                "an attempt of `{id}` takes longer than {HORIZON}, the longest a call may take"
            ));
        }
    }
    let is_late = |crash: &&Crash| crash.at > HORIZON || crash.outage > HORIZON;
    if let Some(crash) = script.crashes.iter().find(is_late) {
        return Err(format!(
            "the crash at {} or its outage lies beyond {HORIZON}, the latest and the longest there may be",
            crash.at
        ));
    }
    match script.signals.iter().find(|scripted| scripted.at > HORIZON) {
        Some(scripted) => Err(format!(
            "a signal at {} comes after {HORIZON}, the latest a signal may come",
            scripted.at
        )),
        None => Ok(()),
    }
}

/// `null`, shared: the input of a run that has none.
pub fn no_input() -> Json {
    Arc::new(Value::Null)
}
