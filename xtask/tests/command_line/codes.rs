//! The exit codes, which CI jobs branch on.

use std::fs;

use crate::support::{CASE, CONFIGURATION, Repository, tree};

/// A case with one task that has this besides.
fn with_task(more: &str) -> String {
    CASE.replace(
        "[]",
        &format!("[{{\"id\": \"t\", \"call\": {{\"handler\": \"h\"}}, {more}}}]"),
    )
}

#[test]
fn a_comparison_whose_gates_hold_gives_0() {
    Repository::new().check(&["compare", "--cases", "20", "--out", "out"], 0);
}

#[test]
fn a_gate_that_does_not_hold_gives_1() {
    let repository = Repository::new();
    // The options that make both engines read a condition alike are left out.
    repository.write(
        "cutover.toml",
        &CONFIGURATION[..CONFIGURATION.find("options").expect("it has options")],
    );
    repository.write("a.json", with_task(r#""when": {"throw": "no"}"#));
    repository.check(&["compare", "--corpus", "a.json", "--out", "out"], 1);
}

#[test]
fn a_command_line_that_is_wrong_gives_2() {
    let repository = Repository::new();
    for wrong in [
        &["compare", "no-such-migration"][..],
        &["compare", "--no-such-flag"],
        &["compare", "--jobs", "0"],
        &["compare", "--cases", "-1"],
        &["compare", "--corpus", "no-such-file"],
        &["replay", "no-such-case"],
        &["corpus", "generate", "--cases", "18446744073709551615", "--out", "out"],
        &["corpus", "generate", "--cases", "0", "--out", "out"],
        &["no-such-command"],
        &[],
    ] {
        repository.check(wrong, 2);
    }
    let said = repository.check(&["compare", "--only", "no-such-feature"], 2);
    assert!(
        said.error.contains("there are empty_workflow, refusal, needs"),
        "{}",
        said.error
    );
    assert_eq!(tree(&repository.path("")).len(), 2);
}

#[test]
fn every_command_has_help() {
    let commands = [
        "",
        "compare",
        "replay",
        "engines",
        "corpus",
        "test",
        "tidy",
        "mutants",
        "power",
        "verdict",
        "soak",
        "corpus generate",
        "corpus import",
    ];
    let more = ["corpus import wfformat", "corpus stats", "corpus show"];
    for command in commands.into_iter().chain(more) {
        let mut arguments: Vec<&str> = command.split_whitespace().collect();
        arguments.push("--help");
        assert!(
            Repository::new().check(&arguments, 0).output.contains("Usage: "),
            "{command}"
        );
    }
}

#[test]
fn a_comparison_that_legacy_had_no_part_in_gives_3() {
    let repository = Repository::new();
    repository.write("a.json", with_task(r#""retry": {"max_attempts": 2}"#));
    repository.check(&["compare", "--corpus", "a.json", "--out", "out"], 3);
}

#[test]
fn a_comparison_of_nothing_gives_4() {
    let repository = Repository::new();
    repository.check(&["compare", "--cases", "0", "--out", "out"], 4);
}

#[test]
fn a_record_that_cannot_be_written_gives_5() {
    let repository = Repository::new();
    repository.write("file", "");
    let said = repository.check(&["compare", "--cases", "5", "--out", "file/below"], 5);
    assert_eq!(said.error.matches("Not a directory").count(), 1, "{}", said.error);
    repository.check(&["corpus", "generate", "--cases", "5", "--out", "file/below"], 5);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_gives_5() {
    let repository = Repository::new();
    repository.check(&["compare", "--cases", "5", "--out", "out"], 0);
    fs::remove_file(repository.path("out/m/cases.jsonl")).expect("it was written");
    std::os::unix::fs::symlink("/dev/full", repository.path("out/m/cases.jsonl")).expect("the link is made");
    repository.check(&["compare", "--cases", "5", "--out", "out"], 5);
    let full = fs::File::options().write(true).open("/dev/full").expect("it is there");
    let status = repository
        .command(&["engines"])
        .stdout(full)
        .stderr(std::process::Stdio::null())
        .status();
    assert_eq!(status.expect("the program starts").code(), Some(5));
}

#[test]
fn a_folder_that_holds_something_else_gives_2_and_is_left_alone() {
    let repository = Repository::new();
    repository.write("out/m/precious", "keep");
    let before = tree(&repository.path(""));
    let said = repository.check(&["compare", "--cases", "5", "--out", "out"], 2);
    assert!(
        said.error.contains("name another folder with `--out`"),
        "{}",
        said.error
    );
    assert_eq!(tree(&repository.path("")), before);
}

#[test]
fn a_death_is_shown_at_a_write_that_there_is_and_refused_at_one_that_there_is_not() {
    let repository = Repository::new();
    repository.write("a.json", with_task(r#""priority": 1"#));
    repository.check(&["replay", "a.json", "--die-at", "2:part"], 0);
    repository.check(&["replay", "a.json", "--die-at", "99"], 2);
    repository.check(&["replay", "a.json", "--die-at", "second"], 2);
}

#[test]
fn a_case_is_made_a_page_of_where_it_can_be_written() {
    let repository = Repository::new();
    repository.write("a.json", with_task(r#""priority": 1"#));
    repository.check(&["replay", "a.json", "--page", "a.html"], 0);
    assert!(repository.path("a.html").exists());
    let said = repository.check(&["replay", "a.json", "--page", "no-such-folder/a.html"], 2);
    assert!(said.error.contains("with `--page`"), "{}", said.error);
}

#[test]
fn a_soak_in_which_nothing_breaks_gives_0() {
    let repository = Repository::new();
    repository.check(&["soak", "--runs", "20", "--hours", "1"], 0);
    repository.check(&["soak", "--engine", "dataflow", "--runs", "20", "--hours", "1"], 2);
}

#[test]
fn planted_faults_that_are_all_found_give_0_and_one_that_survives_1() {
    let repository = Repository::new();
    let two = [
        "mutants",
        "--only",
        "doubles-a-call",
        "--only",
        "audit-loses-its-last-entry",
    ];
    let said = repository.check(&[&two[..], &["--cases", "30", "--seed", "3"]].concat(), 0);
    assert!(said.output.contains("2 of 2 planted faults found"), "{}", said.output);
    let said = repository.check(&["mutants", "--only", "ignores-a-second-pause", "--cases", "5"], 1);
    assert!(said.output.contains("0 of 1 planted faults found"), "{}", said.output);
    assert!(
        said.output.contains("lack a case that uses pause_resume"),
        "{}",
        said.output
    );
    let said = repository.check(&["mutants", "--only", "no-such-fault"], 2);
    assert!(said.error.contains("cargo xtask mutants --list"), "{}", said.error);
    let said = repository.check(&["mutants", "--list"], 0);
    assert!(said.output.contains("limit-plus-one"), "{}", said.output);
}
