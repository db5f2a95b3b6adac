//! The engine as a library: handlers in, runs out.
//!
//! ```
//! use contract::{Call, CallError, Workflow};
//! use flow::Flow;
//! use serde_json::{Value, json};
//!
//! async fn greet(call: Call) -> Result<Value, CallError> {
//!     Ok(json!(format!("Hello, {}!", call.input["name"].as_str().unwrap_or("you"))))
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
//! let flow = Flow::builder().handler("greet", greet).build();
//! let workflow: Workflow = serde_json::from_value(json!({
//!     "id": "greeting",
//!     "tasks": [{"id": "hello", "call": {"handler": "greet", "input": {"template": {"name": {"var": "input.who"}}}}}],
//! }))?;
//! let run = flow.start(workflow, json!({"who": "Ada"})).await?;
//! let outcome = run.outcome().await?;
//! assert_eq!(*outcome.tasks[0].output.clone().unwrap(), json!("Hello, Ada!"));
//! flow.shutdown().await;
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Each run is one task on the runtime, which drives a [`crate::core::Core`] and polls the handlers' futures. A run that waits
//! for a person, or for a moment more than a second away, is *parked*: it is in the store alone until a signal or the
//! moment comes.
//!
//! If the store fails ([`StoreError::Failed`]), nothing can be kept any more, so every run stops where it is: who waits for
//! one, starts one or signals one is told why. [`Flow::status`] still answers. Once the cause is mended, another engine on the
//! same file goes on with [`Flow::recover_all`].
//!
//! [`StoreError::Failed`]: crate::store::StoreError::Failed
//!
//! | module | what |
//! |---|---|
//! | `builder`, `handler` | what an engine is made of |
//! | `runs`, `mailbox`, `host` | the runs in hand: driving, parking and waking them; their signals; their surroundings |
//! | `recovery`, `status` | what is in the store, as runs |
//! | `events`, [`observe`] | what others hear of it: events; spans and metrics |

mod builder;
mod error;
mod events;
mod handler;
mod host;
mod mailbox;
pub mod observe;
mod recovery;
mod runs;
mod status;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use contract::{Json, Outcome, Signal, TaskId, Workflow};
use futures::Stream;
use serde_json::Value;

pub use builder::Builder;
pub use error::{RunError, SignalError, StartError};
pub use events::{Progress, RunEvent};
pub use handler::Handler;
pub use status::{Question, RunState, Status};

use crate::driver::From;
use crate::journal::record::Chain;
use crate::plan::Plan;
use crate::store::NewRun;
use runs::{Entry, Ready, Runs};

/// The engine. Its clones are the same engine; when the last one goes, its runs stop where they are, as with
/// [`Flow::shutdown`], but without waiting for it.
#[derive(Clone)]
pub struct Flow(Arc<Handle>);

struct Handle {
    runs: Arc<Runs>,
    /// Runs that were given an id here.
    named: AtomicU64,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.runs.stop();
    }
}

/// A run that was started or recovered here.
#[derive(Clone)]
pub struct Run(Arc<Entry>);

/// What [`Flow::recover_all`] found.
pub struct Recovered {
    /// The runs that go on.
    pub runs: Vec<Run>,
    /// Those that cannot, each with the reason. Nothing about them has changed.
    pub failed: Vec<(Arc<str>, RunError)>,
}

impl Flow {
    /// An engine to be described.
    pub fn builder() -> Builder {
        Builder::new()
    }

    fn new(runs: Arc<Runs>) -> Self {
        let named = AtomicU64::new(0);
        Self(Arc::new(Handle { runs, named }))
    }

    /// Starts a run of `workflow`, under an id of its own. Once this returns, the run survives.
    ///
    /// # Errors
    /// If the workflow is refused, names handlers that are not registered, or cannot be kept.
    pub async fn start(&self, workflow: impl Into<Arc<Workflow>>, input: Value) -> Result<Run, StartError> {
        let workflow = workflow.into();
        // Unique among all processes that had this store: two at once are refused, and time goes on in between.
        let number = self.0.named.fetch_add(1, Ordering::Relaxed);
        let id = format!("{}-{:x}-{number:x}", workflow.id, (self.0.runs.clock)().0);
        self.start_as(id, workflow, input).await
    }

