//! Runs that are kept in a file: recovering 10,000 of them, what one that waits takes in memory, and 1,000 at once.
//!
//! Not a criterion bench, because each figure is of one large thing and not of many small ones.
#![expect(
    clippy::disallowed_methods,
    reason = "a bench measures real time; nothing here is compared or reported"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use benches::Shape;
use contract::{Call, CallError, RunStatus, Workflow};
use flow::service::Run;
use flow::{Flow, Sqlite};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use peak_alloc::PeakAlloc;
use serde_json::{Value, json};

const WAITING: usize = 10_000;
const AT_ONCE: usize = 1_000;
const TASKS: usize = 20;

async fn work(call: Call) -> Result<Value, CallError> {
    Ok(json!(call.attempt))
}

fn engine(path: &Path) -> Flow {
    let journal = Sqlite::open(path).expect("nobody else has it");
    Flow::builder().journal(journal).handler("work", work).build()
}

/// Two tasks, a question, and one more.
fn approval() -> Arc<Workflow> {
    let call = json!({"handler": "work", "input": {"template": {"var": "input"}}});
    let fields = json!({"id": "approval", "tasks": [
        {"id": "prepare", "call": call}, {"id": "check", "needs": ["prepare"], "call": call},
        {"id": "approve", "needs": ["check"], "ask": {"variable": "verdict", "prompt": "Is this right?"}},
        {"id": "ship", "needs": ["approve"], "call": call},
    ]});
    Arc::new(serde_json::from_value(fields).expect("a right workflow"))
}

async fn all_paused(flow: &Flow, runs: &[Run]) {
    for run in runs {
        while matches!(
            flow.status(run.id()).expect("it is kept").state,
            flow::service::RunState::Running
        ) {
            tokio::task::yield_now().await;
        }
    }
}

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

fn main() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder beside the build");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    let path = folder.path().join("waiting.db");
    runtime.block_on(async {
        let flow = engine(&path);
        let (mut runs, workflow) = (Vec::new(), approval());
        let starts =
            (0..WAITING).map(|number| flow.start_as(format!("run-{number}"), Arc::clone(&workflow), json!(number)));
        let mut starts: FuturesUnordered<_> = starts.collect();
        while let Some(run) = starts.next().await {
            runs.push(run.expect("it is kept"));
        }
        all_paused(&flow, &runs).await;
        flow.shutdown().await;
    });
    runtime.block_on(async {
        let since = Instant::now();
        let flow = engine(&path);
        let opened = since.elapsed();
        let before = ALLOCATED.current_usage();
        let recovered = flow.recover_all().await.expect("the journal is whole").runs;
        assert_eq!(recovered.len(), WAITING);
        let took = since.elapsed();
        println!("recover {WAITING} unfinished runs: {took:.2?}, of which opening and checking the file {opened:.2?}");
        // Each is looked at once more by its own task, and parked.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let each = ALLOCATED.current_usage().saturating_sub(before) / WAITING;
        println!("memory of a run that waits for a person: {each} bytes");
        let since = Instant::now();
        let mut answers: FuturesUnordered<_> = recovered
            .iter()
            .map(|run| flow.respond(run.id(), "approve", json!(true)))
            .collect();
        while let Some(answered) = answers.next().await {
            answered.expect("it waits");
        }
        for run in &recovered {
            assert_eq!(run.outcome().await.expect("it ends").status, RunStatus::Succeeded);
        }
        println!("answer all of them and run them to the end: {:.2?}", since.elapsed());
        flow.shutdown().await;
    });
    runtime.block_on(async {
        let flow = engine(&folder.path().join("at-once.db"));
        let workflow = Shape::Layered.workflow(TASKS);
        let since = Instant::now();
        let starts = (0..AT_ONCE).map(|number| {
            let (flow, workflow) = (flow.clone(), Arc::clone(&workflow));
            async move {
                let run = flow
                    .start_as(format!("run-{number}"), workflow, json!(number))
                    .await
                    .expect("it is kept");
                run.outcome().await.expect("it ends").status
            }
        });
        let mut ends: FuturesUnordered<_> = starts.collect();
        while let Some(status) = ends.next().await {
            assert_eq!(status, RunStatus::Succeeded);
        }
        let took = since.elapsed();
        let rate = (AT_ONCE * TASKS) as f64 / took.as_secs_f64();
        println!("{AT_ONCE} runs of {TASKS} tasks at once: {took:.2?}, {rate:.0} tasks a second, no write conflict");
        flow.shutdown().await;
    });
}
