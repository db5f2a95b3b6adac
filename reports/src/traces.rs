//! One case on several engines, side by side: aligned by task, in virtual time, the first difference marked.

pub(crate) mod case;
pub(crate) mod rules;
pub(crate) mod story;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use contract::observation::{End, Fate, ObservedCall};
use contract::rules::Message;
use contract::text::visible;
use contract::{Definition, Millis, Observation, Purpose, TaskOutcome};
use corpus::Case;
use harness::causes::Observed;
use harness::causes::class::nearest;
use harness::causes::cluster::Likeness;
use harness::causes::observed::Seen;
use harness::compare::describe_end;
use harness::{Aspect, Blame, Divergence};

use crate::table;
use crate::words::{count_of, cut, cut_where_apart, exact};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const DIFFERS: Style = AnsiColor::Red.on_default().bold();
/// How wide an engine's column may get.
const WIDEST: usize = 40;
/// How many differences are listed.
const LISTED: usize = 40;

/// What of a divergence's path shows in the row of the run as a whole.
const RUN_PATHS: [&str; 6] = [
    "run",
    "refusal",
    "events.run_started",
    "events.run_ended",
    "events.attempt_started",
    "events.compensation_started",
];

/// A case as it was replayed.
pub struct Replay<'a> {
    /// The case.
    pub case: &'a Case,
    /// What each engine did, and in what the first two differ.
    pub observed: &'a Observed,
    /// The known bug that explains what the engine to blame does.
    pub like: Option<Likeness>,
}

/// A line of the side-by-side view: one thing that happened, in each engine.
pub(crate) struct Row {
    /// The paths of divergences that show in this row start with one of these.
    paths: Vec<String>,
    /// Whether the cells alone show a difference.
    differs: bool,
    /// `None`: the run as a whole, or more of the task above.
    pub(crate) task: Option<String>,
    pub(crate) what: String,
    pub(crate) cells: Vec<Cell>,
}

/// What one engine did, and when: what a row is sorted by.
#[derive(Clone, Default)]
pub(crate) struct Cell {
    pub(crate) at: Option<Millis>,
    pub(crate) text: String,
}

/// The side-by-side view. Styled with ANSI codes, which the caller strips where there is no terminal.
pub fn side_by_side(replay: &Replay<'_>) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{BOLD}{}{BOLD:#}  {}",
        visible(&replay.case.id),
        visible(&replay.case.why)
    );
    let rules = replay.case.definition.rules();
    let about = match rules {
        Some(rules) => rules::about(rules, &Message::of(&replay.case.input)),
        None if replay.case.features().is_empty() => "uses no feature beyond tasks".to_owned(),
        None => format!("uses {}", replay.case.features()),
    };
    let _ = writeln!(text, "{DIM}{about}{DIM:#}");
    let observed = replay.observed;
    if !observed.divergences.is_empty()
        && let Some(lines) = case::in_words(replay.case)
    {
        let _ = writeln!(text, "\n{BOLD}The case{BOLD:#}");
        for line in lines {
            let _ = writeln!(text, "  {line}");
        }
        text.push('\n');
    }
    for crash in &replay.case.script.crashes {
        let [dies, back] = [crash.at, crash.at.saturating_add(crash.outage)].map(exact);
        let _ = writeln!(text, "{DIM}the process dies at {dies} and is back at {back}{DIM:#}");
    }
    for run in &observed.runs {
        if let Seen::NotAsked(reason) = &run.seen {
            let _ = writeln!(text, "{DIM}{} was not asked: {reason}{DIM:#}", run.engine);
        }
    }
    let ran: Vec<(&str, &Observation)> = observed
        .runs
        .iter()
        .filter_map(|run| Some((run.engine.as_str(), run.observation()?)))
        .collect();
    let rows = marked(replay.case, &ran, &placed(&observed.divergences));
    let mut lines = vec![vec![String::new(), "task".to_owned(), "what".to_owned()]];
    lines[0].extend(ran.iter().map(|(engine, _)| (*engine).to_owned()));
    let mut marks = vec![false];
    for Marked { mark, row } in &rows {
        let mut line = vec![
            mark.as_str().to_owned(),
            cut(&visible(row.task.as_deref().unwrap_or_default()), WIDEST),
            cut(&row.what, WIDEST),
        ];
        let cells: Vec<&str> = row.cells.iter().map(|cell| cell.text.as_str()).collect();
        let shown = cut_where_apart(&cells, WIDEST).into_iter();
        line.extend(shown.map(|cell| if cell.is_empty() { "–".to_owned() } else { cell }));
        lines.push(line);
        marks.push(*mark != Mark::Alike);
    }
    let legend = if rules.is_some() {
        "a change is shown as `old → new`"
    } else {
        "times are ms of virtual time since the run began"
    };
    let _ = writeln!(text, "{DIM}{legend}{DIM:#}\n");
    for (number, (line, differs)) in table::plain(&lines, &[], 0).into_iter().zip(marks).enumerate() {
        let style = match (number, differs) {
            (0, _) => BOLD,
            (_, true) => DIFFERS,
            _ => Style::new(),
        };
        let _ = writeln!(text, "{style}{line}{style:#}");
    }
    explain(&mut text, replay);
    text
}

