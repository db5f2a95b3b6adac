//! Invalid twins: a valid case, broken in one to three ways.
//!
//! Hostile strings and absurd numbers alone leave a case valid. JSONLogic is not among the breaks: the evaluator compiles
//! whatever is nested less deeply than a case file can be.

use std::sync::Arc;

use contract::workflow::{Ask, Retry, RunIf, Task, Workflow};
use contract::{Definition, Millis, TaskId};
use serde_json::{Value, json};

use super::draw::Draw;
use super::hostile;
use crate::Case;

/// A twin of `case`, broken as `seed` says. Its id ends in `-twin`, and it is tagged `invalid`.
pub fn invalid_twin(case: &Case, seed: u64) -> Case {
    let mut twin = case.clone();
    twin.id.push_str("-twin");
    make_invalid(&mut twin, false, &mut Draw::at(seed, 0));
    twin
}

/// A way to break a workflow. It gives `false` if it has nothing to break.
type Break = fn(&mut Workflow, &mut Draw) -> bool;

/// Ways that make an engine refuse the workflow.
const REFUSED: [Break; 13] = [
    duplicate_id,
    self_need,
    cycle,
    unknown_need,
    no_slots,
    no_attempts,
    ask_and_call,
    nothing_to_do,
    for_each_ask,
    run_if_without_needs,
    empty_id,
    empty_need,
    empty_workflow_id,
];
/// Ways that leave it valid.
const ODD: [Break; 3] = [absurd_numbers, hostile_names, hostile_workflow_id];

/// Breaks `case` in one to three ways. If it `must_be_refused`, the first of them makes it so.
pub(super) fn make_invalid(case: &mut Case, must_be_refused: bool, draw: &mut Draw) {
    let Definition::Dag(workflow) = &mut case.definition else {
        return;
    };
    let workflow = Arc::make_mut(workflow);
    let ways = draw.between(1, 3);
    let odd = (0..ways - u64::from(must_be_refused))
        .filter(|_| draw.chance(0.3))
        .count() as u64;
    // The odd ones first, because they might mend what the others break. Not every way fits every workflow, but any
    // workflow can lose its id.
    for (choices, mut left) in [(&ODD[..], odd), (&REFUSED[..], ways - odd)] {
        while left > 0 {
            left -= u64::from(draw.pick(choices)(workflow, draw));
        }
    }
    case.tags.push("invalid".to_owned());
}

fn one<'a>(workflow: &'a mut Workflow, draw: &mut Draw) -> Option<&'a mut Task> {
    let tasks = workflow.tasks.len();
    (tasks > 0).then(|| &mut workflow.tasks[draw.below(tasks)])
}

fn two(workflow: &Workflow, draw: &mut Draw) -> Option<(usize, usize)> {
    let tasks = workflow.tasks.len();
    (tasks > 1).then(|| {
        let first = draw.below(tasks);
        (first, (first + 1 + draw.below(tasks - 1)) % tasks)
    })
}

fn duplicate_id(workflow: &mut Workflow, draw: &mut Draw) -> bool {
    let Some((first, second)) = two(workflow, draw) else {
        return false;
    };
    workflow.tasks[second].id = Arc::clone(&workflow.tasks[first].id);
    true
}

fn self_need(workflow: &mut Workflow, draw: &mut Draw) -> bool {
    let Some(task) = one(workflow, draw) else { return false };
    task.needs.push(Arc::clone(&task.id));
    true
}

fn cycle(workflow: &mut Workflow, draw: &mut Draw) -> bool {
    if workflow.tasks.len() < 2 {
        return false;
    }
    let length = draw.between(2, workflow.tasks.len().min(5) as u64) as usize;
    let mut members: Vec<usize> = (0..workflow.tasks.len()).collect();
    draw.shuffle(&mut members);
    members.truncate(length);
    let ids: Vec<TaskId> = members
        .iter()
        .map(|task| Arc::clone(&workflow.tasks[*task].id))
        .collect();
    for (place, task) in members.iter().enumerate() {
        let need = Arc::clone(&ids[(place + 1) % length]);
        if !workflow.tasks[*task].needs.contains(&need) {
            workflow.tasks[*task].needs.push(need);
        }
    }
    true
}

