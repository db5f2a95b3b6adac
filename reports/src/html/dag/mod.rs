//! The workflow of a case as one picture, with what became of each task in both engines.

mod layout;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use contract::observation::End;
use contract::rules::{call_name, steps};
use contract::text::visible;
use contract::{Definition, Observation, TaskStatus};
use corpus::Case;
use harness::Divergence;
use harness::compare::describe_end;

use super::number;
use crate::words::{count, count_of, cut};
use layout::{Line, Measures};

/// A workflow of more tasks than this is drawn layer by layer.
const MOST_TASKS: usize = 48;
/// The same for its lines, weighed by the layers that they pass.
const MOST_PASSAGES: usize = 240;
/// How many layers are drawn one by one.
const MOST_LAYERS: usize = 24;
/// How many tasks of a layer are named.
const NAMED: usize = 6;
/// How many characters there is room for beside the bar of a layer.
const ROOM: usize = 60;

const MEASURES: Measures = Measures {
    width: 172.0,
    height: 60.0,
    apart: 22.0,
    between: 38.0,
};
/// The width of a bar that stands for all tasks of a layer.
const BAR: f64 = 360.0;

/// Whether the engines did the same with a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Agreement {
    Agree,
    /// Only what new is held to ran it.
    OnlyBaseline,
    OnlyNew,
    /// Both ran it, or neither did, and something of it differs.
    Differs,
}

impl Agreement {
    const ALL: [Self; 4] = [Self::Agree, Self::OnlyBaseline, Self::OnlyNew, Self::Differs];

    /// The name of its look.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Agree => "agree",
            Self::OnlyBaseline => "only-baseline",
            Self::OnlyNew => "only-new",
            Self::Differs => "differs",
        }
    }

    /// How it is marked, beside its look.
    pub(crate) const fn glyph(self) -> &'static str {
        match self {
            Self::Agree => "=",
            Self::OnlyBaseline => "◂",
            Self::OnlyNew => "▸",
            Self::Differs => "≠",
        }
    }
}

/// A picture: either of every task, or layer by layer.
pub(crate) struct Picture {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) nodes: Vec<Node>,
    pub(crate) lines: Vec<Path>,
    pub(crate) layers: Vec<Layer>,
    /// What it shows, for who does not see it.
    pub(crate) description: String,
    /// How it was drawn, where a reader has to know.
    pub(crate) note: Option<String>,
    /// Each look that is in it, and what it means.
    pub(crate) legend: Vec<(Agreement, String)>,
}

/// A task.
pub(crate) struct Node {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) agreement: Agreement,
    /// What became of it: in both engines, or in each.
    pub(crate) states: Vec<String>,
}

/// A line: what an SVG path's `d` says.
pub(crate) struct Path {
    pub(crate) d: String,
    pub(crate) is_reversed: bool,
}

/// All tasks of a layer, or of several that follow each other.
pub(crate) struct Layer {
    pub(crate) y: f64,
    pub(crate) label: String,
    pub(crate) title: String,
    pub(crate) segments: Vec<Segment>,
    /// The tasks in which the engines differ, as far as they are named.
    pub(crate) named: String,
}

/// Some tasks of a layer.
pub(crate) struct Segment {
    pub(crate) x: f64,
    pub(crate) width: f64,
    pub(crate) agreement: Agreement,
}

/// The tasks of a case, and which needs which.
struct Graph {
    names: Vec<String>,
    edges: Vec<(usize, usize)>,
    /// Needs that cannot be drawn.
    odd: Vec<String>,
}

