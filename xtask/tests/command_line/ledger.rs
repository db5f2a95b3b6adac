//! The ledger from the command line: what is accepted, what that makes of a run, and what is told of it.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use harness::record::Record;

use crate::support::{Repository, Said, tree};

/// Two known bugs: one shows where legacy is compared, one where only the reference is.
const BUGS: [&str; 2] = ["goes-on-after-a-failure", "one-attempt-too-many"];
/// A case for each.
const CASES: [&str; 2] = [
    r#"{"format_version": 1, "id": "ID", "definition": {"dag": {"id": "w", "tasks": [
        {"id": "a", "call": {"handler": "h"}}, {"id": "b", "needs": ["a"], "call": {"handler": "h"}}]}},
        "script": {"tasks": {"a": {"attempts": [{"takes": 1, "then": {"fails": {"kind": "k", "message": "x"}}}]}}}}"#,
    r#"{"format_version": 1, "id": "ID", "definition": {"dag": {"id": "w", "tasks": [
        {"id": "a", "call": {"handler": "h"}, "retry": {"max_attempts": 2, "initial": 0, "factor": 2.0}}]}},
        "script": {"tasks": {"a": {"attempts": [{"takes": 1, "then": {"fails": {"kind": "transient", "message": "x"}}}]}}}}"#,
];
/// How many there are of each: more than are reduced of what looks alike, unless somebody accepted it.
const OF_EACH: usize = 15;
/// The day of each comparison.
const ON_DAY: &str = "2026-11-21";

/// A repository with the cases.
fn repository() -> Repository {
    let repository = Repository::new();
    for (bug, case) in CASES.iter().enumerate() {
        for number in 0..OF_EACH {
            let id = format!("case-{bug}-{number}");
            repository.write(&format!("cases/{id}.json"), case.replace("ID", &id));
        }
    }
    repository
}

/// Compares with these bugs planted in new.
fn compare(repository: &Repository, bugs: &[&str], out: &str, more: &[&str], code: i32) -> Said {
    let mut arguments = vec!["compare", "--corpus", "cases", "--out", out, "--today", ON_DAY];
    arguments.extend(bugs.iter().flat_map(|bug| ["--plant", bug]));
    arguments.extend(more);
    repository.check(&arguments, code)
}

/// A repository with the record `one/m` of a run that found the second bug. The run itself is made once.
fn with_run() -> Repository {
    static RECORD: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
        let repository = repository();
        compare(&repository, &BUGS[1..], "one", &[], 1);
        let folder = repository.path("");
        let files = tree(&repository.path("one")).into_iter().filter(|path| path.is_file());
        let name = |path: &Path| {
            path.strip_prefix(&folder)
                .expect("it is in the repository")
                .display()
                .to_string()
        };
        files
            .map(|path| (name(&path), fs::read(&path).expect("it is a file")))
            .collect()
    });
    let repository = repository();
    for (name, content) in RECORD.iter() {
        repository.write(name, content);
    }
    repository
}

fn record(repository: &Repository, out: &str) -> Record {
    Record::read(&repository.path(&format!("{out}/m"))).expect("it is a record")
}

/// The id of the only cluster of a run.
fn only_cluster(repository: &Repository, out: &str) -> String {
    let verdict = record(repository, out).verdict.expect("it got to its end");
    let ids: Vec<String> = verdict.clusters.into_iter().map(|cluster| cluster.id).collect();
    let [id] = ids.try_into().expect("there is one");
    id
}

/// Accepts a cluster of a run until that day.
fn accept(repository: &Repository, run: &str, id: &str, expires: &str) -> Said {
    let arguments = [
        "review",
        run,
        "--accept",
        id,
        "--reason",
        "we can live with it",
        "--owner",
        "payments",
        "--expires",
        expires,
        "--today",
        "2026-01-01",
    ];
    repository.check(&arguments, 0)
}

