//! What is made of pairs: made up here, so that what is right is known.

use proptest::prelude::*;
use rand::SeedableRng as _;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::*;
use crate::timing::Measured;
use crate::timing::Mode;
use crate::timing::sample::{Sample, Side};

/// Pairs that take `legacy` ns and `ratio` times that, each off by up to `noise`.
struct Made {
    ratio: f64,
    noise: f64,
    legacy: f64,
    /// One side in so many is interrupted, which adds 4 ms to the wall clock.
    interrupted: Option<u32>,
}

const QUIET: Made = Made {
    ratio: 1.0,
    noise: 0.01,
    legacy: 200_000.0,
    interrupted: None,
};

impl Made {
    fn blocks(&self, count: u32, process: u32, seed: u64) -> Vec<Block> {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut side = |time: f64| {
            let cpu = (time * (1.0 + self.noise * (random.random::<f64>() * 2.0 - 1.0))) as u64;
            let is_interrupted = self
                .interrupted
                .is_some_and(|one_in| random.random_range(0..one_in) == 0);
            Sample {
                wall: cpu + if is_interrupted { 4_000_000 } else { 0 },
                cpu: Some(cpu),
                preempted: Some(u32::from(is_interrupted)),
            }
        };
        let mut pair = || Pair {
            first: Side::Legacy,
            legacy: side(self.legacy),
            new: side(self.legacy * self.ratio),
        };
        (0..count)
            .map(|number| Block {
                process,
                number,
                repeats: 2,
                pairs: (0..10).map(|_| pair()).collect(),
            })
            .collect()
    }
}

fn measured(id: &str, blocks: Vec<Block>) -> Measured {
    Measured {
        id: id.to_owned(),
        format: Format::Dag,
        tasks: 100,
        heap: None,
        blocks,
    }
}

fn timings(workloads: Vec<Measured>) -> Timings {
    let control = |matchup, made: Made| Control {
        id: "chain-100".to_owned(),
        matchup,
        blocks: made.blocks(10, 0, 5),
    };
    Timings {
        format_version: 1,
        mode: Mode::Quick,
        seed: 1,
        is_optimised: true,
        workloads,
        controls: vec![
            control(Matchup::Itself, QUIET),
            control(
                Matchup::Slowed,
                Made {
                    ratio: 1.0 + SLOWDOWN,
                    ..QUIET
                },
            ),
        ],
        skipped: Vec::new(),
    }
}

/// A workload in which new takes `ratio` times as long.
fn alone(made: &Made, blocks: u32) -> Timed {
    let timings = timings(vec![measured("w", made.blocks(blocks, 0, 3))]);
    Performance::of(&timings, &Limits::default()).workloads.remove(0)
}

#[test]
fn what_is_clearly_within_is_so_after_two_blocks_and_not_after_one() {
    let fast = Made { ratio: 0.5, ..QUIET };
    assert_eq!(alone(&fast, 1).conclusion, Conclusion::Undecided);
    let timed = alone(&fast, 2);
    assert_eq!(timed.conclusion, Conclusion::Within);
    assert!((timed.ratio.value - 0.5).abs() < 0.01);
    assert!(timed.ratio.lower <= timed.ratio.value && timed.ratio.value <= timed.ratio.upper);
    // Two runs are in each sample.
    assert!((timed.nanoseconds[0] - 100_000.0).abs() < 1_000.0);
}

#[test]
fn twelve_percent_are_beyond_and_eight_within() {
    let of = |ratio| {
        alone(
            &Made {
                ratio,
                noise: 0.05,
                ..QUIET
            },
            30,
        )
        .conclusion
    };
    // One process alone cannot say beyond.
    assert_eq!(of(1.12), Conclusion::Undecided);
    assert_eq!(of(1.08), Conclusion::Within);
    let blocks = Made {
        ratio: 1.12,
        noise: 0.05,
        ..QUIET
    }
    .blocks(30, 0, 3);
    assert_eq!(conclude(&blocks, DEFAULT_MAX_RATIO, 28), Conclusion::Beyond);
}

#[test]
fn two_processes_that_agree_make_it_beyond() {
    let slow = Made { ratio: 1.3, ..QUIET };
    let both = [slow.blocks(3, 0, 1), slow.blocks(3, 1, 2)].concat();
    let performance = Performance::of(&timings(vec![measured("w", both)]), &Limits::default());
    assert_eq!(performance.workloads[0].conclusion, Conclusion::Beyond);
    assert_eq!(performance.workloads[0].processes, 2);
}