/// Draws the case. `None`: it has no task.
pub(crate) fn picture(case: &Case, engines: [(&str, &Observation); 2], divergences: &[Divergence]) -> Option<Picture> {
    let graph = Graph::of(case);
    if graph.names.is_empty() {
        return None;
    }
    let states = engines.map(|(_, observation)| States::of(case, observation));
    let tasks: Vec<(Agreement, Vec<String>)> = graph
        .names
        .iter()
        .map(|name| judge(name, &states, engines.map(|(engine, _)| engine), divergences))
        .collect();
    let (layer, _) = layout::layers(graph.names.len(), &graph.edges);
    let passages: usize = graph
        .edges
        .iter()
        .map(|(from, to)| layer[*from].abs_diff(layer[*to]))
        .sum();
    let is_large = graph.names.len() > MOST_TASKS || passages > MOST_PASSAGES;
    let mut picture = if is_large {
        by_layers(&graph, &layer, &tasks)
    } else {
        task_by_task(&graph, &tasks)
    };
    let names = engines.map(|(engine, _)| visible(engine).into_owned());
    picture.legend = legend(&tasks, &names);
    picture.description = describe(&graph, &tasks, &names);
    let odd = (!graph.odd.is_empty()).then(|| format!("not drawn: {}", graph.odd.join(", ")));
    let ends = engines.map(|(_, observation)| visible(&describe_end(&observation.end)).into_owned());
    let end = (ends[0] != ends[1]).then(|| {
        let said = ends
            .iter()
            .zip(&names)
            .map(|(end, name)| format!("{name} {}", cut(end, 80)));
        format!("the run as a whole differs: {}", said.collect::<Vec<_>>().join("; "))
    });
    let notes: Vec<String> = picture.note.take().into_iter().chain(odd).chain(end).collect();
    picture.note = (!notes.is_empty()).then(|| notes.join("; "));
    Some(picture)
}

impl Graph {
    fn of(case: &Case) -> Self {
        match &case.definition {
            Definition::Dag(workflow) => {
                let names: Vec<String> = workflow.tasks.iter().map(|task| task.id.to_string()).collect();
                let mut places: BTreeMap<&str, usize> = BTreeMap::new();
                for (place, name) in names.iter().enumerate() {
                    places.entry(name).or_insert(place);
                }
                let mut edges = BTreeSet::new();
                let mut odd = Vec::new();
                for (place, task) in workflow.tasks.iter().enumerate() {
                    for need in &task.needs {
                        let problem = match places.get(&**need) {
                            Some(needed) if *needed == place => "which is itself",
                            Some(needed) => {
                                edges.insert((*needed, place));
                                continue;
                            }
                            None => "which is not there",
                        };
                        odd.push(format!("`{}` needs `{}`, {problem}", visible(&task.id), visible(need)));
                    }
                }
                odd.truncate(NAMED);
                Self {
                    edges: edges.into_iter().collect(),
                    names,
                    odd,
                }
            }
            Definition::Rules(rules) => {
                let mut graph = Self {
                    names: Vec::new(),
                    edges: Vec::new(),
                    odd: Vec::new(),
                };
                for workflow in &rules.workflows {
                    let id = workflow.get("id").and_then(serde_json::Value::as_str).unwrap_or("?");
                    let first = graph.names.len();
                    steps::each_task(workflow, |task, _| {
                        let task = task.get("id").and_then(serde_json::Value::as_str).unwrap_or("?");
                        let place = graph.names.len();
                        graph.names.push(call_name(id, task).to_string());
                        if place > first {
                            graph.edges.push((place - 1, place));
                        }
                    });
                }
                graph
            }
        }
    }
}

/// What became of each task in one engine.
struct States {
    /// In words.
    words: BTreeMap<String, String>,
    /// The tasks that did anything.
    ran: BTreeSet<String>,
    /// What is said of a task that is not listed.
    otherwise: &'static str,
}

impl States {
    fn of(case: &Case, observation: &Observation) -> Self {
        let mut ran: BTreeSet<String> = observation.calls.iter().map(|call| call.task.to_string()).collect();
        let mut words = BTreeMap::new();
        let mut otherwise = "not run";
        match &observation.end {
            End::Finished(outcome) => {
                for task in &outcome.tasks {
                    let is_over = matches!(
                        task.status,
                        TaskStatus::Succeeded | TaskStatus::Failed | TaskStatus::TimedOut | TaskStatus::Waiting
                    );
                    if is_over {
                        ran.insert(task.task.to_string());
                    }
                    let mut text = task.status.as_str().replace('_', " ");
                    if task.attempts > 1 {
                        let _ = write!(text, " ×{}", task.attempts);
                    }
                    words.insert(task.task.to_string(), text);
                }
            }
            End::Processed(processed) => {
                for entry in &processed.audit {
                    let name = call_name(&entry.workflow_id, &entry.task_id).to_string();
                    ran.insert(name.clone());
                    let text = words.entry(name).or_insert_with(String::new);
                    let separator = if text.is_empty() { "" } else { ", " };
                    if text.len() < 16 {
                        let _ = write!(text, "{separator}{}", entry.status);
                    }
                }
            }
            End::Rejected(_) => otherwise = "refused",
            End::Hung(_) | End::Crashed(_) => {
                otherwise = "not called";
                for name in &ran {
                    words.insert(name.clone(), "called".to_owned());
                }
            }
        }
        if case.definition.rules().is_some() {
            for name in &ran {
                words.entry(name.clone()).or_insert_with(|| "called".to_owned());
            }
        }
        Self { words, ran, otherwise }
    }

