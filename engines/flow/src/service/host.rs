//! The host of a run: its handlers, its mailbox, and who hears of it.

use std::sync::{Arc, Mutex, PoisonError};

use contract::{Call, CallError, CallResult, ErrorKind, Event, Host, Signal};
use futures::FutureExt;
use futures::future::BoxFuture;
use tracing::Instrument;

use super::events::Announcer;
use super::handler::Handlers;
use super::observe::{self, Measure, Spans};
use super::runs::Entry;

/// What a driver of this engine's runs asks.
pub(super) struct RunHost {
    pub(super) entry: Arc<Entry>,
    pub(super) handlers: Handlers,
    pub(super) announcer: Announcer,
    pub(super) spans: Mutex<Spans>,
}

impl RunHost {
    /// Spans call into the subscriber, which may be anybody's code: if it panics, what is held here is still whole.
    fn with_spans<T>(&self, act: impl FnOnce(&mut Spans) -> T) -> T {
        act(&mut self.spans.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Host for RunHost {
    fn call(&self, call: Call) -> BoxFuture<'static, CallResult> {
        let Some(handler) = self.handlers.get(&call.handler) else {
            // Looked for before the run began.
            let message = format!("there is no handler `{}`", call.handler);
            return std::future::ready(Err(CallError::new(ErrorKind::Permanent, message))).boxed();
        };
        let span = self.with_spans(|spans| spans.attempt(&call));
        let measure = Measure::start(&call.handler, span.clone());
        let work = span.in_scope(|| handler.call(call));
        async move {
            let result = work.await;
            measure.end(&result);
            result
        }
        .instrument(span)
        .boxed()
    }

    fn report(&self, event: Event) {
        observe::count(&event);
        self.with_spans(|spans| spans.follow(&event));
        self.announcer.tell(&self.entry.run, || event);
    }

    fn signal(&self) -> BoxFuture<'static, Option<Signal>> {
        let entry = Arc::clone(&self.entry);
        futures::future::poll_fn(move |context| entry.mailbox.poll_next(context.waker()).map(Some)).boxed()
    }
}
