//! A queue that gives the smallest key first, and costs almost nothing when keys come in ascending order.
//!
//! They nearly always do: tasks become ready in declaration order. So there is a sorted run, appended to at its end, and a heap
//! for the keys that come out of order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Keys, smallest first. It keeps its memory when it runs empty.
#[derive(Clone, Debug, Default)]
pub(super) struct AscendingQueue {
    run: Vec<u64>,
    /// How much of `run` has been taken.
    taken: usize,
    late: BinaryHeap<Reverse<u64>>,
}

impl AscendingQueue {
    pub(super) fn push(&mut self, key: u64) {
        match self.run.last() {
            Some(last) if self.taken < self.run.len() && *last > key => self.late.push(Reverse(key)),
            _ => {
                if self.taken == self.run.len() {
                    self.run.clear();
                    self.taken = 0;
                }
                self.run.push(key);
            }
        }
    }

    pub(super) fn pop(&mut self) -> Option<u64> {
        let next = self.run.get(self.taken).copied();
        match (next, self.late.peek()) {
            (Some(key), Some(Reverse(late))) if key < *late => Some(self.take()),
            (_, Some(_)) => self.late.pop().map(|Reverse(key)| key),
            (Some(_), None) => Some(self.take()),
            (None, None) => None,
        }
    }

    /// What [`Self::pop`] would give.
    pub(super) fn peek(&self) -> Option<u64> {
        let next = self.run.get(self.taken).copied();
        let late = self.late.peek().map(|Reverse(key)| *key);
        next.into_iter().chain(late).min()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.taken == self.run.len() && self.late.is_empty()
    }

    fn take(&mut self) -> u64 {
        self.taken += 1;
        self.run[self.taken - 1]
    }

    pub(super) fn clear(&mut self) {
        self.run.clear();
        self.taken = 0;
        self.late.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::AscendingQueue;

    proptest! {
        #[test]
        fn the_smallest_key_comes_first_whatever_the_order_of_pushes_and_pops(
            steps in prop::collection::vec(prop::option::weighted(0.6, 0u64..50), 0..200),
        ) {
            let mut queue = AscendingQueue::default();
            let mut model: Vec<u64> = Vec::new();
            for step in steps {
                if let Some(key) = step {
                    queue.push(key);
                    model.push(key);
                } else {
                    model.sort_unstable();
                    let expected = (!model.is_empty()).then(|| model.remove(0));
                    prop_assert_eq!(queue.pop(), expected);
                }
                prop_assert_eq!(queue.peek(), model.iter().min().copied());
                prop_assert_eq!(queue.is_empty(), model.is_empty());
            }
        }
    }
}
