//! The JSON schemas of the files that a person writes: `case.schema.json` and `set.schema.json` of this crate.

use schemars::{JsonSchema, schema_for};
use serde_json::Value;

use crate::Case;
use crate::load::set::Set;

/// The schema of the case files that this build reads and writes: `corpus/case.schema.json`.
pub fn case_schema() -> Value {
    titled::<Case>("A case: a workflow definition, an input, and a script")
}

/// The schema of the set files that this build reads and writes: `corpus/set.schema.json`.
pub fn set_schema() -> Value {
    titled::<Set>("A set: dataflow-rs definitions, and many messages for them")
}

fn titled<T: JsonSchema>(title: &str) -> Value {
    let mut schema = schema_for!(T).to_value();
    schema["title"] = title.into();
    schema
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_published_schemas_are_those_of_this_build() {
        for (name, schema) in [("case", case_schema()), ("set", set_schema())] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("{name}.schema.json"));
            let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
            if std::env::var_os("UPDATE_SCHEMA").is_some() {
                std::fs::write(&path, &text).unwrap();
            }
            let published = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                published == text,
                "update it with `UPDATE_SCHEMA=1 cargo test -p corpus schema`"
            );
        }
    }
}
