//! Which features a definition and its script use: what their result may depend on.
//!
//! Where that cannot be told without running, a feature counts as used. Too much is safe (a comparison less, and the report
//! says so); too little would ask an engine for what it never claimed.

use std::collections::HashMap;

use serde_json::Value;

use crate::script::{TaskScript, Then};
use crate::workflow::{Input, OnFailure, RunIf, Task, Work, Workflow};
use crate::{Definition, Feature, FeatureSet, Script, Signal, logic};

/// The features that a case of this definition, input and script uses.
pub fn used(definition: &Definition, input: &Value, script: &Script) -> FeatureSet {
    let mut features = FeatureSet::EMPTY;
    let workflow = match definition {
        Definition::Dag(workflow) => workflow,
        // Rules are one format, which an engine accepts as a whole or not at all.
        Definition::Rules(_) => {
            if script.tasks.values().any(panics) {
                features.insert(Feature::HandlerPanic);
            }
            return features;
        }
    };
    if workflow.tasks.is_empty() {
        features.insert(Feature::EmptyWorkflow);
    }
    let Some(graph) = Graph::of(workflow) else {
        features.insert(Feature::Refusal);
        return features;
    };
    if workflow.id.is_empty() || workflow.max_parallel == Some(0) || workflow.tasks.iter().any(is_refused) {
        features.insert(Feature::Refusal);
        return features;
    }
    for task in &workflow.tasks {
        features = features.union(used_by_task(task));
    }
    if workflow.max_parallel.is_some() {
        features.insert(Feature::MaxParallel);
    }
    if workflow.timeout.is_some() {
        features.insert(Feature::RunTimeout);
    }
    for scripted in &script.signals {
        features.insert(match scripted.signal {
            Signal::Pause | Signal::Resume => Feature::PauseResume,
            Signal::Cancel => Feature::Cancel,
            Signal::Respond { .. } => Feature::UserInput,
        });
    }
    if !script.crashes.is_empty() {
        features.insert(Feature::Durable);
    }
    if has_big_integer(input)
        || script.tasks.values().any(gives_big_integer)
        || workflow.tasks.iter().any(takes_big_integer)
    {
        features.insert(Feature::BigInteger);
    }
    if script.tasks.values().any(panics) {
        features.insert(Feature::HandlerPanic);
    }
    used_by_failures(workflow, script, &graph, &mut features);
    features
}

fn used_by_task(task: &Task) -> FeatureSet {
    let uses = [
        (Feature::Needs, !task.needs.is_empty()),
        (Feature::RunIf, task.run_if != RunIf::AllSucceeded),
        (Feature::When, task.when.is_some()),
        (
            Feature::Template,
            task.call
                .as_ref()
                .is_some_and(|work| matches!(work.input, Input::Template(_))),
        ),
        (Feature::Retry, task.retry.max_attempts > 1),
        (Feature::TaskTimeout, task.timeout.is_some()),
        (Feature::Priority, task.priority != 0),
        (Feature::UserInput, task.ask.is_some()),
        (Feature::ForEach, task.for_each.is_some()),
    ];
    uses.into_iter()
        .filter(|(_, used)| *used)
        .map(|(feature, _)| feature)
        .collect()
}

/// What depends on tasks that fail or are skipped: the failure policies, `run_if`, and whether tasks run at once.
fn used_by_failures(workflow: &Workflow, script: &Script, graph: &Graph, features: &mut FeatureSet) {
    let fails: Vec<bool> = workflow.tasks.iter().map(|task| may_fail(task, script)).collect();
    let failing = fails.iter().filter(|fails| **fails).count();
    if failing > 0 {
        features.insert(match workflow.on_failure {
            OnFailure::Stop => Feature::FailureStop,
            OnFailure::Cancel => Feature::FailureCancel,
            OnFailure::Continue => Feature::FailureContinue,
            OnFailure::Compensate => Feature::Compensation,
        });
    }
    let goes_on = workflow.on_failure == OnFailure::Continue;
    let needed_but_maybe_unsuccessful = workflow
        .tasks
        .iter()
        .zip(&fails)
        .zip(&graph.is_needed)
        .any(|((task, fails), is_needed)| *is_needed && (task.when.is_some() || goes_on && *fails));
    if needed_but_maybe_unsuccessful {
        features.insert(Feature::RunIf);
    }
    // What runs, or is decided to be skipped, beside a failing task decides what the failure stops; and of two failures,
    // which one is the first.
    let order_shows = failing > 1 || failing == 1 && !goes_on;
    let skips_beside = !goes_on && workflow.tasks.iter().any(|task| task.when.is_some());
    if order_shows && !graph.is_chain && (workflow.max_parallel != Some(1) || skips_beside) {
        features.insert(Feature::Parallel);
    }
}

