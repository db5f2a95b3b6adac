//! Values as JSON that a person can read, and that still come back as they were.
//!
//! JSON text does not give every value back: a parsed float may be off by its last bit, and nesting past a limit is not
//! parsed at all. So what is written is read once before it is kept; where the text falls short, an exact copy goes beside it.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::StoreError;

/// Nesting that can be read back on a small stack.
const DEEPEST: usize = 400;

/// A value as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Readable {
    /// As JSON.
    pub(super) text: String,
    /// As MessagePack, where the JSON does not give the value back.
    pub(super) exact: Option<Vec<u8>>,
}

impl Readable {
    /// What is kept of `value`, which `what` names.
    pub(super) fn keep<T>(value: &T, what: &dyn Fn() -> String) -> Result<Self, StoreError>
    where
        T: Serialize + DeserializeOwned + PartialEq,
    {
        let unkeepable = |why: String| StoreError::Unkeepable { what: what(), why };
        let text = serde_json::to_string(value).map_err(|error| unkeepable(error.to_string()))?;
        if serde_json::from_str::<T>(&text).is_ok_and(|back| back == *value) {
            return Ok(Self { text, exact: None });
        }
        let exact = rmp_serde::to_vec_named(value).map_err(|error| unkeepable(error.to_string()))?;
        match exactly::<T>(&exact) {
            Ok(back) if back == *value => Ok(Self {
                text,
                exact: Some(exact),
            }),
            Ok(_) => Err(unkeepable("it would not come back as it is".into())),
            Err(error) => Err(unkeepable(error.to_string())),
        }
    }

    /// The value. `None`: this was not written by [`Self::keep`].
    pub(super) fn value<T: DeserializeOwned>(text: &[u8], exact: Option<&[u8]>) -> Option<T> {
        match exact {
            Some(exact) => exactly(exact).ok(),
            None => serde_json::from_slice(text).ok(),
        }
    }
}

fn exactly<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, rmp_serde::decode::Error> {
    let mut deserializer = rmp_serde::Deserializer::from_read_ref(bytes);
    deserializer.set_max_depth(DEEPEST);
    T::deserialize(&mut deserializer)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn kept(value: &Value) -> Readable {
        let kept = Readable::keep(value, &|| "the value".into()).expect("it can be kept");
        let back: Option<Value> = Readable::value(kept.text.as_bytes(), kept.exact.as_deref());
        assert_eq!(back.as_ref(), Some(value));
        kept
    }

    #[test]
    fn what_json_gives_back_is_kept_once() {
        let value = json!({"text": "ä", "list": [1, -2, u64::MAX, 0.5, null, true]});
        assert_eq!(kept(&value).exact, None);
    }

    #[test]
    fn a_value_that_is_nested_too_deeply_for_json_is_kept_exactly() {
        let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
        assert!(kept(&deep).exact.is_some());
    }

    #[test]
    fn a_value_that_nothing_gives_back_is_refused() {
        let deep = (0..600).fold(json!(1), |inner, _| json!([inner]));
        let error = Readable::keep(&deep, &|| "the input of `r`".into()).expect_err("too deep");
        assert!(
            error.to_string().starts_with("the input of `r` cannot be kept: "),
            "{error}"
        );
    }

    proptest::proptest! {
        #[test]
        fn every_float_comes_back_to_the_last_bit(float: f64) {
            let value = json!([float]);
            kept(&value);
        }
    }
}
