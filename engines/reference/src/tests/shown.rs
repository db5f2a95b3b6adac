//! Observations as short texts.

use contract::observation::{End, Fate, ObservedCall};
use contract::{CallError, Event, Observation, Outcome, Purpose, SkipReason, TaskOutcome};

/// Calls, tasks and run: `a 0..30, a#2 40..50 failed, undo b 60..61 | a failed(boom), b succeeded | compensated(a) at 61`.
///
/// A call shows its item, its attempt from the second on, its time, and how it ended unless it returned. A task shows why it
/// failed or was skipped. The run shows which task its error is from.
pub(super) fn summary(observation: &Observation) -> String {
    let outcome = match &observation.end {
        End::Finished(outcome) => outcome,
        End::Rejected(rejection) => return rejection.to_string(),
        other => return format!("{} | {other:?}", list(observation.calls.iter().map(call))),
    };
    let error = outcome
        .error
        .as_ref()
        .map(|error| format!("({})", error.task))
        .unwrap_or_default();
    let run = format!("{}{error} at {}", outcome.status.as_str(), observation.makespan.0);
    let undone = list(
        outcome
            .compensations
            .iter()
            .map(|compensation| match &compensation.error {
                None => format!("{} undone", compensation.task),
                Some(error) => format!("{} not undone({})", compensation.task, error.kind),
            }),
    );
    let parts = [
        list(observation.calls.iter().map(call)),
        list(outcome.tasks.iter().map(task)),
        undone,
        run,
    ];
    parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" | ")
}

/// What each task gave, and the error of the run: `a = 7, b: boom: it failed | run: b: boom: it failed`.
pub(super) fn outputs(observation: &Observation) -> String {
    let outcome = finished(observation);
    let show_error = |error: &CallError| error.to_string();
    let tasks = outcome.tasks.iter().map(|task| match (&task.output, &task.error) {
        (Some(output), None) => format!("{} = {output}", task.task),
        (None, Some(error)) => format!("{}: {}", task.task, show_error(error)),
        _ => format!("{} {}", task.task, task.status.as_str()),
    });
    let undone = outcome.compensations.iter().filter_map(|compensation| {
        compensation
            .error
            .as_ref()
            .map(|error| format!("undo {}: {}", compensation.task, show_error(error)))
    });
    let run = outcome
        .error
        .as_ref()
        .map(|error| format!(" | run: {}: {}", error.task, show_error(&error.error)));
    format!("{}{}", list(tasks.chain(undone)), run.unwrap_or_default())
}

/// What each call was given: `a do null, b[0]#2 do {"x":1}`.
pub(super) fn inputs(observation: &Observation) -> String {
    list(
        observation
            .calls
            .iter()
            .map(|call| format!("{} {} {}", name(call), call.handler, call.input)),
    )
}

/// The reports: `0 run started, 0 a#1 started, 30 a succeeded, 30 run succeeded`.
pub(super) fn events(observation: &Observation) -> String {
    list(observation.events.iter().map(|observed| {
        let item = |item: &Option<u32>| item.map(|item| format!("[{item}]")).unwrap_or_default();
        let event = match &observed.event {
            Event::RunStarted => "run started".to_owned(),
            Event::AttemptStarted {
                task,
                item: index,
                attempt,
            } => format!("{task}{}#{attempt} started", item(index)),
            Event::BackedOff {
                task,
                item: index,
                attempt,
                delay,
            } => {
                format!("{task}{}#{attempt} backs off {}", item(index), delay.0)
            }
            Event::Waiting { task } => format!("{task} waits"),
            Event::TaskEnded { task, status } => format!("{task} {}", status.as_str()),
            Event::AnswerRefused { task } => format!("{task} refused"),
            Event::RunPaused => "run paused".to_owned(),
            Event::RunResumed => "run resumed".to_owned(),
            Event::CompensationStarted { task } => format!("undo {task} started"),
            Event::RunEnded { status } => format!("run ended {}", status.as_str()),
        };
        format!("{} {event}", observed.at.0)
    }))
}

fn finished(observation: &Observation) -> &Outcome {
    match &observation.end {
        End::Finished(outcome) => outcome,
        other => panic!("the run did not finish: {other:?}"),
    }
}

fn name(call: &ObservedCall) -> String {
    let undo = if call.purpose == Purpose::Compensate {
        "undo "
    } else {
        ""
    };
    let item = call.item.map(|item| format!("[{item}]")).unwrap_or_default();
    let attempt = if call.attempt == 1 {
        String::new()
    } else {
        format!("#{}", call.attempt)
    };
    format!("{undo}{}{item}{attempt}", call.task)
}

fn call(call: &ObservedCall) -> String {
    let ended = call.ended.map(|at| at.0.to_string()).unwrap_or_default();
    let fate = match call.fate {
        Fate::Returned | Fate::InFlight => "",
        Fate::Failed => " failed",
        Fate::Panicked => " panicked",
        Fate::Dropped => " dropped",
        Fate::Lost => " lost",
    };
    format!("{} {}..{ended}{fate}", name(call), call.started.0)
}

fn task(task: &TaskOutcome) -> String {
    let error = task.error.as_ref().map(|error| error.kind.as_str());
    let skipped = task.skipped.map(|reason| match reason {
        SkipReason::Upstream => "upstream",
        SkipReason::Condition => "condition",
    });
    let why = error.or(skipped).map(|why| format!("({why})")).unwrap_or_default();
    format!("{} {}{why}", task.task, task.status.as_str())
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}
