//! Cases of rules: a fault of the new engine is found in the aspect that it shows in, and an engine agrees with itself.
//!
//! dataflow-rs is the specification of its own format, so it is also what a fault is planted in.

use std::sync::Arc;

use contract::rules::{Processed, Value};
use contract::{
    Call, CallResult, Definition, Description, End, Engine, Event, Finished, Host, Job, Loaded, Problem, Rejection,
    Rules, Signal,
};
use corpus::Case;
use datalogic_rs::datavalue::{NumberValue, OwnedDataValue};
use futures::future::BoxFuture;
use harness::run::Cases;
use harness::verdict::Verdict;
use harness::{Aspect, Blame, Judgement};
use serde_json::json;

use crate::support::{end_test, lines, migration, registered, run};

/// What an engine does wrong with rules.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    LosesAnAuditEntry,
    LosesAChange,
    AltersAnOldValue,
    MakesIntegersFloats,
    SwapsKeys,
    LosesARoot,
    DropsAnError,
    AltersAnErrorsText,
    AltersAStatus,
    SwallowsTheStop,
    LosesATraceStep,
    DoublesACall,
    WritesALineTwice,
    RefusesInOtherWords,
    AcceptsWhatIsWrong,
    PanicsInDrop,
}

/// The aspect that each fault shows in.
const FAULTS: [(Fault, Aspect); 16] = [
    (Fault::LosesAnAuditEntry, Aspect::Audit),
    (Fault::LosesAChange, Aspect::Audit),
    (Fault::AltersAnOldValue, Aspect::Audit),
    (Fault::MakesIntegersFloats, Aspect::Output),
    (Fault::SwapsKeys, Aspect::Output),
    (Fault::LosesARoot, Aspect::Output),
    (Fault::DropsAnError, Aspect::Error),
    (Fault::AltersAnErrorsText, Aspect::Error),
    (Fault::AltersAStatus, Aspect::Audit),
    (Fault::SwallowsTheStop, Aspect::Outcome),
    (Fault::LosesATraceStep, Aspect::Trace),
    (Fault::DoublesACall, Aspect::Calls),
    (Fault::WritesALineTwice, Aspect::Log),
    (Fault::RefusesInOtherWords, Aspect::Outcome),
    (Fault::AcceptsWhatIsWrong, Aspect::Outcome),
    (Fault::PanicsInDrop, Aspect::Crash),
];

struct Faulty(Arc<dyn Engine>, Fault);

struct FaultyRun(Box<dyn Loaded>, Fault);

struct FaultyHost(Arc<dyn Host>, Fault);

impl Engine for Faulty {
    fn describe(&self) -> Description {
        self.0.describe()
    }

    fn load(&self, definition: &Definition) -> Result<Box<dyn Loaded>, Rejection> {
        let loaded = match self.0.load(definition) {
            Err(_) if self.1 == Fault::RefusesInOtherWords => {
                let message = "I do not like it".to_owned();
                return Err(Rejection::new(vec![Problem::Other { message }]));
            }
            Err(_) if self.1 == Fault::AcceptsWhatIsWrong => self.0.load(&Definition::Rules(Arc::new(rules())))?,
            loaded => loaded?,
        };
        Ok(Box::new(FaultyRun(loaded, self.1)))
    }
}

impl Loaded for FaultyRun {
    fn run(&self, job: Job, host: Arc<dyn Host>) -> BoxFuture<'_, Finished> {
        let fault = self.1;
        Box::pin(async move {
            if fault == Fault::WritesALineTwice {
                log::info!(target: contract::stage::LOG_TARGET, "n is 1");
            }
            let finished = self.0.run(job, Arc::new(FaultyHost(host, fault))).await;
            Finished::of(move || match finished.end() {
                End::Processed(processed) => End::Processed(Box::new(retold(*processed, fault))),
                other => other,
            })
        })
    }
}

impl Drop for FaultyRun {
    fn drop(&mut self) {
        assert!(self.1 != Fault::PanicsInDrop || std::thread::panicking(), "in drop");
    }
}

impl Host for FaultyHost {
    fn call(&self, call: Call) -> BoxFuture<'static, CallResult> {
        if self.1 == Fault::DoublesACall {
            drop(self.0.call(call.clone()));
        }
        self.0.call(call)
    }

    fn report(&self, event: Event) {
        self.0.report(event);
    }

    fn signal(&self) -> BoxFuture<'static, Option<Signal>> {
        self.0.signal()
    }
}

