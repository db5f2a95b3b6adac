//! What is counted over all cases, on several threads.

use std::collections::BTreeMap;

use contract::{Feature, FeatureSet, Format, Millis};
use corpus::pairs::Pairs;
use serde::{Deserialize, Serialize};

use super::{Application, ControlTally, Makeup, Reach};
use crate::causes::Class;
use crate::divergence::{Aspect, Blame};
use crate::judge::{Baseline, Comparison, Judgement};

/// How many cases the lists of the slowest and of the largest name.
const LISTED: usize = 5;
/// How many diverging cases the verdict names; all of them are in `cases.jsonl`.
const NAMED_DIVERGENCES: usize = 50;

/// What was counted over all cases. Tallies of several threads are merged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Cases looked at.
    pub cases: u64,
    /// Cases compared with legacy.
    pub legacy: Compared,
    /// Cases compared with the reference, because legacy lacks a feature they use.
    pub reference: Compared,
    /// Cases that no comparison was possible for.
    pub not_compared: u64,
    /// Of these, cases that legacy can run and new cannot.
    pub lost_by_new: u64,
    /// By format of definition.
    #[serde(default)]
    pub formats: BTreeMap<String, FormatTally>,
    /// What cases of rules went through.
    #[serde(default)]
    pub reach: Reach,
    /// Places in which two observations differed and were not held to be equal.
    #[serde(default)]
    pub masked: u64,
    /// By feature.
    pub features: BTreeMap<String, FeatureTally>,
    /// What the corpus is made of beside.
    #[serde(default)]
    pub makeup: Makeup,
    /// What came of killing new.
    #[serde(default)]
    pub recovery: RecoveryTally,
    /// The pairs of features that some compared workflow used.
    #[serde(default)]
    pub pairs: Pairs,
    /// Divergences by aspect, a case counting once for each aspect it shows.
    pub aspects: BTreeMap<String, u64>,
    /// Diverging cases by blame.
    pub blame: BTreeMap<String, u64>,
    /// Cases whose new makespan is longer than legacy's.
    pub slower: u64,
    /// The cases with the longest virtual makespan of new.
    pub slowest: Vec<Extreme>,
    /// The cases with the most tasks.
    pub largest: Vec<Extreme>,
    /// The case in which new took longest compared with legacy.
    pub worst_makespan: Option<WorstMakespan>,
    /// Cases in which what new did, legacy did under another schedule: no divergences.
    #[serde(default)]
    pub schedule_dependent: u64,
    /// The first of these.
    #[serde(default)]
    pub depending: Vec<Depending>,
    /// Engines against themselves.
    #[serde(default)]
    pub controls: ControlTally,
    /// The first diverging cases, by their place in the corpus.
    pub diverging: Vec<Diverging>,
    /// All diverging cases, by class. They are gathered into clusters, and not written down as such.
    #[serde(skip)]
    pub classes: BTreeMap<Class, Vec<u64>>,
}

/// Cases compared with one baseline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// How many.
    pub cases: u64,
    /// In how many no difference was found.
    pub equal: u64,
    /// In how many the baseline's run ended in any way but success.
    pub baseline_ended_badly: u64,
    /// In how many new's did.
    pub new_ended_badly: u64,
}

/// What came of killing new.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryTally {
    /// Cases it was killed on.
    pub cases: u64,
    /// Of these, cases in which it came to the same end each time.
    pub equal: u64,
    /// At how many points it was killed.
    pub points: u64,
    /// After how many of them it came to the same end.
    pub alike: u64,
    /// Cases in which nothing but this came out different.
    pub alone: u64,
}

/// What became of the cases of a format.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormatTally {
    /// Cases of it.
    pub cases: u64,
    /// Of these, compared with legacy or with the reference.
    pub compared: u64,
    /// Of these, without a difference.
    pub equal: u64,
}

/// A case that was looked at.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Its place in the corpus.
    pub index: u64,
    /// The case.
    pub id: &'a str,
    /// How many tasks it has.
    pub tasks: usize,
    /// The features it uses.
    pub features: FeatureSet,
    /// The format of its definition.
    pub format: Format,
    /// The application it is a message of, if it is one of several.
    pub application: Option<&'a Application>,
    /// The words it can be found by.
    pub tags: &'a [String],
}

/// What became of the cases that use a feature.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeatureTally {
    /// Cases that use it.
    pub cases: u64,
    /// Of these, compared with legacy.
    pub legacy: u64,
    /// Of these, compared with the reference.
    pub reference: u64,
    /// Of these, not compared.
    pub not_compared: u64,
}

/// A case at the end of some scale.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Extreme {
    /// The measure: ms of virtual time, or tasks.
    pub measure: u64,
    /// Its place in the corpus.
    pub index: u64,
    /// The case.
    pub id: String,
}

