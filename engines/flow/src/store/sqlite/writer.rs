//! The thread that owns the writing connection: whatever has queued up is one transaction, one commit, one wait for the disk.

use std::collections::HashMap;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, OnceLock};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension, Statement, ffi, params};

use super::answers::{Answer, Answers, Done};
use super::definitions::Kept;
use super::head::Head;
use super::meta::Meta;
use super::readable::Readable;
use super::request::{Append, Begin, Request, Work};
use super::rows::{Columns, Origin, Tail, chained};
use crate::store::StoreError;

/// Requests in one transaction, at most: bounds how long the first of them waits for the last.
const GROUP: usize = 4_096;
/// Definitions that are known to be in the table, at most.
const KNOWN: usize = 256;

/// Works off requests until nobody can make any, then closes the database and lets go of the lock.
pub(super) fn run(connection: Connection, head: Head, meta: Meta, queue: &Receiver<Request>, answers: &Answers) {
    let well = match Writer::new(&connection, &head, meta) {
        Ok(mut writer) => writer.serve(queue, answers),
        Err(error) => refuse(queue, &failed(&error)),
    };
    // What fails from here on costs nothing: the log is complete, and is read when the database is opened again. After a
    // failure it is left alone.
    let kept = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !well);
    if well && kept.is_ok() {
        let _ = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    drop(connection);
    if well {
        let _ = head.sync();
    }
}

/// Refuses all further requests. Gives false, for an end that was none.
fn refuse(queue: &Receiver<Request>, error: &StoreError) -> bool {
    for request in queue {
        let _ = request.reply.send(Done::new(Err(error.clone()), request.work));
    }
    false
}

/// A commit that failed. SQLite has the same words for whatever a disk may refuse.
fn failed(error: &rusqlite::Error) -> StoreError {
    let what = match error {
        rusqlite::Error::SqliteFailure(failure, _) => match failure.extended_code {
            ffi::SQLITE_IOERR_WRITE => "writing: ",
            ffi::SQLITE_IOERR_FSYNC => "syncing what was written: ",
            _ => "",
        },
        _ => "",
    };
    StoreError::Failed {
        why: format!("{what}{error}"),
    }
}

/// What the writer remembers of a run that goes on.
#[derive(Clone, Copy)]
struct Known {
    origin: u32,
    seal: u32,
    tail: Tail,
    tail_seal: u32,
}

/// How a request failed: on its own, or with all that is in the transaction.
enum Failure {
    Refused(StoreError),
    Fatal(rusqlite::Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Fatal(error)
    }
}

struct Writer<'a> {
    statements: Statements<'a>,
    head: &'a Head,
    meta: Meta,
    runs: HashMap<Arc<str>, Known>,
    definitions: HashMap<String, Arc<Kept>>,
}

impl<'a> Writer<'a> {
    fn new(connection: &'a Connection, head: &'a Head, meta: Meta) -> rusqlite::Result<Self> {
        Ok(Self {
            statements: Statements::prepare(connection)?,
            head,
            meta,
            runs: HashMap::new(),
            definitions: HashMap::new(),
        })
    }

    /// Gives whether all went well to the end.
    fn serve(&mut self, queue: &Receiver<Request>, answers: &Answers) -> bool {
        let mut waiting = Vec::new();
        while let Ok(first) = queue.recv() {
            let committed = self.group(first, queue, &mut waiting);
            let error = committed.err();
            if let Some(error) = &error {
                for (_, done) in &mut waiting {
                    done.result = Err(error.clone());
                }
            }
            answers.give(&mut waiting);
            if let Some(error) = error {
                return refuse(queue, &error);
            }
        }
        true
    }

    /// Writes `first` and all that queues up while that is done, in one transaction.
    fn group(
        &mut self,
        first: Request,
        queue: &Receiver<Request>,
        waiting: &mut Vec<Answer>,
    ) -> Result<(), StoreError> {
        let mut begun = self.statements.begin.execute([]).map_err(|error| failed(&error));
        let mut next = Some(first);
        let mut changed = false;
        while let Some(Request { work, reply }) = next {
            let performed = match &begun {
                Ok(_) => self.perform(&work),
                Err(error) => Err(Failure::Refused(error.clone())),
            };
            let result = match performed {
                Ok(()) => {
                    changed = true;
                    Ok(())
                }
                Err(Failure::Refused(error)) => Err(error),
                Err(Failure::Fatal(error)) => {
                    begun = Err(failed(&error));
                    Ok(())
                }
            };
            waiting.push((reply, Done::new(result, work)));
            next = (waiting.len() < GROUP).then(|| queue.try_recv().ok()).flatten();
        }
        let done = begun.and_then(|_| self.end(changed));
        if done.is_err() {
            // Where it fails there is no transaction left to roll back.
            let _ = self.statements.rollback.execute([]);
        }
        done
    }

