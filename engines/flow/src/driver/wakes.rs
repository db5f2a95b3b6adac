//! Who has been woken: a set of small numbers that wakers fill from any thread and one task empties.
//!
//! A call's waker is made once for its slot and serves every later call in it. Waking sets a bit, so there is no lock, and no
//! memory is allocated. Bits lie in words of 64, words in groups of 64, so that finding the woken ones does not depend on how
//! many sleep.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Wake, Waker};

use futures::task::AtomicWaker;

/// The woken numbers, and a waker for each number there is.
pub(super) struct Wakes {
    shared: Arc<Shared>,
    words: Vec<Arc<Word>>,
    wakers: Vec<Waker>,
}

/// What is common to all numbers.
struct Shared {
    task: AtomicWaker,
    /// Which entries of `groups` have bits set.
    summary: AtomicU64,
    /// Which words have bits set. Word *n* has bit `n % 4096`, so that a bit may stand for more than one word.
    groups: [AtomicU64; 64],
}

/// 64 numbers.
struct Word {
    woken: AtomicU64,
    index: usize,
    shared: Arc<Shared>,
}

/// One number's waker.
struct Bit {
    word: Arc<Word>,
    mask: u64,
}

impl Wake for Bit {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // From the bit upwards; the reader clears from the top downwards. So a bit that is set while its word is not yet
        // read is read with it, and one that is set later finds the word empty and announces it again.
        if self.word.woken.fetch_or(self.mask, Ordering::AcqRel) != 0 {
            return;
        }
        let (group, place) = (self.word.index / 64 % 64, self.word.index % 64);
        let shared = &self.word.shared;
        shared.groups[group].fetch_or(1 << place, Ordering::AcqRel);
        shared.summary.fetch_or(1 << group, Ordering::AcqRel);
        shared.task.wake();
    }
}

impl Wakes {
    pub(super) fn new() -> Self {
        let shared = Shared {
            task: AtomicWaker::new(),
            summary: AtomicU64::new(0),
            groups: [const { AtomicU64::new(0) }; 64],
        };
        Self {
            shared: Arc::new(shared),
            words: Vec::new(),
            wakers: Vec::new(),
        }
    }

    /// Whoever is woken from now on wakes the task of `context`.
    pub(super) fn register(&self, context: &Context<'_>) {
        self.shared.task.register(context.waker());
    }

    /// The waker of `number`.
    #[inline]
    pub(super) fn waker(&mut self, number: usize) -> &Waker {
        if self.wakers.len() <= number {
            self.make(number);
        }
        &self.wakers[number]
    }

    #[cold]
    fn make(&mut self, number: usize) {
        while self.wakers.len() <= number {
            let next = self.wakers.len();
            if next.is_multiple_of(64) {
                let word = Word {
                    woken: AtomicU64::new(0),
                    index: next / 64,
                    shared: Arc::clone(&self.shared),
                };
                self.words.push(Arc::new(word));
            }
            let word = Arc::clone(&self.words[next / 64]);
            self.wakers.push(Waker::from(Arc::new(Bit {
                word,
                mask: 1 << (next % 64),
            })));
        }
    }

    /// Moves the numbers woken so far to `woken`.
    pub(super) fn take(&self, woken: &mut Vec<usize>) {
        // Mostly nobody is: looking costs much less than swapping. Whoever comes right now wakes the task.
        if self.shared.summary.load(Ordering::Acquire) == 0 {
            return;
        }
        for group in bits(self.shared.summary.swap(0, Ordering::AcqRel)) {
            for place in bits(self.shared.groups[group].swap(0, Ordering::AcqRel)) {
                for index in (group * 64 + place..self.words.len()).step_by(4096) {
                    let word = self.words[index].woken.swap(0, Ordering::AcqRel);
                    woken.extend(bits(word).map(|bit| index * 64 + bit));
                }
            }
        }
    }
}

/// The places of the bits that are set.
fn bits(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = word.trailing_zeros() as usize;
        (word != 0).then(|| {
            word &= word - 1;
            bit
        })
    })
}

#[cfg(test)]
mod tests {
    use super::Wakes;

    #[track_caller]
    fn check(wakes: &Wakes, expected: &[usize]) {
        let mut woken = Vec::new();
        wakes.take(&mut woken);
        woken.sort_unstable();
        assert_eq!(woken, expected);
    }

    #[test]
    fn what_is_woken_is_given_once() {
        let mut wakes = Wakes::new();
        for number in [5, 64, 63, 5000, 5] {
            wakes.waker(number).wake_by_ref();
        }
        check(&wakes, &[5, 63, 64, 5000]);
        check(&wakes, &[]);
        wakes.waker(5).wake_by_ref();
        check(&wakes, &[5]);
    }

    #[test]
    fn numbers_beyond_the_summary_share_its_bits_and_are_not_lost() {
        let far = 4096 * 64;
        let mut wakes = Wakes::new();
        wakes.waker(far + 1).wake_by_ref();
        wakes.waker(1).wake_by_ref();
        check(&wakes, &[1, far + 1]);
        wakes.waker(far + 1).wake_by_ref();
        check(&wakes, &[far + 1]);
    }

    #[test]
    fn wakes_from_many_threads_all_arrive() {
        let mut wakes = Wakes::new();
        let wakers: Vec<_> = (0..1000).map(|number| wakes.waker(number).clone()).collect();
        std::thread::scope(|scope| {
            for share in wakers.chunks(250) {
                scope.spawn(move || share.iter().for_each(std::task::Waker::wake_by_ref));
            }
        });
        check(&wakes, &(0..1000).collect::<Vec<_>>());
    }
}
