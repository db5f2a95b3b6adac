//! The steps that make a case smaller. Each is tried on its own and changes one thing.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use contract::script::{Script, Then};
use contract::workflow::{Input, OnFailure, Retry, RunIf, Task, Workflow};
use contract::{Definition, Json, Millis, TaskId};

use super::rules::{self, RulesStep};
use crate::Case;

/// One way to make a case smaller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Drop these tasks; who needed one of them needs what it needed.
    DropTasks(BTreeSet<TaskId>),
    /// Drop something that the workflow has.
    DropSetting(Setting),
    /// Drop a signal, by its place.
    DropSignal(usize),
    /// Drop a crash, by its place.
    DropCrash(usize),
    /// Let a crash, by its place, last a tenth of its time.
    ShortenOutage(usize),
    /// Drop something that a task has.
    DropFeature(TaskId, Part),
    /// Drop a need.
    DropNeed(TaskId, TaskId),
    /// Drop the first attempt of an entry of the script.
    DropAttempt(String),
    /// Let the attempts of an entry take a tenth of their time.
    Hasten(String),
    /// Let the attempts of an entry give `null`.
    GiveNull(String),
    /// Run it with the input `null`.
    DropInput,
    /// Make a rules case smaller.
    Rules(RulesStep),
}

/// Something that a workflow has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    Timeout,
    MaxParallel,
    OnFailure,
}

/// Something that a task has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    When,
    RunIf,
    Retry,
    Timeout,
    Priority,
    Compensate,
    ForEach,
    Input,
}

const SETTINGS: [Setting; 3] = [Setting::Timeout, Setting::MaxParallel, Setting::OnFailure];
const PARTS: [Part; 8] = [
    Part::Compensate,
    Part::Retry,
    Part::Timeout,
    Part::When,
    Part::RunIf,
    Part::Priority,
    Part::ForEach,
    Part::Input,
];

/// The steps of a case, those that take most away first.
pub(super) fn steps(case: &Case) -> VecDeque<Step> {
    let workflow = match &case.definition {
        Definition::Dag(workflow) => workflow,
        Definition::Rules(rules) => return rules::steps(case, rules).into_iter().map(Step::Rules).collect(),
    };
    let mut steps = VecDeque::new();
    // From halves down to single tasks, as delta debugging does (Zeller, Hildebrandt, 2002).
    let mut chunk = workflow.tasks.len().div_ceil(2);
    while chunk > 0 {
        for tasks in workflow.tasks.rchunks(chunk) {
            steps.push_back(Step::DropTasks(tasks.iter().map(|task| Arc::clone(&task.id)).collect()));
        }
        chunk = if chunk == 1 { 0 } else { chunk.div_ceil(2) };
    }
    steps.extend(SETTINGS.map(Step::DropSetting));
    // From the last, so that the places of the others stay what they are.
    steps.extend((0..case.script.signals.len()).rev().map(Step::DropSignal));
    steps.extend((0..case.script.crashes.len()).rev().map(Step::DropCrash));
    steps.extend((0..case.script.crashes.len()).map(Step::ShortenOutage));
    for task in &workflow.tasks {
        steps.extend(PARTS.map(|part| Step::DropFeature(Arc::clone(&task.id), part)));
        steps.extend(
            task.needs
                .iter()
                .map(|need| Step::DropNeed(Arc::clone(&task.id), Arc::clone(need))),
        );
    }
    for key in case.script.tasks.keys() {
        steps.push_back(Step::DropAttempt(key.clone()));
        steps.push_back(Step::GiveNull(key.clone()));
        steps.push_back(Step::Hasten(key.clone()));
    }
    steps.push_back(Step::DropInput);
    steps
}

