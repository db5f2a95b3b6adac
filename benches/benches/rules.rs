//! Rules: `flow` beside dataflow-rs, definition by definition, in pairs in one run, with the evaluation of the same expressions
//! alone as the floor.
//!
//! Not a criterion bench, because its figures are ratios of pairs. A pair is the same messages on both engines, one right after
//! the other, in an order that changes (ABBA); the ratio of a definition is the median over its pairs. Timed is what an engine does
//! from a message that is ready to a result that can be read; making the message and the canonical outcome are not.
//!
//! Each definition is timed on its own, on messages as it meets them in its application: what the definitions before it have
//! made of them.
//!
//! `cargo bench -p benches --bench rules [-- FOLDER]`
#![expect(
    clippy::disallowed_methods,
    reason = "a bench measures real time; nothing here is compared or reported"
)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use benches::FreeHost;
use contract::rules::{Message, Processed, Rules};
use contract::stage::Stage;
use contract::{Definition, End, Engine, Host, Job, Json, Loaded, Options};
use corpus::Case;
use corpus::load::LoadOptions;
use datalogic_rs::bumpalo::Bump;
use datalogic_rs::datavalue::OwnedDataValue;
use datalogic_rs::{DataValue, Logic};
use serde_json::Value;

/// Messages of a definition that are timed: of those in which a task of it runs.
const MESSAGES: usize = 20;
/// Pairs a definition is timed in.
const PAIRS: usize = 31;
/// How long one side of a pair should take at least, in nanoseconds: the messages are repeated until it does.
const SIDE: u128 = 300_000;

fn main() {
    let folder = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with("--"))
        .map_or_else(
            || Path::new("../../shared/corpus/dataflow-rs").to_owned(),
            PathBuf::from,
        );
    if !folder.exists() {
        println!(
            "no definitions at {}: name a folder of dataflow-rs definitions",
            folder.display()
        );
        return;
    }
    let options = LoadOptions {
        messages: 4 * MESSAGES as u64,
        ..LoadOptions::default()
    };
    let cases = corpus::load::load_with(&folder, options).expect("definitions").cases;
    let (legacy, new) = (engine("dataflow"), engine("flow"));
    let set = cases[0].definition.clone();
    let application = legacy.load(&set).expect("the set loads");
    let mut rows = Vec::new();
    for (id, (rules, cases)) in by_definition(&cases) {
        let inputs = met(&id, &cases, &*application);
        match Row::measure(&id, &rules, &inputs, [&*legacy, &*new]) {
            Some(row) => rows.push(row),
            None => println!("{id}: no message makes a task of it run"),
        }
    }
    show(&mut rows);
    let owned: Vec<f64> = rows.iter().map(|row| row.owned).collect();
    println!(
        "with all of flow's result taken out into values of its own: {:.2} on the geometric mean",
        geometric_mean(&owned)
    );
    let all: Vec<Json> = cases
        .iter()
        .step_by(cases.len() / 500 + 1)
        .map(|case| Arc::clone(&case.input))
        .collect();
    let [legacy, new] = [&legacy, &new].map(|engine| engine.load(&set).expect("the set loads"));
    let ratios = pairs([&*legacy, &*new], &all, 1, 15);
    println!(
        "\nall of them as one application, {} messages: {:.2}",
        all.len(),
        median(ratios.iter().map(|[one, other]| other / one))
    );
}

fn engine(name: &str) -> Box<dyn Engine> {
    (engines::find(name).expect("registered").build)(&Options::default()).expect("it needs no options")
}

/// Each definition on its own, with the cases that were made for it.
fn by_definition(cases: &[Case]) -> BTreeMap<String, (Rules, Vec<&Case>)> {
    let mut found: BTreeMap<String, (Rules, Vec<&Case>)> = BTreeMap::new();
    for case in cases {
        let Some(set) = case.definition.rules() else { continue };
        let aimed_at = case.id.rsplit_once('-').map_or(&*case.id, |(id, _)| id);
        let entry = found.entry(aimed_at.to_owned()).or_insert_with(|| {
            let own = set.workflows.iter().find(|workflow| workflow["id"] == aimed_at);
            let rules = Rules {
                workflows: own.into_iter().cloned().collect(),
                ..Rules::clone(set)
            };
            (rules, Vec::new())
        });
        entry.1.push(case);
    }
    found
}