#[test]
fn one_unlucky_process_decides_nothing() {
    use Conclusion::{Beyond, Undecided, Within};
    let table = [
        (&[Within][..], Ok(Within)),
        (&[Beyond], Err(Undecided)),
        (&[Undecided], Err(Undecided)),
        (&[Beyond, Beyond], Ok(Beyond)),
        (&[Beyond, Within], Err(Undecided)),
        (&[Beyond, Within, Within], Ok(Within)),
        (&[Beyond, Within, Beyond], Ok(Beyond)),
        (&[Beyond, Within, Undecided], Ok(Undecided)),
        (&[Undecided, Within], Ok(Within)),
        (&[Undecided, Undecided], Ok(Undecided)),
        (&[Undecided, Beyond], Err(Undecided)),
        (&[Undecided, Beyond, Beyond], Ok(Beyond)),
        (&[Undecided, Beyond, Within], Ok(Undecided)),
    ];
    for (conclusions, expected) in table {
        assert_eq!(settle(conclusions), expected, "{conclusions:?}");
    }
}

#[test]
fn of_long_pairs_the_interrupted_ones_are_dropped() {
    let long = Made {
        legacy: 3_000_000.0,
        interrupted: Some(5),
        ..QUIET
    };
    let timed = alone(&long, 6);
    assert_eq!((timed.pairs, timed.clock), (60, Clock::Wall));
    assert!(timed.kept < timed.pairs && timed.kept > 20);
    assert!(
        (timed.p95 - 1.0).abs() < 0.05,
        "an interruption is in it: {}",
        timed.p95
    );
}

#[test]
fn where_hardly_a_pair_is_left_the_threads_own_clock_decides() {
    let swamped = Made {
        ratio: 0.9,
        legacy: 3_000_000.0,
        interrupted: Some(1),
        ..QUIET
    };
    let timed = alone(&swamped, 6);
    assert_eq!(
        (timed.clock, timed.kept, timed.conclusion),
        (Clock::Cpu, 60, Conclusion::Within)
    );
    assert!((timed.ratio.value - 0.9).abs() < 0.01);
}

#[test]
fn one_doubled_workload_among_many_is_named_although_the_mean_hardly_moves() {
    let mut workloads: Vec<Measured> = (0..27)
        .map(|number| measured(&format!("w{number}"), QUIET.blocks(2, 0, number)))
        .collect();
    let doubled = Made { ratio: 2.0, ..QUIET };
    let blocks = [doubled.blocks(2, 0, 1), doubled.blocks(2, 1, 2)].concat();
    workloads.push(measured("doubled", blocks));
    let performance = Performance::of(&timings(workloads), &Limits::default());
    assert!(performance.overall.is_some_and(|overall| overall.ratio.value < 1.05));
    assert_eq!(performance.workloads[0].id, "doubled");
    let beyond = performance
        .workloads
        .iter()
        .filter(|timed| timed.conclusion == Conclusion::Beyond);
    assert_eq!(beyond.count(), 1);
}

#[test]
fn a_slow_tail_shows_in_the_95th_percentile_and_not_in_the_median() {
    let mut blocks = QUIET.blocks(10, 0, 4);
    for block in &mut blocks {
        let slow = &mut block.pairs[3].new;
        slow.wall *= 2;
        slow.cpu = Some(slow.wall);
    }
    let performance = Performance::of(&timings(vec![measured("w", blocks)]), &Limits::default());
    let overall = performance.overall.expect("something was timed");
    assert!((overall.ratio.value - 1.0).abs() < 0.01);
    assert!(overall.p95.value > 1.8, "{overall:?}");
}

#[test]
fn a_machine_that_tells_legacy_from_itself_is_not_believed() {
    let mut biased = timings(vec![measured("w", QUIET.blocks(2, 0, 1))]);
    assert!(Performance::of(&biased, &Limits::default()).fitness.is_fit());
    biased.controls[0].blocks = Made { ratio: 1.03, ..QUIET }.blocks(10, 0, 1);
    let fitness = Performance::of(&biased, &Limits::default()).fitness;
    assert_eq!(fitness.problems.len(), 1);
    assert!(
        fitness.problems[0].contains("against itself on chain-100 is off by +3.0 %"),
        "{fitness:?}"
    );
}

#[test]
fn a_machine_that_does_not_notice_a_slowdown_is_not_believed() {
    let mut blind = timings(vec![measured("w", QUIET.blocks(2, 0, 1))]);
    blind.controls[1].blocks = QUIET.blocks(10, 0, 1);
    let fitness = Performance::of(&blind, &Limits::default()).fitness;
    assert!(
        fitness.problems[0].contains("slowed by 15 % on chain-100 is not noticed"),
        "{fitness:?}"
    );
}

