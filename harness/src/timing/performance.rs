//! What was measured, judged: a pure function of the raw pairs, so that a verdict can be computed again, with other limits, without running
//! anything.

use contract::Format;
use serde::{Deserialize, Serialize};

use super::block::Block;
use super::estimate::{Estimate, bootstrap, median, median_interval, quantile};
use super::evidence::{Conclusion, Signs};
use super::heap::{Heap, HeapRatios};
use super::sample::{Clock, Pair};
use super::{Control, DEFAULT_MAX_RATIO, Limits, Matchup, Skipped, Timings};

/// Samples above this are interrupted by the system now and then, in ns: pairs in which that happened are dropped.
const LONG: u64 = 1_000_000;
/// If fewer than this share of long pairs are left, they are judged by the thread's own clock instead.
const LEAST_KEPT: f64 = 0.2;
/// Pairs that have to be seen before that is decided.
const SEEN: usize = 20;
/// A case is within the limit at the earliest after so many blocks: one might be a lucky layout of memory.
const LEAST_BLOCKS: usize = 2;
/// The probability that the interval of a ratio holds it.
pub const CONFIDENCE: f64 = 0.98;
/// Which share of the samples is not in the tail.
const TAIL_SHARE: f64 = 0.95;
/// What the interval of the mean over all workloads leaves out on each side.
const TAIL: f64 = 0.01;
/// How often the blocks are drawn anew for it.
const DRAWS: usize = 1_000;
/// How far legacy may be from itself, as the logarithm of a ratio: 1 %.
const BIAS: f64 = 0.01;
/// By how much legacy is slowed down to see whether that is noticed.
pub const SLOWDOWN: f64 = 0.15;

/// Everything the timing lane found out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Performance {
    /// Each workload, the slowest ratio first.
    pub workloads: Vec<Timed>,
    /// All together; `None` if nothing was timed.
    pub overall: Option<Overall>,
    /// Whether this machine could be believed.
    pub fitness: Fitness,
    /// What was allocated, all workloads together; `None` if that was not counted.
    pub heap: Option<HeapRatios>,
    /// What was to be timed and was not.
    pub skipped: Vec<Skipped>,
}

/// One workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timed {
    /// Its name.
    pub id: String,
    /// The format of its definition.
    pub format: Format,
    /// How many tasks it has.
    pub tasks: usize,
    /// New's time over legacy's: the median of its pairs, and the interval that holds it with a probability of 98 %.
    pub ratio: Estimate,
    /// New's 95th percentile over legacy's, by the thread's own clock: what the tail of an engine is, and not that of the machine.
    pub p95: f64,
    /// How long a run takes with legacy and with new, in ns: medians.
    pub nanoseconds: [f64; 2],
    /// Pairs measured.
    pub pairs: usize,
    /// Pairs that were used: the others were interrupted.
    pub kept: usize,
    /// By which clock.
    pub clock: Clock,
    /// In how many processes.
    pub processes: u32,
    /// Whether it is within the limit.
    pub conclusion: Conclusion,
    /// What one run allocates with legacy and with new, if that was counted.
    pub heap: Option<[Heap; 2]>,
}

/// All workloads together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overall {
    /// The geometric mean of the ratios; its interval leaves out 1 % on each side.
    pub ratio: Estimate,
    /// The same of the 95th percentiles.
    pub p95: Estimate,
}

/// Whether the timings of this machine can be believed: what legacy against itself came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Fitness {
    /// The largest bias of legacy against itself, as a ratio: 1.002 is 0.2 %.
    pub bias: Option<f64>,
    /// Between which ratios nine in ten pairs of legacy against itself are.
    pub noise: Option<[f64; 2]>,
    /// Why they cannot be believed. Empty: they can.
    pub problems: Vec<String>,
}

/// The pairs of some blocks that count, and by which clock.
pub(super) struct Counted<'a> {
    blocks: Vec<Vec<&'a Pair>>,
    clock: Clock,
    measured: usize,
}

impl<'a> Counted<'a> {
    pub(super) fn of(blocks: impl Iterator<Item = &'a Block>) -> Self {
        let blocks: Vec<Vec<&Pair>> = blocks.map(|block| block.pairs.iter().collect()).collect();
        let all = || blocks.iter().flatten().copied();
        let measured = all().count();
        let lengths: Vec<f64> = all().map(|pair| pair.longest() as f64).collect();
        if measured == 0 || median(&lengths) <= LONG as f64 {
            return Self {
                blocks,
                clock: Clock::Wall,
                measured,
            };
        }
        let kept = all().filter(|pair| pair.is_undisturbed()).count();
        if measured >= SEEN && (kept as f64) < LEAST_KEPT * measured as f64 {
            return Self {
                blocks,
                clock: Clock::Cpu,
                measured,
            };
        }
        let undisturbed = |block: &Vec<&'a Pair>| -> Vec<&'a Pair> {
            block.iter().copied().filter(|pair| pair.is_undisturbed()).collect()
        };
        Self {
            blocks: blocks
                .iter()
                .map(undisturbed)
                .filter(|block| !block.is_empty())
                .collect(),
            clock: Clock::Wall,
            measured,
        }
    }

