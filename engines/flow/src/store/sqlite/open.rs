//! Opening a journal: the lock first, then everything that could be wrong with its files, before anything is changed.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::head::{self, Commit, Head};
use super::meta::Meta;
use super::{Trust, Tuning, problem, reader, schema};
use crate::store::StoreError;

/// The log is taken into the database when it has this many pages. SQLite's 1,000 are a single group of many runs.
const LOG_PAGES: u32 = 8_000;

/// An open journal.
pub(super) struct Opened {
    pub(super) path: PathBuf,
    pub(super) head: Head,
    pub(super) meta: Meta,
    pub(super) writer: Connection,
    pub(super) reader: Connection,
}

/// What to do about a head that does not fit.
fn disagree(what: impl std::fmt::Display) -> StoreError {
    StoreError::Damaged {
        what: format!(
            "{what}; restore the file, its `-wal` and its `-head` together from one backup, or open it once with \
             `Sqlite::options().trust(Trust::Database)` to go on with what is there"
        ),
    }
}

/// Opens and checks the journal at `path`.
pub(super) fn open(path: &Path, trust: Trust, tuning: &Tuning) -> Result<Opened, StoreError> {
    let path = resolved(path)?;
    let start = Start::read(&path)?;
    let (head, known) = claim(&path, &start, trust)?;
    // Read again: only now does nobody else write it.
    let start = Start::read(&path)?;
    if !matches!(&known, Known::Commit(commit) if commit.store.is_empty()) {
        start.check(&path)?;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let reading = |error: rusqlite::Error| unreadable(&path, &error);
    let mut writer = Connection::open_with_flags(&path, flags | OpenFlags::SQLITE_OPEN_CREATE).map_err(reading)?;
    // Until all is checked, nothing is changed, not even by closing it.
    writer
        .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
        .map_err(reading)?;
    let newest = tuning.migrations.len();
    let blank = known.is_unmade() && schema::is_blank(&writer).map_err(reading)?;
    let version = if blank {
        writer
            .pragma_update(None, "page_size", tuning.page_size)
            .map_err(reading)?;
        0
    } else {
        check(&writer, &path, &known, tuning.migrations)?
    };
    configure(&writer, tuning).map_err(|error| problem("prepare the database", &error))?;
    if version < newest {
        schema::migrate(&mut writer, version, tuning.migrations)?;
    }
    if let Some(pages) = tuning.max_pages {
        writer.pragma_update(None, "max_page_count", pages).map_err(reading)?;
    }
    log_ahead(&writer, &path)?;
    let meta = Meta::read(&writer).map_err(reading)?;
    if known != Known::Commit(meta.commit()) {
        head.reset(&meta.commit(), tuning.sync)?;
    }
    head.sign()?;
    writer
        .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)
        .map_err(reading)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let reader = Connection::open_with_flags(&path, flags).map_err(reading)?;
    Ok(Opened {
        path,
        head,
        meta,
        writer,
        reader,
    })
}

/// The path with links resolved: two names of one file must not have two locks.
fn resolved(path: &Path) -> Result<PathBuf, StoreError> {
    let failed = |error: std::io::Error| StoreError::io(format!("find `{}`", path.display()), &error);
    if let Ok(path) = path.canonicalize() {
        return Ok(path);
    }
    let name = path
        .file_name()
        .ok_or_else(|| failed(std::io::ErrorKind::InvalidFilename.into()))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).canonicalize().map_err(failed)?;
    Ok(folder.join(name))
}

/// What is known of the last commit from outside the database.
#[derive(Debug, PartialEq, Eq)]
enum Known {
    Commit(Commit),
    /// The database is to be believed.
    Nothing,
}

impl Known {
    fn is_unmade(&self) -> bool {
        matches!(self, Self::Commit(commit) if commit.store.is_empty())
    }
}

