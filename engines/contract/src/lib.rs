//! What an engine is. Every other crate depends on this one, and it depends on none of them.
//!
//! An **engine** only orchestrates: it decides which task runs when, and asks its **host** to run it. The host is whoever
//! uses the engine; under the harness it is a [`stage::Stage`] that plays a [`Script`] in virtual time.
//!
//! | module | what |
//! |---|---|
//! | [`workflow`] | [`Definition`], the workflow model, and what is wrong with a bad one |
//! | [`rules`] | the rules model: dataflow-rs definitions and the message they process |
//! | [`engine`] | the traits [`Engine`], [`Loaded`] and [`Host`], and what an engine says about itself |
//! | [`call`], [`event`], [`signal`], [`outcome`] | the data that crosses these traits |
//! | [`feature`] | the features a case uses and the capabilities an engine declares: one vocabulary |
//! | [`logic`] | JSONLogic as every engine here has to evaluate it |
//! | [`script`], [`stage`], [`observation`] | what the host will do, the host that does it, and what it saw |
//! | [`conformance`] | tells what an engine does wrong, measured by what it declares |
#![doc = include_str!("../GUIDE.md")]

pub mod call;
pub mod conformance;
pub mod engine;
pub mod event;
pub mod feature;
pub mod logic;
pub mod millis;
pub mod observation;
pub mod options;
pub mod outcome;
pub mod rules;
pub mod script;
pub mod signal;
pub mod stage;
pub mod text;
pub mod workflow;

pub use call::{Call, CallError, CallResult, ErrorKind, Purpose};
pub use engine::{Description, Engine, Finished, Format, Host, Job, Loaded, Rejection, Storage};
pub use event::{Event, EventKind};
pub use feature::{Feature, FeatureSet};
pub use millis::Millis;
pub use observation::End;
pub use observation::Observation;
pub use options::{OptionError, Options};
pub use outcome::{Compensation, Outcome, RunError, RunStatus, SkipReason, TaskOutcome, TaskStatus};
pub use rules::{Behaviour, BehaviourSet, Rules};
pub use script::{Attempt, Crash, Script, ScriptedSignal, TaskScript, Then};
pub use signal::Signal;
pub use workflow::{Definition, Problem, Workflow};

use std::sync::Arc;

/// A JSON value that is shared and never changed: inputs and outputs travel through a run without being copied.
pub type Json = Arc<serde_json::Value>;
/// A task's id as its definition gives it. Shared, because each call, event and outcome names its task.
pub type TaskId = Arc<str>;
