//! JSON as text, as `publish_json` writes it: compact in the order of the keys, pretty with the keys sorted.

use datalogic_rs::datavalue::{DataValue, NumberValue};
use serde::ser::{Serialize, Serializer};

/// JSON on one line, its keys in their order.
pub(crate) fn compact(value: &DataValue<'_>) -> String {
    value.to_json_string()
}

/// JSON on several lines, its keys sorted. Of a key that is there twice, the last is written.
///
/// # Errors
/// None that a value could cause: serde's signature has one.
pub(crate) fn pretty(value: &DataValue<'_>) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(&Sorted(value))
}

/// Whether sorting the keys changes nothing.
pub(crate) fn is_sorted(value: &DataValue<'_>) -> bool {
    match value {
        DataValue::Array(items) => items.iter().all(is_sorted),
        DataValue::Object(entries) => ascends(entries) && entries.iter().all(|(_, value)| is_sorted(value)),
        _ => true,
    }
}

/// The entries of an object by ascending key; of a key that is there twice, the last.
pub(super) enum Entries<'a> {
    Ascending(std::slice::Iter<'a, (&'a str, DataValue<'a>)>),
    Sorted(std::vec::IntoIter<&'a (&'a str, DataValue<'a>)>),
}

/// What serde sees of a value: its keys sorted.
struct Sorted<'a>(&'a DataValue<'a>);

impl<'a> Entries<'a> {
    pub(super) fn of(entries: &'a [(&'a str, DataValue<'a>)]) -> Self {
        if ascends(entries) {
            return Self::Ascending(entries.iter());
        }
        let mut sorted: Vec<_> = entries.iter().collect();
        sorted.sort_by_key(|(key, _)| *key);
        sorted.dedup_by(|later, kept| {
            let again = later.0 == kept.0;
            if again {
                *kept = *later;
            }
            again
        });
        Self::Sorted(sorted.into_iter())
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = &'a (&'a str, DataValue<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Ascending(entries) => entries.next(),
            Self::Sorted(entries) => entries.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Ascending(entries) => entries.size_hint(),
            Self::Sorted(entries) => entries.size_hint(),
        }
    }
}

impl ExactSizeIterator for Entries<'_> {}

impl Serialize for Sorted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            DataValue::Null => serializer.serialize_unit(),
            DataValue::Bool(value) => serializer.serialize_bool(*value),
            DataValue::Number(NumberValue::Integer(value)) => serializer.serialize_i64(*value),
            // serde_json writes a float that JSON does not have as `null`.
            DataValue::Number(NumberValue::Float(value)) => serializer.serialize_f64(*value),
            DataValue::String(value) => serializer.serialize_str(value),
            DataValue::Array(items) => serializer.collect_seq(items.iter().map(Sorted)),
            DataValue::Object(entries) => {
                serializer.collect_map(Entries::of(entries).map(|(key, value)| (key, Sorted(value))))
            }
            DataValue::DateTime(value) => serializer.serialize_str(&value.to_iso_string()),
            DataValue::Duration(value) => serializer.collect_str(value),
        }
    }
}

fn ascends(entries: &[(&str, DataValue<'_>)]) -> bool {
    entries.is_sorted_by(|one, other| one.0 < other.0)
}

#[cfg(test)]
mod tests {
    use datalogic_rs::bumpalo::Bump;
    use datalogic_rs::datavalue::OwnedDataValue;

    use super::*;

    const TEXTS: [&str; 5] = [
        "null",
        r#"{"b":1.0,"a":[],"c":{}}"#,
        r#"{"a":1,"b":{"z":[true,"é\n"],"y":-3e-7},"a":2}"#,
        r#"[{"b":{"a":9007199254740993}},12345678901234567890,1e300]"#,
        r#"{"a":{"b":{"c":""}},"b":null}"#,
    ];

    #[test]
    fn pretty_text_is_that_of_the_same_json_with_its_keys_sorted() {
        let arena = Bump::new();
        for text in TEXTS {
            let value = DataValue::from_str(text, &arena).expect("JSON");
            let sorted = serde_json::Value::from(&value.to_owned());
            let expected = serde_json::to_string_pretty(&sorted).expect("text");
            assert_eq!(pretty(&value).expect("text"), expected);
            let again = OwnedDataValue::from(&sorted).to_json_string();
            assert_eq!(is_sorted(&value), compact(&value) == again, "{text}");
        }
    }

    #[test]
    fn compact_text_keeps_the_order_of_the_keys() {
        let arena = Bump::new();
        let value = DataValue::from_str(r#"{ "b": 1.0, "a": [2] }"#, &arena).expect("JSON");
        assert_eq!(compact(&value), r#"{"b":1.0,"a":[2]}"#);
    }

    #[test]
    fn a_float_that_json_does_not_have_is_null() {
        let value = DataValue::Number(NumberValue::Float(f64::NAN));
        assert_eq!(pretty(&value).expect("text"), "null");
    }
}