fn unknown_need(workflow: &mut Workflow, draw: &mut Draw) -> bool {
    let Some(task) = one(workflow, draw) else { return false };
    let unknown = if draw.chance(0.3) {
        hostile::text(draw)
    } else {
        "nobody"
    };
    task.needs.insert(0, unknown.into());
    true
}

fn no_slots(workflow: &mut Workflow, _: &mut Draw) -> bool {
    workflow.max_parallel = Some(0);
    true
}

fn no_attempts(workflow: &mut Workflow, draw: &mut Draw) -> bool {
    one(workflow, draw).map(|task| task.retry.max_attempts = 0).is_some()
}

fn ask_and_call(workflow: &mut Workflow, draw: &mut Draw) -> bool {
    let Some(task) = one(workflow, draw).filter(|task| task.call.is_some()) else {
        return false;
    };
    task.ask = Some(question());
    true
}

fn nothing_to_do(workflow: &mut Workflow, draw: &mut Draw) -> bool {
    let Some(task) = one(workflow, draw) else { return false };
    (task.call, task.ask) = (None, None);
    true
}

fn for_each_ask(workflow: &mut Workflow, draw: &mut Draw) -> bool {
    let Some(task) = one(workflow, draw) else { return false };
    (task.call, task.ask, task.for_each) = (None, Some(question()), Some(json!([1, 2])));
    true
}

fn run_if_without_needs(workflow: &mut Workflow, draw: &mut Draw) -> bool {
    let Some(task) = one(workflow, draw) else { return false };
    task.needs.clear();
    task.run_if = *draw.pick(&[RunIf::AnyFailed, RunIf::AnySucceeded]);
    true
}

fn empty_id(workflow: &mut Workflow, draw: &mut Draw) -> bool {
    one(workflow, draw).map(|task| task.id = "".into()).is_some()
}

fn empty_need(workflow: &mut Workflow, draw: &mut Draw) -> bool {
    one(workflow, draw).map(|task| task.needs.push("".into())).is_some()
}

fn empty_workflow_id(workflow: &mut Workflow, _: &mut Draw) -> bool {
    workflow.id = "".into();
    true
}

/// Numbers at the ends of their ranges, where they make no run longer than it was.
fn absurd_numbers(workflow: &mut Workflow, draw: &mut Draw) -> bool {
    if draw.chance(0.3) {
        workflow.max_parallel = Some(u32::MAX);
        workflow.timeout = Some(Millis(u64::MAX));
    }
    let Some(task) = one(workflow, draw) else { return false };
    match draw.below(4) {
        0 => task.timeout = Some(Millis(u64::MAX)),
        1 => task.priority = *draw.pick(&[i32::MIN, i32::MAX]),
        2 => task.retry.initial = Millis(u64::MAX),
        _ => task.retry = absurd_retry(),
    }
    if draw.chance(0.3)
        && let Some(work) = &mut task.call
    {
        work.input = contract::workflow::Input::Literal(Arc::new(json!([i64::MIN, u64::MAX, f64::MAX, 5e-324])));
    }
    true
}

/// Every number as large as it can be; the delay stays short, and no error is of this kind, or the run would never end.
fn absurd_retry() -> Retry {
    Retry {
        max_attempts: u32::MAX,
        initial: Millis(u64::MAX),
        factor: f64::MAX,
        max_delay: Some(Millis(7)),
        only: Some(vec!["no such kind".into()]),
    }
}

fn hostile_names(workflow: &mut Workflow, draw: &mut Draw) -> bool {
    let Some(task) = one(workflow, draw) else { return false };
    let Some(work) = &mut task.call else { return false };
    work.handler = hostile::text(draw).into();
    work.input = contract::workflow::Input::Literal(Arc::new(Value::from(hostile::text(draw))));
    true
}

fn hostile_workflow_id(workflow: &mut Workflow, draw: &mut Draw) -> bool {
    workflow.id = if draw.chance(0.2) {
        "w".repeat(100_000).into()
    } else {
        hostile::text(draw).into()
    };
    true
}

fn question() -> Ask {
    Ask {
        variable: "answer".into(),
        prompt: "Is this right?".to_owned(),
    }
}
