//! Outcomes: statuses, attempts, skip reasons, outputs, errors, compensations, and what a refusal names.

use std::collections::BTreeMap;
use std::sync::Arc;

use contract::{CallError, Outcome, Rejection, SkipReason, TaskOutcome};

use super::{Findings, value};
use crate::divergence::Aspect;

const ABSENT: &str = "absent";

pub(super) fn compare(baseline: &Outcome, new: &Outcome, found: &mut Findings) {
    let both = [baseline, new];
    found.check(
        Aspect::Outcome,
        || "run.status".into(),
        both.map(|side| &side.status),
        |status| status.as_str().into(),
    );
    let failed_task = both.map(|side| side.error.as_ref().map(|error| &error.task));
    found.check(
        Aspect::Outcome,
        || "run.error.task".into(),
        [&failed_task[0], &failed_task[1]],
        |task| task.map_or_else(|| ABSENT.into(), ToString::to_string),
    );
    let run_error = both.map(|side| side.error.as_ref().map(|error| &error.error));
    compare_errors("run.error", run_error, found);
    compare_tasks(&baseline.tasks, &new.tasks, found);
    compare_compensations(baseline, new, found);
}

fn compare_tasks(baseline: &[TaskOutcome], new: &[TaskOutcome], found: &mut Findings) {
    // Nearly always both list the same tasks in the same order.
    let is_aligned = baseline.len() == new.len()
        && baseline
            .iter()
            .zip(new)
            .all(|(expected, seen)| expected.task == seen.task);
    if is_aligned {
        for (expected, seen) in baseline.iter().zip(new) {
            compare_task(expected, seen, found);
        }
        return;
    }
    // The outcome lists each task once, in declaration order; an engine that does not is told with both lists.
    let ids = |tasks: &[TaskOutcome]| {
        tasks
            .iter()
            .map(|task| task.task.to_string())
            .collect::<Vec<_>>()
            .join(", ")
    };
    found.add(Aspect::Outcome, "run.tasks", ids(baseline), ids(new));
    let by_id = |tasks: &[TaskOutcome]| -> BTreeMap<String, TaskOutcome> {
        tasks.iter().map(|task| (task.task.to_string(), task.clone())).collect()
    };
    let (expected, seen) = (by_id(baseline), by_id(new));
    for (id, expected) in &expected {
        if let Some(seen) = seen.get(id) {
            compare_task(expected, seen, found);
        }
    }
}

fn compare_task(baseline: &TaskOutcome, new: &TaskOutcome, found: &mut Findings) {
    let id = &baseline.task;
    let both = [baseline, new];
    let path = |field: &'static str| move || format!("tasks.{id}.{field}");
    found.check(
        Aspect::Outcome,
        path("status"),
        both.map(|side| &side.status),
        |status| status.as_str().into(),
    );
    found.check(
        Aspect::Outcome,
        path("attempts"),
        both.map(|side| &side.attempts),
        u32::to_string,
    );
    found.check(
        Aspect::Outcome,
        path("skipped"),
        both.map(|side| &side.skipped),
        |reason| {
            match reason {
                None => ABSENT,
                Some(SkipReason::Upstream) => "upstream",
                Some(SkipReason::Condition) => "condition",
            }
            .into()
        },
    );
    let is_same = match (&baseline.output, &new.output) {
        (Some(expected), Some(seen)) => Arc::ptr_eq(expected, seen) || value::are_equal(expected, seen),
        (expected, seen) => expected.is_none() && seen.is_none(),
    };
    if !is_same {
        value::compare(
            &path("output")(),
            both.map(|side| side.output.as_deref()),
            Aspect::Output,
            found,
        );
    }
    compare_errors(&path("error")(), both.map(|side| side.error.as_ref()), found);
}

fn compare_errors(path: &str, [baseline, new]: [Option<&CallError>; 2], found: &mut Findings) {
    match (baseline, new) {
        (Some(expected), Some(seen)) => {
            found.check(
                Aspect::Error,
                || format!("{path}.kind"),
                [&expected.kind, &seen.kind],
                ToString::to_string,
            );
            found.check(
                Aspect::Error,
                || format!("{path}.message"),
                [&expected.message, &seen.message],
                Clone::clone,
            );
        }
        (None, None) => {}
        (expected, seen) => {
            let show = |error: Option<&CallError>| error.map_or_else(|| ABSENT.into(), ToString::to_string);
            found.add(Aspect::Error, path, show(expected), show(seen));
        }
    }
}

fn compare_compensations(baseline: &Outcome, new: &Outcome, found: &mut Findings) {
    let order = |outcome: &Outcome| {
        outcome
            .compensations
            .iter()
            .map(|undone| undone.task.to_string())
            .collect::<Vec<_>>()
    };
    let orders = [order(baseline), order(new)];
    if orders[0] != orders[1] {
        let [expected, seen] = orders.map(|order| order.join(", "));
        found.add(Aspect::Outcome, "run.compensations", expected, seen);
        return;
    }
    for (expected, seen) in baseline.compensations.iter().zip(&new.compensations) {
        let errors = [expected.error.as_ref(), seen.error.as_ref()];
        compare_errors(&format!("run.compensations.{}.error", expected.task), errors, found);
    }
}

pub(super) fn compare_refusals(baseline: &Rejection, new: &Rejection, found: &mut Findings) {
    let (expected, seen) = (baseline.problems(), new.problems());
    for problem in expected.iter().filter(|problem| !seen.contains(problem)) {
        found.add(Aspect::Outcome, "refusal.problems", problem.to_string(), ABSENT);
    }
    for problem in seen.iter().filter(|problem| !expected.contains(problem)) {
        found.add(Aspect::Outcome, "refusal.problems", ABSENT, problem.to_string());
    }
}
