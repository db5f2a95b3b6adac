//! Bugs in reading a workflow: its needs, its failure policy, its order and its limit.

use std::collections::{HashMap, HashSet};

use contract::Feature::{
    Compensation, FailureCancel, FailureContinue, FailureStop, ForEach, MaxParallel, Needs, Priority, RunIf as RunIfs,
    TaskTimeout, UserInput,
};
use contract::workflow::{OnFailure, RunIf, Task};
use contract::{Format, TaskId, Workflow};

use crate::mutants::{Mutant, Place};

fn dag(name: &'static str, about: &'static str) -> Mutant {
    Mutant::new(Place::Definition, Format::Dag, name, about)
}

pub(super) fn mutants() -> Vec<Mutant> {
    let mut mutants = needs();
    mutants.extend(policies());
    mutants.extend(queue());
    mutants
}

fn needs() -> Vec<Mutant> {
    vec![
        dag("drops-all-needs", "Every task starts at once, whatever it needs.")
            .uses([Needs])
            .seen_in("TheFactory TaskExecutionEngine: its sort empties the graph that it sorts")
            .smallest(2, 1)
            .misreads(|workflow| {
                for task in &mut workflow.tasks {
                    task.needs.clear();
                    if matches!(task.run_if, RunIf::AnySucceeded | RunIf::AnyFailed) {
                        task.run_if = RunIf::AllDone;
                    }
                }
            }),
        dag(
            "ignores-the-last-need-of-a-join",
            "A task that joins several branches does not wait for the last of them.",
        )
        .uses([Needs])
        .seen_in("agentic-orchestrator: wait_for_all is set and never enforced")
        .smallest(3, 3)
        .misreads(|workflow| {
            for task in workflow.tasks.iter_mut().filter(|task| is_join(task)) {
                task.needs.pop();
            }
        }),
        dag(
            "ignores-a-transitive-need",
            "A need that follows from other needs is taken for superfluous, although `run_if` looks at how it ended.",
        )
        .uses([Needs, RunIfs])
        .smallest(3, 5)
        .misreads(|workflow| {
            let needs: HashMap<TaskId, Vec<TaskId>> = workflow
                .tasks
                .iter()
                .map(|task| (task.id.clone(), task.needs.clone()))
                .collect();
            for task in workflow.tasks.iter_mut().filter(|task| is_join(task)) {
                let mut followed: HashSet<&str> = HashSet::new();
                for other in &needs[&task.id] {
                    let behind = behind(&needs, other);
                    followed.extend(behind.into_iter().filter(|need| *need != &**other));
                }
                task.needs.retain(|need| !followed.contains(&**need));
            }
        }),
    ]
}

fn is_join(task: &Task) -> bool {
    task.needs.iter().any(|need| *need != task.needs[0])
}

/// What `task` needs, directly or not.
fn behind<'a>(needs: &'a HashMap<TaskId, Vec<TaskId>>, task: &'a str) -> HashSet<&'a str> {
    let mut seen = HashSet::new();
    let mut next = vec![task];
    while let Some(task) = next.pop() {
        for need in needs.get(task).into_iter().flatten() {
            if seen.insert(&**need) {
                next.push(need);
            }
        }
    }
    seen
}

fn policy(workflow: &mut Workflow, from: OnFailure, to: OnFailure) {
    if workflow.on_failure == from {
        workflow.on_failure = to;
    }
}

