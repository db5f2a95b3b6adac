//! The second half of a run that found differences: some of the diverging cases are reduced, on every core, and gathered by
//! cause; the others are counted with the cluster they resemble.

use std::collections::{BTreeMap, BTreeSet};

use contract::Format;

use super::crew::{Crew, at_work};
use super::watchdog::Post;
use super::{Plan, RunError};
use crate::causes::cluster::{Gathered, Origin, alike, gather};
use crate::causes::joint::attribute;
use crate::causes::likeness::{Bug, Suspect};
use crate::causes::{Class, KnownBugs, Observed, Reduced, reduce};
use crate::judge::Judgement;
use crate::ledger::Entry;

/// How many cases of one class are reduced: two faults may look the same until their cases are small.
pub(crate) const REDUCED_PER_CLASS: usize = 12;

/// On how many cases of each format in which nothing differs known bugs are tried, to see which ones an engine cannot have.
const EQUAL_CASES: usize = 60;

/// How many tasks such a case has at most: of small ones there are enough, and they are played fast.
const LARGEST_EQUAL: usize = 12;

/// In how many of them a bug has to show. Planted in another engine, a bug may show in a case or two by chance.
const REFUTING: usize = 3;

/// What was found out about the diverging cases.
pub(super) struct Explained {
    /// Their clusters, the largest first.
    pub(super) gathered: Vec<Gathered>,
    /// The entries of the ledger that none of them matched.
    pub(super) stale: Vec<Entry>,
}

/// Finds the causes of the diverging cases. `diverging` gives those of each class by their place in the corpus.
///
/// Which cluster a case belongs to is certain only once it is reduced. So where a cluster is accepted, every case that may
/// belong to it is reduced: none is accepted for looking like one that is.
pub(super) fn explain(
    plan: &Plan<'_>,
    posts: &[Post],
    diverging: &BTreeMap<Class, Vec<u64>>,
    known: &KnownBugs,
) -> Result<Explained, RunError> {
    let mut chosen: Vec<(&Class, u64)> = diverging
        .iter()
        .flat_map(|(class, indices)| spread(indices).map(move |index| (class, index)))
        .collect();
    let crew = Crew::at(posts);
    let known = &known.without(&refuted(plan, crew, diverging, known)?);
    let mut reduced = reduce_all(plan, crew, known, &chosen)?;
    let mut gathered = gather(attribute(plan.engines, known, crew, reduced.clone())?);
    let mut stale = judge(plan, &mut gathered);
    let is_accepted = |found: &Gathered| found.cluster.standing.is_accepted();
    let may_be_accepted = |class: &Class| {
        gathered
            .iter()
            .any(|found| is_accepted(found) && found.has_class(class))
    };
    let left: Vec<(&Class, u64)> = diverging
        .iter()
        .filter(|(class, _)| may_be_accepted(class))
        .flat_map(|(class, indices)| indices.iter().map(move |index| (class, *index)))
        .filter(|case| !chosen.contains(case))
        .collect();
    if !left.is_empty() {
        reduced.extend(reduce_all(plan, crew, known, &left)?);
        reduced.sort_by_key(|(origin, _)| origin.index);
        gathered = gather(attribute(plan.engines, known, crew, reduced)?);
        stale = judge(plan, &mut gathered);
        chosen.extend(left);
    }
    let chosen: BTreeSet<u64> = chosen.into_iter().map(|(_, index)| index).collect();
    for (class, indices) in diverging {
        for index in indices.iter().filter(|index| !chosen.contains(index)) {
            let features = plan.cases.case(*index).features();
            if let Some(gathered) = alike(&mut gathered, class, features) {
                gathered.cluster.cases += 1;
                gathered.places.alike.push(*index);
            }
        }
    }
    for found in &mut gathered {
        found.places.alike.sort_unstable();
    }
    gathered.sort_by(|one, other| {
        let rank = |gathered: &Gathered| {
            (
                std::cmp::Reverse(gathered.cluster.cases),
                gathered.cluster.exemplar.size,
            )
        };
        rank(one).cmp(&rank(other)).then(one.cluster.id.cmp(&other.cluster.id))
    });
    Ok(Explained { gathered, stale })
}

