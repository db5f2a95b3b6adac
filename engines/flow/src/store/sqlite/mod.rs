//! The store in a file: SQLite, with commits grouped across runs and every byte answered for.

mod answers;
mod definitions;
mod head;
mod meta;
mod open;
mod readable;
mod reader;
mod request;
mod rows;
mod schema;
mod seal;
#[cfg(test)]
mod tests;
mod time;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use rusqlite::{Connection, ErrorCode, ffi};
use tokio::sync::oneshot;

use self::answers::{Answers, Done};
use self::definitions::{Definitions, Kept};
use self::request::{Append, Begin, Request, Work};
use super::{NewRun, Standing, Step, Store, StoreError, StoredRun};

/// Keeps runs in a SQLite database. Clones share it; when the last one goes, what was asked for is finished and the file is
/// closed, which may wait for the disk.
#[derive(Clone)]
pub struct Sqlite(Arc<Shared>);

impl std::fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sqlite")
            .field("path", &self.0.path)
            .finish_non_exhaustive()
    }
}

impl Sqlite {
    /// Opens the journal at `path`, or makes a new one, and checks it from end to end.
    ///
    /// # Errors
    /// If another store holds it, if it is no journal, if a newer version wrote it, if it is damaged, or if the disk fails.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::options().open(path)
    }

    /// How a journal is opened, to be said before [`Options::open`].
    pub fn options() -> Options {
        Options::default()
    }

    /// The file, with links resolved.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Commits in the whole life of the file, as far as they are durable. Many requests share one.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn commits(&self) -> Result<u64, StoreError> {
        self.0.read(|connection, _| {
            let meta = meta::Meta::read(connection).map_err(|error| problem("read the number of commits", &error))?;
            Ok(meta.commits as u64)
        })
    }

    /// Asks the writer now; what is given back only waits.
    fn ask(&self, work: Result<Work, StoreError>) -> BoxFuture<'static, Result<(), StoreError>> {
        let work = match work {
            Ok(work) => work,
            Err(error) => return ready(Err(error)).boxed(),
        };
        let (reply, answer) = oneshot::channel();
        let gone = || StoreError::Failed {
            why: "its writer has ended".into(),
        };
        let queue = self.0.queue.as_ref();
        if queue.is_none_or(|queue| queue.send(Request { work, reply }).is_err()) {
            return ready(Err(gone())).boxed();
        }
        let answers = Arc::clone(&self.0.answers);
        answer
            .map(move |answer| {
                answers.help();
                answer.map_or_else(|_| Err(gone()), |Done { result, .. }| result)
            })
            .boxed()
    }
}

impl Store for Sqlite {
    fn begin(&self, run: NewRun) -> BoxFuture<'static, Result<(), StoreError>> {
        let begin = self.0.kept(&run).and_then(|kept| Begin::new(&run, kept));
        self.ask(begin.map(|begin| Work::Begin(Box::new(begin))))
    }

    fn append(&self, step: Step) -> BoxFuture<'static, Result<(), StoreError>> {
        let append = Append::new(step);
        self.ask(append.map(|append| Work::Append(Box::new(append))))
    }

    fn load(&self, run: &str) -> Result<Option<StoredRun>, StoreError> {
        self.0
            .read(|connection, definitions| reader::load(connection, definitions, run))
    }

    fn standing(&self, run: &str) -> Result<Option<Standing>, StoreError> {
        self.0.read(|connection, _| reader::standing(connection, run))
    }

    fn unfinished(&self) -> Result<Vec<Arc<str>>, StoreError> {
        self.0.read(|connection, _| reader::unfinished(connection))
    }
}

/// How a journal is opened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    trust: Trust,
    tuning: Tuning,
}

impl Options {
    /// Whom to believe where the files disagree; [`Trust::Nobody`] unless said otherwise.
    #[must_use]
    pub fn trust(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self
    }

    /// The disk is full when the database has this many small pages.
    #[cfg(test)]
    pub(crate) fn full_at(mut self, pages: u32) -> Self {
        (self.tuning.page_size, self.tuning.max_pages) = (512, Some(pages));
        self
    }

