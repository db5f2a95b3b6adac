//! What the engine to blame is like: where it does exactly what an engine with a known bug does, the bug's description says more
//! than any list of differences.
//!
//! Each mutant is planted in the reference, or in legacy where the reference does not know the format. One that makes the
//! right engine do what the one to blame does, in every respect that is compared, *explains* the case, provided that the right
//! engine does something else without it. It is a likeness and no proof: two bugs may look alike on a case.

use std::collections::BTreeSet;
use std::sync::Arc;

use contract::stage::{Schedule, Stage};
use contract::{Engine, Observation};
use corpus::Case;

use super::class::{self, Class};
use crate::compare::{Times, compare};
use crate::divergence::{Aspect, Blame, Divergence};
use crate::judge::{Baseline, Comparison, Contender, Engines, Watch, death_seed};
use crate::kept::play_once;
use crate::mutants::{self, Mutant};
use crate::recovery;

/// A known bug.
pub(crate) type Bug = &'static Mutant;

/// The known bugs, in the order of their list.
pub struct KnownBugs {
    known: Vec<Bug>,
}

impl KnownBugs {
    /// Every mutant.
    pub fn all() -> Self {
        Self::all_but(|_| false)
    }

    /// Every mutant but those that are held back.
    pub fn all_but(is_held_back: impl Fn(&'static Mutant) -> bool) -> Self {
        let known = mutants::all().iter().filter(|mutant| !is_held_back(mutant));
        Self { known: known.collect() }
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
        let suspect = Suspect::new(engines, stage, case, comparison, watch);
        if suspect.is_like(stage, &[]) {
            return Vec::new();
        }
        // What a mutant is said to need holds for the whole of what it does; a case of some of it may need less.
        let explaining = self.of_format(&suspect).filter(|bug| suspect.is_like(stage, &[bug]));
        explaining.collect()
    }

    /// These without those that are refuted: an engine that has them would have differed on cases on which it does not.
    pub(crate) fn without(&self, refuted: &[Bug]) -> Self {
        Self::all_but(|bug| refuted.contains(&bug) || !self.known.contains(&bug))
    }

    /// In the order of their list.
    pub(crate) fn bugs(&self) -> &[Bug] {
        &self.known
    }

    /// Those that there can be where the suspect's definition is read.
    pub(crate) fn of_format<W: Watch>(&self, suspect: &Suspect<'_, W>) -> impl Iterator<Item = Bug> {
        let format = suspect.case.definition.format();
        self.known.iter().copied().filter(move |bug| bug.format == format)
    }
}

/// The engine to blame on a case, with what it does there, and the right engine that bugs are planted in.
pub(crate) struct Suspect<'a, W> {
    case: &'a Case,
    right: &'a Contender,
    subject: &'a Contender,
    comparison: &'a Comparison,
    seen: Deeds,
    watch: &'a W,
}

/// What an engine does on a case.
pub(crate) enum Deeds {
    /// How it runs.
    Run(Box<Observation>),
    /// What its deaths change: what a case of recovery shows, and nothing else.
    Deaths(Vec<Divergence>),
}

/// How near bugs come to a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nearness {
    /// They make one of its class.
    OfItsClass,
    /// They make it, at the same place.
    Exact,
}

impl<'a, W: Watch> Suspect<'a, W> {
    /// The engine that `comparison` blames for what differs on `case`. Where both are to blame, it is new.
    pub(crate) fn new(
        engines: &'a Engines,
        stage: &mut Stage,
        case: &'a Case,
        comparison: &'a Comparison,
        watch: &'a W,
    ) -> Self {
        let is_known = engines.reference.can(case.definition.format(), case.features());
        let right = if is_known { &engines.reference } else { &engines.legacy };
        let subject = match comparison.blame {
            Some(Blame::Legacy) => &engines.legacy,
            _ => &engines.new,
        };
        Self::beside(right, subject, stage, (case, comparison), watch)
    }

    /// `subject`, whatever is to blame for what differs on a case, beside an engine that bugs are planted in.
    pub(crate) fn beside(
        right: &'a Contender,
        subject: &'a Contender,
        stage: &mut Stage,
        (case, comparison): (&'a Case, &'a Comparison),
        watch: &'a W,
    ) -> Self {
        let mut suspect = Self {
            case,
            right,
            subject,
            comparison,
            seen: Deeds::Deaths(Vec::new()),
            watch,
        };
        suspect.seen = suspect.deeds(stage, suspect.subject, &*suspect.subject.engine);
        suspect
    }

