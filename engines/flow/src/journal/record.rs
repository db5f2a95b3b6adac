//! Records: what happened to a run at one instant, as bytes.
//!
//! MessagePack keeps every number as it is, to the last bit of a float. Each record begins with a checksum over itself and
//! the checksum of the record before, the first one with that of the run's id: so a record that was changed, lost,
//! exchanged or taken from another run does not fit.

use contract::Millis;
use serde::{Deserialize, Serialize};

use super::Entry;
use crate::core::Input;

/// What happened at one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// When, by the clock of the store.
    pub clock: Millis,
    /// When, since the run's start.
    pub at: Millis,
    /// What, in order.
    pub inputs: Vec<Input>,
}

impl Record {
    /// It as lines of a journal.
    pub fn entries(self) -> impl Iterator<Item = Entry> {
        let at = self.at;
        self.inputs.into_iter().map(move |input| Entry { at, input })
    }
}

/// The end of the chain of checksums of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chain(u32);

/// A record that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// It is not whole.
    #[error("it is not whole: it was cut off or changed")]
    CutOff,
    /// The checksum is another: it was changed, or it was not written behind the record before it.
    #[error("its checksum does not fit it and the record before it")]
    Checksum,
    /// It is as it was written, but not behind the record before it.
    #[error("it is whole, but does not follow the one before it: a record is missing")]
    Misplaced,
    /// The checksum fits, but it cannot be read: another version of this engine wrote it.
    #[error("it is in a form that this version does not know")]
    Form,
}

const CHECKSUM: usize = size_of::<u32>();

impl Chain {
    /// The chain of a run without records.
    pub fn new(run: &str) -> Self {
        Self(crc32fast::hash(run.as_bytes()))
    }

    /// The bytes of the next record.
    pub fn encode(&mut self, record: &Record) -> Vec<u8> {
        let mut bytes = vec![0; CHECKSUM];
        rmp_serde::encode::write(&mut bytes, record).expect("a record is plain data, and memory takes all of it");
        self.0 = self.checksum(&bytes[CHECKSUM..]);
        bytes[..CHECKSUM].copy_from_slice(&self.0.to_le_bytes());
        bytes
    }

    /// The next record.
    ///
    /// # Errors
    /// If it does not fit. The chain stays as it was.
    pub fn decode(&mut self, bytes: &[u8]) -> Result<Record, Damage> {
        let (checksum, payload) = bytes.split_first_chunk::<CHECKSUM>().ok_or(Damage::CutOff)?;
        let expected = self.checksum(payload);
        if u32::from_le_bytes(*checksum) != expected {
            return Err(Damage::Checksum);
        }
        let record = rmp_serde::from_slice(payload).map_err(|_| Damage::Form)?;
        self.0 = expected;
        Ok(record)
    }

    fn checksum(self, payload: &[u8]) -> u32 {
        let mut hasher = crc32fast::Hasher::new_with_initial(self.0);
        hasher.update(payload);
        hasher.finalize()
    }
}
