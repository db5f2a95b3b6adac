//! The functions that dataflow-rs knows by name.

/// Those that it runs by itself.
pub const PERFORMED: [&str; 9] = [
    "map",
    "validation",
    "validate",
    "parse_json",
    "parse_xml",
    "publish_json",
    "publish_xml",
    "filter",
    "log",
];

/// Those whose input it reads and resolves, and that an application registers.
pub const CONNECTORS: [&str; 3] = ["http_call", "enrich", "publish_kafka"];

/// Whether dataflow-rs runs a function of this name by itself.
pub fn is_performed(name: &str) -> bool {
    PERFORMED.contains(&name)
}

/// Whether an application registers it, and dataflow-rs resolves its input.
pub fn is_connector(name: &str) -> bool {
    CONNECTORS.contains(&name)
}

/// Whether it is an application's own: dataflow-rs hands over its input as it is written.
pub fn is_own(name: &str) -> bool {
    !is_performed(name) && !is_connector(name)
}
