//! What happens to JSON on its way through an engine that is careless with it.

use serde_json::{Map, Number, Value};

/// `value` with each number, text, list and object in it, at any depth, as `change` makes it; from within.
fn changed(value: &Value, change: &dyn Fn(Value) -> Value) -> Value {
    let inner = match value {
        Value::Array(items) => items.iter().map(|item| changed(item, change)).collect(),
        Value::Object(entries) => {
            let entries = entries.iter();
            Value::Object(
                entries
                    .map(|(key, value)| (key.clone(), changed(value, change)))
                    .collect(),
            )
        }
        other => other.clone(),
    };
    change(inner)
}

fn numbers(value: &Value, change: fn(&Number) -> Option<Number>) -> Value {
    changed(value, &|inner| match &inner {
        Value::Number(number) => change(number).map_or_else(|| inner.clone(), Value::Number),
        _ => inner,
    })
}

/// Every whole number as a float.
pub(super) fn with_floats(value: &Value) -> Value {
    numbers(value, |number| Number::from_f64(number.as_f64()?))
}

/// Whole numbers that a float cannot hold exactly as the whole number that it holds instead.
pub(super) fn with_lost_digits(value: &Value) -> Value {
    numbers(value, |number| Some(Number::from(number.as_i64()? as f64 as i64)))
}

/// Integers above the largest `i64` as the largest `i64`.
pub(super) fn clamped(value: &Value) -> Value {
    numbers(value, |number| {
        number.as_u64().map(|big| Number::from(big.min(i64::MAX as u64)))
    })
}

/// Integers cut to 32 bits.
pub(super) fn in_32_bits(value: &Value) -> Value {
    numbers(value, |number| Some(Number::from(number.as_i64()? as i32)))
}

/// Floats in single precision.
pub(super) fn in_single_precision(value: &Value) -> Value {
    numbers(value, |number| {
        let float = number.as_f64().filter(|_| number.is_f64())?;
        Number::from_f64(f64::from(float as f32))
    })
}

/// Without the fields that are null.
pub(super) fn without_nulls(value: &Value) -> Value {
    changed(value, &|inner| match inner {
        Value::Object(entries) => Value::Object(
            entries
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .collect::<Map<_, _>>(),
        ),
        other => other,
    })
}

/// Empty texts as null.
pub(super) fn without_empty_texts(value: &Value) -> Value {
    changed(value, &|inner| if inner == "" { Value::Null } else { inner })
}

/// Texts and keys cut down to the characters of ASCII.
pub(super) fn in_ascii(value: &Value) -> Value {
    let ascii = |text: &str| {
        text.chars()
            .map(|found| if found.is_ascii() { found } else { '?' })
            .collect::<String>()
    };
    changed(value, &|inner| match inner {
        Value::String(text) => ascii(&text).into(),
        Value::Object(entries) => Value::Object(entries.into_iter().map(|(key, value)| (ascii(&key), value)).collect()),
        other => other,
    })
}

/// Texts with what combines to one character as that character, as far as `é` goes.
pub(super) fn composed(value: &Value) -> Value {
    changed(value, &|inner| match inner {
        Value::String(text) => text.replace("e\u{301}", "é").into(),
        other => other,
    })
}

/// Texts without the blanks around them.
pub(super) fn trimmed(value: &Value) -> Value {
    changed(value, &|inner| match inner {
        Value::String(text) => text.trim().into(),
        other => other,
    })
}

/// Texts that look like something else as that.
pub(super) fn guessed(value: &Value) -> Value {
    changed(value, &|inner| match &inner {
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(read) if !read.is_string() => read,
            _ => inner,
        },
        _ => inner,
    })
}
