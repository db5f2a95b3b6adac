//! What new is like: where it does exactly what an engine with a known bug does, the bug's description says more than any
//! list of differences.
//!
//! Each mutant is planted in the reference, or in legacy where the reference does not know the format. One that makes the
//! right engine do what new does, in every respect that is compared, *explains* the case. It is a likeness and no proof: two
//! bugs may look alike on a case.

use std::collections::BTreeMap;
use std::sync::Arc;

use contract::Engine;
use contract::stage::Stage;
use corpus::Case;

use crate::compare::{Side, Times, compare};
use crate::divergence::Aspect;
use crate::judge::{Baseline, Comparison, Contender, Engines, Watch, death_seed};
use crate::kept::play_once;
use crate::mutants::{self, Mutant};
use crate::recovery;

/// A known bug, and the engine it is planted in.
type Planted = (&'static Mutant, Arc<dyn Engine>);

/// The known bugs, each planted in an engine that is right otherwise.
pub struct KnownBugs {
    planted: BTreeMap<Baseline, Vec<Planted>>,
}

impl KnownBugs {
    /// Every mutant but those that `is_held_back`.
    pub fn new(engines: &Engines, is_held_back: impl Fn(&Mutant) -> bool) -> Self {
        let plant_all = |engine: &Arc<dyn Engine>| {
            let known = mutants::all().iter().filter(|mutant| !is_held_back(mutant));
            known
                .map(|mutant| (mutant, mutants::plant(Arc::clone(engine), &[mutant])))
                .collect()
        };
        let planted = BTreeMap::from([
            (Baseline::Legacy, plant_all(&engines.legacy.engine)),
            (Baseline::Reference, plant_all(&engines.reference.engine)),
        ]);
        Self { planted }
    }

    /// The bugs that explain what new does on `case`, whose comparison is given, in the order of their list.
    pub fn explaining(
        &self,
        engines: &Engines,
        stage: &mut Stage,
        case: &Case,
        comparison: &Comparison,
        watch: &impl Watch,
    ) -> Vec<&'static Mutant> {
        let (format, features) = (case.definition.format(), case.features());
        let is_known = engines.reference.can(format, features);
        let (right, place) = if is_known {
            (&engines.reference, Baseline::Reference)
        } else {
            (&engines.legacy, Baseline::Legacy)
        };
        let times = match comparison.baseline {
            Baseline::Legacy => Times::Free,
            Baseline::Reference => Times::Fixed,
        };
        let of_recovery = comparison
            .class
            .as_ref()
            .is_some_and(|class| class.aspect == Aspect::Recovery);
        watch.starting(&engines.new.description.name);
        let seen = play_once(stage, &*engines.new.engine, case);
        let deaths = |stage: &mut Stage, engine: &dyn Engine| {
            let (_, found) = recovery::kill(stage, engine, case, death_seed(case), &|| watch.starting("new"));
            found
        };
        let expected_deaths = of_recovery.then(|| deaths(stage, &*engines.new.engine));
        let mut explaining = Vec::new();
        for (mutant, engine) in &self.planted[&place] {
            // What a mutant is said to need holds for the whole of what it does; a case of some of it may need less.
            if mutant.format != format {
                continue;
            }
            let explains = if let Some(expected) = &expected_deaths {
                deaths(stage, &**engine) == *expected
            } else {
                watch.starting(&right.description.name);
                let played = play_once(stage, &**engine, case);
                does_the_same(case, right, &played, &engines.new, &seen, times)
            };
            if explains {
                explaining.push(*mutant);
            }
        }
        explaining
    }
}

fn does_the_same(
    case: &Case,
    right: &Contender,
    played: &contract::Observation,
    new: &Contender,
    seen: &contract::Observation,
    times: Times,
) -> bool {
    let sides = [(right, played), (new, seen)].map(|(contender, observation)| Side {
        description: &contender.description,
        observation,
        schedule: contract::stage::Schedule::PLAIN,
    });
    compare(&case.definition, sides[0], sides[1], times)
        .divergences
        .is_empty()
}