    /// Opens the journal at `path`, as [`Sqlite::open`] does.
    ///
    /// # Errors
    /// As [`Sqlite::open`].
    pub fn open(self, path: impl AsRef<Path>) -> Result<Sqlite, StoreError> {
        let opened = open::open(path.as_ref(), self.trust, &self.tuning)?;
        let (queue, requests) = channel();
        let answers = Arc::new(Answers::default());
        let due = Arc::clone(&answers);
        let writer = std::thread::Builder::new()
            .name("flow-journal".into())
            .spawn(move || writer::run(opened.writer, opened.head, opened.meta, &requests, &due))
            .map_err(|error| StoreError::io("start the thread of the journal", &error))?;
        Ok(Sqlite(Arc::new(Shared {
            path: opened.path,
            queue: Some(queue),
            answers,
            writer: Some(writer),
            reader: Mutex::new(Some((opened.reader, Definitions::default()))),
        })))
    }
}

/// Whom to believe where the side file `<path>-head` and the database disagree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// Refuse, and say so.
    #[default]
    Nobody,
    /// The database, as far as it is whole: go on with what is there, and give up what only the head still knows of.
    Database,
}

/// What only tests of the store turn.
#[derive(Clone, Copy, Debug)]
struct Tuning {
    migrations: &'static [&'static str],
    page_size: u32,
    /// Off: a power cut may lose anything. For tests that open thousands of files.
    sync: bool,
    /// The database can grow to this many pages: the disk is full then.
    max_pages: Option<u32>,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            migrations: schema::MIGRATIONS,
            page_size: 4_096,
            sync: true,
            max_pages: None,
        }
    }
}

/// What all clones share.
struct Shared {
    path: PathBuf,
    queue: Option<Sender<Request>>,
    answers: Arc<Answers>,
    writer: Option<JoinHandle<()>>,
    reader: Mutex<Option<(Connection, Definitions)>>,
}

impl Shared {
    /// Reads what is committed.
    fn read<T>(
        &self,
        read: impl FnOnce(&Connection, &mut Definitions) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let (connection, definitions) = reader.as_mut().expect("only the last handle's end takes it");
        read(connection, definitions)
    }

    /// What is kept of a run's definition; found out once for all runs that share it.
    fn kept(&self, run: &NewRun) -> Result<Arc<Kept>, StoreError> {
        if let Some(kept) = self.read(|_, definitions| Ok(definitions.written(&run.workflow)))? {
            return Ok(kept);
        }
        let kept = Arc::new(Kept::new(&run.workflow)?);
        self.read(|_, definitions| {
            definitions.wrote(&run.workflow, kept.clone());
            Ok(kept)
        })
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // The reader first: the writer's connection has to be the last one, to empty the log.
        drop(self.reader.get_mut().unwrap_or_else(PoisonError::into_inner).take());
        drop(self.queue.take());
        if let Some(writer) = self.writer.take() {
            // If it panicked, its callers were told that it has ended.
            let _ = writer.join();
        }
    }
}

/// What SQLite says, in our words. `what` was being done.
fn problem(what: &str, error: &rusqlite::Error) -> StoreError {
    use rusqlite::Error as E;
    let damage = match error {
        E::SqliteFailure(failure, _) => {
            let known = [
                ErrorCode::DatabaseCorrupt,
                ErrorCode::NotADatabase,
                ErrorCode::TypeMismatch,
            ];
            // The file ends where a page should be.
            known.contains(&failure.code) || failure.extended_code == ffi::SQLITE_IOERR_SHORT_READ
        }
        E::FromSqlConversionFailure(..)
        | E::IntegralValueOutOfRange(..)
        | E::InvalidColumnType(..)
        | E::Utf8Error(..)
        | E::QueryReturnedNoRows => true,
        _ => false,
    };
    if damage {
        StoreError::damaged(format!("the database, found when it was to {what}: {error}"))
    } else {
        StoreError::io(what, error)
    }
}