/// The messages of these cases as the definition meets them in its application, of those in which a task of it runs.
fn met(id: &str, cases: &[&Case], application: &dyn Loaded) -> Vec<Json> {
    let mut stage = Stage::new();
    let mut message = |case: &&Case| {
        let described = Message::of(&case.input);
        let traced = Message {
            trace: true,
            ..described.clone()
        };
        let End::Processed(processed) = stage.run(application, &traced.to_input(), &case.script).end else {
            return None;
        };
        let steps = processed.trace?;
        let first = steps.iter().position(|step| step.executed && step.workflow_id == id)?;
        let before = steps[..first].iter().rev().find_map(|step| step.message.as_ref());
        let Some(before) = before else {
            return Some(described.to_input());
        };
        let context = Value::from(&before.context.0);
        let met = Message {
            data: context["data"].clone(),
            metadata: context["metadata"].clone(),
            temp_data: context["temp_data"].clone(),
            ..described
        };
        Some(met.to_input())
    };
    cases.iter().filter_map(&mut message).take(MESSAGES).collect()
}

/// What was measured of one definition, in nanoseconds a message.
struct Row {
    id: String,
    legacy: f64,
    new: f64,
    floor: f64,
    ratio: f64,
    /// The ratio with the new engine's result made canonical, which copies all of it; legacy's is its own values anyway.
    owned: f64,
}

impl Row {
    fn measure(id: &str, rules: &Rules, inputs: &[Json], engines: [&dyn Engine; 2]) -> Option<Self> {
        let definition = Definition::Rules(Arc::new(rules.clone()));
        let loaded = engines.map(|engine| engine.load(&definition).expect("it loads"));
        let mut chosen = Vec::new();
        let mut floor = Vec::new();
        for input in inputs {
            let traced = Message {
                trace: true,
                ..Message::of(input)
            };
            let seen = processed(&*loaded[0], &traced.to_input());
            if seen.audit.is_empty() {
                continue;
            }
            floor.push(evaluations(rules, &seen));
            chosen.push(Arc::clone(input));
        }
        if chosen.is_empty() {
            return None;
        }
        let once = time(&*loaded[0], &chosen, 1).min(time(&*loaded[0], &chosen, 1));
        let rounds = (SIDE as f64 / once).ceil().max(1.0) as usize;
        let pairs = pairs([&*loaded[0], &*loaded[1]], &chosen, rounds, PAIRS);
        let per_message = (rounds * chosen.len()) as f64;
        let of_side = |side: usize| median(pairs.iter().map(|pair| pair[side])) / per_message;
        Some(Self {
            id: id.to_owned(),
            legacy: of_side(0),
            new: of_side(1),
            floor: floor_time(&floor) / chosen.len() as f64,
            ratio: median(pairs.iter().map(|[legacy, new]| new / legacy)),
            owned: median(
                (0..PAIRS).map(|_| taken_out(&*loaded[1], &chosen, rounds) / time(&*loaded[0], &chosen, rounds)),
            ),
        })
    }
}

/// Times both in pairs.
fn pairs(loaded: [&dyn Loaded; 2], inputs: &[Json], rounds: usize, count: usize) -> Vec<[f64; 2]> {
    let pair = |number: usize| {
        if number.is_multiple_of(2) {
            let legacy = time(loaded[0], inputs, rounds);
            [legacy, time(loaded[1], inputs, rounds)]
        } else {
            let new = time(loaded[1], inputs, rounds);
            [time(loaded[0], inputs, rounds), new]
        }
    };
    (0..count).map(pair).collect()
}

/// How long the messages take, `rounds` times, in nanoseconds. The results are dropped after the clock was read.
fn time(loaded: &dyn Loaded, inputs: &[Json], rounds: usize) -> f64 {
    let host: Arc<dyn Host> = Arc::new(FreeHost);
    let mut total = 0;
    let mut results = Vec::with_capacity(inputs.len());
    for _ in 0..rounds {
        let mut runs: Vec<_> = inputs
            .iter()
            .map(|input| loaded.run(job(input), Arc::clone(&host)))
            .collect();
        let mut context = Context::from_waker(Waker::noop());
        let since = Instant::now();
        for run in &mut runs {
            match run.as_mut().poll(&mut context) {
                Poll::Ready(finished) => results.push(finished),
                Poll::Pending => unreachable!("the host answers at once"),
            }
        }
        total += since.elapsed().as_nanos();
        results.clear();
    }
    total as f64
}

/// As [`time`], with the canonical form of each result.
fn taken_out(loaded: &dyn Loaded, inputs: &[Json], rounds: usize) -> f64 {
    let host: Arc<dyn Host> = Arc::new(FreeHost);
    let mut total = 0;
    for _ in 0..rounds {
        let runs = inputs.iter().map(|input| loaded.run(job(input), Arc::clone(&host)));
        let runs: Vec<_> = runs.collect();
        let mut context = Context::from_waker(Waker::noop());
        let mut ends = Vec::with_capacity(runs.len());
        let since = Instant::now();
        for mut run in runs {
            if let Poll::Ready(finished) = run.as_mut().poll(&mut context) {
                ends.push(finished.end());
            }
        }
        total += since.elapsed().as_nanos();
        drop(ends);
    }
    total as f64
}

