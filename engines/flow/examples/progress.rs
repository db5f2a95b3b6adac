//! Progress, printed from the stream of events while three runs are under way.
//!
//! `cargo run -p flow --example progress`

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use contract::{Call, CallError, Event, Workflow};
use flow::Flow;
use flow::service::Progress;
use futures::StreamExt;
use serde_json::{Value, json};

async fn resize(call: Call) -> Result<Value, CallError> {
    let pixels = call.input.as_u64().unwrap_or(1);
    tokio::time::sleep(Duration::from_millis(pixels / 100)).await;
    Ok(json!(pixels / 2))
}

/// Runs it.
pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let workflow: Workflow = serde_json::from_value(json!({
        "id": "album",
        "max_parallel": 2,
        "tasks": [{
            "id": "photos",
            "for_each": {"var": "input.sizes"},
            "call": {"handler": "resize", "input": {"template": {"var": "item"}}},
        }],
    }))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    runtime.block_on(async {
        let flow = Flow::builder().handler("resize", resize).build();
        let mut events = flow.events();
        for album in ["alps", "baltic", "corsica"] {
            flow.start_as(album, workflow.clone(), json!({"sizes": [800, 400, 1_200]}))
                .await?;
        }
        let (mut started, mut ended) = (BTreeMap::new(), 0);
        while let Some(progress) = events.next().await {
            match progress {
                Progress::Event(heard) => match heard.event {
                    Event::AttemptStarted { .. } => *started.entry(heard.run).or_insert(0) += 1,
                    Event::RunEnded { status } => {
                        let photos = started.get(&heard.run).copied().unwrap_or(0);
                        println!("{}: {} after {photos} photos", heard.run, status.as_str());
                        ended += 1;
                    }
                    _ => {}
                },
                Progress::Missed(count) => println!("too slow for {count} events"),
            }
            if ended == 3 {
                break;
            }
        }
        flow.shutdown().await;
        Ok(())
    })
}