/// The known bugs that new and legacy cannot have: they would show in cases in which nothing differs.
fn refuted(
    plan: &Plan<'_>,
    crew: Crew<'_>,
    diverging: &BTreeMap<Class, Vec<u64>>,
    known: &KnownBugs,
) -> Result<Vec<Bug>, RunError> {
    if diverging.is_empty() {
        return Ok(Vec::new());
    }
    let diverging: BTreeSet<u64> = diverging.values().flatten().copied().collect();
    let equal_of = |format: Format| {
        let equal = plan.cases.of_format(format).filter(|index| !diverging.contains(index));
        let is_fit = move |index: &u64| {
            let case = plan.cases.case(*index);
            case.definition.format() == format && case.size() <= LARGEST_EQUAL
        };
        equal.filter(is_fit).take(EQUAL_CASES)
    };
    let equal: Vec<u64> = [Format::Dag, Format::Rules].into_iter().flat_map(equal_of).collect();
    let equal = crew.each(&equal, |stage, post, index| {
        let case = plan.cases.case(*index).into_owned();
        let judgement = at_work(post, *index, &case, || {
            plan.engines.judge(stage, &case, case.features(), post)
        });
        match judgement {
            Judgement::Compared(comparison) if comparison.divergences.is_empty() && comparison.depends.is_none() => {
                Some((*index, case, comparison))
            }
            _ => None,
        }
    })?;
    let equal: Vec<_> = equal.into_iter().flatten().collect();
    let refuted = crew.each(known.bugs(), |stage, post, bug| {
        let of_format = equal
            .iter()
            .filter(|(_, case, _)| case.definition.format() == bug.format);
        let shows = of_format.filter(|(index, case, comparison)| {
            at_work(post, *index, case, || {
                let suspect = Suspect::new(plan.engines, stage, case, comparison, post);
                suspect.is_like(stage, &[]) && !suspect.is_like(stage, &[bug])
            })
        });
        shows.take(REFUTING).count() == REFUTING
    })?;
    let refuted = known.bugs().iter().zip(refuted).filter(|(_, is_refuted)| *is_refuted);
    Ok(refuted.map(|(bug, _)| *bug).collect())
}

/// Says of each cluster where it stands, and returns the entries of the ledger that none matched.
fn judge(plan: &Plan<'_>, gathered: &mut [Gathered]) -> Vec<Entry> {
    let clusters = gathered.iter_mut().map(|found| &mut found.cluster);
    plan.terms.map_or_else(Vec::new, |terms| terms.judge(clusters))
}

/// Reduces the chosen cases on every core, and returns them in the order of the corpus.
fn reduce_all(
    plan: &Plan<'_>,
    crew: Crew<'_>,
    known: &KnownBugs,
    chosen: &[(&Class, u64)],
) -> Result<Vec<(Origin, Reduced)>, RunError> {
    let reduced = crew.each(chosen, |stage, post, (class, index)| {
        let case = plan.cases.case(*index).into_owned();
        at_work(post, *index, &case, || {
            let engines = plan.engines;
            let mut judgement = engines.judge(stage, &case, case.features(), post);
            if plan.cases.is_killed(*index) {
                engines.kill(stage, &case, &mut judgement, post);
            }
            let Judgement::Compared(comparison) = judgement else {
                return None;
            };
            let target = Class::of(&case, &comparison)?;
            let reduced = reduce(engines, stage, &case, &comparison, (&target.0, target.1), post);
            let explaining = known.explaining(engines, stage, &reduced.case, &reduced.comparison, post);
            let observed = Observed::of(engines, stage, &reduced.case, Some(&reduced.comparison), post);
            let origin = Origin {
                index: *index,
                case: case.clone(),
                class: Class::clone(class),
                baseline: comparison.baseline,
                explaining,
                observed,
                bugs: Vec::new(),
            };
            Some((origin, reduced))
        })
    })?;
    let mut reduced: Vec<_> = reduced.into_iter().flatten().collect();
    reduced.sort_by_key(|(origin, _)| origin.index);
    Ok(reduced)
}

/// Some of `indices`, which are sorted, from the first to the last.
fn spread(indices: &[u64]) -> impl Iterator<Item = u64> {
    let count = indices.len().min(REDUCED_PER_CLASS);
    (0..count).map(move |place| indices[place * (indices.len() - 1) / (count - 1).max(1)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_cases_some_are_reduced_from_the_first_to_the_last() {
        assert_eq!(spread(&[]).count(), 0);
        assert_eq!(spread(&[7]).collect::<Vec<_>>(), [7]);
        assert_eq!(spread(&[3, 5]).collect::<Vec<_>>(), [3, 5]);
        let many: Vec<u64> = (100..1100).collect();
        let some: Vec<u64> = spread(&many).collect();
        assert_eq!((some.len(), some[0], some[11]), (REDUCED_PER_CLASS, 100, 1099));
        assert!(some.is_sorted_by(|one, other| one < other));
    }
}
