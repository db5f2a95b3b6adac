//! Where runs are kept so that they survive the process: what is common to every store.
//!
//! A store knows nothing of workflows. It keeps records, which are opaque bytes, in the order in which they came, and beside
//! them the standing of each run in plain columns, so that a person can ask what is paused, and why, without this engine:
//!
//! ```sql
//! SELECT id, workflow_id, paused_task_id, pause_reason, paused_at FROM workflow_executions WHERE state = 'paused';
//! ```
//!
//! [`Memory`] keeps runs for as long as it is held. [`Sqlite`] keeps them in files:
//!
//! | file | what |
//! |---|---|
//! | `<path>` | the SQLite database |
//! | `<path>-wal`, `<path>-shm` | its write-ahead log, and an index of it; gone when the store was closed in order |
//! | `<path>-head` | the last commit once more, the lock, and the process that holds it |
//!
//! The database, its `-wal` and its `-head` belong together: move, copy and restore them as one, with nobody writing.
//!
//! | table | columns |
//! |---|---|
//! | `workflow_executions` | `id`, `workflow_id`, `state` (`running`, `paused`, `succeeded`, `failed`, `compensated`, `compensation_failed`, `cancelled`, `timed_out`), `paused_task_id`, `pause_reason`, `paused_at`, `context_data` (JSON), `created_at`, `updated_at` (when a column here last changed); ours: `context_exact`, `sequence` (the order in which runs began), `workflow_hash`, `input` (JSON), `input_exact`, `origin`, `seal` |
//! | `user_input_responses` | `id`, `execution_id`, `task_id`, `variable_name`, `response_value` (JSON), `responded_at`; ours: `number` and `place`: the step it came with, and its place there |
//! | `workflows` | `hash`, `workflow_id`, `definition` (JSON), `definition_exact`: each definition once, by its content |
//! | `journal` | `execution`, `number`, `record`, `checksum`: the steps of a run; the checksum is over the record, its answers and the checksum before it |
//! | `journal_tails` | `execution`, `records`, `answers`, `checksum`, `updated_at` (its last step), `seal`: where the steps of a run end |
//! | `meta` | one row: `application`, `schema_version`, `store`, `commits`, `executions`, `total` (of all seals), `seal` |
//!
//! Times are ISO 8601 in UTC with milliseconds. The `…_exact` columns hold MessagePack where JSON text would not give a value
//! back to the last bit, else `NULL`. A `seal` is a checksum over the columns beside it.
//!
//! What [`Sqlite`] guarantees:
//! - What a future has said to be kept survives a crash of the process, of the system, and a power cut. Requests are kept in
//!   the order in which they were made, and all that wait at the same time are kept in one commit.
//! - A commit is whole or not there. After one has failed nothing more is accepted.
//! - One store at a time has a file open; whoever comes second is refused at once. The lock ends with its process.
//! - A byte that changed, a file that was cut short, mixed up with another or lost is found, and named: what concerns the
//!   whole when it is opened, what concerns the records of a run when that is loaded. Losing the log of the last commits is
//!   found by their number, except after a power cut, which may also have undone the note of it.
//! - A file of an older version is brought up to date, in one transaction for each version; one of a newer version is refused.

mod error;
mod memory;
mod sqlite;

use std::sync::Arc;

use contract::{Json, Millis, TaskId, Workflow};
use futures::future::BoxFuture;

pub use error::StoreError;
pub use memory::Memory;
pub use sqlite::{Options, Sqlite, Trust};

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

impl NewRun {
    /// How the run stands when it has begun: running, with its input and no ends in its context.
    pub fn standing(&self) -> Standing {
        Standing {
            state: State::Running,
            pause: None,
            context: Arc::new(serde_json::json!({"input": &*self.input, "tasks": {}})),
        }
    }
}
