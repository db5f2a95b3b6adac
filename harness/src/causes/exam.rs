//! How well reduction and clusters do, measured on faults that are known because they were planted.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use contract::stage::Stage;
use corpus::{Case, Size};
use rand::SeedableRng;
use rand::seq::IndexedRandom;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::cluster::Gathered;
use super::likeness::Suspect;
use super::{Class, KnownBugs, Reduced, reduce};
use crate::config::Gates;
use crate::judge::{Contender, Engines, Unwatched};
use crate::mutants::hunt::{Hunt, Hunter};
use crate::mutants::{Mutant, plant};
use crate::run::{Cases, Plan, REDUCED_PER_CLASS, RunError, causes_of, silence};
use crate::timing::sample::{Clock, Reading};

/// How many revealing cases of a mutant are looked at.
const LOOKED_AT: usize = 60;

/// The smallest that revealing cases of a mutant were reduced to.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The mutant.
    pub mutant: &'static Mutant,
    /// How large the case was that became the smallest.
    pub before: Size,
    /// What became of it.
    pub reduced: Reduced,
    /// How large it is now.
    pub size: Size,
    /// The most comparisons that reducing one of the cases took.
    pub most_runs: u32,
    /// How long reducing each of the cases took, by the clock of the thread.
    pub times: Vec<Duration>,
    /// Whether each of them is 1-minimal.
    pub is_minimal: bool,
}

impl Shrunk {
    /// Whether it is as small as a case can be that reveals the mutant, as far as that is known.
    pub fn is_optimal(&self) -> bool {
        self.size <= self.mutant.optimum
    }
}

/// Reduces the case that each hunt found, and the next ones of `cases` that reveal its mutant, on so many threads. What came of
/// it is in the order of the hunts.
pub fn shrink_all<I: Iterator<Item = Case>>(
    engines: &Engines,
    hunts: &[Hunt],
    jobs: usize,
    cases: impl Fn(&'static Mutant) -> I + Sync,
) -> Vec<Shrunk> {
    let _silence = silence::engine_panics();
    let next = AtomicUsize::new(0);
    let shrunk = Mutex::new(Vec::with_capacity(hunts.len()));
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                let mut stage = Stage::new();
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(hunt) = hunts.get(place) else { break };
                    let cases = cases(hunt.mutant);
                    if let Some(done) = silence::during(|| shrink(engines, &mut stage, hunt, cases)) {
                        shrunk
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .push((place, done));
                    }
                }
            });
        }
    });
    let mut shrunk = shrunk.into_inner().unwrap_or_else(PoisonError::into_inner);
    shrunk.sort_by_key(|(place, _)| *place);
    shrunk.into_iter().map(|(_, shrunk)| shrunk).collect()
}

fn shrink(engines: &Engines, stage: &mut Stage, hunt: &Hunt, cases: impl Iterator<Item = Case>) -> Option<Shrunk> {
    let after = usize::try_from(hunt.found.as_ref()?.after).unwrap_or(usize::MAX);
    let hunter = Hunter::new(engines, hunt.mutant);
    let planted = with(engines, &[hunt.mutant]);
    let mut best: Option<Shrunk> = None;
    let (mut times, mut most_runs, mut is_minimal) = (Vec::new(), 0, true);
    let mut of_class: BTreeMap<Class, usize> = BTreeMap::new();
    let mut looked_at = 0;
    for case in cases.skip(after - 1).filter(|case| hunter.may_show(case)) {
        let Some(comparison) = hunter.try_case(stage, &case) else {
            continue;
        };
        let Some((class, nearest)) = Class::of(&case, &comparison) else {
            continue;
        };
        looked_at += 1;
        let of_class = of_class.entry(class.clone()).or_default();
        *of_class += 1;
        if *of_class > REDUCED_PER_CLASS {
            if looked_at == LOOKED_AT {
                break;
            }
            continue;
        }
        let clock = Reading::begin();
        let reduced = reduce(&planted, stage, &case, &comparison, (&class, nearest), &Unwatched);
        times.push(Duration::from_nanos(clock.sample().time(Clock::Cpu)));
        most_runs = most_runs.max(reduced.runs);
        is_minimal &= reduced.is_minimal;
        let size = Size::of(&reduced.case);
        if best.as_ref().is_none_or(|best| size < best.size) {
            best = Some(Shrunk {
                mutant: hunt.mutant,
                before: Size::of(&case),
                reduced,
                size,
                most_runs: 0,
                times: Vec::new(),
                is_minimal: true,
            });
        }
        if looked_at == LOOKED_AT {
            break;
        }
    }
    best.map(|best| Shrunk {
        most_runs,
        times,
        is_minimal,
        ..best
    })
}

