//! Answers to those who wait for a commit.
//!
//! A thousand may wait for the same one. The writer wakes the first of them, and whoever has got an answer helps to give out
//! the others: on a thread that is awake already, waking the next costs no call of the system, and the writer goes on.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

use super::request::Work;
use crate::store::StoreError;

/// Answers given out in one go: bounds how long a helper is kept from what it came for.
const BATCH: usize = 32;

/// What became of a request.
pub(super) struct Done {
    pub(super) result: Result<(), StoreError>,
    /// What was asked, for the one who asked to free the memory: the writer has other things to do.
    _work: Work,
}

impl Done {
    pub(super) fn new(result: Result<(), StoreError>, work: Work) -> Self {
        Self { result, _work: work }
    }
}

/// One that is due, and to whom.
pub(super) type Answer = (oneshot::Sender<Done>, Done);

/// The answers that are due.
#[derive(Default)]
pub(super) struct Answers(Mutex<VecDeque<Answer>>);

impl Answers {
    /// Gives out all of `answers`, alone if nobody helps.
    pub(super) fn give(&self, answers: &mut Vec<Answer>) {
        self.with(|due| due.extend(answers.drain(..)));
        while self.help() {}
    }

    /// Gives out some that are due. Gives whether there were any.
    pub(super) fn help(&self) -> bool {
        let some: Vec<Answer> = self.with(|due| due.drain(..due.len().min(BATCH)).collect());
        let were_any = !some.is_empty();
        for (reply, done) in some {
            // Who no longer waits has lost interest in the answer, not in the commit.
            let _ = reply.send(done);
        }
        were_any
    }

    fn with<T>(&self, act: impl FnOnce(&mut VecDeque<Answer>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use contract::Millis;

    use super::super::request::Append;
    use super::*;
    use crate::store::Step;

    fn work() -> Work {
        let step = Step {
            run: "run".into(),
            number: 0,
            at: Millis::ZERO,
            record: Vec::new(),
            standing: None,
            answers: Vec::new(),
        };
        Work::Append(Box::new(Append::new(step).expect("it can be kept")))
    }

    #[test]
    fn each_answer_is_given_once_whoever_helps() {
        let answers = Answers::default();
        let refused = |run: usize| StoreError::Unknown {
            run: run.to_string().into(),
        };
        let (mut due, waiting): (Vec<Answer>, Vec<_>) = (0..1_000)
            .map(|run| {
                let (reply, answer) = oneshot::channel();
                ((reply, Done::new(Err(refused(run)), work())), answer)
            })
            .unzip();
        std::thread::scope(|scope| {
            scope.spawn(|| answers.give(&mut due));
            for _ in 0..3 {
                scope.spawn(|| while answers.help() {});
            }
        });
        for (run, answer) in waiting.into_iter().enumerate() {
            let done = answer.blocking_recv().expect("it is given");
            let told = done.result.expect_err("it was refused").to_string();
            assert_eq!(told, refused(run).to_string());
        }
    }
}
