//! The second half of a run that found differences: some of the diverging cases are reduced, on every core, and gathered by
//! cause; the others are counted with the cluster they resemble.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use contract::stage::Stage;

use super::watchdog::Post;
use super::{Plan, RunError, STACK, StopOthers, silence};
use crate::causes::cluster::{Gathered, Origin, alike, gather};
use crate::causes::{Class, KnownBugs, Observed, Reduced, reduce};
use crate::judge::Judgement;
use crate::ledger::Entry;

/// How many cases of one class are reduced: two faults may look the same until their cases are small.
const REDUCED_PER_CLASS: usize = 12;

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
    let mut reduced = reduce_all(plan, posts, known, &chosen)?;
    let mut gathered = gather(reduced.clone());
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
        reduced.extend(reduce_all(plan, posts, known, &left)?);
        reduced.sort_by_key(|(origin, _)| origin.index);
        gathered = gather(reduced);
        stale = judge(plan, &mut gathered);
        chosen.extend(left);
    }
    let chosen: BTreeSet<u64> = chosen.into_iter().map(|(_, index)| index).collect();
    for (class, indices) in diverging {
        for index in indices.iter().filter(|index| !chosen.contains(index)) {
            let features = plan.cases.case(*index).features();
            if let Some(gathered) = alike(&mut gathered, class, features) {
                gathered.cluster.cases += 1;
            }
        }
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

/// Says of each cluster where it stands, and returns the entries of the ledger that none matched.
fn judge(plan: &Plan<'_>, gathered: &mut [Gathered]) -> Vec<Entry> {
    let clusters = gathered.iter_mut().map(|found| &mut found.cluster);
    plan.terms.map_or_else(Vec::new, |terms| terms.judge(clusters))
}

/// Reduces the chosen cases on every core, and returns them in the order of the corpus.
fn reduce_all(
    plan: &Plan<'_>,
    posts: &[Post],
    known: &KnownBugs,
    chosen: &[(&Class, u64)],
) -> Result<Vec<(Origin, Reduced)>, RunError> {
    if chosen.is_empty() {
        return Ok(Vec::new());
    }
    let (next, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let mut reduced = Vec::with_capacity(chosen.len());
    std::thread::scope(|scope| {
        let mut workers = Vec::with_capacity(posts.len());
        for post in posts {
            let work = || {
                let on_failure = StopOthers(&is_over);
                let reduced = reduce_some(plan, post, known, chosen, &next, &is_over);
                std::mem::forget(on_failure);
                reduced
            };
            match std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work) {
                Ok(worker) => workers.push(worker),
                Err(error) => tracing::warn!("one thread less: {error}"),
            }
        }
        for worker in workers {
            match worker.join() {
                Ok(some) => reduced.extend(some),
                Err(panic) => return Err(RunError::Panicked(contract::call::panic_message(&*panic))),
            }
        }
        Ok(())
    })?;
    reduced.sort_by_key(|(origin, _)| origin.index);
    Ok(reduced)
}

/// Some of `indices`, which are sorted, from the first to the last.
fn spread(indices: &[u64]) -> impl Iterator<Item = u64> {
    let count = indices.len().min(REDUCED_PER_CLASS);
    (0..count).map(move |place| indices[place * (indices.len() - 1) / (count - 1).max(1)])
}

/// Reduces case after case until none is left or another thread failed.
fn reduce_some(
    plan: &Plan<'_>,
    post: &Post,
    known: &KnownBugs,
    chosen: &[(&Class, u64)],
    next: &AtomicUsize,
    is_over: &AtomicBool,
) -> Vec<(Origin, Reduced)> {
    let mut stage = Stage::new();
    let mut reduced = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let Some((class, index)) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) else {
            break;
        };
        let case = plan.cases.case(*index).into_owned();
        post.takes_up(*index, &case.id, case.size(), case.features());
        let found = silence::during(|| {
            let engines = plan.engines;
            let mut judgement = engines.judge(&mut stage, &case, case.features(), post);
            if plan.cases.is_killed(*index) {
                engines.kill(&mut stage, &case, &mut judgement, post);
            }
            let Judgement::Compared(comparison) = judgement else {
                return None;
            };
            let target = Class::of(&case, &comparison)?;
            let reduced = reduce(engines, &mut stage, &case, &comparison, (&target.0, target.1), post);
            let explaining = known.explaining(engines, &mut stage, &reduced.case, &reduced.comparison, post);
            let observed = Observed::of(engines, &mut stage, &reduced.case, &reduced.comparison, post);
            Some((comparison.baseline, explaining, observed, reduced))
        });
        post.rests();
        reduced.extend(found.map(|(baseline, explaining, observed, reduced)| {
            let origin = Origin {
                index: *index,
                case,
                class: Class::clone(class),
                baseline,
                explaining,
                observed,
            };
            (origin, reduced)
        }));
    }
    reduced
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
