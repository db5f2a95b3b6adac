//! What a person needs to understand a difference without having seen the engines: the one nearest to the cause in a sentence.

use contract::stage::{Death, Left};
use contract::text::visible;
use harness::causes::observed::Role;
use harness::recovery::read_death;
use harness::{Aspect, Divergence};

use crate::words::cut;

/// How long a value may get within a sentence.
const LONGEST: usize = 60;

/// What an engine is called in a sentence.
pub(crate) fn called(role: Role, engine: &str) -> &str {
    match role {
        Role::Reference => "the reference",
        Role::Legacy | Role::New => engine,
    }
}

/// The difference in a sentence.
pub(crate) fn sentence(divergence: &Divergence, baseline: &str, new: &str) -> String {
    let sentence = told(divergence, baseline, new);
    // It may begin with an engine's name, which is written as the engine is called.
    match sentence.strip_prefix("the ") {
        Some(rest) => format!("The {rest}"),
        None => sentence,
    }
}

fn told(divergence: &Divergence, baseline: &str, new: &str) -> String {
    let [expected, seen] = [&divergence.baseline, &divergence.new].map(|text| short(text));
    let path = visible(&divergence.path);
    match divergence.aspect {
        Aspect::Crash | Aspect::Hang => return format!("In {baseline} the run {expected}; in {new} it {seen}."),
        Aspect::Recovery => {
            return of_recovery(divergence, new).unwrap_or_else(|| {
                format!("Without a death of {new}'s process: {expected}. With one ({path}): {seen}.")
            });
        }
        _ => {}
    }
    if let Some(call) = path.strip_prefix("calls.") {
        return of_call(call, divergence.aspect, [baseline, new], [&expected, &seen]);
    }
    if let Some(place) = path.strip_prefix("tasks.") {
        return format!("{} {expected} in {baseline}, and {seen} in {new}.", of_task(place));
    }
    if let Some(event) = path.strip_prefix("events.") {
        return format!("The event `{event}` in {baseline}: {expected}; in {new}: {seen}.");
    }
    match &*path {
        "run.error.task" => {
            let of = |task: &str| match task {
                "absent" => "of no task".to_owned(),
                _ => format!("that of task `{task}`"),
            };
            format!(
                "The error of the run is {} in {baseline}, and {} in {new}.",
                of(&expected),
                of(&seen)
            )
        }
        "run.error.kind" => format!("The error of the run is of kind {expected} in {baseline}, and {seen} in {new}."),
        "run.error.message" => format!("The error of the run says {expected} in {baseline}, and {seen} in {new}."),
        "run.status" => format!("The run ends as {expected} in {baseline}, and as {seen} in {new}."),
        "run.makespan" => format!("The run takes {expected} in {baseline}, and {seen} in {new}."),
        "stopped" if expected == "no" => {
            format!("{baseline} processes the message to its end, and {new} stops: {seen}.")
        }
        "stopped" if seen == "no" => {
            format!("{new} processes the message to its end, and {baseline} stops: {expected}.")
        }
        "run.max_parallel" => {
            let [rule, who, did] = ruled([baseline, new], [&expected, &seen]);
            format!("The definition allows {rule}; in {who} there are {did}.")
        }
        "run.tasks" => format!("The outcome lists the tasks {expected} in {baseline}, and {seen} in {new}."),
        "run.compensations" => {
            format!("The outcome lists as undone {expected} in {baseline}, and {seen} in {new}.")
        }
        "refusal.problems" if seen == "absent" => {
            format!("{baseline} refuses the definition: {expected}; {new} does not say so.")
        }
        "refusal.problems" if expected == "absent" => {
            format!("{new} refuses the definition: {seen}; {baseline} does not say so.")
        }
        "refusal.problems" => {
            format!("The definition is refused; of the reasons, {baseline} gives: {expected}; {new}: {seen}.")
        }
        _ => {
            let part = part_of_message(&path).map_or_else(String::new, |part| format!("In the {part}, "));
            format!("{part}`{path}` is {expected} in {baseline}, and {seen} in {new}.")
        }
    }
}

