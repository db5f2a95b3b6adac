//! Two engines' calls on one axis of virtual time: what new is held to above, new beneath, and a line where they part.

use std::collections::BTreeMap;

use contract::observation::{Fate, ObservedCall};
use contract::text::visible;
use contract::{Millis, Observation, Purpose, Signal};
use corpus::Case;

use crate::traces::{Mark, Marked, fate};
use crate::words::{count_of, cut, exact};

/// How many tasks are drawn.
const MOST_LANES: usize = 40;
/// Where the axis begins, and how long it is.
const LEFT: f64 = 168.0;
const LENGTH: f64 = 760.0;
const TOP: f64 = 44.0;
const LANE: f64 = 34.0;
const BAR: f64 = 11.0;
/// Beyond this ratio of the longest to the shortest gap an axis to scale would hide what happens.
const TO_SCALE: f64 = 60.0;
const SHORTEST_BAR: f64 = 3.0;

/// The picture. Measures are in pixels.
pub(crate) struct Timeline {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) lanes: Vec<Lane>,
    pub(crate) ticks: Vec<Tick>,
    /// Where the engines part.
    pub(crate) first: Option<Tick>,
    /// Signals, and deaths of the process.
    pub(crate) marks: Vec<Tick>,
    pub(crate) bottom: f64,
    pub(crate) notes: Vec<String>,
}

/// The calls of one task, or of one item of it.
pub(crate) struct Lane {
    pub(crate) top: f64,
    pub(crate) label: String,
    pub(crate) title: String,
    pub(crate) differs: bool,
    pub(crate) bars: Vec<Bar>,
}

/// One call.
pub(crate) struct Bar {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) is_new: bool,
    /// Whether it came to no good end, and how that is marked.
    pub(crate) end: &'static str,
    pub(crate) title: String,
}

/// A moment.
pub(crate) struct Tick {
    pub(crate) x: f64,
    pub(crate) label: String,
}

/// A task, and its item.
type Key<'a> = (&'a str, Option<u32>);
/// When the first began, and all of them: whether new made it.
type Calls<'a> = (Millis, Vec<(bool, &'a ObservedCall)>);

/// Draws the calls of two engines. `None`: neither made one.
pub(crate) fn timeline(case: &Case, [baseline, new]: [(&str, &Observation); 2], rows: &[Marked]) -> Option<Timeline> {
    let mut lanes: BTreeMap<Key<'_>, Calls<'_>> = BTreeMap::new();
    for (is_new, (_, observation)) in [(false, baseline), (true, new)] {
        for call in &observation.calls {
            let (first, calls) = lanes
                .entry((&call.task, call.item))
                .or_insert_with(|| (call.started, Vec::new()));
            *first = (*first).min(call.started);
            calls.push((is_new, call));
        }
    }
    if lanes.is_empty() {
        return None;
    }
    let name = |(task, item): &Key<'_>| match item {
        Some(item) => format!("{task}[{item}]"),
        None => (*task).to_owned(),
    };
    let differs = |name: &str| {
        let mut of_task = rows.iter().filter(|marked| marked.mark != Mark::Alike);
        of_task.any(|marked| marked.row.task.as_deref() == Some(name))
    };
    let mut sorted: Vec<_> = lanes
        .into_iter()
        .map(|(key, (first, calls))| (first, name(&key), calls))
        .collect();
    sorted.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    let mut notes = Vec::new();
    let left_out = sorted.len().saturating_sub(MOST_LANES);
    if left_out > 0 {
        // What differs is drawn first.
        sorted.sort_by_key(|(first, name, _)| (!differs(name), *first));
        sorted.truncate(MOST_LANES);
        sorted.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
        notes.push(format!(
            "{} more are not drawn; the table has them",
            count_of(left_out as u64, "task")
        ));
    }
    let ends = [baseline.1.makespan, new.1.makespan];
    let marks = marks(case, ends[0].max(ends[1]));
    let moments = sorted
        .iter()
        .flat_map(|(_, _, calls)| calls)
        .flat_map(|(_, call)| std::iter::once(call.started).chain(call.ended))
        .chain(ends)
        .chain(marks.iter().map(|(at, _)| *at));
    let axis = Axis::of(moments);
    if !axis.is_to_scale {
        notes.push("the axis is not to scale: long waits are drawn short".to_owned());
    }
    let lanes: Vec<Lane> = sorted
        .into_iter()
        .enumerate()
        .map(|(place, (_, name, calls))| {
            let top = TOP + place as f64 * LANE;
            let bar = |(is_new, call): &(bool, &ObservedCall)| {
                let engine = if *is_new { new } else { baseline };
                axis.bar(call, *is_new, engine.0, engine.1.makespan, top)
            };
            Lane {
                top,
                label: cut(&visible(&name), 22),
                title: visible(&name).into_owned(),
                differs: differs(&name),
                bars: calls.iter().map(bar).collect(),
            }
        })
        .collect();
    let bottom = TOP + lanes.len() as f64 * LANE;
    Some(Timeline {
        width: LEFT + LENGTH + 32.0,
        height: bottom + 34.0,
        ticks: axis.ticks(),
        first: first_difference(rows, ends).map(|at| Tick {
            x: axis.x(at),
            label: format!("first difference, {} ms", exact(at)),
        }),
        marks: marks
            .into_iter()
            .map(|(at, label)| Tick { x: axis.x(at), label })
            .collect(),
        lanes,
        bottom,
        notes,
    })
}

