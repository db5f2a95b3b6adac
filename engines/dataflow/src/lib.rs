//! Legacy: the crate [dataflow-rs](https://crates.io/crates/dataflow-rs) behind the contract.
//!
//! dataflow-rs runs the tasks of a workflow one after another and knows no dependencies. So a definition becomes *one* dataflow-rs
//! workflow whose tasks stand in an order that its needs allow, and each task is a custom function that asks the host.
//! Conditions and templates see `input` and `tasks`, which the adapter puts into the message's context beside dataflow-rs' own
//! `data`, `metadata` and `temp_data`.
//!
//! What it declares, and why:
//!
//! | capability | declared | because dataflow-rs … |
//! |---|---|---|
//! | `needs` | yes | runs tasks in the order given, and the order given respects the needs |
//! | `max_parallel` | yes | runs one task at a time, so no limit of one or more is ever exceeded |
//! | `when` | yes | runs a task only if its condition gives `true`; one it cannot evaluate counts as not true |
//! | `template` | yes | evaluates JSONLogic in a task's input |
//! | `failure_stop` | yes | ends a workflow at the first task that fails |
//! | `failure_continue` | yes | goes on after a task with `continue_on_error` |
//! | `parallel`, `priority` | no | has no second task to choose or to run beside the first |
//! | `run_if` | no | does not know what a task needs, so not either whether it succeeded |
//! | `failure_cancel`, `compensation` | no | has nothing in flight to drop, and no undo |
//! | `retry`, `task_timeout`, `run_timeout` | no | leaves retries and deadlines to its handlers |
//! | `cancel`, `pause_resume`, `user_input` | no | takes no signal while it runs |
//! | `for_each` | no | got it in a later version |
//! | `handler_panic` | no | lets a panic through to its caller |
//! | `big_integer` | no | turns an integer above the largest `i64` into a float |
//! | `refusal`, `empty_workflow` | no | refuses for reasons of its own, one at a time, and a workflow without tasks too |
//!
//! A definition that asks for more is refused rather than run as something else.
//!
//! [`Definition::Rules`] is dataflow-rs' own format. There the adapter changes nothing: it does what an application does that
//! registers definitions and functions, and its functions ask the host.

mod handler;
mod lowering;
mod outcome;
mod rules;

use std::collections::BTreeSet;
use std::sync::Arc;

use contract::options::{self, OptionError, Options};
use contract::workflow::{Problem, Workflow};
use contract::{Definition, Description, Engine, Feature, FeatureSet, Finished, Format, Host, Job, Loaded, Rejection};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Deserialize;

use handler::{AskHost, Run};

/// The version of dataflow-rs behind this engine.
const VERSION: &str = "3.12.0";

/// dataflow-rs, which has no options.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dataflow;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoOptions {}

impl Dataflow {
    /// The engine's name in the registry.
    pub const NAME: &'static str = "dataflow";

    /// The engine.
    ///
    /// # Errors
    /// If any option is given.
    pub fn new(options: &Options) -> Result<Self, OptionError> {
        options::read::<NoOptions>(Self::NAME, options).map(|NoOptions {}| Self)
    }
}

impl Engine for Dataflow {
    fn describe(&self) -> Description {
        Description {
            name: Self::NAME.to_owned(),
            version: VERSION.to_owned(),
            capabilities: FeatureSet::from([
                Feature::Needs,
                Feature::MaxParallel,
                Feature::When,
                Feature::Template,
                Feature::FailureStop,
                Feature::FailureContinue,
            ]),
            formats: BTreeSet::from([Format::Dag, Format::Rules]),
            // An observer would add a fifth to each run, for events that say nothing of skipped tasks: legacy must not be
            // made slower than it is.
            reports: BTreeSet::new(),
            volatile: Vec::new(),
        }
    }

    fn load(&self, definition: &Definition) -> Result<Box<dyn Loaded>, Rejection> {
        let workflow = match definition {
            Definition::Dag(workflow) => workflow,
            Definition::Rules(rules) => return rules::load(rules),
        };
        let order = lowering::order(workflow).map_err(Rejection::new)?;
        let engine = dataflow_rs::Engine::builder()
            .register(handler::NAME, AskHost::new(Arc::clone(workflow)))
            .with_workflow(lowering::lower(workflow, &order))
            .build()
            .map_err(|error| {
                Rejection::new(vec![Problem::Other {
                    message: error.to_string(),
                }])
            })?;
        Ok(Box::new(LoadedWorkflow {
            engine,
            workflow: Arc::clone(workflow),
            order: order.into(),
        }))
    }
}

/// A dataflow-rs engine that holds one workflow.
struct LoadedWorkflow {
    engine: dataflow_rs::Engine,
    workflow: Arc<Workflow>,
    /// The tasks' places in the definition, in the order in which they run.
    order: Arc<[usize]>,
}

impl Loaded for LoadedWorkflow {
    fn run(&self, job: Job, host: Arc<dyn Host>) -> BoxFuture<'_, Finished> {
        async move {
            let mut message = handler::message(&job, self.order.len());
            let run = Arc::new(Run::new(host, job.run, self.order.len()));
            let result = handler::with_run(Arc::clone(&run), self.engine.process_message(&mut message)).await;
            let (workflow, order) = (Arc::clone(&self.workflow), Arc::clone(&self.order));
            Finished::new(move || outcome::of(&workflow, &order, &message, result.is_err(), &run))
        }
        .boxed()
    }
}
