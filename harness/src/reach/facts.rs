//! What is known of a run at each of its moments, put together from the case and from what was observed.

use std::collections::HashMap;

use contract::observation::{Fate, ObservedCall};
use contract::workflow::Task;
use contract::{Event, Millis, Observation, Outcome, Purpose, Script, Signal, TaskOutcome, TaskStatus, Workflow};
use corpus::Case;

/// A run that came to an end, and what its case says.
pub(super) struct Facts<'a> {
    pub(super) case: &'a Case,
    pub(super) workflow: &'a Workflow,
    pub(super) script: &'a Script,
    pub(super) observation: &'a Observation,
    pub(super) outcome: &'a Outcome,
    pub(super) index: HashMap<&'a str, usize>,
    /// Every wait between two attempts.
    pub(super) back_offs: Vec<BackOff>,
    /// Every question: its task, and from when until when it waits.
    pub(super) waits: Vec<(usize, Millis, Millis)>,
    /// By task: when it ended, if it did.
    pub(super) ended: Vec<Option<Millis>>,
    /// By task: when its needs had ended, if they did.
    pub(super) decided: Vec<Option<Millis>>,
    /// When a signal held the run paused.
    pub(super) pauses: Vec<(Millis, Millis)>,
    /// When the first task failed, if one did.
    pub(super) failed: Option<Millis>,
    /// When undoing began, if it did.
    pub(super) undoing: Option<Millis>,
    /// When the run ended.
    pub(super) end: Millis,
}

/// A wait between two attempts.
pub(super) struct BackOff {
    pub(super) task: usize,
    pub(super) item: Option<u32>,
    /// The attempt that failed.
    pub(super) attempt: u32,
    pub(super) delay: Millis,
    pub(super) from: Millis,
    /// When the next attempt is ready.
    pub(super) due: Millis,
    /// When the next attempt started, or the wait was given up.
    pub(super) until: Millis,
}

impl<'a> Facts<'a> {
    pub(super) fn new(
        case: &'a Case,
        workflow: &'a Workflow,
        observation: &'a Observation,
        outcome: &'a Outcome,
    ) -> Self {
        let index: HashMap<&str, usize> = workflow
            .tasks
            .iter()
            .enumerate()
            .map(|(place, task)| (&*task.id, place))
            .collect();
        let mut facts = Self {
            case,
            workflow,
            script: &case.script,
            observation,
            outcome,
            back_offs: Vec::new(),
            waits: Vec::new(),
            ended: vec![None; workflow.tasks.len()],
            decided: vec![None; workflow.tasks.len()],
            pauses: Vec::new(),
            failed: None,
            undoing: None,
            end: observation.makespan,
            index,
        };
        facts.read_events();
        facts.read_pauses();
        for (place, task) in workflow.tasks.iter().enumerate() {
            let mut ends = task.needs.iter().map(|need| facts.ended[*facts.index.get(&**need)?]);
            facts.decided[place] = ends.try_fold(Millis::ZERO, |latest, end| Some(latest.max(end?)));
        }
        facts
    }

    fn read_events(&mut self) {
        for observed in &self.observation.events {
            let at = observed.at;
            match &observed.event {
                Event::AttemptStarted { task, item, .. } => self.back_off_over(task, |of| of == *item, at),
                Event::BackedOff {
                    task,
                    item,
                    attempt,
                    delay,
                } => {
                    if let Some(task) = self.index.get(&**task) {
                        self.back_offs.push(BackOff {
                            task: *task,
                            item: *item,
                            attempt: *attempt,
                            delay: *delay,
                            from: at,
                            due: at.saturating_add(*delay),
                            until: self.end,
                        });
                    }
                }
                Event::Waiting { task } => {
                    if let Some(task) = self.index.get(&**task) {
                        self.waits.push((*task, at, self.end));
                    }
                }
                Event::TaskEnded { task, status } => {
                    self.back_off_over(task, |_| true, at);
                    let Some(task) = self.index.get(&**task) else { continue };
                    self.ended[*task].get_or_insert(at);
                    if let Some(wait) = self.waits.iter_mut().rfind(|wait| wait.0 == *task) {
                        wait.2 = wait.2.min(at);
                    }
                    if matches!(status, TaskStatus::Failed | TaskStatus::TimedOut) {
                        self.failed.get_or_insert(at);
                    }
                }
                Event::CompensationStarted { .. } => {
                    self.undoing.get_or_insert(at);
                }
                Event::RunStarted
                | Event::AnswerRefused { .. }
                | Event::RunPaused
                | Event::RunResumed
                | Event::RunEnded { .. } => {}
            }
        }
    }