/// The beginning of a sentence on something of a task: `b.output.total[3]`.
fn of_task(place: &str) -> String {
    if let Some((task, what)) = place.rsplit_once('.') {
        match what {
            "status" => return format!("Task `{task}` ends as"),
            "attempts" => return format!("The number of calls of task `{task}` is"),
            "skipped" => return format!("The reason for skipping task `{task}` is"),
            "output" | "error" => return format!("The {what} of task `{task}` is"),
            _ => {}
        }
    }
    // An id may hold a dot, and so may what is in a value.
    let within = [".output", ".error"].into_iter().find_map(|value| {
        let (task, within) = place.split_once(value)?;
        within
            .starts_with(['.', '['])
            .then(|| (task, &value[1..], within.trim_start_matches('.')))
    });
    match within {
        Some((task, "error", "kind")) => format!("The error of task `{task}` is of kind"),
        Some((task, "error", "message")) => format!("The error of task `{task}` says"),
        Some((task, value, within)) => format!("In the {value} of task `{task}`, `{within}` is"),
        None => format!("`tasks.{place}` is"),
    }
}

/// The part of a processed message that a path lies in.
fn part_of_message(path: &str) -> Option<&'static str> {
    let (first, _) = path.split_once('.')?;
    match first {
        "errors" => Some("errors of the message"),
        "audit" => Some("audit trail"),
        "context" => Some("context"),
        "trace" => Some("trace"),
        "log" => Some("log"),
        _ => None,
    }
}

/// The engine beside itself: `recovery.5:part+7.tasks.b.status`. `None`: no death is named.
fn of_recovery(divergence: &Divergence, new: &str) -> Option<String> {
    let (deaths, path) = divergence.path.strip_prefix("recovery.")?.split_once('.')?;
    let deaths: Result<Vec<_>, _> = deaths.split('+').map(read_death).collect();
    let dies: Vec<String> = deaths.ok()?.into_iter().map(dies).collect();
    let death = format!(
        "{new}'s process dies {}, and is started again.",
        dies.join(", and then ")
    );
    if let Some(call) = path.strip_prefix("calls.").and_then(|call| call.strip_suffix(".again")) {
        let (name, attempt) = call.rsplit_once('#')?;
        let again = short(&divergence.new);
        return Some(format!(
            "{death} The call of `{}` (attempt {attempt}) is {again}, though its result was on record.",
            visible(name)
        ));
    }
    if path == "run.end" {
        let [expected, seen] = [&divergence.baseline, &divergence.new].map(|text| short(text));
        return Some(format!(
            "{death} Undisturbed, the run {expected}; recovered, it {seen}."
        ));
    }
    // What differs is one of these, as it would be between two engines.
    let aspect = match path.rsplit_once('.') {
        Some((_, "started" | "ended" | "makespan")) => Aspect::Limits,
        _ if path.starts_with("calls.") => Aspect::Calls,
        _ => Aspect::Outcome,
    };
    let within = Divergence {
        aspect,
        path: path.to_owned(),
        ..divergence.clone()
    };
    let sentence = sentence(&within, "the undisturbed run", "the recovered one");
    Some(format!("{death} {sentence}"))
}

/// When a process dies.
fn dies(Death { write, left }: Death) -> String {
    match left {
        Left::Whole => format!("after its write {write}"),
        Left::Part => format!("in the middle of its write {write}"),
        Left::Nothing => format!("before anything of its write {write} is kept"),
    }
}

