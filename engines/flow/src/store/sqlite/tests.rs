//! What the store in a file promises; and what all its tests share: operations, and all that a store says.

mod crash;
mod damage;
mod versions;

use std::fs;
use std::future::Future;
use std::path::Path;

use contract::{Millis, RunStatus, Workflow};
use proptest::prelude::*;
use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::store::{Answer, Memory, Pause, State};

/// One thing that is asked of a store.
#[derive(Clone, Debug)]
enum Operation {
    Begin(NewRun),
    Append(Step),
}

/// Waits for a future of the store.
fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime for a test").block_on(future)
}

fn ask(store: &dyn Store, operation: Operation) -> BoxFuture<'static, Result<(), StoreError>> {
    match operation {
        Operation::Begin(run) => store.begin(run),
        Operation::Append(step) => store.append(step),
    }
}

fn workflow(id: &str, factor: f64) -> Arc<Workflow> {
    let mut workflow =
        crate::sample::workflow(json!({"tasks": [{"id": "a", "when": {">": [factor, 1]}}, {"id": "b"}]}));
    workflow.id = id.into();
    Arc::new(workflow)
}

fn begin(run: &str, workflow: &Arc<Workflow>) -> NewRun {
    NewRun {
        run: run.into(),
        workflow: workflow.clone(),
        input: Arc::new(json!({"of": run, "share": 0.1})),
        at: Millis(1_000),
    }
}

fn step(run: &str, number: u32) -> Step {
    Step {
        run: run.into(),
        number,
        at: Millis(2_000 + u64::from(number)),
        record: format!("record {number} of {run}").into_bytes(),
        standing: None,
        answers: Vec::new(),
    }
}

fn paused(run: &str, number: u32, reason: &str) -> Step {
    Step {
        standing: Some(Standing {
            state: State::Paused,
            pause: Some(Pause {
                task: Some("b".into()),
                reason: reason.into(),
                since: Millis(1_700_000_000_000),
            }),
            context: Arc::new(json!({"input": run, "tasks": {"a": {"status": "succeeded", "output": 1}}})),
        }),
        ..step(run, number)
    }
}

fn ended(run: &str, number: u32, status: RunStatus) -> Step {
    Step {
        standing: Some(Standing {
            state: State::Ended(status),
            pause: None,
            context: Arc::new(json!({"input": run, "tasks": {}})),
        }),
        ..step(run, number)
    }
}

fn answered(run: &str, number: u32) -> Step {
    let answer = |variable: &str, value| Answer {
        task: "b".into(),
        variable: variable.into(),
        value: Arc::new(value),
    };
    Step {
        answers: vec![answer("approved", json!(true)), answer("why", json!({"said": "yes"}))],
        ..step(run, number)
    }
}

/// A little of everything.
fn operations() -> Vec<Operation> {
    use Operation::{Append, Begin};
    let (one, two) = (workflow("one", 2.5), workflow("two", 0.5));
    vec![
        Begin(begin("r-1", &one)),
        Append(step("r-1", 0)),
        Begin(begin("r-2", &two)),
        Append(step("r-2", 0)),
        Append(paused("r-1", 1, "May it go on?")),
        Append(answered("r-1", 2)),
        Append(step("r-2", 1)),
        Begin(begin("r-3", &one)),
        Append(ended("r-2", 2, RunStatus::Failed)),
        Append(step("r-3", 0)),
        Append(paused("r-3", 1, "a signal")),
    ]
}

/// All that a store says about the runs that the tests know, in words that can be compared.
fn content(store: &dyn Store) -> Result<String, StoreError> {
    let mut said = vec![format!("{:?}", store.unfinished()?)];
    for run in (1..=9).map(|number| format!("r-{number}")) {
        said.push(format!("{:?} {:?}", store.load(&run)?, store.standing(&run)?));
    }
    Ok(said.join("\n"))
}

/// What a store says that was asked for the first `count` operations.
fn expected(operations: &[Operation], count: usize) -> String {
    let memory = Memory::default();
    for operation in &operations[..count] {
        wait(ask(&memory, operation.clone())).expect("the operations are in order");
    }
    content(&memory).expect("memory is always whole")
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder for a test")
}

/// With small pages and without waiting for the disk: for tests that open thousands of files.
fn quick() -> Options {
    let tuning = Tuning {
        page_size: 512,
        sync: false,
        ..Tuning::default()
    };
    Options {
        tuning,
        ..Options::default()
    }
}

/// Copies the files of a journal as they are, whether or not somebody holds it.
fn copy(from: &Path, to: &Path) {
    for end in ["", "-wal", "-head"] {
        let name = |path: &Path| format!("{}{end}", path.display());
        let _ = fs::remove_file(name(to));
        if fs::exists(name(from)).expect("a folder that can be read") {
            fs::copy(name(from), name(to)).expect("a file that can be copied");
        }
    }
}

