//! The steps that make a workflow's case smaller: fewer tasks, fewer settings, less happening in its script, plainer values,
//! and in the end names of one letter.

mod change;
mod names;
mod races;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use contract::script::{Attempt, Then};
use contract::workflow::{Input, Task, Work, Workflow};
use contract::{Millis, Signal, TaskId};

use super::json::{Change, parts};
use crate::Case;

/// One way to make a workflow's case smaller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum WorkflowStep {
    /// Drop these tasks; who needed one of them needs what it needed.
    DropTasks(BTreeSet<TaskId>),
    /// Drop a task, and keep the answers to it: then they are answers to nobody.
    DropAsked(TaskId),
    /// Let a task fail at once and without a call, nothing else wait for it, and everything take no longer than usual.
    FailAtOnce(TaskId),
    /// Drop a need.
    DropNeed(TaskId, TaskId),
    /// Drop or lower something that the workflow has.
    Setting(Setting),
    /// Drop or lower something that a task has.
    Part(TaskId, Part),
    /// Let everything take so many times less time.
    Faster(u64),
    /// Drop a signal, by its place.
    DropSignal(usize),
    /// Let a signal, by its place, come this early.
    Sooner(usize, Millis),
    /// Drop a crash, by its place.
    DropCrash(usize),
    /// Let a crash, by its place, last a tenth of its time.
    ShortenOutage(usize),
    /// Drop what the script says of a task or an item.
    DropEntry(String),
    /// Drop what the script says of a task's compensation.
    DropUndo(String),
    /// Change an attempt of an entry, by its place.
    Attempt(String, usize, Less),
    /// Change a value.
    Value(Place, String, Change),
    /// Run it with the input `null`.
    DropInput,
    /// Call the tasks `a`, `b`, `c`.
    Rename,
}

/// Something of a workflow that is dropped or lowered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    Timeout,
    MaxParallel,
    OnFailure,
    OneAtATime,
}

/// Something of a task that is dropped or lowered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Compensate,
    Retry,
    Timeout,
    When,
    RunIf,
    Priority,
    ForEach,
    Input,
    UndoInput,
    /// A call in place of a question.
    Ask,
    /// One retry.
    RetryOnce,
    /// No time between attempts.
    RetryAtOnce,
    RetryFactor,
    RetryMaxDelay,
    RetryOnly,
    /// A priority of one.
    LowPriority,
    /// A timeout of so few ms.
    ShortTimeout(u64),
}

/// How an attempt is made less of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Less {
    /// Take it away.
    Drop,
    /// Let it take this long.
    Takes(Millis),
    /// Let it give `null`.
    GiveNull,
    /// Let it fail in the fewest words.
    PlainError,
}

/// A value that is changed in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    RunInput,
    When(TaskId),
    ForEach(TaskId),
    Input(TaskId),
    UndoInput(TaskId),
    /// What an attempt of an entry gives.
    Output(String, usize),
}

const SETTINGS: [Setting; 3] = [Setting::Timeout, Setting::MaxParallel, Setting::OnFailure];
/// What a task has that is dropped.
const PARTS: [Part; 10] = [
    Part::Compensate,
    Part::Retry,
    Part::Timeout,
    Part::When,
    Part::RunIf,
    Part::Priority,
    Part::ForEach,
    Part::Input,
    Part::UndoInput,
    Part::Ask,
];
/// What it has that is lowered.
const LOWER_PARTS: [Part; 8] = [
    Part::RetryOnce,
    Part::RetryAtOnce,
    Part::RetryFactor,
    Part::RetryMaxDelay,
    Part::RetryOnly,
    Part::LowPriority,
    Part::ShortTimeout(1),
    Part::ShortTimeout(10),
];
/// What durations are tried to be, in ms.
const SHORT: [Millis; 2] = [Millis(1), Millis(10)];