/// Whether a row shows a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Alike,
    /// The first that does.
    First,
    Differs,
}

impl Mark {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Alike => " ",
            Self::First => "►",
            Self::Differs => "≠",
        }
    }
}

/// A row, and whether it shows a difference.
pub(crate) struct Marked {
    pub(crate) mark: Mark,
    pub(crate) row: Row,
}

/// The differences by their places in what is shown: `recovery.5:part.tasks.b.status` is of the run that dies there.
pub(crate) fn placed(divergences: &[Divergence]) -> Vec<Divergence> {
    let at = divergences.first().and_then(|first| {
        let rest = first.path.strip_prefix("recovery.")?;
        Some(format!("recovery.{}.", rest.split('.').next()?))
    });
    let placed = divergences.iter().map(|found| {
        let path = at.as_ref().and_then(|at| found.path.strip_prefix(at.as_str()));
        Divergence {
            path: path.unwrap_or(&found.path).to_owned(),
            ..found.clone()
        }
    });
    placed.collect()
}

/// What happened, row by row in the order of time, in each of the engines that `ran`.
pub(crate) fn marked(case: &Case, ran: &[(&str, &Observation)], divergences: &[Divergence]) -> Vec<Marked> {
    let rows = if case.definition.rules().is_some() {
        rules::rows(ran)
    } else {
        let mut rows = rows(ran);
        rows.sort_by_key(when);
        rows
    };
    let mut next = Mark::First;
    let mark = |row: Row| {
        let is_about = |found: &Divergence| row.paths.iter().any(|path| is_below(&found.path, path));
        let differs = row.differs || divergences.iter().any(is_about);
        let mark = if differs {
            std::mem::replace(&mut next, Mark::Differs)
        } else {
            Mark::Alike
        };
        Marked { mark, row }
    };
    rows.into_iter().map(mark).collect()
}

fn explain(text: &mut String, replay: &Replay<'_>) {
    let observed = replay.observed;
    let name = |index: usize| {
        let run = observed.runs.get(index);
        run.map_or("nobody", |run| story::called(run.role, &run.engine))
    };
    let [baseline, new] = [0, 1].map(name);
    let Some(nearest) = nearest(replay.case, &observed.divergences) else {
        let both_ran = observed.runs.iter().take(2).all(|run| run.observation().is_some());
        let verdict = if both_ran {
            format!("{new} does the same as {baseline}")
        } else {
            "nothing was compared".to_owned()
        };
        let _ = writeln!(text, "\n{verdict}{}", masked(observed));
        return;
    };
    // It is new itself that dies, whatever it is called where it stands beside itself.
    let new = observed.new_name();
    let _ = writeln!(text, "\n{BOLD}In short{BOLD:#}");
    let _ = writeln!(text, "  {}", story::sentence(nearest, baseline, new));
    if let Some(like) = &replay.like {
        let who = if observed.blame == Some(Blame::Legacy) {
            baseline
        } else {
            new
        };
        let _ = writeln!(
            text,
            "  {who} does what an engine with this bug would do: {}",
            like.about
        );
    }
    let is_of_rules = matches!(replay.case.definition, Definition::Rules(_));
    let blame = match observed.blame {
        Some(Blame::New) if nearest.aspect == Aspect::Recovery => {
            format!("{new} does not come to the end that it comes to without a death")
        }
        Some(Blame::New) if is_of_rules => format!("{new} has to do what {baseline} does"),
        Some(Blame::New) => format!("{new} does not do what is written"),
        Some(Blame::Legacy) => format!("{baseline} does not do what is written, {new} does"),
        Some(Blame::Both) => "neither engine does what is written".to_owned(),
        None => "nobody was asked who is to blame".to_owned(),
    };
    let _ = writeln!(
        text,
        "\n{DIFFERS}{}{DIFFERS:#}; {blame}{}",
        count_of(observed.divergences.len() as u64 + observed.unlisted, "difference"),
        masked(observed)
    );
    let engine = |index: usize| observed.runs.get(index).map_or("nobody", |run| run.engine.as_str());
    let columns = [engine(0), observed.new_name()];
    for divergence in observed.divergences.iter().take(LISTED) {
        let _ = writeln!(
            text,
            "  {:<8} {BOLD}{}{BOLD:#}",
            divergence.aspect.as_str(),
            visible(&divergence.path)
        );
        // A death is held against the same engine without one.
        let sides = match divergence.aspect {
            Aspect::Recovery => ["undisturbed", "recovered"],
            _ => columns,
        };
        let width = sides
            .map(|side| side.chars().count())
            .into_iter()
            .max()
            .unwrap_or_default();
        for (side, did) in sides.into_iter().zip([&divergence.baseline, &divergence.new]) {
            let _ = writeln!(text, "           {side:<width$}  {}", visible(did));
        }
    }
    let more = (observed.divergences.len().saturating_sub(LISTED)) as u64 + observed.unlisted;
    if more > 0 {
        let _ = writeln!(text, "  … and {} more", count_of(more, "difference"));
    }
}