/// The case in which new took longest compared with legacy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorstMakespan {
    /// The case.
    pub id: String,
    /// Its place in the corpus.
    pub index: u64,
    /// Legacy's makespan.
    pub legacy: Millis,
    /// New's.
    pub new: Millis,
    /// Whether it is exactly as long as if no task started before the whole level before it had ended.
    #[serde(default)]
    pub is_barrier: bool,
}

impl WorstMakespan {
    /// New's makespan over legacy's; 1 if both are zero.
    pub fn ratio(&self) -> f64 {
        match (self.legacy.0, self.new.0) {
            (0, 0) => 1.0,
            (legacy, new) => new as f64 / legacy as f64,
        }
    }

    fn is_worse_than(&self, other: &Self) -> bool {
        self.ratio()
            .total_cmp(&other.ratio())
            .then(other.index.cmp(&self.index))
            .is_gt()
    }
}

/// A case whose result depends on its schedule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Depending {
    /// Its place in the corpus.
    pub index: u64,
    /// The case.
    pub id: String,
}

/// A case that diverged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Diverging {
    /// Its place in the corpus.
    pub index: u64,
    /// The case.
    pub id: String,
    /// What new was compared with.
    pub baseline: Baseline,
    /// Who is to blame.
    pub blame: Option<Blame>,
    /// The first difference: aspect, path, both sides.
    pub first: crate::Divergence,
    /// How many differences there are.
    pub divergences: u64,
}

impl Tally {
    /// Counts one case.
    pub fn add(&mut self, subject: &Subject<'_>, judgement: &Judgement) {
        let &Subject {
            index,
            id,
            tasks,
            features,
            format,
            application,
            tags,
        } = subject;
        self.cases += 1;
        self.makeup.add(tasks, tags);
        if !self.formats.contains_key(format.as_str()) {
            self.formats.insert(format.as_str().to_owned(), FormatTally::default());
        }
        if let Some(formats) = self.formats.get_mut(format.as_str()) {
            formats.cases += 1;
            if let Judgement::Compared(comparison) = judgement {
                formats.compared += 1;
                formats.equal += u64::from(comparison.is_equal());
            }
        }
        keep_largest(
            &mut self.largest,
            Extreme {
                measure: tasks as u64,
                index,
                id: id.to_owned(),
            },
        );
        for feature in features.iter() {
            let entry = self.entry(feature);
            entry.cases += 1;
            match judgement {
                Judgement::Compared(comparison) if comparison.baseline == Baseline::Legacy => entry.legacy += 1,
                Judgement::Compared(_) => entry.reference += 1,
                Judgement::NotCompared { .. } => entry.not_compared += 1,
            }
        }
        let comparison = match judgement {
            Judgement::Compared(comparison) => comparison,
            Judgement::NotCompared { .. } => {
                self.not_compared += 1;
                self.lost_by_new += u64::from(judgement.is_lost_by_new());
                return;
            }
        };
        if format == Format::Dag {
            self.pairs.add(features);
        }
        self.recovery.add(comparison);
        self.masked += comparison.masked;
        self.reach.add((index, id), application, comparison);
        let [baseline_makespan, new_makespan] = comparison.makespan;
        keep_largest(
            &mut self.slowest,
            Extreme {
                measure: new_makespan.0,
                index,
                id: id.to_owned(),
            },
        );
        let compared = match comparison.baseline {
            Baseline::Legacy => &mut self.legacy,
            Baseline::Reference => &mut self.reference,
        };
        compared.cases += 1;
        compared.equal += u64::from(comparison.is_equal());
        compared.baseline_ended_badly += u64::from(comparison.ended_badly[0]);
        compared.new_ended_badly += u64::from(comparison.ended_badly[1]);
        if comparison.baseline == Baseline::Legacy && comparison.is_equal() {
            self.slower += u64::from(new_makespan > baseline_makespan);
            self.keep_worst(WorstMakespan {
                id: id.to_owned(),
                index,
                legacy: baseline_makespan,
                new: new_makespan,
                is_barrier: false,
            });
        }
        if comparison.depends.is_some() && comparison.is_equal() {
            self.schedule_dependent += 1;
            self.depending.push(Depending {
                index,
                id: id.to_owned(),
            });
            self.trim_depending();
        }
        if let Some(class) = &comparison.class {
            self.classes.entry(Class::clone(class)).or_default().push(index);
        }
        if let Some(first) = comparison.divergences.first() {
            let mut aspects: Vec<Aspect> = comparison
                .divergences
                .iter()
                .map(|divergence| divergence.aspect)
                .collect();
            aspects.dedup();
            for aspect in aspects {
                *self.aspects.entry(aspect.as_str().to_owned()).or_default() += 1;
            }
            if let Some(blame) = comparison.blame {
                *self.blame.entry(blame.as_str().to_owned()).or_default() += 1;
            }
            self.diverging.push(Diverging {
                index,
                id: id.to_owned(),
                baseline: comparison.baseline,
                blame: comparison.blame,
                first: first.clone(),
                divergences: comparison.differences(),
            });
            self.trim_diverging();
        }
    }

