//! Several bugs at once: in which order they are planted, which of them it takes, and which few explain many cases.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use contract::stage::Stage;

use crate::causes::likeness::{Bug, Nearness, Suspect};
use crate::mutants::place_of;
use crate::run::watchdog::Post;

/// Where a further bug is planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    /// Between the others and the host.
    Within,
    /// Around the others.
    Around,
}

/// `bugs` and one more.
pub(super) fn with(bugs: &[Bug], bug: Bug, side: Side) -> Vec<Bug> {
    let (within, around) = match side {
        Side::Within => (Some(bug), None),
        Side::Around => (None, Some(bug)),
    };
    within.into_iter().chain(bugs.iter().copied()).chain(around).collect()
}

/// Those of `bugs` that it takes: without any one of them, or any two, it is not `enough`. Two, because one bug may undo what
/// another does.
pub(super) fn least(stage: &mut Stage, mut bugs: Vec<Bug>, enough: impl Fn(&mut Stage, &[Bug]) -> bool) -> Vec<Bug> {
    let mut place = 0;
    while place < bugs.len() && bugs.len() > 1 {
        let bug = bugs.remove(place);
        if !enough(stage, &bugs) {
            bugs.insert(place, bug);
            place += 1;
        }
    }
    let mut first = 0;
    while first < bugs.len() && bugs.len() > 2 {
        let fewer = (first + 1..bugs.len()).find_map(|second| {
            let kept = bugs.iter().enumerate();
            let kept = kept.filter(|(place, _)| ![first, second].contains(place));
            let kept: Vec<Bug> = kept.map(|(_, bug)| *bug).collect();
            enough(stage, &kept).then_some(kept)
        });
        match fewer {
            Some(fewer) => bugs = fewer,
            None => first += 1,
        }
    }
    bugs
}

/// Those of `bugs` that it takes to do what the suspect does, if all of them do that. Two bugs may show otherwise together when the
/// one is planted around the other, so each of them is tried nearest to the host and farthest from it.
pub(super) fn like_all_of(stage: &mut Stage, suspect: &Suspect<'_, Post>, bugs: &[Bug]) -> Option<Vec<Bug>> {
    let others = |bug: &Bug| bugs.iter().copied().filter(|other| other != bug).collect::<Vec<Bug>>();
    let moved = bugs
        .iter()
        .flat_map(|bug| [Side::Within, Side::Around].map(|side| with(&others(bug), bug, side)));
    let bugs = std::iter::once(bugs.to_vec())
        .chain(moved)
        .find(|bugs| suspect.is_like(stage, bugs))?;
    Some(least(stage, bugs, |stage, bugs| suspect.is_like(stage, bugs)))
}

/// Those of `bugs`, together or one of them alone, that come so near to what the suspect does.
pub(super) fn nearest(
    stage: &mut Stage,
    suspect: &Suspect<'_, Post>,
    bugs: &[Bug],
    nearness: Nearness,
) -> Option<Vec<Bug>> {
    let without = suspect.of_right_with(stage, &[]);
    let come_near = |stage: &mut Stage, bugs: &[Bug]| suspect.nearness(stage, &without, bugs) == Some(nearness);
    let alone = bugs.iter().map(|bug| vec![*bug]);
    let mut candidates = std::iter::once(bugs.to_vec()).chain(alone);
    let bugs = candidates.find(|bugs| come_near(stage, bugs))?;
    Some(least(stage, bugs, come_near))
}

/// The only one of `bugs` that shows on the case at all, if it makes some difference of the suspect's: the engines may do
/// what follows from it in another order.
pub(super) fn only_one_that_shows(stage: &mut Stage, suspect: &Suspect<'_, Post>, bugs: &[Bug]) -> Option<Vec<Bug>> {
    let without = suspect.of_right_with(stage, &[]);
    let mut showing = bugs.iter().copied().filter(|bug| {
        let deeds = suspect.of_right_with(stage, &[bug]);
        !suspect.is_same(&without, &deeds)
    });
    let only = showing.next()?;
    if showing.next().is_some() {
        return None;
    }
    drop(showing);
    suspect.is_akin(stage, &without, &[only]).then(|| vec![only])
}

