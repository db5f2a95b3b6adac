//! Facts about the engine as a library: runs on handlers, in virtual time, over restarts.

mod failing;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use contract::{Call, CallError, Event, Millis, RunStatus, TaskStatus, Workflow};
use futures::StreamExt;
use serde_json::{Value, json};

use super::{Flow, Progress, RunError, RunState, SignalError, StartError};
use crate::sample::{show_outcome, workflow};
use crate::store::{Memory, Sqlite, Store};

/// Runs a test in virtual time.
fn in_virtual_time(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
        .block_on(test);
}

async fn echo(call: Call) -> Result<Value, CallError> {
    Ok(json!(call.key()))
}

/// Takes as long as its input says.
async fn wait(call: Call) -> Result<Value, CallError> {
    tokio::time::sleep(Duration::from_millis(call.input.as_u64().unwrap_or(1))).await;
    Ok(Value::clone(&call.input))
}

async fn refuse(call: Call) -> Result<Value, CallError> {
    Err(CallError::new("permanent", format!("{} says no", call.task)))
}

async fn explode(_: Call) -> Result<Value, CallError> {
    panic!("boom")
}

fn engine(store: impl Store, now: u64) -> Flow {
    Flow::builder()
        .journal(store)
        .handler("do", echo)
        .handler("wait", wait)
        .handler("refuse", refuse)
        .handler("explode", explode)
        .now(Millis(now))
        .build()
}

fn calls(id: &str, handler: &str, needs: &[&str], input: Value) -> Value {
    json!({"id": id, "needs": needs, "call": {"handler": handler, "input": {"literal": input}}})
}

fn approval() -> Workflow {
    workflow(json!({"tasks": [
        calls("prepare", "wait", &[], json!(10)),
        {"id": "approve", "needs": ["prepare"], "ask": {"variable": "verdict", "prompt": "Ship it?"}},
        {"id": "ship", "needs": ["approve"], "call": {"handler": "do"}},
    ]}))
}

