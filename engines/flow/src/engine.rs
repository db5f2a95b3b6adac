//! The engine behind the contract.

use std::num::NonZeroU32;
use std::sync::Arc;

use contract::{
    Definition, Description, Engine, EventKind, Feature, Finished, Format, Host, Job, Loaded, OptionError, Options,
    Rejection, Storage, options,
};
use futures::future::BoxFuture;
use serde::Deserialize;

use crate::core::Core;
use crate::driver::{self, Drive, From, Run};
use crate::journal::{HostJournal, NoJournal, Recovery};
use crate::plan::{ConditionError, Plan, Settings};
use crate::rules::{self, Fix, Fixes};
use crate::store::StoreError;

const NAME: &str = "flow";

const CAPABILITIES: [Feature; 23] = [
    Feature::EmptyWorkflow,
    Feature::Refusal,
    Feature::Needs,
    Feature::Parallel,
    Feature::MaxParallel,
    Feature::Priority,
    Feature::When,
    Feature::RunIf,
    Feature::Template,
    Feature::FailureStop,
    Feature::FailureCancel,
    Feature::FailureContinue,
    Feature::Compensation,
    Feature::Retry,
    Feature::TaskTimeout,
    Feature::RunTimeout,
    Feature::Cancel,
    Feature::PauseResume,
    Feature::UserInput,
    Feature::ForEach,
    Feature::HandlerPanic,
    Feature::BigInteger,
    Feature::Durable,
];

/// The engine. It keeps a run in the storage that the host offers, or nowhere.
#[derive(Debug)]
pub struct FlowEngine {
    settings: Settings,
    fixes: Fixes,
    logic: Arc<datalogic_rs::Engine>,
}

/// The options as a migration gives them.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct FlowOptions {
    max_parallel: Option<NonZeroU32>,
    condition_error: ConditionError,
    fix: Vec<Fix>,
}

impl FlowEngine {
    /// An engine with the options `max_parallel` (an integer from 1; without it, only the definition's limit holds) and
    /// `condition_error` (`"fail"`, the default, or `"skip"`), which are about workflows, and `fix` (a list of names of
    /// [`Fix`]es), which is about rules.
    ///
    /// # Errors
    /// If an option is unknown, or its value does not fit.
    pub fn new(given: &Options) -> Result<Self, OptionError> {
        let FlowOptions {
            max_parallel,
            condition_error,
            fix,
        } = options::read(NAME, given)?;
        Ok(Self {
            settings: Settings {
                max_parallel,
                condition_error,
            },
            fixes: fix.into_iter().collect(),
            logic: Arc::new(contract::logic::engine()),
        })
    }
}

impl Engine for FlowEngine {
    fn describe(&self) -> Description {
        Description {
            name: NAME.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            capabilities: CAPABILITIES.into(),
            formats: [Format::Dag, Format::Rules].into(),
            reports: EventKind::ALL.into(),
            volatile: Vec::new(),
        }
    }

    fn load(&self, definition: &Definition) -> Result<Box<dyn Loaded>, Rejection> {
        match definition {
            Definition::Dag(workflow) => {
                let plan = Plan::compile(workflow, self.settings, &self.logic)?;
                Ok(Box::new(LoadedPlan(Arc::new(plan))))
            }
            Definition::Rules(rules) => rules::load(rules, self.fixes),
        }
    }
}

/// A plan, ready to be run.
struct LoadedPlan(Arc<Plan>);

impl Loaded for LoadedPlan {
    fn run(&self, job: Job, host: Arc<dyn Host>) -> BoxFuture<'_, Finished> {
        let plan = Arc::clone(&self.0);
        Box::pin(async move {
            let core = match host.storage() {
                None => core_of(driver::run(plan, job, host, NoJournal).await),
                Some(storage) => run_durably(plan, job, host, storage).await,
            };
            Finished::new(move || core.outcome())
        })
    }
}

/// Runs with every step written down in `storage`, or goes on from what is written there.
async fn run_durably(plan: Arc<Plan>, job: Job, host: Arc<dyn Host>, storage: Arc<dyn Storage>) -> Core {
    let (journal, records) = HostJournal::open(&job.run, storage)
        .unwrap_or_else(|(number, damage)| panic!("record {number} of the run `{}` is damaged: {damage}", job.run));
    let from = if records.is_empty() {
        From::Start { plan, input: job.input }
    } else {
        let recovery = Box::new(Recovery::new(plan, records));
        let age = recovery.age(journal.now());
        From::Recovery { recovery, age }
    };
    let drive = Drive {
        run: job.run,
        from,
        host,
        journal,
        acknowledge: None,
        parks_after: None,
    };
    core_of(drive.run().await)
}

/// The last state of a run whose journal cannot fail.
fn core_of<J>(run: Result<Run<J>, StoreError>) -> Core {
    match run {
        Ok(run) => run.core,
        Err(error) => unreachable!("a journal without a store failed: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use contract::{Engine, FeatureSet};
    use serde_json::{Value, json};

    use super::FlowEngine;

    fn with(option: &str, value: Value) -> Result<FlowEngine, String> {
        FlowEngine::new(&[(option.to_owned(), value)].into()).map_err(|error| error.to_string())
    }

    #[test]
    fn an_option_that_does_not_fit_is_refused_by_name() {
        let refused = |option, value| with(option, value).expect_err("it does not fit");
        assert!(refused("max_paralel", json!(1)).contains("max_paralel"));
        assert!(refused("max_parallel", json!(0)).contains("nonzero"));
        assert!(refused("condition_error", json!("ignore")).contains("ignore"));
        assert!(refused("fix", json!(["map-noop-chance"])).contains("map-noop-chance"));
        assert!(with("condition_error", json!("skip")).is_ok());
        assert!(with("fix", json!(["map-noop-change", "validation-ids"])).is_ok());
    }

    #[test]
    fn all_that_a_workflow_can_ask_for_is_declared() {
        let capabilities = with("max_parallel", json!(2)).expect("it fits").describe().capabilities;
        assert_eq!(capabilities, FeatureSet::all());
    }
}
