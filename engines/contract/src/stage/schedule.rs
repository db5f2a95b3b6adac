//! The order in which things that happen at one instant reach an engine.
//!
//! A script fixes each moment to the millisecond, and what a script says is all that may matter. What it leaves open is who
//! comes first of two results, or a result and a signal, or a result and the engine's own timer, that are due at one
//! moment. In the world outside the tiniest difference decides that, so a *schedule* does here: each call and each signal lags behind by
//! less than any time there is. Nothing else can come of nudging every duration by less than a millisecond.

use crate::Call;
use crate::text::fingerprint;

/// Who comes first of what is due at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Schedule {
    /// What the lags are drawn from. 0: nothing lags behind.
    pub seed: u64,
    /// Whether what would come first comes last.
    pub is_mirrored: bool,
}

/// How many times something that lags lets others go first, at most. Once is not enough: an engine may look several times
/// before it rests.
const LAGS: u64 = 4;

impl Schedule {
    /// Nothing lags behind: what is due at one moment is there at once.
    pub const PLAIN: Self = Self {
        seed: 0,
        is_mirrored: false,
    };

    /// The first of `count` further schedules, each followed by its mirror image: of any two things that one of them lets come
    /// one after the other, the other lets come the other way round.
    pub fn further(count: usize) -> impl Iterator<Item = Self> {
        (0..count).map(|place| Self {
            seed: 1 + place as u64 / 2,
            is_mirrored: place % 2 == 1,
        })
    }

    /// Whether nothing lags behind.
    pub const fn is_plain(&self) -> bool {
        self.seed == 0
    }

    pub(super) fn lag_of_call(self, call: &Call) -> u32 {
        if self.is_plain() {
            return 0;
        }
        self.lag(call.key().as_bytes())
    }

    pub(super) fn lag_of_signal(self, place: usize) -> u32 {
        if self.is_plain() {
            return 0;
        }
        self.lag(format!("signal {place}").as_bytes())
    }

    /// Drawn from the key, with the seed before it.
    fn lag(self, key: &[u8]) -> u32 {
        let seed = self.seed.to_le_bytes();
        let hash = fingerprint(seed.iter().chain(key).copied());
        // FNV-1a hardly mixes the last bytes into the high bits; the end of SplitMix64 does.
        let mixed = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let lag = (mixed >> 33) % LAGS;
        (if self.is_mirrored { LAGS - 1 - lag } else { lag }) as u32
    }
}

/// Lets others go first so many times.
pub(super) async fn lag_behind(lag: u32) {
    for _ in 0..lag {
        tokio::task::yield_now().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_and_its_mirror_image_bring_two_things_both_ways_round() {
        let [one, mirrored] = [false, true].map(|is_mirrored| Schedule { seed: 7, is_mirrored });
        for (left, right) in [(0, 1), (3, 9), (2, 4)] {
            let lags = |schedule: Schedule| schedule.lag_of_signal(left).cmp(&schedule.lag_of_signal(right));
            assert_eq!(lags(one), lags(mirrored).reverse());
        }
    }

    #[test]
    fn further_schedules_differ_and_come_with_their_mirror_images() {
        let further: Vec<_> = Schedule::further(4).collect();
        assert_eq!(
            further.iter().map(|schedule| schedule.seed).collect::<Vec<_>>(),
            [1, 1, 2, 2]
        );
        assert!(further.iter().all(|schedule| !schedule.is_plain()));
        assert_eq!(Schedule::PLAIN, Schedule::default());
    }
}
