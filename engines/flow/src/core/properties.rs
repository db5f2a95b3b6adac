//! What holds for every workflow and every course of events: random graphs, played by a random host in no time.

use std::collections::BTreeMap;
use std::sync::Arc;

use contract::{CallError, Json, Millis, Purpose, Signal, TaskStatus};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Action, CallId, Core, Input, Report, Timer};
use crate::journal::{Entry, Journal, MemoryJournal, replay};
use crate::plan::Plan;
use crate::sample::plan;

/// One task: its needs (as distances back), and what is odd about it.
fn task() -> impl Strategy<Value = Value> {
    let needs = prop::collection::vec(1usize..6, 0..4);
    let run_if = prop_oneof![
        4 => Just("all_succeeded"), 2 => Just("all_done"), 1 => Just("any_succeeded"), 1 => Just("any_failed")
    ];
    let when = prop_oneof![6 => Just(Value::Null), 1 => Just(json!(false)), 1 => Just(json!({"throw": "no"}))];
    let template = prop_oneof![5 => Just(json!({"literal": 1})), 1 => Just(json!({"template": {"var": ""}})),
        1 => Just(json!({"template": {"throw": "no"}}))];
    let timeout = prop::option::weighted(0.2, 0u64..8);
    let odd = (prop::bool::weighted(0.3), 1u32..4, 0u64..5, -1i32..2);
    (needs, run_if, when, template, timeout, odd).prop_map(|(needs, run_if, when, input, timeout, odd)| {
        let (undoes, attempts, initial, priority) = odd;
        json!({
            "needs": needs, "run_if": run_if, "when": when, "timeout": timeout, "priority": priority,
            "call": {"handler": "do", "input": input},
            "retry": {"max_attempts": attempts, "initial": initial},
            "compensate": undoes.then(|| json!({"handler": "undo", "input": input})),
        })
    })
}

fn fields() -> impl Strategy<Value = Value> {
    let policy = prop::sample::select(vec!["stop", "cancel", "continue", "compensate"]);
    let limits = (prop::option::of(1u32..4), prop::option::weighted(0.2, 0u64..40));
    (prop::collection::vec(task(), 0..14), policy, limits).prop_map(|(mut tasks, policy, (max_parallel, timeout))| {
        for (index, task) in tasks.iter_mut().enumerate() {
            let back = std::mem::take(&mut task["needs"]);
            let back = back
                .as_array()
                .expect("a list")
                .iter()
                .filter_map(|back| index.checked_sub(back.as_u64()? as usize));
            let needs: Vec<_> = back.map(|need| format!("t{need}")).collect();
            if needs.is_empty() {
                task["run_if"] = json!("all_done");
            }
            task["id"] = json!(format!("t{index}"));
            task["needs"] = json!(needs);
        }
        json!({"tasks": tasks, "on_failure": policy, "max_parallel": max_parallel, "timeout": timeout})
    })
}

/// A host that draws what happens next, and checks what the core asks of it.
struct Play {
    plan: Arc<Plan>,
    core: Core,
    journal: MemoryJournal,
    now: Millis,
    in_flight: BTreeMap<CallId, (u32, Purpose)>,
    timers: Vec<(Millis, Timer)>,
    ended: BTreeMap<u32, TaskStatus>,
    actions: Vec<Action>,
    is_finished: bool,
}

impl Play {
    fn new(plan: Arc<Plan>) -> Self {
        Self {
            core: Core::new(Arc::clone(&plan)),
            plan,
            journal: MemoryJournal::default(),
            now: Millis::ZERO,
            in_flight: BTreeMap::new(),
            timers: Vec::new(),
            ended: BTreeMap::new(),
            actions: Vec::new(),
            is_finished: false,
        }
    }

    fn feed(&mut self, input: Input) {
        self.journal.append(self.now, &input);
        let mut actions = Vec::new();
        self.core.apply(self.now, input, &mut actions);
        for action in &actions {
            assert!(!self.is_finished, "{action:?} after the end");
            self.perform(action);
        }
        self.actions.extend(actions);
    }

