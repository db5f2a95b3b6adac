//! What became of attempts: retries, timeouts, and the items of lists.

use std::collections::BTreeSet;

use contract::observation::{Fate, ObservedCall};
use contract::workflow::{Input, Task};
use contract::{ErrorKind, Millis, TaskOutcome, TaskStatus, Then};
use serde_json::Value;

use super::facts::Facts;
use super::{Behaviour as B, Behaviours, note};

/// Attempts that are many.
const MANY: u32 = 5;

pub(super) fn tell(facts: &Facts<'_>, found: &mut Behaviours) {
    for (place, task, outcome) in facts.tasks() {
        if task.retry.max_attempts > 1 {
            retries(facts, place, task, outcome, found);
        }
        if task.for_each.is_some() {
            items(facts, task, outcome, found);
        }
    }
    let waits = &facts.back_offs;
    for (place, wait) in waits.iter().enumerate() {
        let beside = waits[..place]
            .iter()
            .any(|other| other.task != wait.task && other.from <= wait.from && wait.from < other.due.min(other.until));
        note(found, beside && wait.delay > Millis::ZERO, B::RetryTwoBackingOff);
        let id = &facts.workflow.tasks[wait.task].id;
        let starts = facts
            .calls()
            .any(|call| call.task != *id && wait.from < call.started && call.started < wait.due.min(wait.until));
        note(found, starts, B::RetryOthersStart);
    }
}

/// The kind of error that an attempt ended with, as its script says.
fn scripted_kind(facts: &Facts<'_>, task: &Task, item: Option<u32>, attempt: u32) -> Option<ErrorKind> {
    match facts.script.attempt(&task.id, item, attempt).then {
        Then::Fails(error) => Some(error.kind),
        Then::Panics(_) => Some(ErrorKind::Panic),
        Then::Returns(_) | Then::NeverReturns => None,
    }
}

fn retries(facts: &Facts<'_>, place: usize, task: &Task, outcome: &TaskOutcome, found: &mut Behaviours) {
    let is_alone = task.for_each.is_none();
    let most = task.retry.max_attempts;
    let kind = outcome.error.as_ref().map(|error| &error.kind);
    let has_stopped = |at: Millis| facts.failed.is_some_and(|failed| failed < at);
    let ended = facts.ended[place].unwrap_or(facts.end);
    if is_alone {
        let spent = outcome.attempts == most;
        note(
            found,
            outcome.status == TaskStatus::Succeeded && outcome.attempts > 1,
            B::RetrySucceeds,
        );
        note(found, outcome.status == TaskStatus::Failed && spent, B::RetrySpent);
        note(
            found,
            outcome.status == TaskStatus::TimedOut && spent,
            B::RetryTimeoutsSpent,
        );
        note(found, spent && most >= MANY, B::RetryFive);
        let cut_short = outcome.status == TaskStatus::Failed && !spent && !has_stopped(ended);
        let is_permanent = kind == Some(&ErrorKind::Permanent);
        note(
            found,
            cut_short && is_permanent && task.retry.only.is_none(),
            B::RetryPermanent,
        );
        note(
            found,
            cut_short && kind != Some(&ErrorKind::Input) && task.retry.only.is_some(),
            B::RetryOnlyStops,
        );
    }
    let waits: Vec<_> = facts.back_offs.iter().filter(|wait| wait.task == place).collect();
    for wait in &waits {
        let made_again = facts
            .calls_of(task)
            .any(|call| call.item == wait.item && call.attempt == wait.attempt + 1);
        if !made_again {
            continue;
        }
        let before = facts
            .calls_of(task)
            .find(|call| call.item == wait.item && call.attempt == wait.attempt);
        let timed_out = before.is_some_and(|call| facts.has_timed_out(call));
        let kind = scripted_kind(facts, task, wait.item, wait.attempt).filter(|_| !timed_out);
        note(found, timed_out, B::RetryAfterTimeout);
        note(found, kind == Some(ErrorKind::Panic), B::RetryAfterPanic);
        note(found, kind == Some(ErrorKind::Permanent), B::RetryPermanentNamed);
        note(found, task.retry.only.is_some(), B::RetryOnlyAllows);
        note(found, wait.delay == Millis::ZERO, B::RetryWithoutDelay);
        let full = task.retry.initial.0 as f64 * task.retry.factor.powi(wait.attempt.cast_signed() - 1);
        let is_capped = task
            .retry
            .max_delay
            .is_some_and(|most| (most.0 as f64) < full && wait.delay == most);
        note(found, is_capped, B::RetryCapped);
        let next = waits
            .iter()
            .find(|next| next.item == wait.item && next.attempt == wait.attempt + 1);
        if let Some(next) = next.filter(|_| wait.delay > Millis::ZERO) {
            note(found, next.delay > wait.delay, B::RetryGrows);
            note(found, next.delay < wait.delay, B::RetryShrinks);
            note(found, next.delay == wait.delay, B::RetrySteady);
        }
    }
}

