//! The context while it is worked on: values in an arena that are never changed, only replaced.
//!
//! A write makes new slices along its path and shares all the rest, so what was there before it, what it wrote and the
//! context after it are one set of values, and none of them is copied until the run ends.

use contract::{Behaviour, BehaviourSet};
use datalogic_rs::bumpalo::Bump;
use datalogic_rs::datavalue::{DataValue, NumberValue};

use crate::rules::program::Segment;

/// The entries of an object.
pub(super) type Entries<'a> = &'a [(&'a str, DataValue<'a>)];

/// One step of a path: literal ones are split beforehand, computed ones live in the arena.
pub(super) trait Step {
    fn index(&self) -> Option<usize>;
    fn key(&self) -> &str;
    fn is_escaped(&self) -> bool;
}

impl Step for Segment {
    fn index(&self) -> Option<usize> {
        self.index
    }

    fn key(&self) -> &str {
        &self.key
    }

    fn is_escaped(&self) -> bool {
        self.is_escaped
    }
}

/// A step of a path that was computed.
#[derive(Clone, Copy)]
pub(super) struct ComputedStep<'a> {
    index: Option<usize>,
    key: &'a str,
    is_escaped: bool,
}

impl<'a> ComputedStep<'a> {
    /// Splits a path.
    pub(super) fn split(arena: &'a Bump, path: &'a str) -> &'a [Self] {
        let count = path.split('.').count();
        let mut segments = path.split('.');
        arena.alloc_slice_fill_with(count, |_| {
            let raw = segments.next().unwrap_or_default();
            let stripped = raw.strip_prefix('#');
            Self {
                index: raw.parse().ok(),
                key: stripped.unwrap_or(raw),
                is_escaped: stripped.is_some(),
            }
        })
    }
}

impl Step for ComputedStep<'_> {
    fn index(&self) -> Option<usize> {
        self.index
    }

    fn key(&self) -> &str {
        self.key
    }

    fn is_escaped(&self) -> bool {
        self.is_escaped
    }
}

/// The first value of `key`.
pub(super) fn field<'a>(value: DataValue<'a>, key: &str) -> Option<DataValue<'a>> {
    match value {
        DataValue::Object(entries) => entries.iter().find(|(name, _)| *name == key).map(|(_, value)| *value),
        _ => None,
    }
}

/// What is at the end of a path.
pub(super) fn get<'a>(value: DataValue<'a>, steps: &[impl Step]) -> Option<DataValue<'a>> {
    steps.iter().try_fold(value, |value, step| match value {
        DataValue::Object(_) => field(value, step.key()),
        DataValue::Array(items) => items.get(step.index()?).copied(),
        _ => None,
    })
}

/// What is at the end of a dotted path that is not split: `""` is the value itself.
pub(super) fn get_dotted<'a>(value: DataValue<'a>, path: &str) -> Option<DataValue<'a>> {
    if path.is_empty() {
        return Some(value);
    }
    path.split('.').try_fold(value, |value, raw| match value {
        DataValue::Object(_) => field(value, raw.strip_prefix('#').unwrap_or(raw)),
        DataValue::Array(items) => items.get(raw.parse::<usize>().ok()?).copied(),
        _ => None,
    })
}

/// `current` with `value` at the end of a path. `None`: the path leads through something that has no such place, and the write
/// does nothing.
pub(super) fn set<'a, S: Step>(
    arena: &'a Bump,
    current: DataValue<'a>,
    steps: &'a [S],
    value: DataValue<'a>,
    reached: &mut BehaviourSet,
) -> Option<DataValue<'a>> {
    let (step, rest) = steps.split_first()?;
    match current {
        DataValue::Object(entries) => {
            if step.is_escaped() {
                reached.insert(Behaviour::HashStripped);
            } else if step.index().is_some() {
                reached.insert(Behaviour::NumericKeyOnObject);
            }
            let key = step.key();
            let place = entries.iter().position(|(name, _)| *name == key);
            let child = match (rest, place) {
                ([], _) => value,
                (_, Some(place)) => set(arena, entries[place].1, rest, value, reached)?,
                (_, None) => set(arena, container_for(&rest[0], reached), rest, value, reached)?,
            };
            Some(DataValue::Object(match place {
                Some(place) => with_value(arena, entries, place, child),
                None => with_entry(arena, entries, key, child),
            }))
        }
        DataValue::Array(items) => {
            let Some(index) = step.index() else {
                reached.insert(Behaviour::MapNamedKeyOnArray);
                return None;
            };
            if index > items.len() {
                reached.insert(Behaviour::ArrayPadded);
            }
            let child = match (rest, items.get(index)) {
                ([], _) => value,
                (_, None | Some(DataValue::Null)) => {
                    set(arena, container_for(&rest[0], reached), rest, value, reached)?
                }
                (_, Some(item)) => set(arena, *item, rest, value, reached)?,
            };
            let length = items.len().max(index + 1);
            Some(DataValue::Array(arena.alloc_slice_fill_with(length, |place| {
                if place == index {
                    child
                } else {
                    items.get(place).copied().unwrap_or(DataValue::Null)
                }
            })))
        }
        _ => {
            reached.insert(Behaviour::MapThroughScalar);
            None
        }
    }
}

