//! The async shell: carries calls, signals and time between a host and the interpreter, and decides nothing.
//!
//! It gathers everything that is due at one moment before it hands it over, because the order in which simultaneous things
//! count is a rule of the page and not of whoever happens to be polled first.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use contract::{CallError, CallResult, Finished, Host, Job, Millis, Signal};
use futures::FutureExt;
use futures::future::{BoxFuture, CatchUnwind};
use tokio::time::{Instant, Sleep};

use crate::interpreter::{CallNumber, Effect, Happened, Interpreter};
use crate::memory::{Memory, Recovered};
use crate::program::Program;

/// Runs `program` to its end.
///
/// Without tokio's budget, which would make more than a hundred results of one moment look like two moments.
pub(crate) async fn run(program: Arc<Program>, job: Job, host: Arc<dyn Host>) -> Finished {
    tokio::task::unconstrained(run_to_the_end(program, job, host)).await
}

async fn run_to_the_end(program: Arc<Program>, job: Job, host: Arc<dyn Host>) -> Finished {
    let mut interpreter = Interpreter::new(program, job);
    let memory = Memory::new(host.storage());
    let recovered = memory.recover(&mut interpreter);
    let mut world = World::new(host);
    let mut is_over = if let Some(recovered) = recovered {
        world.take_up(recovered)
    } else {
        // "What is ready when an engine first polls this, before it starts anything, came before the start."
        let before_start = poll_fn(|context| Poll::Ready(world.due(context, None))).await;
        memory.note(&before_start).await;
        world.perform(interpreter.begin(before_start))
    };
    while !is_over {
        let deadline = interpreter.next_deadline();
        let happened = poll_fn(|context| world.wait(context, deadline)).await;
        memory.note(&happened).await;
        is_over = world.perform(interpreter.handle(world.now, happened));
    }
    Finished::new(move || interpreter.outcome())
}

/// All that goes on outside the interpreter.
struct World {
    host: Arc<dyn Host>,
    started: Instant,
    /// The moment of what was gathered last, since the run began.
    now: Millis,
    /// By number, hence in start order.
    calls: BTreeMap<CallNumber, CatchUnwind<AssertUnwindSafe<BoxFuture<'static, CallResult>>>>,
    /// `None`: no signal will ever come again.
    signal: Option<BoxFuture<'static, Option<Signal>>>,
    timer: Option<(Millis, Pin<Box<Sleep>>)>,
}

impl World {
    fn new(host: Arc<dyn Host>) -> Self {
        let signal = Some(host.signal());
        Self {
            host,
            started: Instant::now(),
            now: Millis::ZERO,
            calls: BTreeMap::new(),
            signal,
            timer: None,
        }
    }

    /// Goes on with a run that a process left behind when it died. Returns whether the run is over.
    fn take_up(&mut self, recovered: Recovered) -> bool {
        self.started = Instant::now() - recovered.age.duration();
        for (number, call) in recovered.in_flight {
            self.calls
                .insert(number, AssertUnwindSafe(self.host.call(call)).catch_unwind());
        }
        recovered.is_over
    }

    /// Performs effects in order. Returns whether the run is over.
    fn perform(&mut self, effects: Vec<Effect>) -> bool {
        let mut is_over = false;
        for effect in effects {
            match effect {
                Effect::Start(number, call) => {
                    self.calls
                        .insert(number, AssertUnwindSafe(self.host.call(call)).catch_unwind());
                }
                Effect::Drop(number) => drop(self.calls.remove(&number)),
                Effect::Report(event) => self.host.report(event),
                Effect::Finish => is_over = true,
            }
        }
        is_over
    }

    /// Waits until something has happened or `deadline` is reached.
    fn wait(&mut self, context: &mut Context<'_>, deadline: Option<Millis>) -> Poll<Happened> {
        let had_signals = self.signal.is_some();
        let happened = self.due(context, deadline);
        let signals_just_ended = had_signals && happened.signals_ended;
        let is_time = deadline.is_some_and(|deadline| deadline <= self.now);
        if is_time || signals_just_ended || !happened.results.is_empty() || !happened.signals.is_empty() {
            Poll::Ready(happened)
        } else {
            Poll::Pending
        }
    }

    /// Gathers everything that is due now, and sees to being woken for what is not.
    fn due(&mut self, context: &mut Context<'_>, deadline: Option<Millis>) -> Happened {
        let results = self.results(context);
        let signals = self.signals(context);
        self.poll_timer(context, deadline);
        self.now = (Instant::now() - self.started).into();
        Happened {
            results,
            signals,
            signals_ended: self.signal.is_none(),
        }
    }

    /// The results that are there, in start order. "A panicking handler is an error of kind `panic`."
    fn results(&mut self, context: &mut Context<'_>) -> Vec<(CallNumber, CallResult)> {
        let mut results = Vec::new();
        self.calls.retain(|number, call| match call.poll_unpin(context) {
            Poll::Ready(result) => {
                results.push((
                    *number,
                    result.unwrap_or_else(|payload| Err(CallError::panicked(&*payload))),
                ));
                false
            }
            Poll::Pending => true,
        });
        results
    }

    /// The signals that are there. After a signal the host is asked for the next one.
    fn signals(&mut self, context: &mut Context<'_>) -> Vec<Signal> {
        let mut signals = Vec::new();
        while let Some(next) = &mut self.signal
            && let Poll::Ready(signal) = next.poll_unpin(context)
        {
            self.signal = signal.is_some().then(|| self.host.signal());
            signals.extend(signal);
        }
        signals
    }

    fn poll_timer(&mut self, context: &mut Context<'_>, deadline: Option<Millis>) {
        if self.timer.as_ref().map(|(at, _)| *at) != deadline {
            let sleep = |at: Millis| Box::pin(tokio::time::sleep_until(self.started + at.duration()));
            self.timer = deadline.map(|at| (at, sleep(at)));
        }
        if let Some((_, sleep)) = &mut self.timer {
            // Whether it is time is told by the clock; polling is for being woken then.
            let _ = sleep.as_mut().poll(context);
        }
    }
}
