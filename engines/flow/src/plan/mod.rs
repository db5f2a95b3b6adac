//! The plan: a definition compiled once, in the form the core runs on.
//!
//! Tasks are indices, edges are flat arrays, conditions and templates are compiled JSONLogic, and literals are shared. Ids
//! are kept only to name things to the outside: nothing is looked up by name while running.

mod check;
mod expression;
mod graph;
mod retry;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use contract::workflow::{Ask, OnFailure, RunIf};
use contract::{Json, Millis, Purpose, Rejection, TaskId, Workflow};

pub(crate) use expression::{Expression, Parts, Reads};
pub(crate) use graph::Edges;
pub(crate) use retry::RetryPlan;

/// A compiled, checked workflow. Immutable: any number of runs share one.
#[derive(Debug)]
pub struct Plan {
    /// By task, in declaration order.
    pub(crate) tasks: Box<[TaskPlan]>,
    /// From each task to those that need it, ascending.
    pub(crate) dependents: Edges,
    /// By task: how many different tasks it needs.
    pub(crate) need_counts: Box<[u32]>,
    pub(crate) order: StartOrder,
    /// The tasks sorted by id, as a JSON object lists them; empty if no logic reads all of them.
    pub(crate) by_id: Box<[u32]>,
    /// The tasks that ask, sorted by id: answers name them.
    pub(crate) asks: Box<[u32]>,
    /// Whether each task makes one call: then nobody needs to look what sort of task it is.
    pub(crate) has_only_calls: bool,
    /// Calls in flight at once, at most.
    pub(crate) max_parallel: u32,
    pub(crate) timeout: Option<Millis>,
    pub(crate) on_failure: OnFailure,
    pub(crate) settings: Settings,
    /// Whether anything in it depends on the time.
    pub(crate) has_timers: bool,
    pub(crate) logic: Arc<datalogic_rs::Engine>,
}

/// One task of a [`Plan`]: in one line of the cache what every task has.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct TaskPlan {
    pub(crate) id: TaskId,
    /// Shared by all tasks of the same name of a handler.
    pub(crate) handler: Arc<str>,
    pub(crate) input: InputPlan,
    pub(crate) run_if: RunIf,
    /// `None`: a call without any of it.
    pub(crate) extras: Option<Box<Extras>>,
}

const _: () = assert!(size_of::<TaskPlan>() == 64);

/// What only some tasks have.
#[derive(Debug)]
pub(crate) struct Extras {
    pub(crate) kind: TaskKind,
    pub(crate) when: Option<Box<Expression>>,
    /// `None`: one attempt.
    pub(crate) retry: Option<Box<RetryPlan>>,
    pub(crate) timeout: Option<Millis>,
    pub(crate) compensate: Option<WorkPlan>,
}

impl Extras {
    /// Whether there is anything in it.
    fn any(&self) -> bool {
        !matches!(self.kind, TaskKind::Call)
            || self.when.is_some()
            || self.retry.is_some()
            || self.timeout.is_some()
            || self.compensate.is_some()
    }
}

impl TaskPlan {
    pub(crate) fn kind(&self) -> &TaskKind {
        static CALL: TaskKind = TaskKind::Call;
        self.extras.as_ref().map_or(&CALL, |extras| &extras.kind)
    }

    pub(crate) fn when(&self) -> Option<&Expression> {
        self.extras.as_ref()?.when.as_deref()
    }

    pub(crate) fn retry(&self) -> Option<&RetryPlan> {
        self.extras.as_ref()?.retry.as_deref()
    }

    pub(crate) fn timeout(&self) -> Option<Millis> {
        self.extras.as_ref()?.timeout
    }

    pub(crate) fn compensate(&self) -> Option<&WorkPlan> {
        self.extras.as_ref()?.compensate.as_ref()
    }
}

/// What sort of task it is.
#[derive(Debug)]
pub(crate) enum TaskKind {
    /// It makes a call.
    Call,
    /// It makes a call for each item of the list that this gives.
    ForEach(Box<Expression>),
    /// It makes no call, and waits for an answer.
    Ask(Box<Ask>),
}

/// The call that undoes a task.
#[derive(Debug)]
pub(crate) struct WorkPlan {
    pub(crate) handler: Arc<str>,
    pub(crate) input: InputPlan,
}

/// What a handler is called with.
#[derive(Debug)]
pub(crate) enum InputPlan {
    Literal(Json),
    Template(Box<Expression>),
}

/// The order in which ready tasks start: higher priority first, then declaration order. A task's rank is its place in it.
#[derive(Debug)]
pub(crate) enum StartOrder {
    /// All priorities are equal, so that a task's rank is its index.
    Declared,
    Ranked {
        rank_of: Box<[u32]>,
        task_at: Box<[u32]>,
    },
}

impl StartOrder {
    pub(crate) fn rank_of(&self, task: u32) -> u32 {
        match self {
            Self::Declared => task,
            Self::Ranked { rank_of, .. } => rank_of[task as usize],
        }
    }

    pub(crate) fn task_at(&self, rank: u32) -> u32 {
        match self {
            Self::Declared => rank,
            Self::Ranked { task_at, .. } => task_at[rank as usize],
        }
    }
}

/// What holds for every workflow of an engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Calls in flight at once, at most; the smaller of this and the definition's holds.
    pub max_parallel: Option<std::num::NonZeroU32>,
    /// What a `when` that cannot be evaluated does.
    pub condition_error: ConditionError,
}

/// What a `when` that cannot be evaluated does to its task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConditionError {
    /// The task fails with kind `condition`.
    #[default]
    Fail,
    /// The condition counts as not true, so that the task is skipped.
    Skip,
}

impl Plan {
    /// Checks and compiles `workflow`, evaluating its logic with `logic`.
    ///
    /// # Errors
    /// Everything that is wrong with the workflow.
    pub fn compile(
        workflow: &Workflow,
        settings: Settings,
        logic: &Arc<datalogic_rs::Engine>,
    ) -> Result<Self, Rejection> {
        check::compile(workflow, settings, logic)
    }

    /// How many tasks it has.
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// The id of a task.
    ///
    /// # Panics
    /// If there is no such task.
    pub fn id(&self, task: u32) -> &TaskId {
        &self.task(task).id
    }

    /// What a task asks, if it waits for an answer instead of making a call.
    ///
    /// # Panics
    /// If there is no such task.
    pub fn ask(&self, task: u32) -> Option<&Ask> {
        match self.task(task).kind() {
            TaskKind::Ask(ask) => Some(ask),
            TaskKind::Call | TaskKind::ForEach(_) => None,
        }
    }

    pub(crate) fn task(&self, task: u32) -> &TaskPlan {
        &self.tasks[task as usize]
    }

    /// The task of this id, if it is one that asks.
    pub(crate) fn asking(&self, id: &TaskId) -> Option<u32> {
        let place = self.asks.binary_search_by(|task| self.id(*task).cmp(id)).ok()?;
        Some(self.asks[place])
    }

    /// Who does a task's work, or undoes it.
    pub(crate) fn handler(&self, task: u32, purpose: Purpose) -> &Arc<str> {
        let task = self.task(task);
        match (purpose, task.compensate()) {
            (Purpose::Compensate, Some(work)) => &work.handler,
            _ => &task.handler,
        }
    }
}
