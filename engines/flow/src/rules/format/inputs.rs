//! The inputs of dataflow-rs' own functions. A `Value` is an expression or a template of one.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
pub(crate) struct MapConfig {
    pub(crate) mappings: Vec<MapMapping>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct MapMapping {
    pub(crate) path: Value,
    pub(crate) logic: Value,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ValidationConfig {
    pub(crate) rules: Vec<ValidationRule>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ValidationRule {
    pub(crate) logic: Value,
    pub(crate) message: Value,
}

/// Of `parse_json` and `parse_xml`.
#[derive(Debug, Deserialize)]
pub(crate) struct ParseConfig {
    pub(crate) source: Value,
    pub(crate) target: Value,
}

/// Of `publish_json` and `publish_xml`.
#[derive(Debug, Deserialize)]
pub(crate) struct PublishConfig {
    pub(crate) source: Value,
    pub(crate) target: Value,
    #[serde(default)]
    pub(crate) pretty: bool,
    #[serde(default = "default_root_element")]
    pub(crate) root_element: Value,
}

#[derive(Debug, Deserialize)]
pub(crate) struct FilterConfig {
    pub(crate) condition: Value,
    #[serde(default)]
    pub(crate) on_reject: RejectAction,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RejectAction {
    #[default]
    Halt,
    Skip,
}

#[derive(Debug, Deserialize)]
pub(crate) struct LogConfig {
    #[serde(default)]
    pub(crate) level: LogLevel,
    pub(crate) message: Value,
    /// Sorted, which is the order in which they are written.
    #[serde(default)]
    pub(crate) fields: BTreeMap<String, Value>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogLevel {
    Trace,
    Debug,
    #[default]
    Info,
    Warn,
    Error,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HttpCallConfig {
    pub(crate) connector: Value,
    #[serde(default)]
    pub(crate) method: HttpMethod,
    #[serde(default, alias = "path_logic")]
    pub(crate) path: Option<Value>,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, Value>,
    #[serde(default, alias = "body_logic")]
    pub(crate) body: Option<Value>,
    #[serde(default)]
    pub(crate) body_format: Option<Value>,
    #[serde(default, alias = "output")]
    pub(crate) response_path: Option<Value>,
    #[serde(default)]
    pub(crate) response_format: Option<Value>,
    #[serde(default = "default_timeout")]
    pub(crate) timeout_ms: Value,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum HttpMethod {
    #[default]
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnrichConfig {
    pub(crate) connector: Value,
    #[serde(default)]
    pub(crate) method: HttpMethod,
    #[serde(default, alias = "path_logic")]
    pub(crate) path: Option<Value>,
    pub(crate) merge_path: Value,
    #[serde(default = "default_timeout")]
    pub(crate) timeout_ms: Value,
    #[serde(default)]
    pub(crate) on_error: EnrichErrorAction,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum EnrichErrorAction {
    #[default]
    Fail,
    Skip,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PublishKafkaConfig {
    pub(crate) connector: Value,
    pub(crate) topic: Value,
    #[serde(default, alias = "key_logic")]
    pub(crate) key: Option<Value>,
    #[serde(default, alias = "value_logic")]
    pub(crate) value: Option<Value>,
}

impl HttpMethod {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl EnrichErrorAction {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Skip => "skip",
        }
    }
}

fn default_root_element() -> Value {
    "root".into()
}

fn default_timeout() -> Value {
    30_000.into()
}
