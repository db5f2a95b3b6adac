//! How a run and its tasks ended, and what brought it about: failures, conditions, `run_if`, and undoing.

use contract::observation::Fate;
use contract::workflow::{Input, OnFailure, RunIf, Task};
use contract::{ErrorKind, Purpose, RunStatus, SkipReason, TaskOutcome, TaskStatus, logic};
use serde_json::{Map, Value, json};

use super::facts::Facts;
use super::{Behaviour as B, Behaviours, note};

pub(super) fn tell(facts: &Facts<'_>, found: &mut Behaviours) {
    found.extend(of_run(facts));
    failure(facts, found);
    for (place, task, outcome) in facts.tasks() {
        of_task(facts, place, task, outcome, found);
        run_if(facts, task, outcome, found);
        condition(facts, task, outcome, found);
    }
    undoing(facts, found);
    if facts.workflow.tasks.is_empty() {
        note(found, facts.outcome.status == RunStatus::Succeeded, B::EmptySucceeded);
        note(found, facts.outcome.status == RunStatus::Cancelled, B::EmptyCancelled);
    }
}

fn of_run(facts: &Facts<'_>) -> Option<B> {
    use OnFailure::{Cancel, Compensate, Continue, Stop};
    use RunStatus as S;
    Some(match (facts.outcome.status, facts.workflow.on_failure) {
        (S::Succeeded, Stop) => B::RunSucceededStop,
        (S::Succeeded, Cancel) => B::RunSucceededCancel,
        (S::Succeeded, Continue) => B::RunSucceededContinue,
        (S::Succeeded, Compensate) => B::RunSucceededCompensate,
        (S::Failed, Stop) => B::RunFailedStop,
        (S::Failed, Cancel) => B::RunFailedCancel,
        (S::Failed, Continue) => B::RunFailedContinue,
        (S::Failed, Compensate) => return None,
        (S::Compensated, _) => B::RunCompensated,
        (S::CompensationFailed, _) => B::RunCompensationFailed,
        (S::Cancelled, Stop) => B::RunCancelledStop,
        (S::Cancelled, Cancel) => B::RunCancelledCancel,
        (S::Cancelled, Continue) => B::RunCancelledContinue,
        (S::Cancelled, Compensate) => B::RunCancelledCompensate,
        (S::TimedOut, Stop) => B::RunTimedOutStop,
        (S::TimedOut, Cancel) => B::RunTimedOutCancel,
        (S::TimedOut, Continue) => B::RunTimedOutContinue,
        (S::TimedOut, Compensate) => B::RunTimedOutCompensate,
        (S::Paused, Stop) => B::RunPausedStop,
        (S::Paused, Cancel) => B::RunPausedCancel,
        (S::Paused, Continue) => B::RunPausedContinue,
        (S::Paused, Compensate) => B::RunPausedCompensate,
    })
}

fn has_failed(status: TaskStatus) -> bool {
    matches!(status, TaskStatus::Failed | TaskStatus::TimedOut)
}

fn failure(facts: &Facts<'_>, found: &mut Behaviours) {
    let Some(at) = facts.failed else { return };
    let ended_after = |fate| {
        facts
            .calls()
            .any(|call| call.started < at && call.fate == fate && call.ended.is_some_and(|ended| ended > at))
    };
    let policy = facts.workflow.on_failure;
    let stops = matches!(policy, OnFailure::Stop | OnFailure::Compensate);
    note(found, stops && ended_after(Fate::Returned), B::FailureCallFinishes);
    let is_dropped = |call: &contract::observation::ObservedCall| {
        call.fate == Fate::Dropped && call.ended == Some(at) && !facts.has_timed_out(call)
    };
    note(
        found,
        policy == OnFailure::Cancel && facts.calls().any(is_dropped),
        B::FailureDropsCalls,
    );
    let starts_later = facts.calls().any(|call| call.started > at && call.attempt == 1);
    note(
        found,
        policy == OnFailure::Continue && starts_later,
        B::FailureOthersStart,
    );
    let failing: Vec<usize> = facts
        .tasks()
        .filter(|(.., outcome)| has_failed(outcome.status))
        .map(|(place, ..)| place)
        .collect();
    note(found, failing.len() > 1, B::FailureTwo);
    if let (Some(error), Some(first)) = (&facts.outcome.error, failing.first()) {
        note(
            found,
            facts.workflow.tasks[*first].id != error.task,
            B::FailureFirstInTime,
        );
    }
    for (place, task, outcome) in facts.tasks() {
        let is_retried = matches!(&outcome.error, Some(error) if error.kind == ErrorKind::Transient)
            && task.retry.only.is_none()
            && task.for_each.is_none()
            && outcome.attempts < task.retry.max_attempts;
        let is_later = facts.ended[place].is_some_and(|ended| ended > at);
        note(found, stops && is_retried && is_later, B::FailureNoRetryAfter);
        let by_failure = outcome.status == TaskStatus::Cancelled
            && facts.ended[place] == Some(at)
            && !matches!(facts.outcome.status, RunStatus::Cancelled | RunStatus::TimedOut);
        if by_failure {
            let backs_off = facts
                .back_offs
                .iter()
                .any(|wait| wait.task == place && wait.from < at && wait.until == at);
            let waits = facts.waits.iter().any(|(task, from, _)| *task == place && *from < at);
            note(
                found,
                facts.decided[place].is_none_or(|decided| decided >= at),
                B::FailureCancelsPending,
            );
            note(found, backs_off, B::FailureCancelsBackingOff);
            note(found, waits, B::FailureCancelsWaiting);
        }
    }
}

