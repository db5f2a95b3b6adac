//! The rules model (`Definition::Rules`): dataflow-rs definitions as an application registers them, and the message they
//! process.
//!
//! dataflow-rs 3.12 is the specification of this format: what it does *is* what is right, and there is no written page beside
//! it. So the definitions stay the JSON that a person wrote, and each engine reads them for itself.
//!
//! | module | what |
//! |---|---|
//! | [`message`] | the message, as a case's `input` gives it |
//! | [`reply`] | what a registered function does when it is called, as a case's script gives it |
//! | [`processed`] | what processing a message came to |
//! | [`Value`] | JSON as dataflow-rs holds it: keys in order, integers apart from floats |
//! | [`behaviour`] | what there is to go through: one vocabulary for the generator, engines and reports |
//! | [`clock`] | a fixed clock for `now` |
//! | [`functions`] | the functions that dataflow-rs knows by name |
//! | [`steps`] | walking through the tasks of a workflow |

pub mod behaviour;
pub mod clock;
pub mod functions;
pub mod message;
pub mod processed;
pub mod reply;
pub mod steps;
mod value;

use std::collections::BTreeSet;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as JsonValue;

pub use behaviour::{Behaviour, BehaviourSet};
pub use message::Message;
pub use processed::Processed;
pub use reply::Reply;
pub use value::Value;

/// What an application gives to a dataflow-rs engine: its definitions, and what it registers beside them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// dataflow-rs workflow definitions, in the order in which they are registered.
    pub workflows: Vec<JsonValue>,
    /// The names of the functions that the application registers: its own, and `http_call`, `enrich` and `publish_kafka`,
    /// which dataflow-rs only knows by name. Each asks the host.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub handlers: BTreeSet<Arc<str>>,
    /// Where the engine keeps the codes of failed tasks in the context, if it is to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_context: Option<ErrorContext>,
    /// What `{"secret": name}` reads: an object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secrets: Option<JsonValue>,
}

impl Rules {
    /// How many tasks its workflows have, those in groups included, as far as they have the format's shape.
    pub fn tasks(&self) -> usize {
        let mut count = 0;
        for workflow in &self.workflows {
            steps::each_task(workflow, |_, _| count += 1);
        }
        count
    }

    /// Puts a fixed clock in the place of `now`, and says how often it was read. Whoever makes rules for a case calls this.
    pub fn fix_clock(&mut self) -> usize {
        self.workflows.iter_mut().map(clock::fix).sum()
    }

    /// Whether a task of it writes to the application's log.
    pub fn writes_logs(&self) -> bool {
        let mut any = false;
        for workflow in &self.workflows {
            steps::each_task(workflow, |task, _| any |= steps::function(task) == Some("log"));
        }
        any
    }
}

/// Where the codes of failed tasks are kept in the context.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErrorContext {
    /// A dotted path below `data`, `metadata` or `temp_data`.
    pub path: String,
    /// The most records kept, the newest first to stay; dataflow-rs' own limit if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

/// How a call of a registered function names its task: workflow and task.
pub fn call_name(workflow: &str, task: &str) -> Arc<str> {
    format!("{workflow}/{task}").into()
}

/// The input of a call of a registered function: what its definition gives it, and the context it would see.
///
/// `input` is, for an application's own function, the definition's `input` unchanged. For `http_call`, `enrich` and
/// `publish_kafka` it holds the fields that are there, by the names of `HttpCallConfig`, `EnrichConfig` and
/// `PublishKafkaConfig`, with every template resolved.
pub fn call_input(input: JsonValue, context: JsonValue) -> crate::Json {
    let mut object = serde_json::Map::new();
    object.insert("context".to_owned(), context);
    object.insert("input".to_owned(), input);
    Arc::new(JsonValue::Object(object))
}
