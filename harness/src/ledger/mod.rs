//! The ledger of known divergences, `known-divergences.toml`: which causes of differences somebody accepted, why, and until when.
//!
//! An entry is for one cause. It knows the cause by its cluster's id, which keeps from run to run; where no cluster has that
//! id any more, by the signatures that the cluster had. What is accepted is counted apart and shown everywhere (I5).

mod date;
mod edit;
mod file;

use std::collections::BTreeSet;

use contract::text::visible;
use serde::{Deserialize, Serialize};

use crate::causes::Cluster;
use crate::divergence::{Aspect, Blame};

pub use date::{Date, NoDate};
pub use edit::{Edit, EditError};
pub use file::{LedgerError, Problem};

/// What the ledger is called, in the repository's root.
pub const FILE: &str = "known-divergences.toml";

/// What a ledger file says.
#[derive(Clone, Debug)]
pub struct Ledger {
    entries: Vec<Entry>,
    /// Where in the file each entry names its migration.
    places: Vec<std::ops::Range<usize>>,
    source: crate::config::Source,
}

/// One accepted cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The cluster it was accepted as.
    pub cluster: String,
    /// The migration.
    pub migration: String,
    /// Who is to blame for it. `None`: nobody could be found.
    pub blame: Option<Blame>,
    /// For people: what sort of behaviour differs.
    pub aspect: Option<Aspect>,
    /// For people: where, with `*` for names and numbers.
    pub path: Option<String>,
    /// The known bug that explains it.
    pub like: Option<String>,
    /// For people: that bug in a sentence.
    pub about: Option<String>,
    /// The signatures that the cluster had.
    pub signatures: BTreeSet<String>,
    /// Why it is acceptable.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day it is accepted on.
    pub expires: Date,
}

/// Where a cluster stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nobody accepted it.
    #[default]
    Open,
    /// Somebody did.
    Accepted(Acceptance),
    /// Somebody did, for a time that is over: it counts as open again.
    Expired(Acceptance),
}

/// What the ledger says of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// The cluster that the entry names: another one if they are the same by a signature only.
    pub entry: String,
    /// Why it is acceptable.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day it is accepted on.
    pub expires: Date,
}

/// What the clusters of a run are held against.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// What is accepted.
    pub ledger: &'a Ledger,
    /// In which migration.
    pub migration: &'a str,
    /// The day on which it is asked.
    pub today: Date,
}

impl Standing {
    /// Whether its cases count as accepted.
    pub fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted(_))
    }
}

impl Entry {
    /// The entry that accepts `cluster`.
    pub fn of(cluster: &Cluster, migration: &str, acceptance: Acceptance) -> Self {
        let Acceptance {
            entry,
            reason,
            owner,
            expires,
        } = acceptance;
        Self {
            cluster: entry,
            migration: migration.to_owned(),
            blame: cluster.class.blame,
            aspect: Some(cluster.class.aspect),
            path: Some(cluster.class.path.clone()),
            like: cluster.like.as_ref().map(|like| like.name.clone()),
            about: cluster.like.as_ref().map(|like| like.about.clone()),
            signatures: cluster.signatures.clone(),
            reason,
            owner,
            expires,
        }
    }

    /// Whether it names `cluster`.
    pub fn names(&self, cluster: &Cluster) -> bool {
        self.cluster == cluster.id && self.blame == cluster.class.blame
    }

    /// Whether `cluster` has one of its signatures, and nothing says that they are two bugs.
    fn resembles(&self, cluster: &Cluster) -> bool {
        let like = cluster.like.as_ref().map(|like| &like.name);
        let are_apart = matches!((&self.like, like), (Some(one), Some(other)) if one != other);
        self.blame == cluster.class.blame && !are_apart && !self.signatures.is_disjoint(&cluster.signatures)
    }

    fn acceptance(&self) -> Acceptance {
        Acceptance {
            entry: self.cluster.clone(),
            reason: self.reason.clone(),
            owner: self.owner.clone(),
            expires: self.expires,
        }
    }

    /// Whether it is for the same cause as another: there is one entry for each.
    fn is_for(&self, (cluster, migration, blame): (&str, &str, Option<Blame>)) -> bool {
        (&*self.cluster, &*self.migration, self.blame) == (cluster, migration, blame)
    }
}

impl Ledger {
    /// The entries, in the order of the file.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entries of a migration.
    pub fn of_migration(&self, migration: &str) -> impl Iterator<Item = &Entry> + Clone {
        self.entries.iter().filter(move |entry| entry.migration == migration)
    }

    /// What the file is called.
    pub fn name(&self) -> &str {
        self.source.name()
    }
}

impl Terms<'_> {
    /// Says of each cluster where it stands, and returns the entries that matched none.
    pub fn judge<'c>(&self, clusters: impl IntoIterator<Item = &'c mut Cluster>) -> Vec<Entry> {
        let clusters: Vec<&mut Cluster> = clusters.into_iter().collect();
        let entries = self.ledger.of_migration(self.migration);
        // Whoever named a cluster that is there meant that one alone.
        let is_named = |entry: &Entry| clusters.iter().any(|cluster| entry.names(cluster));
        let (named, unnamed): (Vec<&Entry>, Vec<&Entry>) = entries.clone().partition(|entry| is_named(entry));
        let mut matched = BTreeSet::new();
        for cluster in clusters {
            let by_name = named.iter().filter(|entry| entry.names(cluster));
            let by_signature = unnamed.iter().filter(|entry| entry.resembles(cluster));
            let found: Vec<&Entry> = by_name.chain(by_signature).copied().collect();
            matched.extend(found.iter().map(|entry| key(entry)));
            // Of several, the first that still holds.
            let holding = found.iter().find(|entry| entry.expires >= self.today);
            cluster.standing = match (holding, found.first()) {
                (Some(entry), _) => Standing::Accepted(entry.acceptance()),
                (None, Some(entry)) => Standing::Expired(entry.acceptance()),
                (None, None) => Standing::Open,
            };
        }
        entries
            .filter(|entry| !matched.contains(&key(entry)))
            .cloned()
            .collect()
    }
}

fn key(entry: &Entry) -> (&str, Option<Blame>) {
    (&entry.cluster, entry.blame)
}

/// Who is to blame, as the file says it.
fn blame_word(blame: Option<Blame>) -> &'static str {
    blame.map_or("nobody", Blame::as_str)
}

/// What an entry is for, in a line: `calls calls.*, blame new: it is as if …`.
pub fn summary(entry: &Entry) -> String {
    let place = [entry.aspect.map(Aspect::as_str), entry.path.as_deref()];
    let place: Vec<&str> = place.into_iter().flatten().collect();
    let like = entry.about.as_ref().map(|about| format!(": it is as if … {about}"));
    let text = format!(
        "{}, blame {}{}",
        place.join(" "),
        blame_word(entry.blame),
        like.unwrap_or_default()
    );
    visible(text.trim_start_matches(", ")).into_owned()
}

#[cfg(test)]
pub(crate) mod tests;
