//! What the corpus is made of, beside its features: how large the cases are, and the words they can be found by.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Cases by tag and by size.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Makeup {
    /// Cases by tag; that of a generated workflow has its shape among them.
    pub tags: BTreeMap<String, u64>,
    /// Cases by how many tasks they have: at most as many as the key, and more than the key before. The keys are 0 and the
    /// powers of two.
    pub sizes: BTreeMap<u64, u64>,
}

impl Makeup {
    /// Counts one case.
    pub(super) fn add(&mut self, tasks: usize, tags: &[String]) {
        let size = match tasks as u64 {
            0 => 0,
            tasks => tasks.checked_next_power_of_two().unwrap_or(u64::MAX),
        };
        *self.sizes.entry(size).or_default() += 1;
        for tag in tags {
            // Looked up first, because a tag is nearly always there already.
            match self.tags.get_mut(tag) {
                Some(count) => *count += 1,
                None => drop(self.tags.insert(tag.clone(), 1)),
            }
        }
    }

    /// Adds what another thread counted.
    pub(super) fn merge(&mut self, other: Self) {
        for (tag, count) in other.tags {
            *self.tags.entry(tag).or_default() += count;
        }
        for (size, count) in other.sizes {
            *self.sizes.entry(size).or_default() += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Makeup;

    #[test]
    fn cases_are_counted_by_size_and_by_tag_on_any_number_of_threads() {
        let mut all = Makeup::default();
        let mut others = Makeup::default();
        let tags = ["chain", "plain"].map(str::to_owned);
        for (tasks, tags) in [(0, &tags[..0]), (1, &tags[..1])] {
            all.add(tasks, tags);
        }
        for tasks in [3, 4, 5] {
            others.add(tasks, &tags);
        }
        all.merge(others);
        assert_eq!(
            all.sizes.into_iter().collect::<Vec<_>>(),
            [(0, 1), (1, 1), (4, 2), (8, 1)]
        );
        let tags = all.tags.into_iter().collect::<Vec<_>>();
        assert_eq!(tags, [("chain".to_owned(), 4), ("plain".to_owned(), 3)]);
    }
}
