//! Rows as they are in the file, and the seals over them.

use std::sync::Arc;

use contract::{Millis, RunStatus};
use rusqlite::Row;

use super::readable::Readable;
use super::seal::Seal;
use super::time;
use crate::store::{Answer, Pause, Standing, State, StoreError};

/// The words for states in the file.
const STATES: [(State, &str); 8] = [
    (State::Running, "running"),
    (State::Paused, "paused"),
    (State::Ended(RunStatus::Succeeded), "succeeded"),
    (State::Ended(RunStatus::Failed), "failed"),
    (State::Ended(RunStatus::Compensated), "compensated"),
    (State::Ended(RunStatus::CompensationFailed), "compensation_failed"),
    (State::Ended(RunStatus::Cancelled), "cancelled"),
    (State::Ended(RunStatus::TimedOut), "timed_out"),
];

fn word(state: State) -> &'static str {
    // A run that ended paused, as a host without signals sees it, goes on when it gets one: it is paused.
    let found = STATES.iter().find(|(known, _)| *known == state);
    found.map_or("paused", |(_, word)| word)
}

/// The columns of `workflow_executions` that change as the run goes on.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    pub(super) state: String,
    pub(super) paused_task_id: Option<String>,
    pub(super) pause_reason: Option<String>,
    pub(super) paused_at: Option<String>,
    pub(super) context_data: Vec<u8>,
    pub(super) updated_at: String,
    pub(super) context_exact: Option<Vec<u8>>,
}

impl Columns {
    /// As `run` stands since `at`.
    pub(super) fn new(run: &str, standing: &Standing, at: Millis) -> Result<Self, StoreError> {
        let context = Readable::keep(&*standing.context, &|| format!("the context of the run `{run}`"))?;
        let pause = standing.pause.as_ref();
        Ok(Self {
            state: word(standing.state).to_owned(),
            paused_task_id: pause.and_then(|pause| pause.task.as_ref()).map(ToString::to_string),
            pause_reason: pause.map(|pause| pause.reason.clone()),
            paused_at: pause.map(|pause| time::text(pause.since)),
            context_data: context.text.into_bytes(),
            updated_at: time::text(at),
            context_exact: context.exact,
        })
    }

    /// Reads them; they are the first that are selected.
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            state: row.get(0)?,
            paused_task_id: row.get(1)?,
            pause_reason: row.get(2)?,
            paused_at: row.get(3)?,
            context_data: row.get(4)?,
            updated_at: row.get(5)?,
            context_exact: row.get(6)?,
        })
    }

    /// What they say. `None`: they were not written by [`Self::new`].
    pub(super) fn standing(&self) -> Option<Standing> {
        let (state, _) = STATES.iter().find(|(_, word)| *word == self.state)?;
        let pause = match (&self.pause_reason, &self.paused_at) {
            (Some(reason), Some(since)) => Some(Pause {
                task: self.paused_task_id.as_deref().map(Into::into),
                reason: reason.clone(),
                since: time::read(since)?,
            }),
            (None, None) => None,
            _ => return None,
        };
        Some(Standing {
            state: *state,
            pause,
            context: Arc::new(Readable::value(&self.context_data, self.context_exact.as_deref())?),
        })
    }

    /// The seal of the row they are in.
    pub(super) fn seal(&self, origin: u32) -> u32 {
        Seal::new("execution")
            .number(origin.into())
            .text(&self.state)
            .optional(self.paused_task_id.as_deref().map(str::as_bytes))
            .optional(self.pause_reason.as_deref().map(str::as_bytes))
            .optional(self.paused_at.as_deref().map(str::as_bytes))
            .bytes(&self.context_data)
            .text(&self.updated_at)
            .optional(self.context_exact.as_deref())
            .finish()
    }
}

/// The columns of `workflow_executions` that never change.
#[derive(Clone, Debug)]
pub(super) struct Origin<'a> {
    pub(super) id: &'a str,
    pub(super) workflow_id: &'a str,
    pub(super) created_at: &'a str,
    pub(super) sequence: i64,
    pub(super) workflow_hash: &'a str,
    pub(super) input: &'a str,
    pub(super) input_exact: Option<&'a [u8]>,
}

impl Origin<'_> {
    /// The checksum over them, with which the chain of the run's records begins.
    pub(super) fn seal(&self) -> u32 {
        Seal::new("origin")
            .text(self.id)
            .text(self.workflow_id)
            .text(self.created_at)
            .number(self.sequence)
            .text(self.workflow_hash)
            .text(self.input)
            .optional(self.input_exact)
            .finish()
    }
}

/// A row of `user_input_responses`, without what it has of its step.
#[derive(Clone, Debug)]
pub(super) struct Response {
    pub(super) id: String,
    pub(super) task_id: String,
    pub(super) variable_name: String,
    pub(super) value: Option<String>,
    pub(super) responded_at: String,
}

impl Response {
    /// The one at `place` of those that came with step `number`.
    pub(super) fn new(run: &str, number: u32, place: usize, answer: &Answer, at: Millis) -> Self {
        Self {
            id: format!("{run}/{number}/{place}"),
            task_id: answer.task.to_string(),
            variable_name: answer.variable.to_string(),
            value: Some(answer.value.to_string()),
            responded_at: time::text(at),
        }
    }
}

/// The checksum of a record, over the one before it and all that came with it.
pub(super) fn chained(before: u32, number: u32, record: &[u8], responses: &[Response]) -> u32 {
    let seal = Seal::new("record")
        .number(before.into())
        .number(number.into())
        .bytes(record);
    let sealed = responses.iter().fold(seal, |seal, response| {
        seal.text(&response.id)
            .text(&response.task_id)
            .text(&response.variable_name)
            .optional(response.value.as_deref().map(str::as_bytes))
            .text(&response.responded_at)
    });
    sealed.finish()
}

/// A row of `journal_tails`: where the records of a run end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tail {
    pub(super) records: u32,
    pub(super) answers: u32,
    pub(super) checksum: u32,
}

impl Tail {
    /// The seal of the row.
    pub(super) fn seal(self, run: &str, updated_at: &str) -> u32 {
        Seal::new("tail")
            .text(run)
            .number(self.records.into())
            .number(self.answers.into())
            .number(self.checksum.into())
            .text(updated_at)
            .finish()
    }
}
