//! dataflow-rs rules on the command line: generated ones, and an application's own definitions.

use harness::record::Record;

use crate::support::Repository;

const DEFINITION: &str = r#"{"id": "orders", "name": "Orders", "condition": {">": [{"var": "data.total"}, 10]}, "tasks": [
    {"id": "tax", "name": "Tax", "function": {"name": "map", "input": {"mappings": [
        {"path": "data.tax", "logic": {"*": [{"var": "data.total"}, 0.5]}}]}}}
]}"#;

#[test]
fn generated_rules_are_compared_and_replayed_by_their_ids() {
    let repository = Repository::new();
    let said = repository.check(&["compare", "--cases", "0", "--rules", "50", "--out", "out"], 0);
    assert!(said.output.contains("50 cases compared of 50"), "{}", said.output);
    let record = Record::read(&repository.path("out/m")).expect("the record is whole");
    assert_eq!((record.manifest.generated, record.manifest.rules), (0, 50));
    let said = repository.check(&["replay", "r1-7"], 0);
    assert!(
        said.output.contains("flow does the same as dataflow"),
        "{}",
        said.output
    );
}

#[test]
fn every_fix_is_listed_with_what_it_does_and_where_it_diverges() {
    let listed = Repository::new().check(&["engines"], 0).output;
    let flow = engines::find("flow").expect("it is registered");
    let fixes = flow.options.iter().flat_map(|option| option.choices);
    let mut count = 0;
    for fix in fixes {
        count += 1;
        let line = listed.lines().find(|line| line.trim_start().starts_with(fix.name));
        let line = line.unwrap_or_else(|| panic!("{} is not in {listed}", fix.name));
        assert!(
            line.ends_with(&format!("{} ({})", fix.about, fix.diverges.join(", "))),
            "{line}"
        );
    }
    assert!(count > 0);
}

#[test]
fn only_the_features_of_workflows_are_asked_for_by_only() {
    let repository = Repository::new();
    repository.write("rules/orders.json", DEFINITION);
    let asked = [
        "compare", "--corpus", "rules", "--cases", "20", "--only", "needs", "--out", "out",
    ];
    repository.check(&asked, 0);
    let manifest = Record::read(&repository.path("out/m"))
        .expect("the record is whole")
        .manifest;
    assert_eq!((manifest.generated, manifest.rules, manifest.made), (20, 0, 0));
}

#[test]
fn an_applications_messages_are_compared_and_replayed_one_by_one() {
    let repository = Repository::new();
    repository.write("rules/orders.json", DEFINITION);
    let said = repository.check(&["compare", "--corpus", "rules", "--messages", "30", "--out", "out"], 0);
    assert!(
        said.output
            .contains("rules: 1 of 1 distinct task (100.0 %) ran in 30 cases"),
        "{}",
        said.output
    );
    let manifest = Record::read(&repository.path("out/m"))
        .expect("the record is whole")
        .manifest;
    assert_eq!((manifest.made, manifest.messages), (30, 30));
    repository.check(&["replay", "rules", "--case", "orders-3"], 0);
    let said = repository.check(&["replay", "rules"], 2);
    assert!(said.error.contains("--case, such as orders-0"), "{}", said.error);
    let said = repository.check(&["replay", "rules", "--case", "invoices-0"], 2);
    assert!(said.error.contains("holds no case `invoices-0`"), "{}", said.error);
}

#[test]
fn an_application_that_is_refused_is_no_pass_and_the_reason_is_said() {
    let repository = Repository::new();
    repository.write("rules/orders.json", DEFINITION);
    let broken = DEFINITION.replace("orders", "broken");
    let broken = broken.replace("\"mappings\"", "\"mapping\"");
    repository.write("rules/broken.json", broken);
    let said = repository.check(&["compare", "--corpus", "rules", "--messages", "5", "--out", "out"], 3);
    for expected in ["INCONCLUSIVE", "rules: nothing ran. ", "missing field `mappings`"] {
        assert!(said.output.contains(expected), "{}", said.output);
    }
}

#[test]
fn what_an_expression_cuts_from_the_clock_is_not_held_against_new() {
    let repository = Repository::new();
    let cut = DEFINITION.replace(
        r#"{"*": [{"var": "data.total"}, 0.5]}"#,
        r#"{"split": [{"var": "metadata.processed_at"}, ":"]}"#,
    );
    repository.write("rules/orders.json", &cut);
    let said = repository.check(&["compare", "--corpus", "rules", "--messages", "20", "--out", "out"], 0);
    assert!(said.output.contains("Not held to be equal"), "{}", said.output);
}

#[test]
fn the_functions_that_an_application_is_taken_to_register_are_named() {
    let repository = Repository::new();
    let unknown = DEFINITION.replace("\"name\": \"map\"", "\"name\": \"mapp\"");
    repository.write("rules/orders.json", &unknown);
    let said = repository.check(&["compare", "--corpus", "rules", "--messages", "5", "--out", "out"], 0);
    assert!(
        said.error.contains("taken to register these functions: mapp"),
        "{}",
        said.error
    );
}