    /// The waits of this task, or of those items of it that are meant, are over.
    fn back_off_over(&mut self, task: &str, is_meant: impl Fn(Option<u32>) -> bool, at: Millis) {
        let Some(task) = self.index.get(task).copied() else {
            return;
        };
        for back_off in &mut self.back_offs {
            if back_off.task == task && is_meant(back_off.item) {
                back_off.until = back_off.until.min(at);
            }
        }
    }

    fn read_pauses(&mut self) {
        let mut since = None;
        for scripted in &self.script.signals {
            match scripted.signal {
                Signal::Pause => since = since.or(Some(scripted.at)),
                Signal::Resume => self.pauses.extend(since.take().map(|since| (since, scripted.at))),
                Signal::Cancel | Signal::Respond { .. } => {}
            }
        }
        self.pauses.extend(since.map(|since| (since, Millis(u64::MAX))));
    }

    pub(super) fn tasks(&self) -> impl Iterator<Item = (usize, &'a Task, &'a TaskOutcome)> {
        let both = self.workflow.tasks.iter().zip(&self.outcome.tasks);
        both.enumerate().map(|(place, (task, outcome))| (place, task, outcome))
    }

    /// The calls that did a task's work, in the order they were made.
    pub(super) fn calls(&self) -> impl Iterator<Item = &'a ObservedCall> {
        self.observation
            .calls
            .iter()
            .filter(|call| call.purpose == Purpose::Work)
    }

    pub(super) fn calls_of(&self, task: &Task) -> impl Iterator<Item = &'a ObservedCall> {
        let id = std::sync::Arc::clone(&task.id);
        self.calls().filter(move |call| call.task == id)
    }

    /// The calls in flight when what comes at `at` comes; what ends by itself at that moment has ended.
    pub(super) fn in_flight(&self, at: Millis) -> impl Iterator<Item = &'a ObservedCall> {
        self.observation.calls.iter().filter(move |call| {
            let is_cut_off = matches!(call.fate, Fate::Dropped | Fate::Lost);
            call.started < at && call.ended.is_none_or(|ended| ended > at || ended == at && is_cut_off)
        })
    }

    pub(super) fn is_backing_off(&self, at: Millis) -> bool {
        self.back_offs
            .iter()
            .any(|wait| wait.from < at && at < wait.due && at <= wait.until)
    }

    pub(super) fn is_waiting(&self, at: Millis) -> bool {
        self.waits.iter().any(|(_, from, until)| *from < at && at <= *until)
    }

    pub(super) fn is_paused(&self, at: Millis) -> bool {
        self.pauses.iter().any(|(from, until)| *from < at && at < *until)
    }

    /// Whether a failure has stopped the run, and what runs beside it finishes.
    pub(super) fn is_stopping(&self, at: Millis) -> bool {
        use contract::workflow::OnFailure::{Compensate, Stop};
        matches!(self.workflow.on_failure, Stop | Compensate)
            && self.failed.is_some_and(|failed| failed < at)
            && self.undoing.is_none_or(|undoing| at < undoing)
    }

    pub(super) fn is_undoing(&self, at: Millis) -> bool {
        self.undoing.is_some_and(|undoing| undoing < at) && at < self.end
    }

    /// Whether this call was dropped because its time was up.
    pub(super) fn has_timed_out(&self, call: &ObservedCall) -> bool {
        let limit = self
            .index
            .get(&*call.task)
            .and_then(|task| self.workflow.tasks[*task].timeout);
        call.fate == Fate::Dropped
            && call.purpose == Purpose::Work
            && limit.is_some_and(|limit| call.ended == Some(call.started.saturating_add(limit)))
    }
}
