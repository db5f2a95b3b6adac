//! The runs that an engine has in hand: driving them, parking those that wait, waking them up.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contract::{Millis, Outcome, Signal, Workflow};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tracing::Instrument;

use super::error::{RunError, SignalError};
use super::events::Announcer;
use super::handler::Handlers;
use super::host::RunHost;
use super::mailbox::Mailbox;
use super::observe::{InMemory, Spans};
use super::recovery;
use crate::driver::{Drive, From, Stop};
use crate::journal::record::Chain;
use crate::journal::{StoreClock, StoredJournal};
use crate::plan::Settings;
use crate::store::{State as Kept, Store, StoreError};

/// A run that nothing but a signal, or a timer at least this far away, can bring on is kept in the store alone.
const PARKS_AFTER: Millis = Millis(1_000);

/// A run that is not over, or that somebody still asks about.
pub(super) struct Entry {
    pub(super) run: Arc<str>,
    pub(super) mailbox: Mailbox,
    phase: Mutex<Phase>,
    /// `None` until it ends, one way or another.
    end: watch::Sender<Option<Result<Arc<Outcome>, RunError>>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Driven,
    /// Only in the store. It has been parked this often, so that an old alarm does not wake it.
    Parked(u64),
    Over,
}

impl Entry {
    pub(super) fn new(run: Arc<str>) -> Arc<Self> {
        Arc::new(Self {
            run,
            mailbox: Mailbox::default(),
            phase: Mutex::new(Phase::Driven),
            end: watch::Sender::new(None),
        })
    }

    /// How it ends.
    pub(super) async fn end(&self) -> Result<Arc<Outcome>, RunError> {
        let mut end = self.end.subscribe();
        let ended = end.wait_for(Option::is_some).await;
        let ended = ended.expect("the sender lives as long as the entry, which this borrows");
        ended.clone().expect("it was waited for")
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What all runs of an engine share.
pub(super) struct Runs {
    pub(super) handlers: Handlers,
    pub(super) settings: Settings,
    pub(super) logic: Arc<datalogic_rs::Engine>,
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: StoreClock,
    pub(super) announcer: Announcer,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    entries: HashMap<Arc<str>, Arc<Entry>>,
    /// The runs that are driven, and alarms for those that are parked with a deadline. `None` once the engine is shut down.
    tasks: Option<JoinSet<()>>,
    parked: u64,
    /// Why the store accepts nothing more, if so.
    failed: Option<StoreError>,
}

/// A run to be driven.
pub(super) struct Ready {
    pub(super) workflow: Arc<Workflow>,
    pub(super) from: From,
    pub(super) chain: Chain,
    /// Steps so far.
    pub(super) steps: u32,
}

impl Runs {
    pub(super) fn new(handlers: Handlers, settings: Settings, store: Arc<dyn Store>, clock: StoreClock) -> Arc<Self> {
        Arc::new(Self {
            handlers,
            settings,
            logic: Arc::new(contract::logic::engine()),
            store,
            clock,
            announcer: Announcer::new(),
            state: Mutex::new(State {
                tasks: Some(JoinSet::new()),
                ..State::default()
            }),
        })
    }

    /// Nothing that could panic happens while this is held.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_shut_down(&self) -> bool {
        self.state().tasks.is_none()
    }

    /// Whether the store has not failed.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        self.state().failed.clone().map_or(Ok(()), Err)
    }

    /// The entry of a run that is in hand.
    pub(super) fn entry(&self, run: &str) -> Option<Arc<Entry>> {
        self.state().entries.get(run).cloned()
    }

    /// Takes a run in hand, unless it is already, or the engine is shut down.
    pub(super) fn take_in_hand(&self, run: &Arc<str>) -> Option<Arc<Entry>> {
        let mut state = self.state();
        // Once it is shut down, nobody would ever say how the run ends.
        if state.tasks.is_none() || state.entries.contains_key(run) {
            return None;
        }
        let entry = Entry::new(Arc::clone(run));
        state.entries.insert(Arc::clone(run), Arc::clone(&entry));
        Some(entry)
    }

