//! The steps that make a case smaller, whatever its format. Each is tried on its own and changes one thing.

use std::collections::{BTreeSet, VecDeque};

use contract::{Definition, TaskId};

use super::rules::{self, RulesStep};
use super::workflow::{self, WorkflowStep};
use crate::Case;

/// One way to make a case smaller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A workflow.
    Workflow(WorkflowStep),
    /// A rules case.
    Rules(RulesStep),
}

/// The steps of a case, those that take most away first.
pub(super) fn steps(case: &Case) -> VecDeque<Step> {
    match &case.definition {
        Definition::Dag(workflow) => workflow::steps(case, workflow)
            .into_iter()
            .map(Step::Workflow)
            .collect(),
        Definition::Rules(rules) => rules::steps(case, rules).into_iter().map(Step::Rules).collect(),
    }
}

/// The steps that keep little but `tasks`, where somebody knows that it is about them. For workflows only.
pub(super) fn keeping(case: &Case, tasks: &BTreeSet<TaskId>) -> Vec<Step> {
    match &case.definition {
        Definition::Dag(workflow) => workflow::keeping(workflow, tasks)
            .into_iter()
            .map(Step::Workflow)
            .collect(),
        Definition::Rules(_) => Vec::new(),
    }
}

impl Step {
    /// The case after this step; `None` if the step changes nothing, or makes of it what no case should be.
    pub(super) fn take(&self, case: &Case) -> Option<Case> {
        match self {
            Self::Workflow(step) => step.take(case),
            Self::Rules(step) => step.take(case),
        }
    }
}
