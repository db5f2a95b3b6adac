//! What is told of a run, what a guide reaches, and what a minimal set covers.

use std::collections::BTreeSet;
use std::sync::Arc;

use contract::Options;
use contract::stage::Stage;
use corpus::Case;
use serde_json::{Value, json};

use super::goals::{self, Goal};
use super::minimal::{Effort, minimal, play};
use super::search::{How, Search, measure};
use super::{Behaviour, behaviours};
use crate::judge::{Contender, Engines};
use crate::kept::play_once;
use crate::mutants::hunt::Hunter;
use crate::run::quietly;
use crate::{kept, mutants};

/// One that nothing here was tried on while it was written.
const FRESH_SEED: u64 = 900_001;
/// What a blind search never reaches, however long it goes on, and why.
const BEYOND_BLIND: &[(&str, &str)] = &[
    ("ask.before-start", "answers are drawn from 1 ms on"),
    ("pause.resume-alone", "a run is only resumed after a pause"),
    ("tie.end-at-limit", "what is within its time ends before the limit"),
];

fn contender(name: &str) -> Contender {
    // As the migration of this repository has them.
    let skip = Options::from([("condition_error".to_owned(), "skip".into())]);
    let options = if name == "dataflow" { Options::new() } else { skip };
    let engine = (engines::find(name).unwrap().build)(&options).unwrap();
    Contender::new(Arc::from(engine))
}

fn engines() -> Engines {
    Engines {
        legacy: contender("dataflow"),
        new: contender("flow"),
        reference: contender("reference"),
    }
}

#[track_caller]
fn told(workflow: Value, script: Value) -> BTreeSet<&'static str> {
    let case = json!({
        "format_version": 1, "id": "c", "definition": {"dag": workflow}, "script": script,
    });
    let case: Case = serde_json::from_value(case).expect("the case is well-formed");
    let reference = contender("reference");
    let observation = quietly(|| play_once(&mut Stage::new(), &*reference.engine, &case));
    behaviours(&case, &observation)
        .into_iter()
        .map(Behaviour::as_str)
        .collect()
}

#[track_caller]
fn check(workflow: Value, script: Value, expected: &[&str]) {
    assert_eq!(told(workflow, script), expected.iter().copied().collect());
}

fn task(id: &str) -> Value {
    json!({"id": id, "call": {"handler": "h"}})
}

fn with(mut task: Value, fields: Value) -> Value {
    if let (Value::Object(task), Value::Object(fields)) = (&mut task, fields) {
        task.extend(fields);
    }
    task
}

fn fails(takes: u64) -> Value {
    json!({"takes": takes, "then": {"fails": {"kind": "transient", "message": "m"}}})
}

#[test]
fn a_run_without_anything_of_note_only_succeeds() {
    check(
        json!({"id": "w", "tasks": [task("a")]}),
        json!({}),
        &["run.succeeded.stop"],
    );
}

#[test]
fn a_call_that_ends_at_its_limit_is_a_tie_and_within_its_time() {
    check(
        json!({"id": "w", "tasks": [with(task("a"), json!({"timeout": 10}))]}),
        json!({"tasks": {"a": {"attempts": [{"takes": 10}]}}}),
        &["run.succeeded.stop", "task.within-timeout", "tie.end-at-limit"],
    );
}

#[test]
fn a_cancellation_between_two_attempts_is_told_from_one_during_a_call() {
    let retry = json!({"retry": {"max_attempts": 2, "initial": 50}});
    let workflow = json!({"id": "w", "tasks": [with(task("a"), retry)]});
    let script = |at: u64| {
        json!({
            "tasks": {"a": {"attempts": [fails(10)]}},
            "signals": [{"at": at, "signal": "cancel"}],
        })
    };
    check(
        workflow.clone(),
        script(30),
        &["cancel.backing-off", "run.cancelled.stop"],
    );
    check(
        workflow,
        script(5),
        &["cancel.running", "run.cancelled.stop", "task.cancelled-running"],
    );
}

#[test]
fn an_attempt_that_comes_due_during_a_pause_starts_at_its_end() {
    let retry = json!({"retry": {"max_attempts": 2, "initial": 50}});
    check(
        json!({"id": "w", "tasks": [with(task("a"), retry)]}),
        json!({
            "tasks": {"a": {"attempts": [fails(10), {"takes": 5}]}},
            "signals": [{"at": 5, "signal": "pause"}, {"at": 100, "signal": "resume"}],
        }),
        &[
            "pause.call-fails",
            "pause.holds-back",
            "pause.retry-due",
            "pause.running",
            "retry.succeeds",
            "run.succeeded.stop",
        ],
    );
}

