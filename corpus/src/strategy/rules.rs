//! The steps that make a rules case smaller.
//!
//! Definitions, messages and replies are JSON, so one set of changes fits them all: take a part away, put a part in the place
//! of the whole, put something small in its place, shorten a text. A change is a step only if it lowers the weight of the
//! case, so whatever the order, taking steps ends.

use std::cmp::Reverse;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use contract::rules::{Message, Reply};
use contract::script::Then;
use contract::{Definition, Millis, Rules};
use serde::Deserialize;
use serde_json::Value;

use super::json::{Change, chunks, make_smaller, make_smaller_json, visit, weight};
use crate::Case;

/// One way to make a rules case smaller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RulesStep {
    /// Drop workflows: how many, from which on.
    DropWorkflows(usize, usize),
    /// Change a value.
    Change(Root, String, Change),
    /// Let a step of a workflow call the plainest function there is.
    PlainFunction(usize, String),
    /// Register a function less.
    DropHandler(Arc<str>),
    /// Keep no error context.
    DropErrorContext,
    /// Keep as many errors as usual.
    DropErrorLimit,
    /// Declare no secrets.
    DropSecrets,
    /// Drop what the calls of a name do.
    DropCalls(String),
    /// Drop an attempt of the calls of a name.
    DropAttempt(String, usize),
    /// Let the calls of a name take 1 ms and succeed, where they fail without a reply.
    Calm(String),
}

/// A value that is changed in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Root {
    Workflow(usize),
    Input,
    Secrets,
    /// The reply of an attempt of the calls of a name.
    Reply(String, usize),
}

/// The steps of a rules case: those that drop something, the heaviest first, before those that only make something plainer.
pub(super) fn steps(case: &Case, rules: &Rules) -> VecDeque<RulesStep> {
    let mut drops: Vec<(usize, RulesStep)> = Vec::new();
    let mut plainer = Vec::new();
    // From the last, so that the places of the others stay what they are.
    for (place, workflow) in rules.workflows.iter().enumerate().rev() {
        add_changes((&mut drops, &mut plainer), &Root::Workflow(place), workflow);
    }
    for (name, entry) in &case.script.tasks {
        let mut of_all = 0;
        for (place, attempt) in entry.attempts.iter().enumerate().rev() {
            let mut of_one = 1;
            if let Then::Returns(reply) = &attempt.then {
                of_one += weight(reply);
                add_changes((&mut drops, &mut plainer), &Root::Reply(name.clone(), place), reply);
            }
            drops.push((of_one, RulesStep::DropAttempt(name.clone(), place)));
            of_all += of_one;
        }
        drops.push((of_all, RulesStep::DropCalls(name.clone())));
        plainer.push(RulesStep::Calm(name.clone()));
    }
    add_changes((&mut drops, &mut plainer), &Root::Input, &case.input);
    if let Some(secrets) = &rules.secrets {
        drops.push((weight(secrets), RulesStep::DropSecrets));
        add_changes((&mut drops, &mut plainer), &Root::Secrets, secrets);
    }
    drops.push((LIGHT, RulesStep::DropErrorContext));
    drops.push((LIGHT, RulesStep::DropErrorLimit));
    drops.extend(
        rules
            .handlers
            .iter()
            .cloned()
            .map(|name| (LIGHT, RulesStep::DropHandler(name))),
    );
    drops.sort_by_key(|(gain, _)| Reverse(*gain));
    let workflows = chunks(rules.workflows.len()).into_iter();
    let mut steps: VecDeque<_> = workflows
        .map(|(from, count)| RulesStep::DropWorkflows(from, count))
        .collect();
    steps.extend(drops.into_iter().map(|(_, step)| step));
    steps.extend(plainer);
    steps
}

/// What weighs no more than a word.
const LIGHT: usize = 8;

