//! The one row of `meta`: what the database says about itself as a whole.
//!
//! `total` is the sum of the seals of all executions and tails and the hashes of all definitions, kept up to date by each
//! commit. So a row that vanished, or a page from another day, is found even where each remaining row is whole.

use rusqlite::Connection;

use super::head::Commit;
use super::seal::Seal;

const COLUMNS: &str = "application, schema_version, store, commits, executions, total, seal";

/// The row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Meta {
    /// `flow`.
    pub(super) application: String,
    /// As `PRAGMA user_version`.
    pub(super) schema_version: i64,
    /// Tells this database from all others.
    pub(super) store: String,
    /// Commits so far.
    pub(super) commits: i64,
    /// Runs that ever began.
    pub(super) executions: i64,
    /// The wrapping sum of what seals all rows.
    pub(super) total: i64,
    seal: u32,
}

impl Meta {
    /// Makes the row of a new database.
    pub(super) fn insert(connection: &Connection) -> rusqlite::Result<Self> {
        // SQLite's randomness: the id is only ever compared with itself, and nothing observable depends on it.
        let sql =
            format!("INSERT INTO meta (id, {COLUMNS}) VALUES (1, 'flow', 0, lower(hex(randomblob(16))), 0, 0, 0, 0)");
        connection.execute(&sql, [])?;
        Self::read(connection)
    }

    /// Reads the row.
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        connection.query_row(&format!("SELECT {COLUMNS} FROM meta WHERE id = 1"), [], |row| {
            Ok(Self {
                application: row.get(0)?,
                schema_version: row.get(1)?,
                store: row.get(2)?,
                commits: row.get(3)?,
                executions: row.get(4)?,
                total: row.get(5)?,
                seal: row.get(6)?,
            })
        })
    }

    /// The statement that [`Self::values`] are for.
    pub(super) const UPDATE: &str =
        "UPDATE meta SET schema_version = ?1, commits = ?2, executions = ?3, total = ?4, seal = ?5 WHERE id = 1";

    /// Seals the row and gives what is to be written.
    pub(super) fn values(&mut self) -> [i64; 5] {
        self.seal = self.sealed();
        let seal = i64::from(self.seal);
        [self.schema_version, self.commits, self.executions, self.total, seal]
    }

    /// Writes the row.
    pub(super) fn update(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        connection.execute(Self::UPDATE, self.values())?;
        Ok(())
    }

    /// The commit it stands for.
    pub(super) fn commit(&self) -> Commit {
        Commit {
            store: self.store.clone(),
            commits: self.commits,
            seal: self.seal,
        }
    }

    /// Whether it is as it was written.
    pub(super) fn is_whole(&self) -> bool {
        self.seal == self.sealed()
    }

    fn sealed(&self) -> u32 {
        Seal::new("meta")
            .text(&self.application)
            .number(self.schema_version)
            .text(&self.store)
            .number(self.commits)
            .number(self.executions)
            .number(self.total)
            .finish()
    }
}
