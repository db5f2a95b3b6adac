//! A journal in memory: for tests, and to look into a run afterwards.

use contract::Millis;

use super::{Entry, Journal};
use crate::core::{CallId, Input, Output};
use crate::push::push_with;

/// Keeps every input. Values are shared, not copied.
#[derive(Clone, Debug, Default)]
pub struct MemoryJournal {
    lines: Vec<Line>,
    /// The moments that lines begin, in order.
    moments: Vec<Millis>,
    /// What calls gave back that is not `null`, in order.
    values: Vec<Output>,
    /// What happens less often than a call succeeds, in order.
    others: Vec<Input>,
}

/// What is written for one input and [`Input::Settled`] after it: small, because there are many.
#[derive(Clone, Copy, Debug)]
struct Line {
    what: What,
    is_settled: bool,
    /// Of a call that succeeded.
    call: CallId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// A call gave back `null`.
    Null,
    /// A call gave back the next of `values`.
    Value,
    /// The next of `others`.
    Other,
    /// Not an input: what follows happened at the next of `moments`.
    Moment,
}

const _: () = assert!(size_of::<Line>() == 12);

impl MemoryJournal {
    /// All entries, in order.
    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        let mut moments = self.moments.iter().copied();
        let mut values = self.values.iter().cloned();
        let mut others = self.others.iter().cloned();
        let mut at = Millis::ZERO;
        self.lines.iter().flat_map(move |line| {
            let returned = |output| Input::Returned {
                call: line.call,
                result: Ok(output),
            };
            let input = match line.what {
                What::Null => Some(returned(Output::default())),
                What::Value => values.next().map(returned),
                What::Other => others.next(),
                What::Moment => {
                    at = moments.next().unwrap_or(at);
                    None
                }
            };
            let at = at;
            let settled = line.is_settled.then_some(Input::Settled);
            input.into_iter().chain(settled).map(move |input| Entry { at, input })
        })
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        let settled = self.lines.iter().filter(|line| line.is_settled).count();
        self.lines.len() - self.moments.len() + settled
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    fn write(&mut self, what: What, call: CallId) {
        push_with(&mut self.lines, || Line {
            what,
            is_settled: false,
            call,
        });
    }

    fn settle(&mut self, at: Millis) {
        if self.lines.last().is_none_or(|line| line.is_settled) {
            self.begin_moment(at);
        }
        if let Some(line) = self.lines.last_mut() {
            line.is_settled = true;
        }
    }

    #[cold]
    fn append_other(&mut self, input: &Input) {
        self.write(What::Other, CallId::default());
        self.others.push(input.clone());
    }

    #[cold]
    fn begin_moment(&mut self, at: Millis) {
        self.write(What::Moment, CallId::default());
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
            } => {
                let what = if output.is_null() { What::Null } else { What::Value };
                self.write(what, *call);
                if what == What::Value {
                    self.values.push(output.clone());
                }
            }
            Input::Settled => self.settle(at),
            _ => self.append_other(input),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use contract::CallError;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn input() -> impl Strategy<Value = Input> {
        let call = |sequence| CallId { sequence, slot: 3 };
        let returned = move |(sequence, value): (u32, Option<i32>)| Input::Returned {
            call: call(sequence),
            result: Ok(Arc::new(json!(value)).into()),
        };
        let failed = move |sequence| Input::Returned {
            call: call(sequence),
            result: Err(Box::new(CallError::new("boom", "no"))),
        };
        prop_oneof![
            3 => Just(Input::Settled),
            3 => any::<(u32, Option<i32>)>().prop_map(returned),
            1 => any::<u32>().prop_map(failed),
            1 => Just(Input::SignalsEnded),
        ]
    }

    proptest! {
        #[test]
        fn what_was_appended_comes_back(appended in prop::collection::vec((0u64..3, input()), 0..40)) {
            let mut journal = MemoryJournal::default();
            let mut at = Millis::ZERO;
            let mut expected = Vec::new();
            for (later, input) in appended {
                at = at.saturating_add(Millis(later / 2));
                journal.append(at, &input);
                expected.push(Entry { at, input });
            }
            prop_assert_eq!(journal.len(), expected.len());
            prop_assert_eq!(journal.entries().collect::<Vec<_>>(), expected);
        }
    }
}
