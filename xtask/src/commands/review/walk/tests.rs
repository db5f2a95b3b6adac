//! Who answers what, and what is written down for it.

use std::fs;
use std::path::Path;

use anstream::adapter::strip_str;
use harness::causes::Cluster;
use harness::ledger::{FILE, Ledger};
use harness::verdict::{Tally, Verdict};
use tempfile::TempDir;

use super::*;
use crate::runs::Run;

const CLUSTER: &str = r#"{
    "id": "c-1", "like": {"name": "one-attempt-too-many", "about": "A task is tried once too often."},
    "class": {"aspect": "calls", "path": "calls.*", "kinds": ["not called", "called"], "blame": "new"},
    "features": ["retry"], "signatures": ["s"], "cases": 5, "reduced": 4,
    "exemplar": {
        "from": "g1-0", "index": 0, "size": SIZE, "before": SIZE, "runs": 7, "is_minimal": true, "baseline": "legacy",
        "divergence": {"aspect": "calls", "path": "calls.a#3", "baseline": "not called", "new": "called"}, "divergences": 1
    }
}"#;

fn cluster(id: &str, signature: &str) -> Cluster {
    let case = crate::cases::find("g1-0").expect("it is generated");
    let size = serde_json::to_string(&corpus::Size::of(&case)).expect("it is JSON");
    let mut cluster: Cluster = serde_json::from_str(&CLUSTER.replace("SIZE", &size)).expect("it is a cluster");
    id.clone_into(&mut cluster.id);
    cluster.signatures = [signature.to_owned()].into();
    cluster
}

/// A review of two clusters, in a folder of its own.
fn review() -> (TempDir, Review) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut verdict = Verdict::of(Tally::default(), None, &harness::config::Gates::default());
    verdict.clusters = vec![cluster("c-1", "s"), cluster("c-2", "t")];
    let path = folder.path().join(FILE);
    let review = Review {
        run: Run {
            folder: "record".into(),
            migration: "m".to_owned(),
            planted: Vec::new(),
            verdict,
        },
        against: None,
        ledger: Ledger::empty(FILE),
        path,
        today: "2026-11-21".parse().expect("a day"),
    };
    (folder, review)
}

/// What is said to who gives these answers.
fn said(review: &mut Review, answers: &str) -> String {
    let mut output = Vec::new();
    walk(review, &mut answers.as_bytes(), &mut output).expect("all of it can be written");
    strip_str(&String::from_utf8(output).expect("it is text")).to_string()
}

/// Whom the ledger says to accept what, and until when.
fn written(path: &Path) -> Vec<String> {
    let ledger = Ledger::read(path).expect("it can be read");
    let line = |entry: &harness::ledger::Entry| {
        format!("{} {} {} {}", entry.cluster, entry.owner, entry.expires, entry.reason)
    };
    ledger.entries().iter().map(line).collect()
}

#[test]
fn each_cluster_is_shown_and_asked_about() {
    let (_folder, mut review) = review();
    let answers = "a\nretries are idempotent\npayments\n2027-01-31\ns\n";
    insta::assert_snapshot!(said(&mut review, answers));
    assert_eq!(
        written(&review.path),
        ["c-1 payments 2027-01-31 retries are idempotent"]
    );
}

#[test]
fn what_cannot_be_is_asked_again() {
    let (_folder, mut review) = review();
    let text = said(
        &mut review,
        "what?\na\n\npayments\n2027-01-31\na\nwhy not\n\nsoon\n2020-01-01\naccept\nwhy not\n\n2026-11-21\nq\n",
    );
    for told in [
        "the reason is empty",
        "`soon` is no day",
        "2020-01-01 is over: today is 2026-11-21",
        "Who answers for it? [payments]",
        "c-1 is accepted until 2026-11-21 by payments",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert_eq!(written(&review.path), ["c-1 payments 2026-11-21 why not"]);
}

#[test]
fn who_rejects_takes_the_entry_out() {
    let (_folder, mut review) = review();
    said(&mut review, "a\nr\no\n2027-01-31\na\nr\n\n2027-01-31\n");
    assert_eq!(written(&review.path).len(), 2);
    let text = said(&mut review, "r\ns\n");
    assert!(
        text.contains("c-1 stays open; its entry is gone from the ledger."),
        "{text}"
    );
    assert_eq!(written(&review.path), ["c-2 o 2027-01-31 r"]);
    assert!(said(&mut review, "R\nskip\n").contains("c-1 stays open.\n"));
}

#[test]
fn an_answer_is_written_before_the_next_question() {
    let (_folder, mut review) = review();
    // After the first answer nobody is there any more.
    said(&mut review, "a\nr\no\n2027-01-31\na\nr\n");
    assert_eq!(written(&review.path), ["c-1 o 2027-01-31 r"]);
}

#[test]
fn who_quits_or_skips_writes_nothing() {
    for answers in ["", "q\n", "s\nquit\n", "s\ns\n", "a\nr\n"] {
        let (_folder, mut review) = review();
        said(&mut review, answers);
        assert!(!review.path.exists(), "{answers:?}");
    }
}

#[test]
fn an_entry_under_a_former_id_is_replaced() {
    let (_folder, mut review) = review();
    let former = harness::ledger::Entry::of(
        &cluster("c-0", "s"),
        "m",
        Acceptance {
            entry: "c-0".to_owned(),
            reason: "r".to_owned(),
            owner: "o".to_owned(),
            expires: "2027-01-31".parse().expect("a day"),
        },
    );
    review
        .edit(&[harness::ledger::Edit::Put(&former)])
        .expect("it can be written");
    let text = said(&mut review, "a\nstill\no\n2028-01-31\nq\n");
    assert!(
        text.contains("accepted (as c-0) until 2027-01-31 by o: \"r\""),
        "{text}"
    );
    assert_eq!(written(&review.path), ["c-1 o 2028-01-31 still"]);
}

#[test]
fn a_ledger_that_became_wrong_ends_the_review_without_being_written_over() {
    let (_folder, mut review) = review();
    fs::write(&review.path, "format_version = 9\n").expect("it can be written");
    let text = said(&mut review, "a\nr\no\n2027-01-31\nq\n");
    assert!(text.contains("`format_version` is 9"), "{text}");
    assert_eq!(
        fs::read_to_string(&review.path).expect("it is there"),
        "format_version = 9\n"
    );
}
