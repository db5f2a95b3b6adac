//! What people write into `cutover.toml`, right and wrong.

use miette::{GraphicalReportHandler, GraphicalTheme};

use super::*;

const GOOD: &str = r#"
[migration.a.legacy]
engine = "dataflow"
[migration.a.new]
engine = "flow"
options = { max_parallel = 2 }
"#;

/// What a user is told about `text`.
fn told(text: &str) -> String {
    let error = Migrations::parse("cutover.toml", text).expect_err("the text is wrong");
    let mut shown = String::new();
    GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor())
        .with_width(100)
        .render_report(&mut shown, &error)
        .unwrap();
    shown
}

#[test]
fn what_is_left_out_has_a_default() {
    let migrations = Migrations::parse("cutover.toml", GOOD).unwrap();
    let (name, migration) = migrations.select(None).unwrap()[0];
    assert_eq!(name, "a");
    assert_eq!(migration.gates, Gates::default());
    assert_eq!((migration.corpus.cases, migration.corpus.rules), (20_000, 0));
    assert_eq!(migration.new.options["max_parallel"], 2);
}

#[test]
fn an_unknown_key_is_shown_where_it_stands() {
    insta::assert_snapshot!(told(&GOOD.replace("options", "optoins")));
}

#[test]
fn a_value_of_the_wrong_type_is_shown_where_it_stands() {
    insta::assert_snapshot!(told(&GOOD.replace("\"flow\"", "7")));
}

#[test]
fn a_gate_limit_must_be_a_number_that_means_something() {
    assert!(told(&format!("{GOOD}[migration.a.gates]\nmakespan_ratio = nan")).contains("must be finite"));
    assert!(told(&format!("{GOOD}[migration.a.gates]\nerror_rate_increase = -1.0")).contains("must be finite"));
}

#[test]
fn a_file_without_a_migration_is_refused() {
    assert!(told("[migration]").contains("names no migration"));
}

#[test]
fn an_unknown_migration_is_told_with_the_known_ones() {
    let migrations = Migrations::parse("cutover.toml", GOOD).unwrap();
    let error = migrations.select(Some("b")).unwrap_err();
    assert_eq!(error.to_string(), "there is no migration `b`");
    assert_eq!(
        miette::Diagnostic::help(&error).unwrap().to_string(),
        "cutover.toml names these: a"
    );
}

#[test]
fn a_name_that_could_leave_the_folder_of_the_records_is_refused() {
    for name in ["../up", "/tmp", "\\u001b[2J", ""] {
        let shown = told(&GOOD.replace("migration.a", &format!("migration.\"{name}\"")));
        assert!(
            shown.contains("cannot name a migration") && shown.contains("cutover.toml:2:12"),
            "{shown}"
        );
    }
}

#[test]
fn what_the_file_holds_is_made_safe_before_it_is_shown() {
    let shown = told(&format!("{GOOD}raw\u{1b}[2J = 1"));
    assert!(shown.contains("raw?[2J") && !shown.contains('\u{1b}'), "{shown}");
    let shown = told(&format!("{GOOD}\"a\\u001b[2J\" = 1"));
    assert!(!shown.contains('\u{1b}'), "{shown}");
    let shown = told(&format!("{GOOD}a = {}", "[".repeat(200_000)));
    assert!(shown.len() < 2_000, "{}", shown.len());
}
