//! Who comes first of what is due at one moment is left open by a script. What legacy does either way is no difference.

use std::sync::Arc;

use contract::observation::Fate;
use contract::stage::{Schedule, Stage};
use contract::{
    Call, CallResult, Definition, Description, Engine, Event, Finished, Host, Job, Loaded, Rejection, Signal, Storage,
};
use corpus::Case;
use futures::FutureExt;
use futures::future::BoxFuture;
use harness::Judgement;
use harness::judge::{Comparison, Unwatched};
use serde_json::json;

use crate::support::{migration, registered};

/// An engine that hears of the end of its calls of one task a moment later than it could.
struct HardOfHearing {
    engine: Arc<dyn Engine>,
    task: &'static str,
}

struct Run(Box<dyn Loaded>, &'static str);

struct SlowHost(Arc<dyn Host>, &'static str);

impl Engine for HardOfHearing {
    fn describe(&self) -> Description {
        self.engine.describe()
    }

    fn load(&self, definition: &Definition) -> Result<Box<dyn Loaded>, Rejection> {
        Ok(Box::new(Run(self.engine.load(definition)?, self.task)))
    }
}

impl Loaded for Run {
    fn run(&self, job: Job, host: Arc<dyn Host>) -> BoxFuture<'_, Finished> {
        self.0.run(job, Arc::new(SlowHost(host, self.1)))
    }
}

impl Host for SlowHost {
    fn call(&self, call: Call) -> BoxFuture<'static, CallResult> {
        let is_late = &*call.task == self.1;
        let call = self.0.call(call);
        async move {
            let result = call.await;
            if is_late {
                for _ in 0..5 {
                    tokio::task::yield_now().await;
                }
            }
            result
        }
        .boxed()
    }

    fn report(&self, event: Event) {
        self.0.report(event);
    }

    fn signal(&self) -> BoxFuture<'static, Option<Signal>> {
        self.0.signal()
    }

    fn storage(&self) -> Option<Arc<dyn Storage>> {
        self.0.storage()
    }
}

/// `a` fails when `b`, which `c` needs, succeeds: whether `c` is called depends on who comes first.
fn tie(takes: u64) -> Case {
    serde_json::from_value(json!({
        "format_version": 1,
        "id": "tie",
        "definition": {"dag": {"id": "w", "tasks": [
            {"id": "a", "call": {"handler": "h"}},
            {"id": "b", "call": {"handler": "h"}},
            {"id": "c", "needs": ["b"], "call": {"handler": "h"}}
        ]}},
        "script": {"tasks": {
            "a": {"attempts": [{"takes": takes, "then": {"fails": {"kind": "permanent", "message": "no"}}}]},
            "b": {"attempts": [{"takes": 5}]}
        }}
    }))
    .expect("a case")
}

/// The same, with results of one moment taken in the order of the calls: `b` first.
pub(crate) fn tie_with_b_first() -> Case {
    let mut case = tie(5);
    if let Definition::Dag(workflow) = &mut case.definition {
        Arc::make_mut(workflow).tasks.swap(0, 1);
    }
    case
}

fn judged(new: Arc<dyn Engine>, case: &Case) -> Comparison {
    let engines = migration(registered("flow"), new);
    match engines.judge(&mut Stage::new(), case, case.features(), &Unwatched) {
        Judgement::Compared(comparison) => comparison,
        not_compared @ Judgement::NotCompared { .. } => panic!("{not_compared:?}"),
    }
}

fn hard_of_hearing() -> Arc<dyn Engine> {
    Arc::new(HardOfHearing {
        engine: registered("flow"),
        task: "a",
    })
}

#[test]
fn what_legacy_does_under_another_schedule_is_no_difference() {
    let comparison = judged(hard_of_hearing(), &tie(5));
    assert_eq!(comparison.divergences, []);
    let depends = comparison.depends.expect("it depends on the schedule");
    assert!(depends.new.is_plain() && !depends.baseline.is_plain(), "{depends:?}");
}

#[test]
fn what_no_schedule_of_legacy_shows_is_a_difference() {
    // Here `a` fails a millisecond before `b` ends, and new calls `c` all the same.
    let mutant = harness::mutants::find("goes-on-after-a-failure").expect("it is known");
    let new = harness::mutants::plant(registered("flow"), &[mutant]);
    for takes in [4, 5] {
        let comparison = judged(Arc::clone(&new), &tie(takes));
        assert_eq!(
            comparison.divergences.is_empty(),
            takes == 5,
            "{takes}: {comparison:#?}"
        );
        assert_eq!(comparison.depends.is_some(), takes == 5);
    }
}

#[test]
fn without_a_tie_no_schedule_makes_a_difference() {
    let flow = registered("flow");
    let case = tie(4);
    let play = |schedule| {
        let mut stage = Stage::new();
        stage.schedule(schedule);
        harness::kept::play_once(&mut stage, &*flow, &case)
    };
    let plain = play(Schedule::PLAIN);
    assert!(
        plain
            .calls
            .iter()
            .all(|call| &*call.task != "c" && call.fate != Fate::InFlight)
    );
    for schedule in Schedule::further(8) {
        assert_eq!(play(schedule), plain, "{schedule:?}");
    }
}

#[test]
fn a_case_with_ties_is_played_both_ways_round() {
    // If `a` fails after `b` has ended, `c` is running, and this engine cuts it off.
    let mutant = harness::mutants::find("cuts-off-running-calls-on-stop").expect("it is known");
    let new = harness::mutants::plant(registered("flow"), &[mutant]);
    let mut case = tie_with_b_first();
    assert_eq!(judged(Arc::clone(&new), &case).divergences, []);
    case.tags.push("tie".to_owned());
    let comparison = judged(new, &case);
    assert!(
        !comparison.divergences.is_empty() && !comparison.schedule.is_plain(),
        "{comparison:#?}"
    );
}

#[test]
fn engines_that_are_right_agree_on_ties() {
    let dials = corpus::generate::Dials {
        ties: 1.0,
        max_tasks: 20,
        ..corpus::generate::Dials::default()
    };
    let generator = corpus::generate::Generator::new(3, dials);
    let engines = migration(registered("dataflow"), registered("flow"));
    let mut stage = Stage::new();
    for case in (0..600).map(|index| generator.case(index)) {
        assert!(case.tags.iter().any(|tag| tag == "tie"));
        let judgement = engines.judge(&mut stage, &case, case.features(), &Unwatched);
        let Judgement::Compared(comparison) = judgement else {
            panic!("{}: {judgement:?}", case.id)
        };
        assert_eq!(comparison.divergences, [], "{}", case.id);
    }
}
