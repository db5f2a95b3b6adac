//! Checking: "a definition is checked before anything runs; a refused one yields `Rejected` with *all* its problems".
//!
//! One function per kind of problem, each of them blind to the others. Order and repetition are left to
//! [`contract::Rejection`].

use std::collections::{BTreeMap, BTreeSet};

use contract::workflow::{LogicField, RunIf};
use contract::{Problem, TaskId, Workflow};
use datalogic_rs::Engine;

use crate::program::template;

/// All that is wrong with `workflow`, in no particular order.
pub(crate) fn problems(workflow: &Workflow, logic: &Engine) -> Vec<Problem> {
    let mut problems = Vec::new();
    problems.extend(empty_ids(workflow));
    problems.extend(duplicate_ids(workflow));
    problems.extend(bad_needs(workflow));
    problems.extend(cycles(workflow));
    problems.extend(limits_of_zero(workflow));
    problems.extend(bad_combinations(workflow));
    problems.extend(bad_logic(workflow, logic));
    problems
}

/// "Empty … id."
fn empty_ids(workflow: &Workflow) -> Vec<Problem> {
    let of_tasks = (0..workflow.tasks.len())
        .filter(|index| workflow.tasks[*index].id.is_empty())
        .map(Some);
    let of_workflow = workflow.id.is_empty().then_some(None);
    of_workflow
        .into_iter()
        .chain(of_tasks)
        .map(|task| Problem::EmptyId { task })
        .collect()
}

/// "… or duplicate id", once per id.
fn duplicate_ids(workflow: &Workflow) -> Vec<Problem> {
    let mut seen = BTreeSet::new();
    let again = workflow.tasks.iter().filter(|task| !seen.insert(&task.id));
    again
        .map(|task| Problem::DuplicateId {
            id: TaskId::clone(&task.id),
        })
        .collect()
}

/// "Unknown need, self-need."
fn bad_needs(workflow: &Workflow) -> Vec<Problem> {
    let ids: BTreeSet<&TaskId> = workflow.tasks.iter().map(|task| &task.id).collect();
    let mut problems = Vec::new();
    for task in &workflow.tasks {
        for need in &task.needs {
            if *need == task.id {
                problems.push(Problem::SelfNeed {
                    task: TaskId::clone(need),
                });
            } else if !ids.contains(need) {
                problems.push(Problem::UnknownNeed {
                    task: TaskId::clone(&task.id),
                    need: TaskId::clone(need),
                });
            }
        }
    }
    problems
}

/// "Cycle (naming the tasks on it)": one problem for each set of two or more tasks that all reach each other.
///
/// The first task of an id is the one that counts. A need of itself is a self-need and no cycle, and an unknown need leads
/// nowhere; both drop out of the reckoning, the former because a set of one is no cycle.
fn cycles(workflow: &Workflow) -> Vec<Problem> {
    let mut first = BTreeMap::new();
    for (index, task) in workflow.tasks.iter().enumerate() {
        first.entry(&task.id).or_insert(index);
    }
    let edges_of = |index: usize| {
        let is_first = first[&workflow.tasks[index].id] == index;
        workflow.tasks[index]
            .needs
            .iter()
            .filter(move |_| is_first)
            .filter_map(|need| first.get(need).copied())
            .collect()
    };
    let needs: Vec<Vec<usize>> = (0..workflow.tasks.len()).map(edges_of).collect();

    // Tasks that could run if the rest never did are on no cycle. In a good definition that is all of them.
    let mut is_suspect = vec![true; needs.len()];
    loop {
        let before = is_suspect.clone();
        for task in (0..needs.len()).chain((0..needs.len()).rev()) {
            is_suspect[task] &= needs[task].iter().any(|need| *need != task && is_suspect[*need]);
        }
        if is_suspect == before {
            break;
        }
    }

    let mut dependents = vec![Vec::new(); needs.len()];
    for (task, needed) in needs.iter().enumerate() {
        for need in needed {
            dependents[*need].push(task);
        }
    }
    let mut problems = Vec::new();
    while let Some(start) = is_suspect.iter().position(|is_suspect| *is_suspect) {
        let is_above = reachable(start, &needs, &is_suspect);
        let is_below = reachable(start, &dependents, &is_suspect);
        let component: Vec<usize> = (0..needs.len())
            .filter(|task| is_above[*task] && is_below[*task])
            .collect();
        if component.len() >= 2 {
            let mut tasks: Vec<TaskId> = component
                .iter()
                .map(|index| TaskId::clone(&workflow.tasks[*index].id))
                .collect();
            tasks.sort();
            problems.push(Problem::Cycle { tasks });
        }
        for task in component {
            is_suspect[task] = false;
        }
    }
    problems
}

/// Which tasks can be reached from `start`, itself included, along `edges` within `allowed`.
fn reachable(start: usize, edges: &[Vec<usize>], allowed: &[bool]) -> Vec<bool> {
    let mut is_reached = vec![false; edges.len()];
    let mut to_visit = vec![start];
    while let Some(task) = to_visit.pop() {
        if allowed[task] && !is_reached[task] {
            is_reached[task] = true;
            to_visit.extend(&edges[task]);
        }
    }
    is_reached
}

/// "`max_parallel` of 0, `max_attempts` of 0."
fn limits_of_zero(workflow: &Workflow) -> Vec<Problem> {
    let no_slots = (workflow.max_parallel == Some(0)).then_some(Problem::NoSlots);
    let no_attempts = workflow.tasks.iter().filter(|task| task.retry.max_attempts == 0);
    let no_attempts = no_attempts.map(|task| Problem::NoAttempts {
        task: TaskId::clone(&task.id),
    });
    no_slots.into_iter().chain(no_attempts).collect()
}

/// "`ask` together with `call` (or neither), `for_each` with `ask`, `any_succeeded`/`any_failed` without needs."
fn bad_combinations(workflow: &Workflow) -> Vec<Problem> {
    let mut problems = Vec::new();
    for definition in &workflow.tasks {
        let task = || TaskId::clone(&definition.id);
        if definition.ask.is_some() && definition.call.is_some() {
            problems.push(Problem::AskAndCall { task: task() });
        }
        if definition.ask.is_none() && definition.call.is_none() {
            problems.push(Problem::NothingToDo { task: task() });
        }
        if definition.for_each.is_some() && definition.ask.is_some() {
            problems.push(Problem::ForEachAsk { task: task() });
        }
        if matches!(definition.run_if, RunIf::AnySucceeded | RunIf::AnyFailed) && definition.needs.is_empty() {
            problems.push(Problem::RunIfWithoutNeeds { task: task() });
        }
    }
    problems
}

/// "A JSONLogic that does not compile."
fn bad_logic(workflow: &Workflow, logic: &Engine) -> Vec<Problem> {
    let mut problems = Vec::new();
    for task in &workflow.tasks {
        let fields = [
            (LogicField::When, task.when.as_ref()),
            (LogicField::ForEach, task.for_each.as_ref()),
            (LogicField::Call, template(task.call.as_ref())),
            (LogicField::Compensate, template(task.compensate.as_ref())),
        ];
        for (field, source) in fields {
            if source.is_some_and(|source| contract::logic::compile(logic, source).is_err()) {
                problems.push(Problem::BadLogic {
                    task: TaskId::clone(&task.id),
                    field,
                });
            }
        }
    }
    problems
}
