//! What a run waits for besides its calls, counted, so that nobody has to look for it among the tasks.

/// Answers and delays that a run waits for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Waits {
    answers: u32,
    delays: u32,
    /// How many of them a timer ends.
    timed: u32,
}

impl Waits {
    pub(super) fn begin_answer(&mut self, is_timed: bool) {
        self.answers += 1;
        self.timed += u32::from(is_timed);
    }

    pub(super) fn end_answer(&mut self, is_timed: bool) {
        self.answers -= 1;
        self.timed -= u32::from(is_timed);
    }

    pub(super) fn begin_delay(&mut self, is_timed: bool) {
        self.delays += 1;
        self.timed += u32::from(is_timed);
    }

    pub(super) fn end_delay(&mut self, is_timed: bool) {
        self.delays -= 1;
        self.timed -= u32::from(is_timed);
    }

    /// Whether it waits for an answer, and for no delay.
    pub(super) fn is_for_answers_only(self) -> bool {
        self.answers > 0 && self.delays == 0
    }

    /// Whether any of them ends by itself.
    pub(super) fn is_timed(self) -> bool {
        self.timed > 0
    }
}
