//! JSON, value by value: as dataflow-rs holds it, with keys in order, and as `serde_json` does.

use std::collections::BTreeMap;

use datalogic_rs::datavalue::{NumberValue, OwnedDataValue};
use serde_json::Value;

use super::MISSING;
use super::path::Path;
use super::scope::Scope;
use super::text::{Alike, alike};
use crate::compare::value::is_same;

/// How many keys of an object are listed.
const KEYS: usize = 12;

impl Scope<'_> {
    /// Notes each place in which two values differ. Walks both at once: where nothing differs, nothing is written down.
    pub(super) fn tree(&mut self, path: &Path<'_>, both: [&OwnedDataValue; 2]) {
        use OwnedDataValue::{Array, Bool, DateTime, Duration, Null, Number, Object, String};
        let is_same = match both {
            [Null, Null] => true,
            [Bool(one), Bool(other)] => one == other,
            [Number(one), Number(other)] => is_same_number(*one, *other),
            [String(one), String(other)] => match alike([one, other], self.own()) {
                Alike::Exactly => true,
                Alike::ButForOwn => return self.mask(),
                Alike::No => false,
            },
            [Array(one), Array(other)] => {
                for (index, (one, other)) in one.iter().zip(other).enumerate() {
                    self.tree(&path.index(index), [one, other]);
                }
                return self.rests(path, [one, other]);
            }
            [Object(one), Object(other)] => return self.objects(path, [one, other]),
            [DateTime(_) | Duration(_), DateTime(_) | Duration(_)] => {
                both[0].to_json_string() == both[1].to_json_string()
            }
            _ => false,
        };
        if !is_same {
            self.note(path, || shown(both));
        }
    }

    /// What one list has beyond the end of the other.
    fn rests(&mut self, path: &Path<'_>, [one, other]: [&[OwnedDataValue]; 2]) {
        for (index, value) in one.iter().enumerate().skip(other.len()) {
            self.note(&path.index(index), || [value.to_json_string(), MISSING.to_owned()]);
        }
        for (index, value) in other.iter().enumerate().skip(one.len()) {
            self.note(&path.index(index), || [MISSING.to_owned(), value.to_json_string()]);
        }
    }

    fn objects(&mut self, path: &Path<'_>, [one, other]: [&[(String, OwnedDataValue)]; 2]) {
        let own = self.own();
        let key_alike = |((key, _), (other_key, _)): (&(String, _), &(String, _))| alike([key, other_key], own);
        // Nearly always both have the same keys in the same order.
        if one.len() == other.len() && one.iter().zip(other).all(|pair| key_alike(pair) != Alike::No) {
            for (entry, other_entry) in one.iter().zip(other) {
                if key_alike((entry, other_entry)) == Alike::ButForOwn {
                    self.mask();
                }
                self.tree(&path.key(&entry.0), [&entry.1, &other_entry.1]);
            }
            return;
        }
        // A key may be there twice: then the first is held against the first.
        let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, (key, _)) in other.iter().enumerate().rev() {
            places.entry(key).or_default().push(place);
        }
        let mut common = Vec::new();
        for (key, value) in one {
            let below = path.key(key);
            if let Some(place) = places.get_mut(key.as_str()).and_then(Vec::pop) {
                common.push(place);
                self.tree(&below, [value, &other[place].1]);
            } else {
                self.note(&below, || [value.to_json_string(), MISSING.to_owned()]);
            }
        }
        let mut extra: Vec<usize> = places.into_values().flatten().collect();
        extra.sort_unstable();
        for (key, value) in extra.into_iter().map(|place| &other[place]) {
            self.note(&path.key(key), || [MISSING.to_owned(), value.to_json_string()]);
        }
        if !common.is_sorted() {
            let mut sorted = common.clone();
            sorted.sort_unstable();
            let first = common
                .iter()
                .zip(&sorted)
                .take_while(|(one, other)| one == other)
                .count();
            self.note(path, || [common, sorted].map(|places| order(&places, first, other)));
        }
    }

    /// As [`Self::tree`], for JSON whose keys have no order.
    pub(super) fn json(&mut self, path: &Path<'_>, both: [&Value; 2]) {
        let is_same = match both {
            [Value::String(one), Value::String(other)] => match alike([one, other], self.own()) {
                Alike::Exactly => true,
                Alike::ButForOwn => return self.mask(),
                Alike::No => false,
            },
            [Value::Array(one), Value::Array(other)] if one.len() == other.len() => {
                for (index, (one, other)) in one.iter().zip(other).enumerate() {
                    self.json(&path.index(index), [one, other]);
                }
                return;
            }
            [Value::Object(one), Value::Object(other)] => {
                for (key, value) in one {
                    let below = path.key(key);
                    match other.get(key) {
                        Some(other) => self.json(&below, [value, other]),
                        None => self.note(&below, || [value.to_string(), MISSING.to_owned()]),
                    }
                }
                for (key, value) in other.iter().filter(|(key, _)| !one.contains_key(*key)) {
                    self.note(&path.key(key), || [MISSING.to_owned(), value.to_string()]);
                }
                return;
            }
            [one, other] => is_same(Some(one), Some(other)),
        };
        if !is_same {
            self.note(path, || both.map(Value::to_string));
        }
    }
}

/// Floats by their bits: 0.0 is not -0.0, and not-a-number is itself.
fn is_same_number(one: NumberValue, other: NumberValue) -> bool {
    match (one, other) {
        (NumberValue::Integer(one), NumberValue::Integer(other)) => one == other,
        (NumberValue::Float(one), NumberValue::Float(other)) => one.to_bits() == other.to_bits(),
        _ => false,
    }
}

/// Two values as JSON. Where that does not tell them apart (an endless number is written as `null`), with their kinds.
fn shown(both: [&OwnedDataValue; 2]) -> [String; 2] {
    let texts = both.map(OwnedDataValue::to_json_string);
    if texts[0] != texts[1] {
        return texts;
    }
    let kind = |value: &OwnedDataValue| match value {
        OwnedDataValue::Null => "null".to_owned(),
        OwnedDataValue::Bool(_) => "a boolean".to_owned(),
        OwnedDataValue::Number(NumberValue::Integer(_)) => "an integer".to_owned(),
        OwnedDataValue::Number(NumberValue::Float(float)) => format!("the float {:#x}", float.to_bits()),
        OwnedDataValue::String(_) => "text".to_owned(),
        OwnedDataValue::Array(_) => "a list".to_owned(),
        OwnedDataValue::Object(_) => "an object".to_owned(),
        OwnedDataValue::DateTime(_) => "a date".to_owned(),
        OwnedDataValue::Duration(_) => "a duration".to_owned(),
    };
    both.map(|value| format!("{} ({})", value.to_json_string(), kind(value)))
}

/// The keys at `places`, from the first that is out of place.
fn order(places: &[usize], first: usize, object: &[(String, OwnedDataValue)]) -> String {
    let shown: Vec<&str> = places[first..]
        .iter()
        .take(KEYS)
        .map(|place| object[*place].0.as_str())
        .collect();
    let before = if first > 0 { "…, " } else { "" };
    let after = if places.len() > first + KEYS { ", …" } else { "" };
    format!("keys in the order {before}{}{after}", shown.join(", "))
}
