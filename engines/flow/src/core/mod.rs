//! The core: what a workflow means, as a pure state machine.
//!
//! Something happens ([`Input`]), and something is to be done about it ([`Action`]). The core has no clock, performs no I/O and
//! waits for nothing, so the same inputs always give the same actions: a run can be recovered by giving its inputs to a
//! fresh core, and a test can walk it through any order of events.
//!
//! | module | what |
//! |---|---|
//! | `decision` | which tasks may run, once their needs have ended |
//! | `starting` | which of all that is ready starts next, and with which input |
//! | `attempt` | what becomes of calls, retries and timeouts |
//! | `items` | the items of a `for_each` task |
//! | `signals` | pausing, cancelling and answers, and what it means to be paused |
//! | `ending` | how tasks end, what a failure does to the rest, how the run ends |
//! | `compensation` | undoing what succeeded |
//! | `standing` | how the run stands, for those who keep and show it |

mod attempt;
mod calls;
mod compensation;
mod decision;
mod ending;
mod items;
mod message;
mod outcome;
mod output;
mod queue;
mod signals;
mod standing;
mod starting;
mod task;
mod view;
mod waits;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use contract::stage::HORIZON;
use contract::{CallError, Json, Millis, RunStatus, Signal};
use datalogic_rs::bumpalo::Bump;

use crate::plan::Plan;
use crate::push::push_with;
use calls::Calls;
pub use message::{Action, CallId, Input, Item, Report, Start, Timer};
pub use output::Output;
use queue::AscendingQueue;
pub use standing::{Question, Standing};
use task::{Needs, Phase, TaskState, Unit};
use view::View;
use waits::Waits;

/// The state of one run.
pub struct Core {
    plan: Arc<Plan>,
    stage: Stage,
    /// Whether a signal holds it paused.
    is_paused: bool,
    /// Whether it was last reported to be paused, be it by a signal or because only answers can bring it on.
    is_reported_paused: bool,
    /// Whether no signal will ever come again.
    signals_ended: bool,
    /// The signals that came before the start.
    before_start: Vec<Signal>,
    /// The run's input.
    input: Json,
    tasks: Vec<TaskState>,
    /// Tasks that have not ended.
    unfinished: u32,
    /// Tasks whose needs have all ended.
    decidable: AscendingQueue,
    /// Ready calls, by [`crate::plan::StartOrder`], then item.
    ready: AscendingQueue,
    /// Ready questions, likewise.
    ready_asks: AscendingQueue,
    calls: Calls,
    waits: Waits,
    /// The task that failed first.
    first_failure: Option<u32>,
    /// Tasks to be undone if the run fails, in the order in which they succeeded.
    undoable: Vec<u32>,
    /// What was undone, in order.
    undone: Vec<(u32, Option<CallError>)>,
    /// The moment of the input that is being taken in.
    now: Millis,
    /// What is to be done, and has not been handed over.
    actions: Vec<Action>,
    /// Whether nobody wants reports.
    is_mute: bool,
    /// Where logic is evaluated; empty between two inputs.
    arena: Bump,
}

