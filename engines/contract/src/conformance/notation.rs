//! The one-line notation in which scenarios give what they expect, and in which a report shows what was seen.
//!
//! Outcome: `a succeeded = 5 · b failed(transient: boom) · c cancelled · d skipped(upstream) · run failed(b)`. The calls made
//! follow as `×2` unless they are the usual: one for a task that ended by itself, none for any other. An output of `null` is
//! left out. Compensations: `undone b, a(transient: boom)`.
//!
//! Calls: `a 0-10, b#2(5) 20-30 failed, c[0]@other 0-1`: the task, its item, its attempt unless the first, its handler unless the
//! usual, its input unless `null`, when it started and ended, and how unless it returned. Sorted by start, then by name.

use serde_json::Value;

use super::scenario::{HANDLER, UNDO};
use crate::observation::{End, Fate, Hang, ObservedCall};
use crate::text::visible;
use crate::{CallError, Event, Millis, Outcome, Purpose, Rejection, SkipReason, TaskOutcome, TaskStatus};

pub(super) fn end(end: &End) -> String {
    match end {
        End::Finished(finished) => outcome(finished),
        End::Processed(_) => "it processed a message".to_owned(),
        End::Rejected(rejection) => refusal(rejection),
        End::Hung(Hang::Deadlock) => "it hung: nothing was left that could happen".to_owned(),
        End::Hung(Hang::Livelock) => "it hung: it went in circles".to_owned(),
        End::Crashed(message) => format!("it crashed: {}", visible(message)),
    }
}

pub(super) fn refusal(rejection: &Rejection) -> String {
    let problems: Vec<_> = rejection
        .problems()
        .iter()
        .map(|problem| visible(&problem.to_string()).into_owned())
        .collect();
    format!("refused: {}", problems.join("; "))
}

pub(super) fn outcome(outcome: &Outcome) -> String {
    let mut parts: Vec<_> = outcome.tasks.iter().map(task).collect();
    if !outcome.compensations.is_empty() {
        let undone = outcome.compensations.iter().map(|compensation| {
            format!(
                "{}{}",
                visible(&compensation.task),
                compensation.error.as_ref().map(error).unwrap_or_default()
            )
        });
        parts.push(format!("undone {}", undone.collect::<Vec<_>>().join(", ")));
    }
    let reason = outcome.error.as_ref().map(|reason| {
        let of_task = outcome
            .tasks
            .iter()
            .find(|task| task.task == reason.task)
            .and_then(|task| task.error.as_ref());
        let differs = if of_task == Some(&reason.error) {
            String::new()
        } else {
            error(&reason.error)
        };
        format!("({}{differs})", visible(&reason.task))
    });
    parts.push(format!("run {}{}", outcome.status.as_str(), reason.unwrap_or_default()));
    parts.join(" · ")
}

fn task(task: &TaskOutcome) -> String {
    let ended_by_itself = matches!(
        task.status,
        TaskStatus::Succeeded | TaskStatus::Failed | TaskStatus::TimedOut
    );
    let reason = match task.skipped {
        Some(SkipReason::Upstream) => "(upstream)",
        Some(SkipReason::Condition) => "(condition)",
        None => "",
    };
    let calls = unless(task.attempts == u32::from(ended_by_itself), || {
        format!("×{}", task.attempts)
    });
    let output = match task.output.as_deref() {
        None if task.status == TaskStatus::Succeeded => " without an output".to_owned(),
        None | Some(Value::Null) => String::new(),
        Some(output) => format!(" = {}", visible(&output.to_string())),
    };
    let failure = task.error.as_ref().map(error).unwrap_or_default();
    format!(
        "{} {}{failure}{reason}{calls}{output}",
        visible(&task.task),
        task.status.as_str()
    )
}

fn unless(is_usual: bool, text: impl FnOnce() -> String) -> String {
    if is_usual { String::new() } else { text() }
}

pub(super) fn error(error: &CallError) -> String {
    format!("({})", visible(&error.to_string()))
}

pub(super) fn calls(calls: &[ObservedCall]) -> String {
    let mut shown: Vec<_> = calls
        .iter()
        .map(|observed| (observed.started, call(observed)))
        .collect();
    shown.sort();
    shown.into_iter().map(|(_, shown)| shown).collect::<Vec<_>>().join(", ")
}

pub(super) fn call(call: &ObservedCall) -> String {
    let (undo, usual) = if call.purpose == Purpose::Compensate {
        ("undo ", UNDO)
    } else {
        ("", HANDLER)
    };
    let what = attempt(&call.task, call.item, call.attempt);
    let handler = unless(*call.handler == *usual, || format!("@{}", visible(&call.handler)));
    let input = unless(call.input.is_null(), || {
        format!("({})", visible(&call.input.to_string()))
    });
    let ended = call.ended.map(|ended| ended.0.to_string()).unwrap_or_default();
    let fate = match call.fate {
        Fate::Returned => "",
        Fate::Failed => " failed",
        Fate::Panicked => " panicked",
        Fate::Dropped => " dropped",
        Fate::Lost => " lost",
        Fate::InFlight => " in flight",
    };
    format!("{undo}{what}{handler}{input} {}-{ended}{fate}", call.started.0)
}

fn attempt(task: &str, item: Option<u32>, attempt: u32) -> String {
    let item = item.map(|item| format!("[{item}]")).unwrap_or_default();
    let attempt = unless(attempt == 1, || format!("#{attempt}"));
    format!("{}{item}{attempt}", visible(task))
}

/// Events with their times, those of one moment sorted by name: only their times are promised.
pub(super) fn events<'a>(events: impl Iterator<Item = (Millis, &'a Event)>) -> String {
    let mut shown: Vec<_> = events.map(|(at, reported)| (at, event(reported))).collect();
    shown.sort();
    shown
        .into_iter()
        .map(|(at, shown)| format!("{} {shown}", at.0))
        .collect::<Vec<_>>()
        .join(", ")
}

pub(super) fn event(event: &Event) -> String {
    match event {
        Event::RunStarted => "run started".to_owned(),
        Event::AttemptStarted {
            task,
            item,
            attempt: number,
        } => format!("{} started", attempt(task, *item, *number)),
        Event::BackedOff {
            task,
            item,
            attempt: number,
            delay,
        } => {
            format!("{} backs off for {}", attempt(task, *item, *number), delay.0)
        }
        Event::Waiting { task } => format!("{} waits", visible(task)),
        Event::TaskEnded { task, status } => format!("{} {}", visible(task), status.as_str()),
        Event::AnswerRefused { task } => format!("answer to {} refused", visible(task)),
        Event::RunPaused => "run paused".to_owned(),
        Event::RunResumed => "run resumed".to_owned(),
        Event::CompensationStarted { task } => format!("undoing {}", visible(task)),
        Event::RunEnded { status } => format!("run ended {}", status.as_str()),
    }
}
