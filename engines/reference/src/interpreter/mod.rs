//! A run of a workflow as a state machine over moments: told what happened at a moment, it says what is to be done.
//!
//! There is no async, clock or I/O in here, and no index that could be out of step with the states of the tasks: what can be
//! worked out from them is worked out again each time. One rule of the page is one function, which quotes it.
//!
//! | module | section of the page |
//! |---|---|
//! | [`deciding`] | Starting, 1 and 2: `run_if`, `when`, `for_each` |
//! | [`starting`] | Starting, 3 and 4: which ready task is next |
//! | [`attempts`] | Attempts: results, retries, timeouts, items |
//! | [`failure`] | Failure: what a failed task does to the rest, and how the run ends |
//! | [`compensation`] | Failure: undoing what had succeeded |
//! | [`signals`] | Signals |
//! | [`state`] | Task states |
//! | [`outcome`] | Outcome |

mod attempts;
mod compensation;
mod deciding;
mod failure;
mod outcome;
mod signals;
mod starting;
mod state;

use std::sync::Arc;

use contract::stage::HORIZON;
use contract::{Call, CallResult, Compensation, Event, Job, Millis, RunError, RunStatus, Signal, TaskStatus};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::program::Program;
use state::{Ending, Phase, Progress, TaskState, UnitState};

/// Calls are numbered in the order in which they start.
pub(crate) type CallNumber = u64;

/// What happened at one moment, outside. Timers are the interpreter's own: see [`Interpreter::next_deadline`].
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Happened {
    /// Results of calls, in start order.
    pub(crate) results: Vec<(CallNumber, CallResult)>,
    /// Signals, in order.
    pub(crate) signals: Vec<Signal>,
    /// Whether no signal will ever come after these.
    pub(crate) signals_ended: bool,
}

/// What is to be done, in this order.
pub(crate) enum Effect {
    /// Make this call.
    Start(CallNumber, Call),
    /// Drop this call.
    Drop(CallNumber),
    /// Report this event.
    Report(Event),
    /// The run is over; nothing comes after this.
    Finish,
}

/// A run.
pub(crate) struct Interpreter {
    program: Arc<Program>,
    run: Arc<str>,
    now: Millis,
    phase: Phase,
    /// Whether a signal paused it.
    is_paused: bool,
    /// Whether it was last reported to be paused.
    is_reported_paused: bool,
    signals_ended: bool,
    /// When the run's own `timeout` is due.
    deadline: Option<Millis>,
    tasks: Vec<TaskState>,
    /// What JSONLogic sees: `{"input", "tasks": {id: {"status", "output"}}}`, the latter with the tasks that have ended.
    data: Value,
    calls_made: CallNumber,
    /// The first failure, in time.
    first_failure: Option<RunError>,
    /// The tasks that succeeded, in that order.
    succeeded: Vec<usize>,
    compensations: Vec<Compensation>,
    effects: Vec<Effect>,
}

impl Interpreter {
    pub(crate) fn new(program: Arc<Program>, job: Job) -> Self {
        let mut interpreter = Self {
            run: job.run,
            now: Millis::ZERO,
            phase: Phase::Open,
            is_paused: false,
            is_reported_paused: false,
            signals_ended: false,
            deadline: None,
            tasks: program.tasks.iter().map(|_| TaskState::default()).collect(),
            data: json!({ "input": *job.input, "tasks": {} }),
            calls_made: 0,
            first_failure: None,
            succeeded: Vec::new(),
            compensations: Vec::new(),
            effects: Vec::new(),
            program,
        };
        interpreter.deadline = interpreter.deadline_in(interpreter.program.workflow.timeout);
        interpreter
    }

    /// Begins the run, given what had happened before its start. Call it once, and before [`Self::handle`].
    pub(crate) fn begin(&mut self, before_start: Happened) -> Vec<Effect> {
        self.report(Event::RunStarted);
        for signal in before_start.signals {
            self.take_signal(signal);
        }
        self.settle();
        self.time_out_run(Millis::ZERO);
        self.go_on(before_start.signals_ended)
    }

