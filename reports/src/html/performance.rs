//! How fast: the makespan in virtual time, which is exact, and what the record does not hold.

use harness::record::Manifest;
use harness::verdict::Verdict;

use super::{look, shown};
use crate::terminal::word;
use crate::words::{cases, exact};

/// The section.
pub(super) struct Performance {
    pub(super) makespan: Vec<Makespan>,
    pub(super) slowest: Vec<(String, String)>,
    pub(super) largest: Vec<(String, String)>,
    pub(super) absent: Option<&'static str>,
}

/// The gate on virtual time, and the worst case.
pub(super) struct Makespan {
    pub(super) look: &'static str,
    pub(super) word: &'static str,
    pub(super) sentence: String,
    pub(super) limit: String,
}

pub(super) fn performance(manifest: &Manifest, verdict: &Verdict) -> Performance {
    let tally = &verdict.tally;
    let gates = verdict.gates.iter().filter(|gate| gate.name == "makespan");
    let [legacy, new] = [&manifest.legacy, &manifest.new].map(|engine| shown(&engine.description.name));
    let makespan = gates.map(|gate| Makespan {
        look: look(gate.decision),
        word: word(gate.decision),
        sentence: match &tally.worst_makespan {
            Some(worst) => format!(
                "The worst case is {}: {new} takes {} ms and {legacy} {} ms, {:.3} times as long. {} slower, of {} equal to {legacy}.",
                shown(&worst.id),
                exact(worst.new),
                exact(worst.legacy),
                worst.ratio(),
                cases(tally.slower),
                cases(tally.legacy.equal)
            ),
            None => "No case equal to legacy was measured.".to_owned(),
        },
        limit: shown(&gate.limit),
    });
    Performance {
        makespan: makespan.collect(),
        slowest: tally
            .slowest
            .iter()
            .map(|extreme| (shown(&extreme.id), contract::Millis(extreme.measure).to_string()))
            .collect(),
        largest: tally
            .largest
            .iter()
            .map(|extreme| (shown(&extreme.id), crate::words::count_of(extreme.measure, "task")))
            .collect(),
        absent: Some(
            "This run took no timings: how long the engines themselves compute is not in its record, and nothing is claimed about it.",
        ),
    }
}
