//! What holds for every workflow and every course of events: random graphs, played by a random host in no time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use contract::{CallError, Json, Millis, Purpose, RunStatus, Signal, TaskId, TaskStatus};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Action, CallId, Core, Input, Item, Report, Standing, Start, Timer};
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
    (needs, run_if, when, template, (timeout, kind()), odd).prop_map(
        |(needs, run_if, when, input, (timeout, kind), odd)| {
            let (undoes, attempts, initial, priority) = odd;
            let mut task = json!({
                "needs": needs, "run_if": run_if, "when": when, "timeout": timeout, "priority": priority,
                "retry": {"max_attempts": attempts, "initial": initial},
                "compensate": undoes.then(|| json!({"handler": "undo", "input": input})),
            });
            match kind {
                Kind::Ask => task["ask"] = json!({"variable": "v", "prompt": "?"}),
                Kind::Call => task["call"] = json!({"handler": "do", "input": input}),
                Kind::ForEach(list) => {
                    task["for_each"] = list;
                    task["call"] = json!({"handler": "do", "input": input});
                }
            }
            task
        },
    )
}

#[derive(Clone, Debug)]
enum Kind {
    Call,
    Ask,
    ForEach(Value),
}

fn kind() -> impl Strategy<Value = Kind> {
    let list = prop_oneof![
        6 => prop::collection::vec(0u32..3, 0..5).prop_map(|items| json!(items)),
        1 => Just(json!("no list")),
    ];
    prop_oneof![5 => Just(Kind::Call), 2 => Just(Kind::Ask), 3 => list.prop_map(Kind::ForEach)]
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

/// The key of a call, under which its effects may be counted once.
type Key = (u32, Option<Item>, u32, Purpose);

/// A host that draws what happens next, and checks what the core asks of it.
struct Play {
    plan: Arc<Plan>,
    core: Core,
    journal: MemoryJournal,
    now: Millis,
    in_flight: BTreeMap<CallId, Key>,
    made: BTreeSet<Key>,
    timers: Vec<(Millis, Timer)>,
    ended: BTreeMap<u32, TaskStatus>,
    waiting: BTreeSet<u32>,
    /// Whether a signal paused it, and whether it said so.
    is_paused: bool,
    is_reported_paused: bool,
    acknowledged: Vec<bool>,
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
            made: BTreeSet::new(),
            timers: Vec::new(),
            ended: BTreeMap::new(),
            waiting: BTreeSet::new(),
            is_paused: false,
            is_reported_paused: false,
            acknowledged: Vec::new(),
            actions: Vec::new(),
            is_finished: false,
        }
    }

    fn feed(&mut self, input: Input) {
        self.journal.append(self.now, &input);
        let mut actions = Vec::new();
        let (was_finished, is_settled) = (self.is_finished, input == Input::Settled);
        self.core.apply(self.now, input, &mut actions);
        for action in &actions {
            let is_acknowledgement = matches!(action, Action::Acknowledge { .. });
            assert!(is_acknowledgement || !self.is_finished, "{action:?} after the end");
            assert!(!was_finished || *action == Action::Acknowledge { is_accepted: false });
            self.perform(action);
        }
        self.actions.extend(actions);
        if is_settled {
            self.check_standing();
        }
    }

    fn signal(&mut self, signal: Signal) {
        self.acknowledged.clear();
        let is_answer_due = match &signal {
            Signal::Respond { task, .. } => Some(self.waiting.iter().any(|waiting| self.plan.id(*waiting) == task)),
            _ => None,
        };
        let pauses = match signal {
            Signal::Pause => Some(true),
            Signal::Resume => Some(false),
            _ => None,
        };
        self.feed(Input::Signalled(signal));
        assert_eq!(self.acknowledged.len(), 1, "one word for each signal");
        let is_accepted = self.acknowledged[0];
        assert!(is_answer_due.is_none_or(|is_due| is_due == is_accepted));
        if let Some(pauses) = pauses.filter(|_| is_accepted) {
            self.is_paused = pauses;
        }
    }

    fn perform(&mut self, action: &Action) {
        match action {
            Action::Start(Start {
                call,
                task,
                item,
                attempt,
                purpose,
                ..
            }) => {
                assert!(!self.is_paused, "task {task} starts while the run is paused");
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
                let key = (*task, *item, *attempt, *purpose);
                assert!(self.made.insert(key), "{key:?} is made twice");
                let before = (*task, *item, *attempt - 1, *purpose);
                assert!(
                    *attempt == 1 || self.made.contains(&before),
                    "{key:?} is made too early"
                );
                self.in_flight.insert(*call, key);
                assert!(
                    self.in_flight.len() <= self.plan.max_parallel as usize,
                    "more calls than slots"
                );
            }
            Action::Drop(call) => assert!(self.in_flight.remove(call).is_some(), "{call:?} is not in flight"),
            Action::SetTimer { at, timer } => self.timers.push((*at, *timer)),
            Action::Report(report) => self.hear(report),
            Action::Acknowledge { is_accepted } => self.acknowledged.push(*is_accepted),
            Action::Finish => self.is_finished = true,
        }
    }

    fn hear(&mut self, report: &Report) {
        match report {
            Report::TaskEnded { task, status } => {
                assert!(status.is_terminal());
                assert_eq!(self.ended.insert(*task, *status), None, "task {task} ends twice");
                self.waiting.remove(task);
            }
            Report::Waiting { task } => {
                assert!(!self.is_paused, "task {task} asks while the run is paused");
                assert!(self.waiting.insert(*task), "task {task} asks twice");
            }
            Report::RunPaused => assert!(!std::mem::replace(&mut self.is_reported_paused, true)),
            Report::RunResumed => assert!(std::mem::replace(&mut self.is_reported_paused, false)),
            _ => {}
        }
    }

    fn check_standing(&mut self) {
        self.timers.retain(|(_, timer)| self.core.awaits(*timer));
        assert!(self.core.open_calls().eq(self.in_flight.keys().copied()));
        assert_eq!(self.core.is_idle(), self.in_flight.is_empty());
        let is_of_an_attempt = |timer: &Timer| matches!(timer, Timer::Attempt(_));
        assert_eq!(
            self.core.awaits_time(),
            self.timers.iter().any(|(_, timer)| !is_of_an_attempt(timer))
        );
        let questions: Vec<_> = self.core.questions().iter().map(|question| question.task).collect();
        assert!(
            questions
                .into_iter()
                .eq(self.waiting.iter().map(|task| self.plan.id(*task)))
        );
        match self.core.standing() {
            Standing::NotStarted => panic!("it has begun"),
            Standing::Running => assert!(!self.is_reported_paused && !self.is_paused),
            Standing::Paused { waiting, by_signal } => {
                assert!(self.is_reported_paused);
                assert_eq!(by_signal, self.is_paused);
                assert!(by_signal || !waiting.is_empty());
            }
            Standing::Ended(status) => assert!(self.is_finished && self.core.status() == Some(status)),
        }
    }

    /// Lets one thing happen that can happen next; `draw` says which and how.
    fn happen(&mut self, draw: u32) {
        self.timers.retain(|(_, timer)| self.core.awaits(*timer));
        self.timers.sort_unstable();
        let choices = self.in_flight.len() + usize::from(!self.timers.is_empty());
        if choices == 0 {
            self.help(draw);
        } else if let Some(call) = self.in_flight.keys().nth(draw as usize % choices).copied() {
            self.in_flight.remove(&call);
            let result = match draw / 64 % 5 {
                0 => Err(Box::new(CallError::new("boom", "no"))),
                1 => Err(Box::new(CallError::new("permanent", "never"))),
                _ => Ok(Arc::new(json!(draw)).into()),
            };
            self.feed(Input::Returned { call, result });
        } else {
            let (at, timer) = self.timers.remove(0);
            self.now = self.now.max(at);
            self.feed(Input::Fired(timer));
        }
        if draw.is_multiple_of(97) {
            self.signal(Signal::Cancel);
        }
        match draw / 512 % 16 {
            0 => self.signal(Signal::Pause),
            1 => self.signal(Signal::Resume),
            2..5 => self.answer(draw),
            _ => {}
        }
        // Sometimes more happens at the same instant.
        if !draw.is_multiple_of(3) || self.in_flight.is_empty() {
            self.feed(Input::Settled);
        }
        self.now = self.now.saturating_add(Millis(u64::from(draw % 2)));
    }

    /// Only a signal can bring the run on.
    fn help(&mut self, draw: u32) {
        assert!(self.is_reported_paused, "a run that is not paused waits for something");
        match draw % 8 {
            0 => self.feed(Input::SignalsEnded),
            _ if self.is_paused => self.signal(Signal::Resume),
            _ => {
                let first = *self.waiting.first().expect("it is paused, but not by a signal");
                let task = TaskId::clone(self.plan.id(first));
                let value = Arc::new(json!(draw));
                self.signal(Signal::Respond { task, value });
            }
        }
    }

    /// An answer to some task, or to none.
    fn answer(&mut self, draw: u32) {
        let place = draw as usize % (self.plan.len() + 1);
        let task = match self.plan.tasks.get(place) {
            Some(task) => TaskId::clone(&task.id),
            None => TaskId::from("nobody"),
        };
        let value = Arc::new(json!(draw));
        self.signal(Signal::Respond { task, value });
    }

    fn play(&mut self, draws: &[u32]) {
        match draws[0] % 17 {
            0 => self.signal(Signal::Cancel),
            1 => self.signal(Signal::Pause),
            2 => self.answer(draws[0]),
            3 => self.feed(Input::SignalsEnded),
            _ => {}
        }
        self.feed(Input::Started { input: Json::default() });
        self.feed(Input::Settled);
        // The same few draws over and over could pause it for ever; later ones send no signal unless it takes one to go on.
        let calm = (0..u32::MAX).map(|step| 8 * 512 + step % 512);
        for draw in draws.iter().copied().cycle().take(200).chain(calm) {
            if self.is_finished {
                return;
            }
            self.happen(draw);
        }
    }
}

