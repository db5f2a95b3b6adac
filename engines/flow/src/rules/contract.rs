//! The rules engine behind the contract.

use std::sync::Arc;

use contract::rules::Rules;
use contract::workflow::Problem;
use contract::{Finished, Host, Job, Loaded, Rejection};
use futures::future::BoxFuture;

use super::engine::Engine;
use super::fixes::Fixes;
use super::message::Message;

/// Loads rules.
///
/// # Errors
/// The first thing that dataflow-rs refuses, in its words.
pub(crate) fn load(rules: &Rules, fixes: Fixes) -> Result<Box<dyn Loaded>, Rejection> {
    match Engine::with_fixes(rules, fixes) {
        Ok(engine) => Ok(Box::new(LoadedRules(engine))),
        Err(error) => Err(Rejection::new(vec![Problem::Other {
            message: error.to_string(),
        }])),
    }
}

/// Rules, ready to process messages.
struct LoadedRules(Engine);

impl Loaded for LoadedRules {
    fn run(&self, job: Job, host: Arc<dyn Host>) -> BoxFuture<'_, Finished> {
        // Before the future: whoever times a run times the engine, and not how a case is read.
        let message = Message::of_input(&job.input);
        Box::pin(async move {
            let record = self.0.process(&message, &*host, &job.run).await;
            Finished::processed(move || record.to_processed())
        })
    }
}
