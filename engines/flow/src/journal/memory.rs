//! A journal in memory: for tests, and to look into a run afterwards.

use contract::{Json, Millis};

use super::{Entry, Journal};
use crate::core::{CallId, Input};
use crate::push::push_with;

/// Keeps every input. Values are shared, not copied.
#[derive(Clone, Debug, Default)]
pub struct MemoryJournal {
    lines: Vec<Line>,
    /// The moments at which anything happened, besides the start of the run.
    moments: Vec<Millis>,
    /// What happens less often than a call succeeds.
    others: Vec<Input>,
}

/// What is written for one input, small because there are many.
#[derive(Clone, Debug)]
enum Line {
    /// A call returned a value.
    Succeeded {
        call: CallId,
        output: Json,
    },
    Mark(Mark),
}

#[derive(Clone, Copy, Debug)]
enum Mark {
    Settled,
    /// One of `others`.
    Other(u32),
    /// Not an input: what follows happened at one of `moments`.
    Moment(u32),
}

const _: () = assert!(size_of::<Line>() == 16);

impl MemoryJournal {
    /// All entries, in order.
    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        let mut at = Millis::ZERO;
        self.lines.iter().filter_map(move |line| {
            let input = match line {
                Line::Succeeded { call, output } => Input::Returned {
                    call: *call,
                    result: Ok(Json::clone(output)),
                },
                Line::Mark(Mark::Settled) => Input::Settled,
                Line::Mark(Mark::Other(place)) => self.others[*place as usize].clone(),
                Line::Mark(Mark::Moment(place)) => {
                    at = self.moments[*place as usize];
                    return None;
                }
            };
            Some(Entry { at, input })
        })
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.lines.len() - self.moments.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[cold]
    fn append_other(&mut self, input: &Input) {
        self.lines.push(Line::Mark(Mark::Other(self.others.len() as u32)));
        self.others.push(input.clone());
    }

    #[cold]
    fn begin_moment(&mut self, at: Millis) {
        self.lines.push(Line::Mark(Mark::Moment(self.moments.len() as u32)));
        self.moments.push(at);
    }
}

impl Journal for MemoryJournal {
    #[inline]
    fn append(&mut self, at: Millis, input: &Input) {
        if at != self.moments.last().copied().unwrap_or(Millis::ZERO) {
            self.begin_moment(at);
        }
        match input {
            Input::Returned {
                call,
                result: Ok(output),
            } => push_with(&mut self.lines, || Line::Succeeded {
                call: *call,
                output: Json::clone(output),
            }),
            Input::Settled => push_with(&mut self.lines, || Line::Mark(Mark::Settled)),
            _ => self.append_other(input),
        }
    }
}
