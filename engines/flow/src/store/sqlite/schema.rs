//! The tables, as a list of migrations: version *n* is what the first *n* of them make.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::meta::Meta;
use super::problem;
use crate::store::StoreError;

/// "flow" in ASCII: what SQLite's `file` signature and other tools tell our files by.
pub(super) const APPLICATION: i64 = 0x666c_6f77;

/// All migrations, oldest first. One that was released is never changed; a new one goes at the end.
pub(super) const MIGRATIONS: &[&str] = &[VERSION_1];

const VERSION_1: &str = "
CREATE TABLE workflow_executions (
    id TEXT PRIMARY KEY,
    workflow_id TEXT NOT NULL,
    state TEXT NOT NULL,
    paused_task_id TEXT,
    pause_reason TEXT,
    paused_at TIMESTAMP,
    context_data BLOB,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    context_exact BLOB,
    sequence INTEGER NOT NULL,
    workflow_hash TEXT NOT NULL,
    input TEXT NOT NULL,
    input_exact BLOB,
    origin INTEGER NOT NULL,
    seal INTEGER NOT NULL
);
CREATE INDEX idx_workflow_executions_state ON workflow_executions(state);
CREATE INDEX idx_workflow_executions_paused ON workflow_executions(paused_task_id);
CREATE TABLE user_input_responses (
    id TEXT PRIMARY KEY,
    execution_id TEXT NOT NULL,
    task_id TEXT NOT NULL,
    variable_name TEXT NOT NULL,
    response_value TEXT,
    responded_at TIMESTAMP NOT NULL,
    number INTEGER NOT NULL,
    place INTEGER NOT NULL,
    FOREIGN KEY (execution_id) REFERENCES workflow_executions(id)
);
CREATE INDEX idx_user_input_responses_execution ON user_input_responses(execution_id);
CREATE TABLE workflows (
    hash TEXT PRIMARY KEY,
    workflow_id TEXT NOT NULL,
    definition TEXT NOT NULL,
    definition_exact BLOB
);
CREATE TABLE journal (
    execution TEXT NOT NULL,
    number INTEGER NOT NULL,
    record BLOB NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (execution, number)
) WITHOUT ROWID;
CREATE TABLE journal_tails (
    execution TEXT PRIMARY KEY,
    records INTEGER NOT NULL,
    answers INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    seal INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    application TEXT NOT NULL,
    schema_version INTEGER NOT NULL,
    store TEXT NOT NULL,
    commits INTEGER NOT NULL,
    executions INTEGER NOT NULL,
    total INTEGER NOT NULL,
    seal INTEGER NOT NULL
);
";

/// Brings a database from `version` to the newest one, each migration in a transaction of its own.
pub(super) fn migrate(connection: &mut Connection, version: usize, list: &[&str]) -> Result<(), StoreError> {
    for (index, migration) in list.iter().enumerate().skip(version) {
        step(connection, index + 1, migration).map_err(|error| {
            problem(
                &format!("bring the journal to the schema version {}", index + 1),
                &error,
            )
        })?;
    }
    Ok(())
}

/// A version, as it is written.
pub(super) fn number(version: usize) -> i64 {
    i64::try_from(version).expect("a list in a program is short")
}

fn step(connection: &mut Connection, version: usize, migration: &str) -> rusqlite::Result<()> {
    let transaction = Transaction::new(connection, TransactionBehavior::Immediate)?;
    transaction.execute_batch(migration)?;
    let mut meta = if version == 1 {
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        Meta::insert(&transaction)?
    } else {
        Meta::read(&transaction)?
    };
    meta.schema_version = number(version);
    // It counts as a commit: otherwise the head would know another row under the same count.
    meta.commits += 1;
    meta.update(&transaction)?;
    transaction.pragma_update(None, "user_version", number(version))?;
    transaction.commit()
}

/// What a table or an index is and how it was made, by name.
type Made = (String, String, String, Option<String>);

fn made(connection: &Connection) -> rusqlite::Result<Vec<Made>> {
    let mut statement = connection.prepare("SELECT name, type, tbl_name, sql FROM sqlite_schema ORDER BY name")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    rows.collect()
}

/// The name of a table or index that is not as `version` makes it. What others have added is theirs.
pub(super) fn unlike(connection: &Connection, version: usize, list: &[&str]) -> rusqlite::Result<Option<String>> {
    let fresh = Connection::open_in_memory()?;
    for migration in &list[..version] {
        fresh.execute_batch(migration)?;
    }
    let found = made(connection)?;
    let missing = made(&fresh)?.into_iter().find(|expected| !found.contains(expected));
    Ok(missing.map(|(name, ..)| name))
}

/// Whether nothing was ever made in it.
pub(super) fn is_blank(connection: &Connection) -> rusqlite::Result<bool> {
    Ok(made(connection)?.is_empty())
}
