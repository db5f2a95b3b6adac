//! The driver: the small loop between a core and its host.
//!
//! It gathers all that has happened, gives it to the journal and the core in the order the core asks for, and performs the
//! actions. It decides nothing. A call is a future in a set, not a spawned task; nothing is polled that was not woken.

mod calls;
mod clock;
mod wakes;

#[cfg(test)]
mod tests;

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use contract::{Call, Event, Host, Job, Json, Millis, Purpose, Signal, TaskId};
use futures::future::BoxFuture;

use crate::core::{Action, Core, Input, Item, Report, Start};
use crate::journal::{Journal, Recovery};
use crate::plan::Plan;
use crate::store::StoreError;
use calls::{Calls, Returned};
use clock::Clock;
use wakes::Wakes;

/// The number under which the next signal wakes the driver.
const SIGNAL: usize = 0;
/// The number under which the clock does.
const CLOCK: usize = 1;
/// The number under which the journal does.
const JOURNAL: usize = 2;
/// The number of slot 0; those of the other slots follow.
const SLOTS: usize = 3;
/// Instants handled in one go before other tasks of the runtime get a turn.
const INSTANTS_PER_POLL: usize = 256;

/// Is told of each signal, in order, whether it had an effect, once that is durable.
pub type Acknowledge = Box<dyn FnMut(bool) + Send>;

/// A run to be driven.
pub struct Drive<J> {
    /// Names the run; part of each call's key.
    pub run: Arc<str>,
    /// Where it stands.
    pub from: From,
    /// Performs its calls and sends it signals.
    pub host: Arc<dyn Host>,
    /// Where every input goes before anything is done about it.
    pub journal: J,
    /// Who is told what became of signals, if anyone is.
    pub acknowledge: Option<Acknowledge>,
    /// A run that nothing but a signal, or a timer at least this far away, can bring on is not waited for. `None`: it is.
    pub parks_after: Option<Millis>,
}

/// Where a run stands when it is driven.
pub enum From {
    /// At its beginning.
    Start {
        /// What it runs.
        plan: Arc<Plan>,
        /// Its input.
        input: Json,
    },
    /// Somewhere in the midst: a process before this one has driven it.
    Recovery {
        /// Where it stands.
        recovery: Box<Recovery>,
        /// How long ago it began.
        age: Millis,
    },
}

/// Runs `plan` to its end, asking `host` for every call. Needs a tokio runtime with time.
///
/// Every input goes to `journal` before anything is done about it.
///
/// # Errors
/// If the journal fails. The run stops where it is, and can be recovered from what the journal has.
pub async fn run<J: Journal>(plan: Arc<Plan>, job: Job, host: Arc<dyn Host>, journal: J) -> Result<Run<J>, StoreError> {
    let drive = Drive {
        run: job.run,
        from: From::Start { plan, input: job.input },
        host,
        journal,
        acknowledge: None,
        parks_after: None,
    };
    drive.run().await
}

impl<J: Journal> Drive<J> {
    /// Drives the run to its end, or until it can be parked.
    ///
    /// # Errors
    /// If the journal fails. The run stops where it is, and can be recovered from what the journal has.
    pub async fn run(self) -> Result<Run<J>, StoreError> {
        let (mut driver, mut task) = Driver::new(self);
        // Tokio's budget would hide some of the calls that end at one instant until the next poll; the driver has its own.
        let stop = tokio::task::unconstrained(poll_fn(|context| driver.poll(context, &mut task))).await?;
        Ok(Run {
            core: driver.core,
            journal: driver.journal,
            stop,
        })
    }
}

/// A run that is not driven any more.
pub struct Run<J> {
    /// Its last state, which has the outcome.
    pub core: Core,
    /// Its journal.
    pub journal: J,
    /// Why.
    pub stop: Stop,
}

/// Why a run is not driven any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It has ended.
    Ended,
    /// Nothing but a signal or a timer can bring it on.
    Parked {
        /// How long until the next timer is due.
        delay: Option<Millis>,
    },
}

struct Driver<J> {
    core: Core,
    journal: J,
    /// Whether the core's actions wait for the journal.
    is_committing: bool,
    caller: Caller,
    acknowledge: Option<Acknowledge>,
    parks_after: Option<Millis>,
    clock: Clock,
    /// The next signal; `None` once there are no more.
    signal: Option<BoxFuture<'static, Option<Signal>>>,
    /// Whether the next signal has not been asked for yet.
    is_signal_new: bool,
    now: Millis,
    has_timers: bool,
    is_finished: bool,
    /// Who is woken at one instant; kept between instants for its memory.
    woken: Vec<usize>,
}

/// What is to be done first.
enum First {
    Start(Json),
    TakeUp(Vec<Start>),
}

/// What came of looking whether anything has happened.
enum Advance {
    /// An instant was handled.
    Moved,
    /// Nothing has happened.
    Idle,
}

