//! JSON values for inputs and outputs: ordinary ones, and the ones that get lost on the way.
//!
//! There is no -0.0 and nothing that JSON cannot say; integers above the largest `i64` only where the case may use them.

use std::sync::Arc;

use contract::Json;
use serde_json::{Map, Number, Value};

use super::draw::Draw;

const WORDS: [&str; 8] = ["order", "invoice", "paid", "ready", "north", "blue", "x", "42"];
const ODD_STRINGS: [&str; 14] = [
    "",
    " ",
    "true",
    "null",
    "0.1",
    "Größe 数 🎉",
    "e\u{301}",
    "line\nbreak\ttab",
    "quote \" back\\slash",
    "<b>bold</b> & <script>alert(1)</script>",
    "\u{1b}[31mred\u{1b}[0m",
    "\u{202e}reversed",
    "nul\0inside",
    "${input} {{tasks}} %s",
];
const ODD_INTEGERS: [i64; 8] = [
    i64::MAX,
    i64::MIN,
    i64::MAX - 1,
    1 << 53,
    (1 << 53) + 1,
    -(1 << 53) - 1,
    u32::MAX as i64 + 1,
    i32::MIN as i64,
];
const ODD_FLOATS: [f64; 9] = [0.1, 0.2, 1.5, -2.25, 1e300, -1e300, 5e-324, 1e21, 0.1 + 0.2];
const BIG_INTEGERS: [u64; 3] = [i64::MAX as u64 + 1, u64::MAX, u64::MAX - 1];
const KEYS: [&str; 8] = ["n", "name", "ok", "total", "items", "state", "größe", "a b"];

/// A value of any kind, an object or a list as likely as not.
pub(super) fn any(draw: &mut Draw) -> Value {
    match draw.below(10) {
        0..2 => object(draw),
        2 => list(draw),
        _ => scalar(draw),
    }
}

/// A value, shared.
pub(super) fn shared(draw: &mut Draw) -> Json {
    Arc::new(any(draw))
}

/// The input of a run, mostly an object to be read from.
pub(super) fn input(draw: &mut Draw) -> Json {
    if draw.chance(0.1) {
        return shared(draw);
    }
    let mut entries = Map::new();
    entries.insert("n".into(), Value::from(draw.between(0, 100)));
    entries.insert("flag".into(), Value::Bool(draw.chance(0.5)));
    entries.insert("name".into(), Value::from(*draw.pick(&WORDS)));
    if draw.chance(0.4) {
        entries.insert("more".into(), any(draw));
    }
    if draw.chance(0.3) {
        entries.insert("items".into(), list(draw));
    }
    Arc::new(Value::Object(entries))
}

/// A number, a string, a boolean or nothing.
pub(super) fn scalar(draw: &mut Draw) -> Value {
    match draw.below(16) {
        0..5 => Value::from(draw.between(0, 1000).cast_signed() - 200),
        5 => Value::from(*draw.pick(&ODD_INTEGERS)),
        6 => float(*draw.pick(&ODD_FLOATS)),
        7 => float(draw.between(1, 99_999) as f64 / 100.0),
        8..11 => Value::from(*draw.pick(&WORDS)),
        11..13 => Value::from(*draw.pick(&ODD_STRINGS)),
        13..15 => Value::Bool(draw.chance(0.5)),
        _ => Value::Null,
    }
}

/// An integer that only an unsigned 64-bit one can hold.
pub(super) fn big_integer(draw: &mut Draw) -> Value {
    Value::from(*draw.pick(&BIG_INTEGERS))
}

/// A list, often short, sometimes empty.
pub(super) fn list(draw: &mut Draw) -> Value {
    let length = draw.below(5);
    Value::Array((0..length).map(|_| scalar(draw)).collect())
}

fn object(draw: &mut Draw) -> Value {
    let mut entries = Map::new();
    for _ in 0..draw.below(4) {
        let value = if draw.chance(0.15) { list(draw) } else { scalar(draw) };
        entries.insert((*draw.pick(&KEYS)).to_owned(), value);
    }
    if draw.chance(0.1) {
        let inner = Value::Object(Map::from_iter([("deep".to_owned(), scalar(draw))]));
        entries.insert("inner".to_owned(), inner);
    }
    Value::Object(entries)
}

fn float(value: f64) -> Value {
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

/// Descends into `value` to something without parts, and writes the way there to `path`, as JSONLogic's `var` reads it.
pub(super) fn leaf<'a>(mut value: &'a Value, path: &mut String, draw: &mut Draw) -> &'a Value {
    use std::fmt::Write;
    loop {
        match value {
            Value::Object(entries) if !entries.is_empty() => {
                let place = draw.below(entries.len());
                let Some((key, inner)) = entries.iter().nth(place) else {
                    return value;
                };
                path.push('.');
                path.push_str(key);
                value = inner;
            }
            Value::Array(items) if !items.is_empty() => {
                let place = draw.below(items.len());
                // Writing to a string cannot fail.
                let _ = write!(path, ".{place}");
                value = &items[place];
            }
            _ => return value,
        }
    }
}
