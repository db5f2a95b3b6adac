//! The journal: every input of a run, written down before anything is done about it.
//!
//! The core is deterministic, so the inputs are the run: giving them to a fresh core brings back its state and all actions
//! it asked for. Whatever interrupts a run, no step of it can be half done.
//!
//! | module | what |
//! |---|---|
//! | [`record`] | what happened at one instant, as bytes with a checksum |
//! | [`recovery`] | from the records of a run to where it stood |
//! | `memory`, `host`, `stored` | journals: to look at, in the storage of a [`contract::Host`], in a [`crate::store::Store`] |

mod host;
mod memory;
pub mod record;
pub mod recovery;
mod stored;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::task::{Context, Poll};

use contract::Millis;
use serde::{Deserialize, Serialize};

use crate::core::{Action, Core, Input};
use crate::plan::Plan;
use crate::store::StoreError;

pub(crate) use host::HostJournal;
pub use memory::MemoryJournal;
pub use recovery::Recovery;
pub(crate) use stored::{StoreClock, StoredJournal};

/// Where the inputs of a run are written down.
pub trait Journal {
    /// Takes in what happened at `at`, since the run's start.
    fn append(&mut self, at: Millis, input: &Input);

    /// Begins to make durable what was appended since the last time, which is all that happened at one instant. `core` has
    /// taken it in and asked for `actions`, about which nothing has been done.
    fn commit(&mut self, core: &Core, actions: &[Action]) {
        let _ = (core, actions);
    }

    /// Whether all that was committed is durable. What follows from it is done afterwards.
    ///
    /// # Errors
    /// If it cannot be made durable. The run stops where it is.
    fn poll_committed(&mut self, context: &mut Context<'_>) -> Poll<Result<(), StoreError>> {
        let _ = context;
        Poll::Ready(Ok(()))
    }
}

/// Keeps nothing: for runs that need not survive.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoJournal;

impl Journal for NoJournal {
    fn append(&mut self, _at: Millis, _input: &Input) {}
}

/// One input of a run, with its moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When, since the run's start.
    pub at: Millis,
    /// What happened.
    pub input: Input,
}

/// The core that `entries` lead to, and all actions on the way.
pub fn replay(plan: Arc<Plan>, entries: impl IntoIterator<Item = Entry>) -> (Core, Vec<Action>) {
    let mut core = Core::new(plan);
    let mut actions = Vec::new();
    for entry in entries {
        core.apply(entry.at, entry.input, &mut actions);
    }
    (core, actions)
}
