//! The functions that an application registers. Each asks the host, and does to the message what the reply says.

use std::sync::Arc;

use async_trait::async_trait;
use contract::rules::call_input;
use contract::rules::reply::{Ending, Failure, Reply};
use dataflow_rs::datavalue::OwnedDataValue;
use dataflow_rs::engine::functions::integration::EnrichErrorAction;
use dataflow_rs::engine::functions::{EnrichConfig, HttpCallConfig, PublishKafkaConfig, Template};
use dataflow_rs::{AsyncFunctionHandler, DataflowError, EngineBuilder, ErrorInfo, Result, TaskContext, TaskOutcome};
use serde_json::{Map, Value};

use super::run;

/// Registers the function called `name`.
pub(super) fn register(builder: EngineBuilder, name: &Arc<str>) -> EngineBuilder {
    match &**name {
        "http_call" => builder.register("http_call", HttpCall),
        "enrich" => builder.register("enrich", Enrich),
        "publish_kafka" => builder.register("publish_kafka", PublishKafka),
        own => builder.register(own, Own(Arc::clone(name))),
    }
}

/// A function of the application's own.
struct Own(Arc<str>);

struct HttpCall;

struct Enrich;

struct PublishKafka;

#[async_trait]
impl AsyncFunctionHandler for Own {
    type Input = Value;

    async fn execute(&self, context: &mut TaskContext<'_>, input: &Value) -> Result<TaskOutcome> {
        call(context, Arc::clone(&self.0), input.clone()).await
    }
}

#[async_trait]
impl AsyncFunctionHandler for HttpCall {
    type Input = HttpCallConfig;

    async fn execute(&self, context: &mut TaskContext<'_>, config: &HttpCallConfig) -> Result<TaskOutcome> {
        let input = http_call(config, context)?;
        call(context, "http_call".into(), input).await
    }
}

#[async_trait]
impl AsyncFunctionHandler for Enrich {
    type Input = EnrichConfig;

    async fn execute(&self, context: &mut TaskContext<'_>, config: &EnrichConfig) -> Result<TaskOutcome> {
        let input = enrich(config, context)?;
        call(context, "enrich".into(), input).await
    }
}

#[async_trait]
impl AsyncFunctionHandler for PublishKafka {
    type Input = PublishKafkaConfig;

    async fn execute(&self, context: &mut TaskContext<'_>, config: &PublishKafkaConfig) -> Result<TaskOutcome> {
        let input = publish_kafka(config, context)?;
        call(context, "publish_kafka".into(), input).await
    }
}

fn http_call(config: &HttpCallConfig, context: &TaskContext<'_>) -> Result<Value> {
    let mut fields = Fields::default();
    fields.put("connector", config.resolve_connector(context)?);
    fields.put("method", config.method.as_str());
    fields.put_if_there("path", config.resolve_path(context)?);
    // By name: `resolve_headers` goes through a hash map, and with it goes the first error.
    let mut headers: Vec<(&String, &Template)> = config.headers.iter().collect();
    headers.sort_unstable_by_key(|(name, _)| *name);
    let headers: Map<String, Value> = headers
        .into_iter()
        .map(|(name, value)| Ok((name.clone(), value.resolve_string(context)?.into())))
        .collect::<Result<_>>()?;
    fields.put("headers", headers);
    fields.put_if_there("body", config.resolve_body(context)?);
    fields.put_if_there("body_format", config.resolve_body_format(context)?);
    fields.put_if_there("response_path", config.resolve_response_path(context)?);
    fields.put_if_there("response_format", config.resolve_response_format(context)?);
    fields.put("timeout_ms", config.resolve_timeout_ms(context)?);
    Ok(fields.0.into())
}

fn enrich(config: &EnrichConfig, context: &TaskContext<'_>) -> Result<Value> {
    let mut fields = Fields::default();
    fields.put("connector", config.resolve_connector(context)?);
    fields.put("method", config.method.as_str());
    fields.put_if_there("path", config.resolve_path(context)?);
    fields.put("merge_path", config.resolve_merge_path(context)?);
    fields.put("timeout_ms", config.resolve_timeout_ms(context)?);
    let on_error = match config.on_error {
        EnrichErrorAction::Fail => "fail",
        EnrichErrorAction::Skip => "skip",
    };
    fields.put("on_error", on_error);
    Ok(fields.0.into())
}

fn publish_kafka(config: &PublishKafkaConfig, context: &TaskContext<'_>) -> Result<Value> {
    let mut fields = Fields::default();
    fields.put("connector", config.resolve_connector(context)?);
    fields.put("topic", config.resolve_topic(context)?);
    fields.put_if_there("key", config.resolve_key(context)?);
    fields.put_if_there("value", config.resolve_value(context)?);
    Ok(fields.0.into())
}

/// The input of a call, field by field.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    fn put_if_there(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }
}

/// Asks the host, and does what it replies.
async fn call(context: &mut TaskContext<'_>, function: Arc<str>, input: Value) -> Result<TaskOutcome> {
    let seen = Value::from(context.context());
    let (Some(workflow), Some(task)) = (context.workflow_id(), context.task_id()) else {
        return Err(DataflowError::Unknown(
            "a function was called outside of a workflow".to_owned(),
        ));
    };
    let result = run::ask(workflow, task, function, call_input(input, seen)).await;
    let reply = Reply::of(&result);
    for write in &reply.set {
        context.set(&write.path, OwnedDataValue::from(&write.value));
    }
    for added in reply.errors {
        let mut error = ErrorInfo::builder(added.code, added.message);
        if let Some(path) = added.path {
            error = error.path(path);
        }
        context.add_error(error.build());
    }
    match reply.end {
        Ending::Success => Ok(TaskOutcome::Success),
        Ending::Status(status) => Ok(TaskOutcome::Status(status)),
        Ending::Skip => Ok(TaskOutcome::Skip),
        Ending::Halt => Ok(TaskOutcome::Halt),
        Ending::Error(failure) => Err(error_of(failure)),
    }
}

fn error_of(failure: Failure) -> DataflowError {
    match failure {
        Failure::Validation(message) => DataflowError::Validation(message),
        Failure::FunctionExecution(message) => DataflowError::function_execution(message, None),
        Failure::Workflow(message) => DataflowError::Workflow(message),
        Failure::Task(message) => DataflowError::Task(message),
        Failure::FunctionNotFound(message) => DataflowError::FunctionNotFound(message),
        Failure::Deserialization(message) => DataflowError::Deserialization(message),
        Failure::Io(message) => DataflowError::Io(message),
        Failure::LogicEvaluation(message) => DataflowError::LogicEvaluation(message),
        Failure::Http { status, message } => DataflowError::http(status, message),
        Failure::Timeout(message) => DataflowError::Timeout(message),
        Failure::Unknown(message) => DataflowError::Unknown(message),
        Failure::Service { kind, message, detail } => {
            let error = DataflowError::service(kind, message);
            match detail {
                Some(detail) => error.detail(detail).build(),
                None => error.build(),
            }
        }
    }
}