    /// Adds what another thread counted.
    pub fn merge(&mut self, other: Self) {
        self.cases += other.cases;
        self.makeup.merge(other.makeup);
        self.legacy.merge(&other.legacy);
        self.reference.merge(&other.reference);
        self.not_compared += other.not_compared;
        self.lost_by_new += other.lost_by_new;
        self.slower += other.slower;
        self.masked += other.masked;
        self.reach.merge(other.reach);
        self.pairs.merge(&other.pairs);
        self.recovery.merge(&other.recovery);
        for (name, counted) in other.formats {
            let entry = self.formats.entry(name).or_default();
            entry.cases += counted.cases;
            entry.compared += counted.compared;
            entry.equal += counted.equal;
        }
        for (name, counted) in other.features {
            let entry = self.features.entry(name).or_default();
            entry.cases += counted.cases;
            entry.legacy += counted.legacy;
            entry.reference += counted.reference;
            entry.not_compared += counted.not_compared;
        }
        for (mine, others) in [(&mut self.aspects, other.aspects), (&mut self.blame, other.blame)] {
            for (name, count) in others {
                *mine.entry(name).or_default() += count;
            }
        }
        other
            .slowest
            .into_iter()
            .for_each(|extreme| keep_largest(&mut self.slowest, extreme));
        other
            .largest
            .into_iter()
            .for_each(|extreme| keep_largest(&mut self.largest, extreme));
        if let Some(worst) = other.worst_makespan {
            self.keep_worst(worst);
        }
        self.schedule_dependent += other.schedule_dependent;
        self.depending.extend(other.depending);
        self.trim_depending();
        self.controls.merge(other.controls);
        for (class, indices) in other.classes {
            self.classes.entry(class).or_default().extend(indices);
        }
        self.diverging.extend(other.diverging);
        self.trim_diverging();
    }

    /// Puts its lists in the order of the corpus, however the threads shared the work.
    pub(crate) fn settle(&mut self) {
        self.diverging.sort();
        self.diverging.truncate(NAMED_DIVERGENCES);
        self.classes.values_mut().for_each(|indices| indices.sort_unstable());
    }

    /// Cases in which a difference was found, accepted or not.
    pub fn divergences(&self) -> u64 {
        self.legacy.open() + self.reference.open() + self.recovery.alone
    }

    fn entry(&mut self, feature: Feature) -> &mut FeatureTally {
        if !self.features.contains_key(feature.as_str()) {
            self.features
                .insert(feature.as_str().to_owned(), FeatureTally::default());
        }
        self.features.get_mut(feature.as_str()).expect("inserted just now")
    }

    fn keep_worst(&mut self, candidate: WorstMakespan) {
        if self
            .worst_makespan
            .as_ref()
            .is_none_or(|worst| candidate.is_worse_than(worst))
        {
            self.worst_makespan = Some(candidate);
        }
    }

    fn trim_depending(&mut self) {
        self.depending.sort();
        self.depending.truncate(LISTED);
    }

    fn trim_diverging(&mut self) {
        if self.diverging.len() > 2 * NAMED_DIVERGENCES {
            self.diverging.sort();
            self.diverging.truncate(NAMED_DIVERGENCES);
        }
    }
}

impl RecoveryTally {
    fn add(&mut self, comparison: &Comparison) {
        let Some(recovered) = comparison.recovery.filter(|recovered| recovered.points > 0) else {
            return;
        };
        let is_different = |found: &crate::Divergence| found.aspect == Aspect::Recovery;
        let has_differed = comparison.divergences.iter().any(is_different);
        self.cases += 1;
        self.equal += u64::from(!has_differed);
        self.points += recovered.points;
        self.alike += recovered.alike;
        self.alone += u64::from(has_differed && comparison.is_equal());
    }

    fn merge(&mut self, other: &Self) {
        self.cases += other.cases;
        self.equal += other.equal;
        self.points += other.points;
        self.alike += other.alike;
        self.alone += other.alone;
    }
}

impl Compared {
    /// In how many cases a difference was found.
    pub fn open(&self) -> u64 {
        self.cases - self.equal
    }

    fn merge(&mut self, other: &Self) {
        self.cases += other.cases;
        self.equal += other.equal;
        self.baseline_ended_badly += other.baseline_ended_badly;
        self.new_ended_badly += other.new_ended_badly;
    }
}

/// Keeps the list sorted, the largest first and the earlier case before the later one, and no longer than it is shown.
fn keep_largest(list: &mut Vec<Extreme>, candidate: Extreme) {
    let rank = |extreme: &Extreme| (std::cmp::Reverse(extreme.measure), extreme.index);
    if list.len() == LISTED && rank(&list[LISTED - 1]) < rank(&candidate) {
        return;
    }
    let at = list.partition_point(|listed| rank(listed) < rank(&candidate));
    list.insert(at, candidate);
    list.truncate(LISTED);
}
