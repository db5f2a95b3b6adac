//! What machines read, held against a schema that others gave out.

use browser::{Look, Page};
use harness::record::Record;
use reports::json::Report;
use reports::sarif;
use serde_json::Value;

use crate::support::{browser, from_npm, pages, text};

/// SARIF 2.1.0, as Microsoft publishes it.
const SCHEMA: &str = "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json";
/// What holds a document against a schema. It comes with the above.
const VALIDATOR: &str = "ajv/dist/ajv.bundle.js";

/// What is wrong with a document, in the words of the validator.
fn problems(page: &Page<'_>, document: &str) -> String {
    // A text of JSON is one of JavaScript.
    text(
        page,
        &format!("__isValid({document}) ? '' : JSON.stringify(__isValid.errors)"),
    )
}

#[test]
fn what_code_scanning_reads_is_as_the_schema_of_sarif_says() {
    let (Some(browser), Some(schema), Some(validator)) = (browser(), from_npm(SCHEMA), from_npm(VALIDATOR)) else {
        return;
    };
    let page = browser.page(Look::DESK).expect("a tab");
    page.bypass_policy().expect("it can");
    page.open(&pages().passing, "").expect("it opens");
    page.evaluate(&validator).expect("it is a script");
    // The schema is of draft 4, which the validator knows all but the schema of.
    let compiled = format!(
        "window.__isValid = new Ajv({{ schemaId: 'id', meta: false, validateSchema: false, allErrors: true }}).compile({schema}); ''"
    );
    text(&page, &compiled);
    for (file, word) in pages().all() {
        let folder = file.parent().expect("it is in its record");
        let record = Record::read(folder).expect("it is a record");
        let verdict = record.verdict.as_ref().expect("it got to its end");
        let document = sarif::sarif(&Report::of(&record.manifest, verdict, "target/cutover/dataflow-1"));
        assert_eq!(problems(&page, &document), "", "{word}, {}", folder.display());
        let mut wrong: Value = serde_json::from_str(&document).expect("it is JSON");
        wrong["runs"][0]["tool"]["driver"]["named"] = "Cutover".into();
        assert!(problems(&page, &wrong.to_string()).contains("additionalProperties"));
        let Some(first) = wrong["runs"][0]["results"].get_mut(0) else {
            continue;
        };
        first["level"] = "grave".into();
        assert!(problems(&page, &wrong.to_string()).contains("allowed values"));
    }
}
