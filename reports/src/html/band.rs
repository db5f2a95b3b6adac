//! May we cut over? The verdict in words, each gate, what was counted, and what the controls say.

use contract::FeatureSet;
use harness::record::Manifest;
use harness::verdict::{Decision, Verdict};

use super::{Gate, look, shown};
use crate::terminal::word;
use crate::words::{cases, count};
use crate::{controls, matrix};

/// The section.
pub(super) struct Band {
    pub(super) look: &'static str,
    pub(super) word: &'static str,
    pub(super) answer: &'static str,
    pub(super) sentence: String,
    pub(super) migration: String,
    pub(super) about: String,
    pub(super) legacy: String,
    pub(super) new: String,
    pub(super) facts: String,
    pub(super) planted: Option<String>,
    pub(super) gates: Vec<Gate>,
    pub(super) shares: Vec<Share>,
    pub(super) not_compared: Vec<String>,
    pub(super) controls: String,
    pub(super) remarks: Vec<String>,
}

/// A share of the cases, drawn as a part of a bar.
pub(super) struct Share {
    pub(super) look: &'static str,
    pub(super) name: &'static str,
    pub(super) count: String,
    pub(super) x: String,
    pub(super) width: String,
}

/// The length of the bar.
const BAR: f64 = 1_000.0;
/// What is not nothing can be seen.
const THINNEST: f64 = 4.0;

pub(super) fn band(manifest: &Manifest, verdict: &Verdict) -> Band {
    let tally = &verdict.tally;
    let engine = |engine: &harness::record::EngineRecord| {
        format!(
            "{} {}",
            shown(&engine.description.name),
            shown(&engine.description.version)
        )
    };
    let planted: Vec<String> = manifest.planted.iter().map(|name| shown(name)).collect();
    Band {
        look: look(Some(verdict.decision)),
        word: word(Some(verdict.decision)),
        answer: match verdict.decision {
            Decision::Pass => "Nothing stands against the cutover",
            Decision::Fail => "Do not cut over",
            Decision::Inconclusive => "Not decided: do not cut over yet",
            Decision::NothingCompared => "Nothing was compared",
        },
        sentence: sentence(manifest, verdict),
        migration: shown(&manifest.migration),
        about: shown(&manifest.about),
        legacy: engine(&manifest.legacy),
        new: engine(&manifest.new),
        facts: format!(
            "{} compared of {}, seed {}",
            cases(tally.legacy.cases + tally.reference.cases),
            count(tally.cases),
            manifest.seed
        ),
        planted: (!planted.is_empty()).then(|| planted.join(", ")),
        gates: verdict.gates.iter().map(Gate::of).collect(),
        shares: shares(verdict),
        not_compared: not_compared(manifest, verdict),
        controls: controls_in_short(verdict),
        remarks: controls::lines(verdict).iter().map(|line| shown(line)).collect(),
    }
}

/// Why: which gates, and how many causes.
fn sentence(manifest: &Manifest, verdict: &Verdict) -> String {
    let named = |wanted| {
        let gates = verdict.gates.iter().filter(|gate| gate.decision == Some(wanted));
        gates.map(|gate| gate.name.replace('_', " ")).collect::<Vec<_>>()
    };
    let gates = |names: Vec<String>, one: &str, many: &str| match &names[..] {
        [only] => format!("The gate {only} {one}"),
        names => format!("The gates {} {many}", names.join(" and ")),
    };
    match verdict.decision {
        Decision::Pass if verdict.accepted.total() > 0 => format!(
            "Every gate holds, for what was compared; {} as accepted.",
            match verdict.accepted.total() {
                1 => "1 case differs".to_owned(),
                more => format!("{} differ", cases(more)),
            }
        ),
        Decision::Pass => "Every gate holds, for what was compared.".to_owned(),
        Decision::Inconclusive => format!(
            "{}.",
            gates(
                named(Decision::Inconclusive),
                "could not be decided",
                "could not be decided"
            )
        ),
        Decision::NothingCompared => "This proves nothing; choose cases that both engines can run.".to_owned(),
        Decision::Fail => format!(
            "{}.{}",
            gates(named(Decision::Fail), "failed", "failed"),
            faults(manifest, verdict)
        ),
    }
}

