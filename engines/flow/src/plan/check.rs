//! From a definition to a plan, or to everything that is wrong with it.
//!
//! One pass over the tasks compiles and collects problems side by side, a second one over the needs builds the edges. Only a
//! graph with a circle is searched a third time, to name the tasks on it.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroU32;
use std::sync::Arc;

use contract::workflow::{Input, LogicField, RunIf, Task, Work};
use contract::{Json, Problem, Rejection, TaskId, Workflow};
use datalogic_rs::Engine;
use serde_json::Value;

use super::{
    Edges, Expression, Extras, InputPlan, Plan, Reads, RetryPlan, Settings, StartOrder, TaskKind, TaskPlan, WorkPlan,
    graph,
};

pub(super) fn compile(workflow: &Workflow, settings: Settings, logic: &Arc<Engine>) -> Result<Plan, Rejection> {
    let mut checker = Checker {
        index: HashMap::with_capacity(workflow.tasks.len()),
        problems: Vec::new(),
        handlers: HashSet::new(),
        nothing: Json::default(),
        logic,
    };
    checker.name(workflow);
    // Made one after the other, so that they lie side by side: each run goes through them.
    let ids: Vec<TaskId> = workflow.tasks.iter().map(|task| TaskId::from(&*task.id)).collect();
    let plan = |(task, id)| checker.task(task, id);
    let tasks: Box<[TaskPlan]> = workflow.tasks.iter().zip(ids).map(plan).collect();
    let (dependents, need_counts) = checker.edges(workflow);
    if !checker.problems.is_empty() {
        return Err(Rejection::new(checker.problems));
    }
    let limits = [workflow.max_parallel.and_then(NonZeroU32::new), settings.max_parallel];
    // The timeout of an `ask` among them.
    let has_timers = tasks
        .iter()
        .any(|task| task.retry().is_some() || task.timeout().is_some());
    let is_asking = |task: &u32| matches!(tasks[*task as usize].kind(), TaskKind::Ask(_));
    let asks = (0..tasks.len() as u32).filter(is_asking).collect();
    Ok(Plan {
        has_only_calls: tasks.iter().all(|task| matches!(task.kind(), TaskKind::Call)),
        dependents,
        need_counts,
        order: start_order(&workflow.tasks),
        by_id: if tasks.iter().any(reads_everything) {
            sorted_by_id(&tasks, (0..tasks.len() as u32).collect())
        } else {
            Box::default()
        },
        asks: sorted_by_id(&tasks, asks),
        max_parallel: limits.into_iter().flatten().min().map_or(u32::MAX, NonZeroU32::get),
        timeout: workflow.timeout,
        on_failure: workflow.on_failure,
        settings,
        has_timers: workflow.timeout.is_some() || has_timers,
        logic: Arc::clone(logic),
        tasks,
    })
}

struct Checker<'a> {
    /// The first task of each id.
    index: HashMap<&'a str, u32>,
    problems: Vec<Problem>,
    /// The names of handlers so far: tasks that have one in common share it, which a run feels in the cache.
    handlers: HashSet<Arc<str>>,
    /// What all share whose input is `null`.
    nothing: Json,
    logic: &'a Engine,
}

impl<'a> Checker<'a> {
    fn name(&mut self, workflow: &'a Workflow) {
        if workflow.id.is_empty() {
            self.problems.push(Problem::EmptyId { task: None });
        }
        if workflow.max_parallel == Some(0) {
            self.problems.push(Problem::NoSlots);
        }
        for (place, task) in workflow.tasks.iter().enumerate() {
            if task.id.is_empty() {
                self.problems.push(Problem::EmptyId { task: Some(place) });
            }
            let first = *self.index.entry(&task.id).or_insert(place as u32);
            if first as usize != place {
                self.problems.push(Problem::DuplicateId {
                    id: TaskId::clone(&task.id),
                });
            }
        }
    }

    fn task(&mut self, task: &Task, id: TaskId) -> TaskPlan {
        let mut wrong = |is_wrong: bool, problem: fn(TaskId) -> Problem| {
            if is_wrong {
                self.problems.push(problem(TaskId::clone(&task.id)));
            }
        };
        let asks_of_any_need = matches!(task.run_if, RunIf::AnySucceeded | RunIf::AnyFailed);
        wrong(task.retry.max_attempts == 0, |task| Problem::NoAttempts { task });
        wrong(task.ask.is_some() && task.call.is_some(), |task| Problem::AskAndCall {
            task,
        });
        wrong(task.ask.is_none() && task.call.is_none(), |task| Problem::NothingToDo {
            task,
        });
        wrong(task.ask.is_some() && task.for_each.is_some(), |task| {
            Problem::ForEachAsk { task }
        });
        wrong(asks_of_any_need && task.needs.is_empty(), |task| {
            Problem::RunIfWithoutNeeds { task }
        });

        let when = task
            .when
            .as_ref()
            .and_then(|source| self.expression(source, task, LogicField::When));
        let for_each = task
            .for_each
            .as_ref()
            .and_then(|source| self.expression(source, task, LogicField::ForEach));
        let call = task.call.as_ref().map(|work| self.work(work, task, LogicField::Call));
        let compensate = task
            .compensate
            .as_ref()
            .map(|work| self.work(work, task, LogicField::Compensate));
        let kind = match (&task.ask, for_each) {
            (Some(ask), _) => TaskKind::Ask(Box::new(ask.clone())),
            (None, Some(for_each)) => TaskKind::ForEach(for_each),
            (None, None) => TaskKind::Call,
        };
        // Of the tasks that get past the check, only those that ask have none.
        let call = call.unwrap_or_else(|| WorkPlan {
            handler: Arc::from(""),
            input: InputPlan::Literal(Arc::default()),
        });
        let extras = Extras {
            kind,
            when,
            retry: RetryPlan::new(&task.retry),
            timeout: task.timeout,
            compensate,
        };
        TaskPlan {
            id,
            handler: call.handler,
            input: call.input,
            run_if: task.run_if,
            extras: extras.any().then(|| Box::new(extras)),
        }
    }

