//! The engine behind the contract.

use std::num::NonZeroU32;
use std::sync::Arc;

use contract::{
    Definition, Description, Engine, EventKind, Feature, Finished, Format, Host, Job, Loaded, OptionError, Options,
    Rejection, options,
};
use futures::future::BoxFuture;
use serde::Deserialize;

use crate::driver;
use crate::journal::NoJournal;
use crate::plan::{ConditionError, Plan, Settings};
use crate::rules::{self, Fix, Fixes};

const NAME: &str = "flow";

const CAPABILITIES: [Feature; 22] = [
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
];

/// The engine. Its runs are kept nowhere: for a journal, use [`crate::driver::run`].
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
            let run = driver::run(plan, job, host, NoJournal).await;
            Finished::new(move || run.core.outcome())
        })
    }
}

#[cfg(test)]
mod tests {
    use contract::{Engine, Feature, FeatureSet};
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
    fn all_that_a_workflow_can_ask_for_is_declared_but_durability() {
        let capabilities = with("max_parallel", json!(2)).expect("it fits").describe().capabilities;
        let lacking: Vec<_> = FeatureSet::all().difference(capabilities).iter().collect();
        assert_eq!(lacking, [Feature::Durable]);
    }
}
