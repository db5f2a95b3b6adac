//! The core: what a workflow means, as a pure state machine.
//!
//! Something happens ([`Input`]), and something is to be done about it ([`Action`]). The core has no clock, performs no I/O and
//! waits for nothing, so the same inputs always give the same actions: a run can be recovered by giving its inputs to a
//! fresh core, and a test can walk it through any order of events.
//!
//! | module | what |
//! |---|---|
//! | `decision` | which tasks may run, once their needs have ended |
//! | `attempt` | starting calls, their ends, retries and timeouts |
//! | `ending` | how tasks end, what a failure does to the rest, how the run ends |
//! | `compensation` | undoing what succeeded |

mod attempt;
mod calls;
mod compensation;
mod decision;
mod ending;
mod message;
mod outcome;
mod queue;
mod task;
mod view;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use contract::{CallError, Json, Millis, RunStatus, Signal};
use datalogic_rs::bumpalo::Bump;

use crate::plan::Plan;
use calls::Calls;
pub use message::{Action, CallId, Input, Report, Timer};
use queue::AscendingQueue;
use task::{Phase, Tally, TaskState};
use view::View;

/// The state of one run.
pub struct Core {
    plan: Arc<Plan>,
    stage: Stage,
    /// The run's input.
    input: Json,
    tasks: Vec<TaskState>,
    /// Tasks that have not ended.
    unfinished: u32,
    /// Tasks whose needs have all ended.
    decidable: AscendingQueue,
    /// Ready tasks, by [`crate::plan::StartOrder`].
    ready: AscendingQueue,
    calls: Calls,
    /// The task that failed first.
    first_failure: Option<u32>,
    /// Tasks to be undone if the run fails, in the order in which they succeeded.
    undoable: Vec<u32>,
    /// What was undone, in order.
    undone: Vec<(u32, Option<CallError>)>,
    /// The moment and the actions of the input that is being applied.
    now: Millis,
    actions: Vec<Action>,
    /// Where logic is evaluated; empty between two inputs.
    arena: Bump,
}

/// Where the run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    NotStarted {
        is_cancelled: bool,
    },
    Running,
    /// A task failed: what runs may finish, nothing starts.
    Draining,
    Compensating,
    Ended(RunStatus),
}

impl Core {
    /// A run of `plan` that has not started.
    pub fn new(plan: Arc<Plan>) -> Self {
        let state = |needs: &u32| TaskState {
            phase: Phase::Pending,
            needs: Tally::default(),
            missing: *needs,
            attempts: 0,
        };
        Self {
            tasks: plan.need_counts.iter().map(state).collect(),
            unfinished: plan.len() as u32,
            plan,
            stage: Stage::NotStarted { is_cancelled: false },
            input: Json::default(),
            decidable: AscendingQueue::default(),
            ready: AscendingQueue::default(),
            calls: Calls::default(),
            first_failure: None,
            undoable: Vec::new(),
            undone: Vec::new(),
            now: Millis::ZERO,
            actions: Vec::new(),
            arena: Bump::new(),
        }
    }

    /// Takes in what happened at `now` (since the run's start), and appends to `actions` what is to be done, in order.
    ///
    /// Inputs of one instant come in this order: calls that returned, in the order in which they started; timers, in theirs;
    /// signals; [`Input::Settled`]. A signal that comes before [`Input::Started`] came before the start.
    pub fn apply(&mut self, now: Millis, input: Input, actions: &mut Vec<Action>) {
        std::mem::swap(&mut self.actions, actions);
        self.now = now;
        match input {
            Input::Started { input } => self.begin(input),
            Input::Returned { call, result } => self.returned(call, result),
            Input::Fired(timer) => self.fired(timer),
            Input::Signalled(signal) => self.signalled(&signal),
            Input::SignalsEnded => {}
            Input::Settled => self.settle(),
        }
        self.go_over_if_done();
        std::mem::swap(&mut self.actions, actions);
    }

    /// Whether anything would come of `timer` firing.
    pub fn awaits(&self, timer: Timer) -> bool {
        match timer {
            Timer::Attempt(call) => self.calls.is_open(call),
            Timer::BackOff { task, attempt, .. } => self.is_backing_off(task, attempt),
            Timer::Wait { .. } => false,
            Timer::Run => matches!(self.stage, Stage::Running | Stage::Draining),
        }
    }

    /// How the run ended, if it has.
    pub fn status(&self) -> Option<RunStatus> {
        match self.stage {
            Stage::Ended(status) => Some(status),
            _ => None,
        }
    }

    /// The plan it runs.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    fn begin(&mut self, input: Json) {
        let Stage::NotStarted { is_cancelled } = self.stage else {
            return;
        };
        self.stage = Stage::Running;
        self.input = input;
        self.report(Report::RunStarted);
        if is_cancelled {
            self.interrupt(RunStatus::Cancelled);
            return;
        }
        if let Some(limit) = self.plan.timeout {
            self.set_timer(limit, Timer::Run);
        }
        for task in 0..self.plan.len() as u32 {
            if self.tasks[task as usize].missing == 0 {
                self.decidable.push(u64::from(task));
            }
        }
        self.cascade();
        // It is due at this very moment, and what is due comes before what starts.
        if self.plan.timeout == Some(Millis::ZERO) && self.unfinished > 0 {
            self.interrupt(RunStatus::TimedOut);
        }
    }

    fn signalled(&mut self, signal: &Signal) {
        match (signal, self.stage) {
            (Signal::Cancel, Stage::NotStarted { .. }) => self.stage = Stage::NotStarted { is_cancelled: true },
            (Signal::Cancel, Stage::Running | Stage::Draining) => self.interrupt(RunStatus::Cancelled),
            // Pausing and answers are no capability of this engine yet.
            _ => {}
        }
    }

    fn fired(&mut self, timer: Timer) {
        match timer {
            Timer::Attempt(call) => self.attempt_timed_out(call),
            Timer::BackOff { task, attempt, .. } => self.backed_off(task, attempt),
            Timer::Wait { .. } => {}
            Timer::Run if self.awaits(timer) => self.interrupt(RunStatus::TimedOut),
            Timer::Run => {}
        }
    }

    fn set_timer(&mut self, delay: Millis, timer: Timer) {
        self.actions.push(Action::SetTimer {
            at: self.now.saturating_add(delay),
            timer,
        });
    }

    fn report(&mut self, report: Report) {
        self.actions.push(Action::Report(report));
    }

    fn view(&self) -> View<'_> {
        View {
            plan: &self.plan,
            input: &self.input,
            tasks: &self.tasks,
            output: None,
        }
    }
}

impl std::fmt::Debug for Core {
    /// All that its behaviour depends on, apart from the plan.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core")
            .field("stage", &self.stage)
            .field("input", &self.input)
            .field("tasks", &self.tasks)
            .field("decidable", &self.decidable)
            .field("ready", &self.ready)
            .field("calls", &self.calls)
            .field("first_failure", &self.first_failure)
            .field("undoable", &self.undoable)
            .field("undone", &self.undone)
            .finish_non_exhaustive()
    }
}
