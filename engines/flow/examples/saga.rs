//! A saga: a trip is booked in three steps, the last one fails, and what was booked is undone, last first.
//!
//! `cargo run -p flow --example saga`

use std::error::Error;

use contract::{Call, CallError, ErrorKind, Workflow};
use flow::Flow;
use serde_json::{Value, json};

async fn book(call: Call) -> Result<Value, CallError> {
    if &*call.task == "hotel" {
        println!("  book hotel: no rooms left");
        return Err(CallError::new(ErrorKind::Permanent, "no rooms left"));
    }
    println!("  book {}", call.task);
    Ok(json!({"booking": format!("{}-17", call.task)}))
}

/// The key makes undoing twice the same as undoing once, should the process die in between.
async fn undo(call: Call) -> Result<Value, CallError> {
    println!("  undo {} (key {})", call.input, call.key());
    Ok(json!(null))
}

/// Runs it.
pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let booked = |id: &str, needs: &[&str]| {
        let undo = json!({"handler": "undo", "input": {"template": {"var": "output.booking"}}});
        json!({"id": id, "needs": needs, "call": {"handler": "book"}, "compensate": undo})
    };
    let workflow: Workflow = serde_json::from_value(json!({
        "id": "trip",
        "on_failure": "compensate",
        "tasks": [booked("flight", &[]), booked("car", &["flight"]), booked("hotel", &["car"])],
    }))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    runtime.block_on(async {
        let flow = Flow::builder().handler("book", book).handler("undo", undo).build();
        let outcome = flow.start_as("trip-1", workflow, json!(null)).await?.outcome().await?;
        let undone: Vec<_> = outcome.compensations.iter().map(|undone| &*undone.task).collect();
        println!("the run is {}: {} undone", outcome.status.as_str(), undone.join(", "));
        flow.shutdown().await;
        Ok(())
    })
}