/// Whose fault it is, over all causes.
fn faults(manifest: &Manifest, verdict: &Verdict) -> String {
    let open = verdict
        .clusters
        .iter()
        .filter(|cluster| !cluster.standing.is_accepted())
        .count();
    if open == 0 {
        return String::new();
    }
    let name = |blame: &str| match blame {
        "new" => format!("{} (new)", shown(&manifest.new.description.name)),
        "legacy" => format!("{} (legacy)", shown(&manifest.legacy.description.name)),
        other => other.to_owned(),
    };
    let parts: Vec<String> = verdict
        .tally
        .blame
        .iter()
        .map(|(blame, number)| format!("{} in {}", name(blame), cases(*number)))
        .collect();
    let open = if open == 1 {
        "One cause is".to_owned()
    } else {
        format!("{} causes are", count(open as u64))
    };
    format!(" {open} open. To blame: {}.", parts.join(", "))
}

/// What became of all cases: each is in one of these.
fn shares(verdict: &Verdict) -> Vec<Share> {
    let tally = &verdict.tally;
    let equal = tally.legacy.equal + tally.reference.equal;
    let depends = tally.schedule_dependent.min(equal);
    // A case in which only the end after a death differs is equal otherwise.
    let alone = tally.recovery.alone.min(equal - depends);
    let accepted = verdict.accepted.total();
    let parts = [
        ("equal", "equal", equal - depends - alone),
        ("depends", "equal under another schedule", depends),
        ("accepted", "differ as accepted", accepted),
        ("diverging", "differ", tally.divergences().saturating_sub(accepted)),
        ("uncompared", "not compared", tally.not_compared),
    ];
    let all: u64 = parts.iter().map(|(.., count)| count).sum::<u64>().max(1);
    let wide = |number: u64| {
        if number == 0 {
            0.0
        } else {
            (number as f64 / all as f64 * BAR).max(THINNEST)
        }
    };
    let scale = BAR / parts.iter().map(|(.., number)| wide(*number)).sum::<f64>().max(1.0);
    let mut x = 0.0;
    let share = |(look, name, number): (&'static str, &'static str, u64)| {
        let width = wide(number) * scale;
        let share = Share {
            look,
            name,
            count: count(number),
            x: super::number(x),
            width: super::number(width),
        };
        x += width;
        share
    };
    parts.into_iter().map(share).collect()
}

/// What nobody looked at, or held to the reference alone.
fn not_compared(manifest: &Manifest, verdict: &Verdict) -> Vec<String> {
    let Some(matrix) = matrix::of(manifest, &verdict.tally) else {
        return Vec::new();
    };
    let legacy = shown(&manifest.legacy.description.name);
    let mut lines = Vec::new();
    let gaps: FeatureSet = matrix.gaps.iter().map(|row| row.feature).collect();
    if !gaps.is_empty() {
        lines.push(format!(
            "Not compared with {legacy}, because an engine lacks it: {gaps}. Where only {legacy} lacks it, {} was held to the reference instead.",
            shown(&manifest.new.description.name)
        ));
    }
    if !matrix.unused.is_empty() {
        lines.push(format!(
            "Used by no case, so nothing is known of it: {}.",
            matrix.unused
        ));
    }
    lines
}

fn controls_in_short(verdict: &Verdict) -> String {
    let controls = &verdict.tally.controls;
    let mut parts = Vec::new();
    if let Some(planted) = verdict.planted.as_ref().filter(|planted| planted.planted > 0) {
        parts.push(format!(
            "{} of {} faults planted in the new engine on purpose were found",
            count(planted.found.len() as u64),
            count(planted.planted)
        ));
    }
    if controls.compared() > 0 {
        parts.push(match controls.alarms {
            0 => format!("no engine differed from itself on {}", cases(controls.compared())),
            alarms => format!(
                "an engine differed from itself in {} of {}",
                count(alarms),
                cases(controls.compared())
            ),
        });
    }
    if parts.is_empty() {
        return "No controls were run.".to_owned();
    }
    format!("{}.", parts.join("; "))
}
