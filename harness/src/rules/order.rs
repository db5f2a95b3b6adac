//! The partial order: *a* before *b* if a need, a slot or a retry makes it so.

use contract::Millis;
use contract::workflow::{OnFailure, Task};

use super::timeline::{Made, Timeline};
use super::{Broken, note};
use crate::divergence::Aspect;

/// `is_exact`: what is released at a moment is released before anything starts at that moment.
pub(super) fn check(timeline: &Timeline<'_>, is_exact: bool, broken: &mut Vec<Broken>) {
    for (index, task, attempts) in timeline.tasks() {
        let released = timeline.released[index];
        if let Some(early) = attempts
            .iter()
            .map(|made| made.first)
            .find(|call| call.started < released)
        {
            let rule = if released == Millis(u64::MAX) {
                "after its needs".into()
            } else {
                format!("not before {}", released.exact())
            };
            note(
                broken,
                Aspect::Order,
                format!("calls.{}", task.id),
                rule,
                format!("at {}", early.started.exact()),
            );
        }
        check_attempts(task, attempts, broken);
    }
    check_queue(timeline, is_exact, broken);
}

/// Attempts of a task (of an item) follow one another: 1, 2, 3, each after the end of the one before.
fn check_attempts(task: &Task, attempts: &[Made<'_>], broken: &mut Vec<Broken>) {
    if attempts.len() < 2 {
        return;
    }
    for (position, Made { first: call, .. }) in attempts.iter().enumerate() {
        let before = attempts[..position].iter().rev().map(|made| made.last);
        let mut before = before;
        let before = before.find(|before| before.item == call.item);
        let expected = before.map_or(1, |before| before.attempt + 1);
        let path = || format!("calls.{}#{}", task.id, call.attempt);
        if call.attempt != expected {
            note(
                broken,
                Aspect::Order,
                path(),
                format!("attempt {expected}, the next one"),
                format!("attempt {}", call.attempt),
            );
        } else if before.is_some_and(|before| before.ended.is_none_or(|ended| ended > call.started)) {
            note(
                broken,
                Aspect::Order,
                path(),
                "after the attempt before it has ended",
                format!("at {}", call.started.exact()),
            );
        }
    }
}

/// Ready tasks start by priority, then by declaration order. Only where each task makes one call and nothing but its needs
/// holds it back, so that the moment it became ready is known from the calls alone.
fn check_queue(timeline: &Timeline<'_>, is_exact: bool, broken: &mut Vec<Broken>) {
    let workflow = timeline.workflow;
    let is_plain = |task: &Task| task.retry.max_attempts == 1 && task.for_each.is_none() && task.ask.is_none();
    // A task that was called again after a crash has two calls.
    let one_instant_each = timeline.calls.iter().all(|calls| match calls[..] {
        [] => true,
        [call] => call.ended.is_some_and(|ended| ended > call.started),
        _ => false,
    });
    let is_limited = workflow
        .max_parallel
        .is_some_and(|limit| (limit as usize) < workflow.tasks.len());
    if !is_limited
        || !one_instant_each
        || workflow.on_failure == OnFailure::Cancel
        || !workflow.tasks.iter().all(is_plain)
    {
        return;
    }
    let mut started: Vec<_> = timeline
        .tasks()
        .filter_map(|(index, task, attempts)| Some((attempts.first()?.first.started, index, task)))
        .collect();
    started.sort_by_key(|(moment, index, _)| (*moment, *index));
    for (position, (moment, index, task)) in started.iter().enumerate() {
        let rank = (-i64::from(task.priority), *index);
        let overtaken = started[position + 1..].iter().find(|(later, other, waiting)| {
            let released = timeline.released[*other];
            let is_ready = released < *moment || is_exact && released == *moment;
            later > moment && is_ready && (-i64::from(waiting.priority), *other) < rank
        });
        if let Some((_, _, waiting)) = overtaken {
            let rule = format!("after `{}`, which was ready and comes first", waiting.id);
            note(
                broken,
                Aspect::Order,
                format!("calls.{}", task.id),
                rule,
                format!("at {}, before it", moment.exact()),
            );
        }
    }
}
