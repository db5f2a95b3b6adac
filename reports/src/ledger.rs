//! The ledger in words: where each cause stands, and which entries matched nothing. None of it is ever left out.

use contract::text::visible;
use harness::causes::{Against, Cluster, Shift};
use harness::ledger::{Acceptance, Standing, summary};
use harness::verdict::Verdict;

use crate::causes::likeness;
use crate::words::{cases, count};

/// What an entry that matched nothing may mean.
pub(crate) const STALE: &str =
    "no case of this run shows it: it is mended, or this run was not on cases that could show it";

/// One line about an entry of the ledger.
pub(crate) struct Line {
    /// `accepted`, `expired` or `stale`.
    pub(crate) standing: &'static str,
    /// The cluster that it is about.
    pub(crate) cluster: String,
    /// How much of the run it is about.
    pub(crate) cases: String,
    /// Until when, by whom, and why.
    pub(crate) terms: String,
    /// What it is about.
    pub(crate) about: String,
}

/// The clusters, those that are open before those that are accepted, otherwise as they are.
pub(crate) fn open_first(verdict: &Verdict) -> Vec<&Cluster> {
    let mut clusters: Vec<&Cluster> = verdict.clusters.iter().collect();
    clusters.sort_by_key(|cluster| cluster.standing.is_accepted());
    clusters
}

/// Where a cluster stands.
pub(crate) fn standing(cluster: &Cluster) -> String {
    let renamed = |acceptance: &Acceptance| {
        if acceptance.entry == cluster.id {
            String::new()
        } else {
            format!(" (as {})", visible(&acceptance.entry))
        }
    };
    match &cluster.standing {
        Standing::Open => "open".to_owned(),
        Standing::Accepted(acceptance) => format!("accepted{} {}", renamed(acceptance), terms(acceptance)),
        Standing::Expired(acceptance) => format!(
            "open again{}: expired on {}, accepted until then by {}: \"{}\"",
            renamed(acceptance),
            acceptance.expires,
            visible(&acceptance.owner),
            visible(&acceptance.reason)
        ),
    }
}

fn terms(acceptance: &Acceptance) -> String {
    format!(
        "until {} by {}: \"{}\"",
        acceptance.expires,
        visible(&acceptance.owner),
        visible(&acceptance.reason)
    )
}

/// How many cases a cluster has, and how many of them are not accepted with it.
fn share(cluster: &Cluster) -> String {
    let open = cluster.cases.saturating_sub(cluster.counted.total());
    let all = cases(cluster.cases);
    if open == 0 || !cluster.standing.is_accepted() {
        return all;
    }
    format!("{all} ({} of them may be of another cause and stay open)", count(open))
}

/// What an earlier run has to say of a cluster.
pub(crate) fn since(cluster: &Cluster, against: Option<&Against>) -> String {
    let Some(against) = against else {
        return String::new();
    };
    let run = visible(&against.run);
    match against.known(&cluster.id) {
        Some(known) if known.before == cluster.id => format!("; known from {run}, {} there", cases(known.cases)),
        Some(known) => format!(
            "; known from {run} as {}, {} there",
            visible(&known.before),
            cases(known.cases)
        ),
        None => format!("; new since {run}"),
    }
}

/// Every entry of the ledger that this run has something to say of: accepted, expired and stale.
pub(crate) fn lines(verdict: &Verdict) -> Vec<Line> {
    let of_cluster = |cluster: &Cluster| {
        let (standing, acceptance) = match &cluster.standing {
            Standing::Open => return None,
            Standing::Accepted(acceptance) => ("accepted", acceptance),
            Standing::Expired(acceptance) => ("expired", acceptance),
        };
        Some(Line {
            standing,
            cluster: cluster.id.clone(),
            cases: share(cluster),
            terms: terms(acceptance),
            about: likeness(cluster),
        })
    };
    let stale = verdict.stale.iter().map(|entry| Line {
        standing: "stale",
        cluster: visible(&entry.cluster).into_owned(),
        cases: "no case".to_owned(),
        terms: format!(
            "until {} by {}: \"{}\"",
            entry.expires,
            visible(&entry.owner),
            visible(&entry.reason)
        ),
        about: summary(entry),
    });
    let mut lines: Vec<Line> = verdict.clusters.iter().filter_map(of_cluster).chain(stale).collect();
    // The sort is stable: within each, the largest stays the first.
    lines.sort_by_key(|line| line.standing);
    lines
}

/// What is new, known and gone, in a line.
pub(crate) fn counts(against: &Against) -> String {
    format!(
        "{} new, {} known, {} gone",
        against.new.len(),
        against.known.len(),
        against.gone.len()
    )
}

/// The workloads that became faster or slower since an earlier run: which of both, and a line.
pub(crate) fn shifts(against: &Against) -> Vec<(&'static str, String)> {
    let lines = |word: &'static str, shifts: &[Shift]| -> Vec<(&'static str, String)> {
        let line = |shift: &Shift| {
            let Shift { id, before, now } = shift;
            let said = format!("{}, {before:.2}× legacy there and {now:.2}× now", visible(id));
            (word, said)
        };
        shifts.iter().map(line).collect()
    };
    [lines("faster", &against.faster), lines("slower", &against.slower)].concat()
}

#[cfg(test)]
mod tests {
    use harness::causes::Earlier;

    use super::*;

    #[test]
    fn workloads_that_became_faster_or_slower_are_told_with_both_ratios() {
        let earlier = Earlier {
            run: "run".to_owned(),
            clusters: Vec::new(),
            performance: None,
        };
        let mut against = earlier.beside(&[]);
        assert!(shifts(&against).is_empty());
        let shift = |id: &str, before, now| Shift {
            id: id.to_owned(),
            before,
            now,
        };
        against.faster.push(shift("chain-10", 0.8, 0.5));
        against.slower.push(shift("odd\u{1b}", 0.8, 1.2));
        assert_eq!(
            shifts(&against),
            [
                ("faster", "chain-10, 0.80× legacy there and 0.50× now".to_owned()),
                ("slower", "odd\\u{1b}, 0.80× legacy there and 1.20× now".to_owned())
            ]
        );
    }
}
