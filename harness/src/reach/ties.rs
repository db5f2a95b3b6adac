//! What happened at one instant.

use std::collections::BTreeMap;

use contract::observation::Fate;
use contract::{Millis, Signal};

use super::facts::Facts;
use super::{Behaviour as B, Behaviours, note};

/// How much happened at an instant.
#[derive(Default)]
struct Instant {
    successes: usize,
    failures: usize,
    timeouts: usize,
    due: usize,
    signals: usize,
    pauses: usize,
    resumes: usize,
    cancels: usize,
    answers: usize,
    run_timeout: bool,
}

pub(super) fn tell(facts: &Facts<'_>, found: &mut Behaviours) {
    for instant in instants(facts).values() {
        of_instant(instant, found);
    }
    for call in facts.calls() {
        let limit = facts
            .index
            .get(&*call.task)
            .and_then(|task| facts.workflow.tasks[*task].timeout);
        let is_by_itself = matches!(call.fate, Fate::Returned | Fate::Failed | Fate::Panicked);
        let at_limit = limit.is_some_and(|limit| call.ended == Some(call.started.saturating_add(limit)));
        note(found, is_by_itself && at_limit, B::TieEndAtLimit);
    }
    for scripted in &facts.script.signals {
        let Signal::Respond { task, .. } = &scripted.signal else {
            continue;
        };
        let at_limit = |(place, from, _): &(usize, Millis, Millis)| {
            let definition = &facts.workflow.tasks[*place];
            let limit = definition.timeout.map(|limit| from.saturating_add(limit));
            definition.id == *task && limit == Some(scripted.at)
        };
        let is_open = scripted.at <= facts.end;
        note(found, is_open && facts.waits.iter().any(at_limit), B::TieAnswerAtLimit);
    }
}

fn instants(facts: &Facts<'_>) -> BTreeMap<Millis, Instant> {
    let mut instants: BTreeMap<Millis, Instant> = BTreeMap::new();
    for call in facts.calls() {
        let Some(ended) = call.ended else { continue };
        let instant = instants.entry(ended).or_default();
        match call.fate {
            Fate::Returned => instant.successes += 1,
            Fate::Failed | Fate::Panicked => instant.failures += 1,
            Fate::Dropped => instant.timeouts += usize::from(facts.has_timed_out(call)),
            Fate::InFlight | Fate::Lost => {}
        }
    }
    for wait in &facts.back_offs {
        if wait.delay > Millis::ZERO && wait.due <= wait.until {
            instants.entry(wait.due).or_default().due += 1;
        }
    }
    for scripted in &facts.script.signals {
        if scripted.at > facts.end || scripted.at == Millis::ZERO {
            continue;
        }
        let instant = instants.entry(scripted.at).or_default();
        instant.signals += 1;
        match scripted.signal {
            Signal::Pause => instant.pauses += 1,
            Signal::Resume => instant.resumes += 1,
            Signal::Cancel => instant.cancels += 1,
            Signal::Respond { .. } => instant.answers += 1,
        }
    }
    if let Some(limit) = facts.workflow.timeout.filter(|limit| *limit <= facts.end) {
        instants.entry(limit).or_default().run_timeout = true;
    }
    instants
}

fn of_instant(instant: &Instant, found: &mut Behaviours) {
    let ends = instant.successes + instant.failures;
    note(found, ends > 1, B::TieTwoEnds);
    note(found, instant.failures > 1, B::TieTwoFailures);
    note(
        found,
        instant.successes > 0 && instant.failures > 0,
        B::TieSuccessAndFailure,
    );
    note(found, ends > 0 && instant.timeouts > 0, B::TieEndAndTimeout);
    note(found, instant.timeouts > 1, B::TieTwoTimeouts);
    note(found, ends > 0 && instant.due > 0, B::TieEndAndBackOff);
    note(found, instant.due > 1, B::TieTwoBackOffs);
    note(found, ends > 0 && instant.pauses > 0, B::TieEndAndPause);
    note(found, ends > 0 && instant.resumes > 0, B::TieEndAndResume);
    note(found, ends > 0 && instant.cancels > 0, B::TieEndAndCancel);
    note(found, ends > 0 && instant.answers > 0, B::TieEndAndAnswer);
    note(found, ends > 0 && instant.run_timeout, B::TieEndAndRunTimeout);
    note(
        found,
        instant.timeouts > 0 && instant.signals > 0,
        B::TieTimeoutAndSignal,
    );
    note(found, instant.due > 0 && instant.signals > 0, B::TieBackOffAndSignal);
    note(
        found,
        instant.cancels > 0 && instant.run_timeout,
        B::TieCancelAndRunTimeout,
    );
    note(found, instant.signals > 1, B::TieTwoSignals);
}
