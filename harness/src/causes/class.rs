//! The class of a divergence: what it has in common with others that the same fault brings about.
//!
//! Names, places in lists and the values themselves are left out. Of several differences in one case, the class is that of
//! the one nearest to the cause: what an engine *did* comes before what it *said*, and a broken rule before its consequences.

use contract::{Format, TaskId};
use corpus::Case;
use serde::{Deserialize, Serialize};

use crate::divergence::{Aspect, Blame, Divergence};
use crate::judge::Comparison;

/// What divergences of one fault have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Class {
    /// What sort of behaviour.
    pub aspect: Aspect,
    /// Where, with `*` for each name and number.
    pub path: String,
    /// What sort of thing the baseline and new did there.
    pub kinds: [String; 2],
    /// Who is to blame.
    pub blame: Option<Blame>,
}

impl Class {
    /// The class of `comparison`'s difference nearest to the cause, and that difference.
    pub fn of<'a>(case: &Case, comparison: &'a Comparison) -> Option<(Self, &'a Divergence)> {
        let divergence = nearest(case, &comparison.divergences)?;
        Some((Self::of_one(case, divergence, comparison.blame), divergence))
    }

    /// The class of a single difference.
    pub(crate) fn of_one(case: &Case, divergence: &Divergence, blame: Option<Blame>) -> Self {
        let path = wildcarded(case, &divergence.path);
        let kinds = kinds(&path, &divergence.baseline, &divergence.new);
        Self {
            aspect: divergence.aspect,
            path,
            kinds,
            blame,
        }
    }
}

/// The difference nearest to the cause.
pub fn nearest<'a>(case: &Case, divergences: &'a [Divergence]) -> Option<&'a Divergence> {
    let ranked = divergences.iter().map(|divergence| {
        let path = wildcarded(case, &divergence.path);
        ((rank(divergence.aspect, &path), path), divergence)
    });
    let nearest = ranked.min_by(|(one, _), (other, _)| one.cmp(other))?;
    Some(nearest.1)
}

impl std::fmt::Display for Class {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [baseline, new] = &self.kinds;
        write!(f, "{} {}: {baseline} → {new}", self.aspect.as_str(), self.path)
    }
}

/// How near to the cause a difference is: lower is nearer.
fn rank(aspect: Aspect, path: &str) -> u8 {
    match aspect {
        Aspect::Crash => 0,
        Aspect::Hang => 1,
        Aspect::Order => 2,
        Aspect::Limits if !is_moment(path) => 3,
        Aspect::Calls if field(path) == Some("fate") => 4,
        Aspect::Calls if field(path) != Some("input") => 5,
        Aspect::Calls => 6,
        // Moments differ behind everything else that differs, and what starts late ends late.
        Aspect::Limits if field(path) == Some("started") => 7,
        Aspect::Limits => 8,
        Aspect::Outcome if field(path) != Some("skipped") => 9,
        // A reason there is only for what was skipped.
        Aspect::Outcome => 10,
        Aspect::Error => 11,
        Aspect::Output => 12,
        Aspect::Audit => 13,
        Aspect::Trace => 14,
        Aspect::Log => 15,
        Aspect::Events => 16,
        Aspect::Recovery => 17,
    }
}

fn is_moment(path: &str) -> bool {
    matches!(field(path), Some("started" | "ended" | "makespan"))
}

/// The last word of a path.
fn field(path: &str) -> Option<&str> {
    Some(path.rsplit_once('.')?.1)
}

/// `path` with `*` for names, numbers and whatever lies within a value.
fn wildcarded(case: &Case, path: &str) -> String {
    match case.definition.format() {
        Format::Dag => of_workflow(case, path),
        Format::Rules => of_rules(path),
    }
}

