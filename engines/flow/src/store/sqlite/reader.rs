//! Reading what is kept, and finding what is not as it was written.

use std::sync::{Arc, OnceLock};

use contract::Workflow;
use rusqlite::{Connection, OptionalExtension, Row};

use super::definitions::{Definitions, Kept};
use super::problem;
use super::readable::Readable;
use super::rows::{Columns, Origin, Response, Tail, chained};
use super::time;
use crate::store::{NewRun, Standing, StoreError, StoredRun};

const COLUMNS: &str =
    "e.state, e.paused_task_id, e.pause_reason, e.paused_at, e.context_data, e.updated_at, e.context_exact,
    e.id, e.workflow_id, e.created_at, e.sequence, e.workflow_hash, e.input, e.input_exact, e.origin, e.seal,
    t.records, t.answers, t.checksum, t.updated_at, t.seal";

/// A run's rows in `workflow_executions` and `journal_tails`, whole.
struct Execution {
    columns: Columns,
    id: String,
    created_at: String,
    workflow_hash: String,
    input: String,
    input_exact: Option<Vec<u8>>,
    origin: u32,
    tail: Tail,
    /// What they add to the total.
    seals: i64,
}

/// `None`: not as they were written.
fn execution(row: &Row<'_>) -> rusqlite::Result<Option<Execution>> {
    let columns = Columns::read(row)?;
    let (id, workflow_id): (String, String) = (row.get(7)?, row.get(8)?);
    let (created_at, sequence, workflow_hash): (String, _, String) = (row.get(9)?, row.get(10)?, row.get(11)?);
    let (input, input_exact): (String, Option<Vec<u8>>) = (row.get(12)?, row.get(13)?);
    let (origin, seal): (u32, u32) = (row.get(14)?, row.get(15)?);
    let tail = Tail {
        records: row.get(16)?,
        answers: row.get(17)?,
        checksum: row.get(18)?,
    };
    let (updated_at, tail_seal): (String, u32) = (row.get(19)?, row.get(20)?);
    let from = Origin {
        id: &id,
        workflow_id: &workflow_id,
        created_at: &created_at,
        sequence,
        workflow_hash: &workflow_hash,
        input: &input,
        input_exact: input_exact.as_deref(),
    };
    let whole = from.seal() == origin && columns.seal(origin) == seal && tail.seal(&id, &updated_at) == tail_seal;
    Ok(whole.then_some(Execution {
        columns,
        id,
        created_at,
        workflow_hash,
        input,
        input_exact,
        origin,
        tail,
        seals: i64::from(seal) + i64::from(tail_seal),
    }))
}

fn damaged(run: &str, how: &str) -> StoreError {
    StoreError::damaged(format!("{how} of the run `{run}`"))
}

fn find(connection: &Connection, run: &str) -> Result<Option<Execution>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM workflow_executions e LEFT JOIN journal_tails t ON t.execution = e.id WHERE e.id = ?1"
    );
    let found = connection
        .prepare(&sql)
        .and_then(|mut statement| statement.query_row([run], execution).optional());
    match found.map_err(|error| problem(&format!("read the run `{run}`"), &error))? {
        None => Ok(None),
        Some(Some(found)) => Ok(Some(found)),
        Some(None) => Err(damaged(run, "the row in `workflow_executions` or `journal_tails`")),
    }
}

/// How a run stands.
pub(super) fn standing(connection: &Connection, run: &str) -> Result<Option<Standing>, StoreError> {
    let Some(found) = find(connection, run)? else {
        return Ok(None);
    };
    let standing = found.columns.standing();
    standing
        .map(Some)
        .ok_or_else(|| damaged(run, "the state in `workflow_executions`"))
}

/// The runs that have not ended, in the order in which they began.
pub(super) fn unfinished(connection: &Connection) -> Result<Vec<Arc<str>>, StoreError> {
    let read = || {
        let sql = "SELECT id FROM workflow_executions WHERE state IN ('running', 'paused') ORDER BY sequence";
        let mut statement = connection.prepare(sql)?;
        let ids = statement.query_map([], |row| row.get::<_, Arc<str>>(0))?;
        ids.collect::<rusqlite::Result<_>>()
    };
    read().map_err(|error| problem("read the runs that have not ended", &error))
}

/// All that is kept of a run.
pub(super) fn load(
    connection: &Connection,
    definitions: &mut Definitions,
    run: &str,
) -> Result<Option<StoredRun>, StoreError> {
    let reading = |error: rusqlite::Error| problem(&format!("read the run `{run}`"), &error);
    // One moment for all tables, whatever is committed meanwhile.
    let moment = connection.unchecked_transaction().map_err(reading)?;
    let Some(found) = find(&moment, run)? else {
        return Ok(None);
    };
    let responses = responses(&moment, run, found.tail.answers).map_err(reading)?;
    let records = records(&moment, run).map_err(reading)?;
    let last = follow(&found, &records, responses).map_err(|how| damaged(run, &how))?;
    if last != found.tail {
        return Err(damaged(
            run,
            &format!(
                "{} of {} records and {} of {} answers are there",
                last.records, found.tail.records, last.answers, found.tail.answers
            ),
        ));
    }
    let workflow = workflow(&moment, definitions, run, &found.workflow_hash)?;
    let begun_at = time::read(&found.created_at).ok_or_else(|| damaged(run, "the time of the begin"))?;
    let input = Readable::value(found.input.as_bytes(), found.input_exact.as_deref());
    let standing = found.columns.standing();
    Ok(Some(StoredRun {
        begun: NewRun {
            run: found.id.as_str().into(),
            workflow,
            input: Arc::new(input.ok_or_else(|| damaged(run, "the input"))?),
            at: begun_at,
        },
        records: records.into_iter().map(|(_, record, _)| record).collect(),
        standing: standing.ok_or_else(|| damaged(run, "the state in `workflow_executions`"))?,
    }))
}

