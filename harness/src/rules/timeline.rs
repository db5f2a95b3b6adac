//! The calls of a run, laid along the graph of its definition.

use std::collections::HashMap;

use contract::observation::ObservedCall;
use contract::workflow::Task;
use contract::{Millis, Purpose, Workflow};

use super::repeats::Calls;

/// One attempt: the call, or, if it was made again after a crash, the first and the last of them.
#[derive(Clone, Copy)]
pub(super) struct Made<'a> {
    pub(super) first: &'a ObservedCall,
    pub(super) last: &'a ObservedCall,
}

impl Made<'_> {
    pub(super) fn is_again(&self) -> bool {
        !std::ptr::eq(self.first, self.last)
    }
}

/// The attempts of each task, and the earliest moment at which its needs were over.
pub(super) struct Timeline<'a> {
    pub(super) workflow: &'a Workflow,
    /// Every call of work, by task, in the order they were made.
    pub(super) calls: Vec<Vec<&'a ObservedCall>>,
    /// The attempts by task, in the order they were first made.
    pub(super) attempts: Vec<Vec<Made<'a>>>,
    /// By task: when the last call of its needs, and of what they need, had ended.
    pub(super) released: Vec<Millis>,
}

impl<'a> Timeline<'a> {
    /// `None` if ids repeat, a need is unknown, or the needs go in a circle.
    pub(super) fn of(workflow: &'a Workflow, observed: &Calls<'a>) -> Option<Self> {
        let tasks = &workflow.tasks;
        let index: HashMap<&str, usize> = tasks
            .iter()
            .enumerate()
            .map(|(index, task)| (&*task.id, index))
            .collect();
        if index.len() != tasks.len() {
            return None;
        }
        let mut calls = vec![Vec::new(); tasks.len()];
        let mut attempts: Vec<Vec<Made<'a>>> = vec![Vec::new(); tasks.len()];
        for (place, call) in observed.all.iter().enumerate() {
            // A call for a task that does not exist is found by comparing calls.
            let Some(task) = index.get(&*call.task).filter(|_| call.purpose == Purpose::Work) else {
                continue;
            };
            calls[*task].push(call);
            let again = observed.made_again(place).map(|before| &observed.all[before]);
            let known =
                again.and_then(|before| attempts[*task].iter_mut().find(|made| std::ptr::eq(made.last, before)));
            match known {
                Some(made) => made.last = call,
                None => attempts[*task].push(Made {
                    first: call,
                    last: call,
                }),
            }
        }
        let mut released = vec![Millis::ZERO; tasks.len()];
        for task in in_order(tasks, &index)? {
            for need in &tasks[task].needs {
                let need = index[&**need];
                let ended = calls[need]
                    .iter()
                    .map(|call| call.ended.unwrap_or(Millis(u64::MAX)))
                    .max();
                released[task] = released[task].max(released[need]).max(ended.unwrap_or_default());
            }
        }
        Some(Self {
            workflow,
            calls,
            attempts,
            released,
        })
    }

    pub(super) fn tasks(&self) -> impl Iterator<Item = (usize, &'a Task, &[Made<'a>])> {
        self.workflow
            .tasks
            .iter()
            .enumerate()
            .map(|(index, task)| (index, task, &*self.attempts[index]))
    }
}

/// The tasks, each after its needs. `None` if a need is unknown or they go in a circle.
fn in_order(tasks: &[Task], index: &HashMap<&str, usize>) -> Option<Vec<usize>> {
    let mut missing: Vec<usize> = tasks.iter().map(|task| task.needs.len()).collect();
    let mut dependents = vec![Vec::new(); tasks.len()];
    for (dependent, task) in tasks.iter().enumerate() {
        for need in &task.needs {
            dependents[*index.get(&**need)?].push(dependent);
        }
    }
    let mut order: Vec<usize> = (0..tasks.len()).filter(|task| missing[*task] == 0).collect();
    let mut next = 0;
    while next < order.len() {
        for dependent in &dependents[order[next]] {
            missing[*dependent] -= 1;
            if missing[*dependent] == 0 {
                order.push(*dependent);
            }
        }
        next += 1;
    }
    (order.len() == tasks.len()).then_some(order)
}
