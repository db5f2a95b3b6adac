//! What holds for every run of every engine, whatever the scenario.

use std::collections::BTreeMap;

use super::notation;
use super::watch::Log;
use crate::observation::{Fate, ObservedCall};
use crate::workflow::Workflow;
use crate::{Description, Event, EventKind, Millis, Observation, Outcome, Purpose, RunStatus, TaskStatus};

/// A law that a run broke: what it says, and what was seen instead.
pub(super) struct Broken {
    pub(super) law: String,
    pub(super) seen: String,
}

/// The run that is judged.
pub(super) struct Run<'a> {
    pub(super) description: &'a Description,
    pub(super) workflow: &'a Workflow,
    pub(super) observation: &'a Observation,
    pub(super) outcome: &'a Outcome,
    pub(super) log: &'a Log,
}

impl Run<'_> {
    /// The calls before `call` with its key.
    fn earlier(&self, call: &ObservedCall) -> impl Iterator<Item = &ObservedCall> {
        let key = (call.task.clone(), call.item, call.attempt, call.purpose);
        let before = self.observation.calls.iter().take_while({
            let call = std::ptr::from_ref(call);
            move |earlier| !std::ptr::eq(*earlier, call)
        });
        before.filter(move |earlier| {
            (&earlier.task, earlier.item, earlier.attempt, earlier.purpose) == (&key.0, key.1, key.2, key.3)
        })
    }

    fn is_made_again(&self, call: &ObservedCall) -> bool {
        self.earlier(call).next().is_some()
    }

    /// Whether each earlier call with the key of `call` was in flight when the process died.
    fn is_lost(&self, call: &ObservedCall) -> bool {
        self.earlier(call).all(|earlier| earlier.fate == Fate::Lost)
    }
}

/// The laws that a run broke, each with the first sign of it.
pub(super) fn broken_by(run: &Run<'_>) -> Vec<Broken> {
    let mut broken = Vec::new();
    let mut check = |holds: bool, law: &str, seen: &dyn Fn() -> String| {
        if !holds && broken.iter().all(|known: &Broken| known.law != law) {
            broken.push(Broken {
                law: law.to_owned(),
                seen: seen(),
            });
        }
    };
    about_calls(run, &mut check);
    about_the_outcome(run, &mut check);
    about_events(run, &mut check);
    broken
}

type Check<'a> = dyn FnMut(bool, &str, &dyn Fn() -> String) + 'a;

fn about_calls(run: &Run<'_>, check: &mut Check<'_>) {
    let calls = &run.observation.calls;
    let seen = |calls: Vec<&ObservedCall>| calls.into_iter().map(notation::call).collect::<Vec<_>>().join(", ");
    check(
        run.log.called_late.is_empty(),
        "nothing is called once the run has ended",
        &|| format!("called afterwards: {}", run.log.called_late.join(", ")),
    );
    let is_left = |call: &&ObservedCall| call.fate == Fate::InFlight || call.ended > run.log.ended;
    check(
        !calls.iter().any(|call| is_left(&call)),
        "no call is left behind in flight when the run ends",
        &|| seen(calls.iter().filter(is_left).collect()),
    );
    let again = |call: &ObservedCall| run.is_made_again(call);
    let work: Vec<&ObservedCall> = calls.iter().filter(|call| call.purpose == Purpose::Work).collect();
    check(
        !calls.iter().any(|call| again(call) && !run.is_lost(call)),
        "no call is made twice, except one that was in flight when the engine's process died",
        &|| seen(calls.iter().filter(|call| again(call)).collect()),
    );
    let mut attempts: BTreeMap<_, u32> = BTreeMap::new();
    let counted = work.iter().filter(|call| !again(call)).all(|call| {
        let made = attempts.entry((&call.task, call.item)).or_default();
        *made += 1;
        *made == call.attempt
    });
    check(
        counted,
        "the attempts of a task, or of an item, are numbered from 1",
        &|| seen(work.clone()),
    );
    let breaks_a_need = |call: &&&ObservedCall| {
        let needs = run
            .workflow
            .tasks
            .iter()
            .find(|task| task.id == call.task)
            .map_or(&[][..], |task| &task.needs);
        work.iter()
            .any(|earlier| needs.contains(&earlier.task) && earlier.ended.is_none_or(|ended| ended > call.started))
    };
    check(
        !work.iter().any(|call| breaks_a_need(&call)),
        "no task is called before the tasks it needs have ended",
        &|| seen(work.iter().filter(breaks_a_need).copied().collect()),
    );
    if let Some(limit) = run.workflow.max_parallel {
        let in_flight = |at: Millis| {
            work.iter()
                .filter(|call| call.started <= at && call.ended.is_none_or(|ended| ended > at))
                .count()
        };
        let most = work.iter().map(|call| in_flight(call.started)).max().unwrap_or(0);
        check(
            most <= limit as usize,
            "no more calls are in flight than `max_parallel` allows",
            &|| format!("{most} in flight at once, where {limit} are allowed"),
        );
    }
}

