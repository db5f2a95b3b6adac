//! The threads that find causes: each at a post, so that an engine that never gives control back is noticed.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use contract::stage::Stage;
use corpus::Case;

use super::watchdog::Post;
use super::{RunError, STACK, StopOthers, silence};

/// A thread for each post.
#[derive(Clone, Copy)]
pub(crate) struct Crew<'a> {
    posts: &'a [Post],
}

impl<'a> Crew<'a> {
    /// One at each of these posts.
    pub(crate) fn at(posts: &'a [Post]) -> Self {
        Self { posts }
    }

    /// Does `work` for each item, and gives what came of it in the order of the items.
    ///
    /// # Errors
    /// If the work itself panics.
    pub(crate) fn each<T: Sync, R: Send>(
        self,
        items: &[T],
        work: impl Fn(&mut Stage, &Post, &T) -> R + Sync,
    ) -> Result<Vec<R>, RunError> {
        let (next, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
        let work_off = |post: &Post| {
            let on_failure = StopOthers(&is_over);
            let mut stage = Stage::new();
            let mut done = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let Some(item) = items.get(place) else { break };
                done.push((place, work(&mut stage, post, item)));
            }
            std::mem::forget(on_failure);
            done
        };
        let mut done = Vec::with_capacity(items.len());
        std::thread::scope(|scope| {
            let mut workers = Vec::with_capacity(self.posts.len());
            for post in self.posts.iter().take(items.len()) {
                let worker = std::thread::Builder::new().stack_size(STACK);
                match worker.spawn_scoped(scope, || work_off(post)) {
                    Ok(worker) => workers.push(worker),
                    // The others do its work.
                    Err(error) if workers.is_empty() => return Err(RunError::Panicked(error.to_string())),
                    Err(error) => tracing::warn!("one thread less: {error}"),
                }
            }
            for worker in workers {
                let some = worker.join();
                done.extend(some.map_err(|panic| RunError::Panicked(contract::call::panic_message(&*panic)))?);
            }
            Ok(())
        })?;
        done.sort_by_key(|(place, _)| *place);
        Ok(done.into_iter().map(|(_, done)| done).collect())
    }
}

/// Does what engines have to do on a case, watched over at a post.
pub(crate) fn at_work<R>(post: &Post, index: u64, case: &Case, engine_work: impl FnOnce() -> R) -> R {
    post.takes_up(index, &case.id, case.size(), case.features());
    let done = silence::during(engine_work);
    post.rests();
    done
}
