//! JSON values: numbers exactly, missing is not null, the order of keys apart.

use serde_json::Value;

use super::Findings;
use crate::divergence::Aspect;

/// How much of a value is shown.
const SHOWN: usize = 120;

/// Notes each place in which two values differ. `None` is a missing value.
pub(super) fn compare(path: &str, [baseline, new]: [Option<&Value>; 2], aspect: Aspect, found: &mut Findings) {
    match (baseline, new) {
        (Some(Value::Object(expected)), Some(Value::Object(seen))) => {
            for (key, value) in expected {
                compare(&format!("{path}.{key}"), [Some(value), seen.get(key)], aspect, found);
            }
            for (key, value) in seen.iter().filter(|(key, _)| !expected.contains_key(*key)) {
                compare(&format!("{path}.{key}"), [None, Some(value)], aspect, found);
            }
        }
        (Some(Value::Array(expected)), Some(Value::Array(seen))) => {
            for index in 0..expected.len().max(seen.len()) {
                compare(
                    &format!("{path}[{index}]"),
                    [expected.get(index), seen.get(index)],
                    aspect,
                    found,
                );
            }
        }
        (expected, seen) if is_same(expected, seen) => {}
        (expected, seen) => found.add(aspect, path, show(expected), show(seen)),
    }
}

/// Whether two values are the same to the last bit.
pub(super) fn are_equal(baseline: &Value, new: &Value) -> bool {
    match (baseline, new) {
        (Value::Object(expected), Value::Object(seen)) => {
            expected.len() == seen.len()
                && expected
                    .iter()
                    .all(|(key, value)| seen.get(key).is_some_and(|other| are_equal(value, other)))
        }
        (Value::Array(expected), Value::Array(seen)) => {
            expected.len() == seen.len() && expected.iter().zip(seen).all(|(left, right)| are_equal(left, right))
        }
        (expected, seen) => is_same(Some(expected), Some(seen)),
    }
}

/// `serde_json` keeps integers and floats apart, so `1` is not `1.0`; but `0.0 == -0.0`, and those two are told apart here.
pub(super) fn is_same(baseline: Option<&Value>, new: Option<&Value>) -> bool {
    match (baseline, new) {
        (Some(Value::Number(expected)), Some(Value::Number(seen))) if expected.is_f64() && seen.is_f64() => {
            expected.as_f64().map(f64::to_bits) == seen.as_f64().map(f64::to_bits)
        }
        (expected, seen) => expected == seen,
    }
}

/// A value as JSON, cut where it gets long.
pub(super) fn show(value: Option<&Value>) -> String {
    let Some(value) = value else {
        return "missing".to_owned();
    };
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{}… ({} bytes)", &text[..cut], text.len()),
        None => text,
    }
}