    fn perform(&mut self, action: &Action) {
        match action {
            Action::Start {
                call, task, purpose, ..
            } => {
                if *purpose == Purpose::Work {
                    assert!(!self.ended.contains_key(task), "task {task} starts after its end");
                    let needs = (0..*task).filter(|need| self.plan.dependents.of(*need).contains(task));
                    for need in needs {
                        assert!(
                            self.ended.contains_key(&need),
                            "task {task} starts before the end of {need}"
                        );
                    }
                }
                assert!(
                    self.in_flight.keys().all(|running| running.slot != call.slot),
                    "slot {} is taken",
                    call.slot
                );
                self.in_flight.insert(*call, (*task, *purpose));
                assert!(
                    self.in_flight.len() <= self.plan.max_parallel as usize,
                    "more calls than slots"
                );
            }
            Action::Drop(call) => assert!(self.in_flight.remove(call).is_some(), "{call:?} is not in flight"),
            Action::SetTimer { at, timer } => self.timers.push((*at, *timer)),
            Action::Report(Report::TaskEnded { task, status }) => {
                assert!(status.is_terminal());
                assert_eq!(self.ended.insert(*task, *status), None, "task {task} ends twice");
            }
            Action::Report(_) | Action::Acknowledge { .. } => {}
            Action::Finish => self.is_finished = true,
        }
    }

    /// Lets one thing happen that can happen next; `draw` says which and how.
    fn happen(&mut self, draw: u32) {
        self.timers.retain(|(_, timer)| self.core.awaits(*timer));
        self.timers.sort_unstable();
        let choices = self.in_flight.len() + usize::from(!self.timers.is_empty());
        assert!(choices > 0, "a run that has not ended waits for something");
        let choice = draw as usize % choices;
        if let Some(call) = self.in_flight.keys().nth(choice).copied() {
            self.in_flight.remove(&call);
            let result = match draw / 64 % 5 {
                0 => Err(CallError::new("boom", "no")),
                1 => Err(CallError::new("permanent", "never")),
                _ => Ok(Arc::new(json!(draw))),
            };
            self.feed(Input::Returned { call, result });
        } else {
            let (at, timer) = self.timers.remove(0);
            self.now = self.now.max(at);
            self.feed(Input::Fired(timer));
        }
        if draw.is_multiple_of(97) {
            self.feed(Input::Signalled(Signal::Cancel));
        }
        // Sometimes more happens at the same instant.
        if !draw.is_multiple_of(3) || self.in_flight.is_empty() {
            self.feed(Input::Settled);
        }
        self.now = self.now.saturating_add(Millis(u64::from(draw % 2)));
    }

    fn play(&mut self, draws: &[u32]) {
        if draws[0].is_multiple_of(17) {
            self.feed(Input::Signalled(Signal::Cancel));
        }
        self.feed(Input::Started { input: Json::default() });
        self.feed(Input::Settled);
        for draw in draws.iter().cycle() {
            if self.is_finished {
                return;
            }
            self.happen(*draw);
        }
    }
}

proptest! {
    #[test]
    fn every_run_ends_with_each_task_ended_once_and_nothing_in_flight(
        fields in fields(), draws in prop::collection::vec(any::<u32>(), 1..60),
    ) {
        let mut play = Play::new(plan(fields));
        play.play(&draws);
        prop_assert!(play.in_flight.is_empty());
        prop_assert_eq!(play.ended.len(), play.plan.len());
        let outcome = play.core.outcome();
        for (task, status) in &play.ended {
            prop_assert_eq!(outcome.tasks[*task as usize].status, *status);
        }
    }

    #[test]
    fn a_fresh_core_that_is_given_any_part_of_the_journal_goes_on_as_the_first_one_did(
        fields in fields(), draws in prop::collection::vec(any::<u32>(), 1..40), cut in any::<prop::sample::Index>(),
    ) {
        let mut play = Play::new(plan(fields));
        play.play(&draws);
        let entries = play.journal.entries();
        let (before, after) = entries.split_at(cut.index(entries.len() + 1));
        let (mut recovered, mut actions) = replay(Arc::clone(&play.plan), before);
        for Entry { at, input } in after {
            recovered.apply(*at, input.clone(), &mut actions);
        }
        prop_assert_eq!(format!("{recovered:?}"), format!("{:?}", play.core));
        prop_assert_eq!(actions, play.actions);
    }
}
