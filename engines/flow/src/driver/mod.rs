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

use contract::{Call, Event, Host, Job, Json, Millis, Signal, TaskId};
use futures::future::BoxFuture;

use crate::core::{Action, Core, Input, Report};
use crate::journal::Journal;
use crate::plan::Plan;
use calls::{Calls, Returned};
use clock::Clock;
use wakes::Wakes;

/// The number under which the next signal wakes the driver.
const SIGNAL: usize = 0;
/// The number under which the clock does.
const CLOCK: usize = 1;
/// The number of slot 0; those of the other slots follow.
const SLOTS: usize = 2;
/// Instants handled in one go before other tasks of the runtime get a turn.
const INSTANTS_PER_POLL: usize = 256;

/// Runs `plan` to its end, asking `host` for every call. Needs a tokio runtime with time.
///
/// Every input goes to `journal` before anything is done about it.
pub async fn run<J: Journal>(plan: Arc<Plan>, job: Job, host: Arc<dyn Host>, journal: J) -> Run<J> {
    let mut driver = Driver::new(plan, job.run, host, journal);
    let mut input = Some(job.input);
    // Tokio's budget would hide some of the calls that end at one instant until the next poll; the driver has its own.
    tokio::task::unconstrained(poll_fn(|context| driver.poll(context, &mut input))).await;
    Run {
        core: driver.core,
        journal: driver.journal,
    }
}

/// A run that has ended.
pub struct Run<J> {
    /// Its last state, which has the outcome.
    pub core: Core,
    /// Its journal.
    pub journal: J,
}

struct Driver<J> {
    core: Core,
    journal: J,
    host: Arc<dyn Host>,
    run: Arc<str>,
    wakes: Wakes,
    calls: Calls,
    clock: Clock,
    /// The next signal; `None` once there are no more.
    signal: Option<BoxFuture<'static, Option<Signal>>>,
    now: Millis,
    has_timers: bool,
    is_finished: bool,
    // What happens at one instant; kept between instants for their memory.
    woken: Vec<usize>,
    returned: Vec<Returned>,
    actions: Vec<Action>,
}

impl<J: Journal> Driver<J> {
    fn new(plan: Arc<Plan>, run: Arc<str>, host: Arc<dyn Host>, journal: J) -> Self {
        Self {
            has_timers: plan.has_timers,
            core: Core::new(plan),
            journal,
            signal: Some(host.signal()),
            host,
            run,
            wakes: Wakes::new(),
            calls: Calls::default(),
            clock: Clock::new(),
            now: Millis::ZERO,
            is_finished: false,
            woken: Vec::new(),
            returned: Vec::new(),
            actions: Vec::new(),
        }
    }

    fn poll(&mut self, context: &Context<'_>, input: &mut Option<Json>) -> Poll<()> {
        self.wakes.register(context);
        self.now = self.clock.now();
        if let Some(input) = input.take() {
            self.begin(input);
        }
        for _ in 0..INSTANTS_PER_POLL {
            if self.is_finished {
                return Poll::Ready(());
            }
            if !self.advance() {
                return Poll::Pending;
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// What is ready now came before the start.
    fn begin(&mut self, input: Json) {
        self.take_signals();
        self.feed(Input::Started { input });
        self.feed(Input::Settled);
        self.perform();
    }

    /// Handles one instant: all that has happened, then whatever is to be done. `false`: nothing has happened.
    fn advance(&mut self) -> bool {
        let mut is_signalled = false;
        self.wakes.take(&mut self.woken);
        for number in self.woken.drain(..) {
            match number {
                SIGNAL => is_signalled = true,
                CLOCK => {}
                _ => {
                    let waker = self.wakes.waker(number);
                    self.returned.extend(self.calls.poll(number - SLOTS, waker));
                }
            }
        }
        if self.has_timers {
            self.now = self.clock.now();
        }
        let mut has_happened = !self.returned.is_empty();
        self.take_returned();
        has_happened |= self.take_timers();
        has_happened |= is_signalled && self.take_signals();
        if has_happened {
            self.feed(Input::Settled);
            self.perform();
            return true;
        }
        let core = &self.core;
        self.has_timers
            && self
                .clock
                .poll_sleep(self.wakes.waker(CLOCK), |timer| core.awaits(timer))
                .is_ready()
    }

    fn take_returned(&mut self) {
        if self.returned.len() > 1 {
            self.returned.sort_unstable_by_key(|returned| returned.call);
        }
        let mut returned = std::mem::take(&mut self.returned);
        for Returned { call, result } in returned.drain(..) {
            self.feed(Input::Returned { call, result });
        }
        self.returned = returned;
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
            let waker = self.wakes.waker(SIGNAL);
            match signal.as_mut().poll(&mut Context::from_waker(waker)) {
                Poll::Pending => break,
                Poll::Ready(None) => {
                    self.signal = None;
                    self.feed(Input::SignalsEnded);
                    has_come = true;
                }
                Poll::Ready(Some(signal)) => {
                    self.signal = Some(self.host.signal());
                    self.feed(Input::Signalled(signal));
                    has_come = true;
                }
            }
        }
        has_come
    }

    fn feed(&mut self, input: Input) {
        self.journal.append(self.now, &input);
        self.core.apply(self.now, input, &mut self.actions);
    }

    fn perform(&mut self) {
        let mut actions = std::mem::take(&mut self.actions);
        for action in actions.drain(..) {
            match action {
                Action::Start {
                    call,
                    task,
                    item,
                    attempt,
                    purpose,
                    input,
                } => {
                    let plan = self.core.plan();
                    let call_made = Call {
                        run: Arc::clone(&self.run),
                        task: TaskId::clone(&plan.task(task).id),
                        item,
                        attempt,
                        purpose,
                        handler: Arc::clone(plan.handler(task, purpose)),
                        input,
                    };
                    let waker = self.wakes.waker(call.slot as usize + SLOTS);
                    self.returned
                        .extend(self.calls.start(call, || self.host.call(call_made), waker));
                }
                Action::Drop(call) => self.calls.drop(call),
                Action::SetTimer { at, timer } => self.clock.set(at, timer),
                Action::Report(report) => self.host.report(event(self.core.plan(), report)),
                Action::Acknowledge { .. } => {}
                Action::Finish => self.is_finished = true,
            }
        }
        self.actions = actions;
    }
}

/// A report as the host is told it.
fn event(plan: &Plan, report: Report) -> Event {
    let id = |task: u32| TaskId::clone(&plan.task(task).id);
    match report {
        Report::RunStarted => Event::RunStarted,
        Report::AttemptStarted { task, item, attempt } => Event::AttemptStarted {
            task: id(task),
            item,
            attempt,
        },
        Report::BackedOff {
            task,
            item,
            attempt,
            delay,
        } => Event::BackedOff {
            task: id(task),
            item,
            attempt,
            delay,
        },
        Report::Waiting { task } => Event::Waiting { task: id(task) },
        Report::AnswerRefused { task } => Event::AnswerRefused { task },
        Report::RunPaused => Event::RunPaused,
        Report::RunResumed => Event::RunResumed,
        Report::TaskEnded { task, status } => Event::TaskEnded { task: id(task), status },
        Report::CompensationStarted { task } => Event::CompensationStarted { task: id(task) },
        Report::RunEnded { status } => Event::RunEnded { status },
    }
}
