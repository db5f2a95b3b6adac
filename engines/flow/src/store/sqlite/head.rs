//! The side file `<path>-head`: the last commit, written where SQLite does not look, and the lock of the whole journal.
//!
//! SQLite takes its log to end before the first frame that does not check out, so damage to the log would silently undo
//! commits that were acknowledged. The head is written after each commit, with a plain write: it may lag behind the database
//! (after a power cut), and never leads. A database behind its head has lost commits.
//!
//! Three sectors of 512 bytes: two slots that take turns, so that a write that is torn leaves the one before, and the
//! process that holds the lock. The lock is the operating system's, and ends with the process however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::store::StoreError;

const SECTOR: usize = 512;
const MAGIC: &[u8; 12] = b"flow-head\0\0\x01";

/// A commit, as the head knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Commit {
    /// The id of the database; empty while it has not been made.
    pub(super) store: String,
    /// Commits so far.
    pub(super) commits: i64,
    /// The seal of the database's row about itself after it.
    pub(super) seal: u32,
}

impl Commit {
    /// Of a database that has not been made.
    pub(super) const fn none() -> Self {
        Self {
            store: String::new(),
            commits: 0,
            seal: 0,
        }
    }

    fn sector(&self) -> [u8; SECTOR] {
        let mut sector = [0; SECTOR];
        let id = &self.store.as_bytes()[..self.store.len().min(32)];
        sector[..12].copy_from_slice(MAGIC);
        sector[12..20].copy_from_slice(&self.commits.to_le_bytes());
        sector[20..24].copy_from_slice(&self.seal.to_le_bytes());
        sector[24..24 + id.len()].copy_from_slice(id);
        let checksum = crc32fast::hash(&sector[..SECTOR - 4]);
        sector[SECTOR - 4..].copy_from_slice(&checksum.to_le_bytes());
        sector
    }

    fn read(sector: &[u8]) -> Option<Self> {
        let commits = i64::from_le_bytes(sector.get(12..20)?.try_into().ok()?);
        let seal = u32::from_le_bytes(sector.get(20..24)?.try_into().ok()?);
        let id = sector.get(24..56)?.split(|byte| *byte == 0).next()?;
        let store = std::str::from_utf8(id).ok()?.to_owned();
        let commit = Self { store, commits, seal };
        (commit.sector() == sector).then_some(commit)
    }
}

/// The side file, open and locked.
#[derive(Debug)]
pub(super) struct Head {
    file: File,
    path: PathBuf,
}

/// `<path>-head`.
pub(super) fn path_of(database: &Path) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push("-head");
    path.into()
}

impl Head {
    /// Opens and locks the head of `database`. `None`: there is none.
    pub(super) fn open(database: &Path) -> Result<Option<Self>, StoreError> {
        let path = path_of(database);
        match OpenOptions::new().read(true).write(true).open(&path) {
            Ok(file) => Self::lock(file, path, database).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::io(format!("open `{}`", path.display()), &error)),
        }
    }

    /// Makes the head of a database that is yet to be made, durably, and locks it.
    pub(super) fn create(database: &Path) -> Result<Self, StoreError> {
        let path = path_of(database);
        let failed = |error: io::Error| StoreError::io(format!("create `{}`", path.display()), &error);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        let head = Self::lock(file, path.clone(), database)?;
        // Who came first between our look and our lock has written its own; what is there is kept.
        if head.file.metadata().map_err(failed)?.len() == 0 {
            head.reset(&Commit::none(), true)?;
            if cfg!(unix) {
                let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty());
                let folder = folder.unwrap_or(Path::new("."));
                File::open(folder)
                    .and_then(|folder| folder.sync_all())
                    .map_err(failed)?;
            }
        }
        Ok(head)
    }

    fn lock(file: File, path: PathBuf, database: &Path) -> Result<Self, StoreError> {
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::Held {
                    path: database.display().to_string(),
                    pid: holder(&file),
                });
            }
            Err(TryLockError::Error(error)) => {
                return Err(StoreError::io(format!("lock `{}`", path.display()), &error));
            }
        }
        Ok(Self { file, path })
    }

    /// Writes down which process holds the lock, for whoever is refused.
    pub(super) fn sign(&self) -> Result<(), StoreError> {
        let mut sector = [b' '; SECTOR];
        let words = format!("held by process {}", std::process::id());
        sector[..words.len()].copy_from_slice(words.as_bytes());
        sector[SECTOR - 1] = b'\n';
        self.put(2, &sector)
    }

    /// The last commit it knows. `None`: neither slot is whole.
    pub(super) fn read(&self) -> Result<Option<Commit>, StoreError> {
        let mut bytes = Vec::new();
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0))
            .and_then(|_| file.take(2 * SECTOR as u64).read_to_end(&mut bytes))
            .map_err(|error| self.failed(&error))?;
        let slots = bytes.chunks(SECTOR).filter_map(Commit::read);
        Ok(slots.max_by_key(|commit| (commit.commits, !commit.store.is_empty())))
    }

    /// Writes a commit to its slot. Not synced: it may lag.
    pub(super) fn write(&self, commit: &Commit) -> Result<(), StoreError> {
        self.put((commit.commits % 2) as usize, &commit.sector())
    }

    /// Writes a commit to both slots, durably if `sync`.
    pub(super) fn reset(&self, commit: &Commit, sync: bool) -> Result<(), StoreError> {
        self.put(0, &commit.sector())?;
        self.put(1, &commit.sector())?;
        if sync { self.sync() } else { Ok(()) }
    }

    /// Makes what was written durable.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        self.file.sync_all().map_err(|error| self.failed(&error))
    }

    fn put(&self, sector: usize, bytes: &[u8; SECTOR]) -> Result<(), StoreError> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start((sector * SECTOR) as u64))
            .and_then(|_| file.write_all(bytes))
            .map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &io::Error) -> StoreError {
        StoreError::io(format!("use `{}`", self.path.display()), error)
    }
}

/// The process that says it holds the lock.
fn holder(mut file: &File) -> Option<u32> {
    let mut words = String::new();
    file.seek(SeekFrom::Start(2 * SECTOR as u64)).ok()?;
    file.take(SECTOR as u64).read_to_string(&mut words).ok()?;
    words.trim().strip_prefix("held by process ")?.parse().ok()
}
