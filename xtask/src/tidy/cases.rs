//! Every pinned case says why it is there: nobody dares to delete a case that does not.

use serde_json::Value;

use super::{Finding, Sources, has_extension};

const FOLDER: &str = "corpus/cases/";
const SCHEMA: &str = "corpus/case.schema.json";

/// Each case under `corpus/cases` is JSON with a `why`, and the schema that editors check cases with is there.
pub(super) fn have_reasons(sources: &Sources) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut cases = sources
        .all()
        .filter(|source| source.path.starts_with(FOLDER) && has_extension(&source.path, "json"))
        .peekable();
    if cases.peek().is_some() && sources.find(SCHEMA).is_none() {
        findings.push(Finding::new(SCHEMA, 1, "does not exist"));
    }
    for case in cases {
        match serde_json::from_str::<Value>(&case.text) {
            Err(error) => findings.push(Finding::new(
                &case.path,
                error.line().max(1),
                format!("is no JSON: {error}"),
            )),
            Ok(value) if value["why"].as_str().is_none_or(|why| why.trim().is_empty()) => {
                findings.push(Finding::new(&case.path, 1, "does not say `why` it is there"));
            }
            Ok(_) => {}
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::tests::findings;
    use super::SCHEMA;

    #[track_caller]
    fn check(case: &str, expected: &str) {
        assert_eq!(
            findings("cases", &[("corpus/cases/retry/a.json", case), (SCHEMA, "{}")]),
            expected
        );
    }

    #[test]
    fn a_case_with_a_reason_is_fine() {
        check(r#"{"why": "a retry after a timeout kept its slot"}"#, "");
    }

    #[test]
    fn a_case_without_a_reason_is_found() {
        check(
            r#"{"why": " "}"#,
            "corpus/cases/retry/a.json:1: does not say `why` it is there",
        );
        check("{}", "corpus/cases/retry/a.json:1: does not say `why` it is there");
    }

    #[test]
    fn a_case_that_is_no_json_is_found_at_its_line() {
        check(
            "{\n  why\n}",
            "corpus/cases/retry/a.json:2: is no JSON: key must be a string at line 2 column 3",
        );
    }

    #[test]
    fn cases_without_a_schema_are_found() {
        let found = findings("cases", &[("corpus/cases/a.json", r#"{"why": "because"}"#)]);
        assert_eq!(found, "corpus/case.schema.json:1: does not exist");
    }
}
