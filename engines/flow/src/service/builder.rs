//! Putting an engine together.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use contract::Millis;
use tokio::time::Instant;

use super::Flow;
use super::handler::{Handler, Handlers};
use super::runs::Runs;
use crate::journal::StoreClock;
use crate::plan::{ConditionError, Settings};
use crate::store::{Memory, Store};

/// What an engine is to be like. See [`Flow::builder`].
#[must_use = "`build` makes an engine of it"]
pub struct Builder {
    store: Arc<dyn Store>,
    handlers: HashMap<Arc<str>, Arc<dyn Handler>>,
    settings: Settings,
    now: Option<Millis>,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self {
            store: Arc::new(Memory::default()),
            handlers: HashMap::new(),
            settings: Settings::default(),
            now: None,
        }
    }

    /// Keeps runs in `store`: [`crate::Sqlite`] for runs that survive the process, [`Memory`], the default, for others.
    pub fn journal(mut self, store: impl Store) -> Self {
        self.store = Arc::new(store);
        self
    }

    /// Registers the handler that tasks name as `name`. The last one of a name counts.
    pub fn handler(mut self, name: impl Into<Arc<str>>, handler: impl Handler) -> Self {
        self.handlers.insert(name.into(), Arc::new(handler));
        self
    }

    /// Limits the calls in flight of each run, besides the limit of its definition.
    pub fn max_parallel(mut self, limit: NonZeroU32) -> Self {
        self.settings.max_parallel = Some(limit);
        self
    }

    /// Says what a condition does that cannot be evaluated: by default it fails its task.
    pub fn condition_error(mut self, what: ConditionError) -> Self {
        self.settings.condition_error = what;
        self
    }

    /// Says what time it is, in ms since the Unix epoch, instead of asking the machine: for tests in virtual time.
    pub fn now(mut self, now: Millis) -> Self {
        self.now = Some(now);
        self
    }

    /// The engine. It needs a tokio runtime with time from now on.
    pub fn build(self) -> Flow {
        let clock = clock(self.now.unwrap_or_else(wall_clock));
        Flow::new(Runs::new(
            Handlers::new(self.handlers),
            self.settings,
            self.store,
            clock,
        ))
    }
}

/// The only look at the machine's clock: deadlines have to mean the same to the next process.
#[expect(
    clippy::disallowed_methods,
    reason = "deadlines have to survive the process, and nothing compared depends on it"
)]
fn wall_clock() -> Millis {
    let now = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH);
    now.map_or(Millis::ZERO, Millis::from)
}

/// A clock that shows `now` now, and goes on as tokio's does: it never jumps while the process lives.
fn clock(now: Millis) -> StoreClock {
    let built = Instant::now();
    Arc::new(move || now.saturating_add((Instant::now() - built).into()))
}
