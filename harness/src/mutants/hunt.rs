//! Looks for a case that reveals a mutant: plants it in the new engine and judges one case after another.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use contract::Format;
use contract::stage::Stage;
use corpus::Case;

use super::{Mutant, Place, plant};
use crate::judge::{Comparison, Contender, Engines, Judgement, Unwatched};
use crate::run::silence;

/// What came of looking for a case that reveals a mutant.
#[derive(Clone, Debug)]
pub struct Hunt {
    /// The mutant.
    pub mutant: &'static Mutant,
    /// The first case that revealed it. `None`: it survived.
    pub found: Option<Found>,
    /// How many cases there were until then, those included that do not use what it takes.
    pub tried: u64,
}

/// The case that revealed a mutant.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its place among the cases, from 1.
    pub after: u64,
    /// The case.
    pub case: Case,
    /// In what the mutant showed.
    pub comparison: Comparison,
}

/// Plants `mutant` in the new engine and judges `cases` until one of them reveals it. A case that does not use what it takes
/// counts, and is not played.
pub fn hunt(engines: &Engines, mutant: &'static Mutant, cases: impl Iterator<Item = Case>) -> Hunt {
    let hunter = Hunter::new(engines, mutant);
    let mut stage = Stage::new();
    let mut tried = 0;
    for case in cases {
        tried += 1;
        if !hunter.may_show(&case) {
            continue;
        }
        if let Some(comparison) = silence::during(|| hunter.try_case(&mut stage, &case)) {
            let found = Found {
                after: tried,
                case,
                comparison,
            };
            return Hunt {
                mutant,
                found: Some(found),
                tried,
            };
        }
    }
    Hunt {
        mutant,
        found: None,
        tried,
    }
}

/// Hunts each of `mutants` on the cases that `cases` gives for it, on so many threads. The hunts are in the order of the mutants.
pub fn hunt_all<I: Iterator<Item = Case>>(
    engines: &Engines,
    mutants: &[&'static Mutant],
    jobs: usize,
    cases: impl Fn(&'static Mutant) -> I + Sync,
) -> Vec<Hunt> {
    let _silence = silence::engine_panics();
    let next = AtomicUsize::new(0);
    let hunts = Mutex::new(Vec::with_capacity(mutants.len()));
    std::thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, mutants.len().max(1)) {
            scope.spawn(|| {
                while let Some((place, mutant)) = next_of(&next, mutants) {
                    let hunt = hunt(engines, mutant, cases(mutant));
                    hunts.lock().unwrap_or_else(PoisonError::into_inner).push((place, hunt));
                }
            });
        }
    });
    let mut hunts = hunts.into_inner().unwrap_or_else(PoisonError::into_inner);
    hunts.sort_by_key(|(place, _)| *place);
    hunts.into_iter().map(|(_, hunt)| hunt).collect()
}

fn next_of(next: &AtomicUsize, mutants: &[&'static Mutant]) -> Option<(usize, &'static Mutant)> {
    let place = next.fetch_add(1, Ordering::Relaxed);
    Some((place, *mutants.get(place)?))
}

/// How many cases it took to find those mutants that were found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// Half of them were found on this many cases or fewer.
    pub median: u64,
    /// 95 of 100 of them were.
    pub most_of_them: u64,
    /// All of them were.
    pub most: u64,
}

impl Effort {
    /// Of the numbers of cases, by nearest rank.
    pub fn of(mut after: Vec<u64>) -> Self {
        after.sort_unstable();
        let rank = |percent: usize| {
            let place = (after.len() * percent).div_ceil(100).saturating_sub(1);
            after.get(place).copied().unwrap_or_default()
        };
        Self {
            median: rank(50),
            most_of_them: rank(95),
            most: rank(100),
        }
    }
}

/// Engines of which the new one has a mutant in it.
pub struct Hunter {
    mutant: &'static Mutant,
    engines: Engines,
}

impl Hunter {
    /// Plants `mutant` in the new engine of `engines`.
    pub fn new(engines: &Engines, mutant: &'static Mutant) -> Self {
        let mut engines = engines.clone();
        engines.new = Contender {
            engine: plant(engines.new.engine, &[mutant]),
            description: engines.new.description,
        };
        Self { mutant, engines }
    }

    /// Whether `case` uses what it takes to reveal the mutant.
    pub fn may_show(&self, case: &Case) -> bool {
        case.definition.format() == self.mutant.format
            && (self.mutant.format == Format::Rules || case.features().is_superset(self.mutant.features))
    }

    /// In what the mutant shows on `case`, if it does. One of recovery is looked for by killing the engine.
    pub fn try_case(&self, stage: &mut Stage, case: &Case) -> Option<Comparison> {
        let mut judgement = self.engines.judge(stage, case, case.features(), &Unwatched);
        if self.mutant.place == Place::Recovery {
            self.engines.kill(stage, case, &mut judgement, &Unwatched);
        }
        match judgement {
            Judgement::Compared(comparison) if !comparison.divergences.is_empty() => Some(comparison),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_effort_is_told_by_nearest_rank() {
        let of = |median, most_of_them, most| Effort {
            median,
            most_of_them,
            most,
        };
        assert_eq!(Effort::of((1..=100).rev().collect()), of(50, 95, 100));
        assert_eq!(Effort::of(vec![7]), of(7, 7, 7));
        assert_eq!(Effort::of(Vec::new()), of(0, 0, 0));
    }
}
