//! What a mutant may change, each as a plain function; and what such a function knows of the run it is in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contract::rules::Processed;
use contract::workflow::Task;
use contract::{
    Call, CallResult, Definition, Event, Host, Json, Millis, Outcome, Problem, Rules, Signal, Storage, TaskId, Workflow,
};
use futures::future::{BoxFuture, Shared};
use tokio::time::Instant;

use super::Mutant;
use super::list::Slots;

/// Makes a call in the host's place.
pub(super) type OnCall = fn(&Arc<Run>, Call) -> BoxFuture<'static, CallResult>;

/// Gives the next signal in the host's place.
pub(super) type OnSignal = fn(&Arc<Run>) -> BoxFuture<'static, Option<Signal>>;
/// Puts another storage in the place of the host's.
pub(super) type OnStorage = fn(&Arc<Run>, Arc<dyn Storage>) -> Arc<dyn Storage>;

/// What is wrong. What is `None` is right.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fault {
    /// Misreads a workflow that is sound.
    pub(super) workflow: Option<fn(&mut Workflow)>,
    /// Misreads rules that are sound.
    pub(super) rules: Option<fn(&mut Rules)>,
    /// Overlooks what is wrong with a workflow, by mending it.
    pub(super) mend: Option<fn(&mut Workflow)>,
    /// Tells other reasons for a refusal.
    pub(super) problems: Option<fn(&mut Vec<Problem>)>,
    /// Refuses what is sound.
    pub(super) refuse: Option<fn(&Definition) -> Option<Problem>>,
    /// Misreads the run's input.
    pub(super) input: Option<fn(&mut serde_json::Value)>,
    /// Is called when a run begins or, after a death, goes on.
    pub(super) begin: Option<fn(&Arc<Run>)>,
    pub(super) call: Option<OnCall>,
    pub(super) report: Option<fn(&Arc<Run>, Event)>,
    pub(super) signal: Option<OnSignal>,
    pub(super) storage: Option<OnStorage>,
    /// Tells another outcome.
    pub(super) outcome: Option<fn(&Arc<Run>, &mut Outcome)>,
    /// Tells another message.
    pub(super) processed: Option<fn(&mut Processed)>,
}

/// One way to plant a fault of each kind; a mutant that takes two is still one bug.
impl Mutant {
    pub(super) fn misreads(mut self, misread: fn(&mut Workflow)) -> Self {
        self.fault.workflow = Some(misread);
        self
    }

    pub(super) fn misreads_rules(mut self, misread: fn(&mut Rules)) -> Self {
        self.fault.rules = Some(misread);
        self
    }

    pub(super) fn overlooks(mut self, mend: fn(&mut Workflow)) -> Self {
        self.fault.mend = Some(mend);
        self
    }

    pub(super) fn names_problems(mut self, problems: fn(&mut Vec<Problem>)) -> Self {
        self.fault.problems = Some(problems);
        self
    }

    pub(super) fn refuses(mut self, refuse: fn(&Definition) -> Option<Problem>) -> Self {
        self.fault.refuse = Some(refuse);
        self
    }

    pub(super) fn takes_input(mut self, input: fn(&mut serde_json::Value)) -> Self {
        self.fault.input = Some(input);
        self
    }

    pub(super) fn begins(mut self, begin: fn(&Arc<Run>)) -> Self {
        self.fault.begin = Some(begin);
        self
    }

    pub(super) fn calls(mut self, call: OnCall) -> Self {
        self.fault.call = Some(call);
        self
    }

    pub(super) fn reports(mut self, report: fn(&Arc<Run>, Event)) -> Self {
        self.fault.report = Some(report);
        self
    }

    pub(super) fn takes_signals(mut self, signal: OnSignal) -> Self {
        self.fault.signal = Some(signal);
        self
    }

    pub(super) fn stores(mut self, storage: OnStorage) -> Self {
        self.fault.storage = Some(storage);
        self
    }

    pub(super) fn tells(mut self, outcome: fn(&Arc<Run>, &mut Outcome)) -> Self {
        self.fault.outcome = Some(outcome);
        self
    }

    pub(super) fn tells_message(mut self, processed: fn(&mut Processed)) -> Self {
        self.fault.processed = Some(processed);
        self
    }
}

/// One run of an engine with one mutant in it.
pub(super) struct Run {
    /// The true host, or the next mutant before it.
    pub(super) host: Arc<dyn Host>,
    /// The workflow as it was written; one without tasks in a run of rules.
    pub(super) workflow: Arc<Workflow>,
    /// Whether the process has died before.
    pub(super) is_recovering: bool,
    started: Instant,
    memory: Arc<Mutex<Memory>>,
}

/// What a mutant remembers in the course of a run, its deaths included.
#[derive(Default)]
pub(super) struct Memory {
    /// How often something has happened.
    pub(super) counts: BTreeMap<String, u64>,
    /// Tasks, in the order in which something happened to them.
    pub(super) tasks: Vec<TaskId>,
    /// Outputs, in the order in which they came, and whose they are.
    pub(super) outputs: Vec<(TaskId, Option<u32>, Json)>,
    /// Calls that were made.
    pub(super) calls: Vec<Call>,
    /// Calls in flight that nobody lets go of.
    pub(super) kept: BTreeMap<String, Shared<BoxFuture<'static, CallResult>>>,
    /// Reports held back.
    pub(super) events: Vec<Event>,
    /// Signals held back.
    pub(super) signals: Vec<Signal>,
    /// Results by what they are the results of.
    pub(super) results: BTreeMap<String, CallResult>,
    /// Who waits for something to be remembered.
    pub(super) wakers: Vec<std::task::Waker>,
    /// Attempts that were made, of those that the mutant may hold back.
    pub(super) started: BTreeSet<Attempt>,
    /// The calls in flight and those in wait.
    pub(super) slots: Slots,
}

/// One attempt of the work of a task, or of one item of its list.
pub(super) type Attempt = (TaskId, Option<u32>, u32);

pub(super) fn attempt(call: &Call) -> Attempt {
    (TaskId::clone(&call.task), call.item, call.attempt)
}

impl Run {
    pub(super) fn new(
        host: Arc<dyn Host>,
        workflow: Arc<Workflow>,
        is_recovering: bool,
        memory: Arc<Mutex<Memory>>,
    ) -> Arc<Self> {
        Arc::new(Self {
            host,
            workflow,
            is_recovering,
            started: Instant::now(),
            memory,
        })
    }

    /// What a panic leaves of it is whole: each change is a single one.
    pub(super) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The task as it was written.
    pub(super) fn task(&self, id: &str) -> Option<&Task> {
        self.workflow.tasks.iter().find(|task| &*task.id == id)
    }

    /// How often this was asked before of `what`.
    pub(super) fn count(&self, what: impl Into<String>) -> u64 {
        let mut memory = self.memory();
        let count = memory.counts.entry(what.into()).or_default();
        *count += 1;
        *count - 1
    }

    /// Virtual time since this run began or, after a death, since it went on.
    pub(super) fn time(&self) -> Millis {
        (Instant::now() - self.started).into()
    }
}