fn plain(path: &Path) -> Connection {
    Connection::open(path).expect("a database that plain SQL can open")
}

#[test]
fn it_says_what_a_store_in_memory_says_before_and_after_it_is_opened_again() {
    let folder = folder();
    let path = folder.path().join("journal");
    let operations = operations();
    let store = Sqlite::open(&path).expect("a new journal");
    for (count, operation) in operations.iter().enumerate() {
        wait(ask(&store, operation.clone())).expect("it is kept");
        assert_eq!(content(&store), Ok(expected(&operations, count + 1)));
    }
    drop(store);
    let store = Sqlite::open(&path).expect("the same journal");
    assert_eq!(content(&store), Ok(expected(&operations, operations.len())));
    wait(store.append(step("r-1", 3))).expect("a run goes on where it was");
}

#[test]
fn closing_it_leaves_no_log_no_lock_and_no_thread() {
    let folder = folder();
    let path = folder.path().join("journal");
    let store = Sqlite::open(&path).expect("a new journal");
    let kept = store.begin(begin("r-1", &workflow("one", 1.0)));
    let clone = store.clone();
    drop(store);
    assert!(
        matches!(Sqlite::open(&path), Err(StoreError::Held { .. })),
        "a clone still holds it"
    );
    drop(clone);
    wait(kept).expect("what was asked for is finished first");
    let mut names: Vec<_> = fs::read_dir(folder.path())
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    names.sort();
    assert_eq!(names, ["journal", "journal-head"]);
    drop(Sqlite::open(&path).expect("nobody holds it"));
}

#[test]
fn a_second_store_on_the_same_file_is_refused_with_the_process_that_holds_it() {
    let folder = folder();
    let path = folder.path().join("journal");
    let store = Sqlite::open(&path).expect("a new journal");
    let error = Sqlite::open(folder.path().join(".").join("journal")).expect_err("it is held");
    let path = store.path().display();
    let pid = std::process::id();
    assert_eq!(
        error.to_string(),
        format!("`{path}` is held by the process {pid}; stop that process, or give this one a file of its own")
    );
}

#[test]
fn requests_that_make_no_sense_are_refused_alone() {
    let folder = folder();
    for store in [
        Box::new(Sqlite::open(folder.path().join("journal")).expect("a new journal")) as Box<dyn Store>,
        Box::new(Memory::default()),
    ] {
        let one = workflow("one", 1.0);
        let asked = [
            store.begin(begin("r-1", &one)),
            store.begin(begin("r-1", &one)),
            store.append(step("r-2", 0)),
            store.append(step("r-1", 1)),
            store.append(step("r-1", 0)),
            store.append(step("r-1", 0)),
        ];
        let run = |id: &str| id.into();
        let out_of_order = |number, expected| StoreError::OutOfOrder {
            run: run("r-1"),
            number,
            expected,
        };
        let expected = [
            Ok(()),
            Err(StoreError::Exists { run: run("r-1") }),
            Err(StoreError::Unknown { run: run("r-2") }),
            Err(out_of_order(1, 0)),
            Ok(()),
            Err(out_of_order(0, 1)),
        ];
        assert_eq!(asked.map(wait), expected);
        let loaded = store.load("r-1").expect("it is whole").expect("it began");
        assert_eq!(loaded.records, [b"record 0 of r-1"]);
    }
}

#[test]
fn what_waits_at_the_same_time_is_kept_in_one_commit() {
    let folder = folder();
    let store = Sqlite::open(folder.path().join("journal")).expect("a new journal");
    let before = store.commits().expect("a number");
    let one = workflow("one", 1.0);
    // The definition of the first is big: the others queue up while it is written.
    let mut big = (*one).clone();
    big.tasks = (0..20_000)
        .map(|index| contract::workflow::Task::calling(format!("t{index}"), "do"))
        .collect();
    let big = Arc::new(big);
    let mut asked = vec![store.begin(begin("big", &big))];
    asked.extend((0..500).map(|index| store.begin(begin(&format!("r-{index}"), &one))));
    for kept in asked {
        wait(kept).expect("it is kept");
    }
    let commits = store.commits().expect("a number") - before;
    assert!(commits < 500, "501 runs took {commits} commits");
    assert_eq!(store.unfinished().expect("it can be read").len(), 501);
}

