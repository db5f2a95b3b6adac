//! Bugs in taking what a call came to: outputs that change on the way, errors that get lost, panics.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use contract::Feature::{BigInteger, ForEach, HandlerPanic, Retry, TaskTimeout};
use contract::{Call, CallError, CallResult, ErrorKind, Format, Json, Purpose};
use futures::FutureExt;
use futures::future::{BoxFuture, Either, select};
use serde_json::{Value, json};

use super::{calls, values};
use crate::mutants::fault::Run;
use crate::mutants::{Mutant, Place};

fn dag(name: &'static str, about: &'static str) -> Mutant {
    Mutant::new(Place::Results, Format::Dag, name, about)
}

pub(super) fn mutants() -> Vec<Mutant> {
    let mut mutants = outputs();
    mutants.extend(errors());
    mutants.extend(panics());
    mutants
}

/// Makes the call and garbles what it gives.
fn giving(run: &Arc<Run>, call: Call, garble: fn(&Value) -> Value) -> BoxFuture<'static, CallResult> {
    let result = run.host.call(call);
    async move { result.await.map(|output| Json::new(garble(&output))) }.boxed()
}

/// A mutant that garbles each output.
macro_rules! garbles {
    ($name:literal, $about:literal, $garble:expr) => {
        dag($name, $about)
            .smallest(1, 1)
            .calls(|run, call| giving(run, call, $garble))
    };
}

fn outputs() -> Vec<Mutant> {
    vec![
        garbles!(
            "makes-whole-numbers-floats",
            "An output of 1 becomes 1.0.",
            values::with_floats
        ),
        garbles!(
            "loses-digits-of-large-integers",
            "A large whole number goes through a float and comes back as one of its neighbours.",
            values::with_lost_digits
        ),
        garbles!(
            "cuts-integers-to-32-bits",
            "A whole number beyond 32 bits wraps around.",
            values::in_32_bits
        ),
        garbles!(
            "keeps-floats-in-single-precision",
            "A float comes back with half of its digits.",
            values::in_single_precision
        ),
        garbles!(
            "clamps-big-integers",
            "An integer above the largest i64 becomes the largest i64.",
            values::clamped
        )
        .uses([BigInteger]),
        garbles!(
            "drops-null-fields",
            "A field that is null is missing from the output.",
            values::without_nulls
        ),
        garbles!(
            "takes-an-empty-text-for-null",
            "An empty text in an output becomes null.",
            values::without_empty_texts
        ),
        garbles!(
            "keeps-only-ascii",
            "Every character beyond ASCII becomes a question mark.",
            values::in_ascii
        ),
        garbles!(
            "composes-characters",
            "A letter and its accent, two characters, become one: keys and texts are no longer what they were.",
            values::composed
        ),
        garbles!(
            "trims-texts",
            "Blanks and line breaks around a text get lost.",
            values::trimmed
        ),
        garbles!(
            "guesses-types",
            "A text that reads true, null or 42 becomes a boolean, null or a number.",
            values::guessed
        ),
        garbles!(
            "takes-an-empty-object-for-null",
            "An output that is an empty object becomes null.",
            |output| {
                if *output == json!({}) {
                    Value::Null
                } else {
                    output.clone()
                }
            }
        ),
        garbles!(
            "takes-an-empty-list-for-null",
            "An output that is an empty list becomes null.",
            |output| {
                if *output == json!([]) {
                    Value::Null
                } else {
                    output.clone()
                }
            }
        ),
        garbles!(
            "unwraps-a-list-of-one",
            "An output that is a list of one item becomes the item.",
            |output| {
                match output.as_array().map(Vec::as_slice) {
                    Some([only]) => only.clone(),
                    _ => output.clone(),
                }
            }
        ),
        dag(
            "gives-the-output-of-the-call-before",
            "A task gets the output that the call before its own gave.",
        )
        .smallest(2, 1)
        .calls(|run, call| {
            let run = Arc::clone(run);
            let result = run.host.call(call.clone());
            async move {
                let output = result.await?;
                let mut memory = run.memory();
                let before = memory.outputs.last().map(|(_, _, before)| Json::clone(before));
                memory.outputs.push((call.task, call.item, Json::clone(&output)));
                Ok(before.unwrap_or(output))
            }
            .boxed()
        }),
        dag(
            "keeps-the-first-output-of-all-items",
            "Every item of a list gets the output of the first that was done.",
        )
        .uses([ForEach])
        .smallest(1, 2)
        .calls(|run, call| {
            let run = Arc::clone(run);
            let result = run.host.call(call.clone());
            async move {
                let output = result.await?;
                if call.item.is_none() {
                    return Ok(output);
                }
                let mut memory = run.memory();
                let first = memory.outputs.iter().find(|(task, _, _)| *task == call.task);
                let first = first.map(|(_, _, first)| Json::clone(first));
                memory.outputs.push((call.task, call.item, Json::clone(&output)));
                Ok(first.unwrap_or(output))
            }
            .boxed()
        }),
    ]
}

/// Makes the call and garbles its error.
fn failing(run: &Arc<Run>, call: Call, garble: fn(CallError) -> CallResult) -> BoxFuture<'static, CallResult> {
    let result = run.host.call(call);
    async move { result.await.or_else(garble) }.boxed()
}

