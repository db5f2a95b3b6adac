//! The process that all runs share, and the world around one run, which goes on when the process dies.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contract::observation::{Fate, ObservedCall};
use contract::{End, Millis, Observation, Purpose, Script, Signal, TaskId, Workflow};
use corpus::Case;
use tokio::time::Instant;

use super::host::SoakHost;
use super::{Broken, explain, since};
use crate::compare::Side;

/// The engine's process.
pub(super) struct Process {
    began: Instant,
    state: Mutex<ProcessState>,
}

#[derive(Default)]
struct ProcessState {
    /// Lives are numbered: what an earlier one does has no effect.
    life: u32,
    is_dead: bool,
    /// What is to be left of the next write, in which the process dies: 0 is all of it, 1 a part, 2 nothing.
    dies_at_write: Option<u64>,
    broken: Option<Box<Broken>>,
}

impl Process {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            state: Mutex::default(),
        })
    }

    fn state(&self) -> MutexGuard<'_, ProcessState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> Millis {
        since(self.began)
    }

    /// Whether the process of this life is alive.
    pub(super) fn lives(&self, life: u32) -> bool {
        let state = self.state();
        !state.is_dead && state.life == life
    }

    pub(super) fn is_dead(&self) -> bool {
        self.state().is_dead
    }

    pub(super) fn kill_at_next_write(&self, left: u64) {
        self.state().dies_at_write = Some(left);
    }

    /// Somebody writes: what is left of it if the process dies now.
    pub(super) fn dies_in_write(&self) -> Option<u64> {
        let mut state = self.state();
        let left = state.dies_at_write.take()?;
        state.is_dead = true;
        Some(left)
    }

    pub(super) fn die(&self) {
        let mut state = self.state();
        state.is_dead = true;
        state.life += 1;
        state.dies_at_write = None;
    }

    pub(super) fn come_back(&self) {
        self.state().is_dead = false;
    }

    pub(super) fn first_broken(&self) -> Option<Box<Broken>> {
        self.state().broken.take()
    }

    fn note_broken(&self, broken: Box<Broken>) {
        self.state().broken.get_or_insert(broken);
    }
}

/// What names a call over all lives of the process.
pub(super) type Key = (TaskId, Option<u32>, u32, Purpose);

/// The world around one run.
pub(super) struct World {
    pub(super) process: Arc<Process>,
    run: Arc<str>,
    case: Case,
    pub(super) workflow: Arc<Workflow>,
    pub(super) script: Arc<Script>,
    pub(super) began: Instant,
    /// For each task, by its id, those it depends on, directly or not.
    pub(super) ancestors: HashMap<TaskId, Vec<TaskId>>,
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) calls: Vec<ObservedCall>,
    /// When the world is done with each call, and whether its end is on record.
    pub(super) due: Vec<Instant>,
    pub(super) is_recorded: Vec<bool>,
    pub(super) unrecorded: Vec<usize>,
    pub(super) latest: HashMap<Key, usize>,
    /// The last attempt of each task, or item.
    pub(super) attempts: HashMap<(TaskId, Option<u32>), u32>,
    /// Calls in flight, by task.
    pub(super) in_flight: HashMap<TaskId, u32>,
    pub(super) working: u32,
    pub(super) records: Vec<Vec<u8>>,
    pub(super) writes: u64,
    pub(super) made_again: u64,
    pub(super) signals_given: usize,
    pub(super) signals_delivered: usize,
    pub(super) signals_recorded: usize,
    pub(super) is_over: bool,
}

/// What a run adds to the report.
pub(super) struct Totals {
    pub(super) status: &'static str,
    pub(super) calls: u64,
    pub(super) made_again: u64,
    pub(super) writes: u64,
    pub(super) signals: u64,
}