impl<J: Journal> Driver<J> {
    fn new(drive: Drive<J>) -> (Self, Option<First>) {
        let (mut core, first, timers, age) = match drive.from {
            From::Start { plan, input } => (Core::new(plan), First::Start(input), Vec::new(), Millis::ZERO),
            From::Recovery { recovery, age } => {
                (recovery.core, First::TakeUp(recovery.in_flight), recovery.timers, age)
            }
        };
        let is_heard = drive.host.listens();
        if !is_heard {
            core.mute();
        }
        let mut clock = Clock::new(age);
        for (at, timer) in timers {
            clock.set(at, timer);
        }
        let driver = Self {
            has_timers: core.plan().has_timers,
            is_finished: core.status().is_some(),
            core,
            journal: drive.journal,
            is_committing: false,
            signal: Some(drive.host.signal()),
            is_signal_new: true,
            caller: Caller {
                run: drive.run,
                host: drive.host,
                is_heard,
                wakes: Wakes::new(),
                calls: Calls::default(),
                returned: Vec::new(),
            },
            acknowledge: drive.acknowledge,
            parks_after: drive.parks_after,
            clock,
            now: Millis::ZERO,
            woken: Vec::new(),
        };
        (driver, Some(first))
    }

    fn poll(&mut self, context: &Context<'_>, first: &mut Option<First>) -> Poll<Result<Stop, StoreError>> {
        self.caller.wakes.register(context);
        self.now = self.clock.now();
        match first.take() {
            Some(First::Start(input)) => self.begin(input),
            Some(First::TakeUp(in_flight)) => self.take_up(in_flight),
            None => {}
        }
        for _ in 0..INSTANTS_PER_POLL {
            if self.is_committing {
                match self.poll_committed() {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Ready(Ok(())) => self.perform(),
                }
            }
            if self.is_finished {
                return Poll::Ready(Ok(Stop::Ended));
            }
            if let Advance::Idle = self.advance() {
                return match self.can_park() {
                    Some(stop) => Poll::Ready(Ok(stop)),
                    None => Poll::Pending,
                };
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    fn poll_committed(&mut self) -> Poll<Result<(), StoreError>> {
        let waker = self.caller.wakes.waker(JOURNAL);
        let committed = self.journal.poll_committed(&mut Context::from_waker(waker));
        if committed.is_ready() {
            return committed;
        }
        // Whoever is woken meanwhile is remembered: as long as nobody looks, further wakes are not announced, that of the
        // journal among them, which may have come since it was asked.
        self.caller.wakes.take(&mut self.woken);
        let waker = self.caller.wakes.waker(JOURNAL);
        self.journal.poll_committed(&mut Context::from_waker(waker))
    }

    /// What is ready now came before the start.
    fn begin(&mut self, input: Json) {
        self.is_signal_new = false;
        self.take_signals();
        self.feed(Input::Started { input });
        self.settle();
    }

    /// Makes the calls again that were in flight. What became due meanwhile is due now.
    fn take_up(&mut self, in_flight: Vec<Start>) {
        for mut start in in_flight {
            self.caller.call(self.core.plan(), &mut start);
        }
    }

    /// Handles one instant: all that has happened. What is to be done about it waits for the journal.
    fn advance(&mut self) -> Advance {
        let mut is_signalled = std::mem::take(&mut self.is_signal_new);
        self.caller.wakes.take(&mut self.woken);
        for number in self.woken.drain(..) {
            match number {
                SIGNAL => is_signalled = true,
                CLOCK | JOURNAL => {}
                _ => {
                    let waker = self.caller.wakes.waker(number);
                    self.caller
                        .returned
                        .extend(self.caller.calls.poll(number - SLOTS, waker));
                }
            }
        }
        if self.has_timers {
            self.now = self.clock.now();
        }
        let mut has_happened = !self.caller.returned.is_empty();
        self.take_returned();
        has_happened |= self.take_timers();
        has_happened |= is_signalled && self.take_signals();
        if has_happened {
            self.settle();
            return Advance::Moved;
        }
        let core = &self.core;
        let is_due = self.has_timers
            && self
                .clock
                .poll_sleep(self.caller.wakes.waker(CLOCK), |timer| core.awaits(timer))
                .is_ready();
        if is_due { Advance::Moved } else { Advance::Idle }
    }

    /// Nothing else happens at this instant.
    fn settle(&mut self) {
        self.journal.append(self.now, &Input::Settled);
        self.core.take_in_settled(self.now);
        self.journal.commit(&self.core, self.core.actions());
        self.is_committing = true;
    }

    /// Whether nothing but a signal or a timer far away can bring the run on.
    fn can_park(&mut self) -> Option<Stop> {
        let far = self.parks_after?;
        if !self.core.is_idle() {
            return None;
        }
        let core = &self.core;
        let until = self.clock.next(|timer| core.awaits(timer));
        let delay = until.map(|until| until.saturating_sub(self.now));
        delay.is_none_or(|delay| delay >= far).then_some(Stop::Parked { delay })
    }

    fn take_returned(&mut self) {
        if self.caller.returned.len() > 1 {
            self.caller.returned.sort_unstable_by_key(|returned| returned.call);
        }
        // In place, and in parts: what is moved as a whole right after it was written in parts is waited for.
        for Returned { call, result } in self.caller.returned.drain(..) {
            let input = Input::Returned { call, result };
            self.journal.append(self.now, &input);
            let Input::Returned { call, result } = input else {
                continue;
            };
            self.core.take_in_returned(self.now, call, result);
        }
    }

    fn take_timers(&mut self) -> bool {
        let mut has_fired = false;
        while let Some(timer) = self.clock.next_due(self.now, |timer| self.core.awaits(timer)) {
            self.feed(Input::Fired(timer));
            has_fired = true;
        }
        has_fired
    }

    fn take_signals(&mut self) -> bool {
        let mut has_come = false;
        while let Some(signal) = &mut self.signal {
            let waker = self.caller.wakes.waker(SIGNAL);
            match signal.as_mut().poll(&mut Context::from_waker(waker)) {
                Poll::Pending => break,
                Poll::Ready(None) => {
                    self.signal = None;
                    self.feed(Input::SignalsEnded);
                    has_come = true;
                }
                Poll::Ready(Some(signal)) => {
                    self.signal = Some(self.caller.host.signal());
                    self.feed(Input::Signalled(signal));
                    has_come = true;
                }
            }
        }
        has_come
    }

    fn feed(&mut self, input: Input) {
        self.journal.append(self.now, &input);
        self.core.take_in(self.now, input);
    }

    fn perform(&mut self) {
        self.is_committing = false;
        let (plan, actions) = self.core.due();
        for action in actions.iter_mut() {
            match action {
                Action::Start(start) => self.caller.start(plan, start),
                Action::Drop(call) => self.caller.calls.drop(*call),
                Action::SetTimer { at, timer } => self.clock.set(*at, *timer),
                Action::Report(report) => self.caller.host.report(event(plan, report)),
                Action::Acknowledge { is_accepted } => {
                    if let Some(acknowledge) = &mut self.acknowledge {
                        acknowledge(*is_accepted);
                    }
                }
                Action::Finish => self.is_finished = true,
            }
        }
        actions.clear();
    }
}

/// Makes calls, and knows which are in flight.
struct Caller {
    run: Arc<str>,
    host: Arc<dyn Host>,
    /// Whether the host wants to be told what happens.
    is_heard: bool,
    wakes: Wakes,
    calls: Calls,
    /// The calls that came to their end at one instant; kept between instants for its memory.
    returned: Vec<Returned>,
}

impl Caller {
    /// Makes a call, and tells the host before.
    #[inline]
    fn start(&mut self, plan: &Plan, start: &mut Start) {
        if self.is_heard {
            self.host.report(start_event(plan, start));
        }
        self.call(plan, start);
    }

    #[inline]
    fn call(&mut self, plan: &Plan, start: &mut Start) {
        let &mut Start {
            call,
            task,
            item,
            attempt,
            purpose,
            ref mut input,
        } = start;
        let Some(input) = input.take() else { return };
        let call_made = Call {
            run: Arc::clone(&self.run),
            task: TaskId::clone(plan.id(task)),
            item: item.map(Item::index),
            attempt,
            purpose,
            handler: Arc::clone(plan.handler(task, purpose)),
            input,
        };
        let waker = self.wakes.waker(call.slot as usize + SLOTS);
        self.calls
            .start(call, || self.host.call(call_made), waker, &mut self.returned);
    }
}

/// What the host is told before a call is made.
fn start_event(plan: &Plan, start: &Start) -> Event {
    let task = TaskId::clone(plan.id(start.task));
    match start.purpose {
        Purpose::Work => Event::AttemptStarted {
            task,
            item: start.item.map(Item::index),
            attempt: start.attempt,
        },
        Purpose::Compensate => Event::CompensationStarted { task },
    }
}

/// A report as the host is told it.
fn event(plan: &Plan, report: &Report) -> Event {
    let id = |task: u32| TaskId::clone(plan.id(task));
    match *report {
        Report::RunStarted => Event::RunStarted,
        Report::BackedOff {
            task,
            item,
            attempt,
            delay,
        } => Event::BackedOff {
            task: id(task),
            item: item.map(Item::index),
            attempt,
            delay,
        },
        Report::Waiting { task } => Event::Waiting { task: id(task) },
        Report::AnswerRefused { ref task } => Event::AnswerRefused {
            task: TaskId::clone(task),
        },
        Report::RunPaused => Event::RunPaused,
        Report::RunResumed => Event::RunResumed,
        Report::TaskEnded { task, status } => Event::TaskEnded { task: id(task), status },
        Report::RunEnded { status } => Event::RunEnded { status },
    }
}
