//! Makes a diverging case as small as it gets while its divergence keeps its class.
//!
//! The steps are the corpus' own ([`CaseTree`]); what is added here is what to begin with (the tasks that the difference is
//! about), that no case is tried twice, and a bound. A reduced case is *1-minimal*: no single further step keeps the class.

use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use contract::TaskId;
use contract::stage::Stage;
use corpus::Case;
use corpus::strategy::CaseTree;
use proptest::strategy::ValueTree;

use super::Class;
use crate::divergence::{Aspect, Divergence};
use crate::judge::{Comparison, Engines, Judgement, Watch};

/// How many times a case may be compared while it is reduced.
pub const MOST_RUNS: u32 = 300;

/// A case, made small.
#[derive(Clone, Debug)]
pub struct Reduced {
    /// The case.
    pub case: Case,
    /// What comparing it finds.
    pub comparison: Comparison,
    /// How many comparisons it took.
    pub runs: u32,
    /// Whether no single further step keeps the class; otherwise the bound was reached first.
    pub is_minimal: bool,
}

/// Reduces `case`, whose comparison found `divergence` of `class`.
pub fn reduce(
    engines: &Engines,
    stage: &mut Stage,
    case: &Case,
    comparison: &Comparison,
    (class, divergence): (&Class, &Divergence),
    watch: &impl Watch,
) -> Reduced {
    let mut tree = CaseTree::about(case.clone(), &tasks_in(case, divergence));
    let mut tried = HashSet::from([fingerprint(case)]);
    let mut best = Reduced {
        case: case.clone(),
        comparison: comparison.clone(),
        runs: 0,
        is_minimal: false,
    };
    let mut is_smaller = tree.simplify();
    while is_smaller {
        let candidate = tree.current();
        let kept = if tried.insert(fingerprint(&candidate)) {
            if best.runs == MOST_RUNS {
                return best;
            }
            best.runs += 1;
            judged(engines, stage, &candidate, class, watch)
        } else {
            None
        };
        is_smaller = match kept {
            Some(comparison) => {
                best.case = candidate;
                best.comparison = comparison;
                tree.simplify()
            }
            None => tree.complicate() && tree.simplify(),
        };
    }
    best.is_minimal = true;
    best
}

/// The comparison of `case`, if it is of this class.
fn judged(engines: &Engines, stage: &mut Stage, case: &Case, class: &Class, watch: &impl Watch) -> Option<Comparison> {
    let mut judgement = engines.judge(stage, case, case.features(), watch);
    if class.aspect == Aspect::Recovery {
        engines.kill(stage, case, &mut judgement, watch);
    }
    let Judgement::Compared(comparison) = judgement else {
        return None;
    };
    let (found, _) = Class::of(case, &comparison)?;
    (found == *class).then_some(comparison)
}

/// The tasks that a difference names.
fn tasks_in(case: &Case, divergence: &Divergence) -> BTreeSet<TaskId> {
    let Some(workflow) = case.dag() else {
        return BTreeSet::new();
    };
    let texts = [&divergence.path, &divergence.baseline, &divergence.new];
    let is_named = |id: &TaskId| {
        texts.iter().any(|text| {
            text.match_indices(&**id).any(|(at, _)| {
                let is_end = |character: Option<char>| character.is_none_or(|character| !character.is_alphanumeric());
                is_end(text[..at].chars().next_back()) && is_end(text[at + id.len()..].chars().next())
            })
        })
    };
    let named = workflow
        .tasks
        .iter()
        .map(|task| &task.id)
        .filter(|id| !id.is_empty() && is_named(id));
    named.cloned().collect()
}

/// Tells cases apart, whatever they are called.
fn fingerprint(case: &Case) -> u64 {
    let mut hasher = DefaultHasher::new();
    let parts = (&case.definition, &case.input, &case.script);
    // What cannot be written as JSON (there is no such case) would be tried once only.
    serde_json::to_string(&parts).unwrap_or_default().hash(&mut hasher);
    hasher.finish()
}