/// The steps of a case of `workflow`: those that drop something, the largest things first, before those that only make
/// something plainer. What a long time or a large number brings about may need it no more once it is gone.
pub(super) fn steps(case: &Case, workflow: &Workflow) -> VecDeque<WorkflowStep> {
    let mut steps = VecDeque::new();
    add_drops(case, workflow, &mut steps);
    steps.push_back(WorkflowStep::Setting(Setting::OneAtATime));
    steps.extend([100, 10].map(WorkflowStep::Faster));
    for task in &workflow.tasks {
        steps.extend(LOWER_PARTS.map(|part| WorkflowStep::Part(Arc::clone(&task.id), part)));
    }
    add_less(case, plainer, &mut steps);
    for (place, scripted) in case.script.signals.iter().enumerate() {
        let sooner = [Millis::ZERO, Millis(1), Millis(scripted.at.0 / 2)];
        steps.extend(sooner.map(|at| WorkflowStep::Sooner(place, at)));
    }
    steps.extend((0..case.script.crashes.len()).map(WorkflowStep::ShortenOutage));
    add_values(case, workflow, &mut steps);
    steps.push_back(WorkflowStep::Rename);
    steps
}

fn add_drops(case: &Case, workflow: &Workflow, steps: &mut VecDeque<WorkflowStep>) {
    // From halves down to single tasks, as delta debugging does (Zeller, Hildebrandt, 2002).
    let mut chunk = workflow.tasks.len().div_ceil(2);
    while chunk > 0 {
        for tasks in workflow.tasks.rchunks(chunk) {
            let ids = tasks.iter().map(|task| Arc::clone(&task.id)).collect();
            steps.push_back(WorkflowStep::DropTasks(ids));
        }
        chunk = if chunk == 1 { 0 } else { chunk.div_ceil(2) };
    }
    let asked = case
        .script
        .signals
        .iter()
        .filter_map(|scripted| match &scripted.signal {
            Signal::Respond { task, .. } => Some(WorkflowStep::DropAsked(Arc::clone(task))),
            _ => None,
        });
    steps.extend(asked);
    steps.extend(SETTINGS.map(WorkflowStep::Setting));
    // From the last, so that the places of the others stay what they are.
    steps.extend((0..case.script.signals.len()).rev().map(WorkflowStep::DropSignal));
    steps.extend((0..case.script.crashes.len()).rev().map(WorkflowStep::DropCrash));
    for (key, entry) in &case.script.tasks {
        steps.push_back(WorkflowStep::DropEntry(key.clone()));
        if entry.compensate.is_some() {
            steps.push_back(WorkflowStep::DropUndo(key.clone()));
        }
    }
    for task in &workflow.tasks {
        steps.extend(PARTS.map(|part| WorkflowStep::Part(Arc::clone(&task.id), part)));
        steps.extend(
            task.needs
                .iter()
                .map(|need| WorkflowStep::DropNeed(Arc::clone(&task.id), Arc::clone(need))),
        );
    }
    steps.push_back(WorkflowStep::DropInput);
    add_less(case, |_| vec![Less::Drop, Less::Takes(SHORT[0]), Less::GiveNull], steps);
    let failing = workflow.tasks.iter().map(|task| &task.id).filter(|id| {
        let entry = case.script.tasks.get(&***id);
        entry.is_some_and(|entry| entry.attempts.iter().any(is_failing))
    });
    steps.extend(failing.map(|id| WorkflowStep::FailAtOnce(Arc::clone(id))));
}

fn is_failing(attempt: &Attempt) -> bool {
    matches!(attempt.then, Then::Fails(_) | Then::Panics(_))
}

/// Less of each attempt, the last first.
fn add_less(case: &Case, less: impl Fn(&Attempt) -> Vec<Less>, steps: &mut VecDeque<WorkflowStep>) {
    for (key, entry) in &case.script.tasks {
        for (place, attempt) in entry.attempts.iter().enumerate().rev() {
            let less = less(attempt).into_iter();
            steps.extend(less.map(|less| WorkflowStep::Attempt(key.clone(), place, less)));
        }
    }
}

