//! What an engine shows of itself: `tracing` spans per run, task and attempt, and metrics behind the `metrics` facade.
//!
//! | span | in | fields | lives |
//! |---|---|---|---|
//! | `run` | the caller's | `run`, `workflow`, `status` | while the run is driven; a run that was parked goes on in another one |
//! | `task` | `run` | `task`, `status` | from its first attempt, or its question, until it ends; at once if it does neither |
//! | `attempt` | `task` | `attempt`, `item`, `handler`, `result`, `error` | as long as its call; the handler runs in it |
//! | `compensation` | `run` | `task`, `handler`, `result`, `error` | as `attempt` |
//!
//! `status` is there once it has ended, `result` as in `flow_attempts_total`, `error` if it failed.
//!
//! | metric | kind | labels | what |
//! |---|---|---|---|
//! | `flow_attempt_seconds` | histogram | `handler` | how long attempts took, compensations included |
//! | `flow_attempts_total` | counter | `handler`, `result` | attempts that `succeeded`, `failed` or were `dropped` by a timeout, a cancellation or a shutdown |
//! | `flow_retries_total` | counter | | attempts that failed and are made again |
//! | `flow_compensations_total` | counter | | compensations started |
//! | `flow_runs_total` | counter | `status` | runs that ended |
//! | `flow_tasks_total` | counter | `status` | tasks that ended |
//! | `flow_slots_in_use` | gauge | | calls in flight |
//! | `flow_runs_in_memory` | gauge | | runs that are driven, that is, neither parked nor over |

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use contract::{Call, CallResult, Event, Purpose, TaskId};
use metrics::{counter, gauge, histogram};
use tokio::time::Instant;
use tracing::Span;
use tracing::field::{Empty, display};

/// The spans of a run.
pub(super) struct Spans {
    run: Span,
    /// Of the tasks that have started and not ended.
    tasks: HashMap<TaskId, Span>,
}

impl Spans {
    pub(super) fn new(run: &str, workflow: &str) -> Self {
        Self {
            run: tracing::info_span!("run", run, workflow, status = Empty),
            tasks: HashMap::new(),
        }
    }

    pub(super) fn run(&self) -> Span {
        self.run.clone()
    }

    /// The span of an attempt, within that of its task.
    pub(super) fn attempt(&mut self, call: &Call) -> Span {
        if self.run.is_disabled() {
            return Span::none();
        }
        let handler = &*call.handler;
        if call.purpose == Purpose::Compensate {
            let (run, task) = (&self.run, &*call.task);
            return tracing::info_span!(parent: run, "compensation", task, handler, result = Empty, error = Empty);
        }
        let (attempt, item) = (call.attempt, call.item);
        let task = self.task(&call.task);
        tracing::info_span!(parent: task, "attempt", attempt, item, handler, result = Empty, error = Empty)
    }

    /// The span of a task, from now on if it had none.
    fn task(&mut self, task: &TaskId) -> &Span {
        let run = &self.run;
        self.tasks
            .entry(TaskId::clone(task))
            .or_insert_with(|| tracing::info_span!(parent: run, "task", task = &**task, status = Empty))
    }

    /// Follows what the run reports.
    pub(super) fn follow(&mut self, event: &Event) {
        self.run.in_scope(|| tracing::debug!(?event));
        if self.run.is_disabled() {
            return;
        }
        match event {
            Event::Waiting { task } => {
                self.task(task);
            }
            Event::TaskEnded { task, status } => {
                self.task(task).record("status", status.as_str());
                self.tasks.remove(task);
            }
            Event::RunEnded { status } => {
                self.run.record("status", status.as_str());
            }
            _ => {}
        }
    }
}

/// Counts what a run reports.
pub(super) fn count(event: &Event) {
    match event {
        Event::BackedOff { .. } => counter!("flow_retries_total").increment(1),
        Event::CompensationStarted { .. } => counter!("flow_compensations_total").increment(1),
        Event::TaskEnded { status, .. } => counter!("flow_tasks_total", "status" => status.as_str()).increment(1),
        Event::RunEnded { status } => counter!("flow_runs_total", "status" => status.as_str()).increment(1),
        _ => {}
    }
}

/// Measures an attempt: made when it starts, told how it ended, or dropped with it.
pub(super) struct Measure {
    handler: Arc<str>,
    span: Span,
    started: Instant,
    is_over: bool,
}

impl Measure {
    pub(super) fn start(handler: &Arc<str>, span: Span) -> Self {
        gauge!("flow_slots_in_use").increment(1);
        Self {
            handler: Arc::clone(handler),
            span,
            started: Instant::now(),
            is_over: false,
        }
    }

    pub(super) fn end(mut self, result: &CallResult) {
        self.is_over = true;
        match result {
            Ok(_) => self.count("succeeded"),
            Err(error) => {
                self.span.record("error", display(error));
                self.count("failed");
            }
        }
    }

    fn count(&self, result: &'static str) {
        self.span.record("result", result);
        gauge!("flow_slots_in_use").decrement(1);
        let handler = self.handler.to_string();
        counter!("flow_attempts_total", "handler" => handler.clone(), "result" => result).increment(1);
        histogram!("flow_attempt_seconds", "handler" => handler).record(self.started.elapsed().as_secs_f64());
    }
}

impl Drop for Measure {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        // A panic is an error of its attempt; everything else that drops it is a timeout, a cancellation or a shutdown.
        if std::thread::panicking() {
            self.span.record("error", "panic");
            self.count("failed");
        } else {
            self.count("dropped");
        }
    }
}

/// Counts a run that is driven for as long as this lives.
pub(super) struct InMemory(());

impl InMemory {
    pub(super) fn new() -> Self {
        gauge!("flow_runs_in_memory").increment(1);
        Self(())
    }
}

impl Drop for InMemory {
    fn drop(&mut self) {
        gauge!("flow_runs_in_memory").decrement(1);
    }
}
