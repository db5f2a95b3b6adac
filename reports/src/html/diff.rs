//! What two engines did, as text side by side: what is alike is folded away, what differs stands beside each other.

use contract::observation::{End, ObservedCall};
use contract::text::visible;
use contract::{Observation, Purpose};
use harness::compare::{CLOCK, describe_end};
use serde::Serialize;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::traces::fate;
use crate::words::{count_of, cut, exact};

/// How many lines that are alike stay open around what differs.
const CONTEXT: usize = 2;
/// How many rows one part may have on the page; the rest is in the record.
const MOST_ROWS: usize = 300;
/// The title of the part that an engine need not have.
const EVENTS: &str = "Events";
/// How long a line may get.
const LONGEST: usize = 400;

/// One part of an observation of both engines.
pub(crate) struct Part {
    pub(crate) title: &'static str,
    /// What comes of it, in words.
    pub(crate) summary: String,
    pub(crate) differs: bool,
    pub(crate) blocks: Vec<Block>,
    /// How many rows are left out.
    pub(crate) left_out: Option<String>,
}

/// Rows that are shown together.
pub(crate) struct Block {
    /// What is said instead of them until a reader asks; `None`: they are shown.
    pub(crate) folded: Option<String>,
    pub(crate) rows: Vec<Row>,
}

/// A line of each engine. `None`: it has none there.
pub(crate) struct Row {
    pub(crate) baseline: Option<String>,
    pub(crate) new: Option<String>,
    pub(crate) differs: bool,
}