    fn word(&self, name: &str) -> String {
        self.words
            .get(name)
            .map_or_else(|| self.otherwise.to_owned(), |word| visible(word).into_owned())
    }
}

/// How the engines compare on a task, and what became of it.
fn judge(
    name: &str,
    [baseline, new]: &[States; 2],
    engines: [&str; 2],
    divergences: &[Divergence],
) -> (Agreement, Vec<String>) {
    let words = [baseline.word(name), new.word(name)];
    let mut aspects: Vec<&str> = divergences
        .iter()
        .filter(|divergence| names(&divergence.path, name))
        .map(|divergence| divergence.aspect.as_str())
        .collect();
    aspects.dedup();
    let agreement = match (baseline.ran.contains(name), new.ran.contains(name)) {
        (true, false) => Agreement::OnlyBaseline,
        (false, true) => Agreement::OnlyNew,
        _ if words[0] != words[1] || !aspects.is_empty() => Agreement::Differs,
        _ => Agreement::Agree,
    };
    let [one, other] = words;
    if one == other {
        let what = (!aspects.is_empty()).then(|| format!("differs: {}", aspects.join(", ")));
        return (agreement, std::iter::once(one).chain(what).collect());
    }
    let line = |engine: &str, word: String| format!("{}: {word}", cut(&visible(engine), 12));
    (agreement, vec![line(engines[0], one), line(engines[1], other)])
}

/// Whether a difference at `path` is one of the task.
fn names(path: &str, task: &str) -> bool {
    let rest = match path.split_once('.') {
        Some(("tasks" | "calls", rest)) => rest,
        Some(("events", rest)) => rest.split_once('.').map_or("", |(_, rest)| rest),
        _ => return false,
    };
    let tail = rest.strip_prefix(task);
    tail.is_some_and(|tail| tail.is_empty() || tail.starts_with(['.', '#', '[', '~']))
}

fn task_by_task(graph: &Graph, tasks: &[(Agreement, Vec<String>)]) -> Picture {
    let layout = layout::layout(graph.names.len(), &graph.edges, &MEASURES);
    let node = |place: usize| {
        let (agreement, states) = &tasks[place];
        let (x, y) = layout.places[place];
        Node {
            x,
            y,
            name: cut(&visible(&graph.names[place]), 20),
            title: format!("{}: {}", visible(&graph.names[place]), states.join("; ")),
            agreement: *agreement,
            states: states.iter().map(|state| cut(state, 27)).collect(),
        }
    };
    let has_circle = layout.lines.iter().any(|line| line.is_reversed);
    Picture {
        width: layout.width,
        height: layout.height,
        nodes: (0..graph.names.len()).map(node).collect(),
        lines: layout.lines.iter().map(path).collect(),
        layers: Vec::new(),
        description: String::new(),
        note: has_circle.then(|| "the tasks need each other in a circle: a dashed line closes it".to_owned()),
        legend: Vec::new(),
    }
}

/// A line as a curve that leaves and meets tasks upright.
fn path(line: &Line) -> Path {
    let mut d = String::new();
    for (place, (x, y)) in line.points.iter().enumerate() {
        let [x, y] = [*x, *y].map(number);
        match place.checked_sub(1).map(|before| line.points[before]) {
            None => {
                let _ = write!(d, "M{x} {y}");
            }
            // Within a layer a line is upright, between two it bends.
            Some(_) if place % 2 == 0 => {
                let _ = write!(d, "L{x} {y}");
            }
            Some(before) => {
                let middle = number(f64::midpoint(before.1, line.points[place].1));
                let _ = write!(d, "C{} {middle} {x} {middle} {x} {y}", number(before.0));
            }
        }
    }
    Path {
        d,
        is_reversed: line.is_reversed,
    }
}

