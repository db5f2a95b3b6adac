//! Plays a workflow on the stage, and holds what is true of any run against it.
//!
//! A workflow is JSON: the list of its tasks, or an object. Tasks without `call` and `ask` call the handler `do`.
//!
//! A script is text: `a 10 fails transient / 20 returns 7; undo a 5; at 40 pause` lets the first attempt of `a` fail after 10 ms
//! and all further ones return 7 after 20 ms, its compensation take 5 ms, and a pause come at 40 ms. Besides `fails` and
//! `returns` there are `panics` and `never`; besides `pause` there are `resume`, `cancel` and `respond task value`.

use std::collections::BTreeMap;
use std::sync::Arc;

use contract::observation::End;
use contract::stage::Stage;
use contract::{
    Attempt, CallError, Definition, Event, Json, Millis, Observation, Options, Purpose, Script, ScriptedSignal, Signal,
    TaskStatus, Then,
};
use serde_json::{Value, json};

use crate::Reference;

/// What the engine without options does with `workflow` on no input under `script`.
#[track_caller]
pub(super) fn play(workflow: Value, script: &str) -> Observation {
    play_with(&Options::new(), workflow, Value::Null, script)
}

/// What the engine under `options` does with `workflow` on `input` under `script`.
#[track_caller]
pub(super) fn play_with(options: &Options, workflow: Value, input: Value, script: &str) -> Observation {
    let engine = Reference::new(options).expect("a test gives options that exist");
    let observation = Stage::new().play(
        &engine,
        &definition(workflow),
        &Json::new(input),
        &Arc::new(parse(script)),
    );
    check_what_always_holds(&observation);
    observation
}

/// The definition that a test's JSON stands for.
pub(super) fn definition(workflow: Value) -> Definition {
    let mut workflow = if workflow.is_array() {
        json!({ "tasks": workflow })
    } else {
        workflow
    };
    if workflow.get("id").is_none() {
        workflow["id"] = json!("workflow");
    }
    for task in workflow["tasks"]
        .as_array_mut()
        .expect("a workflow in a test has tasks")
    {
        if task.get("call").is_none() && task.get("ask").is_none() {
            task["call"] = json!({ "handler": "do" });
        }
    }
    Definition::Dag(serde_json::from_value(workflow).expect("a workflow in a test fits the model"))
}

fn parse(text: &str) -> Script {
    let mut script = Script::default();
    for entry in text.split(';').map(str::trim).filter(|entry| !entry.is_empty()) {
        let (first, rest) = entry
            .split_once(' ')
            .expect("an entry of a script has at least two words");
        match first {
            "at" => script.signals.push(parse_signal(rest)),
            "undo" => {
                let (task, attempt) = rest.split_once(' ').expect("undo names a task");
                script.tasks.entry(task.to_owned()).or_default().compensate = Some(parse_attempt(attempt));
            }
            task => {
                script.tasks.entry(task.to_owned()).or_default().attempts =
                    rest.split('/').map(parse_attempt).collect();
            }
        }
    }
    script
}

fn parse_attempt(text: &str) -> Attempt {
    let (takes, then) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    let (what, detail) = then.split_once(' ').unwrap_or((then, ""));
    let then = match what {
        "" => Then::default(),
        "fails" if detail.is_empty() => Then::Fails(CallError::new("boom", "it failed")),
        "fails" => Then::Fails(CallError::new(detail, "it failed")),
        "panics" => Then::Panics(detail.to_owned()),
        "returns" => Then::Returns(Json::new(
            serde_json::from_str(detail).expect("what is returned is JSON"),
        )),
        "never" => Then::NeverReturns,
        other => panic!("no attempt can end like this: {other}"),
    };
    Attempt {
        takes: Millis(takes.parse().expect("an attempt takes a number of ms")),
        then,
    }
}

fn parse_signal(text: &str) -> ScriptedSignal {
    let words: Vec<&str> = text.splitn(4, ' ').collect();
    let signal = match words[1..] {
        ["pause"] => Signal::Pause,
        ["resume"] => Signal::Resume,
        ["cancel"] => Signal::Cancel,
        ["respond", task] => Signal::Respond {
            task: task.into(),
            value: Json::default(),
        },
        ["respond", task, value] => Signal::Respond {
            task: task.into(),
            value: serde_json::from_str(value).expect("an answer is JSON"),
        },
        _ => panic!("no such signal: {text}"),
    };
    ScriptedSignal {
        at: Millis(words[0].parse().expect("a signal comes at a number of ms")),
        signal,
    }
}

/// The engine's account of itself agrees with what the host saw.
#[track_caller]
fn check_what_always_holds(observation: &Observation) {
    let End::Finished(outcome) = &observation.end else {
        return;
    };
    let events: Vec<&Event> = observation.events.iter().map(|observed| &observed.event).collect();
    assert_eq!(events.first(), Some(&&Event::RunStarted));
    assert_eq!(events.last(), Some(&&Event::RunEnded { status: outcome.status }));

    let calls = |purpose| observation.calls.iter().filter(move |call| call.purpose == purpose);
    let made: Vec<_> = calls(Purpose::Work)
        .map(|call| (&call.task, call.item, call.attempt))
        .collect();
    let started = events.iter().filter_map(|event| match event {
        Event::AttemptStarted { task, item, attempt } => Some((task, *item, *attempt)),
        _ => None,
    });
    assert_eq!(started.collect::<Vec<_>>(), made);
    let undone: Vec<_> = calls(Purpose::Compensate).map(|call| &call.task).collect();
    let undoing = events.iter().filter_map(|event| match event {
        Event::CompensationStarted { task } => Some(task),
        _ => None,
    });
    assert_eq!(undoing.collect::<Vec<_>>(), undone);

    let mut ended: BTreeMap<_, Vec<TaskStatus>> = BTreeMap::new();
    for event in &events {
        if let Event::TaskEnded { task, status } = event {
            ended.entry(task).or_default().push(*status);
        }
    }
    for task in &outcome.tasks {
        let expected = if task.status.is_terminal() {
            vec![task.status]
        } else {
            Vec::new()
        };
        assert_eq!(
            ended.remove(&task.task).unwrap_or_default(),
            expected,
            "the reported endings of {}",
            task.task
        );
        let attempts = made.iter().filter(|(id, ..)| **id == task.task).count();
        assert_eq!(
            task.attempts as usize, attempts,
            "a task's `attempts` is the number of calls made for it"
        );
    }
    let first_failure = events.iter().find_map(|event| match event {
        Event::TaskEnded {
            task,
            status: TaskStatus::Failed | TaskStatus::TimedOut,
        } => Some(task),
        _ => None,
    });
    assert_eq!(outcome.error.as_ref().map(|error| &error.task), first_failure);
}
