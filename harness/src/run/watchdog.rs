//! Watches over engines that never give control back: an endless loop without a step that could be interrupted.
//!
//! Each worker has a post at which it notes what it is doing and counts its steps. The watchdog looks once a second. It
//! reads no clock: a post whose count has not moved for as many looks as its patience allows is stuck.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::sync::{Mutex, PoisonError};
use std::thread::Scope;
use std::time::Duration;

use contract::FeatureSet;

use crate::judge::Watch;

/// Where a worker notes what it is doing.
#[derive(Default)]
pub(crate) struct Post {
    /// Counts up whenever something new begins.
    steps: AtomicU64,
    now: Mutex<Option<Stuck>>,
}

/// What a worker was doing when it got stuck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stuck {
    /// The case's place in the corpus.
    pub index: u64,
    /// The case.
    pub case: String,
    /// How many tasks it has.
    pub tasks: usize,
    /// The features it uses.
    pub features: FeatureSet,
    /// The engine that had control.
    pub engine: String,
}

impl Post {
    /// The worker takes up a case.
    pub(crate) fn takes_up(&self, index: u64, case: &str, tasks: usize, features: FeatureSet) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let stuck = now.get_or_insert_with(|| Stuck {
            index,
            case: String::new(),
            tasks,
            features,
            engine: String::new(),
        });
        // The strings are reused: this happens for each case.
        (stuck.index, stuck.tasks, stuck.features) = (index, tasks, features);
        stuck.case.clear();
        stuck.case.push_str(case);
        stuck.engine.clear();
    }

    /// The worker does the harness's own work.
    pub(crate) fn rests(&self) {
        self.steps.fetch_add(1, Ordering::Relaxed);
        if let Some(stuck) = &mut *self.now.lock().unwrap_or_else(PoisonError::into_inner) {
            stuck.engine.clear();
        }
    }

    /// What the worker is doing, if it is an engine's turn.
    fn engine_at_work(&self) -> Option<Stuck> {
        self.now
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .filter(|stuck| !stuck.engine.is_empty())
    }
}

impl Watch for Post {
    fn starting(&self, engine: &str) {
        self.steps.fetch_add(1, Ordering::Relaxed);
        if let Some(stuck) = &mut *self.now.lock().unwrap_or_else(PoisonError::into_inner) {
            stuck.engine.clear();
            stuck.engine.push_str(engine);
        }
    }
}

/// The thread that looks.
pub(super) struct Watchdog {
    stop: SyncSender<()>,
}

impl Watchdog {
    /// Looks at `posts` once a second until stopped, and calls `on_stuck` for the first that is stuck.
    pub(super) fn start<'scope>(
        scope: &'scope Scope<'scope, '_>,
        posts: &'scope [Post],
        patience: u32,
        on_stuck: impl Fn(&Stuck) + Send + 'scope,
    ) -> Self {
        let (stop, stopped) = mpsc::sync_channel(1);
        scope.spawn(move || {
            let mut seen: Vec<(u64, u32)> = vec![(0, 0); posts.len()];
            while stopped.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
                for (post, (last, looks)) in posts.iter().zip(&mut seen) {
                    let steps = post.steps.load(Ordering::Relaxed);
                    *looks = if steps == *last { *looks + 1 } else { 0 };
                    *last = steps;
                    let stuck = (*looks >= patience).then(|| post.engine_at_work()).flatten();
                    if let Some(stuck) = stuck {
                        on_stuck(&stuck);
                        return;
                    }
                }
            }
        });
        Self { stop }
    }

    /// Sends the thread home.
    pub(super) fn stop(self) {
        // It may have gone already, after it found something.
        let _ = self.stop.send(());
    }
}
