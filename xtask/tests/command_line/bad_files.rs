//! Files that are wrong: each is named, with what to do, before anything is written.

use insta::assert_snapshot;

use crate::support::{CASE, CONFIGURATION, Repository, tree};

const EXECUTION: &str = r#"{"name": "w", "schemaVersion": "1.5", "workflow": {
"specification": {"tasks": [{"name": "t", "id": "t1", "parents": [], "children": []}]},
"execution": {"tasks": [{"id": "t1", "runtimeInSeconds": 1.5}]}}}"#;

/// Runs the command, which is to refuse its input with code 2 and leave everything as it was; gives what it says.
#[track_caller]
fn refused(repository: &Repository, arguments: &[&str]) -> String {
    let before = tree(&repository.path(""));
    let said = repository.check(arguments, 2);
    assert_eq!(
        tree(&repository.path("")),
        before,
        "{arguments:?} left something behind"
    );
    assert!(
        said.output.is_empty() && said.error.contains("help: "),
        "{}",
        said.error
    );
    said.error
}

#[track_caller]
fn configured(text: impl AsRef<[u8]>) -> String {
    let repository = Repository::new();
    repository.write("cutover.toml", text);
    refused(&repository, &["compare", "--cases", "5", "--out", "out"])
}

#[track_caller]
fn compared(content: impl AsRef<[u8]>) -> String {
    let repository = Repository::new();
    repository.write("bad.json", content);
    for command in [
        &["corpus", "show", "bad.json"][..],
        &["corpus", "stats", "bad.json"],
        &["replay", "bad.json"],
    ] {
        refused(&repository, command);
    }
    refused(&repository, &["compare", "--corpus", "bad.json", "--out", "out"])
}

#[track_caller]
fn imported(content: impl AsRef<[u8]>) -> String {
    let repository = Repository::new();
    repository.write("bad.json", content);
    repository.write("good.json", EXECUTION);
    refused(
        &repository,
        &["corpus", "import", "wfformat", "good.json", "bad.json", "--out", "out"],
    )
}

