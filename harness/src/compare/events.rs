//! Events that the calls say nothing of: back-offs, questions, refused answers, pauses. Where the semantics fix each moment, they
//! fix what is reported then.

use std::collections::BTreeMap;

use contract::observation::{Fate, ObservedEvent};
use contract::{Event, EventKind, Observation};

use super::calls::at;
use super::{Findings, Side};
use crate::divergence::Aspect;

/// What else is reported is held against the calls, engine by engine ([`crate::rules`]).
const KINDS: [EventKind; 5] = [
    EventKind::BackedOff,
    EventKind::Waiting,
    EventKind::AnswerRefused,
    EventKind::RunPaused,
    EventKind::RunResumed,
];

/// What is compared of an event, and how many of the same there were before it.
type Key = (String, usize);

/// The reports of those kinds that both engines make. After a death nothing is told twice, so nothing can be compared.
pub(super) fn compare(baseline: Side<'_>, new: Side<'_>, found: &mut Findings) {
    let has_died = |observation: &Observation| observation.calls.iter().any(|call| call.fate == Fate::Lost);
    if has_died(baseline.observation) || has_died(new.observation) {
        return;
    }
    let kinds: Vec<EventKind> = KINDS
        .into_iter()
        .filter(|kind| baseline.description.reports.contains(kind) && new.description.reports.contains(kind))
        .collect();
    let [mut expected, seen] = [baseline, new].map(|side| reports(&side.observation.events, &kinds));
    for (key, seen) in seen {
        match expected.remove(&key) {
            Some(before) if before == seen => {}
            Some(before) => found.add(Aspect::Events, path(&key), before, seen),
            None => found.add(Aspect::Events, path(&key), "not reported", seen),
        }
    }
    for (key, before) in expected {
        found.add(Aspect::Events, path(&key), before, "not reported");
    }
}

fn path((name, before): &Key) -> String {
    match before {
        0 => format!("events.{name}"),
        before => format!("events.{name}#{}", before + 1),
    }
}

/// When each event was reported, and with what.
fn reports(events: &[ObservedEvent], kinds: &[EventKind]) -> BTreeMap<Key, String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut reports = BTreeMap::new();
    for reported in events.iter().filter(|reported| kinds.contains(&reported.event.kind())) {
        let (name, more) = named(&reported.event);
        let count = counts.entry(name.clone()).or_default();
        reports.insert((name, *count), format!("reported {}{more}", at(reported.at)));
        *count += 1;
    }
    reports
}

fn named(event: &Event) -> (String, String) {
    let plain = |name: String| (name, String::new());
    match event {
        Event::BackedOff {
            task,
            item,
            attempt,
            delay,
        } => {
            let item = item.map(|item| format!("[{item}]")).unwrap_or_default();
            let delay = format!(", for {}", delay.exact());
            (format!("backed_off.{task}{item}#{attempt}"), delay)
        }
        Event::Waiting { task } => plain(format!("waiting.{task}")),
        Event::AnswerRefused { task } => plain(format!("answer_refused.{task}")),
        Event::RunPaused => plain("run_paused".to_owned()),
        Event::RunResumed => plain("run_resumed".to_owned()),
        other => plain(format!("{:?}", other.kind())),
    }
}
