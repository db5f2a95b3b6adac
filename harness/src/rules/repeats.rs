//! Durability: "a call whose result was recorded is never made again", and one made again after a crash is the same call.
//!
//! The observation alone tells: a call whose key was seen before is right if the earlier one was lost, or ended at the very
//! moment at which another one was, when its result may not have been recorded yet.

use contract::observation::{Fate, ObservedCall};

use super::{Broken, note};
use crate::compare::name;
use crate::divergence::Aspect;

/// The calls of a run, and which of them were made again.
pub(super) struct Calls<'a> {
    pub(super) all: &'a [ObservedCall],
    /// For each call, the one before it with its key.
    before: Vec<Option<usize>>,
}

impl<'a> Calls<'a> {
    pub(super) fn new(all: &'a [ObservedCall]) -> Self {
        let key = |index: &usize| {
            let call = &all[*index];
            (&*call.task, call.purpose, call.item, call.attempt, *index)
        };
        let mut sorted: Vec<usize> = (0..all.len()).collect();
        sorted.sort_unstable_by(|left, right| key(left).cmp(&key(right)));
        let mut before = vec![None; all.len()];
        for pair in sorted.windows(2) {
            let [left, right] = [&all[pair[0]], &all[pair[1]]];
            let is_same = (&left.task, left.purpose, left.item, left.attempt)
                == (&right.task, right.purpose, right.item, right.attempt);
            before[pair[1]] = is_same.then_some(pair[0]);
        }
        Self { all, before }
    }

    /// The call that the one at `index` rightly makes again, after a crash.
    pub(super) fn made_again(&self, index: usize) -> Option<usize> {
        self.before[index].filter(|before| self.is_lost(&self.all[*before]))
    }

    /// Whether the result of `call` may have been lost when the engine's process died.
    fn is_lost(&self, call: &ObservedCall) -> bool {
        let is_moment_of_a_crash = || {
            self.all
                .iter()
                .any(|other| other.fate == Fate::Lost && other.ended == call.ended)
        };
        call.fate == Fate::Lost || call.ended.is_some() && is_moment_of_a_crash()
    }
}

pub(super) fn check(calls: &Calls<'_>, broken: &mut Vec<Broken>) {
    for (index, call) in calls.all.iter().enumerate() {
        let Some(before) = calls.before[index] else { continue };
        let earlier = &calls.all[before];
        let path = format!("{}.again", name(call));
        if calls.made_again(index).is_none() {
            let seen = format!("made again at {}", call.started.exact());
            note(broken, Aspect::Calls, path, "never made again once it has ended", seen);
        } else if (&call.handler, &call.input) != (&earlier.handler, &earlier.input) {
            let show = |call: &ObservedCall| format!("{} with {}", call.handler, call.input);
            note(broken, Aspect::Calls, path, show(earlier), show(call));
        }
    }
}
