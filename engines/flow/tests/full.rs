//! A disk that takes no more, for real: the operating system refuses a child process to let its files grow, so that writing
//! the log of a commit fails in the midst of it.
//!
//! The child is this test program, started by a shell that sets the limit, and told by a variable of its environment to run
//! [`child`] alone. What it was told, and what it called, it notes in files of its own, which stay below the limit.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use contract::{Call, CallError, RunStatus, Workflow};
use flow::service::{RunError, RunState, StartError};
use flow::store::StoreError;
use flow::{Flow, Sqlite};
use serde_json::{Value, json};

/// The folder of the journal: set for the child.
const FOLDER: &str = "FLOW_FULL_FOLDER";
/// Runs in flight.
const WAVE: usize = 8;

fn chain() -> Workflow {
    let task = |id: &str, needs: &[&str]| json!({"id": id, "needs": needs, "call": {"handler": "do"}});
    let tasks = [task("a", &[]), task("b", &["a"]), task("c", &["b"])];
    serde_json::from_value(json!({"id": "chain", "tasks": tasks})).expect("a right workflow")
}

/// Appends a line to a file that survives the process.
fn note(folder: &Path, name: &str, line: &str) {
    let file = OpenOptions::new().create(true).append(true).open(folder.join(name));
    let written = file.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()));
    written.expect("it is far below the limit");
}

fn noted(folder: &Path, name: &str) -> Vec<String> {
    let text = fs::read_to_string(folder.join(name)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn engine(folder: &Path, calls: &'static str) -> Flow {
    let journal = Sqlite::open(folder.join("journal.db")).expect("a journal");
    let folder = folder.to_owned();
    let handler = move |call: Call| {
        note(&folder, calls, &call.key());
        async move {
            tokio::task::yield_now().await;
            Ok::<Value, CallError>(json!(call.key()))
        }
    };
    Flow::builder().journal(journal).handler("do", handler).build()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.expect("a runtime").block_on(future)
}

/// What the child does, and nothing if this is not the child.
#[test]
fn child() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let folder = PathBuf::from(folder);
    block_on(async {
        let flow = engine(&folder, "calls");
        for wave in 0.. {
            let ids = (0..WAVE).map(|number| format!("run-{}", wave * WAVE + number));
            let started = ids.map(|id| flow.start_as(id, chain(), Value::Null));
            let started = futures::future::join_all(started).await;
            let mut failures: Vec<String> = Vec::new();
            for started in started {
                let run = match started {
                    Ok(run) => run,
                    Err(StartError::Store(error @ StoreError::Failed { .. })) => {
                        failures.push(error.to_string());
                        continue;
                    }
                    Err(error) => panic!("{error}"),
                };
                note(&folder, "started", run.id());
                match run.outcome().await {
                    Ok(outcome) => {
                        assert_eq!(outcome.status, RunStatus::Succeeded);
                        note(&folder, "ended", run.id());
                    }
                    Err(RunError::Store(error @ StoreError::Failed { .. })) => failures.push(error.to_string()),
                    Err(error) => panic!("{error}"),
                }
            }
            if !failures.is_empty() {
                for failure in &failures {
                    note(&folder, "failures", failure);
                }
                let again = flow.start_as("again", chain(), Value::Null).await.err();
                note(
                    &folder,
                    "failures",
                    &again.expect("nothing is accepted any more").to_string(),
                );
                break;
            }
        }
        flow.shutdown().await;
    });
}

/// Runs the child where no file may grow above `blocks` of 512 bytes: what would is an error of the write.
#[expect(
    clippy::disallowed_methods,
    reason = "a limit is set for a process, and stays with it"
)]
fn run_child(folder: &Path, blocks: u32) {
    let script = format!(r#"trap "" XFSZ && ulimit -f {blocks} && exec "$0" "$@""#);
    let child = Command::new("/bin/sh")
        .args(["-c", &script])
        .arg(std::env::current_exe().expect("this program has a path"))
        .args(["child", "--exact", "--test-threads=1"])
        .env(FOLDER, folder)
        .output()
        .expect("there is a shell");
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn a_commit_that_cannot_be_written_is_told_and_nothing_was_done_that_is_not_kept() {
    // The limit is reached at different places of a commit: at a frame of the log, or within one.
    let mut with_ended_runs = 0;
    for blocks in [300, 401, 502, 603] {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        run_child(folder, blocks);
        let failures = noted(folder, "failures");
        assert!(failures.len() >= 2);
        for failure in &failures {
            assert!(
                failure.starts_with("the journal failed and accepts nothing more: "),
                "{failure}"
            );
            assert!(
                failure.ends_with("; mend that, then open it again and recover its runs"),
                "{failure}"
            );
        }

        let (started, ended, calls) = (noted(folder, "started"), noted(folder, "ended"), noted(folder, "calls"));
        // Whichever write fails first: that of a start, or one in the midst of a run.
        assert!(ended.len() <= started.len(), "{blocks}");
        with_ended_runs += usize::from(!ended.is_empty());
        block_on(async {
            let flow = engine(folder, "calls-again");
            for run in &ended {
                let state = flow.status(run).expect("it is there").state;
                assert_eq!(
                    state,
                    RunState::Ended(RunStatus::Succeeded),
                    "{run} was said to have ended"
                );
            }
            let recovered = flow.recover_all().await.expect("the journal is whole");
            assert!(recovered.failed.is_empty());
            for run in &recovered.runs {
                assert_eq!(run.outcome().await.expect("it ends").status, RunStatus::Succeeded);
            }
            for run in &started {
                let state = flow.status(run).expect("it was said to be kept").state;
                assert_eq!(state, RunState::Ended(RunStatus::Succeeded));
            }
            flow.shutdown().await;
        });
        // A call is made once what it needs is kept: where the child made one, nothing before it is made again.
        let again: BTreeSet<String> = noted(folder, "calls-again").into_iter().collect();
        for call in calls {
            let (run, task) = call
                .strip_suffix("#1")
                .and_then(|key| key.split_once('/'))
                .expect("a key");
            let before: &[&str] = match task {
                "a" => &[],
                "b" => &["a"],
                _ => &["a", "b"],
            };
            for earlier in before {
                let earlier = format!("{run}/{earlier}#1");
                assert!(!again.contains(&earlier), "{earlier} was made again after {call}");
            }
        }
    }
    assert!(with_ended_runs > 0, "nothing ever ended before the disk was full");
}