    fn pairs(&self) -> impl Iterator<Item = &'a Pair> {
        self.blocks.iter().flatten().copied()
    }

    /// The logarithms of the ratios, in turn.
    pub(super) fn log_ratios(&self) -> Vec<f64> {
        self.pairs().map(|pair| pair.log_ratio(self.clock)).collect()
    }

    fn conclude(&self, max_ratio: f64, cases: usize) -> Conclusion {
        let mut signs = Signs::default();
        for ratio in self.log_ratios() {
            signs.add(ratio > max_ratio.ln());
        }
        match signs.conclude(cases) {
            Conclusion::Within if self.blocks.len() < LEAST_BLOCKS => Conclusion::Undecided,
            conclusion => conclusion,
        }
    }
}

/// What the blocks of one process come to, looked at after each: the first conclusion stands.
pub fn conclude(blocks: &[Block], max_ratio: f64, cases: usize) -> Conclusion {
    (1..=blocks.len())
        .map(|seen| Counted::of(blocks[..seen].iter()).conclude(max_ratio, cases))
        .find(|conclusion| *conclusion != Conclusion::Undecided)
        .unwrap_or(Conclusion::Undecided)
}

/// What several processes come to, in which the same was measured; `Err` if one more has to be asked.
///
/// A case is beyond the limit only if two processes say so, and what one left open another may decide: one unlucky layout of memory
/// decides nothing.
///
/// # Errors
/// What it is for the time being.
pub fn settle(conclusions: &[Conclusion]) -> Result<Conclusion, Conclusion> {
    let count = |wanted| conclusions.iter().filter(|conclusion| **conclusion == wanted).count();
    match (count(Conclusion::Beyond), count(Conclusion::Within), conclusions.len()) {
        (beyond, _, _) if beyond >= 2 => Ok(Conclusion::Beyond),
        (0, within, _) if within >= 1 => Ok(Conclusion::Within),
        (_, within, _) if within >= 2 => Ok(Conclusion::Within),
        (0, _, asked) if asked >= 2 => Ok(Conclusion::Undecided),
        (_, _, asked) if asked >= 3 => Ok(Conclusion::Undecided),
        _ => Err(Conclusion::Undecided),
    }
}

/// What each process in turn came to.
pub fn by_process(blocks: &[Block], max_ratio: f64, cases: usize) -> Vec<Conclusion> {
    let processes = blocks
        .iter()
        .map(|block| block.process)
        .max()
        .map_or(0, |last| last + 1);
    let of = |process: u32| -> Vec<Block> {
        blocks
            .iter()
            .filter(|block| block.process == process)
            .cloned()
            .collect()
    };
    (0..processes)
        .map(|process| conclude(&of(process), max_ratio, cases))
        .collect()
}

impl Performance {
    /// Judges what was measured by `limits`.
    pub fn of(timings: &Timings, limits: &Limits) -> Self {
        let cases = timings.workloads.len();
        let mut workloads = Vec::with_capacity(cases);
        let mut counted = Vec::with_capacity(cases);
        for measured in &timings.workloads {
            let pairs = Counted::of(measured.blocks.iter());
            if pairs.blocks.is_empty() {
                continue;
            }
            let conclusions = by_process(&measured.blocks, limits.max_ratio, cases);
            let conclusion = settle(&conclusions).unwrap_or_else(|so_far| so_far);
            let repeats = measured.blocks.first().map_or(1, |block| block.repeats.max(1));
            let times = |side: usize, clock: Clock| -> Vec<f64> {
                let of = |pair: &Pair| [pair.legacy, pair.new][side].time(clock) as f64 / f64::from(repeats);
                pairs.pairs().map(of).collect()
            };
            let [legacy, new] = [0, 1].map(|side| times(side, pairs.clock));
            let [legacy_tail, new_tail] = [0, 1].map(|side| quantile(&times(side, Clock::Cpu), TAIL_SHARE));
            workloads.push(Timed {
                id: measured.id.clone(),
                format: measured.format,
                tasks: measured.tasks,
                ratio: median_interval(&pairs.log_ratios(), CONFIDENCE).map(f64::exp),
                p95: new_tail / legacy_tail,
                nanoseconds: [median(&legacy), median(&new)],
                pairs: pairs.measured,
                kept: legacy.len(),
                clock: pairs.clock,
                processes: conclusions.len() as u32,
                conclusion,
                heap: measured.heap,
            });
            counted.push(pairs);
        }
        workloads.sort_by(|one, other| {
            other
                .ratio
                .value
                .total_cmp(&one.ratio.value)
                .then(one.id.cmp(&other.id))
        });
        Self {
            overall: overall(&counted, timings.seed),
            fitness: Fitness::of(timings, limits),
            heap: HeapRatios::of(&workloads),
            workloads,
            skipped: timings.skipped.clone(),
        }
    }
}

