//! Clusters: reduced cases of one signature, so that a reader sees three causes and not three hundred failures.
//!
//! Cases that one known bug explains are of one cause. Of the others, those of one class are, if one needs nothing that the
//! other does not need. No id holds a name, a number or a seed, so a cluster keeps its id from run to run.

use std::collections::{BTreeMap, BTreeSet};

use contract::{Feature, FeatureSet};
use corpus::{Case, Size};
use serde::{Deserialize, Serialize};

use super::{Class, Observed, Reduced};
use crate::divergence::{Aspect, Divergence};
use crate::judge::{Baseline, TIE};
use crate::ledger::Standing;
use crate::mutants::{self, Mutant};

/// Cases that diverge for one cause, as far as can be told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// `c-` and eight digits that follow from the known bug it is like or, if there is none, from class and features alone.
    pub id: String,
    /// The known bug that explains its cases.
    pub like: Option<Likeness>,
    /// What the divergences of its smallest case have in common with others.
    pub class: Class,
    /// The features of its smallest case: what it takes for the divergence to show.
    pub features: FeatureSet,
    /// The signatures of all that was gathered in it.
    pub signatures: BTreeSet<String>,
    /// How many cases of the run belong to it: those that were reduced to it, and those that look alike.
    pub cases: u64,
    /// How many were reduced to it.
    pub reduced: u64,
    /// In which gates those that were reduced to it count. Of the others it is not certain that they belong to it.
    #[serde(default)]
    pub counted: Counted,
    /// Whether somebody accepted it.
    #[serde(default)]
    pub standing: Standing,
    /// The smallest of them, to look at.
    pub exemplar: Exemplar,
}

/// In which gates cases count: each in one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// In `parity`.
    pub parity: u64,
    /// In `semantics`.
    pub semantics: u64,
    /// In `recovery`, and in no other: nothing but what comes after a death differs.
    pub recovery: u64,
}

impl Counted {
    /// Counts a case whose difference nearest to the cause is of `class`. That of recovery is the farthest.
    fn add(&mut self, class: &Class, baseline: Baseline) {
        let count = match (class.aspect, baseline) {
            (Aspect::Recovery, _) => &mut self.recovery,
            (_, Baseline::Legacy) => &mut self.parity,
            (_, Baseline::Reference) => &mut self.semantics,
        };
        *count += 1;
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.parity + self.semantics + self.recovery
    }
}

impl std::iter::Sum for Counted {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |one, other| Self {
            parity: one.parity + other.parity,
            semantics: one.semantics + other.semantics,
            recovery: one.recovery + other.recovery,
        })
    }
}

impl Cluster {
    /// Whether it shares a signature with another, and nothing says that they are two bugs: who is to blame is the same, and
    /// so is the known bug that explains them, if there is one for each.
    pub fn resembles(&self, other: &Self) -> bool {
        let like = |cluster: &Self| cluster.like.as_ref().map(|like| like.name.clone());
        let are_apart = matches!((like(self), like(other)), (Some(one), Some(other)) if one != other);
        self.class.blame == other.class.blame && !are_apart && !self.signatures.is_disjoint(&other.signatures)
    }
}

/// A known bug: new does what a right engine would do with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Likeness {
    /// Its name among the mutants.
    pub name: String,
    /// The bug in a sentence.
    pub about: String,
    /// Other bugs that it takes for the smallest case, each in a sentence: those that have a cluster of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<String>,
}

impl Likeness {
    /// Of the first of these, in an engine that has the others too. `None` if there are none.
    pub fn of(bugs: &[&Mutant]) -> Option<Self> {
        let (first, others) = bugs.split_first()?;
        Some(Self {
            name: first.name.to_owned(),
            about: first.about.to_owned(),
            beside: others.iter().map(|bug| bug.about.to_owned()).collect(),
        })
    }
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
    /// What new was held to on it.
    pub baseline: Baseline,
    /// The known bugs each of which explains it alone, now that it is small.
    pub explaining: Vec<&'static Mutant>,
    /// What the engines do on it, now that it is small.
    pub observed: Observed,
    /// The known bugs that it takes to explain it, beside the other cases of the run: first the one that it counts with.
    pub bugs: Vec<&'static Mutant>,
}

/// Where the cases of a cluster are in the corpus, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Places {
    /// Those that were reduced to it.
    pub reduced: Vec<u64>,
    /// Those that were not, and look alike.
    pub alike: Vec<u64>,
}

/// A cluster, and the case that stands for it.
#[derive(Clone, Debug)]
pub struct Gathered {
    /// The cluster.
    pub cluster: Cluster,
    /// Which cases of the run belong to it.
    pub places: Places,
    /// The case; its id is the cluster's.
    pub case: Case,
    /// What the engines did on it.
    pub observed: Observed,
    /// All cases that were reduced to it, the one that stands for it first.
    pub members: Vec<Reduced>,
    /// The classes that cases had before they were reduced to this, and what it took then for the divergence to show.
    origins: BTreeSet<(Class, FeatureSet)>,
}

impl Gathered {
    /// Whether cases of `class` were reduced to this.
    pub fn has_class(&self, class: &Class) -> bool {
        self.origins.iter().any(|(origin, _)| origin == class)
    }
}