/// A sentence on a call: `b[0]~undo#2.fate`.
fn of_call(call: &str, aspect: Aspect, [baseline, new]: [&str; 2], [expected, seen]: [&str; 2]) -> String {
    let (name, field) = match call.rsplit_once('#') {
        Some((name, rest)) => {
            let (attempt, field) = rest.split_once('.').unwrap_or((rest, ""));
            (format!("`{name}` (attempt {attempt})"), field)
        }
        None => (format!("`{call}`"), ""),
    };
    match (aspect, field, expected, seen) {
        (Aspect::Calls, "", "called", _) => format!("{baseline} calls {name}, and {new} does not."),
        (Aspect::Calls, "", _, "called") => format!("{new} calls {name}, and {baseline} does not."),
        (Aspect::Calls, "", call, "missing") => format!("{baseline} calls {name}: {call}; {new} does not."),
        (Aspect::Calls, "", "missing", call) => format!("{new} calls {name}: {call}; {baseline} does not."),
        (_, "fate", ..) => format!("The call of {name} is {expected} in {baseline}, and {seen} in {new}."),
        (_, "started", ..) => format!("{baseline} calls {name} {expected}, and {new} {seen}."),
        (_, "ended", ..) => format!("The call of {name} ends {expected} in {baseline}, and {seen} in {new}."),
        (Aspect::Order, _, rule, at) | (Aspect::Limits, "back_off", rule, at) if at.starts_with("at ") => {
            format!("{new} calls {name} {at}; the definition says: {rule}.")
        }
        (Aspect::Order, _, at, rule) | (Aspect::Limits, "back_off", at, rule) if at.starts_with("at ") => {
            format!("{baseline} calls {name} {at}; the definition says: {rule}.")
        }
        (Aspect::Order | Aspect::Limits, ..) => {
            let [rule, who, did] = ruled([baseline, new], [expected, seen]);
            format!("The call of {name} by the definition: {rule}; in {who}: {did}.")
        }
        (_, field, ..) => {
            let what = match field.split_once(['.', '[']) {
                Some(_) => format!("`{field}`"),
                None => format!("The {field}"),
            };
            format!("{what} of the call of {name} is {expected} in {baseline}, and {seen} in {new}.")
        }
    }
}

/// One side is the rule, the other what was seen: the rule, who did otherwise, and what that was.
fn ruled<'a>([baseline, new]: [&'a str; 2], [expected, seen]: [&'a str; 2]) -> [&'a str; 3] {
    let is_seen = |text: &str| {
        let is_moment = text.starts_with("at ") && !text.starts_with("at most");
        is_moment || text.starts_with(|first: char| first.is_ascii_digit())
    };
    if is_seen(expected) && !is_seen(seen) {
        [seen, baseline, expected]
    } else {
        [expected, new, seen]
    }
}