fn retold(mut processed: Processed, fault: Fault) -> Processed {
    match fault {
        Fault::LosesAnAuditEntry => drop(processed.audit.pop()),
        Fault::LosesAChange => {
            if let Some(entry) = processed.audit.iter_mut().find(|entry| !entry.changes.is_empty()) {
                entry.changes.remove(0);
            }
        }
        Fault::AltersAnOldValue => {
            for change in processed.audit.iter_mut().flat_map(|entry| &mut entry.changes) {
                change.old_value = Value(OwnedDataValue::Bool(true));
            }
        }
        Fault::AltersAStatus => {
            for entry in &mut processed.audit {
                entry.status += u64::from(entry.status == 200);
            }
        }
        Fault::MakesIntegersFloats => make_floats(&mut processed.context.0),
        Fault::SwapsKeys => swap_keys(&mut processed.context.0),
        Fault::LosesARoot => {
            if let OwnedDataValue::Object(roots) = &mut processed.context.0 {
                roots.pop();
            }
        }
        Fault::DropsAnError => drop(processed.errors.pop()),
        Fault::AltersAnErrorsText => processed.errors.iter_mut().for_each(|error| error.message.push('.')),
        Fault::SwallowsTheStop => processed.error = None,
        Fault::LosesATraceStep => {
            if let Some(steps) = &mut processed.trace {
                steps.pop();
            }
        }
        _ => {}
    }
    processed
}

fn make_floats(value: &mut OwnedDataValue) {
    match value {
        OwnedDataValue::Number(NumberValue::Integer(integer)) => {
            *value = OwnedDataValue::Number(NumberValue::Float(*integer as f64));
        }
        OwnedDataValue::Array(items) => items.iter_mut().for_each(make_floats),
        OwnedDataValue::Object(entries) => entries.iter_mut().for_each(|(_, value)| make_floats(value)),
        _ => {}
    }
}

fn swap_keys(value: &mut OwnedDataValue) {
    if let OwnedDataValue::Object(entries) = value {
        for (_, value) in entries.iter_mut() {
            swap_keys(value);
        }
        entries.reverse();
    }
}

/// Everything there is to get wrong: a function that is called, a log line, changes, and a task that stops processing.
fn rules() -> Rules {
    let task = |id: &str, name: &str, input: serde_json::Value| json!({"id": id, "name": id, "function": {"name": name, "input": input}});
    let workflow = json!({"id": "w", "name": "w", "tasks": [
        task("ask", "lookup", json!({"n": 1})),
        task("say", "log", json!({"message": {"cat": ["n is ", {"var": "data.n"}]}})),
        task("map", "map", json!({"mappings": [
            {"path": "data.at", "logic": {"var": "metadata.processed_at"}},
            {"path": "data.b", "logic": {"+": [{"var": "data.n"}, 1]}},
            {"path": "data.a", "logic": {"var": "data.b"}}
        ]})),
        task("check", "validation", json!({"rules": [{"logic": {"==": [1, 2]}, "message": "one is not two"}]})),
        task("stop", "publish_json", json!({"source": "nothing", "target": "text"})),
    ]});
    Rules {
        workflows: vec![workflow],
        handlers: ["lookup".into()].into(),
        ..Rules::default()
    }
}

fn case(id: &str, rules: &Arc<Rules>) -> Case {
    serde_json::from_value::<Case>(json!({
        "format_version": 1, "id": id, "definition": {"rules": {"workflows": []}},
        "input": {"data": {"id": id}, "trace": true},
        "script": {"tasks": {"w/ask": {"attempts": [{"takes": 3, "then": {"returns": {
            "set": [{"path": "data.n", "value": 1}]
        }}}]}}}
    }))
    .map(|case| Case {
        definition: Definition::Rules(Arc::clone(rules)),
        ..case
    })
    .expect("the case is well-formed")
}

/// Three messages of one application, a case of its own, and one that is refused.
fn cases() -> Cases {
    let (shared, own) = (Arc::new(rules()), Arc::new(rules()));
    let refused = Arc::new(Rules {
        workflows: vec![json!({"id": "w", "name": "w", "tasks": []})],
        ..Rules::default()
    });
    Cases::new(
        vec![
            case("app-0", &shared),
            case("app-1", &shared),
            case("app-2", &shared),
            case("own", &own),
            case("refused", &refused),
        ],
        None,
    )
}

