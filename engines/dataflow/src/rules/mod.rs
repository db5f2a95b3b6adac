//! Rules: dataflow-rs' own definitions, run natively and unchanged.
//!
//! What an application would write around dataflow-rs is here: it reads the definitions, registers its functions, builds the
//! engine once, and processes messages. Its functions ask the host.

mod functions;
mod outcome;
mod run;

use std::sync::Arc;

use contract::rules::{Message, Rules};
use contract::workflow::Problem;
use contract::{Finished, Host, Job, Loaded, Rejection};
use dataflow_rs::{DataflowError, Workflow};
use futures::FutureExt;
use futures::future::BoxFuture;

use run::Run;

/// Reads the definitions and builds an engine of them.
pub(crate) fn load(rules: &Rules) -> Result<Box<dyn Loaded>, Rejection> {
    match build(rules) {
        Ok(engine) => Ok(Box::new(LoadedRules(engine))),
        Err(error) => Err(Rejection::new(vec![Problem::Other {
            message: error.to_string(),
        }])),
    }
}

fn build(rules: &Rules) -> dataflow_rs::Result<dataflow_rs::Engine> {
    let workflows: Vec<Workflow> = rules
        .workflows
        .iter()
        .map(|workflow| serde_json::from_value(workflow.clone()).map_err(DataflowError::from_serde))
        .collect::<Result<_, _>>()?;
    let mut builder = dataflow_rs::Engine::builder().with_workflows(workflows);
    for name in &rules.handlers {
        builder = functions::register(builder, name);
    }
    if let Some(context) = &rules.error_context {
        builder = builder.with_error_context_path(&context.path);
        if let Some(limit) = context.limit {
            builder = builder.with_error_context_limit(limit);
        }
    }
    if let Some(secrets) = &rules.secrets {
        builder = builder.with_secrets_json(secrets);
    }
    builder.build()
}

/// A dataflow-rs engine that holds an application's definitions.
struct LoadedRules(dataflow_rs::Engine);

impl Loaded for LoadedRules {
    fn run(&self, job: Job, host: Arc<dyn Host>) -> BoxFuture<'_, Finished> {
        let described = Message::of(&job.input);
        let mut message = run::message(&described);
        let run = Arc::new(Run::new(host, job.run));
        async move {
            let work = run::process(&self.0, &described, &mut message);
            let (result, trace) = run::with_run(Arc::clone(&run), work).await;
            Finished::processed(move || outcome::of(message, result, trace, run.stamp()))
        }
        .boxed()
    }
}
