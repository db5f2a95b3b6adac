//! One message on its way: what it starts from, how it is processed, and what its functions need to ask the host.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use contract::rules;
use contract::{Call, CallResult, Host, Json, Purpose};
use dataflow_rs::datavalue::OwnedDataValue;
use dataflow_rs::{Engine, ExecutionTrace, Message};

tokio::task_local! {
    static RUN: Arc<Run>;
}

/// What a message's calls need.
pub(super) struct Run {
    host: Arc<dyn Host>,
    id: Arc<str>,
    calls: Mutex<Calls>,
}

/// What is known of a message's calls.
#[derive(Default)]
struct Calls {
    /// How often each task has called.
    counts: HashMap<Arc<str>, u32>,
    /// `metadata.processed_at` as the first call saw it.
    stamp: Option<String>,
}

impl Run {
    pub(super) fn new(host: Arc<dyn Host>, id: Arc<str>) -> Self {
        Self {
            host,
            id,
            calls: Mutex::default(),
        }
    }

    /// `metadata.processed_at` as the first call saw it, if there was one.
    pub(super) fn stamp(&self) -> Option<String> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).stamp.clone()
    }
}

/// Runs `work` where its functions find `run`.
pub(super) async fn with_run<F: Future>(run: Arc<Run>, work: F) -> F::Output {
    RUN.scope(run, work).await
}

/// Asks the host to do what `task` of `workflow` calls.
pub(super) async fn ask(workflow: &str, task: &str, function: Arc<str>, input: Json) -> CallResult {
    let run = RUN.with(Arc::clone);
    let name = rules::call_name(workflow, task);
    let attempt = {
        let mut calls = run.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.stamp.get_or_insert_with(|| {
            let stamp = &input["context"]["metadata"]["processed_at"];
            stamp.as_str().unwrap_or_default().to_owned()
        });
        let count = calls.counts.entry(Arc::clone(&name)).or_default();
        *count += 1;
        *count
    };
    let call = Call {
        run: Arc::clone(&run.id),
        task: name,
        item: None,
        attempt,
        purpose: Purpose::Work,
        handler: function,
        input,
    };
    run.host.call(call).await
}

/// The message that `described` describes.
pub(super) fn message(described: &rules::Message) -> Message {
    let mut builder = Message::builder()
        .payload(Arc::new(OwnedDataValue::from(&described.payload)))
        .data_json(&described.data)
        .metadata_json(&described.metadata)
        .temp_data_json(&described.temp_data)
        .capture_changes(described.capture_changes);
    if let Some(bucket) = described.routing_bucket {
        builder = builder.routing_bucket(bucket);
    }
    builder.build()
}

/// Processes `message` the way `described` asks for.
pub(super) async fn process(
    engine: &Engine,
    described: &rules::Message,
    message: &mut Message,
) -> (dataflow_rs::Result<()>, Option<ExecutionTrace>) {
    if described.trace {
        let mut trace = ExecutionTrace::new();
        let result = match &described.channel {
            Some(channel) => {
                engine
                    .process_message_for_channel_tracing(channel, message, &mut trace)
                    .await
            }
            None => engine.process_message_tracing(message, &mut trace).await,
        };
        return (result, Some(trace));
    }
    let result = match &described.channel {
        Some(channel) => engine.process_message_for_channel(channel, message).await,
        None => engine.process_message(message).await,
    };
    (result, None)
}
