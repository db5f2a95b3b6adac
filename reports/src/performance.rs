//! What was timed, in words and as a table.

use std::fmt::Write as _;

use contract::text::visible;
use harness::record::Manifest;
use harness::timing::performance::Timed;
use harness::timing::sample::Clock;
use harness::timing::{Conclusion, Performance};

use crate::table;
use crate::words::{count, count_of};

/// How many workloads that are within the limit the terminal names; the other outputs have all.
const NAMED: usize = 5;
/// How a line begins that says why the timings prove nothing.
pub(crate) const UNBELIEVABLE: &str = "cannot be believed: ";
/// How many of those that were not timed are named.
const NAMED_SKIPPED: usize = 3;

/// What a row of the table says.
pub(crate) fn header(manifest: &Manifest) -> Vec<String> {
    let [legacy, new] = [&manifest.legacy, &manifest.new].map(|engine| &engine.description.name);
    // An engine beside itself has to be told apart.
    let [legacy, new] = if legacy == new {
        [format!("{legacy} (legacy)"), format!("{new} (new)")]
    } else {
        [legacy.clone(), new.clone()]
    };
    [
        "workload",
        "tasks",
        &legacy,
        &new,
        "ratio",
        "98 % interval",
        "95th percentile",
        "peak heap",
        "verdict",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// Which columns of the table are figures.
pub(crate) const RIGHT: [bool; 9] = [false, true, true, true, true, true, true, true, false];

/// A workload as a row of the table.
pub(crate) fn row(timed: &Timed) -> Vec<String> {
    let [legacy, new] = timed.nanoseconds.map(duration);
    let heap = timed.heap.map_or_else(
        || "–".to_owned(),
        |[legacy, new]| ratio(new.peak.max(1) as f64 / legacy.peak.max(1) as f64),
    );
    vec![
        visible(&timed.id).into_owned(),
        count(timed.tasks as u64),
        legacy,
        new,
        ratio(timed.ratio.value),
        interval(timed),
        ratio(timed.p95),
        heap,
        verdict(timed),
    ]
}

pub(crate) fn interval(timed: &Timed) -> String {
    if timed.ratio.lower.is_finite() && timed.ratio.upper.is_finite() && timed.ratio.lower > 0.0 {
        format!("{:.2} to {:.2}", timed.ratio.lower, timed.ratio.upper)
    } else {
        "too few pairs".to_owned()
    }
}

/// What a workload comes to, in words.
pub(crate) fn verdict(timed: &Timed) -> String {
    let mut words = match timed.conclusion {
        Conclusion::Within => "within the gate",
        Conclusion::Beyond => "slower",
        Conclusion::Undecided => "could not be decided",
    }
    .to_owned();
    if timed.clock == Clock::Cpu {
        words += ", by the thread's own clock";
    } else if timed.kept < timed.pairs {
        let _ = write!(
            words,
            ", {} of {} pairs interrupted",
            timed.pairs - timed.kept,
            timed.pairs
        );
    }
    if timed.processes > 1 {
        let _ = write!(words, ", in {} processes", timed.processes);
    }
    words
}

fn ratio(ratio: f64) -> String {
    format!("{ratio:.2}×")
}

/// A duration in a unit that suits it.
pub fn duration(nanoseconds: f64) -> String {
    match nanoseconds {
        short if short < 1_000.0 => format!("{short:.0} ns"),
        medium if medium < 1_000_000.0 => format!("{:.1} µs", medium / 1_000.0),
        long => format!("{:.2} ms", long / 1_000_000.0),
    }
}

/// What has to be known before the table is read.
pub(crate) fn lines(performance: &Performance) -> Vec<String> {
    let mut lines = Vec::new();
    let fitness = &performance.fitness;
    if let (Some(bias), Some([lower, upper])) = (fitness.bias, fitness.noise) {
        let percent = |ratio: f64| format!("{:+.1} %", (ratio - 1.0) * 100.0);
        lines.push(format!(
            "{} timed; legacy against itself is off by {}, nine in ten of its pairs by {} to {}",
            count_of(performance.workloads.len() as u64, "workload"),
            percent(bias),
            percent(lower),
            percent(upper)
        ));
    }
    lines.extend(
        fitness
            .problems
            .iter()
            .map(|problem| format!("{UNBELIEVABLE}{}", visible(problem))),
    );
    let named = performance.skipped.iter().take(NAMED_SKIPPED);
    lines.extend(named.map(|skipped| format!("not timed: {}: {}", visible(&skipped.id), visible(&skipped.why))));
    if performance.skipped.len() > NAMED_SKIPPED {
        let more = performance.skipped.len() - NAMED_SKIPPED;
        lines.push(format!("not timed: {more} more, in timings.json"));
    }
    lines
}

/// The table for a terminal: what is not within the limit, and the slowest of the others.
pub(crate) fn table(manifest: &Manifest, performance: &Performance) -> Vec<String> {
    let is_within = |timed: &&Timed| timed.conclusion == Conclusion::Within;
    let others = performance.workloads.iter().filter(|timed| !is_within(timed));
    let mut rows = vec![header(manifest)];
    rows.extend(others.map(row));
    rows.extend(performance.workloads.iter().filter(is_within).take(NAMED).map(row));
    let more = performance.workloads.len() + 1 - rows.len();
    let mut lines = if rows.len() > 1 {
        table::plain(&rows, &RIGHT, 2)
    } else {
        Vec::new()
    };
    if more > 0 {
        lines.push(format!("  and {more} more within the gate, in summary.md"));
    }
    lines
}
