//! Where the expressions of a workflow are, and what becomes of their results.

use std::fmt::Display;

use serde_json::Value;

use crate::rules::format::{FunctionConfig, HttpCallConfig, Workflow};

/// What becomes of an expression's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// It decides something.
    Decision,
    /// It is given to a function of the application.
    Function,
    /// It is the input of a function of the application, of which only the function knows what is an expression.
    Input,
    /// It becomes part of the message or of what is recorded of it.
    Record,
}

/// What is to be done for each expression: it, where it is, and what becomes of it.
type Visit<'a> = &'a mut dyn FnMut(&Value, &dyn Display, Use);

/// Goes through the expressions of a workflow, in dataflow-rs' order.
pub(super) fn visit(workflow: &Workflow, visit: Visit<'_>) {
    visit(&workflow.condition, &"condition", Use::Decision);
    for task in &workflow.tasks {
        for group in &task.groups {
            visit(&group.condition, &"condition", Use::Decision);
        }
        visit(&task.condition, &"condition", Use::Decision);
        visit_function(&task.function, visit);
    }
}

fn visit_function(function: &FunctionConfig, visit: Visit<'_>) {
    let mut visit = |value: &Value, field: &dyn Display, becomes: Use| {
        visit(value, &format_args!("function.input{field}"), becomes);
    };
    match function {
        FunctionConfig::Map(input) => {
            for (index, mapping) in input.mappings.iter().enumerate() {
                visit(&mapping.logic, &format_args!(".mappings[{index}].logic"), Use::Record);
                visit(&mapping.path, &format_args!(".mappings[{index}].path"), Use::Record);
            }
        }
        FunctionConfig::Validate { input, .. } => {
            for (index, rule) in input.rules.iter().enumerate() {
                visit(&rule.logic, &format_args!(".rules[{index}].logic"), Use::Decision);
                visit(&rule.message, &format_args!(".rules[{index}].message"), Use::Record);
            }
        }
        FunctionConfig::Filter(input) => visit(&input.condition, &".condition", Use::Decision),
        FunctionConfig::Log(input) => {
            visit(&input.message, &".message", Use::Record);
            for (name, field) in &input.fields {
                visit(field, &format_args!(".fields.{name}"), Use::Record);
            }
        }
        FunctionConfig::HttpCall(input) => visit_http_call(input, &mut visit),
        FunctionConfig::Enrich(input) => {
            visit(&input.connector, &".connector", Use::Function);
            visit(&input.merge_path, &".merge_path", Use::Function);
            visit(&input.timeout_ms, &".timeout_ms", Use::Function);
            visit_if_there(input.path.as_ref(), ".path", &mut visit);
        }
        FunctionConfig::PublishKafka(input) => {
            visit(&input.connector, &".connector", Use::Function);
            visit(&input.topic, &".topic", Use::Function);
            visit_if_there(input.key.as_ref(), ".key", &mut visit);
            visit_if_there(input.value.as_ref(), ".value", &mut visit);
        }
        FunctionConfig::Custom { input, .. } => visit(input, &"", Use::Input),
        FunctionConfig::ParseJson(input) | FunctionConfig::ParseXml(input) => {
            visit(&input.source, &".source", Use::Record);
            visit(&input.target, &".target", Use::Record);
        }
        FunctionConfig::PublishJson(input) | FunctionConfig::PublishXml(input) => {
            visit(&input.source, &".source", Use::Record);
            visit(&input.target, &".target", Use::Record);
            visit(&input.root_element, &".root_element", Use::Record);
        }
    }
}

fn visit_http_call(input: &HttpCallConfig, visit: Visit<'_>) {
    visit(&input.connector, &".connector", Use::Function);
    visit(&input.timeout_ms, &".timeout_ms", Use::Function);
    for (name, value) in &input.headers {
        visit(value, &format_args!(".headers.{name}"), Use::Function);
    }
    visit_if_there(input.path.as_ref(), ".path", visit);
    visit_if_there(input.body.as_ref(), ".body", visit);
    visit_if_there(input.body_format.as_ref(), ".body_format", visit);
    visit_if_there(input.response_path.as_ref(), ".response_path", visit);
    visit_if_there(input.response_format.as_ref(), ".response_format", visit);
}

fn visit_if_there(value: Option<&Value>, field: &str, visit: Visit<'_>) {
    if let Some(value) = value {
        visit(value, &field, Use::Function);
    }
}
