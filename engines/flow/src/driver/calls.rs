//! The futures of the calls in flight, by the slots that the core gives them.
//!
//! Unlike a `FuturesUnordered`, this drops a call by its slot, and needs no allocation per call besides the host's own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll, Waker};

use contract::{CallError, CallResult, Json};
use futures::future::BoxFuture;

use crate::core::CallId;

/// The calls in flight.
#[derive(Default)]
pub(super) struct Calls {
    /// By slot.
    running: Vec<Option<Running>>,
}

struct Running {
    call: CallId,
    future: BoxFuture<'static, CallResult>,
}

/// A call that came to an end.
pub(super) struct Returned {
    pub(super) call: CallId,
    pub(super) result: Result<Json, Box<CallError>>,
}

impl Calls {
    /// Makes a call and polls it a first time. `None`: it is in flight.
    #[inline]
    pub(super) fn start(
        &mut self,
        call: CallId,
        make: impl FnOnce() -> BoxFuture<'static, CallResult>,
        waker: &Waker,
    ) -> Option<Returned> {
        let mut made = None;
        let polled = guard(|| poll(made.insert(make()), waker));
        let future = match (polled, made) {
            (Poll::Ready(result), _) => return Some(Returned { call, result }),
            (Poll::Pending, future) => future?,
        };
        let slot = call.slot as usize;
        if self.running.len() <= slot {
            self.running.resize_with(slot + 1, || None);
        }
        self.running[slot] = Some(Running { call, future });
        None
    }

    /// Polls the call in `slot`, if there is one.
    pub(super) fn poll(&mut self, slot: usize, waker: &Waker) -> Option<Returned> {
        let place = self.running.get_mut(slot)?;
        let running = place.as_mut()?;
        let Poll::Ready(result) = guard(|| poll(&mut running.future, waker)) else {
            return None;
        };
        let call = running.call;
        *place = None;
        Some(Returned { call, result })
    }

    /// Drops a call, unless it has ended.
    pub(super) fn drop(&mut self, call: CallId) {
        if let Some(place) = self.running.get_mut(call.slot as usize) {
            place.take_if(|running| running.call == call);
        }
    }
}

fn poll(future: &mut BoxFuture<'static, CallResult>, waker: &Waker) -> Poll<Result<Json, Box<CallError>>> {
    let polled = future.as_mut().poll(&mut Context::from_waker(waker));
    polled.map(|result| result.map_err(Box::new))
}

/// A panic of the handler is an error of its attempt.
fn guard(
    poll: impl FnOnce() -> Poll<Result<Json, Box<CallError>>>,
) -> Poll<Result<Json, Box<CallError>>> {
    catch_unwind(AssertUnwindSafe(poll))
        .unwrap_or_else(|panic| Poll::Ready(Err(Box::new(CallError::panicked(&*panic)))))
}
