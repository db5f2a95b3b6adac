//! One fault of each sort, in an engine that is right otherwise: the comparison finds it, names its aspect, and blames the
//! engine that has it.

mod engine;
mod host;

use std::sync::Arc;

use contract::Engine;
use corpus::generate::{Dials, Generator};
use harness::Aspect;
use harness::run::Cases;
use harness::verdict::{Decision, Verdict};

use crate::support::{end_test, migration, registered, run};
use engine::Faulty;

/// What an engine does wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    SkipsAnEdge,
    TriesOnceTooOften,
    LosesAnOutput,
    SwallowsAnError,
    DoublesACall,
    IgnoresMaxParallel,
    BacksOffTooShort,
    GivesTheWrongSkipReason,
    KeepsATasksEndToItself,
    MakesIntegersFloats,
}

const CASES: u64 = 400;

fn verdict(legacy: Arc<dyn Engine>, new: Arc<dyn Engine>) -> Verdict {
    let folder = tempfile::tempdir().expect("a folder");
    let cases = Cases::new(Vec::new(), Some((Generator::new(1, Dials::default()), CASES)));
    run(&migration(legacy, new), &cases, folder.path(), &end_test)
}

#[track_caller]
fn check(fault: Fault, is_in_legacy: bool, aspect: Aspect) {
    let faulty = Arc::new(Faulty::new(registered("flow"), fault));
    let (verdict, blamed) = if is_in_legacy {
        (verdict(faulty, registered("flow")), "legacy")
    } else {
        (verdict(registered("dataflow"), faulty), "new")
    };
    let failed = |name: &str| {
        let gate = verdict.gates.iter().find(|gate| gate.name == name);
        gate.is_some_and(|gate| gate.decision == Some(Decision::Fail))
    };
    assert!(failed("parity") || failed("semantics"), "no gate failed for {fault:?}");
    assert_eq!(verdict.decision, Decision::Fail);
    let tally = &verdict.tally;
    assert!(
        tally.aspects.contains_key(aspect.as_str()),
        "{fault:?}: {:?}",
        tally.aspects
    );
    assert_eq!(tally.blame.keys().collect::<Vec<_>>(), [blamed], "{fault:?}");
}

/// The aspect that each fault shows in.
const FAULTS: [(Fault, Aspect); 10] = [
    (Fault::SkipsAnEdge, Aspect::Order),
    (Fault::TriesOnceTooOften, Aspect::Calls),
    (Fault::LosesAnOutput, Aspect::Output),
    (Fault::SwallowsAnError, Aspect::Error),
    (Fault::DoublesACall, Aspect::Calls),
    (Fault::IgnoresMaxParallel, Aspect::Limits),
    (Fault::BacksOffTooShort, Aspect::Limits),
    (Fault::GivesTheWrongSkipReason, Aspect::Outcome),
    (Fault::KeepsATasksEndToItself, Aspect::Events),
    (Fault::MakesIntegersFloats, Aspect::Output),
];

#[test]
fn a_fault_of_the_new_engine_is_found_and_blamed_on_it() {
    for (fault, aspect) in FAULTS {
        check(fault, false, aspect);
    }
}

#[test]
fn a_fault_of_legacy_is_found_and_blamed_on_it() {
    for (fault, aspect) in FAULTS {
        check(fault, true, aspect);
    }
}

#[test]
fn without_a_fault_nothing_is_found() {
    assert_eq!(
        verdict(registered("dataflow"), registered("flow"))
            .tally
            .open_divergences(),
        0
    );
}
