//! Bugs that show only once the engine's process has died.

use std::sync::Arc;

use contract::Feature::Retry;
use contract::{Format, Millis, Storage};
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::mutants::fault::Run;
use crate::mutants::{Mutant, Place};

fn dag(name: &'static str, about: &'static str) -> Mutant {
    Mutant::new(Place::Recovery, Format::Dag, name, about)
}

type OnRecords = fn(&Faulty) -> Vec<Vec<u8>>;
type OnAppend = fn(&Faulty, Vec<u8>) -> BoxFuture<'static, ()>;

/// A storage that is right but for what is `Some`.
struct Faulty {
    storage: Arc<dyn Storage>,
    run: Arc<Run>,
    append: Option<OnAppend>,
    records: Option<OnRecords>,
    now: Option<fn(&Self) -> Millis>,
}

impl Faulty {
    fn of(run: &Arc<Run>, storage: Arc<dyn Storage>) -> Self {
        Self {
            storage,
            run: Arc::clone(run),
            append: None,
            records: None,
            now: None,
        }
    }
}

impl Storage for Faulty {
    fn append(&self, record: Vec<u8>) -> BoxFuture<'static, ()> {
        match self.append {
            Some(append) => append(self, record),
            None => self.storage.append(record),
        }
    }

    fn records(&self) -> Vec<Vec<u8>> {
        match self.records {
            Some(records) => records(self),
            None => self.storage.records(),
        }
    }

    fn truncate(&self, count: usize) {
        // What is not read is not forgotten either.
        if self.records.is_none() {
            self.storage.truncate(count);
        }
    }

    fn now(&self) -> Millis {
        match self.now {
            Some(now) => now(self),
            None => self.storage.now(),
        }
    }
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        dag("loses-a-record", "A write is acknowledged and not made.")
            .smallest(1, 0)
            .stores(|run, storage| {
                Arc::new(Faulty {
                    append: Some(|faulty, record| {
                        if faulty.run.count("writes") == 1 {
                            return std::future::ready(()).boxed();
                        }
                        faulty.storage.append(record)
                    }),
                    ..Faulty::of(run, storage)
                })
            }),
        dag(
            "starts-from-scratch",
            "After a crash the run begins anew: nothing on record is read.",
        )
        .seen_in("AgentGate QueueManager: a restore drops what was running")
        .smallest(1, 0)
        .stores(|run, storage| {
            Arc::new(Faulty {
                records: Some(|_| Vec::new()),
                ..Faulty::of(run, storage)
            })
        }),
        dag(
            "forgets-its-timers",
            "After a crash every delay and timeout is waited for from its beginning.",
        )
        .uses([Retry])
        .smallest(1, 2)
        .stores(|run, storage| {
            Arc::new(Faulty {
                now: Some(|_| Millis::ZERO),
                ..Faulty::of(run, storage)
            })
        }),
        dag(
            "does-not-read-the-last-record",
            "After a crash what was written last is not read.",
        )
        .smallest(1, 0)
        .stores(|run, storage| {
            Arc::new(Faulty {
                records: Some(|faulty| {
                    let mut records = faulty.storage.records();
                    records.pop();
                    records
                }),
                ..Faulty::of(run, storage)
            })
        }),
        dag(
            "repeats-recorded-calls",
            "After a crash calls are made again whose results are on record.",
        )
        .smallest(1, 0)
        .begins(|run| {
            let returned = run.memory().calls.clone();
            if run.is_recovering {
                for call in returned {
                    drop(run.host.call(call));
                }
            }
        })
        .calls(|run, call| {
            let run = Arc::clone(run);
            let result = run.host.call(call.clone());
            async move {
                let result = result.await;
                run.memory().calls.push(call);
                result
            }
            .boxed()
        }),
        dag(
            "counts-an-attempt-made-again-as-the-next",
            "A call that is made again after a crash goes by a new number.",
        )
        .seen_in("agentic-orchestrator: a redelivered operation has a fresh id")
        .smallest(1, 0)
        .calls(|run, mut call| {
            let is_again = run.memory().calls.contains(&call);
            run.memory().calls.push(call.clone());
            if is_again && run.is_recovering {
                call.attempt += 1;
            }
            run.host.call(call)
        }),
        dag(
            "takes-no-signals-after-a-crash",
            "A run that was recovered takes no signals any more.",
        )
        .seen_in("AgentGate QueueManager: a restore drops callbacks")
        .smallest(0, 1)
        .takes_signals(|run| {
            if run.is_recovering {
                return std::future::ready(None).boxed();
            }
            run.host.signal()
        }),
    ]
}