fn of_task(facts: &Facts<'_>, place: usize, task: &Task, outcome: &TaskOutcome, found: &mut Behaviours) {
    let kind = outcome.error.as_ref().map(|error| &error.kind);
    let is_alone = task.for_each.is_none() && task.call.is_some();
    let once = is_alone && outcome.attempts == 1 && task.retry.max_attempts == 1;
    match outcome.status {
        TaskStatus::Failed => {
            note(found, once && kind != Some(&ErrorKind::Panic), B::TaskFailedAtOnce);
            note(found, kind == Some(&ErrorKind::Panic), B::TaskPanicked);
            note(
                found,
                is_alone && kind == Some(&ErrorKind::Timeout),
                B::TaskHandlerTimeout,
            );
            let has_template = task
                .call
                .as_ref()
                .is_some_and(|work| matches!(work.input, Input::Template(_)));
            let is_input = is_alone && has_template && kind == Some(&ErrorKind::Input);
            note(found, is_input, B::TaskInputFailed);
            note(found, is_input && task.retry.max_attempts > 1, B::TaskInputNotRetried);
        }
        TaskStatus::TimedOut => {
            note(found, once, B::TaskTimedOut);
            let last = facts.script.attempt(&task.id, None, outcome.attempts);
            let never = is_alone && last.then == contract::Then::NeverReturns;
            note(found, never, B::TaskNeverReturns);
        }
        TaskStatus::Succeeded => note(found, is_alone && task.timeout.is_some(), B::TaskWithinTimeout),
        TaskStatus::Cancelled => {
            let by_signal = facts.outcome.status == RunStatus::Cancelled;
            let running = facts
                .calls_of(task)
                .any(|call| call.fate == Fate::Dropped && call.ended == Some(facts.end) && call.started < facts.end);
            note(found, by_signal && running, B::TaskCancelledRunning);
        }
        TaskStatus::Skipped => {
            note(
                found,
                outcome.skipped == Some(SkipReason::Condition),
                B::TaskSkippedCondition,
            );
            note(
                found,
                outcome.skipped == Some(SkipReason::Upstream),
                B::TaskSkippedUpstream,
            );
        }
        TaskStatus::Pending | TaskStatus::Waiting => {}
    }
    if outcome.attempts == 0 {
        return;
    }
    let needs = task.needs.iter().filter_map(|need| facts.index.get(&**need));
    let needs: Vec<usize> = needs.copied().collect();
    note(found, needs.iter().any(|need| *need > place), B::TaskDeclaredFirst);
    let twice = needs.iter().any(|need| {
        let inner = facts.workflow.tasks[*need].needs.iter();
        inner
            .filter_map(|need| facts.index.get(&**need))
            .any(|inner| needs.contains(inner))
    });
    note(found, twice, B::TaskNeedsTwice);
    let started = facts.calls_of(task).next().map(|call| call.started);
    let beside = started.is_some_and(|started| {
        !needs.is_empty()
            && started > contract::Millis::ZERO
            && facts
                .in_flight(started)
                .any(|call| call.purpose == Purpose::Work && call.task != task.id)
    });
    note(found, beside, B::TaskNoBarrier);
}

fn run_if(facts: &Facts<'_>, task: &Task, outcome: &TaskOutcome, found: &mut Behaviours) {
    let is_decided = !matches!(outcome.status, TaskStatus::Pending | TaskStatus::Cancelled);
    if task.needs.is_empty() || !is_decided {
        return;
    }
    let held = outcome.skipped != Some(SkipReason::Upstream);
    let needs = task.needs.iter().filter_map(|need| facts.index.get(&**need));
    let ends: Vec<TaskStatus> = needs.map(|need| facts.outcome.tasks[*need].status).collect();
    let has = |status| ends.contains(&status);
    let failed = ends.iter().any(|status| has_failed(*status));
    let skipped = has(TaskStatus::Skipped);
    let all_well = ends.iter().all(|status| *status == TaskStatus::Succeeded);
    match task.run_if {
        RunIf::AllSucceeded => {
            note(found, !held && failed, B::AllSucceededAfterFailure);
            note(found, !held && skipped, B::AllSucceededAfterSkip);
            note(found, !held && skipped, B::TaskSkippedInTurn);
        }
        RunIf::AllDone => {
            note(found, held && failed, B::AllDoneAfterFailure);
            note(found, held && skipped, B::AllDoneAfterSkip);
            note(found, held && all_well, B::AllDoneAfterSuccess);
        }
        RunIf::AnySucceeded => {
            note(found, held && failed, B::AnySucceededBesideFailure);
            note(found, held && skipped, B::AnySucceededBesideSkip);
            note(found, !held, B::AnySucceededNotHeld);
        }
        RunIf::AnyFailed => {
            note(found, held && has(TaskStatus::Failed), B::AnyFailedHeld);
            note(found, held && has(TaskStatus::TimedOut), B::AnyFailedTimedOut);
            note(found, !held && all_well, B::AnyFailedNotHeld);
            note(found, !held && skipped, B::AnyFailedAfterSkip);
        }
    }
}

