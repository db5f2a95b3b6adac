//! What the registered functions do when they are called.

use contract::rules::reply::{AddedError, Ending, Failure, Reply, Write};
use contract::script::{Attempt, TaskScript, Then};
use contract::{CallError, ErrorKind, Millis};
use serde_json::{Value, json};

use super::super::plan::{Task, Work};
use super::draft::Draft;
use super::{document, values};

/// What a function is to be to the message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// It comes before what is aimed at, and must leave no trace of its progress.
    Unseen,
    /// It comes before what is aimed at, and has to succeed for it.
    Before,
    /// It is aimed at.
    Target,
}

/// The script of one function. What stands in the context where it writes its result is, now and then, left to it.
pub(super) fn script(draft: &mut Draft<'_>, task: &Task, part: Part, elsewhere: &mut Vec<Write>) -> TaskScript {
    let Work::Handler(input) = &task.work else {
        return TaskScript::default();
    };
    let mut reply = Reply {
        set: std::mem::take(elsewhere),
        ..Reply::default()
    };
    if let Some(path) = result_path(input) {
        let there = draft.get(&path).is_some();
        if there && part != Part::Target && draft.draw.chance(0.5) {
            let value = document::remove(&mut draft.context, &path).unwrap_or_default();
            reply.set.push(Write { path, value });
        } else if part == Part::Target || !there {
            let value = result(draft, input, &path);
            reply.set.push(Write { path, value });
        }
    }
    let takes = Millis(draft.draw.between(1, 40));
    let mut then = None;
    match part {
        Part::Unseen => reply.end = Ending::Skip,
        Part::Before => {}
        Part::Target => match draft.draw.below(40) {
            0 => reply.end = Ending::Status(*draft.draw.pick(&[201, 204, 299, 400, 404, 422, 500, 503])),
            1 => reply.end = Ending::Skip,
            2 => reply.end = Ending::Halt,
            3 => reply.end = Ending::Error(failure(draft)),
            4 => reply.errors.push(AddedError {
                code: "PARTIAL".to_owned(),
                message: "one part was left out".to_owned(),
                path: draft.draw.chance(0.5).then(|| "data.result".to_owned()),
            }),
            5 => then = Some(Then::Fails(CallError::new(ErrorKind::Transient, "no connection"))),
            _ => {}
        },
    }
    let then = then.unwrap_or_else(|| Then::Returns(std::sync::Arc::new(json!(reply))));
    TaskScript {
        attempts: vec![Attempt { takes, then }],
        compensate: None,
    }
}

fn failure(draft: &mut Draft<'_>) -> Failure {
    match draft.draw.below(5) {
        0 => Failure::FunctionExecution("it could not be done".to_owned()),
        1 => Failure::Validation("the source is empty".to_owned()),
        2 => Failure::Timeout("no answer in time".to_owned()),
        3 => Failure::Http {
            status: *draft.draw.pick(&[0, 404, 429, 500, 503]),
            message: "the other side refused".to_owned(),
        },
        _ => Failure::Service {
            kind: "UPSTREAM".to_owned(),
            message: "the service is down".to_owned(),
            detail: None,
        },
    }
}

/// Where a function's input says that its result goes.
fn result_path(input: &Value) -> Option<String> {
    const NAMES: [&str; 7] = [
        "response_path",
        "merge_path",
        "output",
        "output_path",
        "target",
        "target_path",
        "result_path",
    ];
    let path = NAMES.iter().find_map(|name| input.get(*name)?.as_str())?;
    let is_whole = path.is_empty() || path.split('.').any(str::is_empty);
    if is_whole {
        return None;
    }
    let has_root = ["data.", "metadata.", "temp_data."]
        .iter()
        .any(|root| path.starts_with(root));
    Some(if has_root {
        path.to_owned()
    } else {
        format!("data.{path}")
    })
}

/// A result: what is read of it later, or what the function's source holds, as an object or as a text.
fn result(draft: &mut Draft<'_>, input: &Value, path: &str) -> Value {
    if !draft.survey.below(path, 1).is_empty() {
        return draft.plausible(path);
    }
    let source = input.get("source").and_then(Value::as_str).unwrap_or("data");
    match draft.draw.below(3) {
        0 => json!({"source": source, "length": draft.draw.below(4_000)}),
        1 => format!("{{1:F01{}}}", values::text_of(&mut draft.draw, 12)).into(),
        _ => draft.plausible(path),
    }
}
