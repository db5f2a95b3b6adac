//! The clusters of a run beside those of an earlier one: which are new, which are known, which are gone.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Cluster;

/// The clusters of an earlier run.
#[derive(Clone, Debug, PartialEq)]
pub struct Earlier {
    /// The run, as a person names it.
    pub run: String,
    /// Its clusters.
    pub clusters: Vec<Cluster>,
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
    /// What a cluster of the later run was in the earlier one.
    pub fn known(&self, id: &str) -> Option<&Known> {
        self.known.iter().find(|known| known.id == id)
    }
}
