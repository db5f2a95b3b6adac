//! A disk that fails, for real: the operating system refuses a child process to let its files grow, so that writing the log
//! of a commit fails in the midst of it; or it lets the child write, and says of every sync that it failed.
//!
//! The child is this test program, told by variables of its environment to run [`child`] alone. The limit is set by a shell
//! that starts it, the filter of its system calls by the child itself. What it was told, and what it called, it notes in
//! files of its own, which stay below the limit.
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
const FOLDER: &str = "FLOW_DISK_FOLDER";
/// The number of the wave before which syncing begins to fail: set for the child where it does.
const UNSYNCED: &str = "FLOW_DISK_UNSYNCED";
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
    let unsynced = std::env::var(UNSYNCED).ok();
    block_on(async {
        let flow = engine(&folder, "calls");
        for wave in 0.. {
            if unsynced == Some(wave.to_string()) {
                fail_to_sync();
            }
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

/// From here on every thread of this process is told of each sync that the disk failed; what was written stays readable, as
/// after a real failure of that kind.
#[cfg(target_os = "linux")]
fn fail_to_sync() {
    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter_all_threads};

    let syncs = [libc::SYS_fsync, libc::SYS_fdatasync, libc::SYS_sync_file_range];
    let filter = SeccompFilter::new(
        syncs.map(|call| (call, Vec::new())).into(),
        SeccompAction::Allow,
        SeccompAction::Errno(libc::EIO as u32),
        std::env::consts::ARCH.try_into().expect("a processor it knows"),
    );
    let program: BpfProgram = filter.and_then(TryInto::try_into).expect("a filter of three calls");
    apply_filter_all_threads(&program).expect("the kernel takes filters");
}

#[cfg(not(target_os = "linux"))]
fn fail_to_sync() {
    unreachable!("only Linux is asked to");
}

/// The child, once it is told how to fail.
#[expect(
    clippy::disallowed_methods,
    reason = "a limit and a filter are set for a process, and stay with it"
)]
fn command(program: &Path) -> Command {
    Command::new(program)
}

/// Runs `command`, which is the child, in `folder`.
fn run_child(mut command: Command, folder: &Path) {
    let child = command
        .args(["child", "--exact", "--test-threads=1"])
        .env(FOLDER, folder)
        .output()
        .expect("it starts");
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && said.contains("1 passed"), "{said}");
}

/// This program.
fn this() -> PathBuf {
    std::env::current_exe().expect("this program has a path")
}

/// The child, where no file may grow above `blocks` of 512 bytes: what would is an error of the write.
fn limited(blocks: u32) -> Command {
    let script = format!(r#"trap "" XFSZ && ulimit -f {blocks} && exec "$0" "$@""#);
    let mut shell = command(Path::new("/bin/sh"));
    shell.args(["-c", &script]).arg(this());
    shell
}

/// What the child was told holds, now that the disk works again: checks that failures say `why`, recovers, and gives how many
/// runs had ended.
fn check(folder: &Path, why: &str) -> usize {
    let failures: BTreeSet<String> = noted(folder, "failures").into_iter().collect();
    let said = format!(
        "the journal failed and accepts nothing more: {why}; mend that, then open it again and recover its runs"
    );
    assert_eq!(failures, [said].into());

    let (started, ended, calls) = (noted(folder, "started"), noted(folder, "ended"), noted(folder, "calls"));
    // Whichever commit fails first: that of a start, or one in the midst of a run.
    assert!(ended.len() <= started.len());
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
    ended.len()
}

#[test]
fn a_commit_that_cannot_be_written_is_told_and_nothing_was_done_that_is_not_kept() {
    // The limit is reached at different places of a commit: at a frame of the log, or within one.
    let mut with_ended_runs = 0;
    for blocks in [300, 401, 502, 603] {
        let folder = tempfile::tempdir().expect("a folder");
        run_child(limited(blocks), folder.path());
        with_ended_runs += usize::from(check(folder.path(), "writing: disk I/O error") > 0);
    }
    assert!(with_ended_runs > 0, "nothing ever ended before the disk was full");
}

/// Its rows may be in the file all the same, as after a power cut at that moment; what counts is that nobody was told so.
#[cfg(target_os = "linux")]
#[test]
fn a_commit_that_cannot_be_synced_is_told_and_nothing_is_committed_after_it() {
    for wave in [0, 1, 5] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut child = command(&this());
        child.env(UNSYNCED, wave.to_string());
        run_child(child, folder.path());
        assert_eq!(
            check(folder.path(), "syncing what was written: disk I/O error"),
            wave * WAVE
        );
    }
}
