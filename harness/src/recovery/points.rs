//! Where an engine is killed: everywhere in a small run, and at points drawn from a seed in a large one.

use contract::stage::{Death, Left};

/// Up to so many writes, each is a point, three times.
const EXHAUSTIVE: u32 = 24;
/// How many points are drawn in a longer run.
const DRAWN: usize = 3 * EXHAUSTIVE as usize;
/// How many times the engine dies twice, at most.
const TWICE: usize = 6;

/// The deaths of each point of a run with so many writes.
pub fn points(writes: u32, seed: u64) -> Vec<Vec<Death>> {
    let mut state = seed;
    let mut points: Vec<Vec<Death>> = if writes <= EXHAUSTIVE {
        let at = |write| Left::ALL.map(|left| vec![Death { write, left }]);
        (1..=writes).flat_map(at).collect()
    } else {
        (0..DRAWN).map(|_| vec![death(writes, &mut state)]).collect()
    };
    if writes > 0 {
        // Soon again: while the first recovery is under way or just over.
        for _ in 0..TWICE {
            let first = death(writes, &mut state);
            let after = 1 + below(3, &mut state);
            let second = death(1, &mut state);
            let write = first.write + after;
            let twice = vec![first, Death { write, ..second }];
            // Of the few there are in a small run, one may be drawn twice.
            if !points.contains(&twice) {
                points.push(twice);
            }
        }
    }
    points
}

fn death(writes: u32, state: &mut u64) -> Death {
    let write = 1 + below(writes, state);
    let left = Left::ALL[below(Left::ALL.len() as u32, state) as usize];
    Death { write, left }
}

/// A number below `bound`, by SplitMix64.
fn below(bound: u32, state: &mut u64) -> u32 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    ((u128::from(mixed) * u128::from(bound)) >> 64) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_run_is_killed_at_every_write_in_every_way() {
        let points = points(5, 1);
        for write in 1..=5 {
            for left in Left::ALL {
                assert!(points.contains(&vec![Death { write, left }]));
            }
        }
        assert!((16..=15 + TWICE).contains(&points.len()));
        assert!(points[15..].iter().all(|deaths| deaths[0].write < deaths[1].write));
    }

    #[test]
    fn a_large_run_is_killed_at_points_that_its_seed_gives() {
        let drawn = points(10_000, 1);
        assert_eq!(drawn.len(), DRAWN + TWICE);
        assert!(drawn.iter().all(|deaths| (1..=10_000).contains(&deaths[0].write)));
        assert_eq!(drawn, points(10_000, 1));
        assert_ne!(drawn, points(10_000, 2));
    }

    #[test]
    fn no_point_is_tried_twice() {
        for (writes, seed) in (1..=30).flat_map(|writes| (0..20).map(move |seed| (writes, seed))) {
            let points = points(writes, seed);
            let twice: Vec<_> = points.iter().filter(|deaths| deaths.len() == 2).collect();
            for (index, deaths) in twice.iter().enumerate() {
                assert!(!twice[..index].contains(deaths), "{deaths:?}");
            }
        }
    }

    #[test]
    fn a_run_that_writes_nothing_has_no_point() {
        assert!(points(0, 1).is_empty());
    }
}
