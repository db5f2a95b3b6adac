//! The engine around an engine: as the one within, but for the mutants that are planted in it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use contract::{
    Call, CallResult, Definition, Description, End, Engine, Event, Finished, Host, Job, Json, Loaded, Rejection, Rules,
    Signal, Storage, Workflow,
};
use futures::future::BoxFuture;

use super::Mutant;
use super::fault::{Memory, Run};

/// Plants one mutant or several in `engine`, which says of itself what it always says.
pub fn plant(engine: Arc<dyn Engine>, mutants: &[&'static Mutant]) -> Arc<dyn Engine> {
    Arc::new(Planted {
        engine,
        mutants: mutants.into(),
    })
}

type Mutants = Arc<[&'static Mutant]>;

struct Planted {
    engine: Arc<dyn Engine>,
    mutants: Mutants,
}

impl Engine for Planted {
    fn describe(&self) -> Description {
        self.engine.describe()
    }

    /// A mutant is a bug in the part that is for its format.
    fn load(&self, definition: &Definition) -> Result<Box<dyn Loaded>, Rejection> {
        let of_format = self.mutants.iter().copied();
        let of_format: Mutants = of_format
            .filter(|mutant| mutant.format == definition.format())
            .collect();
        let reading = Reading {
            engine: &*self.engine,
            mutants: &of_format,
        };
        Ok(Box::new(PlantedRuns {
            loaded: reading.load(definition)?,
            workflow: workflow_of(definition),
            memories: Mutex::default(),
            mutants: of_format,
        }))
    }
}

/// How a definition is read.
struct Reading<'a> {
    engine: &'a dyn Engine,
    mutants: &'a [&'static Mutant],
}

impl Reading<'_> {
    fn load(&self, definition: &Definition) -> Result<Box<dyn Loaded>, Rejection> {
        let refused = self.mutants.iter().find_map(|mutant| mutant.fault.refuse?(definition));
        if let Some(problem) = refused {
            return Err(Rejection::new(vec![problem]));
        }
        match self.engine.load(definition) {
            Ok(loaded) => Ok(self.misread(definition).unwrap_or(loaded)),
            Err(rejection) => self.overlook(definition, &rejection),
        }
    }

    /// What is loaded in the place of a sound definition. `None`: nothing else. That a definition is sound does not depend on
    /// a mutant, so what is misread in such a way that it would be refused is not misread.
    fn misread(&self, definition: &Definition) -> Option<Box<dyn Loaded>> {
        let misread = match definition {
            Definition::Dag(workflow) => {
                let mut misread = Workflow::clone(workflow);
                let faults = self.mutants.iter().filter_map(|mutant| mutant.fault.workflow);
                faults.for_each(|fault| fault(&mut misread));
                (misread != **workflow).then(|| Definition::Dag(Arc::new(misread)))
            }
            Definition::Rules(rules) => {
                let mut misread = Rules::clone(rules);
                let faults = self.mutants.iter().filter_map(|mutant| mutant.fault.rules);
                faults.for_each(|fault| fault(&mut misread));
                (misread != **rules).then(|| Definition::Rules(Arc::new(misread)))
            }
        };
        self.engine.load(&misread?).ok()
    }

    /// What is loaded in the place of a definition that is refused, or the refusal.
    fn overlook(&self, definition: &Definition, rejection: &Rejection) -> Result<Box<dyn Loaded>, Rejection> {
        let Definition::Dag(workflow) = definition else {
            return Err(self.reasons(rejection));
        };
        let mut mended = Workflow::clone(workflow);
        let faults = self.mutants.iter().filter_map(|mutant| mutant.fault.mend);
        faults.for_each(|fault| fault(&mut mended));
        if mended == **workflow {
            return Err(self.reasons(rejection));
        }
        self.engine
            .load(&Definition::Dag(Arc::new(mended)))
            .map_err(|rejection| self.reasons(&rejection))
    }

    fn reasons(&self, rejection: &Rejection) -> Rejection {
        let mut problems = rejection.problems().to_vec();
        let faults = self.mutants.iter().filter_map(|mutant| mutant.fault.problems);
        faults.for_each(|fault| fault(&mut problems));
        Rejection::new(problems)
    }
}

