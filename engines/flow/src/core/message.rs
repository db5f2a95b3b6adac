//! What goes into the core and what comes out of it. All of it is plain data; tasks are indices.

use std::num::NonZeroU32;

use contract::{CallError, Json, Millis, Purpose, RunStatus, Signal, TaskId, TaskStatus};
use serde::{Deserialize, Serialize};

use super::output::Output;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Input {
    /// The run begins, with this input.
    Started {
        /// What conditions and templates see as `input`.
        input: Json,
    },
    /// A call came to an end by itself.
    Returned {
        /// Which.
        call: CallId,
        /// What it came to: a [`contract::CallResult`] whose error is elsewhere, so that what is rare makes nothing larger.
        result: Result<Output, Box<CallError>>,
    },
    /// A timer is due.
    Fired(Timer),
    /// A signal came.
    Signalled(Signal),
    /// No signal will ever come again.
    SignalsEnded,
    /// Nothing else happens at this instant, so that tasks may start.
    ///
    /// Everything that happens at one instant is taken in before anything starts. A cancellation, say, must not find calls
    /// running that were started at the very moment it came.
    Settled,
}

/// Something to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Tell the host that an attempt or a compensation starts, and make its call.
    Start(Start),
    /// Drop this call.
    Drop(CallId),
    /// Give [`Input::Fired`] at this moment, unless [`crate::core::Core::awaits`] says that nobody waits for it any more.
    SetTimer {
        /// When.
        at: Millis,
        /// What.
        timer: Timer,
    },
    /// Tell the host.
    Report(Report),
    /// Tell whoever sent the signal whether it had an effect. There is one of these for each [`Input::Signalled`].
    Acknowledge {
        /// Whether it had.
        is_accepted: bool,
    },
    /// The run is over: nothing else will be asked for.
    Finish,
}

/// A call to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The call.
    pub call: CallId,
    /// Its task.
    pub task: u32,
    /// The item of a `for_each` task.
    pub item: Option<Item>,
    /// The attempt, from 1.
    pub attempt: u32,
    /// Work or compensation.
    pub purpose: Purpose,
    /// What the handler gets; whoever makes the call takes it.
    pub input: Option<Json>,
}

// Each task moves a few of these through memory: what makes them larger makes every run slower.
const _: () = assert!(size_of::<Action>() <= 32 && size_of::<Input>() <= 32);

/// The index of an item of a `for_each` task, such that it takes no more room where there may be none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "u32", into = "u32")]
pub struct Item(NonZeroU32);

impl Item {
    /// The item of this index, from 0.
    pub fn new(index: u32) -> Self {
        Self(NonZeroU32::MIN.saturating_add(index))
    }

    /// Its index, from 0.
    pub fn index(self) -> u32 {
        self.0.get() - 1
    }
}

impl From<u32> for Item {
    fn from(index: u32) -> Self {
        Self::new(index)
    }
}

impl From<Item> for u32 {
    fn from(item: Item) -> Self {
        item.index()
    }
}

/// A call in flight. The slot is used again for later calls, the sequence number never is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CallId {
    /// Calls are numbered in the order in which they start.
    pub sequence: u32,
    /// A small number that no other call in flight has.
    pub slot: u32,
}

/// What a timer is for. Timers that are due at the same moment fire in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Timer {
    /// The `timeout` of an attempt.
    Attempt(CallId),
    /// The delay after an attempt that failed.
    BackOff {
        /// The task.
        task: u32,
        /// The item of a `for_each` task.
        item: Option<Item>,
        /// The attempt that failed.
        attempt: u32,
    },
    /// The `timeout` of an `ask` task's wait.
    Wait {
        /// The task.
        task: u32,
    },
    /// The `timeout` of the run.
    Run,
}

/// What the host is told, besides that something starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// The run began.
    RunStarted,
    /// An attempt failed, and the next one is due after a delay.
    BackedOff {
        /// The task.
        task: u32,
        /// The item of a `for_each` task.
        item: Option<Item>,
        /// The attempt that failed.
        attempt: u32,
        /// How long until the next one is ready.
        delay: Millis,
    },
    /// An `ask` task waits for its answer.
    Waiting {
        /// The task.
        task: u32,
    },
    /// An answer came for a task that does not wait.
    AnswerRefused {
        /// The task, as the answer named it.
        task: TaskId,
    },
    /// The run is paused, by a signal or because only answers can bring it on.
    RunPaused,
    /// The run goes on.
    RunResumed,
    /// A task reached its final state.
    TaskEnded {
        /// The task.
        task: u32,
        /// The state.
        status: TaskStatus,
    },
    /// The run ended.
    RunEnded {
        /// How.
        status: RunStatus,
    },
}
