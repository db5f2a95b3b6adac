//! The smallest set of cases that still reaches every goal and reveals every mutant, as a quick gate for each commit.
//!
//! Cases are gathered first: those of a guided search, drawn cases of rules, and, for each mutant that none of them reveals, more
//! that are led towards what it takes. Then the cases are taken one by one, each time the one that adds the most, the smaller
//! first; and what turns out to add nothing is left out again.
//!
//! The set is one of files that people read. What no file can hold is not in it, and what is large only if nothing else will do.

use std::collections::BTreeSet;

use contract::Format;
use contract::stage::Stage;
use corpus::generate::{Guide, RulesGenerator, guide};
use corpus::{Case, Size};

use super::goals::{self, Goal};
use super::search::{How, walk, walk_rules};
use super::workers;
use crate::judge::{Engines, Judgement, Unwatched};
use crate::kept::play_once;
use crate::mutants::hunt::Hunter;
use crate::mutants::{self, Mutant};

/// How far to look for cases.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Guided cases, and as many more for mutants that they do not reveal.
    pub workflows: u64,
    /// Drawn cases of rules.
    pub rules: u64,
    /// Threads.
    pub jobs: usize,
}

/// A set of cases, and what it covers.
#[derive(Clone, Debug, Default)]
pub struct Minimal {
    /// The cases, each with the reason why it is there.
    pub cases: Vec<Case>,
    /// The goals that they reach, of how many.
    pub goals: (usize, usize),
    /// The mutants that they reveal, of how many.
    pub mutants: (usize, usize),
    /// The goals that no case was found for.
    pub missed_goals: Vec<Goal>,
    /// The mutants that no case was found for.
    pub missed_mutants: Vec<&'static Mutant>,
}

/// What a set has to cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    Goal(Goal),
    /// By place in the list of all.
    Mutant(usize),
}

impl Item {
    fn name(self) -> String {
        match self {
            Self::Goal(goal) => goal.name(),
            Self::Mutant(place) => mutants::all()[place].name.to_owned(),
        }
    }
}

/// A case that was gathered, and what it covers.
struct Gathered {
    case: Case,
    items: BTreeSet<Item>,
}

impl Gathered {
    fn new(case: Case, goals: BTreeSet<Goal>) -> Self {
        let items = goals.into_iter().map(Item::Goal).collect();
        Self { case, items }
    }

    /// Under another name, and without what it reveals: that may be something else then.
    fn named(&self, number: usize) -> Self {
        let is_goal = |item: &&Item| matches!(item, Item::Goal(_));
        Self {
            case: Case {
                id: format!("m-{number:03}"),
                ..self.case.clone()
            },
            items: self.items.iter().filter(is_goal).copied().collect(),
        }
    }
}

