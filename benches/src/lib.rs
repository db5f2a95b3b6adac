//! What the benches share: workflows of a given shape and size, a host that costs nothing, and the floor to measure against.
//!
//! | command | what it shows |
//! |---|---|
//! | `cargo bench -p benches --bench engines` | each engine's `run` beside the bare walk, by shape and size; its `load` |
//! | `cargo bench -p benches --bench comparison` | compared cases a second on one thread, and each step of it |
//! | `cargo bench -p benches --bench share` | the harness's own share of a run's time |
//! | `cargo bench -p benches --bench rules` | `flow` beside dataflow-rs on real dataflow-rs definitions, and the floor of both |
//! | `cargo bench -p benches --bench messages` | each engine on a message of rules, by kind of task and size, and the floor |
//! | `cargo bench -p benches --bench reduction` | making a diverging case small, beside comparing it once |
//! | `cargo bench -p benches --bench durable` | runs in a file: recovering 10,000, what a waiting one takes, 1,000 at once |
//! | `cargo bench -p benches --bench journal` | 1,000 runs in one journal, beside bare `rusqlite` with as many commits |

use std::sync::Arc;

use contract::workflow::Task;
use contract::{Call, CallResult, Event, Host, Json, Options, Purpose, Signal, TaskId, Workflow};
use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use harness::judge::Contender;

/// The shapes that are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Each task needs the one before it.
    Chain,
    /// All tasks need the first.
    FanOut,
    /// Layers of ten; each task needs three of the layer before.
    Layered,
}

impl Shape {
    /// Every shape.
    pub const ALL: [Self; 3] = [Self::Chain, Self::FanOut, Self::Layered];

    /// The name in the bench's output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chain => "chain",
            Self::FanOut => "fan_out",
            Self::Layered => "layered",
        }
    }

    /// The tasks that task `index` needs.
    fn needs(self, index: usize) -> Vec<usize> {
        match self {
            Self::Chain => index.checked_sub(1).into_iter().collect(),
            Self::FanOut => (index > 0).then_some(0).into_iter().collect(),
            Self::Layered if index < 10 => Vec::new(),
            Self::Layered => {
                let before = (index / 10 - 1) * 10;
                (0..3).map(|offset| before + (index + offset * 3) % 10).collect()
            }
        }
    }

    /// A workflow of this shape with `size` tasks.
    pub fn workflow(self, size: usize) -> Arc<Workflow> {
        let id = |index: usize| -> TaskId { format!("t{index}").into() };
        let task = |index: usize| {
            let mut task = Task::calling(id(index), "work");
            task.needs = self.needs(index).into_iter().map(id).collect();
            task
        };
        Arc::new(Workflow {
            id: self.name().into(),
            tasks: (0..size).map(task).collect(),
            max_parallel: None,
            timeout: None,
            on_failure: contract::workflow::OnFailure::Stop,
        })
    }
}

/// A host whose calls are done at once: what is left is the engine's own work.
pub struct FreeHost;

impl Host for FreeHost {
    // What it is given is dropped where it lies: `drop` would move it first.
    fn call(&self, _call: Call) -> BoxFuture<'static, CallResult> {
        futures::future::ready(Ok(Json::default())).boxed()
    }

    fn report(&self, _event: Event) {}

    // The floor reports nothing either.
    fn listens(&self) -> bool {
        false
    }

    fn signal(&self) -> BoxFuture<'static, Option<Signal>> {
        futures::future::ready(None).boxed()
    }
}

/// The floor: a walk over a workflow's graph with `FuturesUnordered` and nothing else, no retries, limits, outputs or events.
pub struct BareWalk {
    tasks: Vec<(TaskId, Arc<str>)>,
    missing: Vec<u32>,
    dependents: Vec<Vec<usize>>,
}

impl BareWalk {
    /// Lays out the graph of `workflow`.
    pub fn new(workflow: &Workflow) -> Self {
        let index: std::collections::HashMap<&str, usize> = workflow
            .tasks
            .iter()
            .enumerate()
            .map(|(index, task)| (&*task.id, index))
            .collect();
        let mut dependents = vec![Vec::new(); workflow.tasks.len()];
        for (dependent, task) in workflow.tasks.iter().enumerate() {
            for need in &task.needs {
                dependents[index[&**need]].push(dependent);
            }
        }
        let missing = workflow.tasks.iter().map(|task| task.needs.len() as u32).collect();
        let tasks = workflow
            .tasks
            .iter()
            .map(|task| (Arc::clone(&task.id), "work".into()))
            .collect();
        Self {
            tasks,
            missing,
            dependents,
        }
    }

    /// Calls every task in an order that the graph allows, and returns how many there were.
    pub async fn run(&self, host: Arc<dyn Host>) -> usize {
        let run: Arc<str> = "run".into();
        let input = Json::default();
        let call = |index: usize| {
            let (task, handler) = &self.tasks[index];
            let call = Call {
                run: Arc::clone(&run),
                task: Arc::clone(task),
                item: None,
                attempt: 1,
                purpose: Purpose::Work,
                handler: Arc::clone(handler),
                input: Arc::clone(&input),
            };
            host.call(call).map(move |result| (index, result))
        };
        let mut missing = self.missing.clone();
        let mut calls: FuturesUnordered<_> = (0..missing.len())
            .filter(|index| missing[*index] == 0)
            .map(&call)
            .collect();
        let mut done = 0;
        while let Some((index, result)) = calls.next().await {
            done += usize::from(result.is_ok());
            for dependent in &self.dependents[index] {
                missing[*dependent] -= 1;
                if missing[*dependent] == 0 {
                    calls.push(call(*dependent));
                }
            }
        }
        done
    }
}

/// A registered engine, read like the migration of this repository reads it.
///
/// # Panics
/// If there is none of that name.
pub fn contender(name: &str) -> Contender {
    let mut options = Options::default();
    if name != "dataflow" {
        options.insert("condition_error".into(), "skip".into());
    }
    let built = (engines::find(name).expect("registered").build)(&options).expect("built with its options");
    Contender::new(Arc::from(built))
}
