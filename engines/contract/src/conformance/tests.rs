//! The kit finds what is wrong, and asks for nothing that is not declared.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::{Verdict, check, scenarios};
use crate::workflow::{Input, Workflow};
use crate::{
    Call, Definition, Description, Engine, Event, EventKind, Feature, FeatureSet, Finished, Format, Host, Job, Json,
    Loaded, Outcome, Purpose, Rejection, RunStatus, TaskOutcome, TaskStatus,
};

/// What an engine with a fault does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    CallsNothing,
    CallsTwice,
    ChangesOutputs,
    CallsAfterTheEnd,
    LeavesCallsBehind,
    SaysNothing,
    SaysTooMuch,
    Crashes,
    Hangs,
}

/// An engine for tasks without needs, one at a time.
struct Faulty(Fault);

impl Engine for Faulty {
    fn describe(&self) -> Description {
        Description {
            name: "faulty".to_owned(),
            version: "1".to_owned(),
            capabilities: FeatureSet::from([Feature::EmptyWorkflow]),
            formats: BTreeSet::from([Format::Dag]),
            reports: BTreeSet::from([EventKind::RunStarted]),
            volatile: Vec::new(),
        }
    }

    fn load(&self, definition: &Definition) -> Result<Box<dyn Loaded>, Rejection> {
        let Definition::Dag(workflow) = definition else {
            return Err(Rejection::of_format(definition.format()));
        };
        Ok(Box::new(FaultyPlan(self.0, Arc::clone(workflow))))
    }
}

struct FaultyPlan(Fault, Arc<Workflow>);

impl Loaded for FaultyPlan {
    fn run(&self, job: Job, host: Arc<dyn Host>) -> BoxFuture<'_, Finished> {
        async move {
            let fault = self.0;
            assert!(fault != Fault::Crashes, "a fault");
            if fault == Fault::Hangs {
                std::future::pending::<()>().await;
            }
            if fault != Fault::SaysNothing {
                host.report(Event::RunStarted);
            }
            let mut tasks = Vec::new();
            for task in &self.1.tasks {
                let mut output = Json::default();
                if fault != Fault::CallsNothing {
                    output = host.call(call_of(&job, task)).await.unwrap_or_default();
                }
                if fault == Fault::CallsTwice {
                    output = host.call(call_of(&job, task)).await.unwrap_or_default();
                }
                if fault == Fault::ChangesOutputs {
                    output = Arc::new(output.to_string().into());
                }
                tasks.push(TaskOutcome {
                    task: task.id.clone(),
                    status: TaskStatus::Succeeded,
                    attempts: 1,
                    output: Some(output),
                    error: None,
                    skipped: None,
                });
            }
            if let (Fault::LeavesCallsBehind, Some(task)) = (fault, self.1.tasks.first()) {
                tokio::spawn(host.call(call_of(&job, task)));
            }
            if let (Fault::CallsAfterTheEnd, Some(task)) = (fault, self.1.tasks.first()) {
                let (call, host) = (call_of(&job, task), Arc::clone(&host));
                tokio::spawn(async move {
                    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                    host.call(call).await
                });
            }
            if fault == Fault::SaysTooMuch {
                host.report(Event::RunPaused);
            }
            Finished::new(move || Outcome {
                status: RunStatus::Succeeded,
                tasks,
                error: None,
                compensations: Vec::new(),
            })
        }
        .boxed()
    }
}

fn call_of(job: &Job, task: &crate::workflow::Task) -> Call {
    let work = task.call.as_ref().expect("it calls");
    let Input::Literal(input) = &work.input else {
        unreachable!("templates are not declared")
    };
    Call {
        run: job.run.clone(),
        task: task.id.clone(),
        item: None,
        attempt: 1,
        purpose: Purpose::Work,
        handler: work.handler.clone(),
        input: input.clone(),
    }
}

/// The report on an engine with this fault has these lines.
#[track_caller]
fn finds(fault: Fault, lines: [&str; 2]) {
    let report = check(&Faulty(fault));
    assert!(!report.is_clean(), "{fault:?} was not found");
    let text = report.to_string();
    for line in lines {
        assert!(
            text.lines().any(|shown| shown.trim() == line),
            "no line {line:?} in\n{text}"
        );
    }
}

#[test]
fn each_fault_is_found() {
    finds(
        Fault::CallsNothing,
        [
            "expected  a task's attempts are the calls made for it",
            "seen      the calls",
        ],
    );
    finds(
        Fault::CallsTwice,
        [
            "expected  no call is made twice, except one that was in flight when the engine's process died",
            r#"seen      the calls a@h({"x":[1]}) 0-7, a@h({"x":[1]}) 7-14"#,
        ],
    );
    finds(
        Fault::ChangesOutputs,
        [
            r#"expected  a succeeded = {"y":true} · run succeeded"#,
            r#"seen      a succeeded = "{\"y\":true}" · run succeeded"#,
        ],
    );
    finds(
        Fault::CallsAfterTheEnd,
        [
            "expected  nothing is called once the run has ended",
            "seen      called afterwards: a",
        ],
    );
    finds(
        Fault::LeavesCallsBehind,
        [
            "expected  no call is left behind in flight when the run ends",
            r#"seen      a@h({"x":[1]}) 7-14"#,
        ],
    );
    finds(
        Fault::SaysNothing,
        [
            "expected  a run's start is reported once, before all else",
            "seen      nothing",
        ],
    );
    finds(
        Fault::SaysTooMuch,
        [
            "expected  only the kinds of event that an engine declares are reported",
            "seen      0 run paused, 0 run started",
        ],
    );
    finds(
        Fault::Crashes,
        ["seen      it crashed: a fault", "expected  run succeeded"],
    );
    finds(
        Fault::Hangs,
        [
            "seen      it hung: nothing was left that could happen",
            "expected  run succeeded",
        ],
    );
}

#[test]
fn an_engine_is_asked_only_for_what_it_declares() {
    let report = check(&Faulty(Fault::SaysNothing));
    for entry in report.entries() {
        let is_asked = !matches!(entry.verdict, Verdict::NotAsked { .. });
        assert_eq!(
            is_asked,
            FeatureSet::from([Feature::EmptyWorkflow]).is_superset(entry.features),
            "{}",
            entry.name
        );
    }
    assert!(
        report
            .to_string()
            .contains("not declared, so not asked for: refusal, needs, parallel")
    );
}

#[test]
fn every_feature_has_a_scenario() {
    let asked_for = scenarios::all().iter().fold(FeatureSet::EMPTY, |features, scenario| {
        features.union(scenario.features())
    });
    assert_eq!(FeatureSet::all().difference(asked_for), FeatureSet::EMPTY);
}

#[test]
fn every_scenario_has_a_name_of_its_own_and_an_outcome() {
    let mut names = HashSet::new();
    for scenario in scenarios::all() {
        assert!(
            names.insert(scenario.name),
            "two scenarios are called {:?}",
            scenario.name
        );
        assert!(!scenario.outcomes.is_empty(), "{:?} expects nothing", scenario.name);
        let signals = &scenario.script().signals;
        assert!(
            signals.is_sorted_by_key(|scripted| scripted.at),
            "the signals of {:?} are not in order",
            scenario.name
        );
    }
}
