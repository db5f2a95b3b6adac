//! A journal in memory: for tests, and to look into a run afterwards.

use contract::Millis;

use super::{Entry, Journal};
use crate::core::Input;

/// Keeps every input. Values are shared, not copied.
#[derive(Clone, Debug, Default)]
pub struct MemoryJournal {
    entries: Vec<Entry>,
}

impl MemoryJournal {
    /// All entries, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

impl Journal for MemoryJournal {
    fn append(&mut self, at: Millis, input: &Input) {
        self.entries.push(Entry {
            at,
            input: input.clone(),
        });
    }
}
