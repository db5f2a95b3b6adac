//! JSON as dataflow-rs holds it: the keys of an object in order, integers apart from floats.

use datalogic_rs::datavalue::{NumberValue, OwnedDataValue};
use serde::Serialize;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A JSON value that keeps what `serde_json`'s does not: the order of keys, a key that is there twice, and whether a whole
/// number is an integer. Two values are equal only if all of that is.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Value(pub OwnedDataValue);

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        same(&self.0, &other.0)
    }
}

impl Eq for Value {}

impl From<OwnedDataValue> for Value {
    fn from(value: OwnedDataValue) -> Self {
        Self(value)
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.to_json_string())
    }
}

/// `OwnedDataValue` reads 1.0 as an integer; here it stays what it was.
impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Exactly;

        impl<'de> Visitor<'de> for Exactly {
            type Value = OwnedDataValue;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("JSON")
            }

            fn visit_unit<E>(self) -> Result<OwnedDataValue, E> {
                Ok(OwnedDataValue::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<OwnedDataValue, E> {
                Ok(OwnedDataValue::Bool(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<OwnedDataValue, E> {
                Ok(OwnedDataValue::Number(NumberValue::Integer(value)))
            }

            fn visit_u64<E>(self, value: u64) -> Result<OwnedDataValue, E> {
                Ok(OwnedDataValue::from(value))
            }

            fn visit_f64<E>(self, value: f64) -> Result<OwnedDataValue, E> {
                Ok(OwnedDataValue::Number(NumberValue::Float(value)))
            }

            fn visit_str<E>(self, value: &str) -> Result<OwnedDataValue, E> {
                Ok(OwnedDataValue::String(value.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<OwnedDataValue, A::Error> {
                let mut read = Vec::new();
                while let Some(Value(item)) = items.next_element()? {
                    read.push(item);
                }
                Ok(OwnedDataValue::Array(read))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<OwnedDataValue, A::Error> {
                let mut read = Vec::new();
                while let Some((key, Value(value))) = entries.next_entry()? {
                    read.push((key, value));
                }
                Ok(OwnedDataValue::Object(read))
            }
        }

        deserializer.deserialize_any(Exactly).map(Self)
    }
}

fn same(one: &OwnedDataValue, other: &OwnedDataValue) -> bool {
    use OwnedDataValue::{Array, Bool, DateTime, Duration, Null, Number, Object, String};
    match (one, other) {
        (Null, Null) => true,
        (Bool(one), Bool(other)) => one == other,
        (Number(one), Number(other)) => same_number(*one, *other),
        (String(one), String(other)) => one == other,
        (Array(one), Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Object(one), Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|((key, value), (other_key, other_value))| key == other_key && same(value, other_value))
        }
        (DateTime(_) | Duration(_), DateTime(_) | Duration(_)) => one.to_json_string() == other.to_json_string(),
        _ => false,
    }
}

/// Floats by their bits: 0.0 is not -0.0, and not-a-number is itself.
pub(crate) fn same_number(one: NumberValue, other: NumberValue) -> bool {
    match (one, other) {
        (NumberValue::Integer(one), NumberValue::Integer(other)) => one == other,
        (NumberValue::Float(one), NumberValue::Float(other)) => one.to_bits() == other.to_bits(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        Value(OwnedDataValue::from_json(text).expect("JSON"))
    }

    #[test]
    fn a_value_is_equal_to_itself_only() {
        let different = [
            "null",
            "0",
            "0.0",
            "-0.0",
            "1",
            "1.0",
            "\"1\"",
            "[]",
            "{}",
            "[1]",
            "{\"a\":1}",
            "{\"a\":1.0}",
            "{\"a\":1,\"b\":2}",
            "{\"b\":2,\"a\":1}",
            "true",
        ];
        for one in different {
            for other in different {
                assert_eq!(value(one) == value(other), one == other, "{one} and {other}");
            }
        }
    }

    #[test]
    fn a_value_survives_being_written_down() {
        let text = r#"{"b":1.0,"a":[1,null,{"c":"x"}]}"#;
        let read: Value = serde_json::from_str(text).expect("JSON");
        assert_eq!(serde_json::to_string(&read).expect("JSON"), text);
    }
}
