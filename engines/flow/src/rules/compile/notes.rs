//! What running a workflow or a task goes through whatever the message is.

use std::collections::HashMap;

use contract::{Behaviour, BehaviourSet};

use crate::rules::format::{FunctionConfig, Workflow};

/// How often each priority and each id is there.
pub(super) struct Counts<'a> {
    priorities: HashMap<u32, usize>,
    ids: HashMap<&'a str, usize>,
}

impl<'a> Counts<'a> {
    pub(super) fn of(workflows: &'a [Workflow]) -> Self {
        let mut counts = Self {
            priorities: HashMap::new(),
            ids: HashMap::new(),
        };
        for workflow in workflows {
            *counts.priorities.entry(workflow.priority).or_default() += 1;
            *counts.ids.entry(&workflow.id).or_default() += 1;
        }
        counts
    }

    /// What running `workflow` goes through. `is_moved`: it does not run at the place at which it was registered.
    pub(super) fn of_workflow(&self, workflow: &Workflow, is_moved: bool) -> BehaviourSet {
        let is_tied = self.priorities[&workflow.priority] > 1;
        let is_duplicate = self.ids[workflow.id.as_str()] > 1;
        [
            (is_moved, Behaviour::PriorityReordered),
            (is_tied, Behaviour::PriorityTied),
            (is_duplicate, Behaviour::DuplicateWorkflowId),
        ]
        .into_iter()
        .filter_map(|(holds, behaviour)| holds.then_some(behaviour))
        .collect()
    }
}

/// What running `function` goes through.
pub(super) fn of_function(function: &FunctionConfig) -> BehaviourSet {
    let behaviour = match function {
        FunctionConfig::Map(_) => Behaviour::FunctionMap,
        FunctionConfig::Validate { is_alias: false, .. } => Behaviour::FunctionValidate,
        FunctionConfig::Validate { is_alias: true, .. } => Behaviour::FunctionValidation,
        FunctionConfig::ParseJson(_) => Behaviour::FunctionParseJson,
        FunctionConfig::ParseXml(_) => Behaviour::FunctionParseXml,
        FunctionConfig::PublishJson(_) => Behaviour::FunctionPublishJson,
        FunctionConfig::PublishXml(_) => Behaviour::FunctionPublishXml,
        FunctionConfig::Filter(_) => Behaviour::FunctionFilter,
        FunctionConfig::Log(_) => Behaviour::FunctionLog,
        FunctionConfig::HttpCall(_) => Behaviour::FunctionHttpCall,
        FunctionConfig::Enrich(_) => Behaviour::FunctionEnrich,
        FunctionConfig::PublishKafka(_) => Behaviour::FunctionPublishKafka,
        FunctionConfig::Custom { .. } => Behaviour::FunctionCustom,
    };
    [behaviour].into()
}
