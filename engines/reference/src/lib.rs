//! The written semantics of workflows as an engine: small, slow and obviously right. Where two other engines differ, it
//! says which of them is wrong.
//!
//! | module | what |
//! |---|---|
//! | `check` | what is wrong with a definition, all of it |
//! | `program` | a checked definition with its JSONLogic compiled |
//! | `interpreter` | what happens in a run: a state machine over moments, without async, one function per rule |
//! | `memory` | what a run writes down so that it survives its process |
//! | `shell` | the async loop around it, which only carries calls, signals and time to and fro |

mod check;
mod interpreter;
mod memory;
mod program;
mod settings;
mod shell;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use contract::{
    Definition, Description, Engine, EventKind, FeatureSet, Finished, Format, Host, Job, Loaded, OptionError, Options,
    Rejection,
};
use futures::FutureExt;
use futures::future::BoxFuture;

use program::Program;
use settings::Settings;

/// The name the registry knows this engine by.
pub const NAME: &str = "reference";

/// The engine.
pub struct Reference {
    settings: Settings,
    logic: Arc<datalogic_rs::Engine>,
}

impl Reference {
    /// An engine with these options: `max_parallel` (an integer of at least 1; none by default) bounds the calls in flight of
    /// any run, and `condition_error` (`"fail"` by default, or `"skip"`) says what a condition that cannot be evaluated does.
    ///
    /// # Errors
    /// If an option is unknown, or its value does not fit.
    pub fn new(options: &Options) -> Result<Self, OptionError> {
        Ok(Self {
            settings: contract::options::read(NAME, options)?,
            logic: Arc::new(contract::logic::engine()),
        })
    }
}

impl Engine for Reference {
    fn describe(&self) -> Description {
        Description {
            name: NAME.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            capabilities: FeatureSet::all(),
            formats: [Format::Dag].into(),
            reports: EventKind::ALL.into(),
            volatile: Vec::new(),
        }
    }

    fn load(&self, definition: &Definition) -> Result<Box<dyn Loaded>, Rejection> {
        let Definition::Dag(workflow) = definition else {
            return Err(Rejection::of_format(definition.format()));
        };
        let problems = check::problems(workflow, &self.logic);
        if !problems.is_empty() {
            return Err(Rejection::new(problems));
        }
        Ok(Box::new(LoadedWorkflow(Arc::new(Program::new(
            Arc::clone(workflow),
            Arc::clone(&self.logic),
            &self.settings,
        )))))
    }
}

struct LoadedWorkflow(Arc<Program>);

impl Loaded for LoadedWorkflow {
    fn run(&self, job: Job, host: Arc<dyn Host>) -> BoxFuture<'_, Finished> {
        shell::run(Arc::clone(&self.0), job, host).boxed()
    }
}
