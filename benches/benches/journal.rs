//! The journal in a file: 1,000 runs that write at once, beside bare `rusqlite` that makes as many commits of the same rows.
//!
//! The floor is given what the store has written (the tables, each row, and the number of commits), and writes it from one
//! thread with nobody to answer, in the order in which the store was asked. What is missing to 100 % is queueing, encoding,
//! checksums, the head, and waking.
#![expect(
    clippy::disallowed_methods,
    reason = "a bench measures real time; nothing here is compared or reported"
)]

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use contract::{Millis, RunStatus};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use flow::store::{NewRun, Sqlite, Standing, State, Step, Store};
use futures::stream::{FuturesUnordered, StreamExt};
use rusqlite::{Connection, params};
use serde_json::json;
use tempfile::TempDir;

const RUNS: u64 = 1_000;
const STEPS: u32 = 20;
const ROUNDS: usize = 7;

/// A count as SQLite knows numbers.
fn signed(count: usize) -> i64 {
    i64::try_from(count).expect("a bench counts no further")
}

/// On a real disk: where the build is, not where temporary files may be kept in memory.
fn folder() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder beside the build")
}

fn step(run: &Arc<str>, number: u32) -> Step {
    let ended = || Standing {
        state: State::Ended(RunStatus::Succeeded),
        pause: None,
        context: Arc::new(
            json!({"input": {"run": **run}, "tasks": {"last": {"status": "succeeded", "output": number}}}),
        ),
    };
    Step {
        run: run.clone(),
        number,
        at: Millis(1_700_000_000_000 + u64::from(number)),
        record: (0..160_u32).map(|index| (index * 7 + number) as u8).collect(),
        standing: (number + 1 == STEPS).then(ended),
        answers: Vec::new(),
    }
}

fn id(index: u64) -> Arc<str> {
    format!("018c2f5e-7d00-7000-8000-{index:012}").into()
}

/// Each run begins and takes its steps, one after the other is durable; all runs at once.
async fn write(store: &Sqlite, order: &RefCell<Vec<(u64, u32)>>) {
    let workflow = benches::Shape::Layered.workflow(STEPS as usize);
    let runs = (0..RUNS).map(|index| {
        let workflow = workflow.clone();
        async move {
            let run = id(index);
            let begun = NewRun {
                run: run.clone(),
                workflow,
                input: Arc::new(json!({"run": *run})),
                at: Millis(1_700_000_000_000),
            };
            store.begin(begun).await.expect("the run is kept");
            for number in 0..STEPS {
                order.borrow_mut().push((index, number));
                store.append(step(&run, number)).await.expect("the step is kept");
            }
        }
    });
    let mut runs: FuturesUnordered<_> = runs.collect();
    while runs.next().await.is_some() {}
}

/// What it took to write.
struct Took {
    time: Duration,
    commits: usize,
    /// The steps as they were asked for: run and number.
    order: Vec<(u64, u32)>,
}

fn store(path: &Path) -> Took {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let store = Sqlite::open(path).expect("a new journal");
    let before = store.commits().expect("it can be read");
    let since = Instant::now();
    let order = RefCell::new(Vec::with_capacity((RUNS * u64::from(STEPS)) as usize));
    runtime.block_on(write(&store, &order));
    let time = since.elapsed();
    Took {
        time,
        commits: (store.commits().expect("it can be read") - before) as usize,
        order: order.into_inner(),
    }
}

type Execution = (String, String, Vec<u8>, String, String, String, i64, i64);

/// What a store has written.
struct Written {
    schema: Vec<String>,
    workflow: (String, String, String),
    executions: Vec<Execution>,
    /// In the order in which they were asked for, with the place of their run in `executions`.
    journal: Vec<(usize, i64, Vec<u8>, i64)>,
    updated_at: String,
}

