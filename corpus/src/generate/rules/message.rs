//! The message: data that there is something to read in, and what is odd about messages.

use contract::rules::Message;
use serde_json::{Map, Value, json};

use super::draft::Draft;
use super::texts;
use crate::generate::{hostile, values};

const NAMES: [&str; 7] = ["Ada", "north", "paid", "Größe 数 🎉", "x-1", "", "42"];

/// Draws the message, and takes what it holds into the sketch.
pub(super) fn message(draft: &mut Draft) -> Message {
    let message = Message {
        payload: payload(draft),
        data: root(draft, data),
        metadata: root(draft, metadata),
        temp_data: root(draft, temp_data),
        channel: draft.channel.clone(),
        routing_bucket: draft.draw.chance(0.4).then(|| bucket(draft)),
        capture_changes: !draft.draw.chance(0.15),
        trace: draft.draw.chance(0.18),
    };
    draft.payload.learn("payload", &message.payload);
    for (name, value) in [
        ("data", &message.data),
        ("metadata", &message.metadata),
        ("temp_data", &message.temp_data),
    ] {
        if value.is_object() {
            draft.sketch.learn(name, value);
        }
    }
    for stamp in ["metadata.processed_at", "metadata.engine_version"] {
        draft.sketch.forget(stamp);
    }
    message
}

fn bucket(draft: &mut Draft) -> u8 {
    *draft.draw.pick(&[0, 1, 9, 10, 49, 50, 75, 99, 100, 255])
}

/// A root of the context: seldom missing, and very seldom no object, which counts as empty.
fn root(draft: &mut Draft, fill: impl Fn(&mut Draft) -> Map<String, Value>) -> Value {
    match draft.draw.below(60) {
        0..4 => Value::Null,
        4 => values::scalar(&mut draft.draw),
        _ => Value::Object(fill(draft)),
    }
}

fn data(draft: &mut Draft) -> Map<String, Value> {
    let mut data = Map::new();
    data.insert("n".into(), Value::from(draft.draw.between(0, 100)));
    for (key, share) in [
        ("total", 0.5),
        ("name", 0.6),
        ("flag", 0.4),
        ("numbers", 0.4),
        ("items", 0.5),
        ("customer", 0.5),
        ("when", 0.3),
        ("doc", 0.3),
        ("xml", 0.3),
        ("edge", 0.2),
        ("nothing", 0.1),
        ("a.b", 0.12),
        ("more", 0.1),
    ] {
        if draft.draw.chance(share) {
            data.insert(key.to_owned(), entry(draft, key));
        }
    }
    if draft.temper.hostile {
        data.insert(hostile::text(&mut draft.draw).to_owned(), Value::from(1));
    }
    data
}

fn entry(draft: &mut Draft, key: &str) -> Value {
    let draw = &mut draft.draw;
    match key {
        "total" => json!(draw.between(0, 20_000) as f64 / 4.0),
        "name" => (*draw.pick(&NAMES)).into(),
        "flag" => draw.chance(0.7).into(),
        "numbers" => (0..draw.below(5))
            .map(|_| Value::from(draw.between(0, 40).cast_signed() - 10))
            .collect(),
        "items" => (0..draw.below(4)).map(|id| row(draft, id)).collect(),
        "customer" => json!({
            "name": *draw.pick(&NAMES),
            "age": draw.between(0, 90),
            "tags": &["vip", "eu"][..draw.below(3)],
            "address": { "city": *draw.pick(&NAMES), "zip": draw.between(10_000, 99_999).to_string() },
        }),
        "when" => texts::date(draw).into(),
        "doc" => texts::json(draw).into(),
        "xml" => texts::xml(draw).into(),
        "edge" => edge(draft),
        "a.b" => json!({ "c": draw.below(9) }),
        "more" => values::any(draw),
        _ => Value::Null,
    }
}

fn row(draft: &mut Draft, id: usize) -> Value {
    let draw = &mut draft.draw;
    json!({ "id": id, "name": *draw.pick(&NAMES), "price": draw.between(0, 400) as f64 / 8.0 })
}

/// A number at the edge of what numbers can be.
pub(super) fn edge(draft: &mut Draft) -> Value {
    match draft.draw.below(12) {
        0 => i64::MAX.into(),
        1 => i64::MIN.into(),
        2 => u64::MAX.into(),
        3 => (i64::MAX as u64 + 1).into(),
        4 => json!(-0.0),
        5 => json!(1.0),
        6 => json!(1e300),
        7 => json!(5e-324),
        8 => json!(0.1),
        9 => ((1_i64 << 53) + 1).into(),
        10 => json!(-2.5),
        _ => json!(1e21),
    }
}

fn metadata(draft: &mut Draft) -> Map<String, Value> {
    let draw = &mut draft.draw;
    let mut metadata = Map::new();
    if draw.chance(0.5) {
        metadata.insert("source".into(), (*draw.pick(&["api", "batch"])).into());
        metadata.insert("version".into(), draw.between(1, 3).into());
    }
    if draw.chance(0.08) {
        metadata.insert("progress".into(), values::scalar(draw));
    }
    if draw.chance(0.04) {
        let taken = *draw.pick(&["processed_at", "engine_version", "channel", "errors"]);
        metadata.insert(taken.into(), values::scalar(draw));
    }
    metadata
}

fn temp_data(draft: &mut Draft) -> Map<String, Value> {
    let draw = &mut draft.draw;
    let mut temp_data = Map::new();
    if draw.chance(0.4) {
        temp_data.insert("slot".into(), (*draw.pick(&["alpha", "beta", "a.b", "0"])).into());
        temp_data.insert("count".into(), draw.between(0, 5).into());
    }
    if draw.chance(0.05) {
        temp_data.insert("errors".into(), values::scalar(draw));
    }
    temp_data
}

fn payload(draft: &mut Draft) -> Value {
    let draw = &mut draft.draw;
    match draw.below(10) {
        0 => Value::Null,
        1..3 => texts::json(draw).into(),
        3..5 => texts::xml(draw).into(),
        5 => values::any(draw),
        _ => json!({
            "body": texts::json(draw),
            "xml": texts::xml(draw),
            "order": { "id": draw.below(50), "lines": &[1, 2, 3][..draw.below(4)], "note": *draw.pick(&NAMES) },
        }),
    }
}
