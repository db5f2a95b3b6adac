//! The steps that make a rules case smaller.
//!
//! Definitions, messages and replies are JSON, so one set of changes fits them all: take a part away, put a part in the place
//! of the whole, put something small in its place, shorten a text. A change is a step only if it lowers the weight of the
//! case, so whatever the order, taking steps ends.

use std::collections::VecDeque;
use std::sync::Arc;

use contract::rules::{Message, Reply};
use contract::script::Then;
use contract::{Definition, Json, Millis, Rules};
use serde::Deserialize;
use serde_json::Value;

use crate::Case;

/// One way to make a rules case smaller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RulesStep {
    /// Drop workflows: how many, from which on.
    DropWorkflows(usize, usize),
    /// Change a value.
    Change(Root, String, Change),
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

/// A change of the part that a JSON pointer leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Take it away.
    Remove,
    /// Take several items of it away, if it is a list: how many, from which on.
    RemoveItems(usize, usize),
    /// Put the steps of a group in its place.
    Unwrap,
    /// Put one of its own parts in its place.
    Part(usize),
    /// Put something small in its place.
    Small(usize),
    /// Drop the last part of a path.
    DropEnd,
    /// Drop the first part of a path.
    DropStart,
    /// Keep half of a text.
    Halve,
}

/// What is put in the place of something larger.
fn small(which: usize) -> Value {
    match which {
        0 => Value::Null,
        1 => Value::Bool(true),
        2 => Value::from(1),
        _ => Value::from("x"),
    }
}

const SMALL: usize = 4;

/// How much there is to a value. Each step lowers it.
fn weight(value: &Value) -> usize {
    match value {
        Value::Null => 0,
        Value::Bool(true) => 1,
        Value::Bool(false) => 2,
        Value::Number(number) => 2 + number.to_string().len(),
        Value::String(text) => 4 + text.len(),
        Value::Array(items) => 5 + items.iter().map(|item| 1 + weight(item)).sum::<usize>(),
        Value::Object(entries) => {
            let part = |(key, part): (&String, &Value)| 1 + key.len() + weight(part);
            5 + entries.iter().map(part).sum::<usize>()
        }
    }
}

/// The steps of a rules case, those that take most away first.
pub(super) fn steps(case: &Case, rules: &Rules) -> VecDeque<RulesStep> {
    let mut steps = VecDeque::new();
    for (from, count) in chunks(rules.workflows.len()) {
        steps.push_back(RulesStep::DropWorkflows(from, count));
    }
    steps.push_back(RulesStep::DropErrorContext);
    steps.push_back(RulesStep::DropErrorLimit);
    steps.push_back(RulesStep::DropSecrets);
    // From the last, so that the places of the others stay what they are.
    for (place, workflow) in rules.workflows.iter().enumerate().rev() {
        add_changes(&mut steps, &Root::Workflow(place), workflow);
    }
    for (name, entry) in &case.script.tasks {
        steps.push_back(RulesStep::DropCalls(name.clone()));
        for (place, attempt) in entry.attempts.iter().enumerate().rev() {
            steps.push_back(RulesStep::DropAttempt(name.clone(), place));
            if let Then::Returns(reply) = &attempt.then {
                add_changes(&mut steps, &Root::Reply(name.clone(), place), reply);
            }
        }
        steps.push_back(RulesStep::Calm(name.clone()));
    }
    add_changes(&mut steps, &Root::Input, &case.input);
    steps.extend(rules.handlers.iter().cloned().map(RulesStep::DropHandler));
    if let Some(secrets) = &rules.secrets {
        add_changes(&mut steps, &Root::Secrets, secrets);
    }
    steps
}

/// From halves down to single ones, the last first, as delta debugging does (Zeller, Hildebrandt, 2002).
fn chunks(length: usize) -> Vec<(usize, usize)> {
    let mut chunks = Vec::new();
    let mut size = length.div_ceil(2);
    while size > 0 {
        chunks.extend(
            (0..length)
                .step_by(size)
                .rev()
                .map(|from| (from, size.min(length - from))),
        );
        size = if size == 1 { 0 } else { size.div_ceil(2) };
    }
    chunks
}