impl Step {
    /// The case after this step; `None` if the step changes nothing.
    pub(super) fn take(&self, case: &Case) -> Option<Case> {
        if let Self::Rules(step) = self {
            return step.take(case);
        }
        let mut smaller = case.clone();
        let Definition::Dag(workflow) = &mut smaller.definition else {
            return None;
        };
        let has_changed = match self {
            Self::DropTasks(ids) => drop_tasks(Arc::make_mut(workflow), Arc::make_mut(&mut smaller.script), ids),
            Self::DropSetting(setting) => drop_setting(Arc::make_mut(workflow), *setting),
            Self::DropSignal(place) => drop_place(&mut Arc::make_mut(&mut smaller.script).signals, *place),
            Self::DropCrash(place) => drop_place(&mut Arc::make_mut(&mut smaller.script).crashes, *place),
            Self::ShortenOutage(place) => {
                Arc::make_mut(&mut smaller.script)
                    .crashes
                    .get_mut(*place)
                    .is_some_and(|crash| {
                        let shorter = Millis(crash.outage.0 / 10);
                        replace(&mut crash.outage, shorter)
                    })
            }
            Self::DropFeature(id, part) => change_task(workflow, id, |task| drop_part(task, *part)),
            Self::DropNeed(id, need) => change_task(workflow, id, |task| {
                let all = task.needs.len();
                task.needs.retain(|other| other != need);
                task.needs.len() < all
            }),
            Self::DropAttempt(key) => change_entry(&mut smaller.script, key, |attempts| {
                attempts.len() > 1 && {
                    attempts.remove(0);
                    true
                }
            }),
            Self::Hasten(key) => change_entry(&mut smaller.script, key, |attempts| {
                attempts.iter_mut().fold(false, |changed, attempt| {
                    let takes = Millis(attempt.takes.0.div_ceil(10));
                    std::mem::replace(&mut attempt.takes, takes) != takes || changed
                })
            }),
            Self::GiveNull(key) => change_entry(&mut smaller.script, key, |attempts| {
                attempts
                    .iter_mut()
                    .fold(false, |changed, attempt| match &mut attempt.then {
                        Then::Returns(output) => make_null(output) || changed,
                        _ => changed,
                    })
            }),
            Self::DropInput => make_null(&mut smaller.input),
            Self::Rules(_) => false,
        };
        has_changed.then_some(smaller)
    }
}

fn drop_place<T>(list: &mut Vec<T>, place: usize) -> bool {
    place < list.len() && {
        list.remove(place);
        true
    }
}

fn drop_tasks(workflow: &mut Workflow, script: &mut Script, ids: &BTreeSet<TaskId>) -> bool {
    let all = workflow.tasks.len();
    // In the order of the tasks, whatever that is: what a dropped task needs may be dropped as well, later.
    for id in ids {
        let Some(place) = workflow.tasks.iter().position(|task| task.id == *id) else {
            continue;
        };
        let dropped = workflow.tasks.remove(place);
        for task in workflow.tasks.iter_mut().filter(|task| task.needs.contains(id)) {
            task.needs.retain(|need| need != id);
            for need in &dropped.needs {
                if !task.needs.contains(need) && *need != task.id && need != id {
                    task.needs.push(Arc::clone(need));
                }
            }
        }
    }
    let is_dropped = |key: &str| {
        let task = key
            .rsplit_once('[')
            .filter(|(_, item)| item.ends_with(']'))
            .map_or(key, |(task, _)| task);
        ids.contains(key) || ids.contains(task)
    };
    script.tasks.retain(|key, _| !is_dropped(key));
    workflow.tasks.len() < all
}

fn drop_setting(workflow: &mut Workflow, setting: Setting) -> bool {
    match setting {
        Setting::Timeout => workflow.timeout.take().is_some(),
        Setting::MaxParallel => workflow.max_parallel.take().is_some(),
        Setting::OnFailure => replace(&mut workflow.on_failure, OnFailure::default()),
    }
}

fn drop_part(task: &mut Task, part: Part) -> bool {
    match part {
        Part::When => task.when.take().is_some(),
        Part::RunIf => replace(&mut task.run_if, RunIf::default()),
        Part::Retry => replace(&mut task.retry, Retry::default()),
        Part::Timeout => task.timeout.take().is_some(),
        Part::Priority => replace(&mut task.priority, 0),
        Part::Compensate => task.compensate.take().is_some(),
        Part::ForEach => task.for_each.take().is_some(),
        Part::Input => task
            .call
            .as_mut()
            .is_some_and(|work| replace(&mut work.input, Input::default())),
    }
}

fn change_task(workflow: &mut Arc<Workflow>, id: &TaskId, change: impl FnOnce(&mut Task) -> bool) -> bool {
    let Some(place) = workflow.tasks.iter().position(|task| task.id == *id) else {
        return false;
    };
    change(&mut Arc::make_mut(workflow).tasks[place])
}

fn change_entry(script: &mut Arc<Script>, key: &str, change: impl FnOnce(&mut Vec<contract::Attempt>) -> bool) -> bool {
    Arc::make_mut(script)
        .tasks
        .get_mut(key)
        .is_some_and(|entry| change(&mut entry.attempts))
}

fn make_null(value: &mut Json) -> bool {
    !value.is_null() && {
        *value = Json::default();
        true
    }
}

fn replace<T: PartialEq>(value: &mut T, new: T) -> bool {
    let changes = *value != new;
    *value = new;
    changes
}
