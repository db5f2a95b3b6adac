//! How a run stands, for those who keep runs and show them to people.

use std::collections::BTreeMap;

use contract::workflow::Ask;
use contract::{RunStatus, TaskId};
use serde_json::{Value, json};

use super::{CallId, Core, Output, Stage};

/// How a run stands between two instants.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing<'a> {
    /// It has not begun.
    NotStarted,
    /// It goes on by itself.
    Running,
    /// It can only go on with a signal, apart from what its timers may end.
    Paused {
        /// The questions it waits with, in declaration order. There may be none if a signal paused it.
        waiting: Vec<Question<'a>>,
        /// Whether a signal paused it, so that answers alone do not bring it on.
        by_signal: bool,
    },
    /// It has ended; as [`RunStatus::Paused`] if it was paused when the signals ended.
    Ended(RunStatus),
}

/// A task that waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Question<'a> {
    /// The task.
    pub task: &'a TaskId,
    /// What it asks, and under which name the answer is kept.
    pub ask: &'a Ask,
}

impl Core {
    /// How the run stands. To be asked between two instants: within one, a pause is not known yet.
    pub fn standing(&self) -> Standing<'_> {
        match self.stage {
            Stage::NotStarted => Standing::NotStarted,
            Stage::Ended(status) => Standing::Ended(status),
            Stage::Running | Stage::Draining | Stage::Compensating if self.is_reported_paused => Standing::Paused {
                waiting: self.questions(),
                by_signal: self.is_paused,
            },
            Stage::Running | Stage::Draining | Stage::Compensating => Standing::Running,
        }
    }

    /// The questions that wait for an answer, in declaration order; of a run that has ended, those it left behind.
    pub fn questions(&self) -> Vec<Question<'_>> {
        let mut waiting: Vec<u32> = self
            .plan
            .asks
            .iter()
            .copied()
            .filter(|task| self.is_waiting(*task))
            .collect();
        waiting.sort_unstable();
        let question = |task| {
            let ask = self.plan.ask(task)?;
            Some(Question {
                task: self.plan.id(task),
                ask,
            })
        };
        waiting.into_iter().filter_map(question).collect()
    }

    /// Whether no call is in flight and none would start without an input. A timer may still be awaited: see
    /// [`Self::awaits_time`].
    pub fn is_idle(&self) -> bool {
        let is_settled = match self.stage {
            Stage::Running => {
                self.decidable.is_empty() && (self.is_paused || self.ready.is_empty() && self.ready_asks.is_empty())
            }
            Stage::Compensating => self.undoable.is_empty(),
            Stage::NotStarted | Stage::Draining | Stage::Ended(_) => true,
        };
        is_settled && self.calls.in_flight() == 0
    }

    /// Whether a back-off, a wait or the run itself has a deadline that will come. A run that is idle and awaits none can only
    /// be brought on by a signal.
    pub fn awaits_time(&self) -> bool {
        let is_open = matches!(self.stage, Stage::Running | Stage::Draining);
        is_open && (self.waits.is_timed() || self.plan.timeout.is_some_and(super::comes))
    }

    /// The calls in flight, in the order in which they started.
    pub fn open_calls(&self) -> impl Iterator<Item = CallId> {
        self.calls.open_calls().into_iter()
    }

    /// What conditions and templates see: `{"input": …, "tasks": {id: {"output", "status"}}}`, the tasks being those that have
    /// ended.
    pub fn context(&self) -> Value {
        let ended = self.tasks.iter().zip(&self.plan.tasks).filter_map(|(state, plan)| {
            let status = state.phase.status();
            let seen = json!({"status": status.as_str(), "output": state.phase.output().map(Output::value)});
            status.is_terminal().then(|| (&*plan.id, seen))
        });
        json!({"input": self.input, "tasks": ended.collect::<BTreeMap<_, _>>()})
    }
}
