//! What the engine to blame is like: where it does exactly what an engine with a known bug does, the bug's description says more
//! than any list of differences.
//!
//! Each mutant is planted in the reference, or in legacy where the reference does not know the format. One that makes the
//! right engine do what the one to blame does, in every respect that is compared, *explains* the case, provided that the right
//! engine does something else without it. It is a likeness and no proof: two bugs may look alike on a case.

use std::collections::BTreeMap;
use std::sync::Arc;

use contract::Engine;
use contract::stage::{Schedule, Stage};
use corpus::Case;

use crate::compare::{Times, compare};
use crate::divergence::{Aspect, Blame};
use crate::judge::{Baseline, Comparison, Contender, Engines, Watch, death_seed};
use crate::kept::play_once;
use crate::mutants::{self, Mutant};
use crate::recovery;

/// A known bug, and the engine it is planted in.
type Planted = (&'static Mutant, Arc<dyn Engine>);

/// Whether an engine does what the one to blame does.
type DoesIt<'a> = Box<dyn Fn(&mut Stage, &dyn Engine) -> bool + 'a>;

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

    /// The bugs that explain what the engine to blame does on `case`, whose comparison is given, in the order of their list.
    /// Where both are, new is looked at.
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
        let subject = match comparison.blame {
            Some(Blame::Legacy) => &engines.legacy,
            _ => &engines.new,
        };
        let play = |stage: &mut Stage, contender: &Contender, engine: &dyn Engine| {
            watch.starting(&contender.description.name);
            stage.schedule(comparison.schedule);
            let observation = play_once(stage, engine, case);
            stage.schedule(Schedule::PLAIN);
            observation
        };
        let deaths = |stage: &mut Stage, contender: &Contender, engine: &dyn Engine| {
            let starting = || watch.starting(&contender.description.name);
            recovery::kill(stage, engine, case, death_seed(case), &starting).1
        };
        // What a case of recovery shows is how the deaths came out, and nothing else.
        let does_it: DoesIt<'_> = if of_recovery {
            let seen = deaths(stage, subject, &*subject.engine);
            Box::new(move |stage, engine| deaths(stage, right, engine) == seen)
        } else {
            let seen = play(stage, subject, &*subject.engine);
            Box::new(move |stage, engine| {
                let played = play(stage, right, engine);
                let sides = [
                    right.side(&played, comparison.schedule),
                    subject.side(&seen, comparison.schedule),
                ];
                let found = compare(&case.definition, sides[0], sides[1], times);
                found.divergences.is_empty()
            })
        };
        if does_it(stage, &*right.engine) {
            return Vec::new();
        }
        // What a mutant is said to need holds for the whole of what it does; a case of some of it may need less.
        let of_format = self.planted[&place]
            .iter()
            .filter(|(mutant, _)| mutant.format == format);
        let explaining = of_format.filter(|(_, engine)| does_it(stage, &**engine));
        explaining.map(|(mutant, _)| *mutant).collect()
    }
}