#[test]
fn a_control_that_is_repeated_is_judged_by_its_last_process() {
    let mut again = timings(vec![measured("w", QUIET.blocks(2, 0, 1))]);
    again.controls[0].blocks = [Made { ratio: 1.03, ..QUIET }.blocks(10, 0, 1), QUIET.blocks(10, 1, 2)].concat();
    assert!(Performance::of(&again, &Limits::default()).fitness.is_fit());
}

#[test]
fn a_build_without_optimisation_is_not_believed_and_neither_is_a_run_without_controls() {
    let mut bare = timings(vec![measured("w", QUIET.blocks(2, 0, 1))]);
    bare.is_optimised = false;
    bare.controls.clear();
    let fitness = Performance::of(&bare, &Limits::default()).fitness;
    assert_eq!(fitness.problems.len(), 2, "{fitness:?}");
}

#[test]
fn other_limits_make_another_verdict_of_the_same_pairs() {
    let slower = Made { ratio: 1.07, ..QUIET };
    let blocks = [slower.blocks(4, 0, 1), slower.blocks(4, 1, 2)].concat();
    let timings = timings(vec![measured("w", blocks)]);
    let conclusion = |max_ratio| {
        let limits = Limits {
            max_ratio,
            ..Limits::default()
        };
        Performance::of(&timings, &limits).workloads[0].conclusion
    };
    assert_eq!([1.05, 1.10].map(conclusion), [Conclusion::Beyond, Conclusion::Within]);
}

#[test]
fn a_workload_is_faster_or_slower_than_before_only_where_the_intervals_do_not_meet() {
    let performance = |ratios: [f64; 3]| {
        let workload = |(number, ratio): (usize, f64)| {
            measured(
                &format!("w{number}"),
                Made { ratio, ..QUIET }.blocks(4, 0, number as u64),
            )
        };
        Performance::of(
            &timings(ratios.into_iter().enumerate().map(workload).collect()),
            &Limits::default(),
        )
    };
    let earlier = crate::causes::Earlier {
        run: "run".to_owned(),
        clusters: Vec::new(),
        performance: None,
    };
    let mut against = earlier.beside(&[]);
    against.time(&performance([0.8, 0.8, 0.8]), &performance([0.5, 0.801, 1.2]));
    let ids = |shifts: &[crate::causes::Shift]| shifts.iter().map(|shift| shift.id.clone()).collect::<Vec<_>>();
    assert_eq!(
        (ids(&against.faster), ids(&against.slower)),
        (vec!["w0".to_owned()], vec!["w2".to_owned()])
    );
}

#[test]
fn nothing_timed_is_nothing_judged() {
    let performance = Performance::of(&timings(Vec::new()), &Limits::default());
    assert_eq!((performance.overall, performance.workloads.len()), (None, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn swapping_the_sides_inverts_every_ratio(ratio in 0.5_f64..2.0, noise in 0.0_f64..0.2, seed: u64) {
        let blocks = Made { ratio, noise, ..QUIET }.blocks(3, 0, seed);
        let mut swapped = blocks.clone();
        for pair in swapped.iter_mut().flat_map(|block| &mut block.pairs) {
            std::mem::swap(&mut pair.legacy, &mut pair.new);
        }
        let of = |blocks| Performance::of(&timings(vec![measured("w", blocks)]), &Limits::default()).workloads[0].ratio;
        let (one, other) = (of(blocks), of(swapped));
        prop_assert!((one.value * other.value - 1.0).abs() < 1e-9);
        prop_assert!((one.lower * other.upper - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_workload_that_becomes_slower_never_comes_out_better(ratio in 0.9_f64..1.2, more in 1.0_f64..1.2, seed: u64) {
        let blocks = Made { ratio, noise: 0.02, ..QUIET }.blocks(4, 0, seed);
        let mut slower = blocks.clone();
        for pair in slower.iter_mut().flat_map(|block| &mut block.pairs) {
            pair.new.wall = (pair.new.wall as f64 * more) as u64;
        }
        // All four blocks at once: what is concluded after each may come at another moment.
        let at_once = |blocks: &[Block]| Counted::of(blocks.iter()).conclude(DEFAULT_MAX_RATIO, 28);
        prop_assert!(at_once(&slower) >= at_once(&blocks));
    }
}
