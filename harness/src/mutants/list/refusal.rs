//! Bugs in checking a definition: what is accepted, what is refused, and what is said about it.

use contract::Feature::{EmptyWorkflow, Refusal};
use contract::{Definition, Format, Problem};

use crate::mutants::{Mutant, Place};

fn dag(name: &'static str, about: &'static str) -> Mutant {
    Mutant::new(Place::Refusal, Format::Dag, name, about)
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        dag(
            "accepts-a-cycle",
            "Tasks that need each other in a circle are run in some order.",
        )
        .uses([Refusal])
        .seen_in("TheFactory Workflow: succeeds even with a cycle")
        .smallest(2, 2)
        .overlooks(|workflow| {
            let ids: Vec<_> = workflow.tasks.iter().map(|task| task.id.clone()).collect();
            for (place, task) in workflow.tasks.iter_mut().enumerate() {
                task.needs
                    .retain(|need| ids[..=place].contains(need) || !ids.contains(need));
            }
        }),
        dag(
            "accepts-a-task-that-needs-itself",
            "A task that needs itself is run as if it did not.",
        )
        .uses([Refusal])
        .smallest(1, 1)
        .overlooks(|workflow| {
            for task in &mut workflow.tasks {
                let id = task.id.clone();
                task.needs.retain(|need| *need != id);
            }
        }),
        dag(
            "accepts-a-duplicate-id",
            "The last task of an id silently takes the place of the others.",
        )
        .uses([Refusal])
        .seen_in("pd task manager: a duplicate id overwrites")
        .smallest(2, 0)
        .overlooks(|workflow| {
            let ids: Vec<_> = workflow.tasks.iter().map(|task| task.id.clone()).collect();
            let mut place = 0;
            workflow.tasks.retain(|task| {
                place += 1;
                !ids[place..].contains(&task.id)
            });
        }),
        dag(
            "accepts-an-unknown-need",
            "A need that no task has as its id is silently dropped.",
        )
        .uses([Refusal])
        .seen_in("pd task manager: a dependency of an unknown task is dropped")
        .smallest(1, 1)
        .overlooks(|workflow| {
            let ids: Vec<_> = workflow.tasks.iter().map(|task| task.id.clone()).collect();
            for task in &mut workflow.tasks {
                task.needs.retain(|need| ids.contains(need));
            }
        }),
        dag(
            "takes-a-limit-of-0-for-none",
            "A max_parallel of 0 counts as unlimited.",
        )
        .uses([Refusal])
        .smallest(0, 1)
        .overlooks(|workflow| workflow.max_parallel = workflow.max_parallel.filter(|limit| *limit > 0)),
        dag("takes-0-attempts-for-one", "A max_attempts of 0 counts as one attempt.")
            .uses([Refusal])
            .smallest(1, 1)
            .overlooks(|workflow| {
                for task in &mut workflow.tasks {
                    task.retry.max_attempts = task.retry.max_attempts.max(1);
                }
            }),
        dag(
            "names-only-the-first-problem",
            "Of all that is wrong with the tasks of a definition only one thing is named.",
        )
        .uses([Refusal])
        .smallest(1, 0)
        .names_problems(|problems| {
            let is_of_a_task =
                |problem: &Problem| !matches!(problem, Problem::EmptyId { task: None } | Problem::NoSlots);
            let mut named = 0;
            problems.retain(|problem| {
                named += usize::from(is_of_a_task(problem));
                !is_of_a_task(problem) || named == 1
            });
        }),
        dag(
            "names-the-cycle-without-its-last-task",
            "A circle is named without the last of its tasks.",
        )
        .uses([Refusal])
        .smallest(2, 2)
        .names_problems(|problems| {
            for problem in problems {
                if let Problem::Cycle { tasks } = problem {
                    tasks.pop();
                }
            }
        }),
        dag(
            "refuses-a-workflow-without-tasks",
            "A workflow without tasks is refused instead of done at once.",
        )
        .uses([EmptyWorkflow])
        .seen_in("pd dag executor: no root nodes found in DAG")
        .smallest(0, 0)
        .refuses(|definition: &Definition| {
            let is_empty = definition.dag().is_some_and(|workflow| workflow.tasks.is_empty());
            let message = "there is no task to begin with".to_owned();
            is_empty.then_some(Problem::Other { message })
        }),
    ]
}