fn add_changes(steps: &mut VecDeque<RulesStep>, root: &Root, value: &Value) {
    let mut pointer = String::new();
    visit(value, &mut pointer, &mut |pointer, change| {
        steps.push_back(RulesStep::Change(root.clone(), pointer.to_owned(), change));
    });
}

/// Every change of `value` and of its parts; the whole before its parts.
fn visit(value: &Value, pointer: &mut String, change: &mut impl FnMut(&str, Change)) {
    if !pointer.is_empty() {
        change(pointer, Change::Remove);
    }
    for which in 0..SMALL {
        change(pointer, Change::Small(which));
    }
    if value.get("tasks").is_some() {
        change(pointer, Change::Unwrap);
    }
    for part in 0..parts(value).len() {
        change(pointer, Change::Part(part));
    }
    let length = pointer.len();
    match value {
        Value::String(text) => {
            if text.contains('.') {
                change(pointer, Change::DropEnd);
                change(pointer, Change::DropStart);
            }
            if text.len() > 1 {
                change(pointer, Change::Halve);
            }
        }
        Value::Array(items) => {
            for (from, count) in chunks(items.len()).into_iter().filter(|(_, count)| *count > 1) {
                change(pointer, Change::RemoveItems(from, count));
            }
            for (place, item) in items.iter().enumerate().rev() {
                pointer.push('/');
                pointer.push_str(&place.to_string());
                visit(item, pointer, change);
                pointer.truncate(length);
            }
        }
        Value::Object(entries) => {
            for (key, part) in entries {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                visit(part, pointer, change);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}

/// What may take the place of `value`: the operands of an operator, the items of a list, the parts of an object.
fn parts(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(entries) => match (entries.len(), entries.values().next()) {
            (1, Some(Value::Array(operands))) => operands.iter().collect(),
            _ => entries.values().collect(),
        },
        _ => Vec::new(),
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
        (has_changed && (is_well_formed(&smaller) || !is_well_formed(case))).then_some(smaller)
    }
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

fn make_smaller_json(value: &mut Json, pointer: &str, change: Change) -> bool {
    make_smaller(Arc::make_mut(value), pointer, change)
}

/// Makes the change; `false` if there is nothing to change, or it would not make less of it.
fn make_smaller(root: &mut Value, pointer: &str, change: Change) -> bool {
    let before = weight(root);
    apply(root, pointer, change).is_some() && weight(root) < before
}

fn apply(root: &mut Value, pointer: &str, change: Change) -> Option<()> {
    match change {
        Change::Remove => remove(root, pointer).map(|_| ()),
        Change::Unwrap => {
            let group = remove(root, pointer)?;
            let Value::Array(steps) = group.get("tasks")?.clone() else {
                return None;
            };
            let (parent, place) = pointer.rsplit_once('/')?;
            let place: usize = place.parse().ok()?;
            let siblings = root.pointer_mut(parent)?.as_array_mut()?;
            siblings.splice(place..place, steps);
            Some(())
        }
        _ => {
            let value = root.pointer_mut(pointer)?;
            match change {
                Change::RemoveItems(from, count) => {
                    let items = value.as_array_mut()?;
                    (from + count <= items.len()).then(|| drop(items.drain(from..from + count)))?;
                }
                Change::Part(part) => *value = (*parts(value).get(part)?).clone(),
                Change::Small(which) => {
                    let new = small(which);
                    if weight(&new) >= weight(value) {
                        return None;
                    }
                    *value = new;
                }
                Change::DropEnd => *value = value.as_str()?.rsplit_once('.')?.0.into(),
                Change::DropStart => *value = value.as_str()?.split_once('.')?.1.into(),
                Change::Halve => {
                    let text = value.as_str()?;
                    let half = text.chars().count() / 2;
                    *value = text.chars().take(half).collect::<String>().into();
                }
                Change::Remove | Change::Unwrap => return None,
            }
            Some(())
        }
    }
}

/// Takes away what `pointer` leads to.
fn remove(root: &mut Value, pointer: &str) -> Option<Value> {
    let (parent, key) = pointer.rsplit_once('/')?;
    match root.pointer_mut(parent)? {
        Value::Object(entries) => entries.remove(&key.replace("~1", "/").replace("~0", "~")),
        Value::Array(items) => {
            let place: usize = key.parse().ok()?;
            (place < items.len()).then(|| items.remove(place))
        }
        _ => None,
    }
}
