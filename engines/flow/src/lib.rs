//! `flow`: a workflow engine with a pure core.
//!
//! ```text
//!  definition ──► Plan          checked and compiled once; tasks are indices, logic is compiled, nothing is looked up
//!                  │
//!                  ▼
//!  Input ───────► Core ───────► Action        a state machine without clock, I/O or async: all that a workflow means
//!    ▲ │                          │
//!    │ └──► Journal               │           every input is written down before its actions are performed
//!    │                            ▼
//!    └───────── driver ◄────────► host        the only async part: calls in flight, one sleep, signals
//! ```
//!
//! - [`plan`]: a definition, compiled.
//! - [`core`]: what happened goes in, what is to be done comes out. The same inputs always give the same actions.
//! - [`journal`]: the inputs of a run. Replaying them is recovering the run.
//! - [`driver`]: performs the actions and feeds back what happens.
//! - [`store`]: where runs are kept, in memory or in a SQLite file.
//! - [`service`]: all of it as a library, [`Flow`].
//! - [`FlowEngine`]: all of it behind the contract that engines are compared under.
//!
//! ```
//! use std::sync::Arc;
//! use contract::{Engine, Script, Workflow, stage::{Stage, no_input}, workflow::Task};
//!
//! let mut build = Task::calling("build", "shell");
//! build.needs = vec!["fetch".into()];
//! let workflow = Workflow {
//!     id: "release".into(),
//!     tasks: vec![Task::calling("fetch", "http"), build],
//!     max_parallel: None,
//!     timeout: None,
//!     on_failure: Default::default(),
//! };
//! let engine = flow::FlowEngine::new(&Default::default())?;
//! let definition = contract::Definition::Dag(Arc::new(workflow));
//! let seen = Stage::new().play(&engine, &definition, &no_input(), &Arc::new(Script::default()));
//! assert_eq!(seen.calls[1].task.as_ref(), "build");
//! # Ok::<(), contract::OptionError>(())
//! ```

pub mod core;
pub mod driver;
mod engine;
pub mod journal;
pub mod plan;
mod push;
pub mod rules;
#[cfg(test)]
mod sample;
pub mod service;
pub mod store;

pub use engine::FlowEngine;
pub use service::Flow;
pub use store::{Memory, Sqlite};