fn items(facts: &Facts<'_>, task: &Task, outcome: &TaskOutcome, found: &mut Behaviours) {
    let Some(list) = &task.for_each else { return };
    let calls: Vec<&ObservedCall> = facts.calls_of(task).collect();
    let called: BTreeSet<Option<u32>> = calls.iter().map(|call| call.item).collect();
    let has_succeeded = outcome.status == TaskStatus::Succeeded;
    let outputs = outcome.output.as_deref().and_then(Value::as_array).map(Vec::len);
    note(found, has_succeeded && outputs == Some(0), B::ItemsNone);
    note(found, has_succeeded && outputs == Some(1), B::ItemsOne);
    note(found, has_succeeded && outputs > Some(1), B::ItemsSeveral);
    note(found, list.is_object() && !calls.is_empty(), B::ItemsComputed);
    let no_list = contract::CallError::not_a_list();
    note(found, outcome.error.as_ref() == Some(&no_list), B::ItemsNoList);
    let reads = task.call.as_ref().is_some_and(|work| match &work.input {
        Input::Template(template) => {
            let text = template.to_string();
            text.contains(r#"{"var":"item"}"#) || text.contains(r#"{"var":"index"}"#)
        }
        Input::Literal(_) => false,
    });
    note(found, reads && !calls.is_empty(), B::ItemsRead);
    note(
        found,
        calls.iter().any(|call| facts.has_timed_out(call)),
        B::ItemsTimedOut,
    );
    let retried = calls.iter().any(|call| call.attempt > 1 && call.fate == Fate::Returned);
    note(found, has_succeeded && retried, B::ItemsRetried);
    let lasts = calls.iter().filter(|call| call.fate == Fate::Returned);
    let mut by_end: Vec<(Option<Millis>, Option<u32>)> = lasts.map(|call| (call.ended, call.item)).collect();
    by_end.sort_unstable();
    let in_order = by_end.is_sorted_by_key(|(_, item)| *item);
    note(found, has_succeeded && !in_order, B::ItemsOutOfOrder);
    let firsts: BTreeSet<Millis> = calls
        .iter()
        .filter(|call| call.attempt == 1)
        .map(|call| call.started)
        .collect();
    note(
        found,
        firsts.len() > 1 && facts.workflow.max_parallel.is_some(),
        B::ItemsQueue,
    );
    if outcome.status != TaskStatus::Failed || calls.is_empty() {
        return;
    }
    note(found, true, B::ItemsFailing);
    let count = list.as_array().map_or(0, Vec::len);
    note(found, called.len() < count, B::ItemsNotStarted);
    // The item that failed for good is the first one of which no attempt followed a failure.
    let failed = calls.iter().filter(|call| {
        let is_last = !calls
            .iter()
            .any(|other| other.item == call.item && other.attempt > call.attempt);
        is_last && (matches!(call.fate, Fate::Failed | Fate::Panicked) || facts.has_timed_out(call))
    });
    let first = failed.filter_map(|call| call.ended).min();
    let finishes = calls
        .iter()
        .any(|call| call.fate == Fate::Returned && first.is_some_and(|first| call.ended > Some(first)));
    note(found, finishes, B::ItemsOthersFinish);
}
