//! Evidence for and against "the new engine is at most so much slower", from signs alone.
//!
//! Each pair of runs says whether new was beyond the limit. If the median ratio of pairs is within it, that happens in at most half of
//! the pairs, and a bet on more than half cannot be expected to win: the winnings of such a bet are an *e-value*, which exceeds
//! 1/α with a probability of at most α, however often one looks (Ville's inequality; Waudby-Smith and Ramdas, *Estimating means of bounded
//! random variables by betting*, 2024). So a case ends as soon as its evidence is in, and looking early costs nothing. Signs know no
//! outliers, which is why a busy machine makes it slower and not wrong.

use serde::{Deserialize, Serialize};

/// The probabilities that are bet on, in equal shares.
const BETS: [f64; 7] = [0.55, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99];

/// How often a gate that holds, or one that does not, may be taken for the other.
pub const ALPHA: f64 = 0.01;

/// What the pairs of one case come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    /// New is within the limit.
    Within,
    /// The evidence does not suffice either way.
    Undecided,
    /// New is beyond the limit.
    Beyond,
}

/// Pairs, by the side of the limit they are on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signs {
    /// Pairs in which new was beyond the limit.
    pub beyond: u32,
    /// Pairs in which it was not.
    pub within: u32,
}

impl Signs {
    /// Counts a pair.
    pub fn add(&mut self, is_beyond: bool) {
        if is_beyond {
            self.beyond += 1;
        } else {
            self.within += 1;
        }
    }

    /// What they come to. Wrongly `Beyond` with a probability of at most [`ALPHA`] for all `cases` together; wrongly
    /// `Within` with at most [`ALPHA`] for this one, which suffices, because a gate passes only if every case does.
    pub fn conclude(self, cases: usize) -> Conclusion {
        let total = self.beyond + self.within;
        if e_value(self.beyond, total) >= cases.max(1) as f64 / ALPHA {
            Conclusion::Beyond
        } else if e_value(self.within, total) >= 1.0 / ALPHA {
            Conclusion::Within
        } else {
            Conclusion::Undecided
        }
    }
}

/// What betting on `hits` in `total` throws of a coin has won, from a stake of 1: at most 1 on average, if the coin does not favour
/// hits.
pub fn e_value(hits: u32, total: u32) -> f64 {
    let misses = f64::from(total - hits);
    let won = |bet: f64| (f64::from(hits) * (2.0 * bet).ln() + misses * (2.0 * (1.0 - bet)).ln()).exp();
    BETS.iter().map(|bet| won(*bet)).sum::<f64>() / BETS.len() as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// How likely `hits` of `total` throws of a fair coin are.
    fn likelihood(hits: u32, total: u32) -> f64 {
        let choose = (0..hits).fold(1.0, |product, step| {
            product * f64::from(total - step) / f64::from(step + 1)
        });
        choose * 0.5_f64.powi(total.cast_signed())
    }

    #[test]
    fn a_fair_coin_wins_nothing_on_average() {
        for total in [1, 2, 10, 40] {
            let mean: f64 = (0..=total)
                .map(|hits| likelihood(hits, total) * e_value(hits, total))
                .sum();
            assert!((mean - 1.0).abs() < 1e-9, "{total}: {mean}");
        }
    }

    #[test]
    fn nine_pairs_of_one_kind_are_within_and_it_takes_more_to_be_beyond_for_many_cases() {
        let pairs = |beyond, within| Signs { beyond, within };
        assert_eq!(pairs(0, 8).conclude(28), Conclusion::Undecided);
        assert_eq!(pairs(0, 9).conclude(28), Conclusion::Within);
        assert_eq!(pairs(9, 0).conclude(1), Conclusion::Beyond);
        assert_eq!(pairs(13, 0).conclude(28), Conclusion::Undecided);
        assert_eq!(pairs(14, 0).conclude(28), Conclusion::Beyond);
    }

    #[test]
    fn a_slight_majority_is_enough_in_the_end() {
        let of = |total: u32| Signs {
            beyond: total * 3 / 10,
            within: total * 7 / 10,
        };
        assert_eq!(of(20).conclude(28), Conclusion::Undecided);
        assert_eq!(of(100).conclude(28), Conclusion::Within);
    }

    /// Whether a fair coin, looked at after each of `most` throws, ever makes for a wrong conclusion: the exact probability.
    fn ever_crosses(cases: usize, most: u32, wrong: Conclusion) -> f64 {
        let mut alive = vec![1.0];
        let mut crossed = 0.0;
        for total in 1..=most {
            let mut next = vec![0.0; total as usize + 1];
            for (hits, mass) in alive.iter().enumerate() {
                next[hits] += mass / 2.0;
                next[hits + 1] += mass / 2.0;
            }
            for (hits, mass) in next.iter_mut().enumerate() {
                let signs = Signs {
                    beyond: hits as u32,
                    within: total - hits as u32,
                };
                if signs.conclude(cases) == wrong {
                    crossed += std::mem::take(mass);
                }
            }
            alive = next;
        }
        crossed
    }

    #[test]
    fn looking_after_every_pair_does_not_make_it_wrong_more_often() {
        // The worst case: a median exactly at the limit. Without stopping at the other conclusion, even.
        for (cases, wrong, most) in [
            (1, Conclusion::Beyond, ALPHA),
            (28, Conclusion::Beyond, ALPHA / 28.0),
            (28, Conclusion::Within, ALPHA),
        ] {
            let probability = ever_crosses(cases, 400, wrong);
            assert!(probability <= most, "{cases} cases, {wrong:?}: {probability}");
        }
    }

    proptest! {
        #[test]
        fn more_pairs_beyond_are_never_evidence_for_within(beyond in 0_u32..300, within in 0_u32..300) {
            let before = Signs { beyond, within }.conclude(10);
            let after = Signs { beyond: beyond + 1, within }.conclude(10);
            prop_assert!(after >= before, "{before:?} became {after:?}");
        }
    }
}
