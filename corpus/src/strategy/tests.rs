//! What holds for drawing and shrinking through proptest.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestRunner};
use serde::Deserialize;

use super::workflow::WorkflowStep;
use super::{CaseTree, Cases, steps};
use crate::Case;
use crate::generate::{Dials, Generator, RulesGenerator};

/// Makes `case` as small as it gets while `fails` holds, as proptest does.
fn shrunk(case: Case, fails: impl Fn(&Case) -> bool) -> Case {
    let mut tree = CaseTree::new(case);
    let mut is_smaller = tree.simplify();
    while is_smaller {
        is_smaller = if fails(&tree.current()) {
            tree.simplify()
        } else {
            tree.complicate() && tree.simplify()
        };
    }
    tree.current()
}

/// Whether no single step more keeps the failure.
#[track_caller]
fn check_minimal(small: &Case, fails: impl Fn(&Case) -> bool) {
    for step in steps::steps(small) {
        let smaller = step.take(small);
        assert!(
            !smaller.is_some_and(|smaller| fails(&smaller)),
            "{step:?} of {small:#?}"
        );
    }
}

/// What a proptest that fails over `cases` ends with.
#[track_caller]
fn counterexample(cases: &Cases, holds: impl Fn(&Case) -> bool) -> Case {
    use proptest::test_runner::{RngAlgorithm, TestError, TestRng};
    let config = Config {
        failure_persistence: None,
        cases: 200,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let result = runner.run(cases, |case| {
        proptest::prop_assert!(holds(&case));
        Ok(())
    });
    match result {
        Err(TestError::Fail(_, case)) => case,
        other => panic!("it has to fail: {other:?}"),
    }
}

#[test]
fn a_strategy_draws_the_same_cases_from_the_same_state() {
    let draw = || {
        let mut runner = TestRunner::deterministic();
        let strategy = Cases::new(Dials::default());
        (0..20)
            .map(|_| strategy.new_tree(&mut runner).unwrap().current())
            .collect::<Vec<_>>()
    };
    let cases = draw();
    assert_eq!(cases, draw());
    assert_ne!(cases[0].definition, cases[1].definition);
}

#[test]
fn a_failing_case_shrinks_to_what_makes_it_fail() {
    let fails = |case: &Case| {
        let tasks = &case.dag().expect("a workflow").tasks;
        tasks
            .iter()
            .any(|task| task.retry.max_attempts > 1 && !task.needs.is_empty())
    };
    let mut checked = 0;
    let generator = Generator::new(
        5,
        Dials {
            plain: 0.0,
            max_tasks: 30,
            ..Dials::default()
        },
    );
    for case in (0..100).map(|index| generator.case(index)).filter(fails) {
        let small = shrunk(case, fails);
        // Which task it needs has to stay, be it that it does not exist.
        let tasks = &small.dag().expect("a workflow").tasks;
        assert!(tasks.len() <= 2, "{small:#?}");
        assert!(small.script.signals.is_empty() && small.input.is_null(), "{small:#?}");
        assert!(
            tasks.iter().all(|task| task.when.is_none() && task.timeout.is_none()),
            "{small:#?}"
        );
        checked += 1;
    }
    assert!(checked > 10, "{checked}");
}

#[test]
fn in_the_end_no_single_step_keeps_the_failure() {
    let fails = |case: &Case| {
        case.dag()
            .expect("a workflow")
            .tasks
            .iter()
            .filter(|task| task.when.is_some())
            .count()
            >= 2
    };
    let generator = Generator::new(
        6,
        Dials {
            max_tasks: 20,
            ..Dials::default()
        },
    );
    for case in (0..200).map(|index| generator.case(index)).filter(fails) {
        check_minimal(&shrunk(case, fails), fails);
    }
}

#[test]
fn a_crash_shrinks_to_one_without_an_outage() {
    let mut dials = Dials {
        plain: 0.0,
        max_tasks: 10,
        ..Dials::default()
    };
    dials.set(contract::Feature::Durable, 1.0);
    let fails = |case: &Case| !case.script.crashes.is_empty();
    let generator = Generator::new(8, dials);
    for case in (0..30).map(|index| generator.case(index)).filter(fails) {
        let small = shrunk(case, fails);
        assert_eq!(small.script.crashes.len(), 1, "{small:#?}");
        assert_eq!(small.script.crashes[0].outage, contract::Millis::ZERO, "{small:#?}");
    }
}

#[test]
fn dropping_a_task_links_its_dependents_to_what_it_needed() {
    let dials = Dials {
        invalid: 0.0,
        min_tasks: 3,
        ..Dials::default()
    };
    let valid = |case: &Case| !case.features().contains(contract::Feature::Refusal);
    let generator = Generator::new(9, dials);
    for index in 0..100 {
        let case = generator.case(index);
        let all = steps::steps(&case);
        for step in all
            .iter()
            .filter(|step| matches!(step, steps::Step::Workflow(WorkflowStep::DropTasks(_))))
        {
            if let Some(smaller) = step.take(&case) {
                let is_any_of_nothing = |task: &contract::workflow::Task| {
                    task.needs.is_empty() && task.run_if != contract::workflow::RunIf::AllSucceeded
                };
                let loses_needs = smaller.dag().expect("a workflow").tasks.iter().any(is_any_of_nothing);
                assert!(valid(&smaller) || loses_needs, "{step:?} of {}", case.id);
            }
        }
    }
}

#[test]
fn a_proptest_over_cases_shrinks() {
    let tasks = |case: &Case| case.dag().expect("a workflow").tasks.len();
    let case = counterexample(&Cases::default(), |case| tasks(case) < 7);
    assert_eq!(tasks(&case), 7);
}

/// How many tasks a rules case has that are of one of these functions.
fn tasks_of(case: &Case, functions: &[&str]) -> usize {
    fn count(value: &serde_json::Value, functions: &[&str]) -> usize {
        let is_one = value["function"]["name"]
            .as_str()
            .is_some_and(|name| functions.contains(&name));
        let parts: usize = match value {
            serde_json::Value::Array(items) => items.iter().map(|item| count(item, functions)).sum(),
            serde_json::Value::Object(entries) => entries.values().map(|entry| count(entry, functions)).sum(),
            _ => 0,
        };
        parts + usize::from(is_one)
    }
    match &case.definition {
        contract::Definition::Rules(rules) => rules.workflows.iter().map(|workflow| count(workflow, functions)).sum(),
        contract::Definition::Dag(_) => 0,
    }
}

#[test]
fn a_failing_rules_case_shrinks_to_what_makes_it_fail() {
    let fails = |case: &Case| tasks_of(case, &["filter"]) > 0 && tasks_of(case, &["publish_json"]) > 0;
    let generator = RulesGenerator::new(5);
    let mut checked = 0;
    for case in (0..60).map(|index| generator.case(index)).filter(fails) {
        let small = shrunk(case, fails);
        let contract::Definition::Rules(rules) = &small.definition else {
            panic!("it is still of rules")
        };
        // What is left is nothing but the two names, and the steps and workflows that they stand in.
        let text = serde_json::to_string(&rules.workflows).unwrap();
        assert!(text.len() < 180, "{text}");
        assert!(
            rules.handlers.is_empty() && rules.secrets.is_none() && rules.error_context.is_none(),
            "{small:#?}"
        );
        assert!(small.script.tasks.is_empty() && small.input.is_null(), "{small:#?}");
        checked += 1;
    }
    assert!(checked > 10, "{checked}");
}

#[test]
fn in_the_end_no_single_step_of_rules_keeps_the_failure() {
    let fails = |case: &Case| {
        let message = contract::rules::Message::of(&case.input);
        tasks_of(case, &["map"]) >= 2 && message.data.get("n").is_some() && !case.script.tasks.is_empty()
    };
    let generator = RulesGenerator::new(6);
    let mut checked = 0;
    for case in (0..60).map(|index| generator.case(index)).filter(fails) {
        check_minimal(&shrunk(case, fails), fails);
        checked += 1;
    }
    assert!(checked > 5, "{checked}");
}

#[test]
fn shrinking_rules_takes_the_same_steps_each_time_and_keeps_them_well_formed() {
    let fails = |case: &Case| {
        assert!(contract::rules::Message::deserialize(&*case.input).is_ok() || case.input.is_null());
        tasks_of(case, &["map", "log"]) >= 1
    };
    for index in 0..20 {
        let case = RulesGenerator::new(4).case(index);
        assert_eq!(shrunk(case.clone(), fails), shrunk(case, fails), "{index}");
    }
}

#[test]
fn a_proptest_over_rules_shrinks() {
    let case = counterexample(&Cases::of_rules(), |case| tasks_of(case, &["filter"]) < 2);
    assert_eq!(tasks_of(&case, &["filter"]), 2);
}

#[test]
fn no_step_makes_a_path_to_a_place_far_away() {
    let with_path = |path: serde_json::Value| {
        let definition = serde_json::json!({"id": "o", "name": "o", "tasks": [{"id": "a", "name": "a", "function": {
            "name": "map", "input": {"mappings": [{"path": path, "logic": "a text to be made shorter"}]}
        }}]});
        let rules = contract::Rules {
            workflows: vec![definition],
            ..contract::Rules::default()
        };
        Case {
            definition: contract::Definition::Rules(std::sync::Arc::new(rules)),
            ..RulesGenerator::new(1).case(0)
        }
    };
    let path_of = |case: &Case| {
        let contract::Definition::Rules(rules) = &case.definition else {
            return None;
        };
        let pointer = "/tasks/0/function/input/mappings/0/path";
        rules.workflows.first()?.pointer(pointer).cloned()
    };
    let after_steps = |path| {
        let case = with_path(path);
        let all = steps::steps(&case);
        let paths: Vec<_> = all.iter().filter_map(|step| path_of(&step.take(&case)?)).collect();
        assert!(paths.len() > 5, "{paths:?}");
        paths
    };
    let short = after_steps(serde_json::json!("data.list.7.x"));
    assert!(short.contains(&serde_json::json!("data.list.7")), "{short:?}");
    let far = serde_json::json!("data.1700000000");
    assert!(!after_steps(serde_json::json!("data.1700000000y.x")).contains(&far));
    let computed = serde_json::json!({"cat": ["data.", {"var": "data.when"}]});
    assert!(
        after_steps(computed.clone())
            .iter()
            .all(|path| *path == computed || !path.is_object())
    );
}
