//! WfFormat 1.5 as far as a case needs it. Keys that the schema has and a case does not need are named all the same, so
//! that any other is a typing error: a misspelt `parents` would quietly lose every edge.

use serde::Deserialize;
use serde::de::IgnoredAny;

type Unused = Option<IgnoredAny>;

/// The version alone, whatever else the file holds.
#[derive(Deserialize)]
pub(super) struct Version {
    #[serde(rename = "schemaVersion")]
    pub(super) schema_version: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Execution {
    pub(super) name: String,
    #[serde(rename = "schemaVersion")]
    _schema_version: String,
    #[serde(rename = "runtimeSystem")]
    pub(super) runtime_system: Option<RuntimeSystem>,
    pub(super) workflow: Recorded,
    #[serde(rename = "description")]
    _description: Unused,
    #[serde(rename = "createdAt")]
    _created_at: Unused,
    #[serde(rename = "author")]
    _author: Unused,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuntimeSystem {
    pub(super) name: String,
    #[serde(rename = "version")]
    _version: Unused,
    #[serde(rename = "url")]
    _url: Unused,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Recorded {
    pub(super) specification: Specification,
    pub(super) execution: Option<Measured>,
    #[serde(rename = "repo")]
    _repo: Unused,
    #[serde(rename = "runName")]
    _run_name: Unused,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Specification {
    pub(super) tasks: Vec<SpecificationTask>,
    #[serde(default)]
    pub(super) files: Vec<File>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct SpecificationTask {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) parents: Vec<String>,
    pub(super) children: Vec<String>,
    #[serde(default)]
    pub(super) input_files: Vec<String>,
    #[serde(default)]
    pub(super) output_files: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct File {
    pub(super) id: String,
    pub(super) size_in_bytes: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Measured {
    pub(super) tasks: Vec<ExecutionTask>,
    #[serde(rename = "makespanInSeconds")]
    _makespan: Unused,
    #[serde(rename = "executedAt")]
    _executed_at: Unused,
    #[serde(rename = "machines")]
    _machines: Unused,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExecutionTask {
    pub(super) id: String,
    #[serde(rename = "runtimeInSeconds")]
    pub(super) runtime_in_seconds: f64,
    pub(super) command: Option<Command>,
    #[serde(rename = "executedAt")]
    _executed_at: Unused,
    #[serde(rename = "coreCount")]
    _core_count: Unused,
    #[serde(rename = "avgCPU")]
    _average_cpu: Unused,
    #[serde(rename = "readBytes")]
    _read_bytes: Unused,
    #[serde(rename = "writtenBytes")]
    _written_bytes: Unused,
    #[serde(rename = "memoryInBytes")]
    _memory: Unused,
    #[serde(rename = "energyInKWh")]
    _energy: Unused,
    #[serde(rename = "avgPowerInW")]
    _average_power: Unused,
    #[serde(rename = "priority")]
    _priority: Unused,
    #[serde(rename = "machines")]
    _machines: Unused,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Command {
    pub(super) program: Option<String>,
    #[serde(rename = "arguments")]
    _arguments: Unused,
}