    fn work(&mut self, work: &Work, task: &Task, field: LogicField) -> WorkPlan {
        let input = match &work.input {
            Input::Literal(value) if value.is_null() => None,
            Input::Literal(value) => Some(InputPlan::Literal(Arc::clone(value))),
            Input::Template(source) => self.expression(source, task, field).map(InputPlan::Template),
        };
        WorkPlan {
            handler: self.handler(&work.handler),
            // One that does not compile is a problem already.
            input: input.unwrap_or_else(|| InputPlan::Literal(Arc::clone(&self.nothing))),
        }
    }

    fn handler(&mut self, name: &Arc<str>) -> Arc<str> {
        if let Some(known) = self.handlers.get(name) {
            return Arc::clone(known);
        }
        self.handlers.insert(Arc::clone(name));
        Arc::clone(name)
    }

    fn expression(&mut self, source: &Value, task: &Task, field: LogicField) -> Option<Box<Expression>> {
        let expression = Expression::compile(self.logic, source, &self.index);
        if expression.is_none() {
            self.problems.push(Problem::BadLogic {
                task: TaskId::clone(&task.id),
                field,
            });
        }
        expression
    }

    /// The edges from each task to its dependents, and by task how many different tasks it needs.
    fn edges(&mut self, workflow: &Workflow) -> (Edges, Box<[u32]>) {
        let tasks = &workflow.tasks;
        let mut pairs = Vec::with_capacity(tasks.iter().map(|task| task.needs.len()).sum());
        let mut need_counts = vec![0u32; tasks.len()];
        // By task, the last one that was seen to need it: a need named twice is one need.
        let mut last_needed_by = vec![u32::MAX; tasks.len()];
        for (place, task) in tasks.iter().enumerate() {
            let place = place as u32;
            for need in &task.needs {
                if need == &task.id {
                    self.problems.push(Problem::SelfNeed {
                        task: TaskId::clone(&task.id),
                    });
                } else if let Some(needed) = self.index.get(&**need) {
                    if std::mem::replace(&mut last_needed_by[*needed as usize], place) != place {
                        pairs.push((*needed, place));
                        need_counts[place as usize] += 1;
                    }
                } else {
                    self.problems.push(Problem::UnknownNeed {
                        task: TaskId::clone(&task.id),
                        need: TaskId::clone(need),
                    });
                }
            }
        }
        let edges = Edges::new(tasks.len(), &pairs);
        if !graph::is_acyclic(&edges, &need_counts) {
            for circle in graph::circles(&edges) {
                let mut ids: Vec<_> = circle
                    .into_iter()
                    .map(|task| TaskId::clone(&tasks[task as usize].id))
                    .collect();
                ids.sort();
                self.problems.push(Problem::Cycle { tasks: ids });
            }
        }
        (edges, need_counts.into())
    }
}

fn reads_everything(task: &TaskPlan) -> bool {
    let template =
        |input: &InputPlan| matches!(input, InputPlan::Template(template) if template.reads == Reads::Everything);
    let for_each = |kind: &TaskKind| matches!(kind, TaskKind::ForEach(for_each) if for_each.reads == Reads::Everything);
    task.when().is_some_and(|when| when.reads == Reads::Everything)
        || for_each(task.kind())
        || template(&task.input)
        || task.compensate().is_some_and(|work| template(&work.input))
}

fn sorted_by_id(tasks: &[TaskPlan], mut sorted: Vec<u32>) -> Box<[u32]> {
    sorted.sort_by(|left, right| tasks[*left as usize].id.cmp(&tasks[*right as usize].id));
    sorted.into()
}

fn start_order(tasks: &[Task]) -> StartOrder {
    if tasks.iter().all(|task| task.priority == tasks[0].priority) {
        return StartOrder::Declared;
    }
    let mut task_at: Vec<u32> = (0..tasks.len() as u32).collect();
    task_at.sort_by_key(|task| std::cmp::Reverse(tasks[*task as usize].priority));
    let mut rank_of = vec![0; tasks.len()];
    for (rank, task) in task_at.iter().enumerate() {
        rank_of[*task as usize] = rank as u32;
    }
    StartOrder::Ranked {
        rank_of: rank_of.into(),
        task_at: task_at.into(),
    }
}