fn may_fail(task: &Task, script: &Script) -> bool {
    let logic_may_fail = task.when.as_ref().is_some_and(logic::may_fail)
        || task.for_each.is_some()
        || task
            .call
            .as_ref()
            .is_some_and(|work| matches!(&work.input, Input::Template(logic) if logic::may_fail(logic)));
    let fails = |entry: &TaskScript| {
        entry
            .attempts
            .iter()
            .any(|attempt| !matches!(attempt.then, Then::Returns(_)))
    };
    let scripted_to_fail = if task.for_each.is_some() {
        let prefix = format!("{}[", task.id);
        script
            .tasks
            .iter()
            .any(|(id, entry)| (**id == *task.id || id.starts_with(&prefix)) && fails(entry))
    } else {
        script.tasks.get(&*task.id).is_some_and(fails)
    };
    task.timeout.is_some() || logic_may_fail || scripted_to_fail
}

/// What a definition is refused for, apart from its graph and its ids.
fn is_refused(task: &Task) -> bool {
    let no_call_or_ask = task.call.is_some() == task.ask.is_some();
    let asks_per_item = task.for_each.is_some() && task.ask.is_some();
    let any_of_nothing = matches!(task.run_if, RunIf::AnySucceeded | RunIf::AnyFailed) && task.needs.is_empty();
    let templates = [&task.call, &task.compensate]
        .into_iter()
        .flatten()
        .filter_map(|work| match &work.input {
            Input::Template(logic) => Some(logic),
            Input::Literal(_) => None,
        });
    let logic = task.when.iter().chain(&task.for_each).chain(templates);
    no_call_or_ask || asks_per_item || any_of_nothing || task.retry.max_attempts == 0 || logic.into_iter().any(is_bad)
}

/// Whether `logic` does not compile. In templating mode whatever is no operator is data, so all that the evaluator refuses is
/// nested deeply; compiling everything here would take longer than running it.
fn is_bad(logic: &Value) -> bool {
    const SURELY_FINE: usize = 64;
    thread_local! { static ENGINE: datalogic_rs::Engine = logic::engine(); }
    logic::depth(logic) > SURELY_FINE && ENGINE.with(|engine| logic::compile(engine, logic).is_err())
}

fn panics(entry: &TaskScript) -> bool {
    entry
        .attempts
        .iter()
        .chain(&entry.compensate)
        .any(|attempt| matches!(attempt.then, Then::Panics(_)))
}

fn gives_big_integer(entry: &TaskScript) -> bool {
    entry
        .attempts
        .iter()
        .any(|attempt| matches!(&attempt.then, Then::Returns(output) if has_big_integer(output)))
}

fn takes_big_integer(task: &Task) -> bool {
    let work = |work: &Work| match &work.input {
        Input::Literal(literal) => has_big_integer(literal),
        Input::Template(logic) => has_big_integer(logic),
    };
    task.call.as_ref().is_some_and(work)
        || task.compensate.as_ref().is_some_and(work)
        || task.when.iter().chain(&task.for_each).any(has_big_integer)
}

fn has_big_integer(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_i64().is_none() && number.as_u64().is_some(),
        Value::Array(items) => items.iter().any(has_big_integer),
        Value::Object(entries) => entries.values().any(has_big_integer),
        _ => false,
    }
}

/// What the features need to know of a workflow's graph.
struct Graph {
    /// By task: whether another one needs it.
    is_needed: Vec<bool>,
    /// Whether no two tasks could ever run at the same time.
    is_chain: bool,
}

impl Graph {
    /// `None` if the needs or ids make the definition one to refuse.
    fn of(workflow: &Workflow) -> Option<Self> {
        let tasks = &workflow.tasks;
        let index: HashMap<&str, usize> = tasks
            .iter()
            .enumerate()
            .map(|(index, task)| (&*task.id, index))
            .collect();
        if index.len() != tasks.len() || index.contains_key("") {
            return None;
        }
        let mut is_needed = vec![false; tasks.len()];
        let mut dependents = vec![Vec::new(); tasks.len()];
        let mut missing = vec![0usize; tasks.len()];
        for (task_index, task) in tasks.iter().enumerate() {
            // A need named twice is counted twice here and taken off twice below.
            for need in &task.needs {
                let need = *index.get(&**need)?;
                is_needed[need] = true;
                dependents[need].push(task_index);
                missing[task_index] += 1;
            }
        }
        let mut ready: Vec<usize> = (0..tasks.len()).filter(|task| missing[*task] == 0).collect();
        let mut is_chain = ready.len() <= 1;
        let mut decided = 0;
        while let Some(task) = ready.pop() {
            decided += 1;
            for dependent in &dependents[task] {
                missing[*dependent] -= 1;
                if missing[*dependent] == 0 {
                    ready.push(*dependent);
                }
            }
            is_chain &= ready.len() <= 1;
        }
        (decided == tasks.len()).then_some(Self { is_needed, is_chain })
    }
}