type Record = (u32, Vec<u8>, u32);

fn records(connection: &Connection, run: &str) -> rusqlite::Result<Vec<Record>> {
    let sql = "SELECT number, record, checksum FROM journal WHERE execution = ?1 ORDER BY number";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([run], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    rows.collect()
}

fn responses(connection: &Connection, run: &str, answers: u32) -> rusqlite::Result<Vec<(u32, Response)>> {
    if answers == 0 {
        return Ok(Vec::new());
    }
    let sql = "SELECT number, id, task_id, variable_name, response_value, responded_at
         FROM user_input_responses WHERE execution_id = ?1 ORDER BY number, place";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([run], |row| {
        let response = Response {
            id: row.get(1)?,
            task_id: row.get(2)?,
            variable_name: row.get(3)?,
            value: row.get(4)?,
            responded_at: row.get(5)?,
        };
        Ok((row.get(0)?, response))
    })?;
    rows.collect()
}

/// Follows the chain of records to its end, which it gives; or says where it breaks.
fn follow(found: &Execution, records: &[Record], responses: Vec<(u32, Response)>) -> Result<Tail, String> {
    let mut last = Tail {
        records: 0,
        answers: 0,
        checksum: found.origin,
    };
    let mut responses = responses.into_iter().peekable();
    for (number, record, checksum) in records {
        let mut answers = Vec::new();
        while let Some((_, response)) = responses.next_if(|(step, _)| step == number) {
            answers.push(response);
        }
        last = Tail {
            records: last.records + 1,
            answers: last.answers + answers.len() as u32,
            checksum: chained(last.checksum, *number, record, &answers),
        };
        if last.checksum != *checksum || last.records != number + 1 {
            return Err(format!(
                "the record {} in `journal`, or an answer in `user_input_responses`,",
                last.records - 1
            ));
        }
    }
    match responses.next() {
        None => Ok(last),
        Some((_, response)) => Err(format!("the answer `{}` in `user_input_responses`", response.id)),
    }
}

fn workflow(
    connection: &Connection,
    definitions: &mut Definitions,
    run: &str,
    key: &str,
) -> Result<Arc<Workflow>, StoreError> {
    if let Some(known) = definitions.known(key) {
        return Ok(known);
    }
    let sql = "SELECT workflow_id, definition, definition_exact FROM workflows WHERE hash = ?1";
    let found = connection.query_row(sql, [key], kept).optional();
    let found = found.map_err(|error| problem(&format!("read the definition of the run `{run}`"), &error))?;
    let whole = found
        .filter(|kept| kept.belongs_to(key))
        .and_then(|kept| Readable::value(kept.definition.text.as_bytes(), kept.definition.exact.as_deref()));
    let workflow = Arc::new(whole.ok_or_else(|| damaged(run, "the definition in `workflows`"))?);
    definitions.learnt(key, &workflow);
    Ok(workflow)
}

fn kept(row: &Row<'_>) -> rusqlite::Result<Kept> {
    let (text, exact) = (row.get(1)?, row.get(2)?);
    Ok(Kept {
        workflow_id: row.get(0)?,
        definition: Readable { text, exact },
        key: OnceLock::new(),
    })
}

/// What all rows that the total is over add up to, each of them checked; and how many executions there are.
pub(super) fn total(connection: &Connection) -> Result<(i64, i64), StoreError> {
    let reading = |error: rusqlite::Error| problem("read the journal", &error);
    let (mut total, mut executions) = (0_i64, 0);
    let sql = format!("SELECT {COLUMNS} FROM workflow_executions e LEFT JOIN journal_tails t ON t.execution = e.id");
    let mut statement = connection.prepare(&sql).map_err(reading)?;
    let mut rows = statement.query([]).map_err(reading)?;
    while let Some(row) = rows.next().map_err(reading)? {
        // The id first: what is wrong with a row is said with its name as far as it can be read.
        let id = row.get::<_, String>(7).unwrap_or_else(|_| "?".into());
        let named = |error: rusqlite::Error| problem(&format!("read the run `{id}`"), &error);
        let found = execution(row).map_err(named)?;
        let found = found.ok_or_else(|| damaged(&id, "the row in `workflow_executions` or `journal_tails`"))?;
        total = total.wrapping_add(found.seals);
        executions += 1;
    }
    let sql = "SELECT workflow_id, definition, definition_exact, hash FROM workflows";
    let mut statement = connection.prepare(sql).map_err(reading)?;
    let mut rows = statement.query([]).map_err(reading)?;
    while let Some(row) = rows.next().map_err(reading)? {
        let (kept, key) = kept(row)
            .and_then(|kept| Ok((kept, row.get::<_, String>(3)?)))
            .map_err(reading)?;
        if !kept.belongs_to(&key) {
            return Err(StoreError::damaged(format!("the definition `{key}` in `workflows`")));
        }
        total = total.wrapping_add(kept.hash().cast_signed());
    }
    Ok((total, executions))
}
