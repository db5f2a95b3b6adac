//! What an engine shows of itself, as a subscriber and a recorder of an application's own see it.

mod recorder;
mod subscriber;

use std::time::Duration;

use contract::{Call, CallError, Workflow};
use serde_json::{Value, json};

use self::recorder::Metrics;
use self::subscriber::Trace;
use crate::Flow;
use crate::sample::workflow;
use crate::store::Memory;

/// Fails until its third attempt.
async fn flaky(call: Call) -> Result<Value, CallError> {
    if call.attempt < 3 {
        return Err(CallError::new("transient", "not yet"));
    }
    Ok(Value::Null)
}

async fn refuse(_: Call) -> Result<Value, CallError> {
    Err(CallError::new("permanent", "no"))
}

async fn explode(_: Call) -> Result<Value, CallError> {
    panic!("boom")
}

/// Takes as many ms as its input says, then opens a span of its own.
async fn sleep(call: Call) -> Result<Value, CallError> {
    let ms = call.input.as_u64().unwrap_or(1);
    tokio::time::sleep(Duration::from_millis(ms)).await;
    let _inside = tracing::info_span!("waiting", ms).entered();
    Ok(json!(ms))
}

fn engine(store: Memory) -> Flow {
    Flow::builder()
        .journal(store)
        .handler("flaky", flaky)
        .handler("refuse", refuse)
        .handler("explode", explode)
        .handler("sleep", sleep)
        .build()
}

/// Runs a test in virtual time, seen by a subscriber and a recorder; nothing is left when it is over.
fn watched(test: impl AsyncFnOnce(&Trace, &Metrics)) {
    let (trace, metrics) = (Trace::default(), Metrics::default());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    tracing::subscriber::with_default(trace.clone(), || {
        metrics::with_local_recorder(&metrics, || {
            runtime.block_on(test(&trace, &metrics));
            drop(runtime);
        });
    });
    assert_eq!(trace.open(), 0, "all spans are closed");
    for gauge in ["flow_slots_in_use", "flow_runs_in_memory"] {
        assert_eq!(metrics.value(gauge), 0, "{gauge} is back where it was");
    }
}

/// Runs a workflow to its end.
async fn run(flow: &Flow, workflow: Workflow) {
    let run = flow.start_as("r", workflow, json!(null)).await.expect("it starts");
    run.outcome().await.expect("it ends");
}

fn task(id: &str, handler: &str, ms: u64, needs: &[&str]) -> Value {
    json!({"id": id, "needs": needs, "call": {"handler": handler, "input": {"literal": ms}}})
}

fn with(mut task: Value, key: &str, value: Value) -> Value {
    task[key] = value;
    task
}

fn retried(task: Value) -> Value {
    with(task, "retry", json!({"max_attempts": 3, "initial": 10}))
}

/// A task that is retried, one beside it with items, one that fails for good, and what comes of that.
fn mixed() -> Workflow {
    let undo = json!({"handler": "sleep", "input": {"literal": 20}});
    workflow(json!({"on_failure": "compensate", "tasks": [
        with(retried(task("a", "flaky", 0, &[])), "compensate", undo),
        with(task("b", "sleep", 50, &["a"]), "for_each", json!([1, 2])),
        with(task("c", "refuse", 0, &["b"]), "retry", json!({"max_attempts": 2, "initial": 10, "only": ["permanent"]})),
        task("d", "sleep", 1, &["c"]),
    ]}))
}

#[test]
fn each_run_task_and_attempt_has_a_span_within_that_of_the_one_above() {
    watched(async |trace, _| {
        run(&engine(Memory::default()), mixed()).await;
        assert_eq!(
            trace.show(),
            "\
run run=r workflow=w status=compensated
  task task=a status=succeeded
    attempt attempt=1 handler=flaky result=failed error=transient: not yet
    attempt attempt=2 handler=flaky result=failed error=transient: not yet
    attempt attempt=3 handler=flaky result=succeeded
  task task=b status=succeeded
    attempt attempt=1 item=0 handler=sleep result=succeeded
      waiting ms=50
    attempt attempt=1 item=1 handler=sleep result=succeeded
      waiting ms=50
  task task=c status=failed
    attempt attempt=1 handler=refuse result=failed error=permanent: no
    attempt attempt=2 handler=refuse result=failed error=permanent: no
  task task=d status=cancelled
  compensation task=a handler=sleep result=succeeded
    waiting ms=20
"
        );
    });
}

#[test]
fn an_attempt_that_panics_or_is_dropped_says_so() {
    watched(async |trace, metrics| {
        let late = with(task("late", "sleep", 500, &[]), "timeout", json!(100));
        let tasks = json!([task("bad", "explode", 0, &[]), late]);
        run(
            &engine(Memory::default()),
            workflow(json!({"on_failure": "continue", "tasks": tasks})),
        )
        .await;
        assert_eq!(
            trace.show(),
            "\
run run=r workflow=w status=failed
  task task=bad status=failed
    attempt attempt=1 handler=explode result=failed error=panic
  task task=late status=timed_out
    attempt attempt=1 handler=sleep result=dropped
"
        );
        assert_eq!(metrics.value("flow_attempts_total handler=explode result=failed"), 1);
        assert_eq!(metrics.value("flow_attempts_total handler=sleep result=dropped"), 1);
        assert!(metrics.show().contains("flow_attempt_seconds handler=sleep: 0.1\n"));
    });
}

