//! What each step does to a case.

use std::collections::BTreeSet;
use std::sync::Arc;

use contract::script::{Attempt, Script, Then};
use contract::workflow::{Input, OnFailure, Retry, RunIf, Task, Work, Workflow};
use contract::{CallError, Definition, Json, Millis, TaskId};

use super::super::json::{Change, make_smaller, make_smaller_json};
use super::{Less, Part, Place, Setting, WorkflowStep, names, task_mut};
use crate::Case;
use crate::size::Size;

/// The case after `step`; `None` if that changes nothing.
pub(super) fn taken(step: &WorkflowStep, case: &Case) -> Option<Case> {
    if *step == WorkflowStep::Rename {
        return names::renamed(case);
    }
    let mut smaller = case.clone();
    let Definition::Dag(workflow) = &mut smaller.definition else {
        return None;
    };
    let script = &mut smaller.script;
    let has_changed = match step {
        WorkflowStep::DropTasks(ids) => drop_tasks(Arc::make_mut(workflow), Arc::make_mut(script), ids),
        WorkflowStep::DropAsked(id) => {
            let signals = script.signals.clone();
            let has_changed = drop_tasks(
                Arc::make_mut(workflow),
                Arc::make_mut(script),
                &BTreeSet::from([Arc::clone(id)]),
            );
            Arc::make_mut(script).signals = signals;
            has_changed
        }
        WorkflowStep::FailAtOnce(id) => {
            let before = Size::of(case);
            fail_at_once(Arc::make_mut(workflow), Arc::make_mut(script), id)?;
            return Some(smaller).filter(|smaller| Size::of(smaller) < before);
        }
        WorkflowStep::DropNeed(id, need) => {
            let task = task_mut(workflow, id)?;
            let all = task.needs.len();
            task.needs.retain(|other| other != need);
            task.needs.len() < all
        }
        WorkflowStep::Setting(setting) => lower_setting(Arc::make_mut(workflow), *setting),
        WorkflowStep::Part(id, part) => lower_part(task_mut(workflow, id)?, *part),
        WorkflowStep::Faster(times) => make_faster(Arc::make_mut(workflow), Arc::make_mut(script), *times),
        WorkflowStep::DropSignal(place) => drop_place(&mut Arc::make_mut(script).signals, *place),
        WorkflowStep::Sooner(place, at) => make_sooner(Arc::make_mut(script), *place, *at),
        WorkflowStep::DropCrash(place) => drop_place(&mut Arc::make_mut(script).crashes, *place),
        WorkflowStep::ShortenOutage(place) => {
            let crash = Arc::make_mut(script).crashes.get_mut(*place)?;
            let shorter = Millis(crash.outage.0 / 10);
            replace(&mut crash.outage, shorter)
        }
        WorkflowStep::DropEntry(key) => Arc::make_mut(script).tasks.remove(key).is_some(),
        WorkflowStep::DropUndo(key) => Arc::make_mut(script).tasks.get_mut(key)?.compensate.take().is_some(),
        WorkflowStep::Attempt(key, place, less) => {
            let attempts = &mut Arc::make_mut(script).tasks.get_mut(key)?.attempts;
            make_less(attempts, *place, *less)
        }
        WorkflowStep::Value(place, pointer, change) => {
            change_value(workflow, script, &mut smaller.input, place, pointer, *change)?
        }
        WorkflowStep::DropInput => make_null(&mut smaller.input),
        WorkflowStep::Rename => false,
    };
    has_changed.then_some(smaller)
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
    script
        .signals
        .retain(|scripted| !matches!(&scripted.signal, contract::Signal::Respond { task, .. } if ids.contains(task)));
    workflow.tasks.len() < all
}

/// A template that cannot be evaluated makes no call, and fails its task.
fn fail_at_once(workflow: &mut Workflow, script: &mut Script, id: &TaskId) -> Option<()> {
    script.tasks.remove(&**id)?;
    for task in &mut workflow.tasks {
        task.needs.retain(|need| need != id);
        if task.id == *id {
            task.call.as_mut()?.input = Input::Template(serde_json::json!({ "+": "x" }));
            task.retry = Retry::default();
        }
    }
    let attempts = script.tasks.values_mut().flat_map(|entry| &mut entry.attempts);
    attempts.for_each(|attempt| attempt.takes = Attempt::default().takes);
    Some(())
}

fn lower_setting(workflow: &mut Workflow, setting: Setting) -> bool {
    match setting {
        Setting::Timeout => workflow.timeout.take().is_some(),
        Setting::MaxParallel => workflow.max_parallel.take().is_some(),
        Setting::OnFailure => replace(&mut workflow.on_failure, OnFailure::default()),
        Setting::OneAtATime => match &mut workflow.max_parallel {
            Some(limit) if *limit > 1 => replace(limit, 1),
            _ => false,
        },
    }
}

