//! Pairs of features: how many of those that can be used at once some compared workflow used, and which were missed.

use contract::Format;
use corpus::pairs::possible;
use harness::record::Manifest;
use harness::verdict::Tally;

use crate::words::count_of;

/// How many missing pairs are named.
const NAMED: usize = 8;

/// How many pairs were reached, and the first of those that were not. `None` if no workflow was looked at.
///
/// What was missed is said only of generated cases, which are to reach all of them.
pub(crate) fn lines(manifest: &Manifest, tally: &Tally) -> Option<(String, Option<String>)> {
    if !tally.formats.contains_key(Format::Dag.as_str()) {
        return None;
    }
    let all = possible().count();
    let reached = tally.pairs.reached();
    let missing = tally.pairs.missing();
    let mut named: Vec<String> = missing
        .iter()
        .take(NAMED)
        .map(|(first, second)| format!("{first} with {second}"))
        .collect();
    if missing.len() > NAMED {
        named.push(format!("and {} more", missing.len() - NAMED));
    }
    let missing = (manifest.generated > 0 && !named.is_empty()).then(|| format!("not reached: {}", named.join(", ")));
    Some((
        format!("{reached} of {} reached", count_of(all as u64, "pair")),
        missing,
    ))
}
