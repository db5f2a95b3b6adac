//! A host between a real engine and the stage: it makes a call twice, or keeps a report to itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use contract::{Call, CallResult, Event, Host, Signal, Storage};
use futures::future::BoxFuture;

use super::Fault;

pub(super) struct FaultyHost {
    host: Arc<dyn Host>,
    fault: Fault,
    is_done: AtomicBool,
}

impl FaultyHost {
    pub(super) fn new(host: Arc<dyn Host>, fault: Fault) -> Self {
        let is_done = AtomicBool::new(false);
        Self { host, fault, is_done }
    }

    /// Whether it is now that things go wrong: once in a run.
    fn is_time_for(&self, fault: Fault) -> bool {
        self.fault == fault && !self.is_done.swap(true, Ordering::Relaxed)
    }
}

impl Host for FaultyHost {
    fn call(&self, call: Call) -> BoxFuture<'static, CallResult> {
        if self.is_time_for(Fault::DoublesACall) {
            drop(self.host.call(call.clone()));
        }
        self.host.call(call)
    }

    fn report(&self, event: Event) {
        let is_lost = matches!(event, Event::TaskEnded { .. }) && self.is_time_for(Fault::KeepsATasksEndToItself);
        if !is_lost {
            self.host.report(event);
        }
    }

    fn storage(&self) -> Option<Arc<dyn Storage>> {
        self.host.storage()
    }

    fn signal(&self) -> BoxFuture<'static, Option<Signal>> {
        self.host.signal()
    }
}