/// Takes the lock, and reads what the head says.
fn claim(path: &Path, start: &Start, trust: Trust) -> Result<(Head, Known), StoreError> {
    let shown = head::path_of(path);
    let shown = shown.display();
    let Some(head) = Head::open(path)? else {
        if start.is_empty() {
            // A log without its database would be deleted by SQLite.
            if has_log(path) {
                return Err(StoreError::damaged(format!(
                    "`{}` is missing or empty beside its `-wal`",
                    path.display()
                )));
            }
            let head = Head::create(path)?;
            let known = head.read()?.unwrap_or_else(Commit::none);
            return Ok((head, Known::Commit(known)));
        }
        start.ours(path)?;
        if trust == Trust::Nobody {
            return Err(disagree(format!(
                "`{shown}`, which says what the last commit was, is missing"
            )));
        }
        return Ok((Head::create(path)?, Known::Nothing));
    };
    let known = head.read()?;
    let unmade = known.as_ref().is_none_or(|commit| commit.store.is_empty());
    if start.is_empty() && unmade && !has_log(path) {
        // Making it was cut short.
        head.reset(&Commit::none(), true)?;
        return Ok((head, Known::Commit(Commit::none())));
    }
    if start.is_empty() {
        return Err(StoreError::damaged(format!(
            "`{}` is missing or empty, and had commits",
            path.display()
        )));
    }
    match (known, trust) {
        (_, Trust::Database) => Ok((head, Known::Nothing)),
        (Some(commit), Trust::Nobody) => Ok((head, Known::Commit(commit))),
        (None, Trust::Nobody) => {
            start.ours(path)?;
            Err(disagree(format!(
                "`{shown}`, which says what the last commit was, is damaged"
            )))
        }
    }
}

fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    PathBuf::from(log).metadata().is_ok_and(|metadata| metadata.len() > 0)
}

/// The first bytes of the database file. Read without SQLite, before SQLite has it open: closing a file that SQLite has open
/// in the same process would drop SQLite's locks.
struct Start(Vec<u8>);

impl Start {
    fn read(path: &Path) -> Result<Self, StoreError> {
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|file| file.take(100).read_to_end(&mut bytes));
        match read {
            Ok(_) => Ok(Self(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self(Vec::new())),
            Err(error) => Err(StoreError::io(format!("read `{}`", path.display()), &error)),
        }
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it looks like a journal at all; asked where no head says that it is one.
    fn ours(&self, path: &Path) -> Result<(), StoreError> {
        let foreign = |what| {
            let path = path.display().to_string();
            Err(StoreError::Foreign { path, what })
        };
        if !self.0.starts_with(b"SQLite format 3\0") {
            return foreign("not a SQLite database");
        }
        if self.number(68) != Some(schema::APPLICATION) {
            return foreign("a SQLite database of another application");
        }
        Ok(())
    }

    fn number(&self, at: usize) -> Option<i64> {
        let bytes = self.0.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_be_bytes(bytes).into())
    }

    /// What is the same in all our files, byte for byte. SQLite itself believes most of it.
    fn check(&self, path: &Path) -> Result<(), StoreError> {
        let wrong = |what: &str| {
            Err(StoreError::damaged(format!(
                "{what} in the header of `{}`",
                path.display()
            )))
        };
        if self.0.len() < 100 {
            return wrong("the size");
        }
        if !self.0.starts_with(b"SQLite format 3\0") {
            return wrong("the first line");
        }
        let is = |at: usize, expected: &[u8]| self.0.get(at..at + expected.len()) == Some(expected);
        // 1 if somebody has turned write-ahead logging off with another tool; opening turns it on again.
        if !is(18, &[2, 2]) && !is(18, &[1, 1]) {
            return wrong("the format");
        }
        let same: [(usize, &[u8], &str); 8] = [
            (20, &[0, 64, 32, 32], "the layout of pages"),
            (44, &[0, 0, 0, 4], "the schema format"),
            (52, &[0; 4], "the largest root page"),
            (56, &[0, 0, 0, 1], "the text encoding"),
            (64, &[0; 4], "the vacuum mode"),
            (68, &(schema::APPLICATION as u32).to_be_bytes(), "the application id"),
            (72, &[0; 20], "the reserved space"),
            (60, &[0; 2], "the schema version"),
        ];
        match same.iter().find(|(at, expected, _)| !is(*at, expected)) {
            Some((_, _, what)) => wrong(what),
            None => Ok(()),
        }
    }
}

/// A database that SQLite cannot make sense of is damaged: that it is ours is known by now.
fn unreadable(path: &Path, error: &rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode as Code;
    let outside = [
        Code::PermissionDenied,
        Code::DatabaseBusy,
        Code::DatabaseLocked,
        Code::OutOfMemory,
        Code::ReadOnly,
        Code::SystemIoFailure,
        Code::DiskFull,
        Code::CannotOpen,
    ];
    match error.sqlite_error_code() {
        Some(code) if outside.contains(&code) => problem(&format!("read `{}`", path.display()), error),
        _ => StoreError::damaged(format!("`{}`: {error}", path.display())),
    }
}