fn workflow_of(definition: &Definition) -> Arc<Workflow> {
    definition.dag().map_or_else(
        || {
            Arc::new(Workflow {
                id: "rules".into(),
                tasks: Vec::new(),
                max_parallel: None,
                timeout: None,
                on_failure: contract::workflow::OnFailure::default(),
            })
        },
        Arc::clone,
    )
}

struct PlantedRuns {
    loaded: Box<dyn Loaded>,
    mutants: Mutants,
    workflow: Arc<Workflow>,
    /// What the mutants remember of each run, which goes on when the process dies.
    memories: Mutex<BTreeMap<Arc<str>, Memories>>,
}

/// One for each mutant.
type Memories = Vec<Arc<Mutex<Memory>>>;

impl PlantedRuns {
    fn memories(&self, run: &Arc<str>, is_recovering: bool) -> Memories {
        let mut memories = self.memories.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_recovering {
            memories.remove(run);
        }
        let memories = memories.entry(Arc::clone(run));
        memories
            .or_insert_with(|| self.mutants.iter().map(|_| Arc::default()).collect())
            .clone()
    }
}

impl Loaded for PlantedRuns {
    fn run(&self, mut job: Job, host: Arc<dyn Host>) -> BoxFuture<'_, Finished> {
        let is_recovering = host.storage().is_some_and(|storage| !storage.records().is_empty());
        let mut host = host;
        let mut runs = Vec::with_capacity(self.mutants.len());
        for (mutant, memory) in self.mutants.iter().zip(self.memories(&job.run, is_recovering)) {
            let run = Run::new(Arc::clone(&host), Arc::clone(&self.workflow), is_recovering, memory);
            host = Arc::new(PlantedHost {
                mutant,
                run: Arc::clone(&run),
            });
            if let Some(begin) = mutant.fault.begin {
                begin(&run);
            }
            if let Some(input) = mutant.fault.input {
                let mut misread = serde_json::Value::clone(&job.input);
                input(&mut misread);
                job.input = Json::new(misread);
            }
            runs.push((*mutant, run));
        }
        let running = self.loaded.run(job, host);
        Box::pin(async move {
            let finished = running.await;
            Finished::of(move || told(finished.end(), &runs))
        })
    }
}

fn told(mut end: End, runs: &[(&'static Mutant, Arc<Run>)]) -> End {
    for (mutant, run) in runs {
        match &mut end {
            End::Finished(outcome) => {
                if let Some(tell) = mutant.fault.outcome {
                    tell(run, outcome);
                }
            }
            End::Processed(processed) => {
                if let Some(tell) = mutant.fault.processed {
                    tell(processed);
                }
            }
            End::Rejected(_) | End::Hung(_) | End::Crashed(_) => {}
        }
    }
    end
}

struct PlantedHost {
    mutant: &'static Mutant,
    run: Arc<Run>,
}

impl Host for PlantedHost {
    fn call(&self, call: Call) -> BoxFuture<'static, CallResult> {
        match self.mutant.fault.call {
            Some(fault) => fault(&self.run, call),
            None => self.run.host.call(call),
        }
    }

    fn report(&self, event: Event) {
        match self.mutant.fault.report {
            Some(fault) => fault(&self.run, event),
            None => self.run.host.report(event),
        }
    }

    fn signal(&self) -> BoxFuture<'static, Option<Signal>> {
        match self.mutant.fault.signal {
            Some(fault) => fault(&self.run),
            None => self.run.host.signal(),
        }
    }

    fn storage(&self) -> Option<Arc<dyn Storage>> {
        let storage = self.run.host.storage()?;
        Some(match self.mutant.fault.storage {
            Some(fault) => fault(&self.run, storage),
            None => storage,
        })
    }
}