fn overall(counted: &[Counted<'_>], seed: u64) -> Option<Overall> {
    if counted.is_empty() {
        return None;
    }
    let blocks: Vec<Vec<(Clock, &Vec<&Pair>)>> = counted
        .iter()
        .map(|pairs| pairs.blocks.iter().map(|block| (pairs.clock, block)).collect())
        .collect();
    let of_pairs = |blocks: &[&(Clock, &Vec<&Pair>)], figure: &dyn Fn(Clock, &Pair) -> f64| -> Vec<f64> {
        let pairs = blocks
            .iter()
            .flat_map(|(clock, block)| block.iter().map(|pair| (*clock, *pair)));
        pairs.map(|(clock, pair)| figure(clock, pair)).collect()
    };
    let ratio = |blocks: &[&(Clock, &Vec<&Pair>)]| median(&of_pairs(blocks, &|clock, pair| pair.log_ratio(clock)));
    let p95 = |blocks: &[&(Clock, &Vec<&Pair>)]| {
        let new = of_pairs(blocks, &|_, pair| pair.new.time(Clock::Cpu) as f64);
        let legacy = of_pairs(blocks, &|_, pair| pair.legacy.time(Clock::Cpu) as f64);
        (quantile(&new, TAIL_SHARE) / quantile(&legacy, TAIL_SHARE)).ln()
    };
    Some(Overall {
        ratio: bootstrap(&blocks, ratio, TAIL, DRAWS, seed).map(f64::exp),
        p95: bootstrap(&blocks, p95, TAIL, DRAWS, seed).map(f64::exp),
    })
}

impl Fitness {
    fn of(timings: &Timings, limits: &Limits) -> Self {
        let mut fitness = Self::default();
        let cases = timings.workloads.len();
        if !timings.is_optimised {
            let problem = "this is a build without optimisation: its timings say nothing of a release";
            fitness.problems.push(problem.to_owned());
        }
        if timings.controls.is_empty() {
            fitness.problems.push("nothing was timed against itself".to_owned());
        }
        for control in &timings.controls {
            if control.matchup == Matchup::Itself {
                let ratios = Counted::of(control.last_process()).log_ratios();
                let bias = median(&ratios);
                if fitness.bias.is_none_or(|most| bias.abs() > f64::ln(most).abs()) {
                    fitness.bias = Some(bias.exp());
                }
                let noise = [0.05, 0.95].map(|share| quantile(&ratios, share).exp());
                fitness.noise = Some(
                    fitness
                        .noise
                        .map_or(noise, |widest| [widest[0].min(noise[0]), widest[1].max(noise[1])]),
                );
            }
            fitness.problems.extend(control.problem(limits, cases));
        }
        fitness
    }

    /// Whether the timings can be believed.
    pub fn is_fit(&self) -> bool {
        self.problems.is_empty()
    }
}

impl Control {
    /// The blocks of the process that was asked last.
    pub(super) fn last_process(&self) -> impl Iterator<Item = &Block> {
        let last = self.blocks.iter().map(|block| block.process).max().unwrap_or(0);
        self.blocks.iter().filter(move |block| block.process == last)
    }

    /// What the control shows to be wrong with the timings of this machine.
    pub(super) fn problem(&self, limits: &Limits, cases: usize) -> Option<String> {
        let blocks: Vec<Block> = self.last_process().cloned().collect();
        let ratios = Counted::of(blocks.iter()).log_ratios();
        let percent = |log: f64| (log.exp() - 1.0) * 100.0;
        match self.matchup {
            Matchup::Itself => {
                let bias = median(&ratios);
                // With a limit below 1 + BIAS nothing could ever be told from itself; there the bias alone has to do.
                let is_within = limits.max_ratio.ln() < 2.0 * BIAS
                    || conclude(&blocks, limits.max_ratio, cases) == Conclusion::Within;
                if bias.abs() <= BIAS && is_within {
                    None
                } else {
                    Some(format!(
                        "legacy against itself on {} is off by {:+.1} %, in {} pairs",
                        self.id,
                        percent(bias),
                        ratios.len()
                    ))
                }
            }
            Matchup::Slowed => {
                // Whatever the gate's own limit is, 15 % has to be told from 10 %.
                let found = conclude(&blocks, DEFAULT_MAX_RATIO, cases);
                (found != Conclusion::Beyond).then(|| {
                    format!(
                        "legacy slowed by {:.0} % on {} is not noticed: {:+.1} %, in {} pairs",
                        SLOWDOWN * 100.0,
                        self.id,
                        percent(median(&ratios)),
                        ratios.len()
                    )
                })
            }
            Matchup::Engines { .. } | Matchup::Trial(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
