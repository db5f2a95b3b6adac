//! What is refused of a definition that has the format's shape, and of an application's settings; in dataflow-rs' words.

mod expressions;
mod keys;
mod secrets;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use contract::rules::ErrorContext;

use super::error::{Error, Result};
use super::format::{LoopConfig, Workflow};
use super::secrets::Secrets;

/// dataflow-rs' own functions, in the order in which it names them.
const FUNCTIONS: &str = "map, validation, validate, parse_json, parse_xml, publish_json, publish_xml, filter, log, \
                         http_call, enrich, publish_kafka";

/// Whether expressions read secrets that are not there or that would be recorded, and templates write a key twice.
///
/// # Errors
/// All of these, in one error.
pub(crate) fn check_expressions(workflow: &Workflow, secrets: &Secrets) -> Result<()> {
    let mut issues = secrets::issues(workflow, secrets);
    issues.extend(keys::issues(workflow));
    if issues.is_empty() {
        return Ok(());
    }
    Err(Error::Validation(format!(
        "workflow '{}': {}",
        workflow.id,
        issues.join("; ")
    )))
}

/// Whether a workflow has a name and tasks, names each step once, and can end its loop.
///
/// # Errors
/// The first that it does not.
pub(crate) fn check_workflow(workflow: &Workflow) -> Result<()> {
    let refuse = |what: &str| Err(Error::Workflow(what.to_owned()));
    if workflow.id.is_empty() {
        return refuse("Workflow id cannot be empty");
    }
    if workflow.name.is_empty() {
        return refuse("Workflow name cannot be empty");
    }
    if workflow.tasks.is_empty() {
        return refuse("Workflow must have at least one task");
    }
    let mut ids = HashSet::new();
    for task in &workflow.tasks {
        for group in &task.groups {
            if !ids.insert(group.id.as_str()) {
                return Err(Error::Workflow(format!(
                    "Duplicate step ID '{}' in workflow — task group IDs share the task ID namespace",
                    group.id
                )));
            }
        }
        if !ids.insert(&task.id) {
            return Err(Error::Workflow(format!("Duplicate task ID '{}' in workflow", task.id)));
        }
    }
    match &workflow.repetition {
        Some(repetition) => check_loop(repetition, &workflow.id),
        None => Ok(()),
    }
}

fn check_loop(repetition: &LoopConfig, workflow: &str) -> Result<()> {
    let LoopConfig {
        counter,
        init,
        increment,
        max,
    } = repetition;
    let what = if *increment < 1 {
        format!("loop increment must be >= 1, got {increment} (a non-advancing counter would never reach max)")
    } else if max <= init {
        format!(
            "loop max ({max}) must be greater than init ({init}) — the bound is half-open, so this could never run a sweep"
        )
    } else if let Some(counter) = counter
        && counter.split('.').any(str::is_empty)
    {
        format!("loop counter must be a non-empty temp_data field path, got {counter:?}")
    } else {
        return Ok(());
    };
    Err(Error::Workflow(format!("Workflow {workflow}: {what}")))
}

/// Whether failures can be kept where the application wants them.
///
/// # Errors
/// If that is no place of its own below a root of the context, or too small.
pub(crate) fn check_error_context(context: &ErrorContext) -> Result<()> {
    let path = &context.path;
    let mut segments = path.split('.');
    let first = segments.next().unwrap_or_default();
    let root = first.strip_prefix('#').unwrap_or(first);
    let refuse = |what: String| Err(Error::Workflow(format!("error context {what}")));
    if !matches!(root, "data" | "metadata" | "temp_data") {
        return refuse(format!(
            "path must start with `data`, `metadata` or `temp_data`, got {path:?}"
        ));
    }
    let below: Vec<&str> = segments.collect();
    if below.is_empty() || below.contains(&"") {
        return refuse(format!("path must name a slot inside `{root}`, got {path:?}"));
    }
    if root == "metadata" && below == ["progress"] {
        return refuse(
            "path may not be `metadata.progress` — the engine owns that slot for cross-workflow chaining".to_owned(),
        );
    }
    if context.limit == Some(0) {
        return refuse("limit must be at least 1".to_owned());
    }
    Ok(())
}

/// That nobody registered the function.
pub(crate) fn unregistered(function: &str, handlers: &BTreeSet<Arc<str>>) -> Error {
    let mut registered = handlers.iter().map(|name| &**name).collect::<Vec<_>>().join(", ");
    if handlers.is_empty() {
        registered.push_str("none");
    }
    Error::FunctionNotFound(format!(
        "{function} (registered handlers: {registered}; built-ins: {FUNCTIONS})"
    ))
}
