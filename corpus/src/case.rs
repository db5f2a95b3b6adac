//! A case: a workflow definition, an input, and a script.

use std::sync::Arc;

use contract::{Definition, FeatureSet, Json, Script, Workflow, feature};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of the case file format that this build writes, and the newest it reads.
pub const FORMAT_VERSION: u32 = 1;

/// One thing to run on every engine. As JSON it is a case file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Always 1.
    pub format_version: u32,
    /// Names the case; unique in a run.
    pub id: String,
    /// Why it is there, in a sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// Words to find it by. `tie`: simultaneous events are meant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// What is run.
    pub definition: Definition,
    /// The run's input.
    #[serde(default)]
    pub input: Json,
    /// What the host does.
    #[serde(default)]
    pub script: Arc<Script>,
}

impl Case {
    /// The features its result may depend on.
    pub fn features(&self) -> FeatureSet {
        feature::used(&self.definition, &self.input, &self.script)
    }

    /// The workflow it runs, if it is of this project's own model.
    pub fn dag(&self) -> Option<&Workflow> {
        self.definition.dag().map(|workflow| &**workflow)
    }

    /// How many tasks its definition has.
    pub fn size(&self) -> usize {
        match &self.definition {
            Definition::Dag(workflow) => workflow.tasks.len(),
            Definition::Rules(rules) => rules.tasks(),
        }
    }
}
