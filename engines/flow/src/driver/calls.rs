//! The futures of the calls in flight, by the slots that the core gives them.
//!
//! Unlike a `FuturesUnordered`, this drops a call by its slot, and needs no allocation per call besides the host's own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll, Waker};

use contract::{CallError, CallResult};
use futures::future::BoxFuture;

use crate::core::{CallId, Output};
use crate::push::push_with;

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
    pub(super) result: Result<Output, Box<CallError>>,
}

impl Calls {
    /// Makes a call and polls it a first time: it is in flight then, or in `returned`.
    #[inline]
    pub(super) fn start(
        &mut self,
        call: CallId,
        make: impl FnOnce() -> BoxFuture<'static, CallResult>,
        waker: &Waker,
        returned: &mut Vec<Returned>,
    ) {
        let mut made = None;
        match guard(|| poll(made.insert(make()), waker)) {
            Poll::Ready(Ok(output)) => push_with(returned, || Returned {
                call,
                result: Ok(output),
            }),
            Poll::Ready(Err(error)) => returned.push(Returned {
                call,
                result: Err(error),
            }),
            Poll::Pending => self.keep(call, made),
        }
    }

    fn keep(&mut self, call: CallId, made: Option<BoxFuture<'static, CallResult>>) {
        let Some(future) = made else { return };
        let slot = call.slot as usize;
        if self.running.len() <= slot {
            self.running.resize_with(slot + 1, || None);
        }
        self.running[slot] = Some(Running { call, future });
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

fn poll(future: &mut BoxFuture<'static, CallResult>, waker: &Waker) -> Poll<Result<Output, Box<CallError>>> {
    let polled = future.as_mut().poll(&mut Context::from_waker(waker));
    polled.map(|result| result.map(Output::from).map_err(Box::new))
}

/// A panic of the handler is an error of its attempt.
fn guard(poll: impl FnOnce() -> Poll<Result<Output, Box<CallError>>>) -> Poll<Result<Output, Box<CallError>>> {
    catch_unwind(AssertUnwindSafe(poll))
        .unwrap_or_else(|panic| Poll::Ready(Err(Box::new(CallError::panicked(&*panic)))))
}