fn add_changes((drops, plainer): (&mut Vec<(usize, RulesStep)>, &mut Vec<RulesStep>), root: &Root, value: &Value) {
    let mut pointer = String::new();
    visit(value, &mut pointer, &mut |pointer, value, change| {
        if is_in_vain(root, pointer, change) {
            return;
        }
        if let (Root::Workflow(place), true, Change::Remove) = (root, pointer.ends_with("/function"), change) {
            let gain = weight(value).saturating_sub(weight(&plainest()));
            drops.push((gain, RulesStep::PlainFunction(*place, pointer.to_owned())));
        }
        let step = RulesStep::Change(root.clone(), pointer.to_owned(), change);
        if change.is_drop() {
            drops.push((change.gain(value), step));
        } else {
            plainer.push(step);
        }
    });
}

/// The plainest function: every engine has it, and it writes nothing but to the log.
fn plainest() -> Value {
    serde_json::json!({ "name": "log", "input": { "message": null } })
}

/// Whether a workflow would be none any more: it is an object, and so are its steps, with a name and an id that are texts.
fn is_in_vain(root: &Root, pointer: &str, change: Change) -> bool {
    let key = pointer
        .rsplit_once('/')
        .map(|(parent, key)| (parent.ends_with("/tasks"), key));
    matches!(root, Root::Workflow(_))
        && match key {
            None => matches!(change, Change::Part(_) | Change::Small(_)),
            Some((true, _)) => matches!(change, Change::Part(_) | Change::Small(_)),
            Some((false, "id" | "name")) => matches!(change, Change::Remove | Change::Small(0..3)),
            Some(_) => false,
        }
}

impl RulesStep {
    /// The case after this step; `None` if the step changes nothing, or makes of it what no case is.
    pub(super) fn take(&self, case: &Case) -> Option<Case> {
        let mut smaller = case.clone();
        let Definition::Rules(rules) = &mut smaller.definition else {
            return None;
        };
        let has_changed = match self {
            Self::DropWorkflows(from, count) => {
                let all = rules.workflows.len();
                from + count <= all && {
                    Arc::make_mut(rules).workflows.drain(*from..from + count);
                    true
                }
            }
            Self::Change(root, pointer, change) => match root {
                Root::Workflow(place) => {
                    let workflow = Arc::make_mut(rules).workflows.get_mut(*place)?;
                    make_smaller(workflow, pointer, *change)
                }
                Root::Secrets => make_smaller(Arc::make_mut(rules).secrets.as_mut()?, pointer, *change),
                Root::Input => make_smaller_json(&mut smaller.input, pointer, *change),
                Root::Reply(name, place) => {
                    let entry = Arc::make_mut(&mut smaller.script).tasks.get_mut(name)?;
                    match &mut entry.attempts.get_mut(*place)?.then {
                        Then::Returns(reply) => make_smaller_json(reply, pointer, *change),
                        _ => false,
                    }
                }
            },
            Self::PlainFunction(place, pointer) => {
                let workflow = Arc::make_mut(rules).workflows.get_mut(*place)?;
                let function = workflow.pointer_mut(pointer)?;
                weight(&plainest()) < weight(function) && {
                    *function = plainest();
                    true
                }
            }
            Self::DropHandler(name) => Arc::make_mut(rules).handlers.remove(name),
            Self::DropErrorContext => Arc::make_mut(rules).error_context.take().is_some(),
            Self::DropErrorLimit => Arc::make_mut(rules).error_context.as_mut()?.limit.take().is_some(),
            Self::DropSecrets => Arc::make_mut(rules).secrets.take().is_some(),
            Self::DropCalls(name) => Arc::make_mut(&mut smaller.script).tasks.remove(name).is_some(),
            Self::DropAttempt(name, place) => {
                let attempts = &mut Arc::make_mut(&mut smaller.script).tasks.get_mut(name)?.attempts;
                *place < attempts.len() && attempts.len() > 1 && {
                    attempts.remove(*place);
                    true
                }
            }
            Self::Calm(name) => {
                let entry = Arc::make_mut(&mut smaller.script).tasks.get_mut(name)?;
                entry.attempts.iter_mut().fold(false, |changed, attempt| {
                    let takes = std::mem::replace(&mut attempt.takes, Millis(1)) != Millis(1);
                    let fails = !matches!(attempt.then, Then::Returns(_));
                    if fails {
                        attempt.then = Then::default();
                    }
                    changed || takes || fails
                })
            }
        };
        let is_sound = is_well_formed(&smaller) || !is_well_formed(case);
        let stays_small = largest_place(&smaller) <= largest_place(case).max(LARGEST_PLACE)
            && most_sweeps(&smaller) <= most_sweeps(case).max(MOST_SWEEPS)
            && computed_paths(&smaller).is_subset(&computed_paths(case));
        (has_changed && is_sound && stays_small).then_some(smaller)
    }
}

