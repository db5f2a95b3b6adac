//! The host on the stage: performs each call as the script says, and writes down everything it is asked and told.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::time::Instant;

use crate::observation::{Fate, ObservedCall, ObservedEvent};
use crate::script::Then;
use crate::{Call, CallResult, Event, Host, Millis, Purpose, Script, Signal};

/// Plays a script and records what happens.
pub(super) struct ScriptedHost {
    script: Arc<Script>,
    started: Instant,
    record: Arc<Mutex<Record>>,
}

#[derive(Default)]
struct Record {
    calls: Vec<ObservedCall>,
    events: Vec<ObservedEvent>,
    signals_given: usize,
    last_activity: Millis,
}

/// A panic while the record is held can only come from the allocator; what was written until then is whole.
fn lock(record: &Mutex<Record>) -> MutexGuard<'_, Record> {
    record.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ScriptedHost {
    pub(super) fn new(script: Arc<Script>, started: Instant) -> Self {
        Self {
            script,
            started,
            record: Arc::default(),
        }
    }

    fn now(&self) -> Millis {
        (Instant::now() - self.started).into()
    }

    pub(super) fn calls_made(&self) -> usize {
        lock(&self.record).calls.len()
    }

    pub(super) fn last_activity(&self) -> Millis {
        lock(&self.record).last_activity
    }

    pub(super) fn take(&self) -> (Vec<ObservedCall>, Vec<ObservedEvent>) {
        let mut record = lock(&self.record);
        (std::mem::take(&mut record.calls), std::mem::take(&mut record.events))
    }
}

impl Host for ScriptedHost {
    fn call(&self, call: Call) -> BoxFuture<'static, CallResult> {
        let attempt = match call.purpose {
            Purpose::Work => self.script.attempt(&call.task, call.item, call.attempt),
            Purpose::Compensate => self.script.compensation(&call.task),
        };
        let now = self.now();
        let index = {
            let mut record = lock(&self.record);
            record.last_activity = now;
            record.calls.push(ObservedCall {
                task: call.task,
                item: call.item,
                attempt: call.attempt,
                purpose: call.purpose,
                handler: call.handler,
                input: call.input,
                started: now,
                ended: None,
                fate: Fate::InFlight,
            });
            record.calls.len() - 1
        };
        let mut ending = Ending {
            record: Arc::clone(&self.record),
            index,
            run_started: self.started,
            is_over: false,
        };
        // The call begins now, not when its future is first polled.
        let due = Instant::now() + attempt.takes.duration();
        async move {
            if attempt.takes > Millis::ZERO {
                tokio::time::sleep_until(due).await;
            }
            match attempt.then {
                Then::Returns(output) => {
                    ending.note(Fate::Returned);
                    Ok(output)
                }
                Then::Fails(error) => {
                    ending.note(Fate::Failed);
                    Err(error)
                }
                Then::Panics(message) => {
                    ending.note(Fate::Panicked);
                    std::panic::resume_unwind(Box::new(message))
                }
                Then::NeverReturns => std::future::pending().await,
            }
        }
        .boxed()
    }

    fn report(&self, event: Event) {
        let at = self.now();
        let mut record = lock(&self.record);
        record.last_activity = at;
        record.events.push(ObservedEvent { at, event });
    }

    fn signal(&self) -> BoxFuture<'static, Option<Signal>> {
        let given = {
            let mut record = lock(&self.record);
            record.signals_given += 1;
            record.signals_given - 1
        };
        let Some(scripted) = self.script.signals.get(given).cloned() else {
            return std::future::ready(None).boxed();
        };
        let due = self.started + scripted.at.duration();
        let record = Arc::clone(&self.record);
        let undelivered = Undelivered {
            record: Some(record),
            given,
        };
        async move {
            let mut undelivered = undelivered;
            if scripted.at > Millis::ZERO {
                tokio::time::sleep_until(due).await;
            }
            undelivered.record = None;
            Some(scripted.signal)
        }
        .boxed()
    }
}

/// A signal whose future is dropped before it came is given to the next one who asks.
struct Undelivered {
    record: Option<Arc<Mutex<Record>>>,
    given: usize,
}

impl Drop for Undelivered {
    fn drop(&mut self) {
        if let Some(record) = &self.record {
            lock(record).signals_given = self.given;
        }
    }
}

/// Notes how a call ends, be it that its future is dropped.
struct Ending {
    record: Arc<Mutex<Record>>,
    index: usize,
    run_started: Instant,
    is_over: bool,
}

impl Ending {
    fn note(&mut self, fate: Fate) {
        self.is_over = true;
        let now = (Instant::now() - self.run_started).into();
        let mut record = lock(&self.record);
        record.last_activity = now;
        // The record may have been taken already, if the engine kept the call beyond its run.
        if let Some(call) = record.calls.get_mut(self.index) {
            call.ended = Some(now);
            call.fate = fate;
        }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if !self.is_over && tokio::runtime::Handle::try_current().is_ok() {
            self.note(Fate::Dropped);
        }
    }
}
