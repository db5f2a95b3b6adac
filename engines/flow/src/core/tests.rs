//! Facts about the core alone: what goes in and what comes out.

use std::sync::Arc;

use contract::{CallError, Json, Millis, RunStatus, Signal, TaskStatus};
use serde_json::{Value, json};

use super::{Action, CallId, Core, Input, Report, Timer};
use crate::sample::plan;

/// A core, and the calls it has asked for.
struct Sample {
    core: Core,
    now: Millis,
}

impl Sample {
    fn new(fields: Value) -> Self {
        Self {
            core: Core::new(plan(fields)),
            now: Millis::ZERO,
        }
    }

    fn apply(&mut self, input: Input) -> Vec<Action> {
        let mut actions = Vec::new();
        self.core.apply(self.now, input, &mut actions);
        actions
    }

    fn start(&mut self) -> Vec<Action> {
        let mut actions = self.apply(Input::Started { input: Json::default() });
        actions.extend(self.apply(Input::Settled));
        actions
    }
}

fn call(sequence: u32, slot: u32) -> CallId {
    CallId { sequence, slot }
}

fn done() -> Json {
    Arc::new(json!("done"))
}

fn answer(task: &str) -> Signal {
    Signal::Respond {
        task: task.into(),
        value: done(),
    }
}

fn acknowledge(is_accepted: bool) -> Action {
    Action::Acknowledge { is_accepted }
}

fn starts(actions: &[Action]) -> Vec<(u32, CallId)> {
    let started = |action: &Action| match action {
        Action::Start { call, task, .. } => Some((*task, *call)),
        _ => None,
    };
    actions.iter().filter_map(started).collect()
}

#[test]
fn nothing_starts_before_the_instant_is_settled() {
    let mut sample = Sample::new(json!({"tasks": [{"id": "a"}]}));
    let begun = sample.apply(Input::Started { input: Json::default() });
    assert_eq!(begun, [Action::Report(Report::RunStarted)]);
    assert_eq!(starts(&sample.apply(Input::Settled)), [(0, call(0, 0))]);
}

#[test]
fn the_last_end_of_a_task_is_the_end_of_the_run() {
    let mut sample = Sample::new(json!({"tasks": [{"id": "a"}]}));
    sample.start();
    assert_eq!(
        sample.apply(Input::Returned {
            call: call(0, 0),
            result: Ok(done())
        }),
        [
            Action::Report(Report::TaskEnded {
                task: 0,
                status: TaskStatus::Succeeded
            }),
            Action::Report(Report::RunEnded {
                status: RunStatus::Succeeded
            }),
            Action::Finish,
        ],
    );
}

#[test]
fn a_slot_is_used_again_and_its_former_call_has_no_say() {
    let mut sample = Sample::new(
        json!({"tasks": [{"id": "a", "timeout": 5}, {"id": "b", "needs": ["a"], "run_if": "all_done"}],
        "on_failure": "continue"}),
    );
    sample.start();
    sample.now = Millis(5);
    assert_eq!(
        sample.apply(Input::Fired(Timer::Attempt(call(0, 0))))[0],
        Action::Drop(call(0, 0))
    );
    assert_eq!(starts(&sample.apply(Input::Settled)), [(1, call(1, 0))]);
    assert_eq!(
        sample.apply(Input::Returned {
            call: call(0, 0),
            result: Ok(done())
        }),
        []
    );
    assert_eq!(sample.apply(Input::Fired(Timer::Attempt(call(0, 0)))), []);
    assert_eq!(sample.core.outcome().tasks[0].status, TaskStatus::TimedOut);
}

#[test]
fn a_timer_is_awaited_only_as_long_as_something_would_come_of_it() {
    let mut sample = Sample::new(
        json!({"timeout": 90, "tasks": [{"id": "a", "timeout": 5, "retry": {"max_attempts": 2, "initial": 3}}]}),
    );
    let actions = sample.start();
    let attempt = Timer::Attempt(call(0, 0));
    assert!(actions.contains(&Action::SetTimer {
        at: Millis(90),
        timer: Timer::Run
    }));
    assert!(actions.contains(&Action::SetTimer {
        at: Millis(5),
        timer: attempt
    }));
    assert!(sample.core.awaits(attempt));
    sample.now = Millis(2);
    let error = CallError::new("x", "no");
    let actions = sample.apply(Input::Returned {
        call: call(0, 0),
        result: Err(error),
    });
    let back_off = Timer::BackOff {
        task: 0,
        item: None,
        attempt: 1,
    };
    assert!(actions.contains(&Action::SetTimer {
        at: Millis(5),
        timer: back_off
    }));
    assert!(!sample.core.awaits(attempt));
    assert!(sample.core.awaits(back_off));
    sample.apply(Input::Signalled(Signal::Cancel));
    assert!(!sample.core.awaits(back_off));
    assert!(!sample.core.awaits(Timer::Run));
}

#[test]
fn decisions_ripple_in_declaration_order_at_once() {
    let mut sample = Sample::new(json!({"tasks": [
        {"id": "d", "needs": ["c"]}, {"id": "b", "needs": ["a"]}, {"id": "a", "when": false}, {"id": "c", "needs": ["a"]},
    ]}));
    let ended: Vec<_> = sample
        .apply(Input::Started { input: Json::default() })
        .into_iter()
        .filter_map(|action| match action {
            Action::Report(Report::TaskEnded { task, status }) => Some((task, status)),
            _ => None,
        })
        .collect();
    assert_eq!(ended, [2, 1, 3, 0].map(|task| (task, TaskStatus::Skipped)));
}

#[test]
fn a_run_that_is_over_takes_nothing_more() {
    let mut sample = Sample::new(json!({"timeout": 9, "tasks": [{"id": "a"}]}));
    sample.start();
    sample.apply(Input::Signalled(Signal::Cancel));
    let ended = sample.core.outcome();
    for late in [
        Input::Returned {
            call: call(0, 0),
            result: Ok(done()),
        },
        Input::Fired(Timer::Run),
        Input::SignalsEnded,
        Input::Started { input: Json::default() },
        Input::Settled,
    ] {
        assert_eq!(sample.apply(late), []);
    }
    for signal in [Signal::Cancel, Signal::Pause, Signal::Resume, answer("a")] {
        assert_eq!(sample.apply(Input::Signalled(signal)), [acknowledge(false)]);
    }
    assert_eq!(sample.core.outcome(), ended);
}
