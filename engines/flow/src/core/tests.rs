//! Facts about the core alone: what goes in and what comes out.

use std::sync::Arc;

use contract::{CallError, Json, Millis, Purpose, RunStatus, Signal, TaskStatus};
use serde_json::{Value, json};

use super::{Action, CallId, Core, Input, Item, Output, Report, Standing, Start, Timer};
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
        Action::Start(Start { call, task, .. }) => Some((*task, *call)),
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
            result: Ok(done().into())
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
            result: Ok(done().into())
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
        result: Err(Box::new(error)),
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
            result: Ok(done().into()),
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

/// Applies an input and then lets the instant settle.
fn settle(sample: &mut Sample, input: Input) -> Vec<Action> {
    let mut actions = sample.apply(input);
    actions.extend(sample.apply(Input::Settled));
    actions
}

fn returned(sequence: u32, slot: u32, result: Result<Json, CallError>) -> Input {
    Input::Returned {
        call: call(sequence, slot),
        result: result.map(Output::from).map_err(Box::new),
    }
}

fn error() -> CallError {
    CallError::new("boom", "no")
}

fn ask() -> Value {
    json!({"variable": "v", "prompt": "Ship it?"})
}

fn reports(actions: &[Action]) -> Vec<Report> {
    let reported = |action: &Action| match action {
        Action::Report(report) => Some(report.clone()),
        _ => None,
    };
    actions.iter().filter_map(reported).collect()
}

fn ended(task: u32, status: TaskStatus) -> Report {
    Report::TaskEnded { task, status }
}

#[test]
fn each_item_is_a_call_of_its_own_that_sees_itself() {
    let template = json!({"template": {"x": {"var": "item.x"}, "at": {"var": "index"}, "of": {"var": "input"}}});
    let mut sample = Sample::new(json!({"max_parallel": 2, "tasks": [
        {"id": "a", "for_each": {"var": "input"}, "call": {"handler": "do", "input": template}},
    ]}));
    let input = Arc::new(json!([{"x": "p"}, {"x": "q"}, {"x": "r"}]));
    let began = settle(
        &mut sample,
        Input::Started {
            input: Arc::clone(&input),
        },
    );
    let made = |actions: &[Action]| -> Vec<_> {
        let made = |action: &Action| match action {
            Action::Start(Start {
                item, attempt, input, ..
            }) => Some((
                item.map(Item::index),
                *attempt,
                Value::clone(input.as_ref().expect("nobody took it")),
            )),
            _ => None,
        };
        actions.iter().filter_map(made).collect()
    };
    let sees = |x: &str, at: u32| json!({"x": x, "at": at, "of": *input});
    assert_eq!(made(&began), [(Some(0), 1, sees("p", 0)), (Some(1), 1, sees("q", 1))]);
    let next = settle(&mut sample, returned(1, 1, Ok(done())));
    assert_eq!(made(&next), [(Some(2), 1, sees("r", 2))]);
    sample.apply(returned(0, 0, Ok(Arc::new(json!(0)))));
    sample.apply(returned(2, 1, Ok(Arc::new(json!(2)))));
    let outcome = sample.core.outcome();
    assert_eq!(outcome.tasks[0].output.as_deref(), Some(&json!([0, "done", 2])));
    assert_eq!(outcome.tasks[0].attempts, 3);
}

#[test]
fn a_retried_item_takes_its_place_among_the_items_again() {
    let mut sample = Sample::new(json!({"max_parallel": 1, "tasks": [
        {"id": "a", "for_each": [1, 2, 3], "retry": {"max_attempts": 2}}, {"id": "b", "priority": 1, "needs": ["c"]}, {"id": "c"},
    ]}));
    sample.start();
    let next = settle(&mut sample, returned(0, 0, Err(error())));
    let is_second_of_first = |action: &Action| {
        matches!(
            action,
            Action::Start(Start {
                task: 0,
                item: Some(item),
                attempt: 2,
                ..
            }) if item.index() == 0
        )
    };
    assert!(next.iter().any(is_second_of_first), "{next:?}");
}

