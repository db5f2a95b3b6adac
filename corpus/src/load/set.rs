//! A set file: definitions once, and many messages for them. Each message is a case.

use std::sync::Arc;

use contract::rules::{Message, Rules};
use contract::{Definition, Script};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::{LoadError, Source};
use super::strict;
use crate::Case;
use crate::case::FORMAT_VERSION;

/// dataflow-rs definitions and the messages they are to process. As JSON it is a set file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Set {
    /// Always 1.
    pub format_version: u32,
    /// Names the set.
    pub id: String,
    /// The definitions, and what is registered beside them.
    pub rules: Arc<Rules>,
    /// The messages. Each is a case of its own.
    pub messages: Vec<SetMessage>,
}

/// One message of a set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetMessage {
    /// Names the case; unique in a run.
    pub id: String,
    /// Why it is there, in a sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// The message.
    #[serde(default)]
    pub input: Message,
    /// What the functions do that the application registers.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub script: Arc<Script>,
}

fn is_empty(script: &Arc<Script>) -> bool {
    **script == Script::default()
}

impl Set {
    /// The set of `cases`, which run the same definitions; `None` if they do not.
    pub fn of(id: String, cases: &[Case]) -> Option<Self> {
        let rules = Arc::clone(cases.first()?.definition.rules()?);
        let message = |case: &Case| {
            let same = case.definition.rules().is_some_and(|other| Arc::ptr_eq(other, &rules));
            same.then(|| SetMessage {
                id: case.id.clone(),
                why: case.why.clone(),
                input: Message::of(&case.input),
                script: Arc::clone(&case.script),
            })
        };
        let messages: Option<Vec<SetMessage>> = cases.iter().map(message).collect();
        Some(Self {
            format_version: FORMAT_VERSION,
            id,
            messages: messages?,
            rules,
        })
    }
}

/// The cases of a set file, and how many clocks were fixed in it. They share one of `known`, if its definitions are the same.
pub(super) fn read(source: Source<'_>, known: &mut Vec<Arc<Rules>>) -> Result<(Vec<Case>, usize), LoadError> {
    let help = "`corpus/set.schema.json` says what a set file may hold";
    super::check_version(source)?;
    let set: Set = serde_json::from_str(source.text).map_err(|error| source.invalid_json(&error, help))?;
    strict::check_set(source)?;
    let mut rules = Arc::unwrap_or_clone(set.rules);
    let clocks = rules.fix_clock();
    let same = known.iter().find(|known| ***known == rules).map(Arc::clone);
    let rules = same.unwrap_or_else(|| {
        let rules = Arc::new(rules);
        known.push(Arc::clone(&rules));
        rules
    });
    let mut cases = Vec::with_capacity(set.messages.len());
    for message in set.messages {
        let case = Case {
            format_version: FORMAT_VERSION,
            id: message.id,
            why: message.why,
            tags: vec!["set".to_owned()],
            definition: Definition::Rules(Arc::clone(&rules)),
            input: message.input.to_input(),
            script: message.script,
        };
        super::check_case(source, &case)?;
        cases.push(case);
    }
    Ok((cases, clocks))
}