/// Checks a database from end to end, and gives its schema version.
fn check(connection: &Connection, path: &Path, known: &Known, migrations: &[&str]) -> Result<usize, StoreError> {
    let shown = path.display();
    let reading = |error: rusqlite::Error| unreadable(path, &error);
    let number = |name: &str| {
        connection
            .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
            .map_err(reading)
    };
    if number("application_id")? != schema::APPLICATION {
        // A head was there, or was waived; a file under our name may still be another's.
        let path = shown.to_string();
        let what = "a SQLite database of another application";
        return Err(StoreError::Foreign { path, what });
    }
    let version = number("user_version")?;
    let said = connection.query_row("SELECT schema_version FROM meta", [], |row| row.get::<_, i64>(0));
    if said.map_err(reading)? != version {
        return Err(StoreError::damaged(format!(
            "the schema version of `{shown}` is not the one in its table `meta`"
        )));
    }
    let newest = schema::number(migrations.len());
    if version > newest {
        let path = shown.to_string();
        return Err(StoreError::Newer { path, version, newest });
    }
    let meta = Meta::read(connection).map_err(reading)?;
    if version < 1 || !meta.is_whole() || meta.application != "flow" {
        return Err(StoreError::damaged(format!("the row in the table `meta` of `{shown}`")));
    }
    compare(&meta, known, path)?;
    let version = version as usize;
    if let Some(name) = schema::unlike(connection, version, migrations).map_err(reading)? {
        return Err(StoreError::damaged(format!("the schema of `{name}` in `{shown}`")));
    }
    let sound: String = connection
        .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
        .map_err(reading)?;
    if sound != "ok" {
        return Err(StoreError::damaged(format!(
            "`{shown}`: {}",
            sound.trim_start_matches("*** in database main ***").trim()
        )));
    }
    let (total, executions) = reader::total(connection)?;
    if (total, executions) != (meta.total, meta.executions) {
        return Err(StoreError::damaged(format!(
            "the tables of `{shown}` are not those of its last commit: {executions} of {} runs are there, and some rows are \
             missing or of another time",
            meta.executions
        )));
    }
    Ok(version)
}

/// Holds the database against what the head knows of it.
fn compare(meta: &Meta, known: &Known, path: &Path) -> Result<(), StoreError> {
    let shown = path.display();
    let Known::Commit(known) = known else {
        return Ok(());
    };
    let is = meta.commit();
    if !known.store.is_empty() && known.store != is.store {
        return Err(disagree(format!(
            "`{shown}-head` belongs to another journal than `{shown}`"
        )));
    }
    if is.commits < known.commits {
        let lost = known.commits - is.commits;
        return Err(disagree(format!(
            "`{shown}` or its `-wal` has lost the last {lost} of {} commits",
            known.commits
        )));
    }
    if is.commits == known.commits && !known.store.is_empty() && is.seal != known.seal {
        return Err(disagree(format!(
            "`{shown}` and `{shown}-head` do not tell of the same last commit"
        )));
    }
    // The head is bound to its database before the first run begins.
    if known.store.is_empty() && meta.executions > 0 {
        return Err(disagree(format!(
            "`{shown}-head` is not the one that was written beside `{shown}`"
        )));
    }
    Ok(())
}

/// Turns write-ahead logging on. A database is made without, so that its first page is in the file itself from the beginning.
fn log_ahead(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let what = format!("turn on write-ahead logging in `{}`", path.display());
    let mode: String = connection
        .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
        .map_err(|error| problem(&what, &error))?;
    if mode == "wal" {
        return Ok(());
    }
    Err(StoreError::io(what, &format!("the file system allows only `{mode}`")))
}

/// Settles how the database is used from now on.
fn configure(connection: &Connection, tuning: &Tuning) -> rusqlite::Result<()> {
    let synchronous = if tuning.sync { "FULL" } else { "OFF" };
    connection.execute_batch(&format!(
        "PRAGMA synchronous = {synchronous}; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON; PRAGMA wal_autocheckpoint = {LOG_PAGES}; PRAGMA journal_size_limit = 67108864;
         PRAGMA cache_size = -32768;"
    ))
}