impl Written {
    fn read(path: &Path, order: &[(u64, u32)]) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        let schema = connection
            .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let workflow = connection.query_row("SELECT hash, workflow_id, definition FROM workflows", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
        let executions: Vec<Execution> = connection
            .prepare(
                "SELECT id, state, context_data, created_at, updated_at, input, origin, seal FROM workflow_executions
                 ORDER BY sequence",
            )?
            .query_map([], |row| {
                let (id, state, context) = (row.get(0)?, row.get(1)?, row.get(2)?);
                Ok((
                    id,
                    state,
                    context,
                    row.get(3)?,
                    row.get(4)?,
                    row.get(5)?,
                    row.get(6)?,
                    row.get(7)?,
                ))
            })?
            .collect::<Result<_, _>>()?;
        let place = |run: u64| {
            executions
                .iter()
                .position(|(id, ..): &Execution| **id == *self::id(run))
        };
        let places: HashMap<u64, usize> = (0..RUNS).filter_map(|run| Some((run, place(run)?))).collect();
        let mut statement =
            connection.prepare("SELECT record, checksum FROM journal WHERE execution = ?1 AND number = ?2")?;
        let mut step = |(run, number): &(u64, u32)| {
            statement.query_row(params![&*id(*run), number], |row| {
                Ok((places[run], i64::from(*number), row.get(0)?, row.get(1)?))
            })
        };
        let journal = order.iter().map(&mut step).collect::<Result<_, _>>()?;
        let updated_at = connection.query_row("SELECT max(updated_at) FROM journal_tails", [], |row| row.get(0))?;
        Ok(Self {
            schema,
            workflow,
            executions,
            journal,
            updated_at,
        })
    }

    /// Writes the same rows in `commits` commits of the same size, and gives the time it takes.
    fn write(&self, path: &Path, commits: usize) -> rusqlite::Result<Duration> {
        let connection = Connection::open(path)?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
             PRAGMA wal_autocheckpoint = 8000; PRAGMA cache_size = -32768;",
        )?;
        connection.execute_batch(&self.schema.join(";"))?;
        connection.execute(
            "INSERT INTO meta VALUES (1, 'flow', 1, hex(randomblob(16)), 0, 0, 0, 0)",
            [],
        )?;
        let mut statements = Floor::prepare(&connection)?;
        let requests = self.executions.len() + self.journal.len();
        let mut left = (1..=commits).map(|commit| requests * commit / commits);
        let mut until = left.next();
        let since = Instant::now();
        for request in 0..requests {
            if request == 0 {
                connection.execute_batch("BEGIN IMMEDIATE")?;
                let (hash, id, definition) = &self.workflow;
                connection.execute(
                    "INSERT INTO workflows VALUES (?1, ?2, ?3, NULL)",
                    params![hash, id, definition],
                )?;
            }
            match request.checked_sub(self.executions.len()) {
                None => self.begin(request, &mut statements)?,
                Some(step) => self.step(step, &mut statements)?,
            }
            if Some(request + 1) == until {
                statements
                    .meta
                    .execute(params![signed(request), signed(request), signed(request)])?;
                connection.execute_batch("COMMIT")?;
                until = left.next();
                if until.is_some() {
                    connection.execute_batch("BEGIN IMMEDIATE")?;
                }
            }
        }
        Ok(since.elapsed())
    }

    fn begin(&self, index: usize, statements: &mut Floor<'_>) -> rusqlite::Result<()> {
        let (id, _, context, created_at, _, input, origin, seal) = &self.executions[index];
        let (hash, workflow_id, _) = &self.workflow;
        statements.begin.execute(params![
            id,
            workflow_id,
            context,
            created_at,
            signed(index),
            hash,
            input,
            origin,
            seal
        ])?;
        statements.begin_tail.execute(params![id, origin, created_at, seal])?;
        Ok(())
    }

    fn step(&self, index: usize, statements: &mut Floor<'_>) -> rusqlite::Result<()> {
        let (run, number, record, checksum) = &self.journal[index];
        let (run, state, context, _, updated_at, _, _, seal) = &self.executions[*run];
        statements.record.execute(params![run, number, record, checksum])?;
        statements
            .tail
            .execute(params![run, number + 1, checksum, self.updated_at, checksum])?;
        if *number + 1 == i64::from(STEPS) {
            statements
                .stand
                .execute(params![run, state, context, updated_at, seal])?;
        }
        Ok(())
    }
}

