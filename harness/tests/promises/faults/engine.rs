//! A real engine with one fault: it changes the definition on its way in, or the outcome on its way out.

use std::sync::Arc;

use contract::workflow::Workflow;
use contract::{
    Definition, Description, End, Engine, Finished, Host, Job, Json, Loaded, Millis, Outcome, Rejection, SkipReason,
};
use futures::future::BoxFuture;
use serde_json::Value;

use super::Fault;
use super::host::FaultyHost;

pub(super) struct Faulty {
    engine: Arc<dyn Engine>,
    fault: Fault,
}

struct FaultyRun {
    loaded: Box<dyn Loaded>,
    fault: Fault,
}

impl Faulty {
    pub(super) fn new(engine: Arc<dyn Engine>, fault: Fault) -> Self {
        Self { engine, fault }
    }
}

impl Engine for Faulty {
    fn describe(&self) -> Description {
        self.engine.describe()
    }

    fn load(&self, definition: &Definition) -> Result<Box<dyn Loaded>, Rejection> {
        // A definition that is wrong is refused as ever.
        self.engine.load(definition)?;
        let Definition::Dag(workflow) = definition else {
            return self.engine.load(definition);
        };
        let misread = misread(Workflow::clone(workflow), self.fault);
        let loaded = self.engine.load(&Definition::Dag(Arc::new(misread)))?;
        let fault = self.fault;
        Ok(Box::new(FaultyRun { loaded, fault }))
    }
}

impl Loaded for FaultyRun {
    fn run(&self, job: Job, host: Arc<dyn Host>) -> BoxFuture<'_, Finished> {
        let host = Arc::new(FaultyHost::new(host, self.fault));
        let fault = self.fault;
        Box::pin(async move {
            let finished = self.loaded.run(job, host).await;
            Finished::of(move || match finished.end() {
                End::Finished(outcome) => End::Finished(retold(outcome, fault)),
                other => other,
            })
        })
    }
}

fn misread(mut workflow: Workflow, fault: Fault) -> Workflow {
    match fault {
        Fault::SkipsAnEdge => {
            // Not the only need: a task without one would be refused for some `run_if`.
            if let Some(task) = workflow.tasks.iter_mut().find(|task| task.needs.len() > 1) {
                task.needs.pop();
            }
        }
        Fault::IgnoresMaxParallel => workflow.max_parallel = None,
        Fault::TriesOnceTooOften => {
            let retried = workflow.tasks.iter_mut().filter(|task| task.retry.max_attempts > 1);
            retried.for_each(|task| task.retry.max_attempts += 1);
        }
        Fault::BacksOffTooShort => {
            for task in &mut workflow.tasks {
                task.retry.initial = Millis(task.retry.initial.0 / 2);
            }
        }
        _ => {}
    }
    workflow
}

fn retold(mut outcome: Outcome, fault: Fault) -> Outcome {
    match fault {
        Fault::LosesAnOutput => {
            if let Some(task) = outcome.tasks.iter_mut().rfind(|task| task.output.is_some()) {
                task.output = None;
            }
        }
        Fault::SwallowsAnError => {
            outcome.error = None;
            outcome.tasks.iter_mut().for_each(|task| task.error = None);
        }
        Fault::GivesTheWrongSkipReason => {
            for reason in outcome.tasks.iter_mut().filter_map(|task| task.skipped.as_mut()) {
                *reason = match reason {
                    SkipReason::Upstream => SkipReason::Condition,
                    SkipReason::Condition => SkipReason::Upstream,
                };
            }
        }
        Fault::MakesIntegersFloats => {
            let outputs = outcome.tasks.iter_mut().filter_map(|task| task.output.as_mut());
            outputs.for_each(|output| *output = Json::new(with_floats(output)));
        }
        _ => {}
    }
    outcome
}

fn with_floats(value: &Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().into(),
        Value::Array(items) => items.iter().map(with_floats).collect(),
        Value::Object(entries) => entries
            .iter()
            .map(|(key, value)| (key.clone(), with_floats(value)))
            .collect(),
        other => other.clone(),
    }
}