    fn end(&mut self, changed: bool) -> Result<(), StoreError> {
        if !changed {
            self.statements.rollback.execute([]).map_err(|error| failed(&error))?;
            return Ok(());
        }
        self.meta.commits += 1;
        let committed = self.statements.meta.execute(self.meta.values());
        committed
            .and_then(|_| self.statements.commit.execute([]))
            .map_err(|error| failed(&error))?;
        // Only a file system without room for 512 bytes that are there already comes here; the commit stands, and is found
        // when the database is opened again.
        self.head
            .write(&self.meta.commit())
            .map_err(|error| StoreError::Failed { why: error.to_string() })
    }

    fn perform(&mut self, work: &Work) -> Result<(), Failure> {
        match work {
            Work::Begin(begin) => self.begin(begin),
            Work::Append(append) => self.append(append),
        }
    }

    fn begin(&mut self, begin: &Begin) -> Result<(), Failure> {
        let run = || begin.run.clone();
        // A definition that is new is written first: then it has to be known that the run is.
        if begin.workflow.key.get().is_none() && self.known(&begin.run)?.is_some() {
            return Err(Failure::Refused(StoreError::Exists { run: run() }));
        }
        let workflow_hash = self.place(&begin.workflow)?;
        let sequence = self.meta.executions;
        let origin = Origin {
            id: &begin.run,
            workflow_id: &begin.workflow.workflow_id,
            created_at: &begin.created_at,
            sequence,
            workflow_hash,
            input: &begin.input.text,
            input_exact: begin.input.exact.as_deref(),
        };
        let columns = &begin.columns;
        let checksum = origin.seal();
        let tail = Tail {
            records: 0,
            answers: 0,
            checksum,
        };
        let known = Known {
            origin: checksum,
            seal: columns.seal(checksum),
            tail,
            tail_seal: tail.seal(&begin.run, &begin.created_at),
        };
        let begun = self.statements.begin_run.execute(params![
            &*begin.run,
            origin.workflow_id,
            columns.state,
            columns.paused_task_id,
            columns.pause_reason,
            columns.paused_at,
            columns.context_data,
            begin.created_at,
            columns.updated_at,
            columns.context_exact,
            sequence,
            workflow_hash,
            origin.input,
            origin.input_exact,
            known.origin,
            known.seal,
        ])?;
        if begun == 0 {
            return Err(Failure::Refused(StoreError::Exists { run: run() }));
        }
        self.statements.begin_tail.execute(params![
            &*begin.run,
            known.tail.checksum,
            begin.created_at,
            known.tail_seal
        ])?;
        self.meta.executions += 1;
        self.count(0, known.seal);
        self.count(0, known.tail_seal);
        self.runs.insert(run(), known);
        Ok(())
    }

    fn append(&mut self, append: &Append) -> Result<(), Failure> {
        let Append { run, number, .. } = append;
        let Some(mut known) = self.known(run)? else {
            return Err(Failure::Refused(StoreError::Unknown { run: run.clone() }));
        };
        if *number != known.tail.records {
            return Err(Failure::Refused(StoreError::OutOfOrder {
                run: run.clone(),
                number: *number,
                expected: known.tail.records,
            }));
        }
        let tail = Tail {
            records: known.tail.records + 1,
            answers: known.tail.answers + append.responses.len() as u32,
            checksum: chained(known.tail.checksum, *number, &append.record, &append.responses),
        };
        let tail_seal = tail.seal(run, &append.at);
        self.statements
            .record
            .execute(params![&**run, number, append.record, tail.checksum])?;
        self.statements.tail.execute(params![
            &**run,
            tail.records,
            tail.answers,
            tail.checksum,
            append.at,
            tail_seal
        ])?;
        for (place, response) in (0_u32..).zip(&append.responses) {
            self.statements.response.execute(params![
                response.id,
                &**run,
                response.task_id,
                response.variable_name,
                response.value,
                response.responded_at,
                number,
                place,
            ])?;
        }
        self.count(known.tail_seal, tail_seal);
        (known.tail, known.tail_seal) = (tail, tail_seal);
        if let Some(columns) = &append.columns {
            let seal = columns.seal(known.origin);
            self.stand(run, columns, seal)?;
            self.count(known.seal, seal);
            known.seal = seal;
        }
        if append.ended {
            self.runs.remove(run);
        } else if let Some(entry) = self.runs.get_mut(run) {
            *entry = known;
        } else {
            self.runs.insert(run.clone(), known);
        }
        Ok(())
    }

    fn stand(&mut self, run: &str, columns: &Columns, seal: u32) -> rusqlite::Result<()> {
        self.statements.stand.execute(params![
            run,
            columns.state,
            columns.paused_task_id,
            columns.pause_reason,
            columns.paused_at,
            columns.context_data,
            columns.updated_at,
            columns.context_exact,
            seal,
        ])?;
        Ok(())
    }

