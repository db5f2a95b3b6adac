//! `kill -9`, for real: a child process runs workflows on a file and is killed again and again in the midst of them.
//!
//! The child is this test program, told by a variable of its environment to run [`child`] alone. Whatever its handlers do they
//! write to a file of their own first, which survives the child as the outside world would: it says what was called, and
//! the journal says what was recorded.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use contract::{Call, CallError, ErrorKind, Outcome, RunStatus, Workflow};
use flow::service::{Run, RunState, StartError};
use flow::store::{Store, StoreError};
use flow::{Flow, Sqlite};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use serde_json::{Value, json};

/// The folder of the journal and the log of calls: set for the child.
const FOLDER: &str = "FLOW_KILL_FOLDER";
/// The number of the child, from 0; `last` for the one that is not killed.
const NUMBER: &str = "FLOW_KILL_NUMBER";
const KILLS: u64 = 200;
const IN_FLIGHT: usize = 50;

/// A task that is retried, three items, and one that joins them, with something to undo when the run's number is odd.
fn workflow(is_doomed: bool) -> Workflow {
    let call = |handler: &str| json!({"handler": handler, "input": {"template": {"var": "input"}}});
    let mut tasks = vec![
        json!({"id": "flaky", "call": call("flaky"), "retry": {"max_attempts": 3, "initial": 1}, "compensate": call("undo")}),
        json!({"id": "each", "for_each": [1, 2, 3], "call": call("step"), "compensate": call("undo")}),
        json!({"id": "join", "needs": ["flaky", "each"], "call": call("step")}),
    ];
    if is_doomed {
        tasks.push(json!({"id": "fails", "needs": ["join"], "call": call("fail")}));
    }
    let fields = json!({"id": "killed", "on_failure": "compensate", "tasks": tasks});
    serde_json::from_value(fields).expect("a right workflow")
}

fn is_doomed(number: u64) -> bool {
    number % 2 == 1
}

/// Appends a line with one write: it is there whole or not at all, and it survives the process.
fn log(folder: &Path, name: &str, line: &str) {
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join(name))
        .expect("the log opens");
    file.write_all(format!("{line}\n").as_bytes())
        .expect("the log takes a line");
}

fn lines(folder: &Path, name: &str) -> Vec<String> {
    let text = fs::read_to_string(folder.join(name)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// The engine of the child `process`.
fn engine(folder: &Path, process: &str) -> Flow {
    let handler = |what: &'static str| {
        let (folder, process) = (folder.to_owned(), process.to_owned());
        move |call: Call| {
            log(&folder, "calls", &format!("{process} begin {}", call.key()));
            // What the killer counts.
            let _ = writeln!(std::io::stdout(), "begin");
            let (folder, process) = (folder.clone(), process.clone());
            async move {
                tokio::time::sleep(Duration::from_millis(1 + u64::from(call.attempt))).await;
                log(&folder, "calls", &format!("{process} end {}", call.key()));
                match (what, call.attempt) {
                    ("flaky", 1) => Err(CallError::new(ErrorKind::Transient, "not yet")),
                    ("fail", _) => Err(CallError::new(ErrorKind::Permanent, "no")),
                    _ => Ok(Value::clone(&call.input)),
                }
            }
        }
    };
    let journal = Sqlite::open(folder.join("journal.db")).expect("the lock of a killed process is gone");
    let builder = Flow::builder().journal(journal);
    ["step", "flaky", "fail", "undo"]
        .into_iter()
        .fold(builder, |builder, name| builder.handler(name, handler(name)))
        .build()
}

/// What the child does, and nothing if this is not the child.
#[test]
fn child() {
    let (Ok(folder), Ok(process)) = (std::env::var(FOLDER), std::env::var(NUMBER)) else {
        return;
    };
    let folder = PathBuf::from(folder);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let flow = engine(&folder, &process);
        let recovered = flow.recover_all().await.expect("the journal is whole");
        assert!(recovered.failed.is_empty(), "every run can be recovered");
        let wait = |run: Run| async move { run.outcome().await.expect("it ends") };
        let mut in_flight: FuturesUnordered<_> = recovered.runs.into_iter().map(wait).collect();
        let mut number = lines(&folder, "started").len() as u64;
        loop {
            while process != "last" && in_flight.len() < IN_FLIGHT {
                let started = flow
                    .start_as(format!("run-{number}"), workflow(is_doomed(number)), json!(number))
                    .await;
                match started {
                    Ok(run) => in_flight.push(wait(run)),
                    // Killed after it was kept, and before it was said.
                    Err(StartError::Store(StoreError::Exists { .. })) => {}
                    Err(error) => panic!("{error}"),
                }
                log(&folder, "started", &format!("run-{number}"));
                number += 1;
            }
            if in_flight.next().await.is_none() {
                break;
            }
        }
        flow.shutdown().await;
    });
}

