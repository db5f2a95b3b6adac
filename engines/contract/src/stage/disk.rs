//! What survives on the stage when the engine's process dies, and the deaths at its writes.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::host::World;
use crate::{Millis, Storage};

/// A death of the engine's process at one of the writes of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Death {
    /// Which write, from 1, counted over the whole run with its recoveries.
    pub write: u32,
    /// What is left of the write.
    pub left: Left,
}

/// What a write leaves behind when the process dies in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Left {
    /// All of it: the process dies before it can act on it.
    Whole,
    /// The first half of it.
    Part,
    /// Nothing.
    Nothing,
}

impl Left {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Whole, Self::Part, Self::Nothing];
}

/// The records of one run, and when the process dies at them.
#[derive(Debug, Default)]
pub(super) struct Disk {
    pub(super) records: Vec<Vec<u8>>,
    pub(super) writes: u32,
    /// Those still to come, the next one last.
    pub(super) deaths: Vec<Death>,
    /// Signals that the engine had got when the last surviving write began.
    pub(super) signals_recorded: usize,
}

impl Disk {
    pub(super) fn new(deaths: &[Death]) -> Self {
        let mut deaths = deaths.to_vec();
        deaths.sort_unstable_by(|left, right| right.cmp(left));
        Self {
            deaths,
            ..Self::default()
        }
    }

    /// Takes a record. Returns what is left of it if the process dies in this write.
    fn write(&mut self, mut record: Vec<u8>) -> Option<Left> {
        self.writes += 1;
        let death = self.deaths.pop_if(|death| death.write <= self.writes);
        match death.map(|death| death.left) {
            None | Some(Left::Whole) => self.records.push(record),
            Some(Left::Part) => {
                record.truncate(record.len() / 2);
                self.records.push(record);
            }
            Some(Left::Nothing) => {}
        }
        death.map(|death| death.left)
    }
}

/// The storage as one process of the engine sees it.
pub(super) struct ScriptedStorage {
    pub(super) world: Arc<World>,
    pub(super) process: u32,
}

impl Storage for ScriptedStorage {
    fn append(&self, record: Vec<u8>) -> BoxFuture<'static, ()> {
        let mut state = self.world.state();
        if state.process != self.process {
            return std::future::pending().boxed();
        }
        let signals_delivered = state.signals_delivered;
        let Some(disk) = &mut state.disk else {
            return std::future::pending().boxed();
        };
        let death = disk.write(record);
        if matches!(death, None | Some(Left::Whole)) {
            disk.signals_recorded = signals_delivered;
            for index in std::mem::take(&mut state.unrecorded) {
                state.is_recorded[index] = true;
            }
        }
        if death.is_some() {
            state.is_dying = true;
            return std::future::pending().boxed();
        }
        std::future::ready(()).boxed()
    }

    fn records(&self) -> Vec<Vec<u8>> {
        let state = self.world.state();
        state.disk.as_ref().map(|disk| disk.records.clone()).unwrap_or_default()
    }

    fn truncate(&self, count: usize) {
        let mut state = self.world.state();
        if state.process == self.process
            && let Some(disk) = &mut state.disk
        {
            disk.records.truncate(count);
        }
    }

    fn now(&self) -> Millis {
        self.world.now()
    }
}
