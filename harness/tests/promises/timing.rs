//! The timing lane on real engines. How fast anything is cannot be promised in a test; that an engine is slower than itself slowed down by
//! half can, because both are timed in turn, in one run.

use corpus::Case;
use corpus::workloads::Shape;
use harness::config::Gates;
use harness::judge::Engines;
use harness::mutants;
use harness::run::Cases;
use harness::timing::block::Block;
use harness::timing::{Afresh, Conclusion, Lane, Limits, Mode, Performance, Request, Timings};
use harness::verdict::{Decision, Findings, Tally, Verdict};

use crate::support::{end_test, migration, registered, run};

/// No process of its own, but a second look.
struct Here<'a>(&'a Engines);

impl Afresh for Here<'_> {
    fn measure(&self, request: &Request) -> Result<Vec<Block>, String> {
        request.answer(self.0)
    }
}

fn timed(engines: &Engines, workloads: &[Case], slowdown: f64) -> Timings {
    let lane = Lane {
        engines,
        workloads,
        mode: Mode::Quick,
        limits: Limits::default(),
        seed: 7,
        slowdown,
        afresh: Some(&Here(engines)),
    };
    let mut timings = lane.run(&|_, _| ());
    // What is judged here is the lane, and not this build.
    timings.is_optimised = true;
    timings
}

fn itself() -> Engines {
    migration(registered("flow"), registered("flow"))
}

#[test]
fn an_engine_slowed_down_by_half_fails_the_gate_and_the_workloads_are_named() {
    let workloads = [Shape::Chain.workload(20), Shape::Checks.workload(10)];
    let timings = timed(&itself(), &workloads, 0.5);
    let performance = Performance::of(&timings, &Limits::default());
    for workload in &performance.workloads {
        assert_eq!(workload.conclusion, Conclusion::Beyond, "{workload:?}");
        assert!(workload.processes >= 2, "{workload:?}");
    }
    let verdict = Verdict::judge(
        Findings {
            tally: Tally::default(),
            performance: Some(performance),
            ..Findings::default()
        },
        &Gates::default(),
    );
    let gate = verdict
        .gates
        .iter()
        .find(|gate| gate.name == "overhead")
        .expect("it is there");
    // On a machine that is not fit it is inconclusive, and never a pass.
    assert_ne!(gate.decision, Some(Decision::Pass), "{gate:?}");
    assert!(
        gate.figure.contains("beyond: ") && gate.figure.contains("chain-20"),
        "{gate:?}"
    );
}

#[test]
fn an_engine_is_not_slower_than_itself() {
    let timings = timed(&itself(), &[Shape::Layered.workload(30)], 0.0);
    let performance = Performance::of(&timings, &Limits::default());
    assert_ne!(
        performance.workloads[0].conclusion,
        Conclusion::Beyond,
        "{performance:?}"
    );
}

#[test]
fn only_what_both_engines_do_alike_is_timed() {
    let mutant = mutants::find("one-attempt-too-many").expect("it is in the list");
    let broken = mutants::plant(registered("flow"), &[mutant]);
    let engines = migration(registered("flow"), broken);
    let mut retried = Shape::Chain.workload(3);
    retried.id = "retried".to_owned();
    retried.definition = serde_json::from_value(serde_json::json!({"dag": {"id": "w", "tasks": [
        {"id": "a", "call": {"handler": "work"}, "retry": {"max_attempts": 2}}
    ]}}))
    .expect("a definition");
    retried.script = serde_json::from_value(serde_json::json!({"tasks": {"a": {"attempts": [
        {"takes": 1, "then": {"fails": {"kind": "handler", "message": "no"}}}
    ]}}}))
    .expect("a script");
    let mut waiting = Shape::Chain.workload(2);
    waiting.id = "signalled".to_owned();
    waiting.script = serde_json::from_value(
        serde_json::json!({"signals": [{"at": 1, "signal": "pause"}, {"at": 2, "signal": "resume"}]}),
    )
    .expect("a script");
    let timings = timed(&engines, &[retried, waiting, Shape::Chain.workload(4)], 0.0);
    let skipped: Vec<(&str, &str)> = timings
        .skipped
        .iter()
        .map(|skipped| (&*skipped.id, &*skipped.why))
        .collect();
    assert_eq!(skipped[0], ("retried", "the engines differ on it"));
    assert_eq!(skipped[1].0, "signalled");
    assert!(skipped[1].1.contains("signals"), "{skipped:?}");
    assert_eq!(timings.workloads.len(), 1);
}

#[test]
fn a_barrier_between_levels_is_named_where_it_makes_a_case_longer() {
    let barrier = mutants::find("waits-for-the-level-before").expect("it is in the list");
    let engines = migration(registered("flow"), mutants::plant(registered("flow"), &[barrier]));
    // b need not wait for the long c, only for a.
    let case: Case = serde_json::from_value(serde_json::json!({
        "format_version": 1, "id": "uneven",
        "definition": {"dag": {"id": "w", "tasks": [
            {"id": "a", "call": {"handler": "work"}},
            {"id": "c", "call": {"handler": "work"}},
            {"id": "b", "needs": ["a"], "call": {"handler": "work"}}
        ]}},
        "script": {"tasks": {"b": {"attempts": [{"takes": 50}]}, "c": {"attempts": [{"takes": 50}]}}}
    }))
    .expect("a case");
    let folder = tempfile::tempdir().expect("a folder");
    let verdict = run(&engines, &Cases::new(vec![case], None), folder.path(), &end_test);
    let gate = verdict
        .gates
        .iter()
        .find(|gate| gate.name == "makespan")
        .expect("it is there");
    assert_eq!(gate.decision, Some(Decision::Fail), "{gate:?}");
    assert!(gate.figure.contains("as if each level of tasks waited"), "{gate:?}");
}
