//! An approval that waits for a person, over a restart of the process: the question is in a file, not in memory.
//!
//! `cargo run -p flow --example approval`

use std::error::Error;
use std::path::Path;

use contract::{Call, CallError, Workflow};
use flow::service::RunState;
use flow::{Flow, Sqlite};
use serde_json::{Value, json};

async fn deploy(call: Call) -> Result<Value, CallError> {
    println!("  deploy: {} says {}", call.input["who"], call.input["note"]);
    Ok(json!("deployed"))
}

fn engine(path: &Path) -> Result<Flow, Box<dyn Error>> {
    let journal = Sqlite::open(path)?;
    Ok(Flow::builder().journal(journal).handler("deploy", deploy).build())
}

/// The first process starts the run, and ends while the question is open.
async fn monday(path: &Path) -> Result<(), Box<dyn Error>> {
    let workflow: Workflow = serde_json::from_value(json!({
        "id": "release",
        "tasks": [
            {"id": "approve", "ask": {"variable": "verdict", "prompt": "Ship version 2?"}, "timeout": 604_800_000},
            {
                "id": "deploy",
                "needs": ["approve"],
                "when": {"==": [{"var": "tasks.approve.output.ok"}, true]},
                "call": {"handler": "deploy", "input": {"template": {
                    "who": {"var": "tasks.approve.output.who"}, "note": {"var": "tasks.approve.output.note"},
                }}},
            },
        ],
    }))?;
    let flow = engine(path)?;
    let run = flow.start_as("release-2", workflow, json!(null)).await?;
    while let RunState::Running = flow.status(run.id())?.state {
        tokio::task::yield_now().await;
    }
    println!("Monday: release-2 waits, and the process goes away");
    flow.shutdown().await;
    Ok(())
}

/// The next one finds it again.
async fn tuesday(path: &Path) -> Result<(), Box<dyn Error>> {
    let flow = engine(path)?;
    let recovered = flow.recover_all().await?;
    println!("Tuesday: {} run recovered", recovered.runs.len());
    if let RunState::Paused { waiting, .. } = flow.status("release-2")?.state {
        println!("  it asks: {}", waiting[0].prompt);
    }
    let answer = json!({"ok": true, "who": "Ada", "note": "looks good"});
    flow.respond("release-2", "approve", answer).await?;
    let outcome = recovered.runs[0].outcome().await?;
    println!("the run has {}", outcome.status.as_str());
    flow.shutdown().await;
    Ok(())
}

/// Runs it.
pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("journal.db");
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime()?.block_on(monday(&path))?;
    runtime()?.block_on(tuesday(&path))
}
