//! A checked definition, ready to be interpreted: needs are indices and JSONLogic is compiled.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use contract::workflow::{Input, Work};
use contract::{TaskId, Workflow};
use datalogic_rs::{Engine, Logic};
use serde_json::Value;

use crate::settings::{ConditionError, Settings};

/// A checked definition under the engine's settings.
pub(crate) struct Program {
    pub(crate) workflow: Arc<Workflow>,
    /// In declaration order, as in the workflow.
    pub(crate) tasks: Vec<Compiled>,
    /// Calls in flight at once, at most.
    pub(crate) max_parallel: usize,
    pub(crate) condition_error: ConditionError,
    logic: Arc<Engine>,
}

/// What a task's own fields do not say directly.
pub(crate) struct Compiled {
    /// Indices of the tasks it needs.
    pub(crate) needs: Vec<usize>,
    pub(crate) when: Option<Logic>,
    pub(crate) for_each: Option<Logic>,
    /// The template of `call`, if it has one.
    pub(crate) call: Option<Logic>,
    /// The template of `compensate`, if it has one.
    pub(crate) compensate: Option<Logic>,
}

impl Program {
    /// The program of a workflow without problems.
    pub(crate) fn new(workflow: Arc<Workflow>, logic: Arc<Engine>, settings: &Settings) -> Self {
        const CHECKED: &str = "a workflow is only made a program after it was checked";
        let compile = |source: &Value| contract::logic::compile(&logic, source).expect(CHECKED);
        let index: BTreeMap<&TaskId, usize> = workflow
            .tasks
            .iter()
            .enumerate()
            .map(|(index, task)| (&task.id, index))
            .collect();
        let tasks = workflow.tasks.iter().map(|task| Compiled {
            needs: task.needs.iter().map(|need| index[need]).collect(),
            when: task.when.as_ref().map(compile),
            for_each: task.for_each.as_ref().map(compile),
            call: template(task.call.as_ref()).map(compile),
            compensate: template(task.compensate.as_ref()).map(compile),
        });
        let tasks = tasks.collect();
        let limits = [workflow.max_parallel, settings.max_parallel.map(NonZeroU32::get)];
        let max_parallel = limits
            .into_iter()
            .flatten()
            .min()
            .map_or(usize::MAX, |limit| limit as usize);
        Self {
            workflow,
            tasks,
            max_parallel,
            condition_error: settings.condition_error,
            logic,
        }
    }

    /// Evaluates compiled JSONLogic over `data`.
    pub(crate) fn evaluate(&self, logic: &Logic, data: &Value) -> Result<Value, datalogic_rs::Error> {
        self.logic.session().eval_into(logic, data)
    }
}

/// The template among a work's input, if it has one.
pub(crate) fn template(work: Option<&Work>) -> Option<&Value> {
    match &work?.input {
        Input::Template(template) => Some(template),
        Input::Literal(_) => None,
    }
}
