//! Playing one call as a script says: what every host of a scripted world does alike.

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::time::Instant;

use super::schedule::lag_behind;
use crate::observation::Fate;
use crate::script::{Attempt, Then};
use crate::{CallResult, Millis};

/// The call that `attempt` is, which the world is done with at `due`, at once if it takes no time.
///
/// `ended` is told how it ended before the engine hears of it: [`Fate::Dropped`] if that was by dropping its future. A future
/// that outlives its runtime, and with it the world, tells nobody.
pub fn play(
    attempt: Attempt,
    due: Instant,
    lag: u32,
    ended: impl FnOnce(Fate) + Send + 'static,
) -> BoxFuture<'static, CallResult> {
    // Made now: a future that is dropped before it is polled has been dropped, too.
    let mut ending = Ending(Some(ended));
    async move {
        if attempt.takes > Millis::ZERO {
            tokio::time::sleep_until(due).await;
        }
        lag_behind(lag).await;
        match attempt.then {
            Then::Returns(output) => {
                ending.tell(Fate::Returned);
                Ok(output)
            }
            Then::Fails(error) => {
                ending.tell(Fate::Failed);
                Err(error)
            }
            Then::Panics(message) => {
                ending.tell(Fate::Panicked);
                std::panic::resume_unwind(Box::new(message))
            }
            Then::NeverReturns => std::future::pending().await,
        }
    }
    .boxed()
}

/// Tells how a call ended, be it that its future is dropped.
struct Ending<F: FnOnce(Fate)>(Option<F>);

impl<F: FnOnce(Fate)> Ending<F> {
    fn tell(&mut self, fate: Fate) {
        if let Some(ended) = self.0.take() {
            ended(fate);
        }
    }
}

impl<F: FnOnce(Fate)> Drop for Ending<F> {
    fn drop(&mut self) {
        if tokio::runtime::Handle::try_current().is_ok() {
            self.tell(Fate::Dropped);
        }
    }
}
