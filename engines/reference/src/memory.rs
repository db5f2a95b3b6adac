//! Durability: "a durable engine writes each state change before acting on it."
//!
//! What is written down is what happened, moment by moment. The interpreter always does the same about the same, so a fresh
//! one that is told it again is where the old one was.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use contract::{Call, Millis, Storage};
use serde::{Deserialize, Serialize};

use crate::interpreter::{CallNumber, Effect, Happened, Interpreter};

/// One record. MessagePack keeps every number as it is.
#[derive(Serialize, Deserialize)]
struct Record {
    /// How many came before it, so that a missing one is noticed.
    number: usize,
    /// When, by the storage's clock.
    at: Millis,
    happened: Happened,
}

/// What a run writes down, if it is to survive.
pub(crate) struct Memory {
    storage: Option<Arc<dyn Storage>>,
    records: AtomicUsize,
}

/// A run that was under way when its process died.
pub(crate) struct Recovered {
    /// How long ago it began.
    pub(crate) age: Millis,
    /// "A call that was in flight is made again with the same idempotency key."
    pub(crate) in_flight: BTreeMap<CallNumber, Call>,
    pub(crate) is_over: bool,
}

impl Memory {
    pub(crate) fn new(storage: Option<Arc<dyn Storage>>) -> Self {
        Self {
            storage,
            records: AtomicUsize::new(0),
        }
    }

    /// Writes down what happened, before anything is done about it.
    pub(crate) async fn note(&self, happened: &Happened) {
        let Some(storage) = &self.storage else { return };
        let record = Record {
            number: self.records.fetch_add(1, Ordering::Relaxed),
            at: storage.now(),
            happened: happened.clone(),
        };
        let bytes = rmp_serde::to_vec(&record).expect("what happened is plain data");
        storage.append(bytes).await;
    }

    /// Tells a fresh interpreter all that had happened, if anything had.
    pub(crate) fn recover(&self, interpreter: &mut Interpreter) -> Option<Recovered> {
        let storage = self.storage.as_ref()?;
        let records = complete(&**storage);
        self.records.store(records.len(), Ordering::Relaxed);
        let began = records.first()?.at;
        let mut recovered = Recovered {
            age: storage.now().saturating_sub(began),
            in_flight: BTreeMap::new(),
            is_over: false,
        };
        for Record { number, at, happened } in records {
            for (call, _) in &happened.results {
                recovered.in_flight.remove(call);
            }
            let effects = match number {
                0 => interpreter.begin(happened),
                _ => interpreter.handle(at.saturating_sub(began), happened),
            };
            for effect in effects {
                match effect {
                    Effect::Start(number, call) => {
                        recovered.in_flight.insert(number, call);
                    }
                    Effect::Drop(number) => {
                        recovered.in_flight.remove(&number);
                    }
                    Effect::Report(_) => {}
                    Effect::Finish => recovered.is_over = true,
                }
            }
        }
        Some(recovered)
    }
}

/// The records, without a last one that the process died in.
fn complete(storage: &dyn Storage) -> Vec<Record> {
    let bytes = storage.records();
    let records: Vec<Record> = bytes
        .iter()
        .map_while(|bytes| rmp_serde::from_slice(bytes).ok())
        .collect();
    assert!(
        records.len() + 1 >= bytes.len(),
        "record {} of {} is damaged",
        records.len() + 1,
        bytes.len()
    );
    for (index, record) in records.iter().enumerate() {
        assert!(record.number == index, "record {} is missing", index + 1);
    }
    storage.truncate(records.len());
    records
}
