//! Where runs are kept so that they survive the process: what is common to every store.
//!
//! A store knows nothing of workflows. It keeps records, which are opaque bytes, in the order in which they came, and beside
//! them the standing of each run in plain columns, so that a person can ask what is paused, and why, without this engine.

use std::sync::Arc;

use contract::{Json, Millis, TaskId, Workflow};
use futures::future::BoxFuture;

/// A store of runs, shared by all of them.
pub trait Store: Send + Sync + 'static {
    /// Keeps a run that is about to begin. Done once it is durable.
    fn begin(&self, run: NewRun) -> BoxFuture<'static, Result<(), StoreError>>;

    /// Keeps what happened in a run at one instant. Done once it is durable; what is asked for earlier is durable earlier.
    fn append(&self, step: Step) -> BoxFuture<'static, Result<(), StoreError>>;

    /// All that is kept of a run, having checked that it is whole. `None`: there is no such run.
    ///
    /// # Errors
    /// If it is damaged, or cannot be read.
    fn load(&self, run: &str) -> Result<Option<StoredRun>, StoreError>;

    /// How a run stands, without its records.
    ///
    /// # Errors
    /// If it is damaged, or cannot be read.
    fn standing(&self, run: &str) -> Result<Option<Standing>, StoreError>;

    /// The runs that have not ended, in the order in which they began.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn unfinished(&self) -> Result<Vec<Arc<str>>, StoreError>;
}

/// A run that is about to begin.
#[derive(Clone, Debug)]
pub struct NewRun {
    /// Its id, unique in the store.
    pub run: Arc<str>,
    /// Its workflow. Runs of the same workflow share one copy in the store.
    pub workflow: Arc<Workflow>,
    /// Its input.
    pub input: Json,
    /// When, in ms since the Unix epoch.
    pub at: Millis,
}

/// What happened in a run at one instant.
#[derive(Clone, Debug)]
pub struct Step {
    /// The run.
    pub run: Arc<str>,
    /// Steps of a run are numbered from 0, without gaps.
    pub number: u32,
    /// When, in ms since the Unix epoch.
    pub at: Millis,
    /// What happened, as the journal encodes it.
    pub record: Vec<u8>,
    /// How the run stands afterwards. `None`: as before.
    pub standing: Option<Standing>,
    /// Answers of users that were accepted in it.
    pub answers: Vec<Answer>,
}

/// How a run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its state.
    pub state: State,
    /// What it waits for, if it is paused.
    pub pause: Option<Pause>,
    /// Input and the tasks' ends so far; written when a run begins, pauses and ends.
    pub context: Json,
}

/// The state of a run. A run that has ended has the status of its outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It goes on by itself.
    Running,
    /// It can only go on with a signal.
    Paused,
    /// It has ended like this; never [`contract::RunStatus::Paused`].
    Ended(contract::RunStatus),
}

/// Why a run is paused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// The first task, as declared, that waits for an answer, if any does.
    pub task: Option<TaskId>,
    /// Why: the question, or that a signal paused it.
    pub reason: String,
    /// Since when, in ms since the Unix epoch.
    pub since: Millis,
}

/// A user's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The task that asked.
    pub task: TaskId,
    /// The name under which its definition keeps the answer.
    pub variable: Arc<str>,
    /// The answer.
    pub value: Json,
}

/// All that is kept of a run.
#[derive(Clone, Debug)]
pub struct StoredRun {
    /// As it began.
    pub begun: NewRun,
    /// Its records, by number.
    pub records: Vec<Vec<u8>>,
    /// How it stands.
    pub standing: Standing,
}

/// Why a store cannot do what it is asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The id of a new run is taken.
    #[error("the run `{run}` exists already; give the new one another id")]
    Exists {
        /// The id.
        run: Arc<str>,
    },
}