/// The moment of the first difference: of a row that one engine does not have, that of the other.
fn first_difference(rows: &[Marked], ends: [Millis; 2]) -> Option<Millis> {
    let moments = |row: &Marked| row.row.cells.iter().take(2).filter_map(|cell| cell.at).min();
    let mut differing = rows.iter().filter(|marked| marked.mark != Mark::Alike).peekable();
    differing.peek()?;
    Some(differing.filter_map(moments).min().unwrap_or(ends[0].min(ends[1])))
}

/// What the world does to the run.
fn marks(case: &Case, end: Millis) -> Vec<(Millis, String)> {
    let signals = case.script.signals.iter().map(|scripted| {
        let label = match &scripted.signal {
            Signal::Pause => "pause".to_owned(),
            Signal::Resume => "resume".to_owned(),
            Signal::Cancel => "cancel".to_owned(),
            Signal::Respond { task, .. } => format!("answer for {}", cut(&visible(task), 16)),
        };
        (scripted.at, label)
    });
    let crashes = case
        .script
        .crashes
        .iter()
        .map(|crash| (crash.at, "the process dies".to_owned()));
    let mut marks: Vec<_> = signals.chain(crashes).filter(|(at, _)| *at <= end).collect();
    marks.sort();
    marks.truncate(12);
    marks
}

/// From moments to pixels.
struct Axis {
    /// Moments, each with its place.
    stops: Vec<(f64, f64)>,
    is_to_scale: bool,
}

impl Axis {
    fn of(moments: impl Iterator<Item = Millis>) -> Self {
        let mut moments: Vec<u64> = moments.map(|moment| moment.0).chain([0]).collect();
        moments.sort_unstable();
        moments.dedup();
        let gaps: Vec<f64> = moments.windows(2).map(|pair| (pair[1] - pair[0]) as f64).collect();
        let longest = gaps.iter().copied().fold(0.0, f64::max);
        let shortest = gaps.iter().copied().fold(f64::INFINITY, f64::min);
        let is_to_scale = gaps.is_empty() || longest / shortest <= TO_SCALE;
        let weight = |gap: &f64| if is_to_scale { *gap } else { 1.0 + (gap / shortest).ln() };
        let all: f64 = gaps.iter().map(weight).sum();
        let mut at = LEFT;
        let mut stops = vec![(moments[0] as f64, at)];
        for (gap, moment) in gaps.iter().zip(&moments[1..]) {
            at += weight(gap) / all * LENGTH;
            stops.push((*moment as f64, at));
        }
        Self { stops, is_to_scale }
    }

    fn x(&self, at: Millis) -> f64 {
        let at = at.0 as f64;
        let next = self.stops.partition_point(|(moment, _)| *moment < at);
        match (
            next.checked_sub(1).and_then(|before| self.stops.get(before)),
            self.stops.get(next),
        ) {
            (Some(before), Some(after)) => {
                let share = (at - before.0) / (after.0 - before.0);
                before.1 + share * (after.1 - before.1)
            }
            (None, Some(only)) | (Some(only), None) => only.1,
            (None, None) => LEFT,
        }
    }

    fn bar(&self, call: &ObservedCall, is_new: bool, engine: &str, makespan: Millis, top: f64) -> Bar {
        let x = self.x(call.started);
        let end = self.x(call.ended.unwrap_or(makespan.max(call.started)));
        let what = match call.purpose {
            Purpose::Work => "attempt",
            Purpose::Compensate => "undoing it, attempt",
        };
        let ended = call
            .ended
            .map_or_else(|| "the end".to_owned(), |at| format!("{} ms", exact(at)));
        Bar {
            x,
            y: top + if is_new { 4.0 + BAR + 2.0 } else { 4.0 },
            width: (end - x).max(SHORTEST_BAR),
            is_new,
            end: match call.fate {
                Fate::Returned => "",
                Fate::Failed | Fate::Panicked => "✗",
                Fate::Dropped | Fate::Lost => "∅",
                Fate::InFlight => "…",
            },
            title: format!(
                "{}: {} {what} {}, {} ms to {ended}, {}",
                visible(engine),
                visible(&call.task),
                call.attempt,
                exact(call.started),
                fate(call.fate)
            ),
        }
    }

    /// Moments to label, none nearer to another than a label is wide.
    fn ticks(&self) -> Vec<Tick> {
        let mut ticks: Vec<Tick> = Vec::new();
        for (moment, x) in &self.stops {
            let label = exact(Millis(*moment as u64));
            let room = 12.0 + 7.0 * label.len() as f64;
            if ticks.last().is_none_or(|last| x - last.x >= room) {
                ticks.push(Tick { x: *x, label });
            }
        }
        ticks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(moments: &[u64]) -> (Vec<i64>, bool) {
        let axis = Axis::of(moments.iter().map(|moment| Millis(*moment)));
        let places = moments
            .iter()
            .map(|moment| (axis.x(Millis(*moment)) - LEFT).round() as i64);
        (places.collect(), axis.is_to_scale)
    }

    #[test]
    fn an_axis_is_to_scale_unless_that_would_hide_what_happens() {
        assert_eq!(places(&[0, 10, 40]), (vec![0, 190, 760], true));
        let (places, is_to_scale) = places(&[0, 1, 2, 86_400_000]);
        assert!(!is_to_scale && places[1] > 20 && places[3] == 760, "{places:?}");
    }

    #[test]
    fn an_axis_on_which_nothing_happens_is_a_point() {
        assert_eq!(places(&[0]), (vec![0], true));
    }
}