#[expect(clippy::disallowed_methods, reason = "it is killed, which is what this is about")]
fn spawn(folder: &Path, number: &str) -> Child {
    Command::new(std::env::current_exe().expect("this program has a path"))
        .args(["child", "--exact", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .env(NUMBER, number)
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program runs")
}

/// Lets a child make a number of calls, then kills it.
fn let_live(mut child: Child, calls: u64) {
    let mut heard = BufReader::new(child.stdout.take().expect("it is piped"));
    let (mut line, mut count) = (String::new(), 0);
    while count < calls && heard.read_line(&mut line).expect("it can be heard") > 0 {
        count += u64::from(line.trim() == "begin");
        line.clear();
    }
    assert_eq!(count, calls, "the child ended by itself");
    child.kill().expect("it can be killed");
    child.wait().expect("it is gone");
}

/// The keys of calls that the journal says have ended, of the runs that are not over.
fn recorded(flow: &Flow, runs: &[Arc<str>]) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for run in runs {
        let status = flow.status(run).expect("a run that was begun is whole");
        assert!(!matches!(status.state, RunState::Ended(_)));
        for task in status.outcome.tasks.iter().filter(|task| task.status.is_terminal()) {
            match &*task.task {
                "each" => keys.extend((0..3).map(|item| format!("{run}/each[{item}]#1"))),
                id => keys.extend((1..=task.attempts).map(|attempt| format!("{run}/{id}#{attempt}"))),
            }
        }
        keys.extend(
            status
                .outcome
                .compensations
                .iter()
                .map(|undone| format!("{run}/{}#1/undo", undone.task)),
        );
    }
    keys
}

#[track_caller]
fn check_outcome(number: u64, outcome: &Outcome) {
    let expected = if is_doomed(number) {
        RunStatus::Compensated
    } else {
        RunStatus::Succeeded
    };
    assert_eq!(outcome.status, expected, "run {number}");
    let calls: Vec<u32> = outcome.tasks.iter().map(|task| task.attempts).collect();
    assert_eq!(calls[..3], [2, 3, 1], "run {number}");
    assert_eq!(
        outcome.tasks[1].output.as_deref(),
        Some(&json!([number, number, number]))
    );
    let undone: BTreeSet<&str> = outcome.compensations.iter().map(|undone| &*undone.task).collect();
    assert_eq!(
        undone,
        if is_doomed(number) {
            ["each", "flaky"].into()
        } else {
            BTreeSet::new()
        }
    );
}

#[test]
fn nothing_is_lost_or_done_twice_by_a_process_that_is_killed_at_any_moment() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    // By key: the first kill at which its result was known to be recorded.
    let mut recorded_by: BTreeMap<String, u64> = BTreeMap::new();
    let mut draw = 0x9E37_79B9_7F4A_7C15_u64;
    for kill in 0..KILLS {
        draw = draw
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let child = spawn(folder, &kill.to_string());
        let calls = 1 + (draw >> 33) % 90;
        let_live(child, calls);
        let store = Sqlite::open(folder.join("journal.db")).expect("the lock of a killed process is gone");
        let runs = store.unfinished().expect("the journal is whole");
        let flow = Flow::builder().journal(store).build();
        for key in recorded(&flow, &runs) {
            recorded_by.entry(key).or_insert(kill);
        }
    }
    let mut last = spawn(folder, "last");
    assert!(last.wait().expect("it ends").success());

    // Nothing doubled beyond what at-least-once allows.
    let mut begun = BTreeSet::new();
    let mut ended = BTreeSet::new();
    for line in lines(folder, "calls") {
        let [process, what, key] = line.splitn(3, ' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        if what == "end" {
            ended.insert(key.to_owned());
            continue;
        }
        assert!(
            begun.insert((process.to_owned(), key.to_owned())),
            "one process made {key} twice"
        );
        let number = process.parse().unwrap_or(KILLS);
        if let Some(kill) = recorded_by.get(key) {
            assert!(
                number <= *kill,
                "{key} was made again by {process}, and its result recorded by {kill}"
            );
        }
    }
    // Nothing lost.
    let store = Sqlite::open(folder.join("journal.db")).expect("the last one has closed it");
    assert!(store.unfinished().expect("the journal is whole").is_empty());
    let flow = Flow::builder().journal(store).build();
    let started = lines(folder, "started");
    assert!(started.len() >= IN_FLIGHT);
    for (number, run) in started.iter().enumerate() {
        let number = number as u64;
        let status = flow.status(run).expect("a run that was begun is there");
        check_outcome(number, &status.outcome);
        assert!(ended.contains(&format!("{run}/join#1")));
    }
}

#[test]
fn a_second_process_is_refused_and_told_who_holds_the_journal() {
    let folder = tempfile::tempdir().expect("a folder");
    let child = spawn(folder.path(), "0");
    let pid = child.id();
    let mut child = child;
    let mut heard = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut line = String::new();
    while line.trim() != "begin" {
        line.clear();
        assert!(
            heard.read_line(&mut line).expect("it can be heard") > 0,
            "the child ended by itself"
        );
    }
    let Err(error) = Sqlite::open(folder.path().join("journal.db")) else {
        panic!("it is held")
    };
    assert!(
        matches!(error, StoreError::Held { pid: Some(holder), .. } if holder == pid),
        "{error}"
    );
    child.kill().expect("it can be killed");
    child.wait().expect("it is gone");
    assert!(Sqlite::open(folder.path().join("journal.db")).is_ok());
}
