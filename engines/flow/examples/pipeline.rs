//! A pipeline with retries and a timeout: fetch two sources side by side, join them, publish what came of it.
//!
//! `cargo run -p flow --example pipeline`

use std::error::Error;
use std::time::Duration;

use contract::{Call, CallError, ErrorKind, Workflow};
use flow::Flow;
use serde_json::{Value, json};

/// The first attempt on `orders` fails, and the one on `stock` is too slow: both are made again.
async fn fetch(call: Call) -> Result<Value, CallError> {
    println!("  fetch {} (attempt {})", call.task, call.attempt);
    match (&*call.task, call.attempt) {
        ("orders", 1) => Err(CallError::new(ErrorKind::Transient, "connection reset")),
        ("stock", 1) => {
            tokio::time::sleep(Duration::from_mins(1)).await;
            Ok(json!(null))
        }
        ("orders", _) => Ok(json!([{"sku": "tea", "count": 3}])),
        (_, _) => Ok(json!({"tea": 7})),
    }
}

async fn publish(call: Call) -> Result<Value, CallError> {
    println!("  publish {}", call.input);
    Ok(json!("published"))
}

/// Runs it.
pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let retried = json!({"max_attempts": 3, "initial": 20, "factor": 2, "max_delay": 1_000});
    let workflow: Workflow = serde_json::from_value(json!({
        "id": "pipeline",
        "timeout": 30_000,
        "tasks": [
            {"id": "orders", "call": {"handler": "fetch"}, "retry": retried},
            {"id": "stock", "call": {"handler": "fetch"}, "retry": retried, "timeout": 50},
            {
                "id": "publish",
                "needs": ["orders", "stock"],
                "when": {">": [{"var": "tasks.stock.output.tea"}, 0]},
                "call": {"handler": "publish", "input": {"template": {
                    "ordered": {"var": "tasks.orders.output.0.count"},
                    "left": {"-": [{"var": "tasks.stock.output.tea"}, {"var": "tasks.orders.output.0.count"}]},
                }}},
            },
        ],
    }))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    runtime.block_on(async {
        let flow = Flow::builder()
            .handler("fetch", fetch)
            .handler("publish", publish)
            .build();
        let outcome = flow.start(workflow, json!(null)).await?.outcome().await?;
        for task in &outcome.tasks {
            println!(
                "{}: {} after {} attempts",
                task.task,
                task.status.as_str(),
                task.attempts
            );
        }
        println!("the run has {}", outcome.status.as_str());
        flow.shutdown().await;
        Ok(())
    })
}
