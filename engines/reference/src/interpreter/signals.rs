//! Signals, and what it means for a run to be paused.

use std::sync::Arc;

use contract::{Event, Json, RunStatus, Signal, TaskId};

use super::Interpreter;
use super::state::{Ending, Phase, Progress, UnitState};

impl Interpreter {
    /// Takes a signal. "After the end, or once compensation has begun: no effect."
    pub(super) fn take_signal(&mut self, signal: Signal) {
        if self.phase.is_over() {
            return;
        }
        let has_effect = self.phase.can_be_ended_from_outside();
        match signal {
            Signal::Pause if has_effect => {
                self.is_paused = true;
                self.report_if_paused();
            }
            Signal::Resume if has_effect => {
                self.is_paused = false;
                self.report_if_resumed();
            }
            Signal::Cancel if has_effect => self.cancel_run(),
            Signal::Pause | Signal::Resume | Signal::Cancel => {}
            Signal::Respond { task, value } => self.respond(&task, value),
        }
    }

    /// "`cancel`: running calls are dropped, everything not terminal is `cancelled`, the run is `cancelled`. … Before the start:
    /// nothing runs."
    fn cancel_run(&mut self) {
        self.cancel_everything();
        self.finish(RunStatus::Cancelled);
    }

    /// "`respond(task, value)` makes it succeed with that output. An answer to a task that is not waiting is refused and changes
    /// nothing."
    fn respond(&mut self, id: &TaskId, value: Json) {
        let task = self.program.workflow.tasks.iter().position(|task| task.id == *id);
        let waiting = task.filter(|task| matches!(self.tasks[*task].progress, Progress::Waiting { .. }));
        match waiting {
            Some(task) => self.end_task(task, Ending::succeeded(value)),
            None => self.report(Event::AnswerRefused { task: Arc::clone(id) }),
        }
    }

    /// Paused by a signal; or "when nothing else can run, the run is `paused`": only an answer can bring it on.
    fn is_now_paused(&self) -> bool {
        self.is_paused || self.can_only_an_answer_help()
    }

    fn can_only_an_answer_help(&self) -> bool {
        let is_waiting = self
            .tasks
            .iter()
            .any(|task| matches!(task.progress, Progress::Waiting { .. }));
        let is_backing_off = |state: &UnitState| matches!(state, UnitState::BackingOff { .. });
        let is_any_backing_off = self
            .tasks
            .iter()
            .flat_map(|task| &task.units)
            .any(|unit| is_backing_off(&unit.state));
        is_waiting && !is_any_backing_off && !self.is_anything_ready() && self.running().next().is_none()
    }

    pub(super) fn report_if_paused(&mut self) {
        if !self.phase.is_over() && !self.is_reported_paused && self.is_now_paused() {
            self.is_reported_paused = true;
            self.report(Event::RunPaused);
        }
    }

    /// An answer, or a wait that took too long, brings a paused run on, be it only to its end. A cancel or the run's timeout
    /// ends it as it is.
    pub(super) fn report_if_resumed(&mut self) {
        if !self.phase.is_over() && self.is_reported_paused && !self.is_now_paused() {
            self.is_reported_paused = false;
            self.report(Event::RunResumed);
        }
    }

    /// Once the host has said that no signal will come, a run that can only go on with one ends as it is: paused.
    pub(super) fn end_if_only_a_signal_could_help(&mut self) {
        let is_compensating = matches!(self.phase, Phase::Compensating { .. });
        let goes_on = is_compensating || self.running().next().is_some() || self.next_deadline().is_some();
        if self.signals_ended && !self.phase.is_over() && !goes_on {
            self.finish(RunStatus::Paused);
        }
    }
}