/// Every part of two observations of which there is something to show.
pub(crate) fn parts(baseline: &Observation, new: &Observation) -> Vec<Part> {
    type Lines = fn(&Observation) -> Vec<String>;
    let parts: [(&'static str, Lines); 7] = [
        ("How it ended", end),
        ("Calls", calls),
        (EVENTS, events),
        ("Tasks and outputs", tasks),
        ("Context", context),
        ("Audit trail and errors", audit),
        ("Log", log),
    ];
    let shown = parts.into_iter().filter_map(|(title, lines)| {
        let [one, other] = [baseline, new].map(|observation| masked(observation, lines(observation)));
        if title == EVENTS && one.is_empty() != other.is_empty() {
            return Some(one_sided(&one, &other));
        }
        (!one.is_empty() || !other.is_empty()).then(|| part(title, &one, &other))
    });
    shown.collect()
}

/// An engine that reports no events cannot report others: that is no difference.
fn one_sided(baseline: &[String], new: &[String]) -> Part {
    let lines = if baseline.is_empty() { new } else { baseline };
    let part = part(EVENTS, lines, lines);
    Part {
        summary: format!("only one engine reports any, {}", count_of(lines.len() as u64, "line")),
        ..part
    }
}

/// The lines without the engine's own clock, and safe to look at.
fn masked(observation: &Observation, lines: Vec<String>) -> Vec<String> {
    let stamp = match &observation.end {
        End::Processed(processed) => processed.stamp.as_str(),
        _ => "",
    };
    let mask = |line: String| {
        let line = if stamp.is_empty() {
            line
        } else {
            line.replace(stamp, CLOCK)
        };
        cut(&visible(&line), LONGEST)
    };
    lines.into_iter().map(mask).collect()
}

fn end(observation: &Observation) -> Vec<String> {
    let mut lines = vec![describe_end(&observation.end)];
    if let End::Finished(_) = observation.end {
        lines.push(format!("after {} ms", exact(observation.makespan)));
    }
    lines
}

fn calls(observation: &Observation) -> Vec<String> {
    observation.calls.iter().map(call).collect()
}

fn call(call: &ObservedCall) -> String {
    let item = call.item.map(|item| format!("[{item}]")).unwrap_or_default();
    let undo = match call.purpose {
        Purpose::Work => "",
        Purpose::Compensate => " (undo)",
    };
    let ended = call.ended.map_or_else(|| "…".to_owned(), exact);
    format!(
        "{}{item} #{}{undo}  {} → {ended} {}  {}({})",
        call.task,
        call.attempt,
        exact(call.started),
        fate(call.fate),
        call.handler,
        call.input
    )
}

fn events(observation: &Observation) -> Vec<String> {
    let line = |seen: &contract::observation::ObservedEvent| {
        let event = serde_json::to_value(&seen.event).unwrap_or_default();
        let said = match event.as_object().and_then(|object| object.iter().next()) {
            Some((kind, fields)) => format!("{kind} {fields}"),
            None => event.as_str().unwrap_or_default().to_owned(),
        };
        format!("{}  {said}", exact(seen.at))
    };
    observation.events.iter().map(line).collect()
}

fn tasks(observation: &Observation) -> Vec<String> {
    match &observation.end {
        End::Finished(outcome) => pretty(outcome),
        End::Rejected(rejection) => pretty(rejection),
        _ => Vec::new(),
    }
}

fn context(observation: &Observation) -> Vec<String> {
    match &observation.end {
        End::Processed(processed) => pretty(&processed.context),
        _ => Vec::new(),
    }
}

fn audit(observation: &Observation) -> Vec<String> {
    let End::Processed(processed) = &observation.end else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    for entry in &processed.audit {
        let sweep = entry
            .loop_counter
            .map(|counter| format!(" at {counter}"))
            .unwrap_or_default();
        lines.push(format!(
            "{}/{}{sweep}: {}",
            entry.workflow_id, entry.task_id, entry.status
        ));
        let changes = entry.changes.iter();
        lines.extend(changes.map(|change| format!("    {}: {} → {}", change.path, change.old_value, change.new_value)));
    }
    lines.extend(processed.errors.iter().flat_map(pretty));
    lines
}

fn log(observation: &Observation) -> Vec<String> {
    let lines = observation.logs.iter();
    lines.map(|line| format!("{}: {}", line.level, line.text)).collect()
}

/// `value` as indented JSON. What cannot be written as such (there is no such value) has no lines.
pub(crate) fn pretty(value: &impl Serialize) -> Vec<String> {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn part(title: &'static str, baseline: &[String], new: &[String]) -> Part {
    let mut rows = rows(baseline, new);
    let different = rows.iter().filter(|row| row.differs).count();
    let left_out = rows.len().saturating_sub(MOST_ROWS);
    if left_out > 0 {
        rows = nearest_to_differences(rows);
    }
    let summary = match different {
        0 => format!("alike, {}", count_of(rows.len() as u64, "line")),
        1 => format!("1 of {} differs", count_of(rows.len() as u64, "line")),
        different => format!("{different} of {} differ", count_of(rows.len() as u64, "line")),
    };
    Part {
        title,
        summary,
        differs: different > 0,
        blocks: fold(rows),
        left_out: (left_out > 0).then(|| count_of(left_out as u64, "line")),
    }
}

/// Of too many rows, those that differ come first.
fn nearest_to_differences(rows: Vec<Row>) -> Vec<Row> {
    let first = rows.iter().position(|row| row.differs).unwrap_or(0);
    let from = first.saturating_sub(CONTEXT).min(rows.len() - MOST_ROWS);
    rows.into_iter().skip(from).take(MOST_ROWS).collect()
}

fn rows(baseline: &[String], new: &[String]) -> Vec<Row> {
    let mut rows = Vec::new();
    for operation in capture_diff_slices(Algorithm::Myers, baseline, new) {
        let differs = !matches!(operation, DiffOp::Equal { .. });
        let [one, other] = [&baseline[operation.old_range()], &new[operation.new_range()]];
        let longest = one.len().max(other.len());
        rows.extend((0..longest).map(|at| Row {
            baseline: one.get(at).cloned(),
            new: other.get(at).cloned(),
            differs,
        }));
    }
    rows
}

/// Blocks of rows that differ with some that are alike around them; what is farther away is folded.
fn fold(rows: Vec<Row>) -> Vec<Block> {
    let differing: Vec<usize> = (0..rows.len()).filter(|at| rows[*at].differs).collect();
    let is_near = |at: usize| {
        let next = differing.partition_point(|differing| *differing < at);
        let near = |other: Option<&usize>| other.is_some_and(|other| other.abs_diff(at) <= CONTEXT);
        near(differing.get(next)) || near(next.checked_sub(1).and_then(|before| differing.get(before)))
    };
    let mut blocks: Vec<Block> = Vec::new();
    for (at, row) in rows.into_iter().enumerate() {
        let is_folded = !is_near(at);
        match blocks.last_mut() {
            Some(block) if block.folded.is_some() == is_folded => block.rows.push(row),
            _ => blocks.push(Block {
                folded: is_folded.then(String::new),
                rows: vec![row],
            }),
        }
    }
    for block in &mut blocks {
        let lines = count_of(block.rows.len() as u64, "line");
        if let Some(folded) = &mut block.folded {
            // A fold that hides no more than it takes itself is none.
            if block.rows.len() == 1 {
                block.folded = None;
            } else {
                *folded = format!("{lines} alike");
            }
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(baseline: &[&str], new: &[&str], expected: &[&str]) {
        let [baseline, new] =
            [baseline, new].map(|lines| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>());
        let mut shown = Vec::new();
        for block in fold(rows(&baseline, &new)) {
            if let Some(folded) = block.folded {
                shown.push(folded);
                continue;
            }
            shown.extend(block.rows.iter().map(|row| {
                let [one, other] = [&row.baseline, &row.new].map(|line| line.as_deref().unwrap_or("–"));
                format!("{one}{}{other}", if row.differs { " ≠ " } else { " = " })
            }));
        }
        assert_eq!(shown, expected);
    }

    #[test]
    fn what_differs_stands_side_by_side() {
        check(&["a", "b", "c"], &["a", "x", "c"], &["a = a", "b ≠ x", "c = c"]);
        check(&["a"], &["a", "b"], &["a = a", "– ≠ b"]);
        check(&[], &["b"], &["– ≠ b"]);
    }

    #[test]
    fn what_is_alike_and_far_away_is_folded() {
        check(
            &["1", "2", "3", "4", "5", "6", "7"],
            &["1", "2", "3", "4", "5", "6", "x"],
            &["4 lines alike", "5 = 5", "6 = 6", "7 ≠ x"],
        );
        check(
            &["1", "2", "3", "4"],
            &["1", "2", "3", "x"],
            &["1 = 1", "2 = 2", "3 = 3", "4 ≠ x"],
        );
        check(&["1", "2"], &["1", "2"], &["2 lines alike"]);
    }

    #[test]
    fn of_too_many_lines_those_that_differ_are_kept() {
        let many: Vec<String> = (0..1_000).map(|line| line.to_string()).collect();
        let mut changed = many.clone();
        changed[900] = "x".to_owned();
        let part = part("Calls", &many, &changed);
        assert!(part.blocks.iter().flat_map(|block| &block.rows).any(|row| row.differs));
        assert_eq!(part.left_out.as_deref(), Some("700 lines"));
    }
}
