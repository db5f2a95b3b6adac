//! From an application's rules to a [`Program`]: read, checked and compiled in the order in which dataflow-rs does it, so that
//! of several reasons to refuse the same one is given.

mod connector;
mod function;
mod notes;
#[cfg(test)]
mod tests;
mod uses;

use std::collections::BTreeMap;
use std::sync::Arc;

use contract::BehaviourSet;
use contract::rules::Rules;
use datalogic_rs::Engine;
use serde_json::Value;

use function::At;
use notes::Counts;

use super::error::{Error, Result};
use super::format::{self, FunctionConfig, HaltOn, WorkflowStatus};
use super::program::{
    ErrorContext, Expression, Group, Path, Program, Repeat, Rollout, Root, Task, Template, Workflow, dotted,
};
use super::refusal;
use super::secrets::{self, Secrets};

/// How many failures the error context keeps if the application does not say.
const ERROR_CONTEXT_LIMIT: usize = 32;

/// Compiles an application's rules.
///
/// # Errors
/// The first thing that dataflow-rs refuses.
pub(crate) fn compile(rules: &Rules) -> Result<Program> {
    let definitions: Vec<format::Workflow> = rules.workflows.iter().map(format::read).collect::<Result<_>>()?;
    if let Some(context) = &rules.error_context {
        refusal::check_error_context(context)?;
    }
    let secrets = Secrets::of(rules)?;
    for definition in &definitions {
        refusal::check_expressions(definition, &secrets)?;
    }
    let compiler = Compiler {
        logic: secrets::evaluator(secrets),
        rules,
    };
    let mut compiled: Vec<(usize, &format::Workflow, Workflow)> = definitions
        .iter()
        .enumerate()
        .map(|(registered, definition)| Ok((registered, definition, compiler.workflow(definition)?)))
        .collect::<Result<_>>()?;
    compiled.sort_by_key(|(_, definition, _)| definition.priority);
    let counts = Counts::of(&definitions);
    for (place, (registered, definition, workflow)) in compiled.iter_mut().enumerate() {
        check_functions(definition, rules)?;
        workflow.notes = counts.of_workflow(definition, *registered != place);
    }
    let workflows: Box<[Workflow]> = compiled.into_iter().map(|(_, _, workflow)| workflow).collect();
    Ok(Program {
        channels: channels(&workflows),
        workflows,
        error_context: rules.error_context.as_ref().map(|context| ErrorContext {
            parts: dotted(&context.path),
            limit: context.limit.unwrap_or(ERROR_CONTEXT_LIMIT),
        }),
        logic: Arc::new(compiler.logic),
    })
}

/// Whether each function that is not dataflow-rs' own is registered.
fn check_functions(workflow: &format::Workflow, rules: &Rules) -> Result<()> {
    for task in &workflow.tasks {
        if let FunctionConfig::Custom { name, .. } = &task.function
            && !rules.handlers.contains(name.as_str())
        {
            return Err(refusal::unregistered(name, &rules.handlers));
        }
    }
    Ok(())
}

fn channels(workflows: &[Workflow]) -> BTreeMap<Box<str>, Box<[u32]>> {
    let mut channels: BTreeMap<Box<str>, Vec<u32>> = BTreeMap::new();
    for (place, workflow) in (0..).zip(workflows).filter(|(_, workflow)| workflow.is_active) {
        channels.entry(workflow.channel.clone()).or_default().push(place);
    }
    channels
        .into_iter()
        .map(|(channel, places)| (channel, places.into()))
        .collect()
}

/// What everything is compiled with.
struct Compiler<'a> {
    logic: Engine,
    rules: &'a Rules,
}

impl Compiler<'_> {
    fn workflow(&self, definition: &format::Workflow) -> Result<Workflow> {
        refusal::check_workflow(definition)?;
        let id = &definition.id;
        let condition = self.condition(&definition.condition, || format!("workflow {id} condition"))?;
        let mut open = Vec::new();
        let tasks = definition
            .tasks
            .iter()
            .enumerate()
            .map(|(place, task)| {
                open.retain(|end| *end > place);
                self.task(task, id, &mut open)
            })
            .collect::<Result<_>>()?;
        Ok(Workflow {
            id: id.as_str().into(),
            notes: BehaviourSet::EMPTY,
            channel: definition.channel.as_str().into(),
            is_active: definition.status == WorkflowStatus::Active,
            rollout: definition.rollout.map(|rollout| Rollout {
                start: rollout.bucket_start,
                end: rollout.bucket_end,
            }),
            condition,
            repeat: definition.repetition.as_ref().map(|repetition| Repeat {
                counter: repetition
                    .counter
                    .as_ref()
                    .map(|counter| dotted(&format!("temp_data.{counter}"))),
                initial: repetition.init,
                increment: repetition.increment,
                max: repetition.max,
            }),
            continue_on_error: definition.continue_on_error,
            tasks,
        })
    }

    /// `open`: where the groups end that the task is in, the outermost first.
    fn task(&self, task: &format::Task, workflow: &str, open: &mut Vec<usize>) -> Result<Task> {
        let groups = task
            .groups
            .iter()
            .map(|group| {
                let depth = open.len();
                open.push(group.end);
                self.group(group, depth, workflow)
            })
            .collect::<Result<_>>()?;
        let id = &task.id;
        let condition = self.condition(&task.condition, || format!("task {id} condition (workflow {workflow})"))?;
        Ok(Task {
            notes: notes::of_function(&task.function),
            groups,
            condition,
            continue_on_error: task.continue_on_error,
            is_terminal: task.terminal,
            halts_on_failure: task.halt_on == HaltOn::Failure,
            function: At {
                compiler: self,
                task: id,
                workflow,
            }
            .function(&task.function)?,
            id: id.as_str().into(),
        })
    }

    fn group(&self, group: &format::TaskGroup, depth: usize, workflow: &str) -> Result<Group> {
        let id = &group.id;
        Ok(Group {
            condition: self.condition(&group.condition, || {
                format!("group {id} condition (workflow {workflow})")
            })?,
            is_terminal: group.terminal,
            end: group.end,
            depth,
        })
    }

    /// `None`: the literal `true`.
    fn condition(&self, source: &Value, label: impl FnOnce() -> String) -> Result<Option<Expression>> {
        if *source == Value::Bool(true) {
            return Ok(None);
        }
        self.expression(source, label).map(Some)
    }

    fn expression(&self, source: &Value, label: impl FnOnce() -> String) -> Result<Expression> {
        Expression::new(&self.logic, source, uses::of(source)).map_err(|error| labelled(label, &error))
    }

    fn template(&self, source: &Value, label: impl FnOnce() -> String) -> Result<Template> {
        Template::new(&self.logic, source, uses::of(source)).map_err(|error| labelled(label, &error))
    }

    fn path(&self, root: Root, source: &Value, label: impl FnOnce() -> String) -> Result<Path> {
        Path::new(&self.logic, root, source, uses::of(source)).map_err(|error| labelled(label, &error))
    }
}

/// An expression's error, with the place of the expression.
fn labelled(label: impl FnOnce() -> String, error: &datalogic_rs::Error) -> Error {
    Error::LogicEvaluation(format!("{}: {error}", label()))
}
