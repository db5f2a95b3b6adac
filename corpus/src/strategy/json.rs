//! Makes a JSON value smaller: take a part away, put a part in the place of the whole, put something small in its place,
//! shorten a text.
//!
//! A change counts only if it lowers the weight of the value, so whatever the order, making changes ends.

use std::sync::Arc;

use contract::Json;
use serde_json::Value;

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

pub(super) const SMALL: usize = 4;

/// How much there is to a value. Each step lowers it.
pub(super) fn weight(value: &Value) -> usize {
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

/// From halves down to single ones, the last first, as delta debugging does (Zeller, Hildebrandt, 2002).
pub(super) fn chunks(length: usize) -> Vec<(usize, usize)> {
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

impl Change {
    /// Whether it takes something away. Others put something plainer in its place.
    pub(super) fn is_drop(self) -> bool {
        match self {
            Self::Remove | Self::RemoveItems(..) | Self::Unwrap | Self::Part(_) | Self::Small(0) => true,
            Self::Small(_) | Self::DropEnd | Self::DropStart | Self::Halve => false,
        }
    }

    /// By how much it lowers the weight of `value`, if it can be made.
    pub(super) fn gain(self, value: &Value) -> usize {
        let whole = weight(value);
        let left = match self {
            Self::Remove => 0,
            Self::RemoveItems(from, count) => {
                let items = value.as_array().and_then(|items| items.get(from..from + count));
                whole - items.into_iter().flatten().map(weight).sum::<usize>()
            }
            Self::Unwrap => value.get("tasks").map_or(whole, weight),
            Self::Part(part) => parts(value).get(part).map_or(whole, |part| weight(part)),
            Self::Small(which) => weight(&small(which)),
            Self::DropEnd | Self::DropStart | Self::Halve => whole,
        };
        whole.saturating_sub(left)
    }
}

/// Every change of `value` and of its parts; the whole before its parts.
pub(super) fn visit(value: &Value, pointer: &mut String, change: &mut impl FnMut(&str, &Value, Change)) {
    if !pointer.is_empty() {
        change(pointer, value, Change::Remove);
    }
    for which in 0..SMALL {
        change(pointer, value, Change::Small(which));
    }
    if value.get("tasks").is_some() {
        change(pointer, value, Change::Unwrap);
    }
    // A part of a list, or of an expression; one of several entries is not what their object is.
    let has_alike = !matches!(value, Value::Object(entries) if entries.len() > 1);
    for part in 0..if has_alike { parts(value).len() } else { 0 } {
        change(pointer, value, Change::Part(part));
    }
    let length = pointer.len();
    match value {
        Value::String(text) => {
            if text.contains('.') {
                change(pointer, value, Change::DropEnd);
                change(pointer, value, Change::DropStart);
            }
            if text.len() > 1 {
                change(pointer, value, Change::Halve);
            }
        }
        Value::Array(items) => {
            for (from, count) in chunks(items.len()).into_iter().filter(|(_, count)| *count > 1) {
                change(pointer, value, Change::RemoveItems(from, count));
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
pub(super) fn parts(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(entries) => match (entries.len(), entries.values().next()) {
            (1, Some(Value::Array(operands))) => operands.iter().collect(),
            _ => entries.values().collect(),
        },
        _ => Vec::new(),
    }
}

pub(super) fn make_smaller_json(value: &mut Json, pointer: &str, change: Change) -> bool {
    make_smaller(Arc::make_mut(value), pointer, change)
}

/// Makes the change; `false` if there is nothing to change, or it would not make less of it.
pub(super) fn make_smaller(root: &mut Value, pointer: &str, change: Change) -> bool {
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