#[test]
fn items_that_were_given_up_are_neither_started_nor_taken_for_something_ready() {
    let mut sample = Sample::new(json!({"max_parallel": 1, "on_failure": "continue", "tasks": [
        {"id": "a", "for_each": [1, 2, 3]}, {"id": "q", "ask": ask()},
    ]}));
    sample.start();
    settle(&mut sample, Input::Signalled(Signal::Pause));
    let failed = settle(&mut sample, returned(0, 0, Err(error())));
    assert_eq!(reports(&failed), [ended(0, TaskStatus::Failed)]);
    // Only an answer can bring it on, so that it stays paused.
    assert_eq!(
        settle(&mut sample, Input::Signalled(Signal::Resume)),
        [acknowledge(true)]
    );
}

#[test]
fn a_question_needs_no_slot_and_is_asked_in_its_turn() {
    let mut sample = Sample::new(json!({"max_parallel": 1, "tasks": [
        {"id": "a"}, {"id": "p", "ask": ask()}, {"id": "b"}, {"id": "q", "ask": ask(), "priority": 1},
    ]}));
    let done = sample.start();
    let [_, asks, calls, asks_too] = &done[..] else {
        panic!("{done:?}")
    };
    assert_eq!(*asks, Action::Report(Report::Waiting { task: 3 }));
    assert_eq!(starts(std::slice::from_ref(calls)), [(0, call(0, 0))]);
    assert_eq!(*asks_too, Action::Report(Report::Waiting { task: 1 }));
}

#[test]
fn an_answer_is_taken_only_by_a_task_that_waits() {
    let mut sample = Sample::new(json!({"tasks": [{"id": "a"}, {"id": "q", "ask": ask(), "timeout": 9}]}));
    sample.start();
    assert!(sample.core.awaits(Timer::Wait { task: 1 }));
    for other in ["a", "nobody"] {
        let refused = Report::AnswerRefused { task: other.into() };
        assert_eq!(
            sample.apply(Input::Signalled(answer(other))),
            [acknowledge(false), Action::Report(refused)]
        );
    }
    assert_eq!(
        sample.apply(Input::Signalled(answer("q"))),
        [acknowledge(true), Action::Report(ended(1, TaskStatus::Succeeded))]
    );
    assert!(!sample.core.awaits(Timer::Wait { task: 1 }));
    assert_eq!(sample.apply(Input::Signalled(answer("q")))[0], acknowledge(false));
}

#[test]
fn what_came_before_the_start_is_told_after_it_in_its_order() {
    let mut sample = Sample::new(json!({"tasks": [{"id": "q", "ask": ask()}]}));
    for (signal, is_accepted) in [
        (Signal::Pause, true),
        (answer("q"), false),
        (Signal::Resume, true),
        (Signal::Cancel, true),
        (Signal::Pause, false),
    ] {
        assert_eq!(sample.apply(Input::Signalled(signal)), [acknowledge(is_accepted)]);
    }
    assert_eq!(
        reports(&sample.start()),
        [
            Report::RunStarted,
            Report::RunPaused,
            Report::AnswerRefused { task: "q".into() },
            Report::RunResumed,
            ended(0, TaskStatus::Cancelled),
            Report::RunEnded {
                status: RunStatus::Cancelled
            },
        ]
    );
}

#[test]
fn undoing_does_not_begin_while_a_signal_holds_the_run_paused() {
    let mut sample = Sample::new(json!({"on_failure": "compensate", "tasks": [
        {"id": "a", "compensate": {"handler": "undo"}}, {"id": "b", "needs": ["a"]},
    ]}));
    sample.start();
    settle(&mut sample, returned(0, 0, Ok(done())));
    settle(&mut sample, Input::Signalled(Signal::Pause));
    let failed = settle(&mut sample, returned(1, 0, Err(error())));
    assert_eq!(reports(&failed), [ended(1, TaskStatus::Failed)]);
    assert!(sample.core.is_idle());
    let resumed = settle(&mut sample, Input::Signalled(Signal::Resume));
    assert_eq!(reports(&resumed), [Report::RunResumed]);
    let undoes = |action: &Action| matches!(action, Action::Start(start) if start.purpose == Purpose::Compensate);
    assert_eq!(starts(&resumed).len(), 1);
    assert!(undoes(resumed.last().expect("it goes on")));
    assert_eq!(sample.apply(Input::Signalled(Signal::Pause)), [acknowledge(false)]);
}

