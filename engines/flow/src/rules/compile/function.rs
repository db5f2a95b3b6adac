//! dataflow-rs' own functions, compiled.

use std::sync::Arc;

use contract::rules::call_name;
use serde_json::Value;

use super::Compiler;
use crate::rules::error::Result;
use crate::rules::format::{
    FilterConfig, FunctionConfig, LogConfig, LogLevel, MapConfig, MapMapping, ParseConfig, PublishConfig, RejectAction,
    ValidationConfig, ValidationRule,
};
use crate::rules::program::{
    Call, CallInput, Expression, Filter, Function, Log, Mapping, Parse, Path, Publish, Reject, Root, Rule, Template,
};

/// Where a function is: in this task of this workflow.
pub(super) struct At<'a> {
    pub(super) compiler: &'a Compiler<'a>,
    pub(super) task: &'a str,
    pub(super) workflow: &'a str,
}

impl At<'_> {
    pub(super) fn function(&self, function: &FunctionConfig) -> Result<Function> {
        Ok(match function {
            FunctionConfig::Map(input) => Function::Map(self.mappings(input)?),
            FunctionConfig::Validate { input, .. } => Function::Validation(self.rules(input)?),
            FunctionConfig::ParseJson(input) => Function::ParseJson(self.parse(input)?),
            FunctionConfig::ParseXml(input) => Function::ParseXml(self.parse(input)?),
            FunctionConfig::PublishJson(input) => Function::PublishJson(self.publish(input)?),
            FunctionConfig::PublishXml(input) => Function::PublishXml(self.publish(input)?),
            FunctionConfig::Filter(input) => Function::Filter(self.filter(input)?),
            FunctionConfig::Log(input) => Function::Log(self.log(input)?),
            FunctionConfig::HttpCall(input) => self.call("http_call", self.http_call(input)?),
            FunctionConfig::Enrich(input) => self.call("enrich", self.enrich(input)?),
            FunctionConfig::PublishKafka(input) => self.call("publish_kafka", self.publish_kafka(input)?),
            FunctionConfig::Custom { name, input } => self.call(name, CallInput::Given(Arc::new(input.clone()))),
        })
    }

    /// A parameter; `what` it is goes into its error.
    pub(super) fn template(&self, source: &Value, what: &str) -> Result<Template> {
        self.compiler.template(source, || self.label(what))
    }

    fn expression(&self, source: &Value, what: &str) -> Result<Expression> {
        self.compiler.expression(source, || self.label(what))
    }

    fn path(&self, root: Root, source: &Value, what: &str) -> Result<Path> {
        self.compiler.path(root, source, || self.label(what))
    }

    fn label(&self, what: &str) -> String {
        format!("{what} for task {} in workflow {}", self.task, self.workflow)
    }

    fn mappings(&self, input: &MapConfig) -> Result<Box<[Mapping]>> {
        let mapping = |mapping: &MapMapping| {
            let path = self.path(Root::Context, &mapping.path, "map path")?;
            let logic = self.compiler.expression(&mapping.logic, || {
                let label = self.label("map logic");
                match path.literal() {
                    Some(path) => format!("{label} (path {path})"),
                    None => format!("{label} (path {})", mapping.path),
                }
            })?;
            Ok(Mapping { path, logic })
        };
        input.mappings.iter().map(mapping).collect()
    }

    fn rules(&self, input: &ValidationConfig) -> Result<Box<[Rule]>> {
        let rule = |(index, rule): (usize, &ValidationRule)| {
            Ok(Rule {
                logic: self.expression(&rule.logic, &format!("validation rule {index}"))?,
                message: self.template(&rule.message, &format!("validation rule {index} message"))?,
            })
        };
        input.rules.iter().enumerate().map(rule).collect()
    }

    fn parse(&self, input: &ParseConfig) -> Result<Parse> {
        Ok(Parse {
            source: self.template(&input.source, "parse source")?,
            target: self.path(Root::Data, &input.target, "parse target")?,
        })
    }

    fn publish(&self, input: &PublishConfig) -> Result<Publish> {
        let source = self.template(&input.source, "publish source")?;
        let root_element = self.template(&input.root_element, "publish root_element")?;
        Ok(Publish {
            source,
            target: self.path(Root::Data, &input.target, "publish target")?,
            pretty: input.pretty,
            root_element,
        })
    }

    fn filter(&self, input: &FilterConfig) -> Result<Filter> {
        Ok(Filter {
            condition: self.expression(&input.condition, "filter condition")?,
            on_reject: match input.on_reject {
                RejectAction::Halt => Reject::Halt,
                RejectAction::Skip => Reject::Skip,
            },
        })
    }

    fn log(&self, input: &LogConfig) -> Result<Log> {
        let field = |(name, field): (&String, &Value)| {
            let expression = self.expression(field, &format!("log field '{name}'"))?;
            Ok((name.as_str().into(), expression))
        };
        Ok(Log {
            level: match input.level {
                LogLevel::Trace => log::Level::Trace,
                LogLevel::Debug => log::Level::Debug,
                LogLevel::Info => log::Level::Info,
                LogLevel::Warn => log::Level::Warn,
                LogLevel::Error => log::Level::Error,
            },
            message: self.expression(&input.message, "log message")?,
            fields: input.fields.iter().map(field).collect::<Result<_>>()?,
        })
    }

    fn call(&self, handler: &str, input: CallInput) -> Function {
        Function::Call(Call {
            handler: handler.into(),
            is_registered: self.compiler.rules.handlers.contains(handler),
            name: call_name(self.workflow, self.task),
            input,
        })
    }
}
