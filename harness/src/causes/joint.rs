//! Which known bugs an engine has, where it may have several at once.
//!
//! As few bugs as possible are to explain as many cases as possible (Occam's razor; as a set cover, greedily):
//!
//! 1. Those that explain cases alone are *established*.
//! 2. A bug that shows in every case keeps others from explaining theirs alone. So with the established bugs planted together,
//!    a further one explains further cases, and is established; again and again, until none does.
//! 3. Then two further ones at once are tried on the smallest case of each class, and established if they explain a second
//!    case too: for a single one, two bugs are no simpler than none.
//! 4. Two bugs may look alike on small cases, and the wrong one have been established. So one that explains what it explains,
//!    and a further case, takes its place.
//! 5. A bug of which nothing remains to be explained, given the others, is given up.
//! 6. An engine has all of its bugs at once. So a bug that would keep others from explaining their cases is ruled out, and what
//!    it seemed to explain is asked about again.
//! 7. What still is not explained may at least differ most by what established bugs do, or where only one of them shows.
//!
//! A case that takes several bugs counts with the one that shows in the fewest cases: the others have cases enough.

mod several;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use contract::stage::Stage;
use corpus::Size;

use super::cluster::Origin;
use super::likeness::{Bug, KnownBugs, Nearness, Suspect};
use super::{Class, Reduced};
use crate::judge::Engines;
use crate::mutants::place_of;
use crate::run::RunError;
use crate::run::crew::{Crew, at_work};
use crate::run::watchdog::Post;
use several::{Side, cover, least, like_all_of, nearest, only_one_that_shows, with};

/// On the smallest cases of how many classes two further bugs are tried at once.
const PAIRED_CLASSES: usize = 12;

/// How many pairs that explain a case are tried on other cases.
const MOST_PAIRS: usize = 200;

/// On how many cases they are tried.
const PAIRED_CASES: usize = 48;

/// How many cases have to speak against a bug. Planted in another engine, it may show otherwise in one or two.
const CONTRADICTING: usize = 3;

/// Finds the bugs that explain each reduced case, and notes them in its origin: first the one that it counts with.
///
/// # Errors
/// If the harness itself panics.
pub(crate) fn attribute(
    engines: &Engines,
    known: &KnownBugs,
    crew: Crew<'_>,
    mut reduced: Vec<(Origin, Reduced)>,
) -> Result<Vec<(Origin, Reduced)>, RunError> {
    let mut search = Search {
        engines,
        known: known.without(&[]),
        crew,
        cases: &reduced,
        established: Vec::new(),
        bugs: vec![None; reduced.len()],
        asked: vec![None; reduced.len()],
    };
    search.by_one_alone();
    loop {
        while search.by_one_more()? || search.by_two_more()? || search.by_another_instead()? {}
        search.give_up_the_needless()?;
        if !search.rule_out_the_contradicted()? {
            break;
        }
    }
    search.by_the_nearest_difference()?;
    let bugs = search.counted();
    for ((origin, _), bugs) in reduced.iter_mut().zip(bugs) {
        origin.bugs = bugs;
    }
    Ok(reduced)
}

struct Search<'a> {
    engines: &'a Engines,
    known: KnownBugs,
    crew: Crew<'a>,
    cases: &'a [(Origin, Reduced)],
    /// The first of them nearest to the host.
    established: Vec<Bug>,
    /// For each case the bugs that explain it together, none of them needlessly.
    bugs: Vec<Option<Vec<Bug>>>,
    /// For each case the established bugs with which it was last asked about.
    asked: Vec<Option<Vec<Bug>>>,
}

/// What came of asking for a further bug.
enum Answer {
    /// It takes none: these explain the case.
    None(Vec<Bug>),
    /// Each of these does.
    OneOf(Vec<(Bug, Side)>),
}

