//! From a definition to one dataflow-rs workflow, or the reasons why that cannot be.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};

use contract::workflow::{Input, OnFailure, Problem, RunIf, Task, Workflow};
use dataflow_rs::FunctionConfig;
use serde_json::{Map, Value};

use crate::handler;

/// The tasks' places in the definition, in an order that their needs allow: Kahn's algorithm, which always takes the ready task
/// that is declared first.
pub(crate) fn order(workflow: &Workflow) -> Result<Vec<usize>, Vec<Problem>> {
    let tasks = &workflow.tasks;
    let mut problems: Vec<Problem> = tasks.iter().filter_map(missing_in_dataflow).collect();
    if workflow.max_parallel == Some(0) {
        problems.push(Problem::NoSlots);
    }
    if workflow.timeout.is_some() {
        problems.push(other("dataflow-rs has no timeout of a run".to_owned()));
    }
    let mut places: HashMap<&str, usize> = HashMap::with_capacity(tasks.len());
    for (place, task) in tasks.iter().enumerate() {
        if places.insert(&task.id, place).is_some() {
            problems.push(Problem::DuplicateId { id: task.id.clone() });
        }
    }
    let mut dependents = vec![Vec::new(); tasks.len()];
    let mut missing = vec![0_usize; tasks.len()];
    for (place, task) in tasks.iter().enumerate() {
        for need in &task.needs {
            if *need == task.id {
                problems.push(Problem::SelfNeed { task: task.id.clone() });
            } else if let Some(needed) = places.get(&**need) {
                dependents[*needed].push(place);
                missing[place] += 1;
            } else {
                problems.push(Problem::UnknownNeed {
                    task: task.id.clone(),
                    need: need.clone(),
                });
            }
        }
    }
    let mut ready: BinaryHeap<_> = (0..tasks.len())
        .filter(|place| missing[*place] == 0)
        .map(Reverse)
        .collect();
    let mut order = Vec::with_capacity(tasks.len());
    while let Some(Reverse(place)) = ready.pop() {
        order.push(place);
        for dependent in &dependents[place] {
            missing[*dependent] -= 1;
            if missing[*dependent] == 0 {
                ready.push(Reverse(*dependent));
            }
        }
    }
    if order.len() < tasks.len() {
        let left: BTreeSet<usize> = (0..tasks.len()).filter(|place| missing[*place] > 0).collect();
        problems.push(Problem::Cycle {
            tasks: on_a_circle(workflow, &dependents, left),
        });
    }
    if problems.is_empty() { Ok(order) } else { Err(problems) }
}

/// Those of the tasks that are `left` after Kahn's algorithm which stand on a circle or between two, by id.
fn on_a_circle(workflow: &Workflow, dependents: &[Vec<usize>], mut left: BTreeSet<usize>) -> Vec<contract::TaskId> {
    let mut needed_by: HashMap<usize, usize> = HashMap::new();
    let mut needs: HashMap<usize, Vec<usize>> = HashMap::new();
    for place in &left {
        for dependent in &dependents[*place] {
            *needed_by.entry(*place).or_default() += 1;
            needs.entry(*dependent).or_default().push(*place);
        }
    }
    let mut ends: Vec<usize> = left
        .iter()
        .copied()
        .filter(|place| !needed_by.contains_key(place))
        .collect();
    while let Some(end) = ends.pop() {
        left.remove(&end);
        for need in needs.remove(&end).unwrap_or_default() {
            if let Some(count) = needed_by.get_mut(&need) {
                *count -= 1;
                if *count == 0 {
                    ends.push(need);
                }
            }
        }
    }
    let mut tasks: Vec<_> = left.into_iter().map(|place| workflow.tasks[place].id.clone()).collect();
    tasks.sort();
    tasks
}

/// What a task asks for that dataflow-rs does not have, if anything.
fn missing_in_dataflow(task: &Task) -> Option<Problem> {
    let id = &task.id;
    let what = match (&task.call, &task.ask) {
        (Some(_), Some(_)) => return Some(Problem::AskAndCall { task: id.clone() }),
        (None, None) => return Some(Problem::NothingToDo { task: id.clone() }),
        (None, Some(_)) => "user input",
        _ if task.retry.max_attempts == 0 => return Some(Problem::NoAttempts { task: id.clone() }),
        _ if task.retry.max_attempts > 1 => "retry",
        _ if task.timeout.is_some() => "timeout of a task",
        _ if task.run_if != RunIf::AllSucceeded => "`run_if`",
        _ if task.priority != 0 => "priority",
        _ if task.for_each.is_some() => "`for_each`",
        _ => return None,
    };
    Some(other(format!("dataflow-rs has no {what}, which task `{id}` asks for")))
}

fn other(message: String) -> Problem {
    Problem::Other { message }
}

/// The dataflow-rs workflow, its tasks in this order.
pub(crate) fn lower(workflow: &Workflow, order: &[usize]) -> dataflow_rs::Workflow {
    let goes_on = workflow.on_failure == OnFailure::Continue;
    let tasks = order
        .iter()
        .map(|place| lower_task(*place, &workflow.tasks[*place], goes_on))
        .collect();
    dataflow_rs::Workflow::rule(&workflow.id, &workflow.id, Value::Bool(true), tasks)
}

fn lower_task(place: usize, task: &Task, goes_on: bool) -> dataflow_rs::Task {
    let mut input = Map::new();
    input.insert("task".to_owned(), place.into());
    // The function compiles the template from the definition; dataflow-rs looks for secrets in what stands here.
    if let Some(Input::Template(logic)) = task.call.as_ref().map(|work| &work.input) {
        input.insert("template".to_owned(), logic.clone());
    }
    let function = FunctionConfig::Custom {
        name: handler::NAME.to_owned(),
        input: Value::Object(input),
        compiled_input: None,
    };
    let mut lowered = dataflow_rs::Task::action(&task.id, &task.id, function);
    if let Some(when) = &task.when {
        lowered.condition = when.clone();
    }
    lowered.continue_on_error = goes_on;
    lowered
}
