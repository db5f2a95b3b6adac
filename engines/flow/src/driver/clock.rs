//! The run's clock and its timers: any number of deadlines, one sleep.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use contract::Millis;
use contract::stage::HORIZON;
use tokio::time::{Instant, Sleep};

use crate::core::Timer;

/// Moments since the run began, and what is due at them.
pub(super) struct Clock {
    /// A moment, and what time it was then.
    anchor: Instant,
    age: Millis,
    due: BinaryHeap<Reverse<(Millis, Timer)>>,
    /// Made when it is first needed: a run without timers has none.
    sleep: Option<Pin<Box<Sleep>>>,
    /// What `sleep` waits for.
    armed: Option<Millis>,
}

impl Clock {
    /// A clock of a run that began `age` ago.
    pub(super) fn new(age: Millis) -> Self {
        Self {
            anchor: Instant::now(),
            age,
            due: BinaryHeap::new(),
            sleep: None,
            armed: None,
        }
    }

    pub(super) fn now(&self) -> Millis {
        self.age.saturating_add((Instant::now() - self.anchor).into())
    }

    /// A timer further away than the horizon never fires.
    pub(super) fn set(&mut self, at: Millis, timer: Timer) {
        if at.saturating_sub(self.now()) <= HORIZON {
            self.due.push(Reverse((at, timer)));
        }
    }

    /// The next timer that is due by `now` and still awaited.
    pub(super) fn next_due(&mut self, now: Millis, is_awaited: impl Fn(Timer) -> bool) -> Option<Timer> {
        while let Some(Reverse((at, timer))) = self.due.peek().copied() {
            let is_stale = !is_awaited(timer);
            if !is_stale && at > now {
                return None;
            }
            self.due.pop();
            if !is_stale {
                return Some(timer);
            }
        }
        None
    }

    /// When the earliest timer is due that is still awaited.
    pub(super) fn next(&mut self, is_awaited: impl Fn(Timer) -> bool) -> Option<Millis> {
        // Whatever is stale goes; nothing is due at the beginning of time.
        while let Some(Reverse((_, timer))) = self.due.peek()
            && !is_awaited(*timer)
        {
            self.due.pop();
        }
        self.due.peek().map(|Reverse((at, _))| *at)
    }

    /// Sleeps until the earliest timer that is still awaited. `Ready`: it is due already.
    pub(super) fn poll_sleep(&mut self, waker: &Waker, is_awaited: impl Fn(Timer) -> bool) -> Poll<()> {
        let Some(at) = self.next(is_awaited) else {
            self.armed = None;
            return Poll::Pending;
        };
        if self.armed == Some(at) {
            return Poll::Pending;
        }
        self.armed = Some(at);
        let deadline = self.anchor + at.saturating_sub(self.age).duration();
        let sleep = self
            .sleep
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        sleep.as_mut().reset(deadline);
        sleep.as_mut().poll(&mut Context::from_waker(waker))
    }
}
