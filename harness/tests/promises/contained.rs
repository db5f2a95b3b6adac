//! An engine can only fail its own case: one that misbehaves on a single workflow leaves the cases around it alone.

use std::sync::Arc;
use std::time::Duration;

use contract::workflow::Workflow;
use contract::{Definition, Description, End, Engine, Finished, Host, Job, Loaded, Rejection};
use corpus::Case;
use futures::future::BoxFuture;
use harness::record::CaseEnd;
use harness::run::Cases;
use harness::{Aspect, Blame, Judgement};

use crate::support::{end_test, lines, migration, plain_cases, registered, run};

const TARGET: &str = "target";

/// What a real engine does wrong with the workflow called [`TARGET`].
#[derive(Clone, Copy, Debug, PartialEq)]
enum Vice {
    PanicsInLoad,
    PanicsInRun,
    PanicsInOutcome,
    Deadlocks,
    YieldsForever,
    SleepsForever,
    LeavesTasksBehind,
    LosesATask,
    MakesUpATask,
    DoublesATask,
    ReordersTasks,
    PanicsInDrop,
}

struct Faulty(Arc<dyn Engine>, Vice);

struct FaultyRun(Box<dyn Loaded>, Vice);

impl Engine for Faulty {
    fn describe(&self) -> Description {
        self.0.describe()
    }

    fn load(&self, definition: &Definition) -> Result<Box<dyn Loaded>, Rejection> {
        let loaded = self.0.load(definition)?;
        let Definition::Dag(workflow) = definition else {
            return Ok(loaded);
        };
        if &*workflow.id != TARGET {
            return Ok(loaded);
        }
        assert_ne!(self.1, Vice::PanicsInLoad, "in load");
        Ok(Box::new(FaultyRun(loaded, self.1)))
    }
}

impl Loaded for FaultyRun {
    fn run(&self, job: Job, host: Arc<dyn Host>) -> BoxFuture<'_, Finished> {
        Box::pin(async move {
            match self.1 {
                Vice::PanicsInRun => panic!("in run"),
                Vice::Deadlocks => std::future::pending().await,
                Vice::YieldsForever => yields_forever().await,
                Vice::SleepsForever => sleeps_forever(Duration::from_millis(1)).await,
                Vice::LeavesTasksBehind => {
                    tokio::spawn(sleeps_forever(Duration::from_hours(24)));
                    tokio::spawn(std::future::pending::<()>());
                }
                _ => {}
            }
            let finished = self.0.run(job, host).await;
            let vice = self.1;
            Finished::of(move || {
                assert_ne!(vice, Vice::PanicsInOutcome, "in outcome");
                let mut end = finished.end();
                let End::Finished(outcome) = &mut end else {
                    return end;
                };
                match vice {
                    Vice::LosesATask => drop(outcome.tasks.pop()),
                    Vice::DoublesATask => outcome.tasks.push(outcome.tasks[0].clone()),
                    Vice::ReordersTasks => outcome.tasks.reverse(),
                    Vice::MakesUpATask => {
                        let mut another = outcome.tasks[0].clone();
                        another.task = "made up".into();
                        outcome.tasks.push(another);
                    }
                    _ => {}
                }
                end
            })
        })
    }
}

impl Drop for FaultyRun {
    fn drop(&mut self) {
        assert!(self.1 != Vice::PanicsInDrop || std::thread::panicking(), "in drop");
    }
}

async fn yields_forever() {
    loop {
        tokio::task::yield_now().await;
    }
}

async fn sleeps_forever(each: Duration) {
    loop {
        tokio::time::sleep(each).await;
    }
}

/// Cases, one of which runs the workflow called [`TARGET`].
fn cases() -> (Vec<Case>, u64) {
    let mut cases = plain_cases(60);
    let has_tasks = |case: &Case| case.dag().expect("a workflow").tasks.len() > 1;
    let at = 20
        + cases[20..]
            .iter()
            .position(has_tasks)
            .expect("most cases have several tasks");
    let workflow = Workflow {
        id: TARGET.into(),
        ..cases[at].dag().expect("a workflow").clone()
    };
    cases[at].definition = Definition::Dag(Arc::new(workflow));
    (cases, at as u64)
}

/// Runs an engine of this vice, and expects the one case to differ in this aspect only, or not at all.
#[track_caller]
fn check(vice: Vice, expected: Option<Aspect>) {
    let (cases, target) = cases();
    let folder = tempfile::tempdir().expect("a folder");
    let engines = migration(registered("flow"), Arc::new(Faulty(registered("flow"), vice)));
    let verdict = run(&engines, &Cases::new(cases, None), folder.path(), &end_test);
    assert_eq!(verdict.tally.cases, 60);
    for line in lines(folder.path()) {
        let CaseEnd::Judged(Judgement::Compared(comparison)) = line.judgement else {
            panic!("case {} was not compared", line.index)
        };
        let (first, blame) = if line.index == target {
            (expected, expected.map(|_| Blame::New))
        } else {
            (None, None)
        };
        let found = comparison.divergences.first().map(|found| found.aspect);
        assert_eq!(
            (found, comparison.blame),
            (first, blame),
            "case {} under {vice:?}",
            line.index
        );
    }
}

#[test]
fn a_panic_fails_its_own_case_only() {
    check(Vice::PanicsInLoad, Some(Aspect::Crash));
    check(Vice::PanicsInRun, Some(Aspect::Crash));
    check(Vice::PanicsInOutcome, Some(Aspect::Crash));
    check(Vice::PanicsInDrop, Some(Aspect::Crash));
}

#[test]
fn a_run_that_never_ends_fails_its_own_case_only() {
    check(Vice::Deadlocks, Some(Aspect::Hang));
    check(Vice::YieldsForever, Some(Aspect::Hang));
    check(Vice::SleepsForever, Some(Aspect::Hang));
}

#[test]
fn tasks_left_behind_do_not_reach_the_next_case() {
    check(Vice::LeavesTasksBehind, None);
}

#[test]
fn an_outcome_of_other_tasks_fails_its_own_case_only() {
    check(Vice::LosesATask, Some(Aspect::Outcome));
    check(Vice::MakesUpATask, Some(Aspect::Outcome));
    check(Vice::DoublesATask, Some(Aspect::Outcome));
    check(Vice::ReordersTasks, Some(Aspect::Outcome));
}
