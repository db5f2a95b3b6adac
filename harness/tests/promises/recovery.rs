//! Faults of recovery: each is planted in a durable engine, which does everything right as long as its process lives, and is
//! found by killing it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use contract::{
    Call, CallResult, Definition, Description, Engine, Event, Feature, FeatureSet, Finished, Host, Job, Loaded, Millis,
    Rejection, Signal, Storage,
};
use corpus::generate::{Dials, Generator};
use futures::FutureExt;
use futures::future::BoxFuture;
use harness::run::Cases;
use harness::soak::{Plan, soak};
use harness::verdict::{Decision, Verdict};

use crate::support::{end_test, migration, registered, run};

/// What an engine does wrong once its process has died.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    /// A write is acknowledged and not made.
    LosesARecord,
    /// It makes a call again whose result was on record.
    RepeatsARecordedCall,
    /// What was to be due at a moment begins to wait anew.
    ForgetsItsTimers,
    /// It does not look at what is on record.
    StartsFromScratch,
}

struct Faulty(Arc<dyn Engine>, Option<Fault>);

struct FaultyRun {
    loaded: Box<dyn Loaded>,
    fault: Option<Fault>,
    /// The calls that returned in earlier lives of the process.
    returned: Arc<Mutex<Vec<Call>>>,
}

impl Engine for Faulty {
    fn describe(&self) -> Description {
        self.0.describe()
    }

    fn load(&self, definition: &Definition) -> Result<Box<dyn Loaded>, Rejection> {
        Ok(Box::new(FaultyRun {
            loaded: self.0.load(definition)?,
            fault: self.1,
            returned: Arc::default(),
        }))
    }
}

impl Loaded for FaultyRun {
    fn run(&self, job: Job, host: Arc<dyn Host>) -> BoxFuture<'_, Finished> {
        let is_recovering = host.storage().is_some_and(|storage| !storage.records().is_empty());
        let mut returned = self.returned.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_recovering {
            returned.clear();
        } else if self.fault == Some(Fault::RepeatsARecordedCall) {
            returned.iter().for_each(|call| drop(host.call(call.clone())));
        }
        self.loaded.run(
            job,
            Arc::new(FaultyHost {
                host,
                fault: self.fault,
                returned: Arc::clone(&self.returned),
            }),
        )
    }
}

struct FaultyHost {
    host: Arc<dyn Host>,
    fault: Option<Fault>,
    returned: Arc<Mutex<Vec<Call>>>,
}

impl Host for FaultyHost {
    fn call(&self, call: Call) -> BoxFuture<'static, CallResult> {
        let returned = Arc::clone(&self.returned);
        let result = self.host.call(call.clone());
        async move {
            let result = result.await;
            returned.lock().unwrap_or_else(PoisonError::into_inner).push(call);
            result
        }
        .boxed()
    }

    fn report(&self, event: Event) {
        self.host.report(event);
    }

    fn signal(&self) -> BoxFuture<'static, Option<Signal>> {
        self.host.signal()
    }

    fn storage(&self) -> Option<Arc<dyn Storage>> {
        Some(Arc::new(FaultyStorage {
            storage: self.host.storage()?,
            fault: self.fault,
            writes: AtomicUsize::new(0),
        }))
    }
}

struct FaultyStorage {
    storage: Arc<dyn Storage>,
    fault: Option<Fault>,
    writes: AtomicUsize,
}

impl Storage for FaultyStorage {
    fn append(&self, record: Vec<u8>) -> BoxFuture<'static, ()> {
        let number = self.writes.fetch_add(1, Ordering::Relaxed);
        if self.fault == Some(Fault::LosesARecord) && number == 1 {
            return std::future::ready(()).boxed();
        }
        self.storage.append(record)
    }

    fn records(&self) -> Vec<Vec<u8>> {
        match self.fault {
            Some(Fault::StartsFromScratch) => Vec::new(),
            _ => self.storage.records(),
        }
    }

    fn truncate(&self, count: usize) {
        if self.fault != Some(Fault::StartsFromScratch) {
            self.storage.truncate(count);
        }
    }

    fn now(&self) -> Millis {
        match self.fault {
            Some(Fault::ForgetsItsTimers) => Millis::ZERO,
            _ => self.storage.now(),
        }
    }
}