pub(super) fn short(text: &str) -> String {
    if text.is_empty() {
        return "nothing".to_owned();
    }
    cut(&visible(text), LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(aspect: Aspect, path: &str, [baseline, new]: [&str; 2], expected: &str) {
        let divergence = Divergence {
            aspect,
            path: path.to_owned(),
            baseline: baseline.to_owned(),
            new: new.to_owned(),
        };
        assert_eq!(sentence(&divergence, "old", "new"), expected);
    }

    #[test]
    fn a_sentence_begins_with_a_capital_unless_an_engine_is_called_otherwise() {
        let divergence = Divergence {
            aspect: Aspect::Calls,
            path: "calls.b#1".to_owned(),
            baseline: "called".to_owned(),
            new: "not called".to_owned(),
        };
        let reference = called(Role::Reference, "reference");
        let sentence = sentence(&divergence, reference, called(Role::New, "flow"));
        assert_eq!(sentence, "The reference calls `b` (attempt 1), and flow does not.");
    }

    #[test]
    fn a_difference_is_told_in_a_sentence() {
        check(
            Aspect::Calls,
            "calls.b#2",
            ["called", "not called"],
            "old calls `b` (attempt 2), and new does not.",
        );
        check(
            Aspect::Order,
            "calls.b",
            ["not before 10 ms", "at 1 ms"],
            "new calls `b` at 1 ms; the definition says: not before 10 ms.",
        );
        check(
            Aspect::Limits,
            "calls.b#2.back_off",
            ["not before 10 ms", "at 1 ms"],
            "new calls `b` (attempt 2) at 1 ms; the definition says: not before 10 ms.",
        );
        check(
            Aspect::Outcome,
            "stopped",
            ["no", "TASK_ERROR: no"],
            "old processes the message to its end, and new stops: TASK_ERROR: no.",
        );
        check(
            Aspect::Order,
            "calls.b",
            ["at 3 ms, before it", "after `a`, which was ready and comes first"],
            "old calls `b` at 3 ms, before it; the definition says: after `a`, which was ready and comes first.",
        );
        check(
            Aspect::Order,
            "calls.c#1",
            ["attempt 2, the next one", "attempt 1"],
            "The call of `c` (attempt 1) by the definition: attempt 2, the next one; in new: attempt 1.",
        );
        check(
            Aspect::Limits,
            "calls.a#1.timeout",
            ["dropped 1 ms after its start at 0 ms", "ended at 5 ms"],
            "The call of `a` (attempt 1) by the definition: dropped 1 ms after its start at 0 ms; in new: ended at 5 ms.",
        );
        check(
            Aspect::Limits,
            "run.max_parallel",
            ["3 in flight", "at most 2 in flight"],
            "The definition allows at most 2 in flight; in old there are 3 in flight.",
        );
        check(
            Aspect::Outcome,
            "tasks.b.status",
            ["skipped", "succeeded"],
            "Task `b` ends as skipped in old, and succeeded in new.",
        );
        let outputs = [
            ("tasks.a.b.output", "The output of task `a.b`"),
            ("tasks.a.output.total", "In the output of task `a`, `total`"),
            ("tasks.a.output[1]", "In the output of task `a`, `[1]`"),
            ("audit.0.status", "In the audit trail, `audit.0.status`"),
            ("calls.a#1.input", "The input of the call of `a` (attempt 1)"),
            ("calls.a#1.input.total", "`input.total` of the call of `a` (attempt 1)"),
        ];
        for (path, what) in outputs {
            let expected = format!("{what} is 1 in old, and 1.0 in new.");
            check(Aspect::Output, path, ["1", "1.0"], &expected);
        }
        check(
            Aspect::Outcome,
            "run.compensations",
            ["a", ""],
            "The outcome lists as undone a in old, and nothing in new.",
        );
        check(
            Aspect::Outcome,
            "refusal.problems",
            ["task `a` needs itself", "absent"],
            "old refuses the definition: task `a` needs itself; new does not say so.",
        );
        check(
            Aspect::Events,
            "events.run_paused",
            ["reported at 0 ms", "not reported"],
            "The event `run_paused` in old: reported at 0 ms; in new: not reported.",
        );
        check(
            Aspect::Calls,
            "calls.w/a#1",
            ["a call of lookup", "missing"],
            "old calls `w/a` (attempt 1): a call of lookup; new does not.",
        );
        check(
            Aspect::Recovery,
            "recovery.2:part.calls.a#1.ended",
            ["at 1 ms", "at 2 ms"],
            "new's process dies in the middle of its write 2, and is started again. The call of `a` (attempt 1) ends at 1 ms in the undisturbed run, \
             and at 2 ms in the recovered one.",
        );
        check(
            Aspect::Recovery,
            "recovery.1:nothing+3.calls.a#1.again",
            ["not made again: its result was on record", "made again at 1 ms"],
            "new's process dies before anything of its write 1 is kept, and then after its write 3, and is started again. The call of `a` (attempt 1) is \
             made again at 1 ms, though its result was on record.",
        );
        check(
            Aspect::Recovery,
            "recovery.2.run.end",
            ["ran to the end: succeeded", "panicked: no"],
            "new's process dies after its write 2, and is started again. Undisturbed, the run ran to the end: succeeded; recovered, it panicked: no.",
        );
        check(
            Aspect::Outcome,
            "run.error.task",
            ["a", "absent"],
            "The error of the run is that of task `a` in old, and of no task in new.",
        );
        check(
            Aspect::Recovery,
            "recovery.4.calls.b#1",
            ["called", "not called"],
            "new's process dies after its write 4, and is started again. The undisturbed run calls `b` (attempt 1), and the recovered one does not.",
        );
        check(
            Aspect::Recovery,
            "recovery",
            ["lets go of the definition", "panicked"],
            "Without a death of new's process: lets go of the definition. With one (recovery): panicked.",
        );
        check(
            Aspect::Limits,
            "calls.b[0]#1.started",
            ["at 5 ms", "at 7 ms"],
            "old calls `b[0]` (attempt 1) at 5 ms, and new at 7 ms.",
        );
    }
}
