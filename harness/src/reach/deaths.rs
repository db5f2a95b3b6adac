//! What the deaths of the engine's process met.

use contract::observation::Fate;
use contract::{Crash, Millis};

use super::facts::Facts;
use super::{Behaviour as B, Behaviours, note};

pub(super) fn tell(facts: &Facts<'_>, found: &mut Behaviours) {
    let is_met = |crash: &&Crash| crash.at < facts.end;
    let met: Vec<&Crash> = facts.script.crashes.iter().filter(is_met).collect();
    note(found, met.len() < facts.script.crashes.len(), B::DeathAfterEnd);
    note(found, met.len() > 1, B::DeathTwice);
    for crash in met {
        death(facts, crash, found);
    }
}

fn death(facts: &Facts<'_>, crash: &Crash, found: &mut Behaviours) {
    let at = crash.at;
    let back = at.saturating_add(crash.outage);
    let is_down = |moment: Millis| at < moment && moment <= back;
    note(found, crash.outage == Millis::ZERO, B::DeathBackAtOnce);
    note(found, facts.is_backing_off(at), B::DeathBackingOff);
    note(found, facts.is_waiting(at), B::DeathWaiting);
    note(found, facts.is_paused(at), B::DeathPaused);
    note(found, facts.is_undoing(at), B::DeathUndoing);
    note(found, facts.is_stopping(at), B::DeathStopping);
    let signals = facts.script.signals.iter().any(|scripted| is_down(scripted.at));
    note(found, signals, B::DeathSignalMissed);
    let due = facts
        .back_offs
        .iter()
        .any(|wait| wait.from < at && is_down(wait.due) && wait.delay > Millis::ZERO);
    note(found, due, B::DeathRetryDue);
    let run_is_due = facts.workflow.timeout.is_some_and(is_down);
    note(found, run_is_due && facts.end >= back, B::DeathRunTimeout);
    let ended = facts
        .calls()
        .any(|call| call.fate == Fate::Returned && call.ended < Some(at));
    let ends_now = facts
        .calls()
        .any(|call| call.fate == Fate::Returned && call.ended == Some(at));
    note(found, ends_now, B::TieDeathAndEnd);
    for lost in facts
        .calls()
        .filter(|call| call.fate == Fate::Lost && call.ended == Some(at))
    {
        let again = facts.calls().find(|call| {
            call.task == lost.task && call.item == lost.item && call.attempt == lost.attempt && call.started >= back
        });
        note(found, again.is_some(), B::DeathInFlight);
        note(found, again.is_some() && ended, B::DeathAfterResults);
        let has_ended = again.is_some_and(|call| call.fate == Fate::Returned && call.ended == Some(call.started));
        note(found, has_ended, B::DeathCallEnded);
        let limit = facts
            .index
            .get(&*lost.task)
            .and_then(|task| facts.workflow.tasks[*task].timeout);
        note(
            found,
            limit.is_some_and(|limit| is_down(lost.started.saturating_add(limit))),
            B::DeathTimeoutDue,
        );
    }
}
