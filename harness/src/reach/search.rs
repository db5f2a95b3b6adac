//! Looks for cases that reach all goals: guided by what is still missing, or blindly, one drawn case after another.

use std::collections::{BTreeMap, BTreeSet};

use contract::stage::Stage;
use corpus::Case;
use corpus::generate::{Dials, Generator, Guide, RulesGenerator, RulesGuide};

use super::goals::{self, Goal};
use super::workers;
use crate::judge::{Contender, Engines};
use crate::kept::play_once;

/// How cases are drawn.
#[derive(Clone, Debug)]
pub enum How {
    /// Towards what is missing.
    Guided,
    /// As these dials say, whatever is missing.
    Blind(Box<Dials>),
}

impl How {
    /// The default dials, but for the one that steers towards pairs of features.
    pub fn blind() -> Self {
        Self::Blind(Box::new(Dials {
            pairs: 0.0,
            ..Dials::default()
        }))
    }

    /// As [`Self::blind`], with some cases in which things happen at one instant.
    pub fn blind_with_ties() -> Self {
        Self::Blind(Box::new(Dials {
            pairs: 0.0,
            ties: 0.05,
            ..Dials::default()
        }))
    }

    /// The default dials as they are.
    pub fn by_default() -> Self {
        Self::Blind(Box::default())
    }
}

/// What a search came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Search {
    /// How many cases were played.
    pub cases: u64,
    /// By goal that was reached, how many cases it took, the reaching one included.
    pub reached: BTreeMap<Goal, u64>,
}

impl Search {
    /// After how many cases all of `goals` had been reached; `None` if they never were.
    pub fn after<'a>(&self, goals: impl IntoIterator<Item = &'a Goal>) -> Option<u64> {
        let mut each = goals.into_iter().map(|goal| self.reached.get(goal).copied());
        each.try_fold(0, |most, after| Some(most.max(after?)))
    }
}

/// A case that was played, and what it reached.
#[derive(Clone, Debug)]
pub struct Played {
    /// The case.
    pub case: Case,
    /// What it reached.
    pub reached: BTreeSet<Goal>,
}

/// The searches of each seed in each way, on `jobs` threads, seed by seed: what [`search`] gives of them.
pub fn measure(engine: &Contender, ways: &[How], seeds: &[u64], most: u64, jobs: usize) -> Vec<Vec<Search>> {
    let searches = workers::each(jobs, seeds.len() * ways.len(), |stage, place| {
        let (seed, how) = (seeds[place / ways.len()], &ways[place % ways.len()]);
        search(stage, engine, how, seed, most)
    });
    searches.chunks(ways.len().max(1)).map(<[Search]>::to_vec).collect()
}

/// Plays cases of `seed` on `engine` until every goal of workflows is reached, `most` of them at most.
pub fn search(stage: &mut Stage, engine: &Contender, how: &How, seed: u64, most: u64) -> Search {
    let mut search = Search::default();
    walk(stage, engine, how, seed, most, |played| {
        search.cases += 1;
        for goal in &played.reached {
            search.reached.entry(*goal).or_insert(search.cases);
        }
    });
    search
}

/// Where cases come from.
enum Source {
    Guided(Box<Guide>),
    Blind(Box<Generator>),
}

/// As [`search`], and hands over every case.
pub fn walk(stage: &mut Stage, engine: &Contender, how: &How, seed: u64, most: u64, mut visit: impl FnMut(Played)) {
    let goals = goals::of_workflows();
    let mut missing: BTreeSet<Goal> = goals.iter().copied().collect();
    let mut source = match how {
        How::Guided => Source::Guided(Box::new(goals::guide(seed, &goals))),
        How::Blind(dials) => Source::Blind(Box::new(Generator::new(seed, Dials::clone(dials)))),
    };
    for index in 0..most {
        if missing.is_empty() {
            break;
        }
        let case = match &mut source {
            Source::Guided(guide) => guide.draw(),
            Source::Blind(generator) => generator.case(index),
        };
        let observation = play_once(stage, &*engine.engine, &case);
        let reached = goals::reached(&case, &observation);
        missing.retain(|goal| !reached.contains(goal));
        if let Source::Guided(guide) = &mut source {
            guide.tell(&case, goals::told(&goals, &reached, &observation));
        }
        visit(Played { case, reached });
    }
}

/// The searches for every goal of rules of each seed, guided and blindly.
pub fn measure_rules(engines: &Engines, seeds: &[u64], most: u64, jobs: usize) -> Vec<[Search; 2]> {
    let searches = workers::each(jobs, seeds.len() * 2, |stage, place| {
        let mut search = Search::default();
        walk_rules(stage, engines, place % 2 == 0, seeds[place / 2], most, |played| {
            search.cases += 1;
            for goal in &played.reached {
                search.reached.entry(*goal).or_insert(search.cases);
            }
        });
        search
    });
    let mut searches = searches.into_iter();
    std::iter::from_fn(|| Some([searches.next()?, searches.next()?])).collect()
}

/// Plays cases of rules of `seed` until every goal of rules is reached, `most` of them at most, and hands over every case.
pub fn walk_rules(
    stage: &mut Stage,
    engines: &Engines,
    is_guided: bool,
    seed: u64,
    most: u64,
    mut visit: impl FnMut(Played),
) {
    let mut missing: BTreeSet<Goal> = goals::of_rules().into_iter().collect();
    let (mut guide, generator) = (RulesGuide::new(seed), RulesGenerator::new(seed));
    for index in 0..most {
        if missing.is_empty() {
            break;
        }
        let case = if is_guided { guide.draw() } else { generator.case(index) };
        let reached = goals::reached_by_rules(engines, stage, &case);
        let before = missing.len();
        missing.retain(|goal| !reached.contains(goal));
        guide.tell(before - missing.len(), goals::sought(&missing));
        visit(Played { case, reached });
    }
}
