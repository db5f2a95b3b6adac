//! Calls: which task attempts were made, with which input. A multiset, so a doubled or lost call shows.

use std::sync::Arc;

use contract::observation::{Fate, ObservedCall};
use contract::{Millis, Purpose};

use super::{Findings, Times, value};
use crate::divergence::Aspect;

pub(super) fn compare(baseline: &[ObservedCall], new: &[ObservedCall], times: Times, found: &mut Findings) {
    let (expected, seen) = (sorted(baseline), sorted(new));
    let (mut expected, mut seen) = (expected.into_iter().peekable(), seen.into_iter().peekable());
    loop {
        match (expected.peek(), seen.peek()) {
            (Some(left), Some(right)) if key(left) == key(right) => {
                compare_pair(left, right, times, found);
                expected.next();
                seen.next();
            }
            (Some(left), right) if right.is_none_or(|right| key(left) < key(right)) => {
                found.add(Aspect::Calls, name(left), "called", "not called");
                expected.next();
            }
            (_, Some(right)) => {
                found.add(Aspect::Calls, name(right), "not called", "called");
                seen.next();
            }
            // The arm above it took every other case with a left side.
            (Some(_) | None, None) => return,
        }
    }
}

fn compare_pair(baseline: &ObservedCall, new: &ObservedCall, times: Times, found: &mut Findings) {
    let both = [baseline, new];
    found.check(
        Aspect::Calls,
        || format!("{}.handler", name(new)),
        both.map(|call| &call.handler),
        ToString::to_string,
    );
    if !Arc::ptr_eq(&baseline.input, &new.input) && !value::are_equal(&baseline.input, &new.input) {
        value::compare(
            &format!("{}.input", name(new)),
            both.map(|call| Some(&*call.input)),
            Aspect::Calls,
            found,
        );
    }
    found.check(
        Aspect::Calls,
        || format!("{}.fate", name(new)),
        both.map(|call| &call.fate),
        |fate| describe(*fate).into(),
    );
    if times == Times::Fixed {
        found.check(
            Aspect::Limits,
            || format!("{}.started", name(new)),
            both.map(|call| &call.started),
            |moment| at(*moment),
        );
        found.check(
            Aspect::Limits,
            || format!("{}.ended", name(new)),
            both.map(|call| &call.ended),
            |ended| ended.map_or_else(|| "in flight".into(), at),
        );
    }
}

pub(super) fn at(moment: Millis) -> String {
    format!("at {}", moment.exact())
}

/// How a call ended, in a word or two.
pub(super) fn describe(fate: Fate) -> &'static str {
    match fate {
        Fate::InFlight => "left in flight",
        Fate::Returned => "returned",
        Fate::Failed => "failed",
        Fate::Panicked => "panicked",
        Fate::Dropped => "dropped",
        Fate::Lost => "lost in a crash",
    }
}

fn key(call: &ObservedCall) -> (&str, Purpose, Option<u32>, u32) {
    (&call.task, call.purpose, call.item, call.attempt)
}

fn sorted(calls: &[ObservedCall]) -> Vec<&ObservedCall> {
    let mut sorted: Vec<_> = calls.iter().collect();
    sorted.sort_by(|left, right| key(left).cmp(&key(right)).then(left.started.cmp(&right.started)));
    sorted
}

/// `calls.b#2`, `calls.b[0]#1`, `calls.b~undo#1`.
pub(crate) fn name(call: &ObservedCall) -> String {
    let item = call.item.map(|item| format!("[{item}]")).unwrap_or_default();
    let undo = if call.purpose == Purpose::Compensate {
        "~undo"
    } else {
        ""
    };
    format!("calls.{}{item}{undo}#{}", call.task, call.attempt)
}