    pub(super) fn forget(&self, run: &str) {
        self.state().entries.remove(run);
    }

    /// Drives a run until it ends or parks.
    pub(super) fn drive(self: &Arc<Self>, entry: Arc<Entry>, ready: Ready) {
        let spans = Spans::new(&entry.run, &ready.workflow.id);
        let span = spans.run();
        let runs = Arc::clone(self);
        let task = async move { runs.drive_until_it_stops(entry, ready, spans).await };
        self.spawn(task.instrument(span));
    }

    async fn drive_until_it_stops(self: Arc<Self>, entry: Arc<Entry>, ready: Ready, spans: Spans) {
        let in_memory = InMemory::new();
        let host = RunHost {
            entry: Arc::clone(&entry),
            handlers: self.handlers.clone(),
            announcer: self.announcer.clone(),
            spans: Mutex::new(spans),
        };
        let core = match &ready.from {
            From::Start { .. } => None,
            From::Recovery { recovery, .. } => Some(&recovery.core),
        };
        let journal = StoredJournal::new(
            Arc::clone(&self.store),
            Arc::clone(&self.clock),
            Arc::clone(&entry.run),
            ready.chain,
            ready.steps,
            core,
        );
        let acknowledged = Arc::clone(&entry);
        let drive = Drive {
            run: Arc::clone(&entry.run),
            from: ready.from,
            host: Arc::new(host),
            journal,
            acknowledge: Some(Box::new(move |is_accepted| acknowledged.mailbox.answer(is_accepted))),
            parks_after: Some(PARKS_AFTER),
        };
        let stopped = drive.run().await;
        drop(in_memory);
        self.reap();
        match stopped {
            Ok(run) => match run.stop {
                Stop::Ended => self.end(&entry, Ok(Arc::new(run.core.outcome()))),
                Stop::Parked { delay } => {
                    drop(run);
                    self.park(&entry, delay);
                }
            },
            Err(error) => {
                tracing::error!(%error, "the journal failed; the run stops where it is");
                self.end(&entry, Err(error.clone().into()));
                self.heed(&error);
            }
        }
    }

    /// Notes how a run ended. What it ended with stays in the store.
    fn end(&self, entry: &Entry, end: Result<Arc<Outcome>, RunError>) {
        *entry.phase() = Phase::Over;
        self.forget(&entry.run);
        entry.end.send_replace(Some(end));
        entry.mailbox.close();
    }

    /// Keeps a run in the store alone until a signal comes, or until `delay` is over.
    pub(super) fn park(self: &Arc<Self>, entry: &Arc<Entry>, delay: Option<Millis>) {
        entry.mailbox.leave();
        let number = {
            let mut state = self.state();
            state.parked += 1;
            state.parked
        };
        {
            let mut phase = entry.phase();
            if *phase == Phase::Over {
                return;
            }
            *phase = Phase::Parked(number);
        }
        // A signal may have come while it was being parked.
        if !entry.mailbox.is_empty() {
            self.wake(entry, None);
            return;
        }
        if let Some(delay) = delay {
            let (runs, entry) = (Arc::downgrade(self), Arc::clone(entry));
            self.spawn(async move {
                tokio::time::sleep(delay.duration()).await;
                if let Some(runs) = runs.upgrade() {
                    runs.wake(&entry, Some(number));
                }
            });
        }
    }

    /// Drives a parked run again. `None`: for a signal; `alarm`: only if it is still parked as it was when the alarm was set.
    fn wake(self: &Arc<Self>, entry: &Arc<Entry>, alarm: Option<u64>) {
        {
            let mut phase = entry.phase();
            match (*phase, alarm) {
                (Phase::Parked(number), Some(alarm)) if number == alarm => {}
                (Phase::Parked(_), None) => {}
                // A signal that came after everybody was told.
                (Phase::Over, None) => return entry.mailbox.close(),
                _ => return,
            }
            *phase = Phase::Driven;
        }
        match recovery::load(self, &entry.run, &mut recovery::Plans::default()) {
            Ok(recovery::Loaded::Unfinished(ready)) => self.drive(Arc::clone(entry), ready),
            Ok(recovery::Loaded::Ended(outcome)) => self.end(entry, Ok(outcome)),
            Err(error) => self.end(entry, Err(error)),
        }
    }