#[test]
fn a_task_between_two_attempts_leaves_its_slot_to_the_next() {
    let retry = json!({"retry": {"max_attempts": 2, "initial": 50}});
    check(
        json!({"id": "w", "max_parallel": 1, "tasks": [with(task("a"), retry), task("b")]}),
        json!({"tasks": {"a": {"attempts": [fails(10), {"takes": 5}]}, "b": {"attempts": [{"takes": 100}]}}}),
        &[
            "limit.binds",
            "limit.freed-by-back-off",
            "limit.one",
            "limit.retry-queues",
            "retry.succeeds",
            "run.succeeded.stop",
        ],
    );
}

#[test]
fn a_call_that_ended_while_the_process_was_down_is_told() {
    check(
        json!({"id": "w", "tasks": [task("a")]}),
        json!({"tasks": {"a": {"attempts": [{"takes": 50}]}}, "crashes": [{"at": 10, "outage": 100}]}),
        &["death.call-ended", "death.in-flight", "run.succeeded.stop"],
    );
}

#[test]
fn a_refusal_is_told_by_each_of_its_reasons() {
    check(
        json!({"id": "w", "max_parallel": 0, "tasks": [with(task("a"), json!({"needs": ["a"]}))]}),
        json!({}),
        &["refusal.no-slots", "refusal.self-need", "refusal.two-reasons"],
    );
}

#[test]
fn no_two_goals_share_a_name_and_each_is_described() {
    let goals: Vec<Goal> = goals::of_workflows().into_iter().chain(goals::of_rules()).collect();
    let names: BTreeSet<String> = goals.iter().map(|goal| goal.name()).collect();
    assert_eq!(names.len(), goals.len());
    for goal in &goals {
        assert!(goal.meaning().ends_with('.'), "{}", goal.name());
    }
    for behaviour in Behaviour::ALL {
        let is_plain =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        let name = behaviour.as_str();
        assert!(name.contains('.') && name.split('.').all(is_plain), "{name}");
    }
}

#[test]
fn goals_are_sorted_as_who_looks_for_them_expects() {
    assert!(goals::of_workflows().is_sorted());
}

#[test]
fn guided_cases_reach_everything_and_five_times_as_many_blind_ones_do_not() {
    let reference = contender("reference");
    let goals = goals::of_workflows();
    let search = |how: How, most: u64| -> Search {
        let mut found = measure(&reference, &[how], &[FRESH_SEED], most, 2);
        found.remove(0).remove(0)
    };
    let guided = search(How::Guided, 5_000);
    let never: Vec<String> = goals
        .iter()
        .filter(|goal| !guided.reached.contains_key(goal))
        .map(|goal| goal.name())
        .collect();
    assert_eq!(never, [] as [&str; 0]);
    let is_open_to_blind = |goal: &&Goal| !BEYOND_BLIND.iter().any(|(name, _)| *name == goal.name());
    let open: Vec<&Goal> = goals.iter().filter(is_open_to_blind).collect();
    assert_eq!(open.len(), goals.len() - BEYOND_BLIND.len());
    let after = guided.after(open.iter().copied()).unwrap();
    let blind = search(How::blind_with_ties(), 5 * after);
    assert_eq!(
        blind.after(open),
        None,
        "blind reached in {} what took {after}",
        blind.cases
    );
}

#[test]
fn a_guided_search_is_a_function_of_its_seed() {
    let reference = contender("reference");
    let searches = measure(&reference, &[How::Guided, How::Guided], &[5, 6], 150, 2);
    assert_eq!(searches[0][0], searches[0][1]);
    assert_ne!(searches[0][0], searches[1][0]);
}

#[test]
fn a_minimal_set_covers_what_it_claims_and_has_no_case_too_many() {
    let engines = engines();
    let effort = Effort {
        workflows: 60,
        rules: 30,
        jobs: 2,
    };
    let set = minimal(&engines, 3, effort);
    assert_eq!(play(&engines, &set.cases, 2), 0);
    let (mut stage, mut reached) = (Stage::new(), BTreeSet::new());
    let mut revealed = 0;
    quietly(|| {
        for case in &set.cases {
            let observation = kept::play_once(&mut stage, &*engines.reference.engine, case);
            reached.extend(goals::reached(case, &observation));
        }
        for mutant in mutants::all() {
            let hunter = Hunter::new(&engines, mutant);
            let mut reveals = set.cases.iter().filter(|case| hunter.may_show(case));
            revealed += usize::from(reveals.any(|case| hunter.try_case(&mut stage, case).is_some()));
        }
    });
    let missed = set.missed_goals.iter().filter(|goal| !matches!(goal, Goal::Rules(_)));
    assert_eq!(reached.len(), goals::of_workflows().len() - missed.count());
    assert_eq!(revealed, set.mutants.0);
    assert!(revealed * 10 >= set.mutants.1 * 9, "{revealed} of {}", set.mutants.1);
    for case in &set.cases {
        let covers = case.why.strip_prefix("Of its set, it alone ").expect("a reason");
        let names = covers.split_once(' ').expect("what it covers").1;
        assert!(names.len() > 5 && names.ends_with('.'), "{}", case.why);
    }
}