struct Floor<'a> {
    meta: rusqlite::Statement<'a>,
    begin: rusqlite::Statement<'a>,
    begin_tail: rusqlite::Statement<'a>,
    record: rusqlite::Statement<'a>,
    tail: rusqlite::Statement<'a>,
    stand: rusqlite::Statement<'a>,
}

impl<'a> Floor<'a> {
    fn prepare(connection: &'a Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            meta: connection.prepare("UPDATE meta SET commits = ?1, executions = ?2, total = ?3 WHERE id = 1")?,
            begin: connection.prepare(
                "INSERT INTO workflow_executions (id, workflow_id, state, context_data, created_at, updated_at, sequence,
                 workflow_hash, input, origin, seal) VALUES (?1, ?2, 'running', ?3, ?4, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?,
            begin_tail: connection.prepare("INSERT INTO journal_tails VALUES (?1, 0, 0, ?2, ?3, ?4)")?,
            record: connection.prepare("INSERT INTO journal VALUES (?1, ?2, ?3, ?4)")?,
            tail: connection.prepare(
                "UPDATE journal_tails SET records = ?2, checksum = ?3, updated_at = ?4, seal = ?5 WHERE execution = ?1",
            )?,
            stand: connection.prepare(
                "UPDATE workflow_executions SET state = ?2, context_data = ?3, updated_at = ?4, seal = ?5 WHERE id = ?1",
            )?,
        })
    }
}

/// Opens the store again, which checks all of it, and loads every run.
fn recover(path: &Path) -> (Duration, Duration) {
    let since = Instant::now();
    let store = Sqlite::open(path).expect("the same journal");
    let opened = since.elapsed();
    for index in 0..RUNS {
        let loaded = store.load(&id(index)).expect("it is whole").expect("it began");
        assert_eq!(loaded.records.len(), STEPS as usize);
    }
    (opened, since.elapsed().saturating_sub(opened))
}

/// The store and the floor in turn, each in a new file; says the ratio of their rates.
fn ratio() -> (Written, usize) {
    let requests = RUNS * u64::from(STEPS + 1);
    let rate = |took: Duration| requests as f64 / took.as_secs_f64();
    let mut ratios = Vec::new();
    let mut last = None;
    for round in 0..ROUNDS {
        let folder = folder();
        let path = folder.path().join("store");
        let Took { time, commits, order } = store(&path);
        let written = Written::read(&path, &order).expect("what the store has written");
        let floor = written
            .write(&folder.path().join("floor"), commits)
            .expect("the same rows");
        let ratio = floor.as_secs_f64() / time.as_secs_f64();
        println!(
            "round {round}: {requests} requests in {commits} commits; store {:.0}/s, floor {:.0}/s: {:.1} %",
            rate(time),
            rate(floor),
            100.0 * ratio
        );
        let (opened, loaded) = recover(&path);
        println!("         opened again and checked in {opened:.1?}, {RUNS} runs loaded in {loaded:.1?}");
        ratios.push(ratio);
        last = Some((written, commits));
    }
    ratios.sort_by(f64::total_cmp);
    println!(
        "the store reaches {:.1} % of the floor (median of {ROUNDS})",
        100.0 * ratios[ROUNDS / 2]
    );
    last.expect("there are rounds")
}

fn journal(criterion: &mut Criterion) {
    let (written, commits) = ratio();
    let mut group = criterion.benchmark_group("journal");
    group.throughput(Throughput::Elements(RUNS * u64::from(STEPS + 1)));
    group.sample_size(10);
    let repeat = |times: u64, once: &dyn Fn(&Path) -> Duration| -> Duration {
        let fresh = |_| once(&folder().path().join("journal"));
        (0..times).map(fresh).sum()
    };
    group.bench_function("sqlite", |bencher| {
        bencher.iter_custom(|times| repeat(times, &|path| store(path).time));
    });
    group.bench_function("floor", |bencher| {
        bencher.iter_custom(|times| repeat(times, &|path| written.write(path, commits).expect("the same rows")));
    });
    group.finish();
}

criterion_group!(benches, journal);
criterion_main!(benches);
