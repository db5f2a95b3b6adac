//! The record of a run: the same again for the same seed, and readable whatever happened.

use std::fs;
use std::process::Stdio;

use harness::record::Record;

use crate::support::{CONFIGURATION, Repository};

/// The lines, sorted: threads finish in any order.
fn sorted(lines: &str) -> Vec<&str> {
    let mut lines: Vec<_> = lines.lines().collect();
    lines.sort_unstable();
    lines
}

#[test]
fn the_same_seed_gives_the_same_record_on_any_number_of_threads() {
    let repository = Repository::new();
    // Without the options some cases diverge, and there is more that could differ.
    repository.write(
        "cutover.toml",
        &CONFIGURATION[..CONFIGURATION.find("options").expect("it has options")],
    );
    let record = |jobs, seed, out: &str| {
        repository.run(&[
            "compare", "--cases", "400", "--rules", "200", "--jobs", jobs, "--seed", seed, "--timing", "off", "--out",
            out,
        ]);
        let read = |name: &str| fs::read_to_string(repository.path(&format!("{out}/m/{name}"))).expect("it is there");
        ["verdict.json", "summary.md", "cases.jsonl"].map(read)
    };
    let (alone, together, other) = (
        record("1", "7", "one"),
        record("2", "7", "two"),
        record("2", "8", "other"),
    );
    assert_eq!(alone[..2], together[..2]);
    assert_eq!(sorted(&alone[2]), sorted(&together[2]));
    assert_ne!(alone[0], other[0]);
    assert_ne!(sorted(&alone[2]), sorted(&other[2]));
}

#[test]
fn a_killed_run_leaves_a_record_that_can_be_read() {
    let repository = Repository::new();
    let mut command = repository.command(&["compare", "--cases", "1000000", "--jobs", "2", "--out", "out"]);
    let mut running = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let lines = repository.path("out/m/cases.jsonl");
    let is_long = || fs::metadata(&lines).is_ok_and(|file| file.len() > 10_000);
    let seen = (0..20_000_000).any(|_| {
        std::thread::yield_now();
        is_long()
    });
    running.kill().expect("it still runs");
    running.wait().expect("it ends");
    assert!(seen, "no case was written");
    let record = Record::read(&repository.path("out/m")).expect("the manifest is whole");
    assert_eq!(record.verdict, None);
    let read = record
        .cases()
        .expect("the lines can be read")
        .map(|line| line.expect("the line is whole"));
    assert!(read.count() > 10);
}

#[test]
fn a_record_is_rendered_again_as_it_was() {
    let repository = Repository::new();
    repository.run(&["compare", "--cases", "60", "--plant", "limit-plus-one", "--out", "out"]);
    let page = repository.path("out/m/report.html");
    let written = fs::read(&page).expect("`compare` writes it");
    fs::remove_file(&page).expect("it is there");
    let said = repository.check(&["report", "out/m"], 0);
    assert_eq!(said.output, "out/m/report.html\n");
    assert!(fs::read(&page).expect("`report` writes it") == written, "it differs");
    for (format, name) in [
        ("markdown", "summary.md"),
        ("junit", "junit.xml"),
        ("sarif", "report.sarif"),
        ("json", "report.json"),
    ] {
        let file = fs::read_to_string(repository.path(&format!("out/m/{name}"))).expect("`compare` writes it");
        let said = repository.check(&["report", "out/m", "--format", format], 0);
        assert_eq!(said.output, file);
        assert!(
            String::from_utf8_lossy(&written).contains(&format!("href=\"{name}\"")),
            "{name}"
        );
    }
    let said = repository.check(&["report", "out/m", "--format", "terminal"], 0);
    assert!(
        said.output.contains("Report       out/m/report.html"),
        "{}",
        said.output
    );
}

#[test]
fn what_is_no_record_is_not_rendered() {
    let repository = Repository::new();
    let said = repository.check(&["report", "nowhere"], 2);
    assert!(
        said.error.contains("there is no record of a run in `nowhere`"),
        "{}",
        said.error
    );
    repository.check(&["report"], 2);
    repository.check(&["report", "nowhere", "--format", "markdown", "--open"], 2);
    repository.check(&["report", "nowhere", "--format", "no-such-format"], 2);
}
