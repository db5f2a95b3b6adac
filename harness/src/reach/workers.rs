//! Independent pieces of work on several threads, each thread with a stage of its own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use contract::stage::Stage;

use crate::run::{STACK, silence};

/// The results of `work` on each place below `count`, in order, whatever the number of threads. What engines say when they
/// panic is not printed.
pub(super) fn each<T: Send>(jobs: usize, count: usize, work: impl Fn(&mut Stage, usize) -> T + Sync) -> Vec<T> {
    let _silence = silence::engine_panics();
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, T)>> = Mutex::default();
    let worker = || {
        let mut stage = Stage::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            if place >= count {
                break;
            }
            let result = silence::during(|| work(&mut stage, place));
            results
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((place, result));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, count.max(1)) {
            let thread = std::thread::Builder::new().stack_size(STACK);
            if let Err(error) = thread.spawn_scoped(scope, worker) {
                tracing::warn!("one thread less: {error}");
            }
        }
    });
    // What no thread could be started for is done here.
    worker();
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_unstable_by_key(|(place, _)| *place);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::each;

    #[test]
    fn results_come_in_order_from_any_number_of_threads() {
        let expected: Vec<usize> = (0..100).map(|place| place * place).collect();
        for jobs in [0, 1, 3, 200] {
            assert_eq!(each(jobs, 100, |_, place| place * place), expected);
        }
        assert!(each(2, 0, |_, place| place).is_empty());
    }
}