fn lower_part(task: &mut Task, part: Part) -> bool {
    let retries = task.retry.max_attempts > 1;
    match part {
        Part::When => task.when.take().is_some(),
        Part::RunIf => replace(&mut task.run_if, RunIf::default()),
        Part::Retry => replace(&mut task.retry, Retry::default()),
        Part::Timeout => task.timeout.take().is_some(),
        Part::Priority => replace(&mut task.priority, 0),
        Part::Compensate => task.compensate.take().is_some(),
        Part::ForEach => task.for_each.take().is_some(),
        Part::Input => task.call.as_mut().is_some_and(without_input),
        Part::UndoInput => task.compensate.as_mut().is_some_and(without_input),
        Part::Ask => {
            let asks = task.ask.take().is_some();
            if asks && task.call.is_none() {
                task.call = Task::calling("x", "h").call;
            }
            asks
        }
        Part::RetryOnce => task.retry.max_attempts > 2 && replace(&mut task.retry.max_attempts, 2),
        Part::RetryAtOnce => retries && replace(&mut task.retry.initial, Millis::ZERO),
        Part::RetryFactor => retries && replace(&mut task.retry.factor, Retry::default().factor),
        Part::RetryMaxDelay => retries && task.retry.max_delay.take().is_some(),
        Part::RetryOnly => retries && task.retry.only.take().is_some(),
        Part::LowPriority => {
            let sign = task.priority.signum();
            replace(&mut task.priority, sign)
        }
        Part::ShortTimeout(limit) => match &mut task.timeout {
            Some(timeout) if timeout.0 > limit => replace(timeout, Millis(limit)),
            _ => false,
        },
    }
}

fn without_input(work: &mut Work) -> bool {
    replace(&mut work.input, Input::default())
}

/// Everything that takes time takes `times` less of it, but no less than 1 ms.
fn make_faster(workflow: &mut Workflow, script: &mut Script, times: u64) -> bool {
    let mut changed = false;
    let mut shorten = |time: &mut Millis| changed |= replace(time, Millis(time.0.div_ceil(times)));
    workflow.timeout.iter_mut().for_each(&mut shorten);
    for task in &mut workflow.tasks {
        task.timeout.iter_mut().for_each(&mut shorten);
        shorten(&mut task.retry.initial);
        task.retry.max_delay.iter_mut().for_each(&mut shorten);
    }
    for entry in script.tasks.values_mut() {
        let attempts = entry.attempts.iter_mut().chain(&mut entry.compensate);
        attempts.for_each(|attempt| shorten(&mut attempt.takes));
    }
    script.signals.iter_mut().for_each(|scripted| shorten(&mut scripted.at));
    script.crashes.iter_mut().for_each(|crash| shorten(&mut crash.at));
    changed
}

/// The signals stay in the order of their times.
fn make_sooner(script: &mut Script, place: usize, at: Millis) -> bool {
    let before = place.checked_sub(1).and_then(|before| script.signals.get(before));
    let earliest = before.map_or(Millis::ZERO, |before| before.at);
    match script.signals.get_mut(place) {
        Some(scripted) if at < scripted.at && at >= earliest => replace(&mut scripted.at, at),
        _ => false,
    }
}

fn make_less(attempts: &mut Vec<Attempt>, place: usize, less: Less) -> bool {
    let several = attempts.len() > 1;
    let Some(attempt) = attempts.get_mut(place) else {
        return false;
    };
    match less {
        Less::Drop => several && drop_place(attempts, place),
        Less::Takes(time) => attempt.takes > time && replace(&mut attempt.takes, time),
        Less::GiveNull => replace(&mut attempt.then, Then::default()),
        Less::PlainError => match &mut attempt.then {
            Then::Fails(CallError { message, .. }) | Then::Panics(message) => {
                message.len() > 1 && replace(message, "x".to_owned())
            }
            _ => false,
        },
    }
}

fn change_value(
    workflow: &mut Arc<Workflow>,
    script: &mut Arc<Script>,
    input: &mut Json,
    place: &Place,
    pointer: &str,
    change: Change,
) -> Option<bool> {
    let of_work = |work: &mut Work| match &mut work.input {
        Input::Literal(value) => make_smaller_json(value, pointer, change),
        Input::Template(logic) => make_smaller(logic, pointer, change),
    };
    Some(match place {
        Place::RunInput => make_smaller_json(input, pointer, change),
        Place::When(id) => make_smaller(task_mut(workflow, id)?.when.as_mut()?, pointer, change),
        Place::ForEach(id) => make_smaller(task_mut(workflow, id)?.for_each.as_mut()?, pointer, change),
        Place::Input(id) => of_work(task_mut(workflow, id)?.call.as_mut()?),
        Place::UndoInput(id) => of_work(task_mut(workflow, id)?.compensate.as_mut()?),
        Place::Output(key, attempt) => {
            let entry = Arc::make_mut(script).tasks.get_mut(key)?;
            match &mut entry.attempts.get_mut(*attempt)?.then {
                Then::Returns(output) => make_smaller_json(output, pointer, change),
                _ => false,
            }
        }
    })
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
