//! The JSON schema of a case file, which is published as `corpus/case.schema.json`.

use serde_json::Value;

use crate::Case;

/// The schema of the case files that this build reads and writes.
pub fn case_schema() -> Value {
    let mut schema = schemars::schema_for!(Case).to_value();
    schema["title"] = "A case: a workflow definition, an input, and a script".into();
    schema
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::case_schema;

    #[test]
    fn the_published_schema_is_that_of_this_build() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("case.schema.json");
        let text = serde_json::to_string_pretty(&case_schema()).unwrap() + "\n";
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
