//! What an engine shows of itself: `tracing` spans per run, task and attempt, and metrics behind the `metrics` facade.
//!
//! | metric | kind | labels | what |
//! |---|---|---|---|
//! | `flow_attempt_seconds` | histogram | `handler` | how long attempts took, compensations included |
//! | `flow_attempts_total` | counter | `handler`, `result` | attempts that `succeeded`, `failed` or were `dropped` |
//! | `flow_retries_total` | counter | | attempts that failed and are made again |
//! | `flow_compensations_total` | counter | | compensations started |
//! | `flow_runs_total` | counter | `status` | runs that ended |
//! | `flow_tasks_total` | counter | `status` | tasks that ended |
//! | `flow_slots_in_use` | gauge | | calls in flight |
//! | `flow_runs_in_memory` | gauge | | runs that are driven, that is, neither parked nor over |

use std::collections::HashMap;
use std::sync::Arc;

use contract::{Call, CallResult, Event, Purpose, TaskId};
use metrics::{counter, gauge, histogram};
use tokio::time::Instant;
use tracing::Span;

/// The spans of a run.
pub(super) struct Spans {
    run: Span,
    /// Of the tasks that have started and not ended.
    tasks: HashMap<TaskId, Span>,
}

impl Spans {
    pub(super) fn new(run: &str, workflow: &str) -> Self {
        Self {
            run: tracing::info_span!("run", run, workflow, status = tracing::field::Empty),
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
        let (task, run) = (&call.task, &self.run);
        if call.purpose == Purpose::Compensate {
            return tracing::info_span!(parent: run, "compensation", task = &**task, handler = &*call.handler);
        }
        let span = self.tasks.entry(TaskId::clone(task)).or_insert_with(
            || tracing::info_span!(parent: run, "task", task = &**task, status = tracing::field::Empty),
        );
        tracing::info_span!(parent: &*span, "attempt", attempt = call.attempt, item = call.item, handler = &*call.handler)
    }

    /// Follows what the run reports.
    pub(super) fn follow(&mut self, event: &Event) {
        match event {
            Event::TaskEnded { task, status } => {
                if let Some(span) = self.tasks.remove(task) {
                    span.record("status", status.as_str());
                }
            }
            Event::RunEnded { status } => {
                self.run.record("status", status.as_str());
            }
            _ => {}
        }
        self.run.in_scope(|| tracing::debug!(?event));
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
    started: Instant,
    is_over: bool,
}

impl Measure {
    pub(super) fn start(handler: &Arc<str>) -> Self {
        gauge!("flow_slots_in_use").increment(1);
        Self {
            handler: Arc::clone(handler),
            started: Instant::now(),
            is_over: false,
        }
    }

    pub(super) fn end(mut self, result: &CallResult) {
        self.is_over = true;
        self.count(if result.is_ok() { "succeeded" } else { "failed" });
    }

    fn count(&self, result: &'static str) {
        gauge!("flow_slots_in_use").decrement(1);
        let handler = self.handler.to_string();
        counter!("flow_attempts_total", "handler" => handler.clone(), "result" => result).increment(1);
        histogram!("flow_attempt_seconds", "handler" => handler).record(self.started.elapsed().as_secs_f64());
    }
}

impl Drop for Measure {
    fn drop(&mut self) {
        if !self.is_over {
            // A panic is an error of its attempt; everything else that drops it is a timeout or a cancellation.
            self.count(if std::thread::panicking() { "failed" } else { "dropped" });
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
