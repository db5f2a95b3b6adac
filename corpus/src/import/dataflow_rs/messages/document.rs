//! A JSON document that is filled path by path.

use serde_json::{Map, Value};

/// What stands at a dotted path.
pub(super) fn get<'a>(document: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(document, |value, segment| match value {
        Value::Object(entries) => entries.get(segment),
        Value::Array(items) => items.get(segment.parse::<usize>().ok()?),
        _ => None,
    })
}

/// Puts `value` at a dotted path; makes what is missing on the way there, a list where a number follows, and replaces what
/// is in the way.
pub(super) fn set(document: &mut Value, path: &str, value: Value) {
    // Longer lists only come of definitions that read absurd places.
    const LONGEST_LIST: usize = 64;
    let mut place = document;
    for segment in path.split('.') {
        let position = segment
            .parse::<usize>()
            .ok()
            .filter(|position| *position < LONGEST_LIST);
        match (&*place, position) {
            (Value::Array(_), Some(_)) | (Value::Object(_), _) => {}
            (_, Some(_)) => *place = Value::Array(Vec::new()),
            (_, None) => *place = Value::Object(Map::new()),
        }
        place = match (place, position) {
            (Value::Array(items), Some(position)) => {
                if items.len() <= position {
                    items.resize(position + 1, Value::Null);
                }
                &mut items[position]
            }
            (Value::Object(entries), _) => entries.entry(segment).or_insert(Value::Null),
            _ => return,
        };
    }
    *place = value;
}

/// Takes away what stands at a dotted path; in a list, `null` stays.
pub(super) fn remove(document: &mut Value, path: &str) -> Option<Value> {
    let (parent, last) = path
        .rsplit_once('.')
        .map_or((None, path), |(parent, last)| (Some(parent), last));
    let parent = match parent {
        None => document,
        Some(path) => path.split('.').try_fold(document, |value, segment| match value {
            Value::Object(entries) => entries.get_mut(segment),
            Value::Array(items) => items.get_mut(segment.parse::<usize>().ok()?),
            _ => None,
        })?,
    };
    match parent {
        Value::Object(entries) => entries.remove(last),
        Value::Array(items) => items.get_mut(last.parse::<usize>().ok()?).map(Value::take),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_is_made_as_it_is_read() {
        let mut document = json!({"data": {"s": 1}});
        set(&mut document, "data.list.1.a", json!("x"));
        set(&mut document, "data.s.deep", json!(2));
        set(&mut document, "data.list.0", json!(true));
        assert_eq!(
            document,
            json!({"data": {"s": {"deep": 2}, "list": [true, {"a": "x"}]}})
        );
        assert_eq!(get(&document, "data.list.1.a"), Some(&json!("x")));
        assert_eq!(get(&document, "data.list.2"), None);
        assert_eq!(remove(&mut document, "data.list.0"), Some(json!(true)));
        assert_eq!(remove(&mut document, "data.s"), Some(json!({"deep": 2})));
        assert_eq!(document, json!({"data": {"list": [null, {"a": "x"}]}}));
    }
}
