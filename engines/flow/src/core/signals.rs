//! Signals, and what it means for a run to be paused.

use contract::{Json, RunStatus, Signal, TaskId};

use super::message::{Action, Report};
use super::task::Phase;
use super::{Core, Stage};

impl Core {
    /// Takes a signal, and tells whether it has an effect before anything comes of it.
    pub(super) fn signalled(&mut self, signal: Signal) {
        let is_accepted = self.accepts(&signal);
        self.actions.push(Action::Acknowledge { is_accepted });
        if self.stage == Stage::NotStarted {
            self.before_start.push(signal);
        } else {
            self.take_signal(signal);
        }
    }

    /// After the end, or once undoing has begun, a signal has no effect, and an answer has none if nobody waits for it. Before
    /// the start nobody does, and a run that was cancelled is as good as over.
    fn accepts(&self, signal: &Signal) -> bool {
        match (self.stage, signal) {
            (Stage::NotStarted, Signal::Respond { .. }) => false,
            (Stage::NotStarted, _) => !self.before_start.contains(&Signal::Cancel),
            (Stage::Running | Stage::Draining, Signal::Respond { task, .. }) => self.waiting_for(task).is_some(),
            (Stage::Running | Stage::Draining, _) => true,
            (Stage::Compensating | Stage::Ended(_), _) => false,
        }
    }

    pub(super) fn take_signal(&mut self, signal: Signal) {
        match (self.stage, signal) {
            (Stage::NotStarted | Stage::Ended(_), _) => {}
            (_, Signal::Respond { task, value }) => self.respond(task, value),
            (Stage::Compensating, _) => {}
            (_, Signal::Pause) => {
                self.is_paused = true;
                self.report_if_paused();
            }
            (_, Signal::Resume) => {
                self.is_paused = false;
                self.report_if_resumed();
            }
            (_, Signal::Cancel) => self.interrupt(RunStatus::Cancelled),
        }
    }

    fn respond(&mut self, id: TaskId, value: Json) {
        let Some(task) = self.waiting_for(&id) else {
            self.report(Report::AnswerRefused { task: id });
            return;
        };
        self.waits.end_answer(self.is_wait_timed(task));
        self.succeed(task, value.into());
    }

    /// The task of this id, if it waits for an answer.
    fn waiting_for(&self, id: &TaskId) -> Option<u32> {
        self.plan.asking(id).filter(|task| self.is_waiting(*task))
    }

    pub(super) fn is_waiting(&self, task: u32) -> bool {
        matches!(self.tasks[task as usize].phase, Phase::Waiting)
    }

    pub(super) fn wait_timed_out(&mut self, task: u32) {
        if self.is_waiting(task) {
            self.waits.end_answer(self.is_wait_timed(task));
            let limit = self.plan.task(task).timeout().unwrap_or_default();
            let error = contract::CallError::timed_out(limit);
            self.fail(task, Phase::TimedOut(Box::new(error)));
        }
    }

    fn is_wait_timed(&self, task: u32) -> bool {
        self.plan.task(task).timeout().is_some_and(super::comes)
    }

    /// Paused by a signal, or because only an answer can bring it on.
    fn is_now_paused(&mut self) -> bool {
        self.is_paused || (self.waits.is_for_answers_only() && self.calls.in_flight() == 0 && !self.is_anything_ready())
    }

    pub(super) fn report_if_paused(&mut self) {
        if !self.is_reported_paused && self.goes_on() && self.is_now_paused() {
            self.is_reported_paused = true;
            self.report(Report::RunPaused);
        }
    }

    /// An answer, or a wait that took too long, brings a paused run on, be it only to its end.
    pub(super) fn report_if_resumed(&mut self) {
        if self.is_reported_paused && self.goes_on() && !self.is_now_paused() {
            self.is_reported_paused = false;
            self.report(Report::RunResumed);
        }
    }

    /// Once no signal will come any more, a run that can only go on with one ends as it is.
    pub(super) fn end_if_only_a_signal_could_help(&mut self) {
        if self.signals_ended
            && matches!(self.stage, Stage::Running | Stage::Draining)
            && self.calls.in_flight() == 0
            && !self.awaits_time()
        {
            self.finish(RunStatus::Paused);
        }
    }

    /// Whether it has begun and not ended.
    fn goes_on(&self) -> bool {
        !matches!(self.stage, Stage::NotStarted | Stage::Ended(_))
    }
}
