//! Timings, as far as they can be promised of a build without optimisation: they are taken, kept, and not believed.

use std::fs;

use harness::record::Record;

use crate::support::Repository;

/// A chain of a few tasks.
const CHAIN: &str = r#"{"format_version": 1, "id": "chain", "definition": {"dag": {"id": "w", "tasks": [
    {"id": "a", "call": {"handler": "work"}}, {"id": "b", "needs": ["a"], "call": {"handler": "work"}}
]}}}"#;
/// One that legacy cannot run.
const RETRY: &str = r#"{"format_version": 1, "id": "retried", "definition": {"dag": {"id": "w", "tasks": [
    {"id": "a", "call": {"handler": "work"}, "retry": {"max_attempts": 2}}
]}}}"#;

fn repository() -> Repository {
    let repository = Repository::new();
    repository.write("cases/chain.json", CHAIN);
    repository.write("cases/retried.json", RETRY);
    repository
}

const COMPARE: [&str; 7] = ["compare", "--corpus", "cases", "--timing", "quick", "--out", "out"];

#[test]
fn what_is_timed_is_kept_pair_by_pair_and_the_verdict_can_be_had_again() {
    if !cfg!(debug_assertions) {
        return; // Then the verdict depends on the machine.
    }
    let repository = repository();
    let said = repository.check(&COMPARE, 3);
    assert!(
        said.output
            .contains("cannot be believed: this is a build without optimisation"),
        "{}",
        said.output
    );
    assert!(
        said.output.contains("not timed: retried: legacy cannot run it"),
        "{}",
        said.output
    );
    let record = Record::read(&repository.path("out/m")).expect("it is whole");
    let timings = record.timings().expect("it can be read").expect("something was timed");
    let chain = &timings.workloads[0];
    assert_eq!(
        (chain.id.as_str(), chain.tasks, timings.workloads.len()),
        ("chain", 2, 1)
    );
    assert!(chain.blocks.len() >= 2 && chain.blocks.iter().all(|block| block.pairs.len() == 10));
    assert!(
        chain
            .heap
            .is_some_and(|[legacy, new]| legacy.allocations > 0 && new.allocations > 0)
    );
    assert_eq!(timings.controls.len(), 2);

    let before = fs::read(repository.path("out/m/verdict.json")).expect("it is there");
    let again = repository.check(&["verdict", "out/m"], 3);
    let gates = |output: &str| {
        let (_, gates) = output.split_once("Gates").expect("they are listed");
        gates.split_once("Slowest").expect("they come first").0.to_owned()
    };
    assert_eq!(gates(&again.output), gates(&said.output));
    let stricter = repository.check(&["verdict", "out/m", "--max-ratio", "0.001"], 3);
    assert!(stricter.output.contains("at most 0.00× legacy"), "{}", stricter.output);
    assert_eq!(
        fs::read(repository.path("out/m/verdict.json")).expect("it is there"),
        before
    );
}

#[test]
fn what_is_not_timed_is_said_not_to_be() {
    let repository = repository();
    let said = repository.check(&["compare", "--corpus", "cases", "--timing", "off", "--out", "out"], 0);
    assert!(
        said.output.contains("NOT MEASURED overhead     nothing was timed"),
        "{}",
        said.output
    );
    assert!(!repository.path("out/m/timings.json").exists());
}

#[test]
fn a_memory_gate_that_does_not_hold_fails_whatever_the_machine() {
    let repository = repository();
    repository.check(&COMPARE, if cfg!(debug_assertions) { 3 } else { 0 });
    let said = repository.check(&["verdict", "out/m", "--peak-max-ratio", "0.0001"], 1);
    assert!(said.output.contains("FAIL         memory"), "{}", said.output);
}

#[test]
fn limits_that_are_none_are_refused() {
    for bad in ["0", "-1", "nan", "many"] {
        repository().check(&["verdict", "out", "--max-ratio", bad], 2);
    }
    repository().check(&["compare", "--slow-new", "-5"], 2);
    repository().check(&["verdict", "nowhere"], 2);
}

#[test]
fn a_process_that_is_told_nothing_to_measure_says_so() {
    let said = repository().run(&["measure"]);
    assert_ne!(said.code, Some(0));
    assert!(said.error.contains("what to measure"), "{}", said.error);
}