#[test]
fn what_is_accepted_passes_until_it_expires_and_is_told_in_every_output() {
    let repository = repository();
    compare(&repository, &BUGS[..1], "first", &[], 1);
    let id = only_cluster(&repository, "first");
    accept(&repository, "first/m", &id, "2026-11-21");
    let said = compare(&repository, &BUGS[..1], "second", &[], 0);
    let accepted = format!("{id}  ");
    assert!(
        said.output.contains(&format!("accepted  {accepted}")),
        "{}",
        said.output
    );
    assert!(said.output.contains("0 open, "), "{}", said.output);
    let read = |name: &str| fs::read_to_string(repository.path(&format!("second/m/{name}"))).expect("it is there");
    for name in ["summary.md", "verdict.json", "manifest.json"] {
        assert!(read(name).contains("we can live with it"), "{name}");
    }
    assert!(read("manifest.json").contains("\"today\": \"2026-11-21\""));
    let verdict = record(&repository, "second").verdict.expect("it got to its end");
    assert_eq!(verdict.accepted.total(), verdict.tally.divergences());

    accept(&repository, "first/m", &id, "2026-11-20");
    let said = compare(&repository, &BUGS[..1], "third", &[], 1);
    assert!(said.output.contains("expired on 2026-11-20"), "{}", said.output);
    let said = compare(&repository, &[], "fourth", &[], 0);
    assert!(said.output.contains(&format!("stale     {id}")), "{}", said.output);
}

#[test]
fn only_cases_of_the_accepted_cause_are_accepted() {
    let repository = with_run();
    let id = only_cluster(&repository, "one");
    accept(&repository, "one/m", &id, "2027-01-31");
    compare(&repository, &BUGS, "both", &[], 1);
    let verdict = record(&repository, "both").verdict.expect("it got to its end");
    // Each of them was reduced, to be certain.
    assert_eq!(
        (verdict.accepted.parity, verdict.accepted.semantics),
        (0, OF_EACH as u64)
    );
    assert_eq!(verdict.tally.divergences(), 2 * OF_EACH as u64);
    let standing = |cluster: &harness::causes::Cluster| cluster.standing.is_accepted();
    assert_eq!(verdict.clusters.iter().filter(|cluster| standing(cluster)).count(), 1);
}

#[test]
fn causes_that_are_new_known_and_gone_are_told_apart() {
    let repository = with_run();
    let known = only_cluster(&repository, "one");
    let said = compare(&repository, &BUGS, "both", &["--against", "one/m"], 1);
    assert!(said.output.contains("1 known, 0 gone"), "{}", said.output);
    let against = record(&repository, "both").verdict.and_then(|verdict| verdict.against);
    let against = against.expect("it was held against a run");
    assert_eq!((&*against.run, &*against.known[0].id), ("one/m", &*known));
    assert!(!against.new.is_empty() && against.gone.is_empty());
    // The folder of several migrations is enough.
    let said = compare(&repository, &[], "none", &["--against", "one"], 0);
    assert!(
        said.output.contains("0 new, 0 known, 1 gone") && said.output.contains(&known),
        "{}",
        said.output
    );
}

#[test]
fn a_run_that_nothing_can_be_held_against_is_refused() {
    let repository = repository();
    compare(&repository, &[], "ended", &[], 0);
    fs::create_dir(repository.path("unfinished")).expect("the folder is free");
    fs::copy(
        repository.path("ended/m/manifest.json"),
        repository.path("unfinished/manifest.json"),
    )
    .expect("it is there");
    let manifest = fs::read_to_string(repository.path("ended/m/manifest.json")).expect("it is there");
    repository.write(
        "other/manifest.json",
        manifest.replace("\"migration\": \"m\"", "\"migration\": \"n\""),
    );
    fs::copy(
        repository.path("ended/m/verdict.json"),
        repository.path("other/verdict.json"),
    )
    .expect("it is there");
    for (run, problem) in [
        ("unfinished", "did not get to its end"),
        ("other", "is of the migration `n`, not of `m`"),
        ("no-such-run", "there is no record of a run"),
    ] {
        let said = compare(&repository, &[], "later", &["--against", run], 2);
        assert!(said.error.contains(problem), "{}", said.error);
        assert!(!repository.path("later").exists());
    }
}