/// What is made where a path leads and nothing is: a list if the next step can be a place in one.
fn container_for<'a>(next: &impl Step, reached: &mut BehaviourSet) -> DataValue<'a> {
    if next.index().is_some() {
        reached.insert(Behaviour::ArrayCreated);
        return DataValue::Array(&[]);
    }
    if next.is_escaped() && next.key().parse::<usize>().is_ok() {
        reached.insert(Behaviour::HashForcesObject);
    }
    DataValue::Object(&[])
}

/// `entries` with another value at `place`.
pub(super) fn with_value<'a>(arena: &'a Bump, entries: Entries<'a>, place: usize, value: DataValue<'a>) -> Entries<'a> {
    let copy = arena.alloc_slice_copy(entries);
    copy[place].1 = value;
    copy
}

/// `entries` with one more.
pub(super) fn with_entry<'a>(arena: &'a Bump, entries: Entries<'a>, key: &'a str, value: DataValue<'a>) -> Entries<'a> {
    arena.alloc_slice_fill_with(entries.len() + 1, |place| {
        entries.get(place).copied().unwrap_or((key, value))
    })
}

/// `entries` with the first value of `key` replaced, or with one more.
pub(super) fn with<'a>(arena: &'a Bump, entries: Entries<'a>, key: &'a str, value: DataValue<'a>) -> Entries<'a> {
    match entries.iter().position(|(name, _)| *name == key) {
        Some(place) => with_value(arena, entries, place, value),
        None => with_entry(arena, entries, key, value),
    }
}

/// `entries` with those of `more` replaced or added, one after the other.
pub(super) fn merged<'a>(arena: &'a Bump, entries: Entries<'a>, more: Entries<'a>) -> Entries<'a> {
    let mut merged = entries.to_vec();
    for (key, value) in more {
        match merged.iter_mut().find(|(name, _)| name == key) {
            Some(entry) => entry.1 = *value,
            None => merged.push((key, *value)),
        }
    }
    arena.alloc_slice_copy(&merged)
}

/// An integer.
pub(super) fn integer<'a>(value: i64) -> DataValue<'a> {
    DataValue::Number(NumberValue::Integer(value))
}

#[cfg(test)]
mod tests {
    use datalogic_rs::datavalue::OwnedDataValue;

    use super::*;

    #[track_caller]
    fn check(before: &str, path: &str, expected: Option<&str>) {
        let arena = Bump::new();
        let value = OwnedDataValue::from_json(before).expect("JSON").to_arena(&arena);
        let mut reached = BehaviourSet::EMPTY;
        let steps = ComputedStep::split(&arena, arena.alloc_str(path));
        let after = set(&arena, value, steps, integer(7), &mut reached);
        assert_eq!(
            after.map(|after| after.to_owned().to_json_string()).as_deref(),
            expected,
            "{before} {path}"
        );
        if let Some(after) = after {
            assert_eq!(get(after, steps).and_then(|value| value.as_i64()), Some(7));
            let found = get_dotted(after, path).and_then(|value| value.as_i64());
            assert_eq!(found, Some(7).filter(|_| !path.is_empty()));
        }
        assert_eq!(value.to_owned(), OwnedDataValue::from_json(before).expect("JSON"));
    }

    #[test]
    fn a_write_replaces_or_adds_and_keeps_the_order() {
        check(r#"{"b":1,"a":2}"#, "b", Some(r#"{"b":7,"a":2}"#));
        check(r#"{"b":1}"#, "a.c", Some(r#"{"b":1,"a":{"c":7}}"#));
        check(r#"{"a":{"x":1}}"#, "a.y", Some(r#"{"a":{"x":1,"y":7}}"#));
        check("{}", "", Some(r#"{"":7}"#));
    }

    #[test]
    fn a_missing_container_is_a_list_if_a_number_follows() {
        check("{}", "a.2.b", Some(r#"{"a":[null,null,{"b":7}]}"#));
        check("{}", "a.#2", Some(r#"{"a":{"2":7}}"#));
        check(r#"{"a":{}}"#, "a.2", Some(r#"{"a":{"2":7}}"#));
        check(r#"{"a":[1]}"#, "a.3", Some(r#"{"a":[1,null,null,7]}"#));
        check(r#"{"a":[null]}"#, "a.0.0", Some(r#"{"a":[[7]]}"#));
    }

    #[test]
    fn a_write_through_what_has_no_such_place_does_nothing() {
        check(r#"{"a":"s"}"#, "a.b", None);
        check(r#"{"a":null}"#, "a.b", None);
        check(r#"{"a":[1]}"#, "a.k", None);
        check(r#"{"a":[1]}"#, "a.0.k", None);
        check(r#"{"a":[1]}"#, "a.#0", None);
    }

    #[test]
    fn merging_replaces_and_adds_in_turn() {
        let arena = Bump::new();
        let entries = |text: &str| match OwnedDataValue::from_json(text).expect("JSON").to_arena(&arena) {
            DataValue::Object(entries) => entries,
            _ => &[],
        };
        let merged = merged(&arena, entries(r#"{"b":1,"a":2}"#), entries(r#"{"c":3,"b":4}"#));
        assert_eq!(
            DataValue::Object(merged).to_owned().to_json_string(),
            r#"{"b":4,"a":2,"c":3}"#
        );
    }
}