#[test]
fn without_further_signals_a_run_ends_paused_once_no_timer_can_bring_it_on() {
    let mut sample = Sample::new(
        json!({"tasks": [{"id": "q", "ask": ask()}, {"id": "r", "ask": ask(), "timeout": 5}],
        "on_failure": "continue"}),
    );
    sample.start();
    assert_eq!(settle(&mut sample, Input::SignalsEnded), []);
    assert!(sample.core.awaits_time());
    let late = settle(&mut sample, Input::Fired(Timer::Wait { task: 1 }));
    let status = RunStatus::Paused;
    assert_eq!(
        reports(&late),
        [ended(1, TaskStatus::TimedOut), Report::RunEnded { status }]
    );
    let outcome = sample.core.outcome();
    assert_eq!((outcome.status, outcome.tasks[0].status), (status, TaskStatus::Waiting));
    assert_eq!(sample.core.standing(), Standing::Ended(status));
}

#[test]
fn a_delay_beyond_the_horizon_is_one_that_never_ends() {
    let mut sample = Sample::new(json!({"timeout": u64::MAX, "tasks": [
        {"id": "a", "retry": {"max_attempts": 2, "initial": u64::MAX}}, {"id": "q", "ask": ask(), "timeout": u64::MAX},
    ]}));
    let is_timer = |action: &Action| matches!(action, Action::SetTimer { .. });
    assert!(!sample.start().iter().any(is_timer));
    let failed = settle(&mut sample, returned(0, 0, Err(error())));
    assert!(!failed.iter().any(is_timer));
    assert!(sample.core.is_idle() && !sample.core.awaits_time());
    assert_eq!(
        reports(&settle(&mut sample, Input::SignalsEnded)),
        [Report::RunEnded {
            status: RunStatus::Paused
        }]
    );
}

#[test]
fn a_cancelled_run_drops_its_calls_in_the_order_in_which_they_started() {
    let mut sample =
        Sample::new(json!({"tasks": [{"id": "a"}, {"id": "b", "for_each": [1, 2]}, {"id": "c", "priority": 1}]}));
    sample.start();
    let actions = sample.apply(Input::Signalled(Signal::Cancel));
    let drops = [0, 1, 2, 3].map(|number| Action::Drop(call(number, number)));
    assert_eq!(actions[1..5], drops);
    assert_eq!(sample.core.open_calls().count(), 0);
}

#[test]
fn a_run_says_how_it_stands_and_what_it_has_come_to() {
    let mut sample = Sample::new(
        json!({"tasks": [{"id": "q", "ask": ask()}, {"id": "a"}, {"id": "b", "when": false}, {"id": "p", "ask": ask()}]}),
    );
    assert_eq!(sample.core.standing(), Standing::NotStarted);
    sample.start();
    assert_eq!(sample.core.standing(), Standing::Running);
    assert!(!sample.core.is_idle());
    settle(&mut sample, returned(0, 0, Ok(done())));
    let asked: Vec<_> = sample
        .core
        .questions()
        .iter()
        .map(|question| (&**question.task, &*question.ask.prompt))
        .collect();
    assert_eq!(asked, [("q", "Ship it?"), ("p", "Ship it?")]);
    assert!(matches!(sample.core.standing(), Standing::Paused { waiting, by_signal: false } if waiting.len() == 2));
    assert!(sample.core.is_idle());
    settle(&mut sample, Input::Signalled(Signal::Pause));
    assert!(matches!(
        sample.core.standing(),
        Standing::Paused { by_signal: true, .. }
    ));
    assert_eq!(
        sample.core.context(),
        json!({"input": null, "tasks": {
            "a": {"status": "succeeded", "output": "done"}, "b": {"status": "skipped", "output": null},
        }})
    );
}
