//! The function that a task runs, with its input.

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error};
use serde_json::Value;

use super::inputs::{
    EnrichConfig, FilterConfig, HttpCallConfig, LogConfig, MapConfig, ParseConfig, PublishConfig, PublishKafkaConfig,
    ValidationConfig,
};

/// A function that dataflow-rs has, with what its input says; or one of the application's own, with its input as it is.
#[derive(Debug)]
pub(crate) enum FunctionConfig {
    Map(MapConfig),
    /// `is_alias`: it is called `validation`.
    Validate {
        is_alias: bool,
        input: ValidationConfig,
    },
    ParseJson(ParseConfig),
    ParseXml(ParseConfig),
    PublishJson(PublishConfig),
    PublishXml(PublishConfig),
    Filter(FilterConfig),
    Log(LogConfig),
    HttpCall(HttpCallConfig),
    Enrich(EnrichConfig),
    PublishKafka(PublishKafkaConfig),
    Custom {
        name: String,
        input: Value,
    },
}

#[derive(serde::Deserialize)]
struct Raw {
    name: String,
    input: Value,
}

impl<'de> Deserialize<'de> for FunctionConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Raw { name, input } = Raw::deserialize(deserializer)?;
        Ok(match name.as_str() {
            "map" => Self::Map(read(&name, input)?),
            "validate" | "validation" => Self::Validate {
                is_alias: name == "validation",
                input: read(&name, input)?,
            },
            "parse_json" => Self::ParseJson(read(&name, input)?),
            "parse_xml" => Self::ParseXml(read(&name, input)?),
            "publish_json" => Self::PublishJson(read(&name, input)?),
            "publish_xml" => Self::PublishXml(read(&name, input)?),
            "filter" => Self::Filter(read(&name, input)?),
            "log" => Self::Log(read(&name, input)?),
            "http_call" => Self::HttpCall(read(&name, input)?),
            "enrich" => Self::Enrich(read(&name, input)?),
            "publish_kafka" => Self::PublishKafka(read(&name, input)?),
            _ => Self::Custom { name, input },
        })
    }
}

/// Reads the input of a function of dataflow-rs.
fn read<T: DeserializeOwned, E: Error>(function: &str, input: Value) -> Result<T, E> {
    serde_json::from_value(input).map_err(|error| {
        let text = error.to_string();
        // dataflow-rs cuts off what it takes for a position, whoever wrote it.
        let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(head, _)| head);
        E::custom(format_args!("config for function '{function}': {text}"))
    })
}