#[test]
fn a_run_that_was_parked_goes_on_in_a_span_of_its_own() {
    watched(async |trace, metrics| {
        let flow = engine(Memory::default());
        let ask = json!({"id": "ask", "needs": ["a"], "ask": {"variable": "v", "prompt": "?"}});
        let asking = workflow(json!({"tasks": [task("a", "sleep", 5, &[]), ask, task("b", "sleep", 7, &["ask"])]}));
        let run = flow.start_as("r", asking, json!(null)).await.expect("it starts");
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!((trace.open(), metrics.value("flow_runs_in_memory")), (0, 0));
        flow.respond("r", "ask", json!("yes")).await.expect("it waits for this");
        run.outcome().await.expect("it ends");
        assert_eq!(
            trace.show(),
            "\
run run=r workflow=w
  task task=a status=succeeded
    attempt attempt=1 handler=sleep result=succeeded
      waiting ms=5
  task task=ask
run run=r workflow=w status=succeeded
  task task=ask status=succeeded
  task task=b status=succeeded
    attempt attempt=1 handler=sleep result=succeeded
      waiting ms=7
"
        );
    });
}

#[test]
fn a_run_that_is_recovered_is_counted_as_it_goes_on_and_not_twice() {
    watched(async |trace, metrics| {
        let store = Memory::default();
        let first = engine(store.clone());
        let tasks = json!([task("a", "sleep", 10, &[]), task("b", "sleep", 500, &["a"])]);
        let begun = first
            .start_as("r", workflow(json!({"tasks": tasks})), json!(null))
            .await;
        drop(begun.expect("it starts"));
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(metrics.value("flow_slots_in_use"), 1);
        first.shutdown().await;
        assert_eq!(metrics.value("flow_slots_in_use"), 0);
        let second = engine(store);
        let run = second.recover_all().await.expect("the store is read").runs.remove(0);
        run.outcome().await.expect("it ends");
        assert_eq!(
            trace.show(),
            "\
run run=r workflow=w
  task task=a status=succeeded
    attempt attempt=1 handler=sleep result=succeeded
      waiting ms=10
  task task=b
    attempt attempt=1 handler=sleep result=dropped
run run=r workflow=w status=succeeded
  task task=b status=succeeded
    attempt attempt=1 handler=sleep result=succeeded
      waiting ms=500
"
        );
        assert_eq!(
            metrics.show(),
            "\
flow_attempt_seconds handler=sleep: 0.01 0.04 0.5
flow_attempts_total handler=sleep result=dropped: 1
flow_attempts_total handler=sleep result=succeeded: 2
flow_runs_in_memory: 0, at most 1
flow_runs_total status=succeeded: 1
flow_slots_in_use: 0, at most 1
flow_tasks_total status=succeeded: 2
"
        );
    });
}

#[test]
fn metrics_count_what_a_run_did_and_how_long_it_took() {
    watched(async |_, metrics| {
        run(&engine(Memory::default()), mixed()).await;
        assert_eq!(
            metrics.show(),
            "\
flow_attempt_seconds handler=flaky: 0 0 0
flow_attempt_seconds handler=refuse: 0 0
flow_attempt_seconds handler=sleep: 0.05 0.05 0.02
flow_attempts_total handler=flaky result=failed: 2
flow_attempts_total handler=flaky result=succeeded: 1
flow_attempts_total handler=refuse result=failed: 2
flow_attempts_total handler=sleep result=succeeded: 3
flow_compensations_total: 1
flow_retries_total: 3
flow_runs_in_memory: 0, at most 1
flow_runs_total status=compensated: 1
flow_slots_in_use: 0, at most 2
flow_tasks_total status=cancelled: 1
flow_tasks_total status=failed: 1
flow_tasks_total status=succeeded: 2
"
        );
    });
}

#[test]
fn slots_in_use_follow_the_calls_in_flight_of_all_runs() {
    watched(async |_, metrics| {
        let flow = engine(Memory::default());
        let tasks = |ms| json!([task("a", "sleep", ms, &[]), task("b", "sleep", 2 * ms, &[])]);
        for (id, ms) in [("r1", 100), ("r2", 300), ("r3", 10_000)] {
            let plan = workflow(json!({"tasks": tasks(ms)}));
            flow.start_as(id, plan, json!(null)).await.expect("it starts");
        }
        let mut seen = Vec::new();
        for _ in 0..7 {
            tokio::time::sleep(Duration::from_millis(99)).await;
            seen.push((metrics.value("flow_slots_in_use"), metrics.value("flow_runs_in_memory")));
        }
        assert_eq!(seen, [(6, 3), (5, 3), (4, 2), (3, 2), (3, 2), (3, 2), (2, 1)]);
        flow.cancel("r3").await.expect("it runs");
        assert_eq!(metrics.value("flow_slots_in_use"), 0);
        assert_eq!(metrics.value("flow_runs_total status=cancelled"), 1);
        assert_eq!(metrics.value("flow_tasks_total status=cancelled"), 2);
    });
}