#[test]
fn plain_sql_says_what_is_paused_and_why() {
    let folder = folder();
    let path = folder.path().join("journal");
    let store = Sqlite::open(&path).expect("a new journal");
    for operation in operations() {
        wait(ask(&store, operation)).expect("it is kept");
    }
    let shown = |sql: &str| -> Vec<String> {
        let connection = plain(&path);
        let mut statement = connection.prepare(sql).expect("right SQL");
        let rows = statement.query_map([], |row| row.get(0)).expect("rows");
        rows.collect::<Result<_, _>>().expect("text")
    };
    assert_eq!(
        shown(
            "SELECT concat_ws(' | ', id, workflow_id, paused_task_id, pause_reason, paused_at, cast(context_data AS TEXT))
             FROM workflow_executions WHERE state = 'paused' ORDER BY id"
        ),
        [
            r#"r-1 | one | b | May it go on? | 2023-11-14T22:13:20.000Z | {"input":"r-1","tasks":{"a":{"output":1,"status":"succeeded"}}}"#,
            r#"r-3 | one | b | a signal | 2023-11-14T22:13:20.000Z | {"input":"r-3","tasks":{"a":{"output":1,"status":"succeeded"}}}"#,
        ]
    );
    assert_eq!(
        shown(
            "SELECT concat_ws(' | ', execution_id, task_id, variable_name, response_value, responded_at) FROM user_input_responses ORDER BY id"
        ),
        [
            "r-1 | b | approved | true | 1970-01-01T00:00:02.002Z",
            r#"r-1 | b | why | {"said":"yes"} | 1970-01-01T00:00:02.002Z"#,
        ]
    );
    assert_eq!(
        shown("SELECT id FROM workflows JOIN workflow_executions USING (workflow_id) WHERE hash = workflow_hash").len(),
        3
    );
    assert_eq!(
        shown("SELECT workflow_id FROM workflows ORDER BY 1"),
        ["one", "two"],
        "one copy each"
    );
}

#[test]
fn after_a_commit_that_failed_nothing_is_accepted_and_what_was_acknowledged_is_there() {
    let folder = folder();
    let path = folder.path().join("journal");
    let store = quick().full_at(40).open(&path).expect("a new journal");
    let one = workflow("one", 1.0);
    let mut operations = vec![Operation::Begin(begin("r-1", &one))];
    operations.extend((0..500).map(|number| Operation::Append(step("r-1", number))));
    let mut kept = 0;
    let error = loop {
        match wait(ask(&store, operations[kept].clone())) {
            Ok(()) => kept += 1,
            Err(error) => break error,
        }
    };
    assert!(kept > 10, "{kept} were kept");
    assert!(matches!(error, StoreError::Failed { .. }), "{error}");
    assert_eq!(wait(ask(&store, operations[kept].clone())), Err(error.clone()));
    assert_eq!(wait(store.begin(begin("r-2", &one))), Err(error));
    assert_eq!(content(&store), Ok(expected(&operations, kept)), "it can still be read");
    drop(store);
    let store = quick().open(&path).expect("there is room again");
    assert_eq!(content(&store), Ok(expected(&operations, kept)));
    wait(ask(&store, operations[kept].clone())).expect("it goes on");
}

fn any_operation() -> impl Strategy<Value = Operation> {
    let run = (1..=3).prop_map(|number| format!("r-{number}"));
    let record = proptest::collection::vec(any::<u8>(), 0..700);
    (run, 0..6_u8, 0..4_u32, record, any::<f64>(), any::<u64>()).prop_map(|(run, kind, number, record, float, at)| {
        let mut step = match kind {
            0 => {
                let mut begun = begin(&run, &workflow("any", float));
                begun.input = Arc::new(json!([float, at]));
                begun.at = Millis(at);
                return Operation::Begin(begun);
            }
            1 => paused(&run, number, &format!("{float} 'quoted'\0")),
            2 => ended(&run, number, RunStatus::TimedOut),
            3 => answered(&run, number),
            _ => super::tests::step(&run, number),
        };
        (step.record, step.at) = (record, Millis(at));
        Operation::Append(step)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_is_asked_it_answers_as_memory_does_however_often_it_is_opened(
        sessions in proptest::collection::vec(proptest::collection::vec(any_operation(), 0..20), 1..4),
    ) {
        let folder = folder();
        let path = folder.path().join("journal");
        let memory = Memory::default();
        for session in sessions {
            let store = quick().open(&path).expect("the journal");
            let asked: Vec<_> = session.iter().map(|operation| ask(&store, operation.clone())).collect();
            for (operation, kept) in session.iter().zip(asked) {
                prop_assert_eq!(wait(kept), wait(ask(&memory, operation.clone())));
            }
            prop_assert_eq!(content(&store), content(&memory));
        }
        let store = quick().open(&path).expect("the journal");
        prop_assert_eq!(content(&store), content(&memory));
    }
}
