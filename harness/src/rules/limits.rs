//! The bounds: calls in flight, timeouts, back-offs.

use contract::Millis;
use contract::workflow::{Retry, Task};

use super::timeline::{Made, Timeline};
use super::{Broken, note};
use crate::divergence::Aspect;

pub(super) fn check(timeline: &Timeline<'_>, broken: &mut Vec<Broken>) {
    if let Some(limit) = timeline.workflow.max_parallel {
        check_in_flight(timeline, limit as usize, broken);
    }
    for (_, task, attempts) in timeline.tasks() {
        check_timeouts(task, attempts, broken);
        check_back_offs(task, attempts, broken);
    }
}

/// Never more calls in flight than `max_parallel`. At one instant, what ends makes room for what starts.
fn check_in_flight(timeline: &Timeline<'_>, limit: usize, broken: &mut Vec<Broken>) {
    let mut changes: Vec<(Millis, i32)> = Vec::new();
    for call in timeline.calls.iter().flatten() {
        let ended = call.ended.unwrap_or(Millis(u64::MAX));
        // A call that takes no time at all is not in flight beside anything.
        if ended > call.started {
            changes.extend([(call.started, 1), (ended, -1)]);
        }
    }
    changes.sort_unstable();
    let mut in_flight = 0i32;
    let mut most = 0i32;
    for (_, change) in changes {
        in_flight += change;
        most = most.max(in_flight);
    }
    if most as usize > limit {
        note(
            broken,
            Aspect::Limits,
            "run.max_parallel".into(),
            format!("at most {limit} in flight"),
            format!("{most} in flight"),
        );
    }
}

/// An attempt that is made again after a crash keeps its deadline; what was due during the outage is due at once.
fn check_timeouts(task: &Task, attempts: &[Made<'_>], broken: &mut Vec<Broken>) {
    let Some(timeout) = task.timeout else { return };
    for made in attempts {
        let (call, last) = (made.first, made.last);
        let deadline = call.started.saturating_add(timeout);
        let due = if made.is_again() {
            deadline.max(last.started)
        } else {
            deadline
        };
        let over = last.ended.is_none_or(|ended| ended > due);
        if over {
            let seen = last.ended.map_or_else(
                || "still in flight at the end".into(),
                |ended| format!("ended at {}", ended.exact()),
            );
            let rule = format!(
                "dropped {} after its start at {}",
                timeout.exact(),
                call.started.exact()
            );
            note(
                broken,
                Aspect::Limits,
                format!("calls.{}#{}.timeout", task.id, call.attempt),
                rule,
                seen,
            );
        }
    }
}

fn check_back_offs(task: &Task, attempts: &[Made<'_>], broken: &mut Vec<Broken>) {
    for (position, Made { first: call, .. }) in attempts.iter().enumerate().skip(1) {
        let before = attempts[..position]
            .iter()
            .rev()
            .map(|made| made.last)
            .find(|before| before.item == call.item && before.attempt + 1 == call.attempt);
        let Some(ended) = before.and_then(|before| before.ended) else {
            continue;
        };
        let due = ended.saturating_add(delay(&task.retry, call.attempt.saturating_sub(1)));
        if call.started < due {
            let path = format!("calls.{}#{}.back_off", task.id, call.attempt);
            note(
                broken,
                Aspect::Limits,
                path,
                format!("not before {}", due.exact()),
                format!("at {}", call.started.exact()),
            );
        }
    }
}

/// `min(initial · factor^(n−1), max_delay)` after attempt `n`, written here once more: the check must not trust an engine's.
fn delay(retry: &Retry, attempt: u32) -> Millis {
    let exponent = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
    let grown = retry.initial.0 as f64 * retry.factor.powi(exponent);
    // A float cast saturates, and gives 0 for what is not a number.
    let grown = Millis(grown.round() as u64);
    retry.max_delay.map_or(grown, |longest| grown.min(longest))
}