fn by_layers(graph: &Graph, layer: &[usize], tasks: &[(Agreement, Vec<String>)]) -> Picture {
    let depth = layer.iter().max().map_or(0, |deepest| deepest + 1);
    let together = depth.div_ceil(MOST_LAYERS).max(1);
    let rows = depth.div_ceil(together);
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); rows];
    for (task, layer) in layer.iter().enumerate() {
        members[layer / together].push(task);
    }
    let most = members.iter().map(Vec::len).max().unwrap_or(1) as f64;
    let draw = |(row, members): (usize, &Vec<usize>)| {
        let of = |agreement: Agreement| members.iter().filter(move |task| tasks[**task].0 == agreement);
        let whole = (members.len() as f64 / most * BAR).max(6.0);
        let mut x = 0.0;
        let mut segments = Vec::new();
        for agreement in Agreement::ALL {
            let count = of(agreement).count();
            if count > 0 {
                let width = whole * count as f64 / members.len() as f64;
                segments.push(Segment { x, width, agreement });
                x += width;
            }
        }
        let different: Vec<usize> = members
            .iter()
            .copied()
            .filter(|task| tasks[*task].0 != Agreement::Agree)
            .collect();
        let mut named: Vec<String> = Vec::new();
        let mut room = ROOM;
        for task in different.iter().take(NAMED) {
            let name = format!("{} {}", tasks[*task].0.glyph(), cut(&visible(&graph.names[*task]), 24));
            let Some(left) = room.checked_sub(name.chars().count() + ", ".len()) else {
                break;
            };
            room = left;
            named.push(name);
        }
        if different.len() > named.len() {
            named.push(format!(
                "and {} more",
                count(different.len() as u64 - named.len() as u64)
            ));
        }
        let first = row * together + 1;
        let last = ((row + 1) * together).min(depth);
        let range = if first == last {
            format!("layer {first}")
        } else {
            format!("layers {first} to {last}")
        };
        Layer {
            y: row as f64 * 26.0,
            title: format!(
                "{range}: {}, {} of them differ",
                count_of(members.len() as u64, "task"),
                different.len()
            ),
            label: format!("{range}: {}", count_of(members.len() as u64, "task")),
            segments,
            named: named.join(", "),
        }
    };
    Picture {
        width: 1_040.0,
        height: rows as f64 * 26.0,
        nodes: Vec::new(),
        lines: Vec::new(),
        layers: members.iter().enumerate().map(draw).collect(),
        description: String::new(),
        note: Some(format!(
            "{} and {} are too many to draw one by one: each bar is a layer of tasks that need only tasks of layers above, and those that differ are named",
            count_of(graph.names.len() as u64, "task"),
            count_of(graph.edges.len() as u64, "need")
        )),
        legend: Vec::new(),
    }
}

fn legend(tasks: &[(Agreement, Vec<String>)], [baseline, new]: &[String; 2]) -> Vec<(Agreement, String)> {
    let means = |agreement: Agreement| match agreement {
        Agreement::Agree => "both do the same".to_owned(),
        Agreement::OnlyBaseline => format!("only {baseline} runs it"),
        Agreement::OnlyNew => format!("only {new} runs it"),
        Agreement::Differs => "something of it differs".to_owned(),
    };
    let is_there = |agreement: &Agreement| tasks.iter().any(|(other, _)| other == agreement);
    Agreement::ALL
        .into_iter()
        .filter(is_there)
        .map(|agreement| (agreement, means(agreement)))
        .collect()
}

fn describe(graph: &Graph, tasks: &[(Agreement, Vec<String>)], engines: &[String; 2]) -> String {
    let different = tasks
        .iter()
        .filter(|(agreement, _)| *agreement != Agreement::Agree)
        .count();
    format!(
        "The workflow as a graph: {}, {}; {} and {} differ in {}. The table beneath says the same.",
        count_of(graph.names.len() as u64, "task"),
        count_of(graph.edges.len() as u64, "need"),
        engines[0],
        engines[1],
        count_of(different as u64, "task"),
    )
}

#[cfg(test)]
mod tests;