fn job(input: &Json) -> Job {
    Job {
        run: "run".into(),
        input: Arc::clone(input),
    }
}

fn processed(loaded: &dyn Loaded, input: &Json) -> Processed {
    let mut run = loaded.run(job(input), Arc::new(FreeHost));
    let Poll::Ready(finished) = run.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
        unreachable!("the host answers at once");
    };
    match finished.end() {
        End::Processed(processed) => *processed,
        other => unreachable!("rules give a processed message, and not {other:?}"),
    }
}

/// Expressions and the contexts they were evaluated in while one message was processed.
type Evaluations = Vec<(Logic, Arc<OwnedDataValue>)>;

/// What dataflow-rs had to evaluate, by its own trace: conditions, mappings and rules. Computed paths, messages of failed rules and
/// inputs of functions are left out: the floor is a little lower than it should be.
fn evaluations(rules: &Rules, seen: &Processed) -> Evaluations {
    let logic = contract::logic::engine();
    let workflow = &rules.workflows[0];
    let mut found = Evaluations::new();
    let mut add = |expression: &Value, context: &Arc<OwnedDataValue>| {
        if *expression != Value::Bool(true)
            && !expression.is_null()
            && let Ok(compiled) = contract::logic::compile(&logic, expression)
        {
            found.push((compiled, Arc::clone(context)));
        }
    };
    let steps = seen.trace.as_deref().unwrap_or_default();
    let first = steps
        .iter()
        .find_map(|step| step.mapping_contexts.as_ref()?.first().cloned())
        .or_else(|| {
            steps
                .iter()
                .find_map(|step| Some(step.message.as_ref()?.context.clone()))
        });
    let Some(first) = first else { return found };
    let mut context = Arc::new(first.0);
    add(&workflow["condition"], &context);
    for step in steps {
        let Some(task) = task(&workflow["tasks"], step.task_id.as_deref()) else {
            continue;
        };
        add(&task["condition"], &context);
        if !step.executed {
            continue;
        }
        let input = &task["function"]["input"];
        for rule in input["rules"].as_array().into_iter().flatten() {
            add(&rule["logic"], &context);
        }
        add(&input["condition"], &context);
        let mappings = input["mappings"].as_array().into_iter().flatten();
        for (mapping, before) in mappings.zip(step.mapping_contexts.iter().flatten()) {
            add(&mapping["logic"], &Arc::new(before.0.clone()));
        }
        if let Some(after) = &step.message {
            context = Arc::new(after.context.0.clone());
        }
    }
    found
}

/// The task of this id, wherever in groups it is.
fn task<'a>(steps: &'a Value, id: Option<&str>) -> Option<&'a Value> {
    steps.as_array()?.iter().find_map(|step| match step.get("tasks") {
        Some(members) => task(members, id),
        None => (step["id"].as_str() == id).then_some(step),
    })
}

/// How long the evaluations alone take, in nanoseconds: the median of several times.
fn floor_time(messages: &[Evaluations]) -> f64 {
    let logic = contract::logic::engine();
    let once = || {
        let arena = Bump::new();
        let ready: Vec<(&Logic, DataValue<'_>)> = messages
            .iter()
            .flatten()
            .map(|(expression, context)| (expression, context.to_arena(&arena)))
            .collect();
        let since = Instant::now();
        for (expression, context) in ready {
            let _ = black_box(logic.evaluate(expression, context, &arena));
        }
        since.elapsed().as_nanos() as f64
    };
    median((0..PAIRS).map(|_| once()))
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn geometric_mean(figures: &[f64]) -> f64 {
    (figures.iter().map(|figure| figure.ln()).sum::<f64>() / figures.len() as f64).exp()
}

fn show(rows: &mut [Row]) {
    rows.sort_by(|one, other| other.ratio.total_cmp(&one.ratio));
    println!(
        "{:<48} {:>10} {:>10} {:>10} {:>8}",
        "definition", "dataflow", "flow", "floor", "ratio"
    );
    for row in rows.iter() {
        println!(
            "{:<48} {:>7.1} µs {:>7.1} µs {:>7.1} µs {:>8.2}",
            row.id,
            row.legacy / 1_000.0,
            row.new / 1_000.0,
            row.floor / 1_000.0,
            row.ratio
        );
    }
    let mean = |figure: &dyn Fn(&Row) -> f64| geometric_mean(&rows.iter().map(figure).collect::<Vec<_>>());
    println!(
        "\n{} definitions: flow / dataflow-rs {:.2} on the geometric mean, {:.2} at most",
        rows.len(),
        mean(&|row| row.ratio),
        rows.first().map_or(f64::NAN, |row| row.ratio),
    );
    println!(
        "to the floor, evaluating the same expressions alone: dataflow-rs {:.2} times, flow {:.2} times",
        mean(&|row| row.legacy / row.floor),
        mean(&|row| row.new / row.floor),
    );
}