/// Gathers cases from `seed` and chooses the fewest of them.
pub fn minimal(engines: &Engines, seed: u64, effort: Effort) -> Minimal {
    let hunters: Vec<(&'static Mutant, Hunter)> = mutants::all()
        .iter()
        .map(|mutant| (mutant, Hunter::new(engines, mutant)))
        .collect();
    let mut pool = gather(engines, seed, effort);
    keep_files(&mut pool);
    // What reaches all goals reveals most mutants; only for the others is more looked for.
    let first = choose(&pool, &universe(&pool));
    let mut pool_of: Vec<usize> = first;
    let mut alive = reveal(&hunters, &mut pool, &pool_of, effort.jobs);
    let rest: Vec<usize> = (0..pool.len()).filter(|place| !pool_of.contains(place)).collect();
    alive = look_through(&hunters, alive, &mut pool, &rest, &mut pool_of, effort.jobs);
    let led = lead(engines, &hunters, &alive, seed, effort);
    let from = pool.len();
    pool.extend(led);
    pool_of.extend(from..pool.len());
    // A case may reveal more than the mutant that it was looked for.
    reveal(&hunters, &mut pool, &pool_of, effort.jobs);
    let pool: Vec<Gathered> = {
        let wanted: BTreeSet<usize> = pool_of.into_iter().collect();
        let numbered = pool.into_iter().enumerate();
        numbered
            .filter(|(place, _)| wanted.contains(place))
            .map(|(_, gathered)| gathered)
            .collect()
    };
    name_and_check(&hunters, &pool, effort.jobs)
}

/// Cases that reach the goals.
fn gather(engines: &Engines, seed: u64, effort: Effort) -> Vec<Gathered> {
    let mut parts = workers::each(effort.jobs, 2, |stage, part| {
        let mut pool = Vec::new();
        if part == 0 {
            walk(
                stage,
                &engines.reference,
                &How::Guided,
                seed,
                effort.workflows,
                |played| {
                    let items = played.reached.into_iter().map(Item::Goal).collect();
                    let case = played.case;
                    pool.push(Gathered { case, items });
                },
            );
        } else {
            // Guided cases are large: they reach all, and the plain ones beside them give a choice of small ones.
            walk_rules(stage, engines, true, seed, effort.rules, |played| {
                pool.push(Gathered::new(played.case, played.reached));
            });
            let generator = RulesGenerator::new(seed);
            let drawn = (0..effort.rules).map(|index| generator.case(index));
            pool.extend(drawn.map(|case| {
                let goals = goals::reached_by_rules(engines, stage, &case);
                Gathered::new(case, goals)
            }));
        }
        pool
    });
    let rules = parts.pop().unwrap_or_default();
    let mut pool = parts.pop().unwrap_or_default();
    pool.extend(rules);
    pool
}

/// Keeps what a file can hold and, of what is large, only what reaches a goal that nothing small does.
fn keep_files(pool: &mut Vec<Gathered>) {
    const LARGE: usize = 4 << 10;
    let mut lengths = Vec::with_capacity(pool.len());
    pool.retain(|gathered| {
        let length = length_in_a_file(&gathered.case);
        lengths.extend(length);
        length.is_some()
    });
    let small = pool.iter().zip(&lengths).filter(|(_, length)| **length <= LARGE);
    let by_small: BTreeSet<Item> = small.flat_map(|(gathered, _)| gathered.items.iter().copied()).collect();
    let mut lengths = lengths.into_iter();
    pool.retain(|gathered| {
        lengths.next().is_some_and(|length| length <= LARGE) || !gathered.items.is_subset(&by_small)
    });
}

/// How long `case` is as JSON; `None` if what is read is not what was written.
pub fn length_in_a_file(case: &Case) -> Option<usize> {
    let text = serde_json::to_string(case).ok()?;
    let is_whole = serde_json::from_str::<Case>(&text).is_ok_and(|read| read == *case);
    is_whole.then_some(text.len())
}

fn universe(pool: &[Gathered]) -> BTreeSet<Item> {
    pool.iter()
        .flat_map(|gathered| gathered.items.iter().copied())
        .collect()
}

/// Notes which mutants the cases at `places` reveal, and gives those that none of them does.
fn reveal(hunters: &[(&'static Mutant, Hunter)], pool: &mut [Gathered], places: &[usize], jobs: usize) -> Vec<usize> {
    let found = workers::each(jobs, hunters.len(), |stage, place| {
        let hunter = &hunters[place].1;
        let reveals = |place: &&usize| {
            let case = &pool[**place].case;
            reveals(hunter, stage, case)
        };
        places.iter().filter(reveals).copied().collect::<Vec<usize>>()
    });
    for (mutant, found) in found.iter().enumerate() {
        for place in found {
            pool[*place].items.insert(Item::Mutant(mutant));
        }
    }
    (0..hunters.len()).filter(|mutant| found[*mutant].is_empty()).collect()
}

/// Looks through the rest of what was gathered for the first case that reveals each mutant, adds it to what is chosen from, and
/// gives the mutants that none reveals.
fn look_through(
    hunters: &[(&'static Mutant, Hunter)],
    alive: Vec<usize>,
    pool: &mut [Gathered],
    rest: &[usize],
    chosen_from: &mut Vec<usize>,
    jobs: usize,
) -> Vec<usize> {
    let found = workers::each(jobs, alive.len(), |stage, place| {
        let hunter = &hunters[alive[place]].1;
        rest.iter().copied().find(|place| {
            let case = &pool[*place].case;
            reveals(hunter, stage, case)
        })
    });
    let mut left = Vec::new();
    for (mutant, found) in alive.into_iter().zip(found) {
        match found {
            Some(place) => {
                pool[place].items.insert(Item::Mutant(mutant));
                if !chosen_from.contains(&place) {
                    chosen_from.push(place);
                }
            }
            None => left.push(mutant),
        }
    }
    left
}

/// For each of the mutants `alive`, the first case that reveals it: of workflows that are led towards what it takes, or of rules
/// drawn beyond those gathered.
fn lead(
    engines: &Engines,
    hunters: &[(&'static Mutant, Hunter)],
    alive: &[usize],
    seed: u64,
    effort: Effort,
) -> Vec<Gathered> {
    let found = workers::each(effort.jobs, alive.len(), |stage, place| {
        let (mutant, hunter) = &hunters[alive[place]];
        match mutant.format {
            Format::Dag => led_to(engines, stage, mutant, hunter, seed, effort.workflows),
            Format::Rules => {
                let generator = RulesGenerator::new(seed);
                let mut drawn = (effort.rules..effort.rules * 2).map(|index| generator.case(index));
                let case = drawn.find(|case| length_in_a_file(case).is_some() && reveals(hunter, stage, case))?;
                let goals = goals::reached_by_rules(engines, stage, &case);
                Some(Gathered::new(case, goals))
            }
        }
    });
    found.into_iter().flatten().collect()
}

fn reveals(hunter: &Hunter, stage: &mut Stage, case: &Case) -> bool {
    hunter.may_show(case) && hunter.try_case(stage, case).is_some()
}

fn led_to(
    engines: &Engines,
    stage: &mut Stage,
    mutant: &Mutant,
    hunter: &Hunter,
    seed: u64,
    most: u64,
) -> Option<Gathered> {
    // The goal is never reached as far as the guide knows: it goes on until the mutant shows.
    let goal = guide::Goal {
        features: mutant.features,
        is_by_features: false,
        is_tie: false,
        policy: None,
    };
    let mut guide = Guide::new(seed, vec![goal]);
    (0..most).find_map(|_| {
        let case = guide.draw();
        let observation = play_once(stage, &*engines.reference.engine, &case);
        guide.tell(&case, goals::told(&[], &BTreeSet::new(), &observation));
        let goals = goals::reached(&case, &observation);
        (length_in_a_file(&case).is_some() && reveals(hunter, stage, &case)).then(|| Gathered::new(case, goals))
    })
}

/// The places of the fewest cases that a greedy choice needs for `wanted`.
fn choose(pool: &[Gathered], wanted: &BTreeSet<Item>) -> Vec<usize> {
    let sizes: Vec<Size> = pool.iter().map(|gathered| Size::of(&gathered.case)).collect();
    let mut left = wanted.clone();
    let mut chosen = Vec::new();
    while !left.is_empty() {
        let gain = |place: &usize| pool[*place].items.intersection(&left).count();
        let best = (0..pool.len()).max_by_key(|place| (gain(place), std::cmp::Reverse((sizes[*place], *place))));
        let Some(best) = best.filter(|best| gain(best) > 0) else {
            break;
        };
        left.retain(|item| !pool[best].items.contains(item));
        chosen.push(best);
    }
    // What was chosen early may have become redundant through what came later.
    for place in chosen.clone() {
        let others: BTreeSet<Item> = chosen
            .iter()
            .filter(|other| **other != place)
            .flat_map(|other| pool[*other].items.iter().copied())
            .collect();
        if pool[place]
            .items
            .iter()
            .all(|item| !wanted.contains(item) || others.contains(item))
        {
            chosen.retain(|other| *other != place);
        }
    }
    chosen
}

/// Chooses from `pool`, names the cases, and makes sure of what they cover under their new names: the moments at which an engine
/// is killed on a case depend on its name.
fn name_and_check(hunters: &[(&'static Mutant, Hunter)], pool: &[Gathered], jobs: usize) -> Minimal {
    let wanted = universe(pool);
    let chosen = choose(pool, &wanted);
    let numbered = chosen.iter().zip(1..);
    let mut set: Vec<Gathered> = numbered.map(|(place, number)| pool[*place].named(number)).collect();
    let all: Vec<usize> = (0..set.len()).collect();
    let lost = reveal(hunters, &mut set, &all, jobs);
    for mutant in lost
        .into_iter()
        .filter(|mutant| wanted.contains(&Item::Mutant(*mutant)))
    {
        let number = set.len() + 1;
        let hunter = &hunters[mutant].1;
        let again = workers::each(1, 1, |stage, _| {
            let mut named = pool.iter().map(|gathered| gathered.named(number));
            named.find(|gathered| reveals(hunter, stage, &gathered.case))
        });
        if let Some(mut found) = again.into_iter().flatten().next() {
            found.items.insert(Item::Mutant(mutant));
            set.push(found);
        }
    }
    told(set)
}

/// Leaves out what others have made redundant, gives each case its reason, and counts.
fn told(mut set: Vec<Gathered>) -> Minimal {
    let mut place = 0;
    while place < set.len() {
        let own = own(&set, place);
        if own.is_empty() {
            set.remove(place);
        } else {
            set[place].case.why = reason(&own);
            place += 1;
        }
    }
    // What was left out may have left others alone with what they cover.
    for place in 0..set.len() {
        set[place].case.why = reason(&own(&set, place));
    }
    let covered = universe(&set);
    let goals: Vec<Goal> = goals::of_workflows().into_iter().chain(goals::of_rules()).collect();
    let (reached, missed_goals): (Vec<Goal>, Vec<Goal>) =
        goals.into_iter().partition(|goal| covered.contains(&Item::Goal(*goal)));
    let places = 0..mutants::all().len();
    let (revealed, missed): (Vec<usize>, Vec<usize>) =
        places.partition(|mutant| covered.contains(&Item::Mutant(*mutant)));
    Minimal {
        goals: (reached.len(), reached.len() + missed_goals.len()),
        mutants: (revealed.len(), mutants::all().len()),
        missed_goals,
        missed_mutants: missed.into_iter().map(|mutant| &mutants::all()[mutant]).collect(),
        cases: set.into_iter().map(|gathered| gathered.case).collect(),
    }
}

/// What no other case of the set covers.
fn own(set: &[Gathered], place: usize) -> Vec<Item> {
    let is_own = |item: &&Item| {
        let mut others = set.iter().enumerate().filter(|(other, _)| *other != place);
        others.all(|(_, gathered)| !gathered.items.contains(item))
    };
    set[place].items.iter().filter(is_own).copied().collect()
}

/// Why a case is there that alone covers `own`.
fn reason(own: &[Item]) -> String {
    let names = |is_goal: bool| {
        let of_kind = own.iter().filter(|item| matches!(item, Item::Goal(_)) == is_goal);
        of_kind.map(|item| item.name()).collect::<Vec<_>>().join(", ")
    };
    match (names(true), names(false)) {
        (goals, mutants) if mutants.is_empty() => format!("Of its set, it alone reaches {goals}."),
        (goals, mutants) if goals.is_empty() => format!("Of its set, it alone reveals {mutants}."),
        (goals, mutants) => format!("Of its set, it alone reaches {goals}, and reveals {mutants}."),
    }
}

/// Judges every case as a run does, killing new as well, and says how many differ.
pub fn play(engines: &Engines, cases: &[Case], jobs: usize) -> usize {
    let differ = workers::each(jobs, cases.len(), |stage, place| {
        let case = &cases[place];
        let mut judgement = engines.judge(stage, case, case.features(), &Unwatched);
        engines.kill(stage, case, &mut judgement, &Unwatched);
        matches!(judgement, Judgement::Compared(comparison) if !comparison.divergences.is_empty())
    });
    differ.into_iter().filter(|differs| *differs).count()
}
