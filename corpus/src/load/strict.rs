//! What a case of dataflow-rs definitions holds beyond what its type says: its input is a message, and what its functions
//! give is a reply. Elsewhere both are any JSON, so a slip of the pen would only show as an odd result.

use std::collections::BTreeMap;

use contract::rules::{Message, Reply};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::error::{LoadError, Source};

#[derive(Deserialize)]
struct RulesCase {
    #[serde(rename = "input")]
    _input: Option<Message>,
    #[serde(rename = "script")]
    _script: Option<RulesScript>,
}

#[derive(Deserialize)]
struct RulesSet {
    #[serde(rename = "messages")]
    _messages: Vec<RulesCase>,
}

#[derive(Deserialize)]
struct RulesScript {
    #[serde(rename = "tasks")]
    _tasks: Option<BTreeMap<String, RulesTask>>,
}

#[derive(Deserialize)]
struct RulesTask {
    #[serde(rename = "attempts")]
    _attempts: Option<Vec<RulesAttempt>>,
}

#[derive(Deserialize)]
struct RulesAttempt {
    #[serde(rename = "then")]
    _then: Option<RulesThen>,
}

/// As `contract::Then`, with a reply for what is returned.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "that it can be read is all that is asked")]
enum RulesThen {
    Returns(Option<Reply>),
    Fails(IgnoredAny),
    Panics(IgnoredAny),
    NeverReturns,
}

/// Checks a case file whose definition is rules.
pub(super) fn check_case(source: Source<'_>) -> Result<(), LoadError> {
    check::<RulesCase>(source)
}

/// Checks a set file.
pub(super) fn check_set(source: Source<'_>) -> Result<(), LoadError> {
    check::<RulesSet>(source)
}

fn check<'a, T: Deserialize<'a>>(source: Source<'a>) -> Result<(), LoadError> {
    let help = "the input is a message (`payload`, `data`, `metadata`, `temp_data`, …), and what a function returns is a reply \
                (`set`, `errors`, `end`)";
    serde_json::from_str::<T>(source.text)
        .map(drop)
        .map_err(|error| source.invalid_json(&error, help))
}