fn errors() -> Vec<Mutant> {
    vec![
        dag(
            "takes-a-failure-for-success",
            "A task whose handler failed is reported as done.",
        )
        .seen_in("see engine: a failed task is reported as complete")
        .smallest(1, 1)
        .calls(|run, call| failing(run, call, |_| Ok(Json::default()))),
        dag(
            "cuts-error-messages",
            "Of an error's message only the first characters are kept.",
        )
        .smallest(1, 1)
        .calls(|run, call| {
            failing(run, call, |error| {
                let message: String = error.message.chars().take(8).collect();
                Err(CallError { message, ..error })
            })
        }),
        dag(
            "escapes-error-messages",
            "Marks in an error's message come out as HTML.",
        )
        .smallest(1, 1)
        .calls(|run, call| {
            failing(run, call, |error| {
                let message = error.message.replace('<', "&lt;").replace('>', "&gt;");
                Err(CallError { message, ..error })
            })
        }),
        dag(
            "classifies-errors-by-their-message",
            "An error whose message names the connection counts as a timeout.",
        )
        .seen_in("AgentGate ExecutionManager: classifyError goes by substrings of the message")
        .smallest(1, 1)
        .calls(|run, call| {
            failing(run, call, |error| {
                let is_network = error.message.contains("connection");
                let kind = if is_network { ErrorKind::Timeout } else { error.kind };
                Err(CallError { kind, ..error })
            })
        }),
        dag(
            "forgets-kinds-of-its-own",
            "An error of a kind that the engine does not know becomes permanent.",
        )
        .smallest(1, 1)
        .calls(|run, call| {
            failing(run, call, |error| {
                let kind = match error.kind {
                    ErrorKind::Other(_) => ErrorKind::Permanent,
                    known => known,
                };
                Err(CallError { kind, ..error })
            })
        }),
        dag(
            "loses-the-failure-of-an-item",
            "A task over a list succeeds although one of its items failed.",
        )
        .uses([ForEach])
        .smallest(1, 2)
        .calls(|run, call| {
            let is_item = call.item.is_some();
            let result = run.host.call(call);
            async move {
                match result.await {
                    Err(_) if is_item => Ok(Json::default()),
                    result => result,
                }
            }
            .boxed()
        }),
        dag(
            "keeps-the-error-of-the-first-attempt",
            "A task that failed for good tells why its first attempt failed.",
        )
        .uses([Retry])
        .smallest(1, 3)
        .calls(|run, call| {
            let run = Arc::clone(run);
            let result = run.host.call(call.clone());
            async move {
                let result = result.await;
                if call.purpose == Purpose::Compensate || result.is_ok() {
                    return result;
                }
                let is_last = run
                    .task(&call.task)
                    .is_none_or(|task| call.attempt >= task.retry.max_attempts);
                let key = format!("{}/{:?}", call.task, call.item);
                let mut memory = run.memory();
                let first = memory.results.entry(key).or_insert_with(|| result.clone()).clone();
                if is_last { first } else { result }
            }
            .boxed()
        }),
        dag(
            "accepts-a-late-result",
            "The result of an attempt that timed out is taken for that of the next one.",
        )
        .uses([Retry, TaskTimeout])
        .seen_in("TheFactory TaskExecutionEngine: the old coroutine overwrites the new result")
        .smallest(1, 3)
        .calls(|run, call| {
            let is_bounded = run
                .task(&call.task)
                .is_some_and(|task| task.timeout.is_some() && task.retry.max_attempts > 1);
            if !is_bounded || call.purpose == Purpose::Compensate {
                return run.host.call(call);
            }
            let prefix = Call {
                attempt: call.attempt.saturating_sub(1),
                ..call.clone()
            }
            .key();
            let prefix = format!("{prefix}/");
            let earlier = run
                .memory()
                .kept
                .iter()
                .find(|(key, _)| key.starts_with(&prefix))
                .map(|(_, kept)| kept.clone());
            let own = calls::keeping(run, call);
            match earlier {
                None => own,
                Some(earlier) => async move {
                    match select(earlier, own).await {
                        Either::Left((result, _)) | Either::Right((result, _)) => result,
                    }
                }
                .boxed(),
            }
        }),
    ]
}

/// Makes the call, and makes something else of a panic.
fn panicking(run: &Arc<Run>, call: Call, made: fn(CallError) -> CallResult) -> BoxFuture<'static, CallResult> {
    let result = AssertUnwindSafe(run.host.call(call)).catch_unwind();
    async move { result.await.unwrap_or_else(|panic| made(CallError::panicked(&*panic))) }.boxed()
}

fn panics() -> Vec<Mutant> {
    vec![
        dag(
            "takes-a-panic-for-success",
            "A task whose handler panicked is reported as done.",
        )
        .uses([HandlerPanic])
        .smallest(1, 1)
        .calls(|run, call| panicking(run, call, |_| Ok(Json::default()))),
        dag(
            "loses-the-message-of-a-panic",
            "That a handler panicked is reported without what it said.",
        )
        .uses([HandlerPanic])
        .seen_in("see engine: \"Task execution panicked\", and the results are lost")
        .smallest(1, 1)
        .calls(|run, call| {
            panicking(run, call, |error| {
                Err(CallError {
                    message: "a task panicked".to_owned(),
                    ..error
                })
            })
        }),
        dag(
            "takes-a-panic-for-transient",
            "A panic is reported as a transient error.",
        )
        .uses([HandlerPanic])
        .smallest(1, 1)
        .calls(|run, call| {
            panicking(run, call, |error| {
                Err(CallError {
                    kind: ErrorKind::Transient,
                    ..error
                })
            })
        }),
    ]
}
