//! The clusters of a run beside those of an earlier one: which are new, which are known, which are gone.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Cluster;
use crate::timing::Performance;

/// The clusters of an earlier run.
#[derive(Clone, Debug, PartialEq)]
pub struct Earlier {
    /// The run, as a person names it.
    pub run: String,
    /// Its clusters.
    pub clusters: Vec<Cluster>,
    /// What was timed in it, if anything was.
    pub performance: Option<Performance>,
}

/// How the clusters of a run compare with those of an earlier one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Against {
    /// The earlier run.
    pub run: String,
    /// The ids of clusters that it did not have.
    pub new: Vec<String>,
    /// Clusters of both.
    pub known: Vec<Known>,
    /// Clusters that only the earlier run has.
    pub gone: Vec<Cluster>,
    /// Workloads whose ratio is surely smaller than in the earlier run: their intervals do not meet.
    #[serde(default)]
    pub faster: Vec<Shift>,
    /// Those whose ratio is surely larger.
    #[serde(default)]
    pub slower: Vec<Shift>,
}

/// A workload whose ratio is another than in the earlier run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shift {
    /// The workload.
    pub id: String,
    /// New's time over legacy's in the earlier run.
    pub before: f64,
    /// And in this one.
    pub now: f64,
}

/// A cluster of both runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Its id.
    pub id: String,
    /// Its id in the earlier run: another one if they are the same by a signature only.
    pub before: String,
    /// How many cases of the earlier run belong to it.
    pub cases: u64,
}

impl Earlier {
    /// Holds the clusters of a later run against these. A cluster is the one of its id or, if there is none, one with a
    /// signature of its own that no other is by id; the blame has to be the same, and so has the known bug, if each has one.
    pub fn beside(&self, clusters: &[Cluster]) -> Against {
        let is = |one: &Cluster, other: &Cluster| one.id == other.id && one.class.blame == other.class.blame;
        let is_taken = |before: &&Cluster| clusters.iter().any(|cluster| is(cluster, before));
        let (taken, left): (Vec<&Cluster>, Vec<&Cluster>) = self.clusters.iter().partition(is_taken);
        let mut seen = BTreeSet::new();
        let mut against = Against {
            run: self.run.clone(),
            new: Vec::new(),
            known: Vec::new(),
            gone: Vec::new(),
            faster: Vec::new(),
            slower: Vec::new(),
        };
        for cluster in clusters {
            let by_id = taken.iter().find(|before| is(cluster, before));
            let found = by_id.or_else(|| left.iter().find(|before| cluster.resembles(before)));
            let Some(before) = found else {
                against.new.push(cluster.id.clone());
                continue;
            };
            seen.insert(&*before.id);
            against.known.push(Known {
                id: cluster.id.clone(),
                before: before.id.clone(),
                cases: before.cases,
            });
        }
        let gone = left.iter().filter(|before| !seen.contains(&*before.id));
        against.gone = gone.map(|before| Cluster::clone(before)).collect();
        against
    }
}

impl Against {
    /// Holds what was timed against what was timed `before`. Ratios to legacy are compared and not times, so the runs need not be of one machine.
    pub fn time(&mut self, before: &Performance, now: &Performance) {
        for timed in &now.workloads {
            let Some(earlier) = before.workloads.iter().find(|earlier| earlier.id == timed.id) else {
                continue;
            };
            let shift = || Shift {
                id: timed.id.clone(),
                before: earlier.ratio.value,
                now: timed.ratio.value,
            };
            if timed.ratio.upper < earlier.ratio.lower {
                self.faster.push(shift());
            } else if timed.ratio.lower > earlier.ratio.upper {
                self.slower.push(shift());
            }
        }
    }

    /// What a cluster of the later run was in the earlier one.
    pub fn known(&self, id: &str) -> Option<&Known> {
        self.known.iter().find(|known| known.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::tests::cluster;

    /// Which clusters are new, known (and as what) and gone.
    #[track_caller]
    fn check(before: &[Cluster], now: &[Cluster], new: &[&str], known: &[(&str, &str)], gone: &[&str]) {
        let earlier = Earlier {
            run: "run".to_owned(),
            clusters: before.to_vec(),
            performance: None,
        };
        let against = earlier.beside(now);
        let found: Vec<_> = against.known.iter().map(|known| (&*known.id, &*known.before)).collect();
        let left: Vec<&str> = against.gone.iter().map(|cluster| &*cluster.id).collect();
        assert_eq!(
            (against.new, found, left),
            (
                new.iter().map(ToString::to_string).collect(),
                known.to_vec(),
                gone.to_vec()
            )
        );
    }

    #[test]
    fn a_cluster_is_known_by_its_id_or_by_a_signature() {
        let before = [
            cluster("c-1", None, &["s"]),
            cluster("c-2", None, &["t", "u"]),
            cluster("c-3", None, &["v"]),
        ];
        let now = [
            cluster("c-1", None, &["x"]),
            cluster("c-4", None, &["u"]),
            cluster("c-5", None, &["y"]),
        ];
        check(&before, &now, &["c-5"], &[("c-1", "c-1"), ("c-4", "c-2")], &["c-3"]);
        check(&[], &now[..1], &["c-1"], &[], &[]);
        check(&before[..1], &[], &[], &[], &["c-1"]);
    }

    #[test]
    fn a_cluster_that_is_there_by_its_id_is_no_other_by_a_signature() {
        let before = [cluster("c-1", None, &["s"])];
        let now = [cluster("c-2", None, &["s"]), cluster("c-1", None, &["s"])];
        check(&before, &now, &["c-2"], &[("c-1", "c-1")], &[]);
    }

    #[test]
    fn two_known_bugs_that_look_alike_are_two_causes() {
        let before = [cluster("c-1", Some("one"), &["s"])];
        check(
            &before,
            &[cluster("c-2", Some("other"), &["s"])],
            &["c-2"],
            &[],
            &["c-1"],
        );
        check(&before, &[cluster("c-2", None, &["s"])], &[], &[("c-2", "c-1")], &[]);
    }

    #[test]
    fn another_blame_is_another_cause() {
        let mut now = cluster("c-1", None, &["s"]);
        now.class.blame = None;
        check(&[cluster("c-1", None, &["s"])], &[now], &["c-1"], &[], &["c-1"]);
    }
}