/// A bug, and the cases that it is to explain.
pub(super) type Covering = (Bug, Side, Vec<usize>);

/// As few bugs as possible that explain all these cases, each with those that it explains: always the one that explains most;
/// of several, the first of their list.
pub(super) fn cover(mut explaining: Vec<(usize, Vec<(Bug, Side)>)>) -> Vec<Covering> {
    let mut covering = Vec::new();
    loop {
        let mut counts: BTreeMap<(usize, Reverse<Side>), (usize, Bug)> = BTreeMap::new();
        for (bug, side) in explaining.iter().flat_map(|(_, bugs)| bugs) {
            counts.entry((place_of(bug), Reverse(*side))).or_insert((0, *bug)).0 += 1;
        }
        let most = counts
            .into_iter()
            .max_by_key(|(key, (count, _))| (*count, Reverse(*key)));
        let Some(((_, Reverse(side)), (_, bug))) = most else {
            return covering;
        };
        let (explained, left) = explaining
            .into_iter()
            .partition(|(_, bugs)| bugs.contains(&(bug, side)));
        explaining = left;
        let explained: Vec<(usize, Vec<(Bug, Side)>)> = explained;
        covering.push((bug, side, explained.into_iter().map(|(place, _)| place).collect()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants::find;

    fn bug(name: &str) -> Bug {
        find(name).expect("it is known")
    }

    #[test]
    fn as_few_bugs_as_possible_explain_all_cases() {
        let [one, other, third] = ["ignores-cancel", "ignores-pause", "doubles-a-call"].map(bug);
        let around = |bugs: &[Bug]| bugs.iter().map(|bug| (*bug, Side::Around)).collect();
        let explaining = vec![
            (0, around(&[one])),
            (1, around(&[one, other])),
            (2, around(&[third, other])),
            (3, around(&[one, third])),
            (4, Vec::new()),
        ];
        let covering = cover(explaining);
        let taken: Vec<_> = covering.iter().map(|(bug, _, of)| (bug.name, of.clone())).collect();
        let rest = if place_of(other) < place_of(third) {
            other
        } else {
            third
        };
        assert_eq!(taken, [(one.name, vec![0, 1, 3]), (rest.name, vec![2])]);
    }

    #[test]
    fn no_bug_is_kept_that_it_does_not_take() {
        let [one, other, third] = ["ignores-cancel", "ignores-pause", "doubles-a-call"].map(bug);
        let enough = |_: &mut Stage, bugs: &[Bug]| bugs.contains(&other);
        let kept = least(&mut Stage::new(), vec![one, other, third], enough);
        assert_eq!(kept.iter().map(|bug| bug.name).collect::<Vec<_>>(), [other.name]);
    }

    #[test]
    fn two_bugs_of_which_one_undoes_the_other_are_not_kept() {
        let [one, other, third] = ["ignores-cancel", "ignores-pause", "doubles-a-call"].map(bug);
        let enough =
            |_: &mut Stage, bugs: &[Bug]| bugs.contains(&one) && bugs.contains(&other) == bugs.contains(&third);
        let kept = least(&mut Stage::new(), vec![other, one, third], enough);
        assert_eq!(kept.iter().map(|bug| bug.name).collect::<Vec<_>>(), [one.name]);
    }

    #[test]
    fn a_further_bug_is_planted_on_either_side() {
        let [one, other] = ["ignores-cancel", "ignores-pause"].map(bug);
        let names = |side| with(&[one], other, side).iter().map(|bug| bug.name).collect::<Vec<_>>();
        assert_eq!(names(Side::Within), [other.name, one.name]);
        assert_eq!(names(Side::Around), [one.name, other.name]);
    }
}