/// Gathers reduced cases by cause: those that count with one known bug, and the others by class. A case that needs all the
/// features of another, and more, is a special case of it.
pub fn gather(reduced: Vec<(Origin, Reduced)>) -> Vec<Gathered> {
    let mut by_bug: BTreeMap<usize, Vec<(Origin, Reduced)>> = BTreeMap::new();
    let mut by_class: BTreeMap<Class, Vec<(Origin, Reduced)>> = BTreeMap::new();
    for (origin, reduced) in reduced {
        if let Some(bug) = origin.bugs.first() {
            by_bug
                .entry(mutants::place_of(bug))
                .or_default()
                .push((origin, reduced));
        } else if let Some((class, _)) = Class::of(&reduced.case, &reduced.comparison) {
            by_class.entry(class).or_default().push((origin, reduced));
        }
    }
    let explained = by_bug.into_values().filter_map(together);
    let unexplained = by_class.into_values().flat_map(by_trigger).filter_map(together);
    explained.chain(unexplained).collect()
}

/// Groups of cases of one class: each with a case whose features all others of its group have.
fn by_trigger(mut alike: Vec<(Origin, Reduced)>) -> Vec<Vec<(Origin, Reduced)>> {
    alike.sort_by_key(|(origin, reduced)| (trigger(&reduced.case).iter().count(), origin.index));
    let mut groups: Vec<(FeatureSet, Vec<(Origin, Reduced)>)> = Vec::new();
    for found in alike {
        let features = trigger(&found.1.case);
        match groups.iter_mut().find(|(general, _)| features.is_superset(*general)) {
            Some((_, group)) => group.push(found),
            None => groups.push((features, vec![found])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// What it takes to bring the divergence about. That some task fails is seen from the features that need a failure.
fn trigger(case: &Case) -> FeatureSet {
    case.features().difference([Feature::FailureStop].into())
}

/// One cluster of these. `None` if there are none.
///
/// The smallest case that takes the fewest bugs stands for it.
fn together(found: Vec<(Origin, Reduced)>) -> Option<Gathered> {
    let count = found.len() as u64;
    let mut origins = BTreeSet::new();
    let mut members = Vec::new();
    let mut places = Places::default();
    let mut counted = Counted::default();
    let mut signatures = BTreeSet::new();
    let mut simplest: Option<(Origin, Reduced, Class)> = None;
    for (origin, reduced) in found {
        let Some((class, _)) = Class::of(&reduced.case, &reduced.comparison) else {
            continue;
        };
        counted.add(&origin.class, origin.baseline);
        origins.insert((origin.class.clone(), trigger(&reduced.case)));
        members.push(reduced.clone());
        places.reduced.push(origin.index);
        signatures.insert(signature(&class, trigger(&reduced.case)));
        let rank = |origin: &Origin, reduced: &Reduced| (origin.bugs.len(), Size::of(&reduced.case), origin.index);
        if simplest
            .as_ref()
            .is_none_or(|(known, smallest, _)| rank(&origin, &reduced) < rank(known, smallest))
        {
            let last = members.len() - 1;
            members.swap(0, last);
            simplest = Some((origin, reduced, class));
        }
    }
    let (origin, reduced, class) = simplest?;
    places.reduced.sort_unstable();
    let like = Likeness::of(&origin.bugs);
    let features = reduced.case.features();
    let id = match &like {
        Some(like) => id(&format!("like {}", like.name)),
        None => id(&signature(&class, trigger(&reduced.case))),
    };
    let (_, divergence) = Class::of(&reduced.case, &reduced.comparison)?;
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
    // A case with ties is played both ways round, and may diverge only one way: without its tag it would not.
    let tie = reduced.case.tags.iter().find(|tag| *tag == TIE).cloned();
    let case = Case {
        id: id.clone(),
        why: why(&class, &exemplar),
        tags: std::iter::once("reduced".to_owned()).chain(tie).collect(),
        ..reduced.case
    };
    let cluster = Cluster {
        id,
        like,
        class,
        features,
        signatures,
        cases: count,
        reduced: count,
        counted,
        standing: Standing::Open,
        exemplar,
    };
    Some(Gathered {
        cluster,
        places,
        case,
        observed: origin.observed,
        members,
        origins,
    })
}

/// The cluster that a case of `class` and `features`, which was not reduced, most likely belongs to: one that a case of that
/// class was reduced to, whose features it has; of several, the one that most such cases were reduced to.
pub fn alike<'a>(gathered: &'a mut [Gathered], class: &Class, features: FeatureSet) -> Option<&'a mut Gathered> {
    let fits = |gathered: &&mut Gathered| {
        let mut origins = gathered.origins.iter();
        origins.any(|(origin, trigger)| origin == class && features.is_superset(*trigger))
    };
    let rank = |gathered: &&mut Gathered| gathered.cluster.reduced;
    gathered.iter_mut().filter(fits).max_by_key(rank)
}

fn signature(class: &Class, trigger: FeatureSet) -> String {
    let blame = class.blame.map_or("nobody", crate::Blame::as_str);
    format!("{class}; blame {blame}; {trigger}")
}

/// Stable from run to run and from machine to machine: FNV-1a of what tells the cluster from others.
fn id(text: &str) -> String {
    let hash = contract::text::fingerprint(text.bytes());
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
