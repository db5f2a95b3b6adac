//! Why a store cannot do what it is asked, in words that end in what to do.

use std::sync::Arc;

/// Why a store cannot do what it is asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The id of a new run is taken.
    #[error("the run `{run}` exists already; give the new one another id")]
    Exists {
        /// The id.
        run: Arc<str>,
    },
    /// A step of a run that never began here.
    #[error("the run `{run}` is not in this store; begin it before its first step")]
    Unknown {
        /// The id.
        run: Arc<str>,
    },
    /// A step that is not the next one of its run.
    #[error(
        "step {number} of the run `{run}` came where step {expected} was next; load the run again and go on from there"
    )]
    OutOfOrder {
        /// The run.
        run: Arc<str>,
        /// The step that came.
        number: u32,
        /// The one that was next.
        expected: u32,
    },
    /// A value that the store could not give back as it was.
    #[error("{what} cannot be kept: {why}; make it smaller or flatter")]
    Unkeepable {
        /// What it is.
        what: String,
        /// Why not.
        why: String,
    },
    /// Another store has the file open, in this process or in another.
    #[error(
        "`{path}` is held by {}; stop that process, or give this one a file of its own",
        pid.map_or_else(|| "another process".to_owned(), |pid| format!("the process {pid}"))
    )]
    Held {
        /// The file.
        path: String,
        /// Who holds it, if that can be read.
        pid: Option<u32>,
    },
    /// A file that is not a journal.
    #[error("`{path}` is {what}, not a journal of flow; name another path")]
    Foreign {
        /// The file.
        path: String,
        /// What it is instead.
        what: &'static str,
    },
    /// A file that a newer version of this crate wrote.
    #[error(
        "`{path}` has the schema version {version}, and this version of flow knows none above {newest}; \
         open it with the flow that wrote it, or a newer one"
    )]
    Newer {
        /// The file.
        path: String,
        /// Its version.
        version: i64,
        /// The newest known one.
        newest: i64,
    },
    /// What is kept is not what was written.
    #[error("the journal is damaged: {what}")]
    Damaged {
        /// Which file, table or run, in which way, and what to do.
        what: String,
    },
    /// A commit failed: what it was to keep may be in the file or not, and nothing more is accepted.
    #[error("the journal failed and accepts nothing more: {why}; mend that, then open it again and recover its runs")]
    Failed {
        /// What failed.
        why: String,
    },
    /// A file cannot be used.
    #[error("failed to {what}: {why}; check the path, its permissions and the space on the disk")]
    Io {
        /// What was to be done.
        what: String,
        /// Why that failed.
        why: String,
    },
}

impl StoreError {
    /// An operation of the file system that failed.
    pub(super) fn io(what: impl Into<String>, why: &dyn std::fmt::Display) -> Self {
        Self::Io {
            what: what.into(),
            why: why.to_string(),
        }
    }

    /// Damage, with the usual advice.
    pub(super) fn damaged(what: impl std::fmt::Display) -> Self {
        Self::Damaged {
            what: format!("{what}; restore the file, its `-wal` and its `-head` together from one backup"),
        }
    }
}