fn policies() -> Vec<Mutant> {
    vec![
        dag(
            "goes-on-after-a-failure",
            "Independent tasks are still started after a failure that should have stopped the run.",
        )
        .uses([FailureStop])
        .seen_in("pd dag executor: not fail-fast")
        .smallest(2, 1)
        .misreads(|workflow| policy(workflow, OnFailure::Stop, OnFailure::Continue)),
        dag(
            "stops-independent-tasks",
            "A failure ends the tasks that do not depend on it too, although the workflow says to continue.",
        )
        .uses([FailureContinue])
        .seen_in("pd task manager: fail-fast")
        .smallest(2, 3)
        .misreads(|workflow| policy(workflow, OnFailure::Continue, OnFailure::Stop)),
        dag(
            "lets-running-calls-finish-on-cancel",
            "Calls that a failure should cut off run to their end.",
        )
        .uses([FailureCancel])
        .seen_in("agentic-orchestrator: other branches keep running, no cancellation")
        .smallest(2, 2)
        .misreads(|workflow| policy(workflow, OnFailure::Cancel, OnFailure::Stop)),
        dag(
            "cuts-off-running-calls-on-stop",
            "A failure cuts off calls that should have been left to finish.",
        )
        .uses([FailureStop])
        .smallest(2, 1)
        .misreads(|workflow| policy(workflow, OnFailure::Stop, OnFailure::Cancel)),
        dag(
            "never-compensates",
            "A failed run is left as it is, and nothing is undone.",
        )
        .uses([Compensation])
        .seen_in("pd dag executor: rollback does nothing")
        .smallest(1, 2)
        .misreads(|workflow| policy(workflow, OnFailure::Compensate, OnFailure::Stop)),
        dag(
            "compensates-unasked",
            "A failed run is undone although its workflow only says to stop.",
        )
        .uses([FailureStop])
        .smallest(1, 1)
        .misreads(|workflow| policy(workflow, OnFailure::Stop, OnFailure::Compensate)),
        dag(
            "goes-on-after-a-cancelling-failure",
            "A failure that should cancel the run only skips its dependents.",
        )
        .uses([FailureCancel])
        .smallest(2, 2)
        .misreads(|workflow| policy(workflow, OnFailure::Cancel, OnFailure::Continue)),
    ]
}

fn queue() -> Vec<Mutant> {
    vec![
        dag(
            "ignores-priority",
            "Ready tasks start in the order of their declaration, whatever their priority.",
        )
        .uses([Priority, MaxParallel])
        .seen_in("AgentGate Scheduler: priorityEnabled is false by default")
        .smallest(2, 2)
        .misreads(|workflow| {
            for task in &mut workflow.tasks {
                task.priority = 0;
            }
        }),
        dag(
            "starts-the-lowest-priority-first",
            "Of two ready tasks the less urgent one starts first.",
        )
        .uses([Priority, MaxParallel])
        .smallest(2, 2)
        .misreads(|workflow| {
            for task in &mut workflow.tasks {
                task.priority = task.priority.saturating_neg();
            }
        }),
        dag(
            "starts-the-last-declared-first",
            "Ready tasks of one priority start last in, first out.",
        )
        .uses([MaxParallel])
        .smallest(2, 1)
        .misreads(|workflow| {
            for (place, task) in (0..).zip(&mut workflow.tasks) {
                task.priority = task.priority.saturating_mul(10_000).saturating_add(place);
            }
        }),
        dag("limit-plus-one", "One call more is in flight than max_parallel allows.")
            .uses([MaxParallel])
            .smallest(2, 1)
            .misreads(|workflow| {
                workflow.max_parallel = workflow.max_parallel.map(|limit| limit.saturating_add(1));
            }),
        dag(
            "ignores-max-parallel",
            "Everything that is ready starts, whatever max_parallel says.",
        )
        .uses([MaxParallel])
        .seen_in("TheFactory TaskExecutionEngine: 8 tasks at once with a limit of 2")
        .smallest(2, 1)
        .misreads(|workflow| workflow.max_parallel = None),
        dag(
            "one-task-at-a-time",
            "Tasks that could run side by side run one after another.",
        )
        .seen_in("pd task manager: sequential")
        .smallest(2, 1)
        .misreads(|workflow| workflow.max_parallel = Some(1)),
        dag(
            "ignores-the-timeout-of-a-question",
            "A question whose answer is overdue is kept open.",
        )
        .uses([UserInput, TaskTimeout])
        .smallest(1, 2)
        .misreads(|workflow| {
            for task in workflow.tasks.iter_mut().filter(|task| task.ask.is_some()) {
                task.timeout = None;
            }
        }),
        dag(
            "runs-only-the-first-item",
            "Of a list of items that the definition gives only the first one is worked on.",
        )
        .uses([ForEach])
        .smallest(1, 1)
        .misreads(|workflow| {
            for items in workflow.tasks.iter_mut().filter_map(|task| task.for_each.as_mut()) {
                if let serde_json::Value::Array(items) = items {
                    items.truncate(1);
                }
            }
        }),
    ]
}
