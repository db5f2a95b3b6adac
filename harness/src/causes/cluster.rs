//! Clusters: reduced cases of one signature, so that a reader sees three causes and not three hundred failures.
//!
//! The signature is the class of the divergence and the features of the reduced case. It holds no name, no number and no
//! seed, so a cluster keeps its id from run to run.

use std::collections::BTreeMap;

use contract::FeatureSet;
use corpus::{Case, Size};
use serde::{Deserialize, Serialize};

use super::{Class, Reduced};
use crate::divergence::Divergence;
use crate::judge::Baseline;

/// Cases that diverge for one cause, as far as can be told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// `c-` and eight digits that follow from class and features alone.
    pub id: String,
    /// What its divergences have in common.
    pub class: Class,
    /// The features of the reduced case: what it takes for the divergence to show.
    pub features: FeatureSet,
    /// How many cases of the run belong to it: those that were reduced to it, and those that look alike.
    pub cases: u64,
    /// How many were reduced to it.
    pub reduced: u64,
    /// The smallest of them, to look at.
    pub exemplar: Exemplar,
}

/// The reduced case that stands for a cluster. It is kept in the record's `clusters/<id>.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exemplar {
    /// The case it was reduced from.
    pub from: String,
    /// That case's place in the corpus.
    pub index: u64,
    /// How large it is now.
    pub size: Size,
    /// How large it was.
    pub before: Size,
    /// How many comparisons it took.
    pub runs: u32,
    /// Whether no single further step keeps the divergence.
    pub is_minimal: bool,
    /// What new is compared with on it.
    pub baseline: Baseline,
    /// The difference nearest to the cause.
    pub divergence: Divergence,
    /// How many differences it shows in all.
    pub divergences: u64,
}

/// A case that was reduced, and where it came from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Its place in the corpus.
    pub index: u64,
    /// The case as it was.
    pub case: Case,
    /// The class of its divergence before it was reduced.
    pub class: Class,
}

/// A cluster, and the case that stands for it.
#[derive(Clone, Debug)]
pub struct Gathered {
    /// The cluster.
    pub cluster: Cluster,
    /// The case; its id is the cluster's.
    pub case: Case,
    /// The classes that cases had before they were reduced to this.
    pub(super) classes: Vec<Class>,
}

/// Gathers reduced cases by signature. The largest cluster comes first.
pub fn gather(reduced: Vec<(Origin, Reduced)>) -> Vec<Gathered> {
    let mut gathered: BTreeMap<String, Gathered> = BTreeMap::new();
    for (origin, reduced) in reduced {
        let Some((class, divergence)) = Class::of(&reduced.case, &reduced.comparison) else {
            continue;
        };
        let features = reduced.case.features();
        let id = id(&class, features);
        let exemplar = Exemplar {
            from: origin.case.id.clone(),
            index: origin.index,
            size: Size::of(&reduced.case),
            before: Size::of(&origin.case),
            runs: reduced.runs,
            is_minimal: reduced.is_minimal,
            baseline: reduced.comparison.baseline,
            divergence: divergence.clone(),
            divergences: reduced.comparison.differences(),
        };
        let case = Case {
            id: id.clone(),
            why: why(&class, &exemplar),
            tags: vec!["reduced".to_owned()],
            ..reduced.case
        };
        let cluster = Cluster {
            id: id.clone(),
            class,
            features,
            cases: 0,
            reduced: 0,
            exemplar,
        };
        let found = Gathered {
            cluster,
            case,
            classes: Vec::new(),
        };
        let known = gathered.entry(id).or_insert_with(|| found.clone());
        known.cluster.cases += 1;
        known.cluster.reduced += 1;
        if !known.classes.contains(&origin.class) {
            known.classes.push(origin.class);
        }
        let rank = |exemplar: &Exemplar| (exemplar.size, exemplar.index);
        if rank(&found.cluster.exemplar) < rank(&known.cluster.exemplar) {
            known.cluster.exemplar = found.cluster.exemplar;
            known.case = found.case;
        }
    }
    gathered.into_values().collect()
}

/// The cluster that a case of `class` and `features`, which was not reduced, most likely belongs to: one that such cases were
/// reduced to, and whose features it has; of several, the one that asks for most.
pub fn alike<'a>(gathered: &'a mut [Gathered], class: &Class, features: FeatureSet) -> Option<&'a mut Gathered> {
    let fits =
        |gathered: &&mut Gathered| gathered.classes.contains(class) && features.is_superset(gathered.cluster.features);
    let rank = |gathered: &&mut Gathered| (gathered.cluster.features.iter().count(), gathered.cluster.reduced);
    gathered.iter_mut().filter(fits).max_by_key(rank)
}

/// Stable from run to run, from machine to machine: FNV-1a of the signature's text.
fn id(class: &Class, features: FeatureSet) -> String {
    let blame = class.blame.map_or("nobody", crate::Blame::as_str);
    let signature = format!("{class}; {blame}; {features}");
    let hash = signature.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("c-{:08x}", (hash >> 32) ^ (hash & 0xffff_ffff))
}

fn why(class: &Class, exemplar: &Exemplar) -> String {
    let Divergence {
        path, baseline, new, ..
    } = &exemplar.divergence;
    let held_to = match exemplar.baseline {
        Baseline::Legacy => "legacy",
        Baseline::Reference => "the reference",
    };
    format!(
        "{} {path}: {held_to} has `{baseline}`, new has `{new}`; reduced from {}",
        class.aspect.as_str(),
        exemplar.from
    )
}