fn about_the_outcome(run: &Run<'_>, check: &mut Check<'_>) {
    let Run {
        outcome, observation, ..
    } = run;
    let shown = || notation::outcome(outcome);
    let declared = run.workflow.tasks.iter().map(|task| &task.id);
    check(
        declared.eq(outcome.tasks.iter().map(|task| &task.task)),
        "an outcome has each task once, as declared",
        &shown,
    );
    for task in &outcome.tasks {
        let fits = task.output.is_some() == (task.status == TaskStatus::Succeeded)
            && task.error.is_some() == matches!(task.status, TaskStatus::Failed | TaskStatus::TimedOut)
            && task.skipped.is_some() == (task.status == TaskStatus::Skipped);
        check(
            fits,
            "a task has an output if it succeeded, an error if it failed, a reason if it was skipped",
            &shown,
        );
        let called = observation
            .calls
            .iter()
            .filter(|call| call.task == task.task && call.purpose == Purpose::Work && !run.is_made_again(call));
        let called = called.count();
        check(
            task.attempts as usize == called,
            "a task's attempts are the calls made for it",
            &|| {
                format!(
                    "{} attempts in the outcome of `{}`, {called} calls at the host",
                    task.attempts, task.task
                )
            },
        );
        let may_be_open = task.status.is_terminal() || outcome.status == RunStatus::Paused;
        check(may_be_open, "only a paused run leaves a task without an end", &shown);
    }
    let has_failure = outcome.tasks.iter().any(|task| task.error.is_some());
    check(
        has_failure == outcome.error.is_some(),
        "a run has an error if a task of it failed or timed out",
        &shown,
    );
}

fn about_events(run: &Run<'_>, check: &mut Check<'_>) {
    let Run {
        observation, outcome, ..
    } = run;
    let reports = |kind| run.description.reports.contains(&kind);
    let events: Vec<&Event> = observation.events.iter().map(|reported| &reported.event).collect();
    let of = |kind: EventKind| {
        events
            .iter()
            .filter(|event| event.kind() == kind)
            .copied()
            .collect::<Vec<_>>()
    };
    let shown = || notation::events(observation.events.iter().map(|reported| (reported.at, &reported.event)));
    let mut undeclared = events.iter().filter(|event| !reports(event.kind())).peekable();
    check(
        undeclared.peek().is_none(),
        "only the kinds of event that an engine declares are reported",
        &shown,
    );
    check(
        !run.log.reported_late,
        "nothing is reported once the run has ended",
        &shown,
    );
    if reports(EventKind::RunStarted) {
        let is_first = events.first() == Some(&&Event::RunStarted) && of(EventKind::RunStarted).len() == 1;
        check(is_first, "a run's start is reported once, before all else", &shown);
    }
    if reports(EventKind::RunEnded) {
        let end = Event::RunEnded { status: outcome.status };
        let is_last = events.last() == Some(&&end) && of(EventKind::RunEnded).len() == 1;
        check(
            is_last,
            "a run's end is reported once, after all else, as the outcome has it",
            &shown,
        );
    }
    if reports(EventKind::TaskEnded) {
        let mut reported = of(EventKind::TaskEnded)
            .into_iter()
            .map(notation::event)
            .collect::<Vec<_>>();
        let ended = outcome.tasks.iter().filter(|task| task.status.is_terminal());
        let mut expected: Vec<_> = ended
            .map(|task| {
                notation::event(&Event::TaskEnded {
                    task: task.task.clone(),
                    status: task.status,
                })
            })
            .collect();
        reported.sort();
        expected.sort();
        check(
            reported == expected,
            "each task's end is reported once, as the outcome has it",
            &shown,
        );
    }
    if reports(EventKind::AttemptStarted) {
        let reported = observation
            .events
            .iter()
            .filter(|reported| reported.event.kind() == EventKind::AttemptStarted);
        let started: Vec<_> = observation
            .calls
            .iter()
            .filter(|call| call.purpose == Purpose::Work && !run.is_made_again(call))
            .map(|call| {
                let (task, item, attempt) = (call.task.clone(), call.item, call.attempt);
                (call.started, Event::AttemptStarted { task, item, attempt })
            })
            .collect();
        let reported = notation::events(reported.map(|reported| (reported.at, &reported.event)));
        let calls = notation::events(started.iter().map(|(at, event)| (*at, event)));
        check(
            reported == calls,
            "each call of a task is reported when it is made",
            &|| format!("reported: {reported}; called: {calls}"),
        );
    }
}
