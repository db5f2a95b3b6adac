//! The journal: every input of a run, written down before anything is done about it.
//!
//! The core is deterministic, so the inputs are the run: giving them to a fresh core brings back its state and all actions
//! it asked for. Whatever interrupts a run, no step of it can be half done.

mod memory;

use std::sync::Arc;

use contract::Millis;

use crate::core::{Action, Core, Input};
use crate::plan::Plan;

pub use memory::MemoryJournal;

/// Where the inputs of a run are written down.
pub trait Journal {
    /// Appends what happened at `at`, since the run's start. The actions that follow from it are performed afterwards.
    fn append(&mut self, at: Millis, input: &Input);
}

/// Keeps nothing: for runs that need not survive.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoJournal;

impl Journal for NoJournal {
    fn append(&mut self, _at: Millis, _input: &Input) {}
}

/// One line of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When, since the run's start.
    pub at: Millis,
    /// What happened.
    pub input: Input,
}

/// The core that `entries` lead to, and all actions on the way.
pub fn replay<'a>(plan: Arc<Plan>, entries: impl IntoIterator<Item = &'a Entry>) -> (Core, Vec<Action>) {
    let mut core = Core::new(plan);
    let mut actions = Vec::new();
    for entry in entries {
        core.apply(entry.at, entry.input.clone(), &mut actions);
    }
    (core, actions)
}