/// What was not held to be equal.
fn masked(observed: &Observed) -> String {
    if observed.masked == 0 {
        return String::new();
    }
    let places = count_of(observed.masked, "place");
    format!("; not held to be equal: {places} with a clock or a volatile field")
}

/// When something happened, in the first engine in which it did. What has no time, a task that was never called, comes after
/// what has one; the run as a whole comes last.
fn when(row: &Row) -> (bool, Millis) {
    let at = row.cells.iter().find_map(|cell| cell.at);
    (row.task.is_none(), at.unwrap_or(Millis(u64::MAX)))
}

pub(crate) fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

fn rows(ran: &[(&str, &Observation)]) -> Vec<Row> {
    let mut rows = calls(ran);
    rows.extend(ends(ran));
    let run_end = |observation: &Observation| Cell {
        at: Some(observation.makespan),
        text: format!("{} at {}", describe_end(&observation.end), exact(observation.makespan)),
    };
    rows.push(Row {
        paths: RUN_PATHS.map(str::to_owned).to_vec(),
        differs: false,
        task: None,
        what: "run".to_owned(),
        cells: ran.iter().map(|(_, observation)| run_end(observation)).collect(),
    });
    rows
}

/// A row for each call that any engine made.
fn calls(ran: &[(&str, &Observation)]) -> Vec<Row> {
    type Key<'a> = (&'a str, Option<u32>, Purpose, u32);
    let mut by_call: BTreeMap<Key<'_>, Vec<Cell>> = BTreeMap::new();
    for (column, (_, observation)) in ran.iter().enumerate() {
        for call in &observation.calls {
            let key = (&*call.task, call.item, call.purpose, call.attempt);
            let cells = by_call.entry(key).or_insert_with(|| vec![Cell::default(); ran.len()]);
            let cell = &mut cells[column];
            let separator = if cell.text.is_empty() { "" } else { " and again " };
            cell.text = format!("{}{separator}{}", cell.text, describe(call));
            cell.at = cell.at.or(Some(call.started));
        }
    }
    let row = |((task, item, purpose, attempt), cells): (Key<'_>, Vec<Cell>)| {
        let item = item.map(|item| format!("[{item}]")).unwrap_or_default();
        let (undo, what) = match purpose {
            Purpose::Work => ("", "attempt"),
            Purpose::Compensate => ("~undo", "undo"),
        };
        let mut paths = vec![format!("calls.{task}{item}{undo}#{attempt}")];
        if attempt == 1 {
            // What is said of all calls of a task is said of the first.
            paths.push(format!("calls.{task}{item}{undo}"));
        }
        Row {
            paths,
            differs: false,
            task: Some(format!("{task}{item}")),
            what: format!("{what} {attempt}"),
            cells,
        }
    };
    by_call.into_iter().map(row).collect()
}

fn describe(call: &ObservedCall) -> String {
    let ended = call.ended.map_or_else(|| "…".to_owned(), exact);
    format!("{} → {ended} {}", exact(call.started), fate(call.fate))
}

pub(crate) fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::InFlight => "in flight",
        Fate::Returned => "returned",
        Fate::Failed => "failed",
        Fate::Panicked => "panicked",
        Fate::Dropped => "dropped",
        Fate::Lost => "lost",
    }
}

/// A row for each task's end, at the time of its last call.
fn ends(ran: &[(&str, &Observation)]) -> Vec<Row> {
    let mut tasks: Vec<&str> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut by_engine: Vec<BTreeMap<&str, &TaskOutcome>> = vec![BTreeMap::new(); ran.len()];
    for (column, (_, observation)) in ran.iter().enumerate() {
        if let End::Finished(outcome) = &observation.end {
            for task in &outcome.tasks {
                if seen.insert(&*task.task) {
                    tasks.push(&task.task);
                }
                by_engine[column].insert(&task.task, task);
            }
        }
    }
    let row = |task: &&str| Row {
        paths: vec![format!("tasks.{task}"), format!("events.task_ended.{task}")],
        differs: false,
        task: Some((*task).to_owned()),
        what: "end".to_owned(),
        cells: ran
            .iter()
            .zip(&by_engine)
            .map(|((_, observation), tasks)| {
                let calls = observation.calls.iter().filter(|call| &*call.task == *task);
                Cell {
                    at: calls.filter_map(|call| call.ended).max(),
                    text: tasks.get(task).map_or_else(String::new, |task| end(task)),
                }
            })
            .collect(),
    };
    tasks.iter().map(row).collect()
}

fn end(task: &TaskOutcome) -> String {
    let status = task.status.as_str();
    let why = match (&task.output, &task.error, task.skipped) {
        (Some(output), ..) => format!(": {}", visible(&output.to_string())),
        (_, Some(error), _) => format!(": {}", visible(&error.to_string())),
        (.., Some(contract::SkipReason::Upstream)) => ": its needs".to_owned(),
        (.., Some(contract::SkipReason::Condition)) => ": its condition".to_owned(),
        _ => String::new(),
    };
    format!("{status}{why}")
}

#[cfg(test)]
mod tests;
