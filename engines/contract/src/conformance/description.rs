//! What an engine says about itself has to make sense before anything is made of it.

use super::{Entry, Verdict};
use crate::{Description, Engine, FeatureSet};

/// The checks of the description alone.
pub(super) fn check(engine: &dyn Engine, description: &Description) -> Vec<Entry> {
    let fact = |name, expected: &str, holds: bool, seen: String| {
        let differences = if holds {
            Vec::new()
        } else {
            vec![(expected.to_owned(), seen)]
        };
        Entry {
            name,
            features: FeatureSet::EMPTY,
            verdict: Verdict::of(differences),
        }
    };
    let Description {
        name,
        version,
        formats,
        volatile,
        ..
    } = description;
    let is_plain = !name.is_empty()
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter));
    vec![
        fact(
            "an engine has a name that can be typed",
            "letters, digits, `-`, `_` and `.`",
            is_plain,
            format!("{name:?}"),
        ),
        fact(
            "an engine has a version",
            "a version",
            !version.trim().is_empty(),
            format!("{version:?}"),
        ),
        fact(
            "an engine accepts a format",
            "at least one format",
            !formats.is_empty(),
            "none".to_owned(),
        ),
        fact(
            "an engine's volatile fields are named",
            "paths into the outcome",
            !volatile.iter().any(String::is_empty),
            "an empty path, which would hide the whole outcome".to_owned(),
        ),
        fact(
            "an engine describes itself in the same way each time",
            "the description given before",
            engine.describe() == *description,
            "another one".to_owned(),
        ),
    ]
}