impl Search<'_> {
    /// Asks a question about each of these cases, on every core.
    fn ask<R: Send>(
        &self,
        of: &[usize],
        question: impl Fn(&mut Stage, &Suspect<'_, Post>, usize) -> R + Sync,
    ) -> Result<Vec<R>, RunError> {
        self.crew.each(of, |stage, post, place| {
            let (origin, reduced) = &self.cases[*place];
            at_work(post, origin.index, &reduced.case, || {
                let suspect = Suspect::new(self.engines, stage, &reduced.case, &reduced.comparison, post);
                question(stage, &suspect, *place)
            })
        })
    }

    /// The cases without an explanation, the smallest first.
    fn unexplained(&self) -> Vec<usize> {
        let mut left: Vec<usize> = (0..self.cases.len())
            .filter(|place| self.bugs[*place].is_none())
            .collect();
        left.sort_by_key(|place| self.rank(*place));
        left
    }

    fn rank(&self, place: usize) -> (Size, u64) {
        let (origin, reduced) = &self.cases[place];
        (Size::of(&reduced.case), origin.index)
    }

    /// Establishes as few bugs as possible that explain as many cases as possible, each case by one of them alone.
    fn by_one_alone(&mut self) {
        let explaining = self.cases.iter().enumerate().map(|(place, (origin, _))| {
            let alone = origin.explaining.iter().map(|bug| (*bug, Side::Around));
            (place, alone.collect())
        });
        for (bug, _, of) in cover(explaining.collect()) {
            self.established.push(bug);
            for place in of {
                self.bugs[place] = Some(vec![bug]);
            }
        }
    }

    /// Looks for one further bug at a time with which the established ones explain cases. Whether any case was explained.
    fn by_one_more(&mut self) -> Result<bool, RunError> {
        let established = self.established.clone();
        let mut left = self.unexplained();
        left.retain(|place| self.asked[*place].as_ref() != Some(&established));
        if established.is_empty() || left.is_empty() {
            return Ok(false);
        }
        let answers = self.ask(&left, |stage, suspect, _| {
            if let Some(bugs) = like_all_of(stage, suspect, &established) {
                return Answer::None(bugs);
            }
            Answer::OneOf(self.one_more(stage, suspect, &established))
        })?;
        let mut explaining = Vec::new();
        let mut is_any = false;
        for (place, answer) in left.into_iter().zip(answers) {
            self.asked[place] = Some(established.clone());
            match answer {
                Answer::None(bugs) => {
                    self.bugs[place] = Some(bugs);
                    is_any = true;
                }
                Answer::OneOf(bugs) => explaining.push((place, bugs)),
            }
        }
        for (bug, side, of) in cover(explaining) {
            is_any = true;
            self.explain_by(&of, &with(&established, bug, side))?;
            match side {
                Side::Within => self.established.insert(0, bug),
                Side::Around => self.established.push(bug),
            }
        }
        Ok(is_any)
    }

    /// The bugs that explain a case together with the established ones.
    fn one_more(&self, stage: &mut Stage, suspect: &Suspect<'_, Post>, established: &[Bug]) -> Vec<(Bug, Side)> {
        let mut found = Vec::new();
        for bug in self.known.of_format(suspect).filter(|bug| !established.contains(bug)) {
            let side = [Side::Around, Side::Within]
                .into_iter()
                .find(|side| suspect.is_like(stage, &with(established, bug, *side)));
            found.extend(side.map(|side| (bug, side)));
        }
        found
    }

    /// Of so many classes, those with the most of these cases first, the smallest case of each.
    fn smallest_of_each_class(&self, left: &[usize]) -> Vec<usize> {
        let mut classes: BTreeMap<Class, Vec<usize>> = BTreeMap::new();
        for place in left {
            let (_, reduced) = &self.cases[*place];
            if let Some((class, _)) = Class::of(&reduced.case, &reduced.comparison) {
                classes.entry(class).or_default().push(*place);
            }
        }
        let mut smallest: Vec<(Reverse<usize>, usize)> = classes
            .into_values()
            .filter_map(|of| Some((Reverse(of.len()), *of.first()?)))
            .collect();
        smallest.sort_unstable();
        smallest
            .into_iter()
            .take(PAIRED_CLASSES)
            .map(|(_, place)| place)
            .collect()
    }

    /// Puts a further bug in the place of an established one, if what that explains stays explained and a further case comes to
    /// be. Whether there was one.
    fn by_another_instead(&mut self) -> Result<bool, RunError> {
        let left = self.unexplained();
        let smallest = self.smallest_of_each_class(&left);
        if smallest.is_empty() {
            return Ok(false);
        }
        for bug in self.rarest_first() {
            let mut own = self.cases_with(bug);
            own.sort_by_key(|place| self.rank(*place));
            let Some(first) = own.first() else { continue };
            let instead_of_it = |other: Bug| -> Vec<Bug> {
                let replaced = self
                    .established
                    .iter()
                    .map(|kept| if *kept == bug { other } else { *kept });
                replaced.collect()
            };
            let found = self.ask(&[*first], |stage, suspect, _| {
                let others = self
                    .known
                    .of_format(suspect)
                    .filter(|other| !self.established.contains(other));
                let alike = others.filter(|other| suspect.is_like(stage, &instead_of_it(other)));
                alike.collect::<Vec<Bug>>()
            })?;
            for other in found.into_iter().flatten() {
                let instead = instead_of_it(other);
                let explains =
                    |stage: &mut Stage, suspect: &Suspect<'_, Post>, _| like_all_of(stage, suspect, &instead);
                if self.ask(&smallest, explains)?.iter().all(Option::is_none) {
                    continue;
                }
                let kept = self.ask(&own, explains)?;
                if kept.iter().any(Option::is_none) {
                    continue;
                }
                let gained = self.ask(&left, explains)?;
                self.established.clone_from(&instead);
                for (place, bugs) in own.into_iter().zip(kept).chain(left.into_iter().zip(gained)) {
                    self.bugs[place] = bugs;
                }
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Looks for two bugs at once that explain cases, alone or with the established ones. Whether there were any.
    fn by_two_more(&mut self) -> Result<bool, RunError> {
        let left = self.unexplained();
        let smallest = self.smallest_of_each_class(&left);
        let pairs = self.ask(&smallest, |stage, suspect, _| self.two_more(stage, suspect))?;
        let mut candidates: Vec<Vec<Bug>> = Vec::new();
        for pair in pairs.into_iter().flatten() {
            if !candidates.contains(&pair) {
                candidates.push(pair);
            }
        }
        candidates.truncate(MOST_PAIRS);
        if candidates.is_empty() {
            return Ok(false);
        }
        let of: Vec<usize> = left.into_iter().take(PAIRED_CASES).collect();
        let explained = self.ask(&of, |stage, suspect, _| {
            let explains = candidates.iter().map(|bugs| suspect.is_like(stage, bugs));
            explains.collect::<Vec<bool>>()
        })?;
        let count = |candidate: usize| explained.iter().filter(|explains| explains[candidate]).count();
        let best = (0..candidates.len()).max_by_key(|candidate| (count(*candidate), Reverse(*candidate)));
        let Some(best) = best.filter(|best| count(*best) > 1) else {
            return Ok(false);
        };
        let explains = of.iter().zip(&explained).filter(|(_, explains)| explains[best]);
        let of: Vec<usize> = explains.map(|(place, _)| *place).collect();
        self.explain_by(&of, &candidates[best])?;
        for bug in &candidates[best] {
            if !self.established.contains(bug) {
                self.established.push(bug);
            }
        }
        Ok(true)
    }

    /// The pairs of bugs that explain a case, alone or with the established ones, as all that is to be planted.
    fn two_more(&self, stage: &mut Stage, suspect: &Suspect<'_, Post>) -> Vec<Vec<Bug>> {
        let mut found = Vec::new();
        let mut bases = vec![self.established.clone()];
        if !self.established.is_empty() {
            bases.push(Vec::new());
        }
        for base in bases {
            let without = suspect.of_right_with(stage, &base);
            let further = self.known.of_format(suspect).filter(|bug| !base.contains(bug));
            let active: Vec<Bug> = further
                .filter(|bug| {
                    let deeds = suspect.of_right_with(stage, &with(&base, bug, Side::Around));
                    !suspect.is_same(&without, &deeds)
                })
                .collect();
            for (place, one) in active.iter().enumerate() {
                for other in &active[place + 1..] {
                    for [inner, outer] in [[one, other], [other, one]] {
                        let bugs: Vec<Bug> = base.iter().chain([inner, outer]).copied().collect();
                        if suspect.is_like(stage, &bugs) {
                            found.push(bugs);
                            break;
                        }
                    }
                }
            }
        }
        found
    }

    /// Gives up established bugs without which the others explain all cases, the one with the fewest first. Of a case that one
    /// bug explains alone it is enough that the others make the difference nearest to the cause, the very same: the engine
    /// that has them cannot help making it, and what else differs may come of where they are planted.
    fn give_up_the_needless(&mut self) -> Result<(), RunError> {
        for bug in self.rarest_first() {
            let of = self.cases_with(bug);
            let others: Vec<Bug> = self.established.iter().copied().filter(|other| *other != bug).collect();
            if others.is_empty() {
                return Ok(());
            }
            let without_it = self.ask(&of, |stage, suspect, place| {
                if let Some(bugs) = like_all_of(stage, suspect, &others) {
                    return Some(bugs);
                }
                let is_alone = self.bugs[place].as_ref().is_some_and(|bugs| bugs.len() == 1);
                is_alone
                    .then(|| nearest(stage, suspect, &others, Nearness::Exact))
                    .flatten()
            })?;
            if without_it.iter().all(Option::is_some) {
                for (place, bugs) in of.into_iter().zip(without_it) {
                    self.bugs[place] = bugs;
                }
                self.established = others;
            }
        }
        Ok(())
    }

    /// Rules out the established bug that most cases of others speak against, because with it they would not be explained any
    /// more, if these are more than only it explains. Whether there was one.
    fn rule_out_the_contradicted(&mut self) -> Result<bool, RunError> {
        let explained: Vec<usize> = (0..self.cases.len())
            .filter(|place| self.bugs[*place].is_some())
            .collect();
        let contradicts = self.ask(&explained, |stage, suspect, place| {
            let bugs = self.bugs[place].as_deref().unwrap_or_default();
            if !suspect.is_like(stage, bugs) {
                return Vec::new();
            }
            let others = self
                .known
                .of_format(suspect)
                .filter(|bug| self.established.contains(bug) && !bugs.contains(bug));
            let is_like = |stage: &mut Stage, bug: Bug| {
                let mut sides = [Side::Around, Side::Within].into_iter();
                sides.any(|side| suspect.is_like(stage, &with(bugs, bug, side)))
            };
            others.filter(|bug| !is_like(stage, bug)).collect::<Vec<Bug>>()
        })?;
        let mut worst: Option<(usize, Bug)> = None;
        for bug in self.established.iter().copied() {
            let against = contradicts.iter().filter(|bugs| bugs.contains(&bug)).count();
            if against < CONTRADICTING {
                continue;
            }
            let others: Vec<Bug> = self.established.iter().copied().filter(|other| *other != bug).collect();
            let own = self.cases_with(bug);
            let without_it = self.ask(&own, |stage, suspect, _| like_all_of(stage, suspect, &others).is_some())?;
            let lost = without_it.into_iter().filter(|is_explained| !is_explained).count();
            if against > lost && worst.is_none_or(|(most, _)| against - lost > most) {
                worst = Some((against - lost, bug));
            }
        }
        let Some((_, bug)) = worst else {
            return Ok(false);
        };
        for place in self.cases_with(bug) {
            self.bugs[place] = None;
        }
        self.established.retain(|established| *established != bug);
        self.known = self.known.without(&[bug]);
        Ok(true)
    }

    /// Looks for established bugs that make the difference nearest to the cause, where nothing explains them all.
    fn by_the_nearest_difference(&mut self) -> Result<(), RunError> {
        let left = self.unexplained();
        if self.established.is_empty() {
            return Ok(());
        }
        let found = self.ask(&left, |stage, suspect, _| {
            [Nearness::Exact, Nearness::OfItsClass]
                .into_iter()
                .find_map(|nearness| nearest(stage, suspect, &self.established, nearness))
                .or_else(|| only_one_that_shows(stage, suspect, &self.established))
        })?;
        for (place, bugs) in left.into_iter().zip(found) {
            self.bugs[place] = bugs;
        }
        Ok(())
    }

    /// Notes of these cases that they are explained by these bugs, or by some of them.
    fn explain_by(&mut self, of: &[usize], bugs: &[Bug]) -> Result<(), RunError> {
        let found = self.ask(of, |stage, suspect, _| {
            least(stage, bugs.to_vec(), |stage, bugs| suspect.is_like(stage, bugs))
        })?;
        for (place, bugs) in of.iter().zip(found) {
            self.bugs[*place] = Some(bugs);
        }
        Ok(())
    }

    /// The established bugs, that which explains the fewest cases first.
    fn rarest_first(&self) -> Vec<Bug> {
        let mut rarest = self.established.clone();
        rarest.sort_by_key(|bug| (self.cases_with(bug).len(), Reverse(place_of(bug))));
        rarest
    }

    fn cases_with(&self, bug: Bug) -> Vec<usize> {
        let has_it = |place: &usize| self.bugs[*place].as_ref().is_some_and(|bugs| bugs.contains(&bug));
        (0..self.cases.len()).filter(has_it).collect()
    }

    /// For each case the bugs that explain it, the one that shows in the fewest cases first.
    fn counted(self) -> Vec<Vec<Bug>> {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for bug in self.bugs.iter().flatten().flatten() {
            *counts.entry(place_of(bug)).or_default() += 1;
        }
        let sorted = self.bugs.into_iter().map(|bugs| {
            let mut bugs = bugs.unwrap_or_default();
            bugs.sort_by_key(|bug| (counts.get(&place_of(bug)).copied(), place_of(bug)));
            bugs
        });
        sorted.collect()
    }
}
