//! The signals on their way to a run, and who waits to hear what became of them.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use contract::Signal;
use tokio::sync::oneshot;

/// Told whether a signal had an effect, once that is durable. Dropped: nobody will ever know.
pub(super) type Reply = oneshot::Sender<bool>;

/// The signals of one run, in order.
#[derive(Default)]
pub(super) struct Mailbox(Mutex<Letters>);

#[derive(Default)]
struct Letters {
    waiting: VecDeque<(Signal, Reply)>,
    /// Of the signals that the driver has taken and not said anything about yet.
    taken: VecDeque<Reply>,
    driver: Option<Waker>,
}

impl Mailbox {
    /// Nothing that could panic happens while this is held.
    fn letters(&self) -> MutexGuard<'_, Letters> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn put(&self, signal: Signal, reply: Reply) {
        let mut letters = self.letters();
        letters.waiting.push_back((signal, reply));
        let driver = letters.driver.take();
        drop(letters);
        if let Some(driver) = driver {
            driver.wake();
        }
    }

    /// The next signal.
    pub(super) fn poll_next(&self, waker: &Waker) -> Poll<Signal> {
        let mut letters = self.letters();
        let Some((signal, reply)) = letters.waiting.pop_front() else {
            letters.driver = Some(waker.clone());
            return Poll::Pending;
        };
        letters.taken.push_back(reply);
        Poll::Ready(signal)
    }

    /// Says what became of the first signal that was taken.
    pub(super) fn answer(&self, is_accepted: bool) {
        let reply = self.letters().taken.pop_front();
        if let Some(reply) = reply {
            // Whoever asked may have stopped waiting.
            let _ = reply.send(is_accepted);
        }
    }

    /// The driver leaves: its waker would keep all that it had in memory.
    pub(super) fn leave(&self) {
        let driver = self.letters().driver.take();
        drop(driver);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.letters().waiting.is_empty()
    }

    /// Lets go of everything: no driver will come any more.
    pub(super) fn close(&self) {
        *self.letters() = Letters::default();
    }
}