    /// Keeps the total up to date: a row's seal was one, and is another.
    fn count(&mut self, was: u32, is: u32) {
        self.meta.total = self.meta.total.wrapping_sub(was.into()).wrapping_add(is.into());
    }

    fn known(&mut self, run: &Arc<str>) -> rusqlite::Result<Option<Known>> {
        if let Some(known) = self.runs.get(run) {
            return Ok(Some(*known));
        }
        let known = |row: &rusqlite::Row<'_>| {
            Ok(Known {
                origin: row.get(0)?,
                seal: row.get(1)?,
                tail: Tail {
                    records: row.get(2)?,
                    answers: row.get(3)?,
                    checksum: row.get(4)?,
                },
                tail_seal: row.get(5)?,
            })
        };
        self.statements.known.query_row([&**run], known).optional()
    }

    /// The key of a definition in its table, where it is from now on.
    fn place<'k>(&mut self, kept: &'k Arc<Kept>) -> rusqlite::Result<&'k str> {
        if let Some(key) = kept.key.get() {
            return Ok(key);
        }
        let hash = kept.hash();
        let (key, new) = kept.place(hash, |key| {
            if let Some(known) = self.definitions.get(key) {
                return Ok(Some(known.clone()));
            }
            let there = |row: &rusqlite::Row<'_>| {
                let (text, exact) = (row.get(1)?, row.get(2)?);
                Ok(Arc::new(Kept {
                    workflow_id: row.get(0)?,
                    definition: Readable { text, exact },
                    key: OnceLock::new(),
                }))
            };
            self.statements.definition.query_row([key], there).optional()
        })?;
        if new {
            self.statements.define.execute(params![
                key,
                kept.workflow_id,
                kept.definition.text,
                kept.definition.exact
            ])?;
            self.meta.total = self.meta.total.wrapping_add(hash.cast_signed());
        }
        if self.definitions.len() >= KNOWN {
            self.definitions.clear();
        }
        self.definitions.insert(key.clone(), kept.clone());
        Ok(kept.key.get_or_init(|| key))
    }
}

/// Everything the writer ever says to SQLite, prepared once.
struct Statements<'a> {
    begin: Statement<'a>,
    commit: Statement<'a>,
    rollback: Statement<'a>,
    meta: Statement<'a>,
    known: Statement<'a>,
    begin_run: Statement<'a>,
    begin_tail: Statement<'a>,
    stand: Statement<'a>,
    record: Statement<'a>,
    tail: Statement<'a>,
    response: Statement<'a>,
    definition: Statement<'a>,
    define: Statement<'a>,
}

impl<'a> Statements<'a> {
    fn prepare(connection: &'a Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            begin: connection.prepare("BEGIN IMMEDIATE")?,
            commit: connection.prepare("COMMIT")?,
            rollback: connection.prepare("ROLLBACK")?,
            meta: connection.prepare(Meta::UPDATE)?,
            known: connection.prepare(
                "SELECT e.origin, e.seal, t.records, t.answers, t.checksum, t.seal
                 FROM workflow_executions e JOIN journal_tails t ON t.execution = e.id WHERE e.id = ?1",
            )?,
            begin_run: connection.prepare(
                "INSERT INTO workflow_executions (id, workflow_id, state, paused_task_id, pause_reason, paused_at,
                 context_data, created_at, updated_at, context_exact, sequence, workflow_hash, input, input_exact,
                 origin, seal) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
                 ON CONFLICT (id) DO NOTHING",
            )?,
            begin_tail: connection.prepare(
                "INSERT INTO journal_tails (execution, records, answers, checksum, updated_at, seal)
                 VALUES (?1, 0, 0, ?2, ?3, ?4)",
            )?,
            stand: connection.prepare(
                "UPDATE workflow_executions SET state = ?2, paused_task_id = ?3, pause_reason = ?4, paused_at = ?5,
                 context_data = ?6, updated_at = ?7, context_exact = ?8, seal = ?9 WHERE id = ?1",
            )?,
            record: connection
                .prepare("INSERT INTO journal (execution, number, record, checksum) VALUES (?1, ?2, ?3, ?4)")?,
            tail: connection.prepare(
                "UPDATE journal_tails SET records = ?2, answers = ?3, checksum = ?4, updated_at = ?5, seal = ?6
                 WHERE execution = ?1",
            )?,
            response: connection.prepare(
                "INSERT INTO user_input_responses (id, execution_id, task_id, variable_name, response_value,
                 responded_at, number, place) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?,
            definition: connection
                .prepare("SELECT workflow_id, definition, definition_exact FROM workflows WHERE hash = ?1")?,
            define: connection.prepare(
                "INSERT INTO workflows (hash, workflow_id, definition, definition_exact) VALUES (?1, ?2, ?3, ?4)",
            )?,
        })
    }
}
