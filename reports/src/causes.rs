//! Clusters in words.

use harness::causes::Cluster;
use harness::judge::Baseline;
use harness::record::Manifest;
use harness::verdict::Verdict;

use crate::terminal::shell_word;
use crate::words::{cases, count, count_of};

/// So many causes.
pub(crate) fn causes(number: usize) -> String {
    match number {
        1 => "one cause".to_owned(),
        number => format!("{} causes", count(number as u64)),
    }
}

/// That some of the diverging cases belong to no cluster: what looks alike may still be of another cause.
pub(crate) fn unexplained(verdict: &Verdict) -> Option<String> {
    let gathered: u64 = verdict.clusters.iter().map(|cluster| cluster.cases).sum();
    let left = verdict.tally.divergences().saturating_sub(gathered);
    (left > 0).then(|| format!("of none of these causes, as far as can be told: {}, open", cases(left)))
}

/// What new is like, or that it is like nothing known.
pub(crate) fn likeness(cluster: &Cluster) -> String {
    match &cluster.like {
        Some(like) if like.beside.is_empty() => format!("it is as if … {}", like.about),
        Some(like) => format!("it is as if … {} (Beside: {})", like.about, like.beside.join(" ")),
        None => "no known bug is like it.".to_owned(),
    }
}

/// What new was held to.
pub(crate) fn held_to(baseline: Baseline) -> &'static str {
    match baseline {
        Baseline::Legacy => "legacy",
        Baseline::Reference => "reference",
    }
}

fn size(size: corpus::Size) -> String {
    let [tasks, parts] =
        [(size.tasks, "task"), (size.parts, "part")].map(|(number, noun)| count_of(u64::from(number), noun));
    format!("{tasks}, {parts}")
}

/// What the smallest case is, and what it was.
pub(crate) fn reduced(cluster: &Cluster) -> String {
    let exemplar = &cluster.exemplar;
    let bound = if exemplar.is_minimal {
        ""
    } else {
        "; the bound was reached, it may get smaller"
    };
    let features = if cluster.features.is_empty() {
        "no feature".to_owned()
    } else {
        cluster.features.to_string()
    };
    format!(
        "smallest case: {}, from {} in {}; it uses {features}{bound}",
        size(exemplar.size),
        size(exemplar.before),
        count_of(u64::from(exemplar.runs), "comparison")
    )
}

/// The command that shows a case, in parts that a line break should not tear apart.
pub(crate) fn replay(manifest: &Manifest, file: &str) -> Vec<String> {
    let mut parts = vec![
        "cargo xtask replay".to_owned(),
        shell_word(file),
        format!("--migration {}", shell_word(&manifest.migration)),
    ];
    parts.extend(planted(&manifest.planted));
    parts
}

/// What makes new as wrong again as it was in the run, each bug in a part of its own.
pub(crate) fn planted(planted: &[String]) -> impl Iterator<Item = String> {
    planted.iter().map(|planted| format!("--plant {}", shell_word(planted)))
}