    /// Starts a run under the id `run`, which makes starting it again an error instead of a second run.
    ///
    /// # Errors
    /// As [`Self::start`], and if there is a run of that id in the store.
    pub async fn start_as(
        &self,
        run: impl Into<Arc<str>>,
        workflow: impl Into<Arc<Workflow>>,
        input: Value,
    ) -> Result<Run, StartError> {
        let (runs, run, workflow, input) = (&self.0.runs, run.into(), workflow.into(), Json::new(input));
        if runs.is_shut_down() {
            return Err(StartError::ShutDown);
        }
        runs.check()?;
        let plan = Arc::new(Plan::compile(&workflow, runs.settings, &runs.logic)?);
        let unknown = recovery::unknown_handlers(&workflow, runs);
        if !unknown.is_empty() {
            return Err(StartError::UnknownHandlers(unknown));
        }
        let new = NewRun {
            run: Arc::clone(&run),
            workflow: Arc::clone(&workflow),
            input: Json::clone(&input),
            at: (runs.clock)(),
        };
        runs.store.begin(new).await.inspect_err(|error| runs.heed(error))?;
        let Some(entry) = runs.take_in_hand(&run) else {
            // `recover_all` found it between these two lines.
            return runs.entry(&run).map(Run).ok_or(StartError::ShutDown);
        };
        let ready = Ready {
            workflow,
            from: From::Start { plan, input },
            chain: Chain::new(&run),
            steps: 0,
        };
        runs.drive(Arc::clone(&entry), ready);
        Ok(Run(entry))
    }

    /// Goes on with every run in the store that has not ended and that is not in hand already: what a process does first
    /// after another one died.
    ///
    /// Calls that were in flight are made again with the same keys; what became due meanwhile is due at once.
    ///
    /// # Errors
    /// If the store cannot be read. A single run that cannot be brought back is in [`Recovered::failed`].
    pub async fn recover_all(&self) -> Result<Recovered, RunError> {
        let runs = &self.0.runs;
        runs.check()?;
        let mut plans = recovery::Plans::default();
        let (mut recovered, mut failed) = (Vec::new(), Vec::new());
        for (count, run) in runs.store.unfinished()?.into_iter().enumerate() {
            // The runs that go on already get their turn.
            if count % 64 == 63 {
                tokio::task::yield_now().await;
            }
            let Some(entry) = runs.take_in_hand(&run) else { continue };
            match recovery::load(runs, &run, &mut plans) {
                Ok(recovery::Loaded::Unfinished(ready)) => {
                    runs.drive(Arc::clone(&entry), ready);
                    recovered.push(Run(entry));
                }
                Ok(recovery::Loaded::Ended(_)) => runs.forget(&run),
                Err(error) => {
                    runs.forget(&run);
                    failed.push((run, error));
                }
            }
        }
        Ok(Recovered {
            runs: recovered,
            failed,
        })
    }

    /// A run that was started or recovered here and has not ended.
    pub fn run(&self, run: &str) -> Option<Run> {
        self.0.runs.entry(run).map(Run)
    }

    /// How a run stands, be it over: what the store has of it.
    ///
    /// # Errors
    /// If there is no such run, or it cannot be read.
    pub fn status(&self, run: &str) -> Result<Status, RunError> {
        status::status(&self.0.runs, &run.into())
    }

    /// Lets running calls finish and starts nothing until [`Self::resume`]. Timers go on.
    ///
    /// # Errors
    /// If the run is over or being undone, or cannot take it.
    pub async fn pause(&self, run: &str) -> Result<(), SignalError> {
        self.signal(run, Signal::Pause).await
    }

    /// Goes on after a pause.
    ///
    /// # Errors
    /// If the run is over or being undone, or cannot take it.
    pub async fn resume(&self, run: &str) -> Result<(), SignalError> {
        self.signal(run, Signal::Resume).await
    }

    /// Answers the question of a task.
    ///
    /// # Errors
    /// If the task does not wait for an answer, or the run cannot take it. Nothing has changed then.
    pub async fn respond(&self, run: &str, task: impl Into<TaskId>, value: Value) -> Result<(), SignalError> {
        let (task, value) = (task.into(), Json::new(value));
        self.signal(run, Signal::Respond { task, value }).await
    }

    /// Drops the running calls and ends the run.
    ///
    /// # Errors
    /// If the run is over or being undone, or cannot take it.
    pub async fn cancel(&self, run: &str) -> Result<(), SignalError> {
        self.signal(run, Signal::Cancel).await
    }

    /// Once this returns, the signal and what it did are durable.
    async fn signal(&self, run: &str, signal: Signal) -> Result<(), SignalError> {
        self.0.runs.signal(&run.into(), signal).await
    }

    /// What all runs do from now on. An event is told once it is durable; after a crash it is not told again.
    pub fn events(&self) -> impl Stream<Item = Progress> + Send + Unpin + use<> {
        self.0.runs.announcer.listen()
    }

    /// Stops every run where it stands, drops its calls, and waits until nothing is left of them: no task, no timer. The next
    /// engine on the same store goes on with [`Self::recover_all`].
    pub async fn shutdown(&self) {
        self.0.runs.shut_down().await;
    }
}

impl Run {
    /// Its id.
    pub fn id(&self) -> &Arc<str> {
        &self.0.run
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// If the journal fails, or the engine is shut down before.
    pub async fn outcome(&self) -> Result<Arc<Outcome>, RunError> {
        self.0.end().await
    }
}
