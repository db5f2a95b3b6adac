//! Whether a run that died came to the end of the one that did not.

use std::collections::BTreeMap;

use contract::observation::{Fate, ObservedCall};
use contract::stage::Durably;
use contract::{Observation, Purpose};

use crate::compare::{Times, compare_ends, name};
use crate::divergence::{Aspect, Divergence};

/// In what `dying` differs from `undying`, a run of the same case.
pub fn differences(undying: &Durably, dying: &Durably) -> Vec<Divergence> {
    let mut found: Vec<Divergence> = dying.repeated.iter().map(repeated).collect();
    let (mut expected, _) = without_repeats(&undying.observation);
    let (seen, changed) = without_repeats(&dying.observation);
    found.extend(changed);
    // A call that is made and dropped at one instant need not be made by a process that died in between.
    let is_made = |call: &ObservedCall| seen.calls.iter().any(|made| key(made) == key(call));
    expected
        .calls
        .retain(|call| call.fate != Fate::Dropped || call.ended != Some(call.started) || is_made(call));
    found.extend(compare_ends(&expected, &seen, Times::Fixed));
    found
}

fn repeated(call: &ObservedCall) -> Divergence {
    Divergence {
        aspect: Aspect::Recovery,
        path: format!("{}.again", name(call)),
        baseline: "not made again: its result was on record".to_owned(),
        new: format!("made again at {}", call.started.exact()),
    }
}

/// What makes two calls the same attempt.
fn key(call: &ObservedCall) -> (&str, Option<u32>, u32, Purpose) {
    (&call.task, call.item, call.attempt, call.purpose)
}

/// The observation with one call for each key, from the start of the first to the end of the last, and the calls that were
/// made again as something else.
fn without_repeats(observation: &Observation) -> (Observation, Vec<Divergence>) {
    let mut places: BTreeMap<_, usize> = BTreeMap::new();
    let mut calls: Vec<ObservedCall> = Vec::with_capacity(observation.calls.len());
    let mut changed = Vec::new();
    for call in &observation.calls {
        let Some(place) = places.get(&key(call)) else {
            places.insert(key(call), calls.len());
            calls.push(call.clone());
            continue;
        };
        let first = &mut calls[*place];
        if (&first.handler, &first.input) != (&call.handler, &call.input) {
            let show = |call: &ObservedCall| format!("{} with {}", call.handler, call.input);
            changed.push(Divergence {
                aspect: Aspect::Recovery,
                path: format!("{}.input", name(call)),
                baseline: show(first),
                new: show(call),
            });
        }
        (first.ended, first.fate) = (call.ended, call.fate);
    }
    for call in calls.iter_mut().filter(|call| call.fate == Fate::Lost) {
        // It was to be dropped at that moment, and the death of the process did it.
        call.fate = Fate::Dropped;
    }
    let merged = Observation {
        end: observation.end.clone(),
        calls,
        events: Vec::new(),
        makespan: observation.makespan,
        logs: Vec::new(),
    };
    (merged, changed)
}