/// Where the run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    NotStarted,
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
            needs: Needs::new(*needs),
            attempts: 0,
        };
        Self {
            tasks: plan.need_counts.iter().map(state).collect(),
            unfinished: plan.len() as u32,
            plan,
            stage: Stage::NotStarted,
            is_paused: false,
            is_reported_paused: false,
            signals_ended: false,
            before_start: Vec::new(),
            input: Json::default(),
            decidable: AscendingQueue::default(),
            ready: AscendingQueue::default(),
            ready_asks: AscendingQueue::default(),
            calls: Calls::default(),
            waits: Waits::default(),
            first_failure: None,
            undoable: Vec::new(),
            undone: Vec::new(),
            now: Millis::ZERO,
            actions: Vec::new(),
            is_mute: false,
            arena: Bump::new(),
        }
    }

    /// Takes in what happened at `now` (since the run's start), and appends to `actions` what is to be done, in order.
    /// Like [`Self::take_in`] and [`Self::due`] together.
    pub fn apply(&mut self, now: Millis, input: Input, actions: &mut Vec<Action>) {
        self.take_in(now, input);
        actions.append(&mut self.actions);
    }

    /// Takes in what happened at `now` (since the run's start). What is to be done about it is in [`Self::actions`] then.
    ///
    /// Inputs of one instant come in this order: calls that returned, in the order in which they started; timers, in theirs;
    /// signals; [`Input::Settled`]. A signal that comes before [`Input::Started`] came before the start.
    pub fn take_in(&mut self, now: Millis, input: Input) {
        self.now = now;
        match input {
            Input::Started { input } => self.begin(input),
            Input::Returned { call, result } => self.returned(call, result),
            Input::Fired(timer) => self.fired(timer),
            Input::Signalled(signal) => self.signalled(signal),
            Input::SignalsEnded => self.signals_ended = true,
            Input::Settled => self.settle(),
        }
        self.follow_up();
    }

    /// Takes in an [`Input::Returned`], as nearly every input is.
    #[inline]
    pub fn take_in_returned(&mut self, now: Millis, call: CallId, result: Result<Output, Box<CallError>>) {
        self.now = now;
        self.returned(call, result);
        self.follow_up();
    }

    /// Takes in [`Input::Settled`], as every instant ends.
    pub fn take_in_settled(&mut self, now: Millis) {
        self.now = now;
        self.settle();
        self.follow_up();
    }

    /// What is to be done about what was taken in, in order.
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// What is to be done, to be taken from the list, and the plan that it is about.
    pub fn due(&mut self) -> (&Plan, &mut Vec<Action>) {
        (&self.plan, &mut self.actions)
    }

    /// From now on there is no [`Action::Report`]: nobody listens.
    pub fn mute(&mut self) {
        self.is_mute = true;
    }

    /// Whether anything would come of `timer` firing.
    pub fn awaits(&self, timer: Timer) -> bool {
        match timer {
            Timer::Attempt(call) => self.calls.is_open(call),
            Timer::BackOff { task, item, attempt } => self.is_backing_off(Unit { task, item }, attempt),
            Timer::Wait { task } => self.is_waiting(task),
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
        if self.stage != Stage::NotStarted {
            return;
        }
        self.stage = Stage::Running;
        self.input = input;
        self.report(Report::RunStarted);
        for task in 0..self.plan.len() as u32 {
            if self.tasks[task as usize].needs.have_ended() {
                self.decidable.push(u64::from(task));
            }
        }
        for signal in std::mem::take(&mut self.before_start) {
            self.take_signal(signal);
        }
        self.follow_up();
        match self.plan.timeout {
            // It is due at this very moment, and what is due comes before what starts.
            Some(Millis::ZERO) => self.fired(Timer::Run),
            Some(limit) if self.awaits(Timer::Run) => {
                self.set_timer(limit, Timer::Run);
            }
            _ => {}
        }
    }

    /// Follows up on something that happened: decisions, and the end of the run if it has come.
    fn follow_up(&mut self) {
        self.cascade();
        self.report_if_resumed();
        self.go_over_if_done();
    }

    fn fired(&mut self, timer: Timer) {
        match timer {
            Timer::Attempt(call) => self.attempt_timed_out(call),
            Timer::BackOff { task, item, attempt } => self.backed_off(Unit { task, item }, attempt),
            Timer::Wait { task } => self.wait_timed_out(task),
            Timer::Run if self.awaits(timer) => self.interrupt(RunStatus::TimedOut),
            Timer::Run => {}
        }
    }

    /// Sets a timer, if it comes at all. Returns whether it does.
    fn set_timer(&mut self, delay: Millis, timer: Timer) -> bool {
        if comes(delay) {
            self.actions.push(Action::SetTimer {
                at: self.now.saturating_add(delay),
                timer,
            });
        }
        comes(delay)
    }

    #[inline]
    fn report(&mut self, report: Report) {
        if !self.is_mute {
            push_with(&mut self.actions, || Action::Report(report));
        }
    }

    fn view(&self) -> View<'_> {
        View {
            plan: &self.plan,
            input: &self.input,
            tasks: &self.tasks,
            item: None,
            output: None,
        }
    }
}

/// Whether a timer is worth waiting for. One that is further away than any run is awaited never comes.
fn comes(delay: Millis) -> bool {
    delay <= HORIZON
}

impl std::fmt::Debug for Core {
    /// All that its behaviour depends on, apart from the plan.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core")
            .field("stage", &self.stage)
            .field("is_paused", &self.is_paused)
            .field("is_reported_paused", &self.is_reported_paused)
            .field("signals_ended", &self.signals_ended)
            .field("before_start", &self.before_start)
            .field("input", &self.input)
            .field("tasks", &self.tasks)
            .field("decidable", &self.decidable)
            .field("ready", &self.ready)
            .field("ready_asks", &self.ready_asks)
            .field("calls", &self.calls)
            .field("waits", &self.waits)
            .field("first_failure", &self.first_failure)
            .field("undoable", &self.undoable)
            .field("undone", &self.undone)
            .finish_non_exhaustive()
    }
}
