//! A store in memory: for tests, and for runs that need not survive the process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use futures::future::{BoxFuture, ready};

use super::{NewRun, Standing, State, Step, Store, StoreError, StoredRun};

/// Keeps runs for as long as somebody holds it. Clones share them. What is asked for is kept at once.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<Mutex<Runs>>);

#[derive(Debug, Default)]
struct Runs {
    by_id: HashMap<Arc<str>, StoredRun>,
    in_order: Vec<Arc<str>>,
}

impl Memory {
    fn runs(&self) -> MutexGuard<'_, Runs> {
        // Nothing in here is left half done by a panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Runs {
    fn begin(&mut self, begun: NewRun) -> Result<(), StoreError> {
        if self.by_id.contains_key(&begun.run) {
            return Err(StoreError::Exists { run: begun.run });
        }
        let run = begun.run.clone();
        self.in_order.push(run.clone());
        let standing = begun.standing();
        let records = Vec::new();
        self.by_id.insert(
            run,
            StoredRun {
                begun,
                records,
                standing,
            },
        );
        Ok(())
    }

    fn append(&mut self, step: Step) -> Result<(), StoreError> {
        let Some(run) = self.by_id.get_mut(&step.run) else {
            return Err(StoreError::Unknown { run: step.run });
        };
        let expected = run.records.len() as u32;
        if step.number != expected {
            return Err(StoreError::OutOfOrder {
                run: step.run,
                number: step.number,
                expected,
            });
        }
        run.records.push(step.record);
        if let Some(standing) = step.standing {
            run.standing = standing;
        }
        Ok(())
    }
}

impl Store for Memory {
    fn begin(&self, run: NewRun) -> BoxFuture<'static, Result<(), StoreError>> {
        ready(self.runs().begin(run)).boxed()
    }

    fn append(&self, step: Step) -> BoxFuture<'static, Result<(), StoreError>> {
        ready(self.runs().append(step)).boxed()
    }

    fn load(&self, run: &str) -> Result<Option<StoredRun>, StoreError> {
        Ok(self.runs().by_id.get(run).cloned())
    }

    fn standing(&self, run: &str) -> Result<Option<Standing>, StoreError> {
        Ok(self.runs().by_id.get(run).map(|run| run.standing.clone()))
    }

    fn unfinished(&self) -> Result<Vec<Arc<str>>, StoreError> {
        let runs = self.runs();
        let goes_on = |run: &&Arc<str>| !matches!(runs.by_id[*run].standing.state, State::Ended(_));
        Ok(runs.in_order.iter().filter(goes_on).cloned().collect())
    }
}
