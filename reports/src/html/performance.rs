//! How fast: measured time against legacy's, and the makespan in virtual time, which is exact.

use harness::record::Manifest;
use harness::timing::performance::Timed;
use harness::timing::{Conclusion, Performance as Timings};
use harness::verdict::Verdict;

use super::forest::{Forest, Mark, Row, forest};
use super::{Gate, shown};
use crate::performance::{RIGHT, UNBELIEVABLE, header, interval, lines, row, verdict as conclusion};
use crate::words::{cases, count_of, exact};

/// How many workloads are drawn, the slowest first; the table has more.
const DRAWN: usize = 40;
/// How many are in the table.
const LISTED: usize = 400;
/// The gates of this section.
const GATES: [&str; 4] = ["overhead", "overhead_p95", "memory", "makespan"];

/// The section.
pub(super) struct Performance {
    pub(super) absent: Option<&'static str>,
    pub(super) gates: Vec<Gate>,
    /// Why the timings cannot be believed, if they cannot.
    pub(super) problems: Vec<String>,
    pub(super) lines: Vec<String>,
    pub(super) forest: Option<Forest>,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<Cell>>,
    pub(super) more: Option<String>,
    pub(super) makespan: Option<String>,
    pub(super) slowest: Vec<(String, String)>,
    pub(super) largest: Vec<(String, String)>,
}

/// The head of a column.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) is_figure: bool,
}

/// A cell of the table.
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) is_figure: bool,
    /// How the verdict looks; empty for any other cell.
    pub(super) look: &'static str,
}

pub(super) fn performance(manifest: &Manifest, verdict: &Verdict) -> Performance {
    let tally = &verdict.tally;
    let timings = verdict.performance.as_ref();
    let extremes = |list: &[harness::verdict::Extreme], show: &dyn Fn(u64) -> String| {
        let rows = list.iter().map(|extreme| (shown(&extreme.id), show(extreme.measure)));
        rows.collect::<Vec<_>>()
    };
    let gates = verdict.gates.iter().filter(|gate| GATES.contains(&gate.name.as_str()));
    let gates = gates.filter(|gate| timings.is_some() || gate.name == "makespan");
    let workloads = timings.map_or(&[][..], |timings| &timings.workloads);
    let left_out = workloads.len().saturating_sub(LISTED);
    Performance {
        absent: timings.is_none().then_some(
            "This run took no timings: how long the engines themselves compute is not in its record, and nothing is claimed about it.",
        ),
        gates: gates
            .map(Gate::of)
            .collect(),
        problems: timings.map_or_else(Vec::new, |timings| {
            let problems = timings.fitness.problems.iter();
            problems.map(|problem| shown(problem)).collect()
        }),
        lines: timings.map_or_else(Vec::new, |timings| {
            let said = lines(timings).into_iter();
            // What cannot be believed is said apart.
            let others = said.filter(|line| !line.starts_with(UNBELIEVABLE));
            others.map(|line| shown(&line)).collect()
        }),
        forest: timings.and_then(|timings| plot(manifest, timings)),
        columns: if workloads.is_empty() {
            Vec::new()
        } else {
            let names = header(manifest).into_iter().zip(RIGHT);
            names
                .map(|(name, is_figure)| Column {
                    name: shown(&name),
                    is_figure,
                })
                .collect()
        },
        rows: workloads.iter().take(LISTED).map(cells).collect(),
        more: (left_out > 0).then(|| format!("{} more, in verdict.json", count_of(left_out as u64, "workload"))),
        makespan: tally.worst_makespan.as_ref().map(|worst| {
            let [legacy, new] = [&manifest.legacy, &manifest.new].map(|engine| shown(&engine.description.name));
            format!(
                "In virtual time the worst case is {}: {new} takes {} ms and {legacy} {} ms, {:.3} times as long. {} slower, of {} equal to {legacy}.",
                shown(&worst.id),
                exact(worst.new),
                exact(worst.legacy),
                worst.ratio(),
                cases(tally.slower),
                cases(tally.legacy.equal)
            )
        }),
        slowest: extremes(&tally.slowest, &|measure| contract::Millis(measure).to_string()),
        largest: extremes(&tally.largest, &|measure| count_of(measure, "task")),
    }
}

fn mark(conclusion: Conclusion) -> Mark {
    match conclusion {
        Conclusion::Within => Mark::Within,
        Conclusion::Undecided => Mark::Undecided,
        Conclusion::Beyond => Mark::Beyond,
    }
}

/// The ratio, its interval, and what it comes to; how it was measured is in the table.
fn words(timed: &Timed) -> String {
    let verdict = conclusion(timed);
    let verdict = verdict.split(',').next().unwrap_or_default();
    match interval(timed).as_str() {
        known if timed.ratio.lower > 0.0 => format!("{:.2}× ({known}), {verdict}", timed.ratio.value),
        unknown => format!("{:.2}×, {unknown}, {verdict}", timed.ratio.value),
    }
}

fn plot(manifest: &Manifest, timings: &Timings) -> Option<Forest> {
    let line = |timed: &Timed| Row {
        label: shown(&timed.id),
        value: timed.ratio.value,
        lower: timed.ratio.lower,
        upper: timed.ratio.upper,
        mark: mark(timed.conclusion),
        words: words(timed),
    };
    let mut rows: Vec<Row> = timings.workloads.iter().take(DRAWN).map(line).collect();
    let left_out = timings.workloads.len().saturating_sub(DRAWN);
    if let Some(overall) = &timings.overall {
        let drawn = if left_out > 0 {
            format!("; {left_out} more are in the table")
        } else {
            String::new()
        };
        rows.push(Row {
            label: format!("all {}", count_of(timings.workloads.len() as u64, "workload")),
            value: overall.ratio.value,
            lower: overall.ratio.lower,
            upper: overall.ratio.upper,
            mark: Mark::Overall,
            words: format!("{:.2}×, the geometric mean{drawn}", overall.ratio.value),
        });
    }
    (!rows.is_empty()).then(|| forest(&rows, manifest.gates.overhead.max_ratio, timings.fitness.noise))
}

fn cells(timed: &Timed) -> Vec<Cell> {
    let look = match timed.conclusion {
        Conclusion::Within => "pass",
        Conclusion::Undecided => "open",
        Conclusion::Beyond => "fail",
    };
    let texts = row(timed);
    let last = texts.len() - 1;
    let cells = texts.into_iter().zip(RIGHT).enumerate();
    cells
        .map(|(place, (text, is_figure))| Cell {
            text: shown(&text),
            is_figure,
            look: if place == last { look } else { "" },
        })
        .collect()
}
