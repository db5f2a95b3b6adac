//! The traits: an engine, a definition it has loaded, and the host it asks.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::observation::End;
use crate::rules::Processed;
use crate::{Call, CallResult, Definition, Event, EventKind, FeatureSet, Json, Millis, Outcome, Problem, Signal};

/// A workflow engine.
pub trait Engine: Send + Sync {
    /// Name, version, capabilities, accepted definition formats, volatile fields.
    fn describe(&self) -> Description;

    /// Parses and checks a definition once.
    ///
    /// # Errors
    /// A definition the engine refuses: an outcome to compare, not a fault.
    fn load(&self, definition: &Definition) -> Result<Box<dyn Loaded>, Rejection>;
}

/// A definition that an engine has loaded, ready to be run any number of times.
pub trait Loaded: Send + Sync {
    /// Runs to the end, asking `host` for every task.
    fn run(&self, job: Job, host: Arc<dyn Host>) -> BoxFuture<'_, Finished>;
}

/// Whoever uses the engine: it performs the task attempts. An `Arc` with `'static` futures, because real engines keep
/// their handlers that long.
pub trait Host: Send + Sync {
    /// Performs one task attempt. Dropping the future drops the attempt.
    fn call(&self, call: Call) -> BoxFuture<'static, CallResult>;

    /// Takes the engine's own account of what happens.
    fn report(&self, event: Event);

    /// Whether it wants to be told what happens. An engine asks once for each run, and may spare itself the reports to a host
    /// that does not.
    fn listens(&self) -> bool {
        true
    }

    /// The next signal, in order. What is ready when an engine first polls this, before it starts anything, came before
    /// the start. `None`: no signal will ever come again, so a run that can only go on with one ends as
    /// [`crate::RunStatus::Paused`].
    fn signal(&self) -> BoxFuture<'static, Option<Signal>>;

    /// Where a durable engine writes down the run, so that it survives the death of the engine's process. `None`: this run
    /// need not survive.
    ///
    /// A run that finds records there was under way when its process died, and goes on from them.
    fn storage(&self) -> Option<Arc<dyn Storage>> {
        None
    }
}

/// What survives the death of an engine's process: the records of one run, and the time.
pub trait Storage: Send + Sync {
    /// Appends a record, with all results and signals in it that the engine has got and not written down yet. Once this is
    /// done, the record survives. A process that dies before may leave the whole of it, any
    /// part of it from its beginning, or nothing.
    fn append(&self, record: Vec<u8>) -> BoxFuture<'static, ()>;

    /// The records that have survived, oldest first. Only the last one can be incomplete.
    fn records(&self) -> Vec<Vec<u8>>;

    /// Forgets all records but the first `count`, as an engine does with an incomplete one.
    fn truncate(&self, count: usize);

    /// The time by a clock that goes on while no engine runs.
    fn now(&self) -> Millis;
}

/// One run of a loaded definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Names the run; part of each call's idempotency key.
    pub run: Arc<str>,
    /// The input, which conditions and templates see as `input`.
    pub input: Json,
}

/// A run's native result, turned into the canonical form only when asked: the timing lane times engines, not adapters.
pub struct Finished(Box<dyn FnOnce() -> End + Send>);

impl Finished {
    /// A result that `outcome` will turn into the canonical form.
    pub fn new(outcome: impl FnOnce() -> Outcome + Send + 'static) -> Self {
        Self(Box::new(|| End::Finished(outcome())))
    }

    /// A processed message that `processed` will turn into the canonical form.
    pub fn processed(processed: impl FnOnce() -> Processed + Send + 'static) -> Self {
        Self(Box::new(|| End::Processed(Box::new(processed()))))
    }

    /// Whatever `end` will make of it: for an engine that wraps another.
    pub fn of(end: impl FnOnce() -> End + Send + 'static) -> Self {
        Self(Box::new(end))
    }

    /// The canonical form: [`End::Finished`] or [`End::Processed`].
    pub fn end(self) -> End {
        (self.0)()
    }
}

/// What an engine says about itself. The harness compares only what is declared here, and reports the rest as not compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// The engine's name, as the registry knows it.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it can do.
    pub capabilities: FeatureSet,
    /// The definition formats it accepts.
    pub formats: BTreeSet<Format>,
    /// The kinds of event it reports. Only these are held against what the host saw.
    pub reports: BTreeSet<EventKind>,
    /// Paths in its outcome that differ from run to run by nature (generated ids, timestamps).
    pub volatile: Vec<String>,
}

/// A definition format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// [`Definition::Dag`].
    Dag,
    /// [`Definition::Rules`].
    Rules,
}

impl Format {
    /// The name in JSON and in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dag => "dag",
            Self::Rules => "rules",
        }
    }
}

/// A definition refused, with all that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("the definition was refused: {}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct Rejection {
    problems: Vec<Problem>,
}

impl Rejection {
    /// A refusal for these reasons, in any order.
    pub fn new(mut problems: Vec<Problem>) -> Self {
        problems.sort();
        problems.dedup();
        Self { problems }
    }

    /// The refusal of a definition in a format that the engine does not accept.
    pub fn of_format(format: Format) -> Self {
        Self::new(vec![Problem::Other {
            message: format!("the engine does not accept the format `{}`", format.as_str()),
        }])
    }

    /// The reasons, sorted, without repetition.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}