#[test]
fn an_engine_that_is_not_registered_is_shown_where_it_is_named() {
    assert_snapshot!(configured(CONFIGURATION.replace("\"flow\"", "\"flwo\"")), @r#"
      × the migration `m` names the engine `flwo`, which is not registered
       ╭─[cutover.toml:4:10]
     3 │ [migration.m.new]
     4 │ engine = "flwo"
       ·          ───┬──
       ·             ╰── not registered
     5 │ options = { condition_error = "skip" }
       ╰────
      help: `cargo xtask engines` lists the registered ones
    "#);
}

#[test]
fn an_option_that_an_engine_does_not_take_is_shown_with_those_it_takes() {
    assert_snapshot!(configured(CONFIGURATION.replacen("condition_error", "condition_eror", 1)), @r#"
      × the engine `flow` cannot take these options: unknown field
      │ `condition_eror`, expected one of `max_parallel`, `condition_error`, `fix`
       ╭─[cutover.toml:4:10]
     3 │ [migration.m.new]
     4 │ engine = "flow"
       ·          ───┬──
       ·             ╰── for this engine
     5 │ options = { condition_eror = "skip" }
       ╰────
      help: `cargo xtask engines` lists the options of each engine
    "#);
}

#[test]
fn a_fix_that_is_not_known_is_shown_with_all_that_are() {
    assert_snapshot!(configured(CONFIGURATION.replacen("condition_error = \"skip\"", "fix = [\"map-noop-chance\"]", 1)), @r#"
      × the engine `flow` cannot take these options: unknown variant `map-noop-
      │ chance`, expected one of `map-noop-change`, `root-merge-change`, `handler-
      │ error-changes`, `handler-skip-audit`, `condition-error`, `map-error-
      │ record`, `validation-ids`, `filter-error-record`, `single-error`,
      │ `inactive-workflows`, `parse-json-error`, `xml-repeated-children`, `lost-
      │ write-error`
       ╭─[cutover.toml:4:10]
     3 │ [migration.m.new]
     4 │ engine = "flow"
       ·          ───┬──
       ·             ╰── for this engine
     5 │ options = { fix = ["map-noop-chance"] }
       ╰────
      help: `cargo xtask engines` lists the options of each engine
    "#);
}

#[test]
fn a_migration_name_that_leaves_the_folder_is_refused() {
    assert_snapshot!(configured(CONFIGURATION.replace("migration.m", "migration.\"../../up\"")), @r#"
      × `../../up` cannot name a migration: it begins with `.` or contains `..`
       ╭─[cutover.toml:1:12]
     1 │ [migration."../../up".legacy]
       ·            ─────┬────
       ·                 ╰── here
     2 │ engine = "dataflow"
       ╰────
      help: the README, *How to add a migration*, lists the keys
    "#);
}

#[test]
fn a_configuration_that_is_wrong_is_refused() {
    for wrong in [
        "cases = 1",
        "[migration.m.corpus]\ncases = -1",
        "[migration.m.corpus]\ncases = \"many\"",
        "[migration.m.corpus]\npaths = [\"no/such/folder\"]",
        "[migration.m.gates]\nmakespan_ratio = -inf",
        "[migration.m.reference.options]\nmax_parallel = 0",
        "key = \"\u{1b}[2J\"",
        "\"\\u001b]0;title\\u0007\" = 1",
    ] {
        configured(format!("{CONFIGURATION}{wrong}\n"));
    }
    configured("");
    configured(b"about = \"\xff\"");
    configured(format!("a = {}", "[".repeat(200_000)));
    configured(vec![b'#'; 2 << 20]);
}

#[test]
fn a_missing_configuration_is_named() {
    let repository = Repository::new();
    std::fs::remove_file(repository.path("cutover.toml")).expect("it is there");
    assert_snapshot!(refused(&repository, &["compare"]), @r#"
      × failed to read `cutover.toml`
      ╰─▶ No such file or directory (os error 2)
      help: it has to be a file in the repository's root; the README shows what it
            looks like
    "#);
}

#[test]
fn a_case_of_a_newer_format_is_told_apart_from_one_with_a_typing_error() {
    assert_snapshot!(compared(CASE.replace(": 1,", ": 2, \"later\": {},")), @r#"
    corpus::invalid

      × bad.json, line 1: the format version is 2, and this build reads 1
       ╭─[bad.json:1:2]
     1 │ {"format_version": 2, "later": {}, "id": "a", "definition": {"dag": {"id": "w", "tasks": []}}}
       ·  ┬
       ·  ╰── here
       ╰────
      help: bring the case to version 1, or use a build that reads its own
    "#);
}

#[test]
fn a_case_that_is_wrong_is_refused() {
    for id in ["../a", "a\\u0000", "\\u001b[2J", "<script>", ""] {
        compared(CASE.replace("\"a\"", &format!("\"{id}\"")));
    }
    compared("");
    compared(format!("\u{feff}{CASE}"));
    compared(b"{\"format_version\": 1, \"\xff\": 1}");
    compared(CASE.replace("{\"dag\"", "{\"\u{1b}[2J\""));
    compared(&CASE[..40]);
    compared(format!("{{\"format_version\": 1, \"input\": {}", "[".repeat(200_000)));
    compared(b"\x1f\x8b\x08\x00\x00");
}

#[test]
fn an_execution_that_is_wrong_keeps_all_from_being_imported() {
    for (right, wrong) in [
        ("\"1.5\"", "\"2.0\""),
        ("\"parents\": []", "\"parents\": [\"\\u001b[2J\"]"),
        ("\"parents\": []", "\"parents\": [\"t1\"]"),
        ("\"children\"", "\"childern\""),
        ("1.5}", "-1.5}"),
        ("1.5}", "\"long\"}"),
        ("\"execution\"", "\"executed\""),
    ] {
        imported(EXECUTION.replace(right, wrong));
    }
    assert_snapshot!(imported(EXECUTION.replace("[{\"id\": \"t1\"", "[{\"id\": \"t2\"")), @r#"
    corpus::invalid

      × bad.json, line 3: the execution has a task `t2` that the specification
      │ lacks
       ╭─[bad.json:3:32]
     2 │ "specification": {"tasks": [{"name": "t", "id": "t1", "parents": [], "children": []}]},
     3 │ "execution": {"tasks": [{"id": "t2", "runtimeInSeconds": 1.5}]}}}
       ·                                ┬
       ·                                ╰── here
       ╰────
      help: add it to the specification, or take it out here
    "#);
}

#[test]
fn a_folder_without_a_case_is_refused() {
    let repository = Repository::new();
    repository.write("cases/README.md", "no case");
    assert!(refused(&repository, &["compare", "--corpus", "cases", "--out", "out"]).contains("cases holds no case"));
    refused(&repository, &["corpus", "import", "wfformat", "cases", "--out", "out"]);
}

#[cfg(unix)]
#[test]
fn a_folder_that_links_to_itself_is_read_once() {
    let repository = Repository::new();
    repository.write("cases/a.json", CASE);
    std::os::unix::fs::symlink(repository.path("cases"), repository.path("cases/again")).expect("the link is made");
    let said = repository.check(&["corpus", "stats", "cases"], 0);
    assert!(said.output.starts_with("1 case"), "{}", said.output);
}

#[test]
fn a_file_of_a_gigabyte_is_refused_unread() {
    let repository = Repository::new();
    repository.write("huge.json", "");
    let file = std::fs::File::options().write(true).open(repository.path("huge.json"));
    // Sparse: it takes no space.
    file.and_then(|file| file.set_len(1 << 30)).expect("the file can grow");
    assert!(refused(&repository, &["compare", "--corpus", "huge.json", "--out", "out"]).contains("more than 64 MB"));
}
