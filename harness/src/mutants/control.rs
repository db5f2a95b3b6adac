//! The control of each run: every mutant is planted and looked for on a few of the run's own cases.
//!
//! A verdict can then say "of 92 planted faults this corpus reveals 92". The cases are chosen by their place in the corpus and
//! never by the clock, so the same corpus gives the same answer.

use contract::stage::Stage;
use contract::{FeatureSet, Format};
use corpus::Case;
use serde::{Deserialize, Serialize};

use super::all;
use super::hunt::Hunter;
use crate::judge::{Engines, Judgement, Unwatched};
use crate::run::{Cases, silence};

/// What a control may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// On how many cases that use what it takes each mutant is tried.
    pub tries: u32,
    /// How many cases of each format are looked through for them.
    pub looked_through: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            tries: 250,
            looked_through: 4_000,
        }
    }
}

/// What a control came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlantedFaults {
    /// How many mutants were planted: those of the formats that the corpus has.
    pub planted: u64,
    /// Those that a case revealed, sorted by name.
    pub found: Vec<FoundFault>,
    /// Those that no case revealed, sorted by name.
    pub missed: Vec<MissedFault>,
}

/// A mutant that a case revealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundFault {
    /// Its name.
    pub name: String,
    /// How many cases of its format it took, those included that do not use what it takes.
    pub after: u64,
}

/// A mutant that no case revealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissedFault {
    /// Its name.
    pub name: String,
    /// What a case must use to reveal it.
    pub lacks: FeatureSet,
}

/// Plants every mutant of the formats in `cases`, one after another, and tries it on the cases that may reveal it.
pub fn control(engines: &Engines, cases: &Cases, budget: Budget) -> PlantedFaults {
    let mut result = PlantedFaults::default();
    let mut stage = Stage::new();
    let _silence = silence::engine_panics();
    silence::during(|| {
        for format in [Format::Dag, Format::Rules] {
            control_format(engines, cases, budget, format, &mut stage, &mut result);
        }
    });
    result.found.sort_by(|left, right| left.name.cmp(&right.name));
    result.missed.sort_by(|left, right| left.name.cmp(&right.name));
    result
}

fn control_format(
    engines: &Engines,
    cases: &Cases,
    budget: Budget,
    format: Format,
    stage: &mut Stage,
    result: &mut PlantedFaults,
) {
    let mutants = all().iter().filter(|mutant| mutant.format == format);
    let mut alive: Vec<_> = mutants
        .map(|mutant| (mutant, Hunter::new(engines, mutant), budget.tries))
        .collect();
    let mut looked_through = 0;
    for index in cases.of_format(format) {
        if looked_through == budget.looked_through || alive.iter().all(|(_, _, tries)| *tries == 0) {
            break;
        }
        let case = cases.case(index);
        if case.definition.format() != format {
            continue;
        }
        looked_through += 1;
        if looked_through == 1 {
            result.planted += alive.len() as u64;
        }
        // What differs anyway reveals no mutant.
        let mut is_clean = None;
        alive.retain_mut(|(mutant, hunter, tries)| {
            if *tries == 0 || !hunter.may_show(&case) {
                return true;
            }
            *tries -= 1;
            let is_found = hunter.try_case(stage, &case).is_some()
                && *is_clean.get_or_insert_with(|| is_clean_without(engines, stage, &case));
            if is_found {
                result.found.push(FoundFault {
                    name: mutant.name.to_owned(),
                    after: looked_through,
                });
            }
            !is_found
        });
    }
    if looked_through > 0 {
        result
            .missed
            .extend(alive.into_iter().map(|(mutant, _, _)| MissedFault {
                name: mutant.name.to_owned(),
                lacks: mutant.features,
            }));
    }
}

/// Whether nothing is found on `case` while no mutant is planted.
fn is_clean_without(engines: &Engines, stage: &mut Stage, case: &Case) -> bool {
    let mut judgement = engines.judge(stage, case, case.features(), &Unwatched);
    engines.kill(stage, case, &mut judgement, &Unwatched);
    matches!(judgement, Judgement::Compared(comparison) if comparison.divergences.is_empty())
}