/// Cases with timers, on each of which new is killed.
fn verdict(engine: &str, fault: Option<Fault>) -> Verdict {
    let features = [
        Feature::Needs,
        Feature::Retry,
        Feature::RunTimeout,
        Feature::FailureStop,
        Feature::MaxParallel,
        Feature::Parallel,
    ];
    let dials = Dials {
        max_tasks: 7,
        tail: 0.0,
        plain: 0.3,
        ..Dials::only(FeatureSet::from(features))
    };
    let generator = Generator::new(1, dials);
    let cases = Cases::new((0..30).map(|index| generator.case(index)).collect(), None);
    let folder = tempfile::tempdir().expect("a folder");
    let new = Arc::new(Faulty(registered(engine), fault));
    run(
        &migration(registered("dataflow"), new),
        &cases,
        folder.path(),
        &end_test,
    )
}

#[track_caller]
fn check(fault: Fault) {
    for engine in ["flow", "reference"] {
        let verdict = verdict(engine, Some(fault));
        let failed = verdict
            .gates
            .iter()
            .filter(|gate| gate.decision == Some(Decision::Fail));
        let failed: Vec<&str> = failed.map(|gate| &*gate.name).collect();
        assert_eq!(failed, ["recovery"], "{engine}: {fault:?}");
        let tally = &verdict.tally;
        assert_eq!(
            tally.aspects.keys().collect::<Vec<_>>(),
            ["recovery"],
            "{engine}: {fault:?}"
        );
        assert_eq!(tally.blame.keys().collect::<Vec<_>>(), ["new"], "{engine}: {fault:?}");
        let first = &tally.diverging[0].first;
        assert!(first.path.starts_with("recovery."), "{engine}: {}", first.path);
    }
}

#[test]
fn an_engine_that_loses_an_acknowledged_record_is_found() {
    check(Fault::LosesARecord);
}

#[test]
fn an_engine_that_repeats_a_recorded_call_is_found() {
    check(Fault::RepeatsARecordedCall);
}

#[test]
fn an_engine_that_forgets_its_timers_is_found() {
    check(Fault::ForgetsItsTimers);
}

#[test]
fn an_engine_that_starts_from_scratch_is_found() {
    check(Fault::StartsFromScratch);
}

#[test]
fn an_engine_without_a_fault_recovers_alike_from_every_death() {
    for engine in ["flow", "reference"] {
        let verdict = verdict(engine, None);
        let recovery = &verdict.tally.recovery;
        assert_eq!(
            verdict.tally.divergences(),
            0,
            "{engine}: {:?}",
            verdict.tally.diverging
        );
        assert!(
            recovery.points > 500 && recovery.alike == recovery.points,
            "{engine}: {recovery:?}"
        );
    }
}

#[test]
fn an_engine_that_is_not_durable_is_not_killed() {
    let cases = Cases::new(crate::support::plain_cases(20), None);
    let folder = tempfile::tempdir().expect("a folder");
    let engines = migration(registered("flow"), registered("dataflow"));
    let verdict = run(&engines, &cases, folder.path(), &end_test);
    let gate = verdict.gates.iter().find(|gate| gate.name == "recovery");
    assert_eq!(gate.and_then(|gate| gate.decision), None);
    assert_eq!(verdict.tally.recovery.points, 0);
}

#[test]
fn a_soak_names_the_run_in_which_an_engine_does_wrong() {
    let soaked = |fault| {
        let engine = Faulty(registered("flow"), fault);
        soak(&Plan {
            engine: &engine,
            runs: 20,
            lasts: Millis(12 * 3_600_000),
            seed: 1,
            memory: &|| None,
        })
    };
    assert!(soaked(None).is_ok());
    for (fault, rule) in [
        (Fault::RepeatsARecordedCall, "called again although"),
        (Fault::StartsFromScratch, "called again although"),
        (Fault::LosesARecord, "panicked"),
    ] {
        let broken = harness::run::quietly(|| soaked(Some(fault))).expect_err("it is found");
        assert!(broken.to_string().contains(rule), "{fault:?}: {broken}");
        assert!(
            broken.run.starts_with("run-") && broken.at > Millis::ZERO,
            "{fault:?}: {broken}"
        );
    }
}