proptest! {
    #[test]
    fn every_run_ends_with_nothing_in_flight_and_only_a_paused_one_leaves_tasks_behind(
        fields in fields(), draws in prop::collection::vec(any::<u32>(), 1..60),
    ) {
        let mut play = Play::new(plan(fields));
        play.play(&draws);
        prop_assert!(play.in_flight.is_empty());
        let outcome = play.core.outcome();
        for (task, outcome) in (0u32..).zip(&outcome.tasks) {
            let left_behind = if play.waiting.contains(&task) { TaskStatus::Waiting } else { TaskStatus::Pending };
            prop_assert_eq!(outcome.status, play.ended.get(&task).copied().unwrap_or(left_behind));
            let calls = play.made.iter().filter(|key| key.0 == task && key.3 == Purpose::Work);
            prop_assert_eq!(outcome.attempts as usize, calls.count());
        }
        let is_paused = outcome.status == RunStatus::Paused;
        prop_assert!(is_paused || play.ended.len() == play.plan.len());
        let context = play.core.context();
        prop_assert_eq!(context["tasks"].as_object().map(serde_json::Map::len), Some(play.ended.len()));
    }

    #[test]
    fn a_fresh_core_that_is_given_any_part_of_the_journal_goes_on_as_the_first_one_did(
        fields in fields(), draws in prop::collection::vec(any::<u32>(), 1..40), cut in any::<prop::sample::Index>(),
    ) {
        let mut play = Play::new(plan(fields));
        play.play(&draws);
        let mut entries = play.journal.entries();
        let before = entries.by_ref().take(cut.index(play.journal.len() + 1));
        let (mut recovered, mut actions) = replay(Arc::clone(&play.plan), before);
        for Entry { at, input } in entries {
            recovered.apply(at, input, &mut actions);
        }
        prop_assert_eq!(format!("{recovered:?}"), format!("{:?}", play.core));
        prop_assert_eq!(actions, play.actions);
    }
}