    /// Whether the right engine does what the suspect does once it has these bugs, the first of them nearest to the host.
    pub(crate) fn is_like(&self, stage: &mut Stage, bugs: &[Bug]) -> bool {
        let deeds = self.of_right_with(stage, bugs);
        self.is_alike([self.right, self.subject], [&deeds, &self.seen])
    }

    /// What the right engine does with these bugs.
    pub(crate) fn of_right_with(&self, stage: &mut Stage, bugs: &[Bug]) -> Deeds {
        let engine = match bugs {
            [] => Arc::clone(&self.right.engine),
            bugs => mutants::plant(Arc::clone(&self.right.engine), bugs),
        };
        self.deeds(stage, self.right, &*engine)
    }

    /// Whether the right engine does the same with some bugs and with others.
    pub(crate) fn is_same(&self, one: &Deeds, other: &Deeds) -> bool {
        self.is_alike([self.right, self.right], [one, other])
    }

    /// How near these bugs come to it, where they do not explain all: whether the difference nearest to the cause is one that
    /// they make to the right engine too, which does `without` when it has none.
    pub(crate) fn nearness(&self, stage: &mut Stage, without: &Deeds, bugs: &[Bug]) -> Option<Nearness> {
        let deeds = self.of_right_with(stage, bugs);
        let found = self.differences([self.right, self.right], [without, &deeds]);
        let nearest = class::nearest(self.case, &self.comparison.divergences)?;
        let made = class::nearest(self.case, &found)?;
        let by_subject = match self.comparison.blame {
            Some(Blame::Legacy) => &nearest.baseline,
            _ => &nearest.new,
        };
        if nearest.is_where(made) && *by_subject == made.new {
            return Some(Nearness::Exact);
        }
        let [nearest, made] = [nearest, made].map(|found| Class::of_one(self.case, found, None));
        (nearest == made).then_some(Nearness::OfItsClass)
    }

    fn deeds(&self, stage: &mut Stage, contender: &Contender, engine: &dyn Engine) -> Deeds {
        let starting = || self.watch.starting(&contender.description.name);
        if self.is_of_recovery() {
            let (_, found) = recovery::kill(stage, engine, self.case, death_seed(self.case), &starting);
            return Deeds::Deaths(found);
        }
        starting();
        stage.schedule(self.comparison.schedule);
        let observation = play_once(stage, engine, self.case);
        stage.schedule(Schedule::PLAIN);
        Deeds::Run(Box::new(observation))
    }

    fn is_alike(&self, by: [&Contender; 2], deeds: [&Deeds; 2]) -> bool {
        match deeds {
            // After which writes it shows depends on what the engine writes.
            [Deeds::Deaths(by_one), Deeds::Deaths(by_other)] => {
                let [one, other] = [by_one, by_other].map(|found| {
                    let classes = found.iter().map(|found| Class::of_one(self.case, found, None));
                    classes.collect::<BTreeSet<Class>>()
                });
                one == other
            }
            deeds => self.differences(by, deeds).is_empty(),
        }
    }

    /// What the second does and the first does not.
    fn differences(&self, by: [&Contender; 2], deeds: [&Deeds; 2]) -> Vec<Divergence> {
        match deeds {
            [Deeds::Run(one), Deeds::Run(other)] => {
                let times = match self.comparison.baseline {
                    Baseline::Legacy => Times::Free,
                    Baseline::Reference => Times::Fixed,
                };
                let schedule = self.comparison.schedule;
                let sides = [by[0].side(one, schedule), by[1].side(other, schedule)];
                compare(&self.case.definition, sides[0], sides[1], times).divergences
            }
            // Each is what deaths change of an engine's own run.
            [_, Deeds::Deaths(found)] => found.clone(),
            [Deeds::Deaths(_), Deeds::Run(_)] => Vec::new(),
        }
    }

    fn is_of_recovery(&self) -> bool {
        let class = self.comparison.class.as_ref();
        class.is_some_and(|class| class.aspect == Aspect::Recovery)
    }
}
