//! What can go wrong with a run, apart from what its outcome says.

use std::sync::Arc;

use contract::Rejection;

use crate::journal::record::Damage;
use crate::store::StoreError;

/// Why a run cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its definition is refused, for all of these reasons.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// It names handlers that the engine does not have.
    #[error("the workflow names the handlers {}, which are not registered; give them to the builder with `handler(name, …)`", list(.0))]
    UnknownHandlers(Vec<Arc<str>>),
    /// It cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine has been shut down.
    #[error("the engine has been shut down; build another one")]
    ShutDown,
}

/// Why a run is not known, cannot be read or did not go on.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RunError {
    /// There is no such run.
    #[error("there is no run `{0}`; `start` gives the id of a new one")]
    Unknown(Arc<str>),
    /// The journal of the run is damaged.
    #[error("step {step} of the run `{run}` is damaged: {damage}; restore the journal from a copy")]
    Damaged {
        /// The run.
        run: Arc<str>,
        /// The step, from 0.
        step: usize,
        /// What is wrong with it.
        damage: Damage,
    },
    /// The definition that is kept of it does not compile with this version or these settings.
    #[error("the workflow of the run `{run}` is refused by this engine; run it with the version that started it")]
    Rejected {
        /// The run.
        run: Arc<str>,
        /// Why.
        source: Rejection,
    },
    /// The engine lacks handlers that it needs.
    #[error("the run `{run}` needs the handlers {}, which are not registered; give them to the builder with `handler(name, …)`", list(.handlers))]
    UnknownHandlers {
        /// The run.
        run: Arc<str>,
        /// The handlers.
        handlers: Vec<Arc<str>>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine was shut down before the run ended. `recover_all` of the next one goes on with it.
    #[error("the engine was shut down before the run `{0}` ended; `recover_all` goes on with it")]
    ShutDown(Arc<str>),
}

/// Why a signal had no effect.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SignalError {
    /// The run is over, or is being undone.
    #[error("the run `{0}` is over or is being undone, and takes no signal any more")]
    Over(Arc<str>),
    /// No task of that name waits for an answer.
    #[error("the task `{task}` of the run `{run}` waits for no answer; `status` names those that do")]
    NotWaiting {
        /// The run.
        run: Arc<str>,
        /// The task.
        task: Arc<str>,
    },
    /// The run cannot take it.
    #[error(transparent)]
    Run(#[from] RunError),
}

fn list(names: &[Arc<str>]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}