fn of_workflow(case: &Case, path: &str) -> String {
    // `recovery.5:part+7.tasks.b.status`: where it died says nothing of why.
    if let Some(rest) = path.strip_prefix("recovery.") {
        return match rest.split_once('.') {
            Some((_, rest)) => format!("recovery.*.{}", of_workflow(case, rest)),
            None => path.to_owned(),
        };
    }
    let Some((first, rest)) = path.split_once('.') else {
        return path.to_owned();
    };
    let tasks = case.dag().map_or(&[][..], |workflow| &workflow.tasks);
    // An id may hold a dot, and one may be the beginning of another: the longest that fits is meant.
    let named = |text: &str| {
        let fits = |id: &&TaskId| {
            let rest = text.strip_prefix(&***id);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '#', '[', '~']))
        };
        tasks.iter().map(|task| &task.id).filter(fits).map(|id| id.len()).max()
    };
    let tail = match first {
        "tasks" | "calls" => named(rest).map(|length| ("", &rest[length..])),
        // An answer may be to a task that there is not.
        "events" => rest
            .split_once('.')
            .map(|(kind, rest)| (kind, &rest[named(rest).unwrap_or(rest.len())..])),
        "run" => rest
            .strip_prefix("compensations.")
            .and_then(|rest| Some(("compensations", &rest[named(rest)?..]))),
        _ => None,
    };
    let (kind, tail) = match tail {
        Some(("", tail)) => ("*".to_owned(), tail),
        Some((kind, tail)) => (format!("{kind}.*"), tail),
        None => return path.to_owned(),
    };
    format!("{first}.{kind}{}", without_numbers(tail))
}

/// `[3]#2.input.total` as `[*].input`: which attempt says little, and what lies within a value nothing.
fn without_numbers(tail: &str) -> String {
    let (place, field) = tail.split_once('.').unwrap_or((tail, ""));
    let mut text = String::new();
    if place.contains('[') {
        text.push_str("[*]");
    }
    if place.contains('~') {
        text.push_str("~undo");
    }
    let field = ["output", "input"]
        .into_iter()
        .find(|value| {
            field
                .strip_prefix(value)
                .is_some_and(|rest| rest.starts_with(['.', '[']))
        })
        .unwrap_or(field);
    if !field.is_empty() {
        text.push('.');
        text.push_str(field);
    }
    text
}

/// The words that paths of rules are built from; what else is in one is the user's.
const WORDS: [&str; 25] = [
    "run",
    "end",
    "error",
    "status",
    "audit",
    "changes",
    "path",
    "old_value",
    "new_value",
    "errors",
    "trace",
    "log",
    "calls",
    "input",
    "context",
    "payload",
    "executed",
    "message",
    "code",
    "level",
    "text",
    "task_id",
    "workflow_id",
    "refusal",
    "problems",
];

fn of_rules(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('.') {
        let segment = if WORDS.contains(&segment) { segment } else { "*" };
        let is_value = |last: &&str| ["context", "old_value", "new_value", "input", "payload"].contains(last);
        if kept.last().is_some_and(is_value) {
            break;
        }
        if segment != "*" || kept.last() != Some(&"*") {
            kept.push(segment);
        }
    }
    kept.join(".")
}

/// What sort of thing each side did: which way a number went, whether a value is there.
fn kinds(path: &str, baseline: &str, new: &str) -> [String; 2] {
    let first_number = |text: &str| {
        let digits: String = text
            .chars()
            .skip_while(|character| !character.is_ascii_digit())
            .take_while(|character| character.is_ascii_digit() || [',', '.'].contains(character))
            // A comma stands between thousands.
            .filter(|character| *character != ',')
            .collect();
        digits.parse::<f64>().ok()
    };
    let is_counted = is_moment(path) || field(path) == Some("attempts");
    if is_counted && let (Some(expected), Some(seen)) = (first_number(baseline), first_number(new)) {
        let direction = if seen > expected { "more" } else { "less" };
        return ["a number".to_owned(), direction.to_owned()];
    }
    if path == "run.error.task" || field(path) == Some("handler") {
        return [baseline, new].map(|text| if text == "absent" { text } else { "a name" }.to_owned());
    }
    [kind(baseline, false), kind(new, true)]
}