    /// Sends a signal to a run, and waits until it is durable, with what comes of it.
    pub(super) async fn signal(self: &Arc<Self>, run: &Arc<str>, signal: Signal) -> Result<(), SignalError> {
        let Some(entry) = self.entry(run) else {
            self.check().map_err(RunError::from)?;
            return Err(match self.store.standing(run).map_err(RunError::from)? {
                None => RunError::Unknown(Arc::clone(run)).into(),
                Some(standing) if matches!(standing.state, Kept::Ended(_)) => SignalError::Over(Arc::clone(run)),
                Some(_) => RunError::ShutDown(Arc::clone(run)).into(),
            });
        };
        let asked = match &signal {
            Signal::Respond { task, .. } => Some(Arc::clone(task)),
            Signal::Pause | Signal::Resume | Signal::Cancel => None,
        };
        let (reply, answer) = oneshot::channel();
        entry.mailbox.put(signal, reply);
        self.wake(&entry, None);
        match (answer.await, asked) {
            (Ok(true), _) => Ok(()),
            (Ok(false), Some(task)) => Err(SignalError::NotWaiting {
                run: Arc::clone(run),
                task,
            }),
            (Ok(false), None) => Err(SignalError::Over(Arc::clone(run))),
            // The run ended before it came to this signal.
            (Err(_), _) => match entry.end.borrow().clone() {
                Some(Err(error)) => Err(error.into()),
                Some(Ok(_)) => Err(SignalError::Over(Arc::clone(run))),
                None => Err(RunError::ShutDown(Arc::clone(run)).into()),
            },
        }
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(tasks) = &mut self.state().tasks {
            tasks.spawn(task);
        }
    }

    /// Frees what is left of tasks that are over: a set of tasks keeps each until it is asked for.
    fn reap(&self) {
        if let Some(tasks) = &mut self.state().tasks {
            while tasks.try_join_next().is_some() {}
        }
    }

    /// Drops every run where it stands, with its calls.
    pub(super) fn stop(&self) {
        drop(self.let_go());
    }

    /// As [`Self::stop`], and waits until nothing is left of them.
    pub(super) async fn shut_down(&self) {
        if let Some(mut tasks) = self.let_go() {
            tasks.shutdown().await;
        }
    }

    /// Follows what the store says of itself. If it accepts nothing more, no run can go on: all of them stop where they are,
    /// and whoever waits for one is told now, not when it next has something to keep.
    pub(super) fn heed(&self, error: &StoreError) {
        if !matches!(error, StoreError::Failed { .. }) {
            return;
        }
        let entries = {
            let mut state = self.state();
            state.failed.get_or_insert_with(|| error.clone());
            if let Some(tasks) = &mut state.tasks {
                tasks.abort_all();
            }
            std::mem::take(&mut state.entries)
        };
        give_up(entries, |_| error.clone().into());
    }

    /// Lets go of all runs, and tells those who wait for them.
    fn let_go(&self) -> Option<JoinSet<()>> {
        let (tasks, entries) = {
            let mut state = self.state();
            (state.tasks.take(), std::mem::take(&mut state.entries))
        };
        give_up(entries, |run| RunError::ShutDown(Arc::clone(run)));
        tasks
    }
}

/// Tells those who wait for runs that nobody will drive any more.
fn give_up(entries: HashMap<Arc<str>, Arc<Entry>>, why: impl Fn(&Arc<str>) -> RunError) {
    for entry in entries.into_values() {
        *entry.phase() = Phase::Over;
        // First: who asked for a signal looks here when the mailbox lets go of it.
        entry.end.send_replace(Some(Err(why(&entry.run))));
        entry.mailbox.close();
    }
}
