//! Puts an engine behind a watcher, which sees what the engine does to its host after its run has ended.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::time::Instant;

use crate::{
    Call, CallResult, Definition, Description, Engine, Event, Finished, Host, Job, Loaded, Millis, Rejection, Signal,
    Storage,
};

/// How long an engine is watched after the end: longer than anything a scenario lets take.
const AFTERWARDS: Duration = Duration::from_hours(24);

/// An engine, watched.
pub(super) struct Watched<'engine> {
    engine: &'engine dyn Engine,
    log: Arc<Mutex<Log>>,
}

/// What was seen of the end of the last run.
#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    /// When the run ended.
    pub(super) ended: Option<Millis>,
    /// The tasks called after that.
    pub(super) called_late: Vec<String>,
    /// Whether an event was reported after that.
    pub(super) reported_late: bool,
}

impl<'engine> Watched<'engine> {
    pub(super) fn new(engine: &'engine dyn Engine) -> Self {
        Self {
            engine,
            log: Arc::default(),
        }
    }

    pub(super) fn log(&self) -> Log {
        locked(&self.log, |log| log.clone())
    }
}

fn locked<T>(log: &Mutex<Log>, act: impl FnOnce(&mut Log) -> T) -> T {
    act(&mut log.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Engine for Watched<'_> {
    fn describe(&self) -> Description {
        self.engine.describe()
    }

    fn load(&self, definition: &Definition) -> Result<Box<dyn Loaded>, Rejection> {
        let loaded = self.engine.load(definition)?;
        Ok(Box::new(WatchedWorkflow {
            loaded,
            log: Arc::clone(&self.log),
        }))
    }
}

struct WatchedWorkflow {
    loaded: Box<dyn Loaded>,
    log: Arc<Mutex<Log>>,
}

impl Loaded for WatchedWorkflow {
    fn run(&self, job: Job, host: Arc<dyn Host>) -> BoxFuture<'_, Finished> {
        async move {
            // A run that is recovered began before its process did.
            let age = host.storage().map(|storage| storage.now().duration());
            let started = Instant::now() - age.unwrap_or_default();
            let host = Arc::new(WatchedHost {
                host,
                log: Arc::clone(&self.log),
            });
            let finished = self.loaded.run(job, host).await;
            locked(&self.log, |log| log.ended = Some((Instant::now() - started).into()));
            tokio::time::sleep(AFTERWARDS).await;
            finished
        }
        .boxed()
    }
}

struct WatchedHost {
    host: Arc<dyn Host>,
    log: Arc<Mutex<Log>>,
}

impl Host for WatchedHost {
    fn call(&self, call: Call) -> BoxFuture<'static, CallResult> {
        locked(&self.log, |log| {
            if log.ended.is_some() {
                log.called_late.push(call.task.to_string());
            }
        });
        self.host.call(call)
    }

    fn report(&self, event: Event) {
        locked(&self.log, |log| log.reported_late |= log.ended.is_some());
        self.host.report(event);
    }

    fn signal(&self) -> BoxFuture<'static, Option<Signal>> {
        self.host.signal()
    }

    fn storage(&self) -> Option<Arc<dyn Storage>> {
        self.host.storage()
    }
}