impl World {
    pub(super) fn new(process: Arc<Process>, run: Arc<str>, case: Case, workflow: Arc<Workflow>) -> Arc<Self> {
        Arc::new(Self {
            process,
            run,
            ancestors: ancestors(&workflow),
            workflow,
            script: Arc::clone(&case.script),
            case,
            began: Instant::now(),
            state: Mutex::default(),
        })
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The host of the process that is alive.
    pub(super) fn host(self: &Arc<Self>) -> Arc<SoakHost> {
        Arc::new(SoakHost {
            life: self.process.state().life,
            world: Arc::clone(self),
        })
    }

    pub(super) fn now(&self) -> Millis {
        since(self.began)
    }

    /// What an engine that did `rule` is told.
    pub(super) fn broken(&self, rule: &str) -> Box<Broken> {
        Box::new(Broken {
            run: Arc::clone(&self.run),
            case: self.case.clone(),
            at: self.process.now(),
            rule: rule.to_owned(),
        })
    }

    /// Notes that a rule was broken, unless it holds.
    pub(super) fn check(&self, holds: bool, rule: impl FnOnce() -> String) {
        if !holds {
            self.process.note_broken(self.broken(&rule()));
        }
    }

    /// The process died: calls in flight are lost, and so is what had not been written down.
    pub(super) fn kill(&self) {
        let now = self.now();
        let mut state = self.state();
        let unrecorded = std::mem::take(&mut state.unrecorded);
        for index in unrecorded {
            state.calls[index].fate = Fate::Lost;
        }
        for call in state.calls.iter_mut().filter(|call| call.ended.is_none()) {
            (call.ended, call.fate) = (Some(now), Fate::Lost);
        }
        state.in_flight.clear();
        state.working = 0;
        let recorded = state.signals_recorded;
        (state.signals_given, state.signals_delivered) = (recorded, recorded);
    }

    /// The run came to `end`: checks the whole of it.
    pub(super) fn ended(&self, end: &End) -> Result<Totals, Box<Broken>> {
        let mut state = self.state();
        state.is_over = true;
        let End::Finished(outcome) = end else {
            return Err(self.broken(&crate::compare::describe_end(end)));
        };
        if let Some(call) = state.calls.iter().find(|call| call.ended.is_none()) {
            let rule = format!("a call of `{}` is left in flight at the end", call.task);
            return Err(self.broken(&rule));
        }
        let observation = Observation {
            end: end.clone(),
            calls: std::mem::take(&mut state.calls),
            events: Vec::new(),
            makespan: self.now(),
            logs: Vec::new(),
        };
        let delivered: Vec<&Signal> = self.script.signals[..state.signals_delivered]
            .iter()
            .map(|scripted| &scripted.signal)
            .collect();
        // What is reported is lost with the process that was about to report it.
        let description = explain::silent();
        let side = Side {
            description: &description,
            observation: &observation,
            schedule: contract::stage::Schedule::PLAIN,
        };
        let by_rules = crate::rules::broken(&self.workflow, side).into_iter().next();
        let by_rules = by_rules.map(|rule| format!("{}: {}, but {}", rule.path, rule.rule, rule.seen));
        let problem =
            by_rules.or_else(|| explain::problem(&self.workflow, &self.script, &observation, outcome, &delivered));
        if let Some(problem) = problem {
            return Err(self.broken(&problem));
        }
        Ok(Totals {
            status: outcome.status.as_str(),
            calls: observation.calls.len() as u64,
            made_again: state.made_again,
            writes: state.writes,
            signals: state.signals_delivered as u64,
        })
    }

    /// Whether a pause that the engine took holds the run.
    pub(super) fn is_paused(&self, state: &State) -> bool {
        let taken = &self.script.signals[..state.signals_delivered];
        let last = taken
            .iter()
            .rfind(|scripted| matches!(scripted.signal, Signal::Pause | Signal::Resume));
        last.is_some_and(|scripted| scripted.signal == Signal::Pause)
    }
}

fn ancestors(workflow: &Workflow) -> HashMap<TaskId, Vec<TaskId>> {
    let tasks: HashMap<&TaskId, &Vec<TaskId>> = workflow.tasks.iter().map(|task| (&task.id, &task.needs)).collect();
    let all = |task: &TaskId| {
        let mut found: Vec<TaskId> = Vec::new();
        let mut left: Vec<&TaskId> = tasks[task].iter().collect();
        while let Some(need) = left.pop() {
            if !found.contains(need) {
                found.push(Arc::clone(need));
                left.extend(tasks.get(need).into_iter().flat_map(|needs| needs.iter()));
            }
        }
        found
    };
    workflow
        .tasks
        .iter()
        .map(|task| (Arc::clone(&task.id), all(&task.id)))
        .collect()
}
