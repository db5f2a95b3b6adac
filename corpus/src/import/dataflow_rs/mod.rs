//! Imports dataflow-rs definitions: an application's definitions are run as one set, on messages made from the definitions
//! themselves.
//!
//! Nothing is recorded of what such an application processed, and messages of real people are not to be had; but the
//! definitions say what they read and what they compare it with, and that is enough to take their branches both ways.

mod expression;
mod messages;
mod plan;
mod summary;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use contract::Definition;
use contract::rules::Rules;
use contract::rules::functions::is_performed;
use contract::rules::steps::{each_task, function};
use serde_json::Value;

use crate::Case;
use crate::case::FORMAT_VERSION;
use crate::load::{Kind, LoadError, LoadOptions, Opened, open_kind};
use messages::{Messages, Way};

pub use summary::Summary;

/// An application: dataflow-rs definitions that are registered together, and the messages made for them.
///
/// Case *n* of a definition is a pure function of the seed, the application and *n*, and is made when it is asked for: a
/// large application takes no more memory than its definitions.
pub struct Application {
    rules: Arc<Rules>,
    messages: Messages,
    /// What the cases of each definition are called, in front of their number.
    names: Vec<String>,
    for_each: u64,
    clocks: usize,
}

impl Application {
    /// The application that registers `definitions` in this order, and a function of its own under each name that
    /// dataflow-rs does not know.
    pub fn new(definitions: Vec<Value>, options: LoadOptions) -> Self {
        let mut handlers = BTreeSet::new();
        for definition in &definitions {
            each_task(definition, |task, _| {
                let name = function(task).filter(|name| !is_performed(name));
                handlers.extend(name.map(Arc::from));
            });
        }
        let mut rules = Rules {
            workflows: definitions,
            handlers,
            ..Rules::default()
        };
        let clocks = rules.fix_clock();
        let mut taken = BTreeSet::new();
        let names = rules
            .workflows
            .iter()
            .map(|definition| unused(case_name(definition), &mut taken))
            .collect();
        Self {
            messages: Messages::new(&rules, options.seed),
            rules: Arc::new(rules),
            names,
            for_each: options.messages,
            clocks,
        }
    }

    /// What it registers. All its cases share it.
    pub fn rules(&self) -> &Arc<Rules> {
        &self.rules
    }

    /// How often a definition read the clock, and is given a fixed moment instead.
    pub fn clocks(&self) -> usize {
        self.clocks
    }

    /// How many cases it has.
    pub fn count(&self) -> u64 {
        self.names.len() as u64 * self.for_each
    }

    /// The id of the case at `index`, which is below [`Self::count`].
    pub fn id(&self, index: u64) -> String {
        format!(
            "{}-{}",
            self.names[(index / self.for_each) as usize],
            index % self.for_each
        )
    }

    /// The case at `index`, which is below [`Self::count`]: those of the first definition, then those of the next.
    pub fn case(&self, index: u64) -> Case {
        let target = (index / self.for_each) as usize;
        let made = self.messages.make(target, index % self.for_each);
        let definition = self.rules.workflows[target].get("id").and_then(Value::as_str);
        let definition = contract::text::visible(definition.unwrap_or_default());
        let way = match made.way {
            Way::Direct => "",
            Way::Chain => " from the beginning of its chain",
            Way::NearMiss => " and just misses it",
        };
        Case {
            format_version: FORMAT_VERSION,
            id: self.id(index),
            why: format!("A message that aims at `{definition}`{way}."),
            tags: vec!["dataflow-rs".to_owned()],
            definition: Definition::Rules(Arc::clone(&self.rules)),
            input: made.message.to_input(),
            script: made.script,
        }
    }

    /// All its cases in turn.
    pub fn cases(&self) -> impl Iterator<Item = Case> + '_ {
        (0..self.count()).map(|index| self.case(index))
    }

    /// What is in it.
    pub fn summary(&self) -> Summary {
        Summary::of(self)
    }
}

impl std::fmt::Debug for Application {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Application")
            .field("definitions", &self.names.len())
            .field("cases", &self.count())
            .finish_non_exhaustive()
    }
}

/// Reads the definitions in `path`, a file or a folder whose other files are passed over, as one application.
///
/// # Errors
/// If there is nothing at `path`, it is a file of another kind, or something in it is broken.
pub fn import(path: &Path, options: LoadOptions) -> Result<Opened, LoadError> {
    open_kind(path, Some(Kind::Definitions), options)
}

/// How many tasks there are of each function, by its name.
pub fn functions(rules: &Rules) -> BTreeMap<String, usize> {
    let mut functions = BTreeMap::new();
    for definition in &rules.workflows {
        each_task(definition, |task, _| {
            let name = function(task).unwrap_or("(none)");
            *functions.entry(name.to_owned()).or_default() += 1;
        });
    }
    functions
}

/// The definition's id with `-` for what a file name cannot have, short enough for a number to follow.
fn case_name(definition: &Value) -> String {
    const LONGEST: usize = 150;
    let id = definition.get("id").and_then(Value::as_str).unwrap_or_default();
    let safe = |character: char| {
        if character.is_ascii_alphanumeric() || character == '_' {
            character
        } else {
            '-'
        }
    };
    let name: String = id.chars().map(safe).take(LONGEST).collect();
    if name.is_empty() { "definition".to_owned() } else { name }
}

/// `name`, or `name.2` and so on if it is taken.
fn unused(name: String, taken: &mut BTreeSet<String>) -> String {
    let mut unused = name.clone();
    let mut number = 2;
    while !taken.insert(unused.clone()) {
        unused = format!("{name}.{number}");
        number += 1;
    }
    unused
}
