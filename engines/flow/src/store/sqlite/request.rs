//! What the writer is asked, encoded already: the caller pays for encoding, the writer only for writing.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::answers::Done;
use super::definitions::Kept;
use super::readable::Readable;
use super::rows::{Columns, Response};
use super::time;
use crate::store::{NewRun, State, Step, StoreError};

/// Longest value that is kept; SQLite's own limit is a little above.
const LONGEST: usize = 900_000_000;

/// Something to write, and whom to tell.
pub(super) struct Request {
    pub(super) work: Work,
    pub(super) reply: oneshot::Sender<Done>,
}

/// Something to write.
pub(super) enum Work {
    Begin(Box<Begin>),
    Append(Box<Append>),
}

/// A run that is to begin.
pub(super) struct Begin {
    pub(super) run: Arc<str>,
    pub(super) workflow: Arc<Kept>,
    pub(super) input: Readable,
    pub(super) created_at: String,
    pub(super) columns: Columns,
}

impl Begin {
    pub(super) fn new(run: &NewRun, workflow: Arc<Kept>) -> Result<Self, StoreError> {
        let input = Readable::keep(&*run.input, &|| format!("the input of the run `{}`", run.run))?;
        let columns = Columns::new(&run.run, &run.standing(), run.at)?;
        within(&run.run, columns.context_data.len() + workflow.definition.text.len())?;
        Ok(Self {
            run: run.run.clone(),
            workflow,
            input,
            created_at: time::text(run.at),
            columns,
        })
    }
}

/// A step that is to be kept.
pub(super) struct Append {
    pub(super) run: Arc<str>,
    pub(super) number: u32,
    pub(super) record: Vec<u8>,
    pub(super) columns: Option<Columns>,
    pub(super) ended: bool,
    pub(super) responses: Vec<Response>,
    pub(super) at: String,
}

impl Append {
    pub(super) fn new(step: Step) -> Result<Self, StoreError> {
        let columns = step
            .standing
            .as_ref()
            .map(|standing| Columns::new(&step.run, standing, step.at));
        let columns = columns.transpose()?;
        let answers = step.answers.iter().enumerate();
        let responses: Vec<_> = answers
            .map(|(place, answer)| Response::new(&step.run, step.number, place, answer, step.at))
            .collect();
        let answered = responses.iter().filter_map(|response| response.value.as_ref());
        let context = columns.as_ref().map_or(0, |columns| columns.context_data.len());
        within(
            &step.run,
            step.record
                .len()
                .max(context)
                .max(answered.map(String::len).max().unwrap_or(0)),
        )?;
        Ok(Self {
            run: step.run,
            number: step.number,
            record: step.record,
            columns,
            ended: matches!(step.standing, Some(standing) if matches!(standing.state, State::Ended(_))),
            responses,
            at: time::text(step.at),
        })
    }
}

fn within(run: &str, length: usize) -> Result<(), StoreError> {
    if length <= LONGEST {
        return Ok(());
    }
    Err(StoreError::Unkeepable {
        what: format!("a value of the run `{run}`"),
        why: format!("it takes {length} bytes, and {LONGEST} are the most"),
    })
}
