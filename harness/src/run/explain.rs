//! The second half of a run that found differences: some of the diverging cases are reduced, on every core, and gathered by
//! cause; the others are counted with the cluster they resemble.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use contract::stage::Stage;

use super::watchdog::Post;
use super::{Plan, RunError, STACK, StopOthers, silence};
use crate::causes::cluster::{Gathered, Origin, alike, gather};
use crate::causes::{Class, KnownBugs, Reduced, reduce};
use crate::judge::Judgement;

/// How many cases of one class are reduced: two faults may look the same until their cases are small.
const REDUCED_PER_CLASS: usize = 12;

/// Clusters of the diverging cases, the largest first. `diverging` gives the cases of each class by their place in the corpus.
pub(super) fn explain(
    plan: &Plan<'_>,
    posts: &[Post],
    diverging: &BTreeMap<Class, Vec<u64>>,
    known: &KnownBugs,
) -> Result<Vec<Gathered>, RunError> {
    let chosen: Vec<(&Class, u64)> = diverging
        .iter()
        .flat_map(|(class, indices)| spread(indices).map(move |index| (class, index)))
        .collect();
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
                let reduced = reduce_some(plan, post, known, &chosen, &next, &is_over);
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
    let mut gathered = gather(reduced);
    for (class, indices) in diverging {
        let mut reduced = spread(indices).peekable();
        for index in indices {
            if reduced.next_if_eq(index).is_some() {
                continue;
            }
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
    Ok(gathered)
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
            Some((explaining, reduced))
        });
        post.rests();
        reduced.extend(found.map(|(explaining, reduced)| {
            let origin = Origin {
                index: *index,
                case,
                class: Class::clone(class),
                explaining,
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
