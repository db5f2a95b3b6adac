//! What the engine reported about itself agrees with what the host saw. Only for the kinds of event it says it reports.

use contract::observation::End;
use contract::{Event, EventKind, Outcome, Purpose};

use super::repeats::Calls;
use super::{Broken, note};
use crate::compare::Side;
use crate::divergence::Aspect;

pub(super) fn check(side: Side<'_>, calls: &Calls<'_>, broken: &mut Vec<Broken>) {
    // An engine that broke off had no chance to finish its account.
    let End::Finished(outcome) = &side.observation.end else {
        return;
    };
    let reports = |kind| side.description.reports.contains(&kind);
    if reports(EventKind::RunStarted) {
        check_first(side, broken);
    }
    if reports(EventKind::RunEnded) {
        check_last(side, outcome, broken);
    }
    if reports(EventKind::AttemptStarted) {
        check_attempts(side, calls, broken);
    }
    if reports(EventKind::TaskEnded) {
        check_task_ends(side, outcome, broken);
    }
    if reports(EventKind::CompensationStarted) {
        check_compensations(side, outcome, broken);
    }
}

fn check_first(side: Side<'_>, broken: &mut Vec<Broken>) {
    let events = &side.observation.events;
    let count = events
        .iter()
        .filter(|reported| reported.event == Event::RunStarted)
        .count();
    if count != 1 || events.first().map(|first| &first.event) != Some(&Event::RunStarted) {
        note(
            broken,
            Aspect::Events,
            "events.run_started".into(),
            "reported once, before anything else",
            format!("{count} times"),
        );
    }
}

fn check_last(side: Side<'_>, outcome: &Outcome, broken: &mut Vec<Broken>) {
    let ended = Event::RunEnded { status: outcome.status };
    let events = &side.observation.events;
    let count = events
        .iter()
        .filter(|reported| reported.event.kind() == EventKind::RunEnded)
        .count();
    if count != 1 || events.last().map(|last| &last.event) != Some(&ended) {
        let rule = format!("reported once, last, as {}", outcome.status.as_str());
        note(
            broken,
            Aspect::Events,
            "events.run_ended".into(),
            rule,
            format!("{count} times, or not so"),
        );
    }
}

/// An attempt that is made again after a crash has been reported already.
fn check_attempts(side: Side<'_>, calls: &Calls<'_>, broken: &mut Vec<Broken>) {
    let work = calls
        .all
        .iter()
        .enumerate()
        .filter(|(place, call)| call.purpose == Purpose::Work && calls.made_again(*place).is_none())
        .map(|(_, call)| call);
    let mut called: Vec<_> = work
        .map(|call| (&*call.task, call.item, call.attempt, call.started))
        .collect();
    let mut reported: Vec<_> = side
        .observation
        .events
        .iter()
        .filter_map(|reported| match &reported.event {
            Event::AttemptStarted { task, item, attempt } => Some((&**task, *item, *attempt, reported.at)),
            _ => None,
        })
        .collect();
    called.sort_unstable();
    reported.sort_unstable();
    if called != reported {
        let differs = called
            .iter()
            .zip(&reported)
            .find(|(call, report)| call != report)
            .map(|(call, _)| call.0);
        let task = differs
            .or(called.last().or(reported.last()).map(|last| last.0))
            .unwrap_or_default();
        let seen = format!(
            "{} reports for {} calls, the first difference at `{task}`",
            reported.len(),
            called.len()
        );
        note(
            broken,
            Aspect::Events,
            "events.attempt_started".into(),
            "one report for each call, at its time",
            seen,
        );
    }
}

fn check_task_ends(side: Side<'_>, outcome: &Outcome, broken: &mut Vec<Broken>) {
    let mut ended: Vec<_> = outcome
        .tasks
        .iter()
        .filter(|task| task.status.is_terminal())
        .map(|task| (&*task.task, task.status))
        .collect();
    let mut reported: Vec<_> = side
        .observation
        .events
        .iter()
        .filter_map(|reported| match &reported.event {
            Event::TaskEnded { task, status } => Some((&**task, *status)),
            _ => None,
        })
        .collect();
    ended.sort_unstable();
    reported.sort_unstable();
    if ended == reported {
        return;
    }
    for (task, status) in ended.iter().filter(|end| !reported.contains(end)) {
        note(
            broken,
            Aspect::Events,
            format!("events.task_ended.{task}"),
            format!("reported as {}", status.as_str()),
            "not reported so",
        );
    }
    for (task, status) in reported.iter().filter(|end| !ended.contains(end)) {
        note(
            broken,
            Aspect::Events,
            format!("events.task_ended.{task}"),
            "not reported",
            format!("reported as {}", status.as_str()),
        );
    }
    let doubled = reported.windows(2).find(|pair| pair[0] == pair[1]);
    if let Some([(task, _), ..]) = doubled {
        let path = format!("events.task_ended.{task}");
        note(broken, Aspect::Events, path, "reported once", "reported again");
    }
}

fn check_compensations(side: Side<'_>, outcome: &Outcome, broken: &mut Vec<Broken>) {
    let undone: Vec<&str> = outcome.compensations.iter().map(|undone| &*undone.task).collect();
    let reported = side
        .observation
        .events
        .iter()
        .filter_map(|reported| match &reported.event {
            Event::CompensationStarted { task } => Some(&**task),
            _ => None,
        });
    let reported: Vec<&str> = reported.collect();
    if undone != reported {
        note(
            broken,
            Aspect::Events,
            "events.compensation_started".into(),
            undone.join(", "),
            reported.join(", "),
        );
    }
}