/// What a condition gave is not observed: it is evaluated again, over what the task could see.
fn condition(facts: &Facts<'_>, task: &Task, outcome: &TaskOutcome, found: &mut Behaviours) {
    let Some(when) = &task.when else { return };
    let is_evaluated = !matches!(outcome.status, TaskStatus::Pending | TaskStatus::Cancelled)
        && outcome.skipped != Some(SkipReason::Upstream);
    if !is_evaluated {
        return;
    }
    match evaluate(facts, when) {
        Some(Value::Bool(true)) => note(found, outcome.skipped.is_none(), B::WhenTrue),
        Some(Value::Bool(false)) => note(found, true, B::WhenFalse),
        Some(Value::Null) => note(found, true, B::WhenNull),
        Some(value) => note(found, is_truthy(&value), B::WhenTruthy),
        None => note(found, true, B::WhenFails),
    }
    note(found, reads_status(when), B::WhenReadsStatus);
}

/// `None` if it cannot be evaluated.
fn evaluate(facts: &Facts<'_>, logic: &Value) -> Option<Value> {
    thread_local! { static ENGINE: datalogic_rs::Engine = logic::engine(); }
    let entry = |outcome: &TaskOutcome| {
        let output = outcome.output.as_deref();
        (
            outcome.task.to_string(),
            json!({"status": outcome.status.as_str(), "output": output}),
        )
    };
    let ended = facts
        .outcome
        .tasks
        .iter()
        .filter(|outcome| outcome.status.is_terminal());
    let tasks: Map<String, Value> = ended.map(entry).collect();
    let data = json!({"input": *facts.case.input, "tasks": tasks});
    ENGINE.with(|engine| {
        let compiled = logic::compile(engine, logic).ok()?;
        engine.session().eval_into::<Value, _>(&compiled, &data).ok()
    })
}

fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(_) => true,
    }
}

fn reads_status(logic: &Value) -> bool {
    match logic {
        Value::String(text) => text.starts_with("tasks.") && text.ends_with(".status"),
        Value::Array(items) => items.iter().any(reads_status),
        Value::Object(entries) => entries.values().any(reads_status),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn undoing(facts: &Facts<'_>, found: &mut Behaviours) {
    let undone = &facts.outcome.compensations;
    if !matches!(
        facts.outcome.status,
        RunStatus::Compensated | RunStatus::CompensationFailed
    ) {
        return;
    }
    note(found, undone.is_empty(), B::UndoNothing);
    note(found, undone.len() == 1, B::UndoOne);
    note(found, undone.len() > 1, B::UndoSeveral);
    let places: Vec<usize> = undone
        .iter()
        .filter_map(|compensation| facts.index.get(&*compensation.task).copied())
        .collect();
    note(
        found,
        !places.is_sorted_by(|one, next| one >= next),
        B::UndoByCompletion,
    );
    let fails_early = undone
        .iter()
        .rev()
        .skip(1)
        .any(|compensation| compensation.error.is_some());
    note(found, fails_early, B::UndoGoesOn);
    let panics = |error: &contract::CallError| error.kind == ErrorKind::Panic;
    note(
        found,
        undone
            .iter()
            .any(|compensation| compensation.error.as_ref().is_some_and(panics)),
        B::UndoPanics,
    );
    let is_late = |place: usize| match (facts.ended[place], facts.failed) {
        (Some(ended), Some(failed)) => ended > failed,
        _ => false,
    };
    for (place, task, outcome) in facts.tasks() {
        let has_succeeded = outcome.status == TaskStatus::Succeeded;
        note(found, has_succeeded && task.compensate.is_none(), B::UndoLeavesAlone);
        note(found, !has_succeeded && task.compensate.is_some(), B::UndoNotSucceeded);
        if !places.contains(&place) {
            continue;
        }
        note(found, task.for_each.is_some(), B::UndoItems);
        note(found, task.ask.is_some(), B::UndoAnswer);
        note(found, is_late(place), B::UndoLateSuccess);
        let reads = task.compensate.as_ref().is_some_and(|work| match &work.input {
            Input::Template(template) => template.to_string().contains(r#"{"var":"output"}"#),
            Input::Literal(_) => false,
        });
        note(found, reads, B::UndoReadsOutput);
    }
}
