//! What the engine to blame is like: where it does exactly what an engine with a known bug does, the bug's description says more
//! than any list of differences.
//!
//! Each mutant is planted in the reference, or in legacy where the reference does not know the format. One that makes the
//! right engine do what the one to blame does, in every respect that is compared, *explains* the case, provided that the right
//! engine does something else without it. It is a likeness and no proof: two bugs may look alike on a case.

use std::collections::BTreeSet;
use std::sync::Arc;

use contract::stage::{Schedule, Stage};
use contract::{End, Engine, Observation};
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
pub(crate) struct Deeds {
    run: Observation,
    /// What its deaths change, death by death, where nothing but that differs.
    by_deaths: Vec<Vec<Divergence>>,
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
        let run = run(stage, (case, comparison), (subject, &*subject.engine), watch);
        let by_deaths = by_deaths(stage, (case, comparison), (subject, &*subject.engine), watch);
        Self {
            case,
            right,
            subject,
            comparison,
            seen: Deeds { run, by_deaths },
            watch,
        }
    }

    /// Whether the right engine does what the suspect does once it has these bugs, the first of them nearest to the host.
    ///
    /// Where only what comes after a death differs, it also has to do the same without one: a bug that changes more than
    /// that is another bug.
    pub(crate) fn is_like(&self, stage: &mut Stage, bugs: &[Bug]) -> bool {
        let engine = self.right_with(bugs);
        let run = self.run(stage, &*engine);
        self.runs_alike([self.right, self.subject], [&run, &self.seen.run])
            && classes(self.case, &self.by_deaths(stage, &*engine)) == classes(self.case, &self.seen.by_deaths)
    }

    /// What the right engine does with these bugs.
    pub(crate) fn of_right_with(&self, stage: &mut Stage, bugs: &[Bug]) -> Deeds {
        let engine = self.right_with(bugs);
        Deeds {
            run: self.run(stage, &*engine),
            by_deaths: self.by_deaths(stage, &*engine),
        }
    }

    /// Whether the right engine does the same with some bugs and with others.
    pub(crate) fn is_same(&self, one: &Deeds, other: &Deeds) -> bool {
        self.runs_alike([self.right, self.right], [&one.run, &other.run])
            && classes(self.case, &one.by_deaths) == classes(self.case, &other.by_deaths)
    }

    /// How near these bugs come to it, where they do not explain all: whether the difference nearest to the cause is one that
    /// they make to the right engine too, which does `without` when it has none.
    pub(crate) fn nearness(&self, stage: &mut Stage, without: &Deeds, bugs: &[Bug]) -> Option<Nearness> {
        let found = self.made_by(stage, without, bugs);
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

    /// Whether one of the differences that these bugs make to the right engine is of the class of one of the suspect's.
    pub(crate) fn is_akin(&self, stage: &mut Stage, without: &Deeds, bugs: &[Bug]) -> bool {
        let of_class = |found: &Divergence| Class::of_one(self.case, found, None);
        let made: BTreeSet<Class> = self.made_by(stage, without, bugs).iter().map(of_class).collect();
        self.comparison
            .divergences
            .iter()
            .any(|found| made.contains(&of_class(found)))
    }

    /// In what the right engine with these bugs differs from itself without any, as a comparison tells it.
    fn made_by(&self, stage: &mut Stage, without: &Deeds, bugs: &[Bug]) -> Vec<Divergence> {
        let deeds = self.of_right_with(stage, bugs);
        let mut found = self.differences([self.right, self.right], [&without.run, &deeds.run]);
        let of_deaths = deeds.by_deaths.into_iter();
        found.extend(of_deaths.filter_map(|of_death| of_death.into_iter().next()));
        found
    }

    fn right_with(&self, bugs: &[Bug]) -> Arc<dyn Engine> {
        let right = Arc::clone(&self.right.engine);
        if bugs.is_empty() {
            right
        } else {
            mutants::plant(right, bugs)
        }
    }

    fn run(&self, stage: &mut Stage, engine: &dyn Engine) -> Observation {
        run(stage, (self.case, self.comparison), (self.right, engine), self.watch)
    }

    fn by_deaths(&self, stage: &mut Stage, engine: &dyn Engine) -> Vec<Vec<Divergence>> {
        by_deaths(stage, (self.case, self.comparison), (self.right, engine), self.watch)
    }

    fn runs_alike(&self, by: [&Contender; 2], runs: [&Observation; 2]) -> bool {
        self.differences(by, runs).is_empty()
    }

    /// What the second does and the first does not.
    fn differences(&self, by: [&Contender; 2], runs: [&Observation; 2]) -> Vec<Divergence> {
        let times = match self.comparison.baseline {
            Baseline::Legacy => Times::Free,
            Baseline::Reference => Times::Fixed,
        };
        let schedule = self.comparison.schedule;
        let sides = [by[0].side(runs[0], schedule), by[1].side(runs[1], schedule)];
        let mut found = compare(&self.case.definition, sides[0], sides[1], times).divergences;
        if let [End::Crashed(_), End::Crashed(_)] = runs.map(|run| &run.end) {
            // In which words an engine breaks down is its own: two of them do not say the same of one bug.
            found.retain(|found| found.aspect != Aspect::Crash);
        }
        found
    }
}

/// What `engine`, which is the contender or a likeness of it, does on a case, under the schedule in which it was found to differ.
fn run<W: Watch>(
    stage: &mut Stage,
    (case, comparison): (&Case, &Comparison),
    (contender, engine): (&Contender, &dyn Engine),
    watch: &W,
) -> Observation {
    watch.starting(&contender.description.name);
    stage.schedule(comparison.schedule);
    let observation = play_once(stage, engine, case);
    stage.schedule(Schedule::PLAIN);
    observation
}

/// What deaths change of it, if nothing else was found to differ.
fn by_deaths<W: Watch>(
    stage: &mut Stage,
    (case, comparison): (&Case, &Comparison),
    (contender, engine): (&Contender, &dyn Engine),
    watch: &W,
) -> Vec<Vec<Divergence>> {
    let class = comparison.class.as_ref();
    if class.is_none_or(|class| class.aspect != Aspect::Recovery) {
        return Vec::new();
    }
    let starting = || watch.starting(&contender.description.name);
    recovery::kill_for_all(stage, engine, case, death_seed(case), &starting).1
}

/// After which writes a death changes something depends on what an engine writes.
fn classes(case: &Case, by_deaths: &[Vec<Divergence>]) -> BTreeSet<Class> {
    let found = by_deaths.iter().flatten();
    found.map(|found| Class::of_one(case, found, None)).collect()
}
