//! A journal in the storage that the host of a run offers.
//!
//! Each record is followed by a checksum over it alone. A process that dies in a write leaves less than that, and what it
//! left is forgotten. A record that is whole and does not fit the one before it is another matter, be it the last: one that
//! was said to be kept is missing, and going on would do again what was done.

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
    /// A last record that is not whole is one that the process died in: nothing was done about it yet, and it is forgotten.
    ///
    /// # Errors
    /// If any other record is not whole, or one does not fit: its number, from 1, and what is wrong with it.
    pub(crate) fn open(run: &str, storage: Arc<dyn Storage>) -> Result<(Self, Vec<Record>), (usize, Damage)> {
        let mut chain = Chain::new(run);
        let stored = storage.records();
        let mut records = Vec::with_capacity(stored.len());
        for (index, bytes) in stored.iter().enumerate() {
            match opened(bytes) {
                Some(record) => records.push(chain.decode(record).map_err(|damage| (index + 1, misplaced(damage)))?),
                None if index + 1 == stored.len() => storage.truncate(index),
                None => return Err((index + 1, Damage::CutOff)),
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
        self.writing = Some(self.storage.append(closed(self.chain.encode(&record))));
    }

    fn poll_committed(&mut self, context: &mut Context<'_>) -> Poll<Result<(), StoreError>> {
        if let Some(writing) = &mut self.writing {
            ready!(writing.as_mut().poll(context));
            self.writing = None;
        }
        Poll::Ready(Ok(()))
    }
}

/// A record as it is stored.
fn closed(mut record: Vec<u8>) -> Vec<u8> {
    let own = crc32fast::hash(&record);
    record.extend_from_slice(&own.to_le_bytes());
    record
}

/// What is wrong with a record that is whole.
fn misplaced(damage: Damage) -> Damage {
    match damage {
        Damage::Checksum => Damage::Misplaced,
        Damage::CutOff | Damage::Misplaced | Damage::Form => damage,
    }
}

/// The record in what is stored, if it is whole.
fn opened(stored: &[u8]) -> Option<&[u8]> {
    let (record, own) = stored.split_last_chunk()?;
    (u32::from_le_bytes(*own) == crc32fast::hash(record)).then_some(record)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures::FutureExt;

    use super::*;

    /// Records in memory.
    struct Kept(Mutex<Vec<Vec<u8>>>);

    impl Kept {
        fn edit<R>(&self, change: impl FnOnce(&mut Vec<Vec<u8>>) -> R) -> R {
            change(&mut self.0.lock().expect("no test panics with it"))
        }
    }

    impl Storage for Kept {
        fn append(&self, record: Vec<u8>) -> BoxFuture<'static, ()> {
            self.edit(|records| records.push(record));
            std::future::ready(()).boxed()
        }

        fn records(&self) -> Vec<Vec<u8>> {
            self.edit(|records| records.clone())
        }

        fn truncate(&self, count: usize) {
            self.edit(|records| records.truncate(count));
        }

        fn now(&self) -> Millis {
            Millis(5)
        }
    }

    /// What is stored of three records.
    fn stored() -> Vec<Vec<u8>> {
        let mut chain = Chain::new("r");
        let record = |at| Record {
            clock: Millis(5),
            at: Millis(at),
            inputs: vec![Input::Settled],
        };
        (1..=3).map(|at| closed(chain.encode(&record(at)))).collect()
    }

    /// How many records are read where this was changed of what is stored, and how many are left there.
    fn read(change: impl FnOnce(&mut Vec<Vec<u8>>)) -> (Result<usize, (usize, Damage)>, usize) {
        let kept = Arc::new(Kept(Mutex::new(stored())));
        kept.edit(change);
        let read = HostJournal::open("r", Arc::clone(&kept) as Arc<dyn Storage>);
        let read = read.map(|(_, records)| records.len());
        (read, kept.edit(|records| records.len()))
    }

    #[test]
    fn a_last_record_that_the_process_died_in_is_forgotten() {
        assert_eq!(read(|_| ()), (Ok(3), 3));
        for left in 0..stored()[2].len() {
            assert_eq!(read(|records| records[2].truncate(left)), (Ok(2), 2), "{left}");
        }
    }

    #[test]
    fn a_record_that_was_said_to_be_kept_and_is_missing_is_noticed_behind_it() {
        let missing = |index| read(|records| drop(records.remove(index)));
        assert_eq!(missing(0), (Err((1, Damage::Misplaced)), 2));
        assert_eq!(missing(1), (Err((2, Damage::Misplaced)), 2));
    }

    #[test]
    fn a_record_before_the_last_that_is_not_whole_is_damage() {
        let damaged = read(|records| records[1].truncate(9));
        assert_eq!(damaged, (Err((2, Damage::CutOff)), 3));
        let damaged = read(|records| records[0][5] ^= 1);
        assert_eq!(damaged, (Err((1, Damage::CutOff)), 3));
    }
}
