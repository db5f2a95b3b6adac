//! The stream of events: what all runs of an engine do, for whoever shows progress.

use std::sync::Arc;

use contract::Event;
use futures::Stream;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{Receiver, Sender, channel};

/// How many events a slow listener may lag behind before it misses some.
const CAPACITY: usize = 4096;

/// Something that a run did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunEvent {
    /// The run.
    pub run: Arc<str>,
    /// What it did. It is durable already.
    pub event: Event,
}

/// What a listener hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Something happened.
    Event(RunEvent),
    /// The listener was too slow for this many events; `status` says how things stand.
    Missed(u64),
}

/// Tells all listeners.
#[derive(Clone)]
pub(super) struct Announcer(Sender<RunEvent>);

impl Announcer {
    pub(super) fn new() -> Self {
        Self(channel(CAPACITY).0)
    }

    pub(super) fn tell(&self, run: &Arc<str>, event: impl FnOnce() -> Event) {
        if self.0.receiver_count() > 0 {
            let run = Arc::clone(run);
            // The last listener may have left in between.
            let _ = self.0.send(RunEvent { run, event: event() });
        }
    }

    pub(super) fn listen(&self) -> impl Stream<Item = Progress> + Send + Unpin + use<> {
        Box::pin(futures::stream::unfold(self.0.subscribe(), next))
    }
}

async fn next(mut receiver: Receiver<RunEvent>) -> Option<(Progress, Receiver<RunEvent>)> {
    let heard = match receiver.recv().await {
        Ok(event) => Progress::Event(event),
        Err(RecvError::Lagged(missed)) => Progress::Missed(missed),
        Err(RecvError::Closed) => return None,
    };
    Some((heard, receiver))
}