/// So many of `mutants`, none twice; which ones depends on the seed alone.
pub fn draw(mutants: &[&'static Mutant], count: usize, seed: u64) -> Vec<&'static Mutant> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    mutants.sample(&mut rng, count).copied().collect()
}

/// What came of planting several mutants at once.
#[derive(Clone, Debug)]
pub struct Together {
    /// The mutants.
    pub planted: Vec<&'static Mutant>,
    /// Cases that diverged.
    pub diverged: u64,
    /// Their clusters.
    pub clusters: Vec<Caused>,
}

impl Together {
    /// The mutants that are a cause of what the smallest case of some cluster shows.
    pub fn shown(&self) -> usize {
        let is_shown = |mutant: &&'static Mutant| self.clusters.iter().any(|cluster| cluster.causes.contains(mutant));
        self.planted.iter().copied().filter(is_shown).count()
    }

    /// The clusters of which no single one of the mutants is a cause in every case.
    pub fn mixed(&self) -> usize {
        self.clusters.iter().filter(|cluster| cluster.is_mixed).count()
    }
}

/// A cluster, with the mutants that are the true causes of its cases.
#[derive(Clone, Debug)]
pub struct Caused {
    /// The cluster.
    pub gathered: Gathered,
    /// The causes of what its smallest case shows.
    pub causes: Vec<&'static Mutant>,
    /// Whether no single one of the mutants is a cause in every case.
    pub is_mixed: bool,
}

/// Plants `mutants` at once and gathers what diverges on `cases` by cause. With `is_blind`, the mutants are not among the
/// known bugs that a cause is likened to.
///
/// # Errors
/// If the harness itself fails.
pub fn together(
    engines: &Engines,
    mutants: &[&'static Mutant],
    cases: &Cases,
    jobs: usize,
    is_blind: bool,
) -> Result<Together, RunError> {
    let planted = with(engines, mutants);
    let known = KnownBugs::all_but(|mutant| is_blind && mutants.contains(&mutant));
    let gates = Gates::default();
    let plan = Plan {
        engines: &planted,
        cases,
        gates: &gates,
        jobs,
        control: None,
        terms: None,
        against: None,
        timing: None,
        patience: u32::MAX,
    };
    let (diverged, clusters) = causes_of(&plan, &known)?;
    let mut stage = Stage::new();
    let _silence = silence::engine_panics();
    let judged = clusters.into_iter().map(|gathered| {
        silence::during(|| {
            let mut causes_of = |reduced: &Reduced| -> Vec<&'static Mutant> {
                let is_cause = |mutant: &&&'static Mutant| {
                    is_cause(&mut stage, [&engines.new, &planted.new], reduced, mutants, mutant)
                };
                mutants.iter().filter(is_cause).copied().collect()
            };
            let of_each: Vec<_> = gathered.members.iter().map(&mut causes_of).collect();
            let is_of = |mutant: &&'static Mutant| of_each.iter().all(|causes| causes.contains(mutant));
            Caused {
                causes: of_each.first().cloned().unwrap_or_default(),
                is_mixed: !mutants.iter().any(is_of),
                gathered,
            }
        })
    });
    let clusters = judged.collect();
    Ok(Together {
        planted: mutants.to_vec(),
        diverged,
        clusters,
    })
}

/// Whether `mutant` is a cause of what an engine with all of `planted` does on a reduced case: whether there are some of them
/// that are enough for it, none needlessly, and the mutant is one of these. `sound` is the engine without any.
fn is_cause(
    stage: &mut Stage,
    [sound, with_all]: [&Contender; 2],
    reduced: &Reduced,
    planted: &[&'static Mutant],
    mutant: &'static Mutant,
) -> bool {
    let case = (&reduced.case, &reduced.comparison);
    let suspect = Suspect::beside(sound, with_all, stage, case, &Unwatched);
    let mut enough = planted.to_vec();
    for other in planted.iter().filter(|other| **other != mutant) {
        let fewer: Vec<_> = enough.iter().copied().filter(|kept| kept != other).collect();
        if suspect.is_like(stage, &fewer) {
            enough = fewer;
        }
    }
    let without: Vec<_> = enough.into_iter().filter(|kept| *kept != mutant).collect();
    !suspect.is_like(stage, &without)
}

/// `engines`, new with these mutants.
fn with(engines: &Engines, mutants: &[&'static Mutant]) -> Engines {
    Engines {
        new: Contender {
            engine: plant(Arc::clone(&engines.new.engine), mutants),
            description: Arc::clone(&engines.new.description),
        },
        ..engines.clone()
    }
}