/// The steps that keep `tasks` and what they need, `tasks` and all around them, or `tasks` alone.
pub(super) fn keeping(workflow: &Workflow, tasks: &BTreeSet<TaskId>) -> Vec<WorkflowStep> {
    let without = |kept: &BTreeSet<TaskId>| {
        let ids = workflow.tasks.iter().map(|task| &task.id);
        WorkflowStep::DropTasks(ids.filter(|id| !kept.contains(*id)).map(Arc::clone).collect())
    };
    let needed = races::ancestors(workflow, tasks);
    let direct = workflow
        .tasks
        .iter()
        .filter(|task| tasks.contains(&task.id))
        .flat_map(|task| &task.needs)
        .chain(tasks)
        .map(Arc::clone)
        .collect();
    vec![without(&needed), without(&direct), without(tasks)]
}

fn plainer(attempt: &Attempt) -> Vec<Less> {
    let mut less = vec![Less::Takes(SHORT[1])];
    if is_failing(attempt) {
        less.push(Less::PlainError);
    }
    less
}

/// The steps that make values of a case plainer.
fn add_values(case: &Case, workflow: &Workflow, steps: &mut VecDeque<WorkflowStep>) {
    let mut add = |place: Place, value: &serde_json::Value| {
        let small = [0, 1].map(|which| WorkflowStep::Value(place.clone(), String::new(), Change::Small(which)));
        steps.extend(small);
        add_parts(&place, value, &mut String::new(), steps);
    };
    add(Place::RunInput, &case.input);
    for task in &workflow.tasks {
        let id = || Arc::clone(&task.id);
        if let Some(when) = &task.when {
            add(Place::When(id()), when);
        }
        if let Some(list) = &task.for_each {
            add(Place::ForEach(id()), list);
        }
        if let Some(input) = task.call.as_ref().and_then(value_of) {
            add(Place::Input(id()), input);
        }
        if let Some(input) = task.compensate.as_ref().and_then(value_of) {
            add(Place::UndoInput(id()), input);
        }
    }
    for (key, entry) in &case.script.tasks {
        for (place, attempt) in entry.attempts.iter().enumerate() {
            if let Then::Returns(output) = &attempt.then {
                add(Place::Output(key.clone(), place), output);
            }
        }
    }
}

/// The whole before its parts: a part in its place, then a part less.
fn add_parts(place: &Place, value: &serde_json::Value, pointer: &mut String, steps: &mut VecDeque<WorkflowStep>) {
    let mut add =
        |pointer: &str, change| steps.push_back(WorkflowStep::Value(place.clone(), pointer.to_owned(), change));
    if !pointer.is_empty() {
        add(pointer, Change::Remove);
        add(pointer, Change::Small(0));
        add(pointer, Change::Small(1));
    }
    for part in 0..parts(value).len() {
        add(pointer, Change::Part(part));
    }
    let children: Vec<(String, &serde_json::Value)> = match value {
        serde_json::Value::Array(items) => items
            .iter()
            .enumerate()
            .rev()
            .map(|(place, item)| (place.to_string(), item))
            .collect(),
        serde_json::Value::Object(entries) => entries
            .iter()
            .map(|(key, item)| (key.replace('~', "~0").replace('/', "~1"), item))
            .collect(),
        _ => Vec::new(),
    };
    let length = pointer.len();
    for (key, child) in children {
        pointer.push('/');
        pointer.push_str(&key);
        add_parts(place, child, pointer, steps);
        pointer.truncate(length);
    }
}

/// The value that a call's input is or is made by.
fn value_of(work: &Work) -> Option<&serde_json::Value> {
    match &work.input {
        Input::Literal(value) if value.is_null() => None,
        Input::Literal(value) => Some(value),
        Input::Template(logic) => Some(logic),
    }
}

impl WorkflowStep {
    /// The case after this step; `None` if the step changes nothing, or lets a task read what it does not wait for.
    pub(super) fn take(&self, case: &Case) -> Option<Case> {
        let smaller = change::taken(self, case)?;
        let [before, after] = [case, &smaller].map(|case| case.dag().is_some_and(races::has_race));
        (before || !after).then_some(smaller)
    }
}

/// The task of this id.
fn task_mut<'a>(workflow: &'a mut Arc<Workflow>, id: &TaskId) -> Option<&'a mut Task> {
    let place = workflow.tasks.iter().position(|task| task.id == *id)?;
    Some(&mut Arc::make_mut(workflow).tasks[place])
}
