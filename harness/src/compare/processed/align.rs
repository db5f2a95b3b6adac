//! Aligns two lists of different length: says what is missing and what is extra, instead of comparing everything after it
//! with its neighbour.

use super::MISSING;
use super::path::Path;
use super::scope::Scope;

/// The most pairs of items that are looked at; longer lists are held against each other place by place.
const PAIRS: usize = 40_000;

/// How an item of one list stands to the other list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Pair(usize, usize),
    Missing(usize),
    Extra(usize),
}

/// How the items of a list are compared.
pub(super) struct Items<'f, T> {
    /// Whether two items are about the same thing, so that a difference is one between them.
    pub(super) are_alike: &'f dyn Fn(&T, &T) -> bool,
    /// Where an item stands: by its index, or by a name of its own.
    pub(super) place: for<'p> fn(&'p Path<'p>, usize, &'p T) -> Path<'p>,
    /// Compares two items.
    pub(super) compare: &'f dyn Fn(&mut Scope<'_>, &Path<'_>, [&T; 2]),
    /// An item in a few words.
    pub(super) show: &'f dyn Fn(&T) -> String,
}

impl Scope<'_> {
    /// Compares two lists, item by item.
    pub(super) fn list<T>(&mut self, path: &Path<'_>, [one, other]: [&[T]; 2], items: &Items<'_, T>) {
        let is_aligned =
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| (items.are_alike)(one, other));
        if is_aligned {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                (items.compare)(self, &(items.place)(path, index, one), [one, other]);
            }
            return;
        }
        let is_same = |at: usize, other_at: usize| {
            let mut apart = self.apart();
            (items.compare)(&mut apart, path, [&one[at], &other[other_at]]);
            apart.has_found_nothing()
        };
        let score = |at: usize, other_at: usize| {
            if !(items.are_alike)(&one[at], &other[other_at]) {
                0
            } else if is_same(at, other_at) {
                3
            } else {
                1
            }
        };
        for step in align([one.len(), other.len()], &score) {
            match step {
                Step::Pair(at, other_at) => {
                    let place = (items.place)(path, at, &one[at]);
                    (items.compare)(self, &place, [&one[at], &other[other_at]]);
                }
                Step::Missing(at) => {
                    let place = (items.place)(path, at, &one[at]);
                    self.note(&place, || [(items.show)(&one[at]), MISSING.to_owned()]);
                }
                Step::Extra(at) => {
                    let place = (items.place)(path, at, &other[at]);
                    self.note(&place, || [MISSING.to_owned(), (items.show)(&other[at])]);
                }
            }
        }
    }
}

/// The alignment of two lists with the greatest score in all: the textbook's, by a table. `score` of two items is 0 if they
/// have nothing to do with each other.
fn align([length, other_length]: [usize; 2], score: &dyn Fn(usize, usize) -> u32) -> Vec<Step> {
    if length.saturating_mul(other_length) > PAIRS {
        let common = length.min(other_length);
        let pairs = (0..common).map(|at| Step::Pair(at, at));
        let missing = (common..length).map(Step::Missing);
        return pairs
            .chain(missing)
            .chain((common..other_length).map(Step::Extra))
            .collect();
    }
    let scores: Vec<Vec<u32>> = (0..length)
        .map(|at| (0..other_length).map(|other_at| score(at, other_at)).collect())
        .collect();
    // best[i][j]: the greatest score of what comes from i and from j on.
    let mut best = vec![vec![0; other_length + 1]; length + 1];
    for at in (0..length).rev() {
        for other_at in (0..other_length).rev() {
            let paired = match scores[at][other_at] {
                0 => 0,
                score => score + best[at + 1][other_at + 1],
            };
            best[at][other_at] = paired.max(best[at + 1][other_at]).max(best[at][other_at + 1]);
        }
    }
    let (mut at, mut other_at) = (0, 0);
    let mut steps = Vec::new();
    let (mut missing, mut extra) = (Vec::new(), Vec::new());
    while at < length || other_at < other_length {
        let here = best[at][other_at];
        let is_pair = at < length
            && other_at < other_length
            && scores[at][other_at] > 0
            && here == scores[at][other_at] + best[at + 1][other_at + 1];
        if is_pair {
            close_gap(&mut missing, &mut extra, &mut steps);
            steps.push(Step::Pair(at, other_at));
            at += 1;
            other_at += 1;
        } else if at < length && here == best[at + 1][other_at] {
            missing.push(at);
            at += 1;
        } else {
            extra.push(other_at);
            other_at += 1;
        }
    }
    close_gap(&mut missing, &mut extra, &mut steps);
    steps
}

/// What is missing and what is extra at one place are taken for the same thing, changed.
fn close_gap(missing: &mut Vec<usize>, extra: &mut Vec<usize>, steps: &mut Vec<Step>) {
    let changed = missing.len().min(extra.len());
    let pairs = missing.iter().zip(extra.iter());
    steps.extend(pairs.map(|(at, other_at)| Step::Pair(*at, *other_at)));
    steps.extend(missing.drain(..).skip(changed).map(Step::Missing));
    steps.extend(extra.drain(..).skip(changed).map(Step::Extra));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Aligns two words: the same letter is the same item, letters of different case are about the same thing.
    #[track_caller]
    fn check(one: &str, other: &str, expected: &str) {
        let [letters, others] = [one, other].map(|word| word.chars().collect::<Vec<_>>());
        let score = |at: usize, other_at: usize| match (letters[at], others[other_at]) {
            (one, other) if one == other => 3,
            (one, other) if one.eq_ignore_ascii_case(&other) => 1,
            _ => 0,
        };
        let shown: String = align([letters.len(), others.len()], &score)
            .into_iter()
            .map(|step| match step {
                Step::Pair(at, other_at) if letters[at] == others[other_at] => letters[at].to_string(),
                Step::Pair(at, other_at) => format!("[{}~{}]", letters[at], others[other_at]),
                Step::Missing(at) => format!("-{}", letters[at]),
                Step::Extra(at) => format!("+{}", others[at]),
            })
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn what_is_lost_is_missing_and_nothing_else() {
        check("abc", "ac", "a-bc");
        check("aaAa", "aaa", "aa-Aa");
        check("abc", "", "-a-b-c");
    }

    #[test]
    fn what_is_doubled_is_extra_and_nothing_else() {
        check("abc", "abbc", "ab+bc");
        check("", "ab", "+a+b");
    }

    #[test]
    fn what_is_changed_is_a_pair() {
        check("abc", "axc", "a[b~x]c");
        check("abc", "aBcd", "a[b~B]c+d");
    }

    #[test]
    fn lists_too_long_to_align_are_paired_by_place() {
        let steps = align([1_000, 1_001], &|_, _| 1);
        assert_eq!(steps.len(), 1_001);
        assert_eq!(steps[1_000], Step::Extra(1_000));
    }
}