#[test]
fn a_review_without_a_terminal_says_which_flags_to_use() {
    let repository = with_run();
    let said = repository.check(&["review", "one/m", "--today", ON_DAY], 2);
    let id = only_cluster(&repository, "one");
    assert!(
        said.output.contains(&id) && said.output.contains("workflow w"),
        "{}",
        said.output
    );
    assert!(
        said.error.contains("--accept CLUSTER") && said.error.contains("--reject"),
        "{}",
        said.error
    );
    assert!(!repository.path("known-divergences.toml").exists());
}

#[test]
fn a_review_of_a_run_without_differences_says_so() {
    let repository = repository();
    repository.check(&["compare", "--corpus", "cases"], 0);
    let said = repository.check(&["review"], 0);
    assert_eq!(said.output, "target/cutover/m-1 has no difference to review.\n");
}

#[test]
fn what_is_rejected_is_open_again() {
    let repository = with_run();
    let id = only_cluster(&repository, "one");
    accept(&repository, "one/m", &id, "2027-01-31");
    let said = repository.check(&["review", "one/m", "--reject", &id], 0);
    assert_eq!(
        said.output,
        format!("{id} stays open; its entry is gone from the ledger.\n")
    );
    let left = fs::read_to_string(repository.path("known-divergences.toml")).expect("it is there");
    assert!(!left.contains(&id) && left.contains("format_version = 1"), "{left}");
}

#[test]
fn a_request_that_cannot_be_met_writes_nothing() {
    let repository = with_run();
    let id = only_cluster(&repository, "one");
    let with = |id: &'static str, more: &[&'static str]| [&["review", "one/m", "--accept", id], more].concat();
    let all = ["--reason", "r", "--owner", "o", "--expires", "2027-01-31"];
    for (arguments, problem) in [
        (with("c-0", &all), "the run has no cluster `c-0`".to_owned()),
        (with("c-0", &all[..4]), "--expires <DATE>".to_owned()),
        (
            with("c-0", &["--reason", "r", "--owner", "o", "--expires", "soon"]),
            "`soon` is no day".to_owned(),
        ),
    ] {
        let said = repository.check(&arguments, 2);
        assert!(said.error.contains(&problem), "{}", said.error);
    }
    let arguments = [
        "review",
        "one/m",
        "--accept",
        &id,
        "--reason",
        " ",
        "--owner",
        "o",
        "--expires",
        "2027-01-31",
    ];
    assert!(repository.check(&arguments, 2).error.contains("the reason is empty"));
    assert!(!repository.path("known-divergences.toml").exists());
}

#[test]
fn a_migration_may_keep_a_ledger_of_its_own() {
    let repository = repository();
    let configuration = format!(
        "[migration.m]\nledger = \"ours/ledger.toml\"\n{}",
        crate::support::CONFIGURATION
    );
    repository.write("cutover.toml", configuration);
    repository.write("ours/ledger.toml", "format_version = 1\n[[divergence]]\nreason = 7\n");
    let said = repository.check(&["compare", "--cases", "1", "--out", "out"], 2);
    assert!(said.error.contains("ours/ledger.toml:3:10"), "{}", said.error);
    assert!(!repository.path("out").exists());
}

#[test]
fn an_entry_of_a_migration_that_there_is_not_is_refused() {
    let repository = with_run();
    let id = only_cluster(&repository, "one");
    accept(&repository, "one/m", &id, "2027-01-31");
    let text = fs::read_to_string(repository.path("known-divergences.toml")).expect("it is there");
    repository.write(
        "known-divergences.toml",
        text.replace("migration = \"m\"", "migration = \"n\""),
    );
    let said = repository.check(&["compare", "--cases", "1", "--out", "out"], 2);
    assert!(said.error.contains("there is no migration `n`"), "{}", said.error);
}