    /// Takes what happened at the moment `now`, be it only that [`Self::next_deadline`] is reached.
    ///
    /// "Simultaneous events are processed as: call results (in start order), then timers, then signals." Tasks start when
    /// none of them is left.
    pub(crate) fn handle(&mut self, now: Millis, happened: Happened) -> Vec<Effect> {
        self.now = now;
        for (call, result) in happened.results {
            self.take_result(call, result);
            self.settle();
        }
        // Several moments may have passed while no process ran. What was due first comes first.
        while let Some(due) = self.next_deadline().filter(|due| *due <= now) {
            self.time_out_attempts(due);
            self.end_back_offs_and_waits(due);
            self.time_out_run(due);
        }
        for signal in happened.signals {
            self.take_signal(signal);
            self.settle();
        }
        self.go_on(happened.signals_ended)
    }

    /// The next moment at which something is due although nothing happens outside.
    pub(crate) fn next_deadline(&self) -> Option<Millis> {
        let of_tasks = self.tasks.iter().flat_map(|task| {
            let wait = match task.progress {
                Progress::Waiting { deadline } => deadline,
                _ => None,
            };
            let of_units = task.units.iter().filter_map(|unit| match unit.state {
                UnitState::Running { deadline, .. } => deadline,
                UnitState::BackingOff { until } => until,
                _ => None,
            });
            of_units.chain(wait)
        });
        of_tasks
            .chain(self.deadline.filter(|_| self.phase.can_be_ended_from_outside()))
            .min()
    }

    /// Follows up on one thing that happened: decisions, and the end of the run if it has come.
    fn settle(&mut self) {
        if self.phase.is_over() {
            return;
        }
        self.decide_what_can_be_decided();
        self.report_if_resumed();
        self.conclude();
    }

    /// Once all that happened at a moment is dealt with, starts what can start.
    fn go_on(&mut self, signals_ended: bool) -> Vec<Effect> {
        self.signals_ended = signals_ended;
        while self.start_next_task() || self.start_next_compensation() {
            self.settle();
        }
        self.report_if_paused();
        self.end_if_only_a_signal_could_help();
        std::mem::take(&mut self.effects)
    }

    /// "Running calls are dropped, everything not terminal is `cancelled`, the run is … `timed_out`."
    fn time_out_run(&mut self, due: Millis) {
        if self.phase.can_be_ended_from_outside() && self.deadline.is_some_and(|deadline| deadline <= due) {
            self.cancel_everything();
            self.finish(RunStatus::TimedOut);
        }
    }

    /// Marks a task as ended. "A terminal state never changes."
    fn end_task(&mut self, task: usize, ending: Ending) {
        let id = Arc::clone(&self.program.workflow.tasks[task].id);
        let seen = json!({ "status": ending.status.as_str(), "output": ending.output.as_deref() });
        self.data["tasks"][&*id] = seen;
        if ending.status == TaskStatus::Succeeded {
            self.succeeded.push(task);
        }
        self.report(Event::TaskEnded {
            task: id,
            status: ending.status,
        });
        self.tasks[task].progress = Progress::Ended(ending);
    }

    /// Ends the run.
    fn finish(&mut self, status: RunStatus) {
        self.phase = Phase::Over(status);
        self.report(Event::RunEnded { status });
        self.effects.push(Effect::Finish);
    }

    /// The moment `limit` from now. One that is further away than the clock can tell from never does not come.
    fn deadline_in(&self, limit: Option<Millis>) -> Option<Millis> {
        limit
            .filter(|limit| *limit <= HORIZON)
            .map(|limit| self.now.saturating_add(limit))
    }

    fn report(&mut self, event: Event) {
        self.effects.push(Effect::Report(event));
    }

    /// Each task and unit that has a call in flight, with the call.
    fn running(&self) -> impl Iterator<Item = (CallNumber, usize, usize)> {
        self.tasks.iter().enumerate().flat_map(|(task, state)| {
            state
                .units
                .iter()
                .enumerate()
                .filter_map(move |(unit, state)| match state.state {
                    UnitState::Running { call, .. } => Some((call, task, unit)),
                    _ => None,
                })
        })
    }
}
