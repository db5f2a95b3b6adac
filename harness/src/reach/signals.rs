//! What came from outside, and what it found: pauses, answers, cancellations, and the run's own timeout.

use contract::observation::Fate;
use contract::{Event, Millis, RunStatus, Signal, TaskStatus};

use super::facts::Facts;
use super::{Behaviour as B, Behaviours, note};

pub(super) fn tell(facts: &Facts<'_>, found: &mut Behaviours) {
    let mut is_paused = false;
    for scripted in &facts.script.signals {
        let at = scripted.at;
        match &scripted.signal {
            Signal::Pause => {
                pause(facts, at, is_paused, found);
                is_paused = true;
            }
            Signal::Resume => {
                resume(facts, at, is_paused, found);
                is_paused = false;
            }
            Signal::Cancel => cancel(facts, at, found),
            Signal::Respond { task, .. } => respond(facts, at, task, found),
        }
    }
    pauses(facts, found);
    questions(facts, found);
    run_timeout(facts, found);
}

fn pause(facts: &Facts<'_>, at: Millis, is_paused: bool, found: &mut Behaviours) {
    if at > facts.end {
        return note(found, true, B::PauseAfterEnd);
    }
    if is_paused {
        return note(found, true, B::PauseNested);
    }
    note(found, at == Millis::ZERO, B::PauseBeforeStart);
    let undoes = facts.is_undoing(at);
    note(found, undoes, B::PauseUndoing);
    note(found, facts.is_stopping(at), B::PauseStopping);
    note(found, !undoes && facts.in_flight(at).next().is_some(), B::PauseRunning);
    note(found, facts.is_backing_off(at), B::PauseBackingOff);
    note(found, facts.is_waiting(at), B::PauseWaiting);
}

fn resume(facts: &Facts<'_>, at: Millis, is_paused: bool, found: &mut Behaviours) {
    if at > facts.end {
        return;
    }
    note(found, !is_paused, B::ResumeNotPaused);
    note(
        found,
        is_paused && facts.in_flight(at).next().is_some(),
        B::ResumeRunning,
    );
    let starts = facts.calls().any(|call| call.started == at && at > Millis::ZERO);
    note(found, is_paused && starts, B::PauseHoldsBack);
    let undoes = facts.undoing == Some(at);
    note(found, is_paused && undoes, B::PauseHoldsUndoing);
}

fn pauses(facts: &Facts<'_>, found: &mut Behaviours) {
    for (from, until) in &facts.pauses {
        let within = |at: Millis| *from < at && at < *until && at <= facts.end;
        for call in facts.calls() {
            let Some(ended) = call.ended.filter(|ended| within(*ended)) else {
                continue;
            };
            note(found, call.fate == Fate::Returned, B::PauseCallEnds);
            note(
                found,
                matches!(call.fate, Fate::Failed | Fate::Panicked),
                B::PauseCallFails,
            );
            note(
                found,
                facts.has_timed_out(call) && ended < facts.end,
                B::PauseCallTimesOut,
            );
        }
        let due = |wait: &super::facts::BackOff| wait.delay > Millis::ZERO && within(wait.due) && wait.due < wait.until;
        note(found, facts.back_offs.iter().any(due), B::PauseRetryDue);
        let is_last = *until == Millis(u64::MAX) && *from <= facts.end;
        note(
            found,
            is_last && facts.outcome.status == RunStatus::Paused,
            B::PauseForever,
        );
    }
    let timed_out = facts.outcome.status == RunStatus::TimedOut;
    note(found, timed_out && facts.is_paused(facts.end), B::PauseTimedOut);
}

fn cancel(facts: &Facts<'_>, at: Millis, found: &mut Behaviours) {
    if at > facts.end {
        return note(found, true, B::CancelAfterEnd);
    }
    note(found, at == Millis::ZERO, B::CancelBeforeStart);
    note(found, facts.is_undoing(at), B::CancelUndoing);
    if facts.outcome.status != RunStatus::Cancelled || at != facts.end {
        return;
    }
    note(found, facts.in_flight(at).next().is_some(), B::CancelRunning);
    note(found, facts.is_backing_off(at), B::CancelBackingOff);
    note(found, facts.is_waiting(at), B::CancelWaiting);
    note(found, facts.is_paused(at), B::CancelPaused);
    note(found, facts.is_stopping(at), B::CancelStopping);
}

fn run_timeout(facts: &Facts<'_>, found: &mut Behaviours) {
    let Some(limit) = facts.workflow.timeout else { return };
    note(found, facts.is_undoing(limit), B::RunTimeoutUndoing);
    if facts.outcome.status != RunStatus::TimedOut {
        return note(found, facts.end < limit, B::RunTimeoutNotReached);
    }
    let at = facts.end;
    note(found, facts.in_flight(at).next().is_some(), B::RunTimeoutRunning);
    note(found, facts.is_backing_off(at), B::RunTimeoutBackingOff);
    note(found, facts.is_waiting(at), B::RunTimeoutWaiting);
    note(found, facts.is_stopping(at), B::RunTimeoutStopping);
}

fn respond(facts: &Facts<'_>, at: Millis, task: &str, found: &mut Behaviours) {
    if at > facts.end {
        return note(found, true, B::AskAfterEnd);
    }
    note(found, at == Millis::ZERO, B::AskBeforeStart);
    let is_refused = facts.observation.events.iter().any(|seen| {
        matches!(&seen.event, Event::AnswerRefused { task: refused } if **refused == *task) && seen.at == at
    });
    let Some(place) = facts.index.get(task).copied() else {
        return note(found, is_refused, B::AskNobody);
    };
    if is_refused {
        if facts.workflow.tasks[place].ask.is_none() {
            return note(found, true, B::AskNoQuestion);
        }
        let has_ended = facts.ended[place].is_some_and(|ended| ended <= at);
        let asks_later = facts.waits.iter().any(|(task, from, _)| *task == place && *from >= at);
        note(found, has_ended, B::AskTooLate);
        note(found, asks_later && at > Millis::ZERO, B::AskTooEarly);
        return;
    }
    let is_answer = facts.ended[place] == Some(at) && facts.outcome.tasks[place].status == TaskStatus::Succeeded;
    if is_answer {
        note(found, true, B::AskAnswered);
        note(found, facts.in_flight(at).next().is_some(), B::AskAnsweredBesideCalls);
        note(found, facts.is_paused(at), B::AskAnsweredPaused);
        let pauses = facts
            .observation
            .events
            .iter()
            .rev()
            .find(|seen| seen.at < at && matches!(seen.event, Event::RunPaused | Event::RunResumed));
        let by_itself = pauses.is_some_and(|seen| seen.event == Event::RunPaused) && facts.pauses.is_empty();
        note(found, by_itself, B::AskPausesRun);
    }
}

fn questions(facts: &Facts<'_>, found: &mut Behaviours) {
    for (place, from, until) in &facts.waits {
        let others = facts.waits.iter().filter(|(other, ..)| other != place);
        let is_beside = |other: &(usize, Millis, Millis)| other.1 < *until && *from < other.2;
        note(found, others.clone().any(is_beside), B::AskTwo);
        let status = facts.outcome.tasks[*place].status;
        note(found, status == TaskStatus::TimedOut, B::AskTimedOut);
        note(found, status == TaskStatus::Waiting, B::AskNeverAnswered);
    }
}
