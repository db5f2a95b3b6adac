//! Which diverging case belongs to which cause, for links both ways.

use std::collections::BTreeMap;

use harness::causes::cluster::{Cluster, Places};

use super::{Source, shown};
use crate::words::count;

/// How many cases of a cause are named with it.
const NAMED: usize = 6;
/// How long the name of a case may get there.
const LONGEST: usize = 48;

/// The cause of a case.
pub(super) struct CauseOf {
    pub(super) id: String,
    /// Its number on the page.
    pub(super) number: usize,
    /// Whether the case was reduced to it, or only looks alike.
    pub(super) is_reduced: bool,
}

/// The cause of each case that has one, by the case's place in the corpus. `None`: the record does not say.
pub(super) fn causes(source: &Source, clusters: &[&Cluster]) -> Option<BTreeMap<u64, CauseOf>> {
    let places = source.places.as_ref()?;
    let mut causes = BTreeMap::new();
    for (number, cluster) in clusters.iter().enumerate() {
        let Some(places) = places.get(&cluster.id) else {
            continue;
        };
        let mut add = |indices: &[u64], is_reduced| {
            for index in indices {
                let cause = CauseOf {
                    id: shown(&cluster.id),
                    number: number + 1,
                    is_reduced,
                };
                causes.insert(*index, cause);
            }
        };
        add(&places.alike, false);
        add(&places.reduced, true);
    }
    Some(causes)
}

/// The cases of a cause, as it names them.
pub(super) struct Cases {
    /// The first that were reduced to it, by their places in the corpus and by their names.
    pub(super) named: Vec<(u64, String)>,
    /// What there is to say of all.
    pub(super) said: String,
    /// What leads to them.
    pub(super) link: &'static str,
}

/// What leads to cases of the list, which may not be all.
pub(super) fn link(source: &Source) -> &'static str {
    if source.diverging.len() > source.listed.len() {
        "Show those that are listed"
    } else {
        "Show all"
    }
}

/// The cases of the cause `id`. `None`: the record does not say, or none of them is listed.
pub(super) fn cases(source: &Source, id: &str) -> Option<Cases> {
    let Places { reduced, alike } = source.places.as_ref()?.get(id)?;
    let is_first = |index: &&u64| source.listed.contains_key(*index);
    let name = |index: &u64| Some((*index, crate::words::cut(&shown(source.listed.get(index)?), LONGEST)));
    let named: Vec<(u64, String)> = reduced.iter().filter(is_first).take(NAMED).filter_map(name).collect();
    if named.is_empty() {
        return None;
    }
    let more = reduced.len() - named.len();
    let more_reduced = if more > 0 {
        format!("and {} more ", count(more as u64))
    } else {
        String::new()
    };
    let was = if reduced.len() == 1 { "was" } else { "were" };
    let more_alike = match alike.len() {
        0 => String::new(),
        1 => "; 1 other looks alike".to_owned(),
        others => format!("; {} others look alike", count(others as u64)),
    };
    Some(Cases {
        named,
        link: link(source),
        said: format!("{more_reduced}{was} reduced to it{more_alike}"),
    })
}