async fn settled(flow: &Flow, run: &str) {
    while flow.status(run).expect("it is known").state == RunState::Running {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[test]
fn a_run_calls_its_handlers_and_ends_with_an_outcome() {
    in_virtual_time(async {
        let flow = engine(Memory::default(), 0);
        let plan = workflow(json!({"tasks": [{"id": "a"}, calls("b", "wait", &["a"], json!(50))]}));
        let run = flow.start_as("r1", plan, json!({})).await.expect("it starts");
        let outcome = run.outcome().await.expect("it ends");
        assert_eq!(show_outcome(&outcome), "a succeeded · b succeeded · run succeeded");
        assert_eq!(outcome.tasks[0].output.as_deref(), Some(&json!("r1/a#1")));
        assert_eq!(flow.status("r1").expect("it is known").outcome, *outcome);
        assert!(flow.run("r1").is_none(), "what is over is in the store alone");
    });
}

#[test]
fn a_run_that_cannot_be_run_is_refused_before_it_is_kept() {
    in_virtual_time(async {
        let flow = engine(Memory::default(), 0);
        let unknown = workflow(json!({"tasks": [calls("a", "fetch", &[], json!(1)), calls("b", "do", &[], json!(1))]}));
        let error = flow
            .start_as("r", unknown, json!(null))
            .await
            .err()
            .expect("it is refused");
        assert!(error.to_string().contains("`fetch`"), "{error}");
        let circle = workflow(json!({"tasks": [calls("a", "do", &["a"], json!(1))]}));
        assert!(matches!(
            flow.start_as("r", circle, json!(null)).await,
            Err(StartError::Rejected(_))
        ));
        let sound = || workflow(json!({"tasks": []}));
        assert!(
            flow.start_as("r", sound(), json!(null)).await.is_ok(),
            "the id is still free"
        );
        assert!(matches!(
            flow.start_as("r", sound(), json!(null)).await,
            Err(StartError::Store(_))
        ));
        assert!(matches!(flow.status("nobody"), Err(RunError::Unknown(_))));
    });
}

#[test]
fn a_handler_that_panics_fails_its_attempt_and_no_other() {
    in_virtual_time(async {
        let flow = engine(Memory::default(), 0);
        let tasks = json!([calls("a", "explode", &[], json!(1)), calls("b", "wait", &[], json!(5))]);
        let run = flow
            .start(workflow(json!({"tasks": tasks, "on_failure": "continue"})), json!(null))
            .await;
        let outcome = run.expect("it starts").outcome().await.expect("it ends");
        assert_eq!(
            show_outcome(&outcome),
            "a failed(panic: boom) · b succeeded · run failed(a)"
        );
    });
}

#[test]
fn a_cancelled_run_drops_its_calls() {
    struct Dropped(Arc<AtomicUsize>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    in_virtual_time(async {
        let dropped = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&dropped);
        let hang = move |_: Call| {
            let guard = Dropped(Arc::clone(&count));
            async move {
                std::future::pending::<()>().await;
                drop(guard);
                Ok(Value::Null)
            }
        };
        let flow = Flow::builder().handler("do", hang).build();
        let run = flow
            .start(workflow(json!({"tasks": [{"id": "a"}, {"id": "b"}]})), json!(null))
            .await
            .expect("it starts");
        tokio::task::yield_now().await;
        flow.cancel(run.id()).await.expect("it runs");
        assert_eq!(dropped.load(Ordering::Relaxed), 2);
        assert_eq!(run.outcome().await.expect("it ends").status, RunStatus::Cancelled);
        assert!(matches!(flow.cancel(run.id()).await, Err(SignalError::Over(_))));
    });
}

#[test]
fn an_approval_waits_for_a_person_over_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.db");
    in_virtual_time(async {
        let flow = engine(Sqlite::open(&path).expect("it opens"), 1_000);
        let run = flow
            .start_as("release", approval(), json!(null))
            .await
            .expect("it starts");
        settled(&flow, run.id()).await;
        flow.shutdown().await;
        assert!(matches!(run.outcome().await, Err(RunError::ShutDown(_))));
    });
    in_virtual_time(async {
        let flow = engine(Sqlite::open(&path).expect("it opens"), 99_000);
        let recovered = flow.recover_all().await.expect("the store is read");
        assert_eq!((recovered.runs.len(), recovered.failed.len()), (1, 0));
        let RunState::Paused { waiting, by_signal } = flow.status("release").expect("it is known").state else {
            panic!("it waits")
        };
        assert_eq!((waiting[0].prompt.as_str(), by_signal), ("Ship it?", false));
        assert!(matches!(
            flow.respond("release", "ship", json!(1)).await,
            Err(SignalError::NotWaiting { .. })
        ));
        flow.respond("release", "approve", json!("yes"))
            .await
            .expect("it waits for this");
        let outcome = recovered.runs[0].outcome().await.expect("it ends");
        assert_eq!(
            show_outcome(&outcome),
            "prepare succeeded · approve succeeded · ship succeeded · run succeeded"
        );
        flow.shutdown().await;
    });
    in_virtual_time(async {
        let flow = engine(Sqlite::open(&path).expect("it opens"), 100_000);
        assert!(
            flow.recover_all().await.expect("the store is read").runs.is_empty(),
            "it is over"
        );
        let status = flow.status("release").expect("it is known");
        assert_eq!(status.state, RunState::Ended(RunStatus::Succeeded));
        assert_eq!(status.outcome.tasks[1].output.as_deref(), Some(&json!("yes")));
    });
}

#[test]
fn a_deadline_that_passed_while_no_engine_ran_is_due_at_once() {
    let store = Memory::default();
    let timed =
        || workflow(json!({"tasks": [{"id": "q", "ask": {"variable": "v", "prompt": "?"}, "timeout": 60_000}]}));
    in_virtual_time(async {
        let flow = engine(store.clone(), 1_000);
        let run = flow.start_as("r", timed(), json!(null)).await.expect("it starts");
        settled(&flow, run.id()).await;
        flow.shutdown().await;
    });
    in_virtual_time(async {
        let flow = engine(store.clone(), 500_000);
        let run = flow.recover_all().await.expect("the store is read").runs.remove(0);
        let outcome = run.outcome().await.expect("it ends");
        assert_eq!(outcome.tasks[0].status, TaskStatus::TimedOut);
    });
}

#[test]
fn a_parked_run_is_woken_by_its_deadline_and_by_signals() {
    in_virtual_time(async {
        let attempts = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&attempts);
        let flaky = move |_: Call| {
            let attempt = seen.fetch_add(1, Ordering::Relaxed);
            async move {
                match attempt {
                    0 => Err(CallError::new("transient", "not yet")),
                    _ => Ok(json!(attempt)),
                }
            }
        };
        let flow = Flow::builder().handler("flaky", flaky).build();
        let mut task = calls("a", "flaky", &[], json!(null));
        task["retry"] = json!({"max_attempts": 2, "initial": 3_600_000});
        let run = flow
            .start(workflow(json!({"tasks": [task]})), json!(null))
            .await
            .expect("it starts");
        tokio::time::sleep(Duration::from_mins(30)).await;
        flow.pause(run.id()).await.expect("a parked run takes signals");
        tokio::time::sleep(Duration::from_hours(2)).await;
        assert_eq!(attempts.load(Ordering::Relaxed), 1, "nothing starts in a pause");
        flow.resume(run.id()).await.expect("it is paused");
        let outcome = run.outcome().await.expect("it ends");
        assert_eq!(show_outcome(&outcome), "a succeeded · run succeeded");
        assert_eq!(outcome.tasks[0].attempts, 2);
    });
}

