//! A journal in a store, which keeps the standing of its run in columns beside it.

use std::sync::Arc;
use std::task::{Context, Poll, ready};

use contract::{Json, Millis, Signal, TaskId};
use futures::future::BoxFuture;

use super::Journal;
use super::record::{Chain, Record};
use crate::core::{self, Action, Core, Input};
use crate::store::{Answer, Pause, Standing, State, Step, Store, StoreError};

/// The clock of a store: ms since the Unix epoch.
pub(crate) type StoreClock = Arc<dyn Fn() -> Millis + Send + Sync>;

/// Writes one step for each instant.
pub(crate) struct StoredJournal {
    store: Arc<dyn Store>,
    clock: StoreClock,
    run: Arc<str>,
    chain: Chain,
    /// The number of the next step.
    number: u32,
    at: Millis,
    inputs: Vec<Input>,
    state: State,
    /// The tasks that wait for an answer while it is paused.
    waiting: Vec<TaskId>,
    writing: Option<BoxFuture<'static, Result<(), StoreError>>>,
}

impl StoredJournal {
    /// The journal of a run that has `number` steps so far, whose checksums end in `chain`. `core`: where it stands, if it
    /// has begun.
    pub(crate) fn new(
        store: Arc<dyn Store>,
        clock: StoreClock,
        run: Arc<str>,
        chain: Chain,
        number: u32,
        core: Option<&Core>,
    ) -> Self {
        let (state, waiting) = core.map_or((State::Running, Vec::new()), state_of);
        Self {
            store,
            clock,
            run,
            chain,
            number,
            at: Millis::ZERO,
            inputs: Vec::new(),
            state,
            waiting,
            writing: None,
        }
    }

    /// The standing, if it has changed with the last inputs.
    fn changed_standing(&mut self, core: &Core, now: Millis) -> Option<Standing> {
        let (state, waiting) = state_of(core);
        if state == self.state && waiting == self.waiting {
            return None;
        }
        let pause = (state == State::Paused).then(|| {
            let question = core.questions().into_iter().next();
            Pause {
                task: question.map(|question| TaskId::clone(question.task)),
                reason: question.map_or_else(
                    || "paused by a signal".to_owned(),
                    |question| question.ask.prompt.clone(),
                ),
                since: now,
            }
        });
        (self.state, self.waiting) = (state, waiting);
        Some(Standing {
            state,
            pause,
            context: Json::new(core.context()),
        })
    }
}

/// The state that a store keeps, and the tasks that wait for an answer if the run is paused.
fn state_of(core: &Core) -> (State, Vec<TaskId>) {
    match core.standing() {
        core::Standing::NotStarted | core::Standing::Running => (State::Running, Vec::new()),
        core::Standing::Paused { waiting, .. } => {
            let waiting = waiting.iter().map(|question| TaskId::clone(question.task));
            (State::Paused, waiting.collect())
        }
        core::Standing::Ended(status) => (State::Ended(status), Vec::new()),
    }
}

impl Journal for StoredJournal {
    fn append(&mut self, at: Millis, input: &Input) {
        self.at = at;
        self.inputs.push(input.clone());
    }

    fn commit(&mut self, core: &Core, actions: &[Action]) {
        let now = (self.clock)();
        let record = Record {
            clock: now,
            at: self.at,
            inputs: std::mem::take(&mut self.inputs),
        };
        let answers = answers(core, &record.inputs, actions);
        let step = Step {
            run: Arc::clone(&self.run),
            number: self.number,
            at: now,
            record: self.chain.encode(&record),
            standing: self.changed_standing(core, now),
            answers,
        };
        self.number += 1;
        self.inputs = record.inputs;
        self.inputs.clear();
        self.writing = Some(self.store.append(step));
    }

    fn poll_committed(&mut self, context: &mut Context<'_>) -> Poll<Result<(), StoreError>> {
        if let Some(writing) = &mut self.writing {
            let written = ready!(writing.as_mut().poll(context));
            self.writing = None;
            return Poll::Ready(written);
        }
        Poll::Ready(Ok(()))
    }
}

/// The answers among the inputs that were accepted. For each signal there is one acknowledgement, in order.
fn answers(core: &Core, inputs: &[Input], actions: &[Action]) -> Vec<Answer> {
    let signals = inputs.iter().filter_map(|input| match input {
        Input::Signalled(signal) => Some(signal),
        _ => None,
    });
    let accepted = actions.iter().filter_map(|action| match action {
        Action::Acknowledge { is_accepted } => Some(*is_accepted),
        _ => None,
    });
    let answer = |(signal, is_accepted): (&Signal, bool)| match signal {
        Signal::Respond { task, value } if is_accepted => {
            let plan = core.plan();
            Some(Answer {
                task: TaskId::clone(task),
                variable: Arc::clone(&plan.ask(plan.asking(task)?)?.variable),
                value: Json::clone(value),
            })
        }
        _ => None,
    };
    signals.zip(accepted).filter_map(answer).collect()
}
