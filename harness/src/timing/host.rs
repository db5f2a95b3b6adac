//! The host of a timed run: it answers at once, so that what is left is the engine's own work.

use std::collections::HashMap;
use std::sync::Arc;

use contract::script::Then;
use contract::{Call, CallResult, Event, Host, Json, Script, Signal, TaskId};
use futures::FutureExt;
use futures::future::BoxFuture;

/// Gives what a script says each attempt gives, without the time it takes.
pub(super) struct TimedHost {
    /// What attempts give in turn, of the tasks that give anything but `null`. Looked up by nothing else, so its order does not show.
    answers: HashMap<TaskId, Vec<CallResult>>,
}

/// Why a script cannot be timed.
const UNTIMED: &str = "its script has signals, crashes, panics or calls that never return";

impl TimedHost {
    /// The host of `script`.
    ///
    /// # Errors
    /// If a host that answers at once cannot play it; the text says why.
    pub(super) fn new(script: &Script) -> Result<Self, String> {
        if !script.signals.is_empty() || !script.crashes.is_empty() {
            return Err(UNTIMED.to_owned());
        }
        let mut answers = HashMap::new();
        for (task, entry) in &script.tasks {
            let mut attempts = Vec::with_capacity(entry.attempts.len());
            for attempt in &entry.attempts {
                attempts.push(match &attempt.then {
                    Then::Returns(output) => Ok(Arc::clone(output)),
                    Then::Fails(error) => Err(error.clone()),
                    Then::Panics(_) | Then::NeverReturns => return Err(UNTIMED.to_owned()),
                });
            }
            let is_plain = |answer: &CallResult| answer.as_ref().is_ok_and(|output| output.is_null());
            if !attempts.iter().all(is_plain) {
                answers.insert(task.as_str().into(), attempts);
            }
        }
        Ok(Self { answers })
    }

    fn answer(&self, call: &Call) -> CallResult {
        if self.answers.is_empty() {
            return Ok(Json::default());
        }
        let attempts = self.answers.get(&call.task);
        let answer = attempts.and_then(|attempts| attempts.get(call.attempt as usize - 1).or(attempts.last()));
        answer.cloned().unwrap_or_else(|| Ok(Json::default()))
    }
}

impl Host for TimedHost {
    fn call(&self, call: Call) -> BoxFuture<'static, CallResult> {
        futures::future::ready(self.answer(&call)).boxed()
    }

    fn report(&self, _event: Event) {}

    fn signal(&self) -> BoxFuture<'static, Option<Signal>> {
        futures::future::ready(None).boxed()
    }
}