/// The sort of thing that a text tells of.
fn kind(text: &str, is_new: bool) -> String {
    const WORDY: usize = 24;
    let is_word = |character: char| character.is_ascii_lowercase() || character == '_' || character == ' ';
    if text.starts_with("a call of ") {
        return "a call".to_owned();
    }
    let is_literal = ["null", "true", "false"].contains(&text);
    if text == "absent" || (!text.is_empty() && text.len() <= WORDY && text.chars().all(is_word) && !is_literal) {
        // One of the words of a report: `succeeded`, `not called`, `left in flight`.
        return text.to_owned();
    }
    match serde_json::from_str::<serde_json::Value>(text) {
        // `null` instead of what should be there is a fault of its own; that `null` should be there is not.
        Ok(serde_json::Value::Null) if is_new => "null".to_owned(),
        Ok(_) => "a value".to_owned(),
        Err(_) => "a text".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use contract::Definition;
    use contract::workflow::Task;
    use corpus::generate::{Dials, Generator};

    use super::*;

    fn case(ids: &[&str]) -> Case {
        let mut case = Generator::new(1, Dials::default()).case(0);
        if let Definition::Dag(workflow) = &mut case.definition {
            Arc::make_mut(workflow).tasks = ids.iter().map(|id| Task::calling(*id, "h")).collect();
        }
        case
    }

    #[track_caller]
    fn check(path: &str, expected: &str) {
        assert_eq!(wildcarded(&case(&["b", "b.x", "c[1]"]), path), expected);
    }

    #[test]
    fn names_and_numbers_do_not_count() {
        check("tasks.b.status", "tasks.*.status");
        check("tasks.b.output.total.3", "tasks.*.output");
        check("tasks.b.x.status", "tasks.*.status");
        check("calls.b#12", "calls.*");
        check("calls.c[1][3]#2.input.x", "calls.*[*].input");
        check("calls.b~undo#1.fate", "calls.*~undo.fate");
        check("events.task_ended.b", "events.task_ended.*");
        check("events.answer_refused.nobody", "events.answer_refused.*");
        check("events.run_resumed", "events.run_resumed");
        check("run.compensations.b.error", "run.compensations.*.error");
        check("run.status", "run.status");
        check("recovery.5:part+7.tasks.b.status", "recovery.*.tasks.*.status");
    }

    #[test]
    fn of_rules_only_the_words_of_the_format_count() {
        assert_eq!(
            of_rules("audit.3.changes.0.new_value.total"),
            "audit.*.changes.*.new_value"
        );
        assert_eq!(of_rules("context.data.total"), "context");
        assert_eq!(of_rules("calls.orders/a#1.input"), "calls.*.input");
    }

    #[test]
    fn what_was_done_is_nearer_to_the_cause_than_what_was_said() {
        let divergence = |aspect, path: &str| Divergence {
            aspect,
            path: path.to_owned(),
            baseline: "called".to_owned(),
            new: "not called".to_owned(),
        };
        let mut comparison = Comparison::equal(crate::judge::Baseline::Legacy, Default::default());
        comparison.divergences = vec![
            divergence(Aspect::Outcome, "run.status"),
            divergence(Aspect::Calls, "calls.b#1"),
            divergence(Aspect::Limits, "calls.b#2.started"),
        ];
        let case = case(&["b"]);
        let (class, nearest) = Class::of(&case, &comparison).expect("it differs");
        assert_eq!(nearest.path, "calls.b#1");
        assert_eq!(class.to_string(), "calls calls.*: called → not called");
    }

    #[test]
    fn that_something_starts_late_is_nearer_than_that_it_ends_late() {
        let divergence = |aspect, path: &str, sides: [&str; 2]| Divergence {
            aspect,
            path: path.to_owned(),
            baseline: sides[0].to_owned(),
            new: sides[1].to_owned(),
        };
        let late = ["at 1 ms", "at 2 ms"];
        let divergences = [
            divergence(Aspect::Limits, "calls.b#1.ended", late),
            divergence(Aspect::Limits, "calls.b#1.started", late),
            divergence(Aspect::Limits, "run.makespan", late),
        ];
        let case = case(&["b"]);
        assert_eq!(nearest(&case, &divergences), Some(&divergences[1]));
        let divergences = [
            divergence(Aspect::Outcome, "tasks.b.skipped", ["absent", "upstream"]),
            divergence(Aspect::Outcome, "tasks.b.status", ["cancelled", "skipped"]),
        ];
        assert_eq!(nearest(&case, &divergences), Some(&divergences[1]));
    }

    #[test]
    fn which_way_a_number_went_counts_and_not_how_far() {
        let kinds = |baseline, new| kinds("calls.*.started", baseline, new)[1].clone();
        assert_eq!(kinds("at 5 ms", "at 7 ms"), kinds("at 1,000 ms", "at 90,000 ms"));
        assert_ne!(kinds("at 5 ms", "at 7 ms"), kinds("at 7 ms", "at 5 ms"));
        assert_eq!(kinds("at 5 ms", "at 7 ms"), kinds("at 998 ms", "at 1,001 ms"));
    }
}
