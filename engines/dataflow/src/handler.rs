//! What dataflow-rs calls while it runs: the custom function behind every task.
//!
//! dataflow-rs keeps its functions from load on, so they find the host of the run they serve in a task-local.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use contract::workflow::{Input, Workflow};
use contract::{Call, CallError, Host, Job, Json, Purpose, TaskStatus};
use dataflow_rs::datavalue::OwnedDataValue;
use dataflow_rs::engine::functions::TemplateCompiler;
use dataflow_rs::{AsyncFunctionHandler, DataflowError, Message, TaskContext, TaskOutcome};
use datalogic_rs::Logic;
use serde::Deserialize;
use serde_json::Value;

/// The name under which the one function is registered.
pub(crate) const NAME: &str = "ask_host";
/// The context's root that holds what has become of the tasks.
pub(crate) const TASKS: &str = "tasks";

tokio::task_local! {
    static RUN: Arc<Run>;
}

/// What a run's calls need, and how many were made.
pub(crate) struct Run {
    host: Arc<dyn Host>,
    id: Arc<str>,
    /// By a task's place in the definition.
    calls: Box<[AtomicU32]>,
}

impl Run {
    pub(crate) fn new(host: Arc<dyn Host>, id: Arc<str>, tasks: usize) -> Self {
        Self {
            host,
            id,
            calls: (0..tasks).map(|_| AtomicU32::new(0)).collect(),
        }
    }

    /// The calls made for a task.
    pub(crate) fn calls(&self, task: usize) -> u32 {
        self.calls[task].load(Ordering::Relaxed)
    }
}

/// Runs `work` where its functions find `run`.
pub(crate) async fn with_run<F: Future>(run: Arc<Run>, work: F) -> F::Output {
    RUN.scope(run, work).await
}

/// The message that a run starts from.
pub(crate) fn message(job: &Job, tasks: usize) -> Message {
    let mut message = Message::new(Arc::new(OwnedDataValue::Null));
    if let OwnedDataValue::Object(roots) = &mut message.context {
        roots.push(("input".to_owned(), OwnedDataValue::from(&*job.input)));
        roots.push((TASKS.to_owned(), OwnedDataValue::Object(Vec::with_capacity(tasks))));
    }
    message
}

/// The function behind every task of one definition: asks the host.
pub(crate) struct AskHost {
    workflow: Arc<Workflow>,
}

impl AskHost {
    pub(crate) fn new(workflow: Arc<Workflow>) -> Self {
        Self { workflow }
    }
}

/// What one task calls, parsed and compiled when dataflow-rs loads it.
#[derive(Deserialize)]
pub(crate) struct Step {
    /// The task's place in the definition.
    task: usize,
    #[serde(skip)]
    template: Option<Arc<Logic>>,
}

#[async_trait]
impl AsyncFunctionHandler for AskHost {
    type Input = Step;

    fn parse_input_with(&self, input: &Value) -> dataflow_rs::Result<Step> {
        Step::deserialize(input).map_err(DataflowError::from_serde)
    }

    fn compile_input_with(&self, step: &mut Step, compiler: &TemplateCompiler) -> dataflow_rs::Result<()> {
        let task = &self.workflow.tasks[step.task];
        if let Some(Input::Template(logic)) = task.call.as_ref().map(|work| &work.input) {
            let compiled = compiler.engine().compile_arc(logic);
            step.template = Some(compiled.map_err(|error| {
                DataflowError::LogicEvaluation(format!("the template of `call` of task {}: {error}", task.id))
            })?);
        }
        Ok(())
    }

    async fn execute(&self, context: &mut TaskContext<'_>, step: &Step) -> dataflow_rs::Result<TaskOutcome> {
        let task = &self.workflow.tasks[step.task];
        match self.call(context, step).await {
            Ok(output) => {
                record(
                    context.message_mut(),
                    &task.id,
                    TaskStatus::Succeeded,
                    OwnedDataValue::from(&*output),
                );
                Ok(TaskOutcome::Success)
            }
            Err(error) => {
                record(
                    context.message_mut(),
                    &task.id,
                    TaskStatus::Failed,
                    OwnedDataValue::Null,
                );
                Err(DataflowError::service(error.kind, error.message).build())
            }
        }
    }
}

impl AskHost {
    async fn call(&self, context: &TaskContext<'_>, step: &Step) -> Result<Json, CallError> {
        let task = &self.workflow.tasks[step.task];
        let work = task.call.as_ref().expect("a task without a call is refused at load");
        let input = match (&step.template, &work.input) {
            (Some(template), _) => Arc::new(context.eval_json(template).map_err(bad_input)?),
            (None, Input::Literal(literal)) => Arc::clone(literal),
            (None, Input::Template(_)) => unreachable!("a template is compiled at load"),
        };
        let run = RUN.with(Arc::clone);
        let attempt = run.calls[step.task].fetch_add(1, Ordering::Relaxed) + 1;
        let call = Call {
            run: Arc::clone(&run.id),
            task: Arc::clone(&task.id),
            item: None,
            attempt,
            purpose: Purpose::Work,
            handler: Arc::clone(&work.handler),
            input,
        };
        run.host.call(call).await
    }
}

/// dataflow-rs wraps what the evaluator says; the outcome holds the evaluator's own words.
fn bad_input(error: DataflowError) -> CallError {
    match error {
        DataflowError::LogicEvaluation(reason) => CallError::bad_input(reason),
        other => CallError::bad_input(other),
    }
}

/// Makes a task's end visible to the conditions and templates after it. The id is one key, whatever it is made of.
fn record(message: &mut Message, task: &str, status: TaskStatus, output: OwnedDataValue) {
    let OwnedDataValue::Object(roots) = &mut message.context else {
        return;
    };
    if let Some((_, OwnedDataValue::Object(tasks))) = roots.iter_mut().find(|(root, _)| root == TASKS) {
        let entry = vec![
            ("status".to_owned(), OwnedDataValue::String(status.as_str().to_owned())),
            ("output".to_owned(), output),
        ];
        tasks.push((task.to_owned(), OwnedDataValue::Object(entry)));
    }
}