fn judged(new: Arc<dyn Engine>) -> (Verdict, Vec<Judgement>) {
    let folder = tempfile::tempdir().expect("a folder");
    let verdict = run(
        &migration(registered("dataflow"), new),
        &cases(),
        folder.path(),
        &end_test,
    );
    let judgements = lines(folder.path()).into_iter().map(|line| match line.judgement {
        harness::record::CaseEnd::Judged(judgement) => judgement,
        endless @ harness::record::CaseEnd::Endless { .. } => panic!("{endless:?}"),
    });
    (verdict, judgements.collect())
}

#[test]
fn a_fault_in_rules_is_found_and_blamed_on_new() {
    for (fault, aspect) in FAULTS {
        let (verdict, judgements) = judged(Arc::new(Faulty(registered("dataflow"), fault)));
        let tally = &verdict.tally;
        assert!(
            tally.aspects.contains_key(aspect.as_str()),
            "{fault:?}: {:?}",
            tally.aspects
        );
        assert_eq!(
            tally.blame.keys().collect::<Vec<_>>(),
            [Blame::New.as_str()],
            "{fault:?}"
        );
        for judgement in judgements {
            let Judgement::Compared(comparison) = judgement else {
                panic!("{judgement:?}")
            };
            let first = comparison.divergences.first().map(|found| found.aspect);
            assert!(first.is_none_or(|first| first == aspect), "{fault:?}: {comparison:?}");
        }
    }
}

#[test]
fn dataflow_does_what_dataflow_does_and_its_clock_is_counted() {
    let (verdict, judgements) = judged(registered("dataflow"));
    assert_eq!(verdict.tally.divergences(), 0, "{judgements:#?}");
    let rules = &verdict.tally.formats["rules"];
    assert_eq!((rules.cases, rules.compared, rules.equal), (5, 5, 5));
    assert!(verdict.tally.masked > 0);
}

#[test]
fn flow_does_what_dataflow_does_with_what_it_has_kept_loaded() {
    let (verdict, judgements) = judged(registered("flow"));
    assert_eq!(verdict.tally.divergences(), 0, "{judgements:#?}");
}

#[test]
fn of_an_application_each_task_that_ran_is_counted() {
    let (verdict, _) = judged(registered("dataflow"));
    let coverage = &verdict.tally.reach.applications["app"];
    assert_eq!((coverage.cases, coverage.ran(), coverage.tasks), (3, 5, 5));
    let refused = &verdict.tally.reach.behaviours["refused_empty_name"];
    assert_eq!((refused.cases, &*refused.id), (1, "refused"));
}

/// An engine that panics on the second message it processes, and whatever it is asked after that with the same rules.
struct Fragile(Arc<dyn Engine>);

struct FragileRun(Box<dyn Loaded>, std::sync::atomic::AtomicU32);

impl Engine for Fragile {
    fn describe(&self) -> Description {
        self.0.describe()
    }

    fn load(&self, definition: &Definition) -> Result<Box<dyn Loaded>, Rejection> {
        Ok(Box::new(FragileRun(self.0.load(definition)?, 0.into())))
    }
}

impl Loaded for FragileRun {
    fn run(&self, job: Job, host: Arc<dyn Host>) -> BoxFuture<'_, Finished> {
        let breaks = job.input["data"]["id"] == "app-1";
        let before = self
            .1
            .fetch_add(u32::from(breaks), std::sync::atomic::Ordering::Relaxed);
        assert!(!breaks && before == 0, "broken");
        self.0.run(job, host)
    }
}

#[test]
fn what_a_panic_leaves_behind_does_not_reach_the_next_message() {
    let (_, judgements) = judged(Arc::new(Fragile(registered("dataflow"))));
    let aspects = judgements.iter().map(|judgement| match judgement {
        Judgement::Compared(comparison) => comparison.divergences.first().map(|found| found.aspect),
        Judgement::NotCompared { .. } => panic!("{judgement:?}"),
    });
    assert_eq!(
        aspects.collect::<Vec<_>>(),
        [None, Some(Aspect::Crash), None, None, None]
    );
}