#[test]
fn events_tell_of_all_runs_in_order() {
    in_virtual_time(async {
        let flow = engine(Memory::default(), 0);
        let events = flow.events();
        let run = flow
            .start_as("r", workflow(json!({"tasks": [{"id": "a"}]})), json!(null))
            .await
            .expect("it starts");
        run.outcome().await.expect("it ends");
        let heard: Vec<_> = events.take(4).collect().await;
        let heard: Vec<_> = heard
            .into_iter()
            .map(|progress| match progress {
                Progress::Event(event) => event.event,
                Progress::Missed(_) => panic!("nothing was missed"),
            })
            .collect();
        assert!(matches!(heard[0], Event::RunStarted));
        assert!(matches!(&heard[1], Event::AttemptStarted { task, .. } if &**task == "a"));
        assert!(matches!(&heard[2], Event::TaskEnded { .. }));
        assert!(matches!(
            &heard[3],
            Event::RunEnded {
                status: RunStatus::Succeeded
            }
        ));
    });
}

#[test]
fn after_a_shutdown_nothing_is_left() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.db");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let flow = engine(Sqlite::open(&path).expect("it opens"), 0);
        for number in 0..20 {
            let long = workflow(json!({"timeout": 1_000_000, "tasks": [calls("a", "wait", &[], json!(500_000))]}));
            flow.start_as(format!("r{number}"), long, json!(null))
                .await
                .expect("it starts");
            flow.start_as(format!("q{number}"), approval(), json!(null))
                .await
                .expect("it starts");
        }
        flow.shutdown().await;
        assert!(matches!(
            flow.start(approval(), json!(null)).await,
            Err(StartError::ShutDown)
        ));
    });
    assert_eq!(runtime.metrics().num_alive_tasks(), 0);
    drop(runtime);
    assert!(Sqlite::open(&path).is_ok(), "the file and its lock are let go");
}

#[test]
fn an_engine_that_is_dropped_stops_its_runs() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let flow = engine(Memory::default(), 0);
        let long = workflow(json!({"tasks": [calls("a", "wait", &[], json!(500_000))]}));
        flow.start(long, json!(null)).await.expect("it starts");
        drop(flow);
        tokio::task::yield_now().await;
    });
    assert_eq!(runtime.metrics().num_alive_tasks(), 0);
}

#[test]
fn a_run_that_lacks_its_handlers_is_named_and_the_others_go_on() {
    let store = Memory::default();
    in_virtual_time(async {
        let flow = engine(store.clone(), 0);
        flow.start_as("r", approval(), json!(null)).await.expect("it starts");
        flow.start_as(
            "s",
            workflow(json!({"tasks": [calls("a", "wait", &[], json!(9_000))]})),
            json!(null),
        )
        .await
        .expect("it starts");
        flow.shutdown().await;
        let poorer = Flow::builder().journal(store.clone()).handler("wait", wait).build();
        let recovered = poorer.recover_all().await.expect("the store is read");
        assert_eq!(recovered.runs.len(), 1);
        let [(run, RunError::UnknownHandlers { handlers, .. })] = &recovered.failed[..] else {
            panic!("one run lacks a handler")
        };
        assert_eq!((&**run, &*handlers[0]), ("r", "do"));
    });
}

#[test]
fn calls_made_again_have_the_keys_they_had() {
    let store = Memory::default();
    let keys: Arc<Mutex<Vec<String>>> = Arc::default();
    let build = |fails: bool| {
        let keys = Arc::clone(&keys);
        let handler = move |call: Call| {
            keys.lock().expect("nobody panics").push(call.key());
            async move {
                if fails {
                    std::future::pending::<()>().await;
                }
                Ok(Value::Null)
            }
        };
        Flow::builder().journal(store.clone()).handler("do", handler).build()
    };
    in_virtual_time(async {
        let first = build(true);
        let plan = workflow(json!({"tasks": [{"id": "a", "for_each": [1, 2]}]}));
        first.start_as("r", plan, json!(null)).await.expect("it starts");
        tokio::task::yield_now().await;
        first.shutdown().await;
        let run = build(false)
            .recover_all()
            .await
            .expect("the store is read")
            .runs
            .remove(0);
        // The engine is gone, so the run is not driven any more.
        assert!(run.outcome().await.is_err());
    });
    let keys = keys.lock().expect("nobody panics").clone();
    assert_eq!(keys[..2], ["r/a[0]#1", "r/a[1]#1"]);
}
