//! Estimates: medians with exact intervals, means over cases with intervals by bootstrap, and shares with theirs.

use rand::RngExt as _;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};
use statrs::distribution::{Beta, Binomial, ContinuousCDF, DiscreteCDF};

/// An estimate and the interval it is in.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// The lower end.
    pub lower: f64,
    /// The upper end.
    pub upper: f64,
}

impl Estimate {
    /// The same of what `figure` makes of each: it has to be increasing.
    #[must_use]
    pub fn map(self, figure: impl Fn(f64) -> f64) -> Self {
        Self {
            value: figure(self.value),
            lower: figure(self.lower),
            upper: figure(self.upper),
        }
    }
}

/// The middle of `values`; of an even number, the mean of the two in the middle. NaN if there are none.
pub fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    of_sorted(&values)
}

fn of_sorted(values: &[f64]) -> f64 {
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

/// The value that a share of `share` (from 0 to 1) of `values` does not exceed: the nearest rank. NaN if there are none.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let rank = (share * values.len() as f64).ceil() as usize;
    values.get(rank.max(1) - 1).copied().unwrap_or(f64::NAN)
}

/// The median and an interval that holds it with a probability of at least `confidence`, whatever the distribution: two of the
/// values themselves, by the binomial distribution of how many lie below the median. From minus to plus infinity where there are too few.
pub fn median_interval(values: &[f64], confidence: f64) -> Estimate {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let tail = (1.0 - confidence) / 2.0;
    let below = Binomial::new(0.5, values.len() as u64).expect("a half is a probability");
    // The number of values that may be left out on each side: P(X < cut) is at most the tail.
    let cut = (0..values.len() / 2)
        .take_while(|cut| below.cdf(*cut as u64) <= tail)
        .count();
    let (lower, upper) = match cut.checked_sub(1) {
        Some(left_out) => (values[left_out], values[values.len() - 1 - left_out]),
        None => (f64::NEG_INFINITY, f64::INFINITY),
    };
    Estimate {
        value: of_sorted(&values),
        lower,
        upper,
    }
}

/// The mean over cases of `statistic`, with an interval that leaves out a share of `tail` on each side, by drawing the blocks of each
/// case anew `draws` times. `cases` holds the blocks of each; none may be empty.
///
/// Blocks and not single pairs, because pairs of one block share their memory layout.
pub fn bootstrap<Block>(
    cases: &[Vec<Block>],
    statistic: impl Fn(&[&Block]) -> f64,
    tail: f64,
    draws: usize,
    seed: u64,
) -> Estimate {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mean = |of_case: &mut dyn FnMut(&[Block]) -> f64| {
        cases.iter().map(|blocks| of_case(blocks)).sum::<f64>() / cases.len() as f64
    };
    let value = mean(&mut |blocks| statistic(&blocks.iter().collect::<Vec<_>>()));
    let mut drawn: Vec<f64> = (0..draws)
        .map(|_| {
            mean(&mut |blocks| {
                let again = |_| &blocks[random.random_range(0..blocks.len())];
                statistic(&(0..blocks.len()).map(again).collect::<Vec<_>>())
            })
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let rank = (share * drawn.len() as f64).ceil() as usize;
        drawn
            .get(rank.clamp(1, drawn.len().max(1)) - 1)
            .copied()
            .unwrap_or(f64::NAN)
    };
    Estimate {
        value,
        lower: at(tail),
        upper: at(1.0 - tail),
    }
}

/// The share that `hits` of `total` are, with the ends of which each alone holds with a probability of 95 % (Clopper and Pearson,
/// 1934).
pub fn share(hits: u64, total: u64) -> Estimate {
    const TAIL: f64 = 0.05;
    if total == 0 {
        return Estimate {
            value: f64::NAN,
            lower: 0.0,
            upper: 1.0,
        };
    }
    let (hit, missed) = (hits as f64, (total - hits) as f64);
    let at =
        |hits: f64, missed: f64, share: f64| Beta::new(hits, missed).expect("both are positive").inverse_cdf(share);
    Estimate {
        value: hit / total as f64,
        lower: if hits == 0 { 0.0 } else { at(hit, missed + 1.0, TAIL) },
        upper: if hits == total {
            1.0
        } else {
            at(hit + 1.0, missed, 1.0 - TAIL)
        },
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "what is chosen or counted, and not computed, is exact")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_interval_of_a_median_is_the_one_of_the_tables() {
        // n = 100: the 98 % interval is from the 38th to the 63rd value (P(X <= 37) = 0.6 %, P(X <= 38) = 1.05 %).
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        let found = median_interval(&values, 0.98);
        assert_eq!((found.lower, found.value, found.upper), (38.0, 50.5, 63.0));
    }

    #[test]
    fn too_few_values_bound_nothing() {
        let found = median_interval(&[1.0, 2.0, 3.0], 0.98);
        assert_eq!(
            (found.lower, found.value, found.upper),
            (f64::NEG_INFINITY, 2.0, f64::INFINITY)
        );
        assert!(median_interval(&[], 0.98).value.is_nan());
    }

    #[test]
    fn the_bounds_of_a_share_are_the_published_ones() {
        let close = |one: f64, other: f64| (one - other).abs() < 5e-5;
        // The rule of three: 1 - 0.05^(1/300).
        assert!(close(share(0, 300).upper, 0.00994));
        assert_eq!(share(0, 300).lower, 0.0);
        // 5 of 10, both tails of 5 %: from 0.2224 to 0.7776.
        let half = share(5, 10);
        assert!(close(half.lower, 0.2224) && close(half.upper, 0.7776), "{half:?}");
        assert_eq!(share(7, 7).upper, 1.0);
        assert!(share(0, 0).value.is_nan());
    }

    #[test]
    fn one_seed_draws_one_interval_and_constant_blocks_have_none() {
        let cases = vec![vec![1.0, 2.0, 3.0], vec![5.0, 5.0]];
        let mean = |blocks: &[&f64]| blocks.iter().copied().sum::<f64>() / blocks.len() as f64;
        let [one, same] = [7, 7].map(|seed| bootstrap(&cases, mean, 0.01, 500, seed));
        assert_eq!(one, same);
        assert_eq!(one.value, 3.5);
        assert!(one.lower < one.value && one.value < one.upper && one.lower >= 3.0 && one.upper <= 4.0);
        let constant = bootstrap(&cases[1..], mean, 0.01, 50, 1);
        assert_eq!((constant.lower, constant.upper), (5.0, 5.0));
    }

    #[test]
    fn a_quantile_is_one_of_the_values() {
        let values: Vec<f64> = (1..=20).rev().map(f64::from).collect();
        assert_eq!(
            [0.0, 0.05, 0.5, 0.95, 1.0].map(|share| quantile(&values, share)),
            [1.0, 1.0, 10.0, 19.0, 20.0]
        );
    }

    proptest! {
        #[test]
        fn an_interval_holds_its_median(values in proptest::collection::vec(-1e6_f64..1e6, 1..80)) {
            let found = median_interval(&values, 0.98);
            prop_assert!(found.lower <= found.value && found.value <= found.upper);
        }
    }
}
