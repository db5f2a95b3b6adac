//! A journal in the storage that the host of a run offers.

use std::sync::Arc;
use std::task::{Context, Poll, ready};

use contract::{Millis, Storage};
use futures::future::BoxFuture;

use super::Journal;
use super::record::{Chain, Damage, Record};
use crate::core::{Action, Core, Input};
use crate::store::StoreError;

/// Writes one record for each instant.
pub(crate) struct HostJournal {
    storage: Arc<dyn Storage>,
    chain: Chain,
    at: Millis,
    inputs: Vec<Input>,
    writing: Option<BoxFuture<'static, ()>>,
}

impl HostJournal {
    /// The journal of `run`, with the records that are in it already.
    ///
    /// A last record that does not fit is one that the process died in: nothing was done about it yet, and it is forgotten.
    ///
    /// # Errors
    /// If any other record does not fit: its number, from 1, and what is wrong with it.
    pub(crate) fn open(run: &str, storage: Arc<dyn Storage>) -> Result<(Self, Vec<Record>), (usize, Damage)> {
        let mut chain = Chain::new(run);
        let stored = storage.records();
        let mut records = Vec::with_capacity(stored.len());
        for (index, bytes) in stored.iter().enumerate() {
            match chain.decode(bytes) {
                Ok(record) => records.push(record),
                Err(_) if index + 1 == stored.len() => storage.truncate(index),
                Err(damage) => return Err((index + 1, damage)),
            }
        }
        let journal = Self {
            storage,
            chain,
            at: Millis::ZERO,
            inputs: Vec::new(),
            writing: None,
        };
        Ok((journal, records))
    }

    /// The time by the clock of the storage.
    pub(crate) fn now(&self) -> Millis {
        self.storage.now()
    }
}

impl Journal for HostJournal {
    fn append(&mut self, at: Millis, input: &Input) {
        self.at = at;
        self.inputs.push(input.clone());
    }

    fn commit(&mut self, _core: &Core, _actions: &[Action]) {
        let record = Record {
            clock: self.storage.now(),
            at: self.at,
            inputs: std::mem::take(&mut self.inputs),
        };
        self.writing = Some(self.storage.append(self.chain.encode(&record)));
    }

    fn poll_committed(&mut self, context: &mut Context<'_>) -> Poll<Result<(), StoreError>> {
        if let Some(writing) = &mut self.writing {
            ready!(writing.as_mut().poll(context));
            self.writing = None;
        }
        Poll::Ready(Ok(()))
    }
}
