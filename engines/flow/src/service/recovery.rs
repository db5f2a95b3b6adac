//! Bringing runs back from the store.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use contract::workflow::Work;
use contract::{Json, Outcome, Workflow};

use super::error::RunError;
use super::runs::{Ready, Runs};
use crate::driver::From;
use crate::journal::Recovery;
use crate::journal::record::Chain;
use crate::plan::Plan;
use crate::store::StoredRun;

/// The plans of the workflows that were loaded together: most runs share a few workflows.
#[derive(Default)]
pub(super) struct Plans(HashMap<usize, (Arc<Workflow>, Arc<Plan>)>);

/// A run from the store.
pub(super) enum Loaded {
    Unfinished(Ready),
    Ended(Arc<Outcome>),
}

/// A run as its records leave it.
pub(super) struct Replayed {
    pub(super) workflow: Arc<Workflow>,
    pub(super) plan: Arc<Plan>,
    pub(super) input: Json,
    pub(super) recovery: Recovery,
    pub(super) chain: Chain,
    pub(super) steps: u32,
}

/// Loads a run, ready to be driven.
pub(super) fn load(runs: &Runs, run: &Arc<str>, plans: &mut Plans) -> Result<Loaded, RunError> {
    let replayed = replay(runs, run, plans)?;
    if replayed.recovery.core.status().is_some() {
        return Ok(Loaded::Ended(Arc::new(replayed.recovery.core.outcome())));
    }
    let missing = unknown_handlers(&replayed.workflow, runs);
    if !missing.is_empty() {
        return Err(RunError::UnknownHandlers {
            run: Arc::clone(run),
            handlers: missing,
        });
    }
    let from = if replayed.steps == 0 {
        From::Start {
            plan: replayed.plan,
            input: replayed.input,
        }
    } else {
        From::Recovery {
            age: replayed.recovery.age((runs.clock)()),
            recovery: Box::new(replayed.recovery),
        }
    };
    Ok(Loaded::Unfinished(Ready {
        workflow: replayed.workflow,
        from,
        chain: replayed.chain,
        steps: replayed.steps,
    }))
}

/// Gives a run's records to a fresh core.
pub(super) fn replay(runs: &Runs, run: &Arc<str>, plans: &mut Plans) -> Result<Replayed, RunError> {
    let unknown = || RunError::Unknown(Arc::clone(run));
    let StoredRun {
        begun, records: stored, ..
    } = runs.store.load(run)?.ok_or_else(unknown)?;
    let rejected = |source| RunError::Rejected {
        run: Arc::clone(run),
        source,
    };
    let plan = plans.get(runs, &begun.workflow).map_err(rejected)?;
    let mut chain = Chain::new(run);
    let mut records = Vec::with_capacity(stored.len());
    for (step, bytes) in stored.iter().enumerate() {
        let damaged = |damage| RunError::Damaged {
            run: Arc::clone(run),
            step,
            damage,
        };
        records.push(chain.decode(bytes).map_err(damaged)?);
    }
    Ok(Replayed {
        workflow: begun.workflow,
        input: begun.input,
        steps: records.len() as u32,
        recovery: Recovery::new(Arc::clone(&plan), records),
        plan,
        chain,
    })
}

impl Plans {
    fn get(&mut self, runs: &Runs, workflow: &Arc<Workflow>) -> Result<Arc<Plan>, contract::Rejection> {
        // The workflow is kept beside its address, so that nothing else can come to lie there.
        let address = Arc::as_ptr(workflow).addr();
        if let Some((_, plan)) = self.0.get(&address) {
            return Ok(Arc::clone(plan));
        }
        let plan = Arc::new(Plan::compile(workflow, runs.settings, &runs.logic)?);
        self.0.insert(address, (Arc::clone(workflow), Arc::clone(&plan)));
        Ok(plan)
    }
}

/// The handlers that a workflow names and the engine lacks.
pub(super) fn unknown_handlers(workflow: &Workflow, runs: &Runs) -> Vec<Arc<str>> {
    let works = workflow
        .tasks
        .iter()
        .flat_map(|task| task.call.iter().chain(&task.compensate));
    let unknown = works.filter(|work: &&Work| runs.handlers.get(&work.handler).is_none());
    let names: BTreeSet<Arc<str>> = unknown.map(|work| Arc::clone(&work.handler)).collect();
    names.into_iter().collect()
}