/// The largest place in a list that a path may name without having been there: dataflow-rs fills a list up to any place, and a
/// text cut short may well be a path to the place 1,700,000,000.
const LARGEST_PLACE: u64 = 100;

/// The largest place in a list that a path of the definitions leads to.
fn largest_place(case: &Case) -> u64 {
    fn of_path(path: &str) -> u64 {
        let places = path.split('.').map(|segment| segment.trim_start_matches('#'));
        let places = places.filter(|place| !place.is_empty() && place.bytes().all(|byte| byte.is_ascii_digit()));
        places
            .map(|place| place.parse().unwrap_or(u64::MAX))
            .max()
            .unwrap_or_default()
    }
    fn of(value: &Value) -> u64 {
        match value {
            Value::Array(items) => items.iter().map(of).max().unwrap_or_default(),
            Value::Object(entries) => {
                let places = entries.iter().map(|(key, value)| match value.as_str() {
                    Some(text) if WRITTEN_TO.iter().any(|word| key.contains(word)) => of_path(text),
                    _ => of(value),
                });
                places.max().unwrap_or_default()
            }
            _ => 0,
        }
    }
    match &case.definition {
        Definition::Rules(rules) => rules.workflows.iter().map(of).max().unwrap_or_default(),
        Definition::Dag(_) => 0,
    }
}

/// What is in the keys of settings that say where something is written.
const WRITTEN_TO: [&str; 4] = ["path", "target", "output", "counter"];

/// The paths that are computed while the rules run: what a smaller expression gives, nobody knows.
fn computed_paths(case: &Case) -> BTreeSet<String> {
    fn add(value: &Value, paths: &mut BTreeSet<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| add(item, paths)),
            Value::Object(entries) => {
                for (key, value) in entries {
                    if (value.is_object() || value.is_array()) && WRITTEN_TO.iter().any(|word| key == word) {
                        paths.insert(value.to_string());
                    }
                    add(value, paths);
                }
            }
            _ => {}
        }
    }
    let mut paths = BTreeSet::new();
    if let Definition::Rules(rules) = &case.definition {
        rules.workflows.iter().for_each(|workflow| add(workflow, &mut paths));
    }
    paths
}

/// How often a loop may go round that did not do so before: without its beginning, one from 5,000,000,000 to
/// 5,000,000,003 would take years.
const MOST_SWEEPS: i128 = 100;

/// How often the longest loop goes round.
fn most_sweeps(case: &Case) -> i128 {
    let Definition::Rules(rules) = &case.definition else {
        return 0;
    };
    let sweeps = rules.workflows.iter().filter_map(|workflow| {
        let settings = workflow.get("loop")?;
        let number = |key: &str, default: i64| i128::from(settings[key].as_i64().unwrap_or(default));
        Some((number("max", 0) - number("init", 0)) / number("increment", 1).max(1))
    });
    sweeps.max().unwrap_or_default()
}

/// Whether its message and its replies are what they should be.
fn is_well_formed(case: &Case) -> bool {
    let is_reply = |then: &Then| match then {
        Then::Returns(output) => output.is_null() || Reply::deserialize(&**output).is_ok(),
        _ => true,
    };
    (case.input.is_null() || Message::deserialize(&*case.input).is_ok())
        && case
            .script
            .tasks
            .values()
            .flat_map(|entry| &entry.attempts)
            .all(|attempt| is_reply(&attempt.then))
}
