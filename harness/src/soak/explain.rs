//! Whether the calls of a run, and the signals it took, explain its outcome.

use std::collections::HashSet;

use contract::observation::Fate;
use contract::workflow::OnFailure;
use contract::{
    Description, Observation, Outcome, Purpose, RunStatus, Script, Signal, TaskOutcome, TaskStatus, Then, Workflow,
};
use serde_json::Value;

/// An engine that reports nothing.
pub(super) fn silent() -> Description {
    Description {
        name: String::new(),
        version: String::new(),
        capabilities: contract::FeatureSet::EMPTY,
        formats: std::collections::BTreeSet::new(),
        reports: std::collections::BTreeSet::new(),
        volatile: Vec::new(),
    }
}

/// What the calls do not explain, if there is anything.
pub(super) fn problem(
    workflow: &Workflow,
    script: &Script,
    observation: &Observation,
    outcome: &Outcome,
    taken: &[&Signal],
) -> Option<String> {
    if outcome.tasks.len() != workflow.tasks.len() {
        return Some(format!("it has {} tasks in its outcome", outcome.tasks.len()));
    }
    let mut tasks = workflow.tasks.iter().zip(&outcome.tasks);
    tasks
        .find_map(|(task, ended)| of_task(task, ended, script, observation, taken))
        .or_else(|| of_run(workflow, outcome, taken))
}

fn of_task(
    task: &contract::workflow::Task,
    ended: &TaskOutcome,
    script: &Script,
    observation: &Observation,
    taken: &[&Signal],
) -> Option<String> {
    let calls = observation.calls.iter();
    let calls = calls.filter(|call| call.task == task.id && call.purpose == Purpose::Work);
    let made: HashSet<_> = calls.clone().map(|call| (call.item, call.attempt)).collect();
    if made.len() != ended.attempts as usize {
        return Some(format!(
            "`{}` has {} attempts in its outcome, and {} were made",
            task.id,
            ended.attempts,
            made.len()
        ));
    }
    let is_answered = || {
        let answers = |signal: &&&Signal| matches!(signal, Signal::Respond { task: asked, .. } if *asked == task.id);
        taken.iter().any(|signal| answers(&signal))
    };
    // The last attempt returned, and gave what the script says.
    let gave = |item: Option<u32>, output: &Value| {
        let mut of_item = calls.clone().filter(|call| call.item == item);
        of_item.next_back().is_some_and(|call| {
            let scripted = script.attempt(&call.task, call.item, call.attempt).then;
            call.fate == Fate::Returned && matches!(scripted, Then::Returns(scripted) if *scripted == *output)
        })
    };
    let is_right = match ended.status {
        TaskStatus::Succeeded if task.ask.is_some() => is_answered(),
        TaskStatus::Succeeded if task.for_each.is_some() => match ended.output.as_deref() {
            Some(Value::Array(outputs)) => (0..).zip(outputs).all(|(item, output)| gave(Some(item), output)),
            _ => false,
        },
        TaskStatus::Succeeded => ended.output.as_deref().is_some_and(|output| gave(None, output)),
        TaskStatus::Skipped => made.is_empty() && ended.skipped.is_some(),
        TaskStatus::Failed | TaskStatus::TimedOut => ended.error.is_some(),
        TaskStatus::Cancelled | TaskStatus::Pending | TaskStatus::Waiting => ended.output.is_none(),
    };
    (!is_right).then(|| {
        format!(
            "`{}` is {}, which its calls do not explain",
            task.id,
            ended.status.as_str()
        )
    })
}

fn of_run(workflow: &Workflow, outcome: &Outcome, taken: &[&Signal]) -> Option<String> {
    let has = |status: TaskStatus| outcome.tasks.iter().any(|task| task.status == status);
    let has_failed = has(TaskStatus::Failed) || has(TaskStatus::TimedOut);
    let is_terminal = outcome.tasks.iter().all(|task| task.status.is_terminal());
    let last = taken
        .iter()
        .rfind(|signal| matches!(signal, Signal::Pause | Signal::Resume));
    let is_held = last.is_some_and(|signal| matches!(signal, Signal::Pause));
    let is_right = match outcome.status {
        RunStatus::Succeeded => !has_failed && is_terminal && !has(TaskStatus::Cancelled) && outcome.error.is_none(),
        RunStatus::Failed | RunStatus::Compensated | RunStatus::CompensationFailed => {
            has_failed && is_terminal && outcome.error.is_some()
        }
        RunStatus::Cancelled => is_terminal && taken.iter().any(|signal| matches!(signal, Signal::Cancel)),
        RunStatus::TimedOut => is_terminal && workflow.timeout.is_some(),
        // A pause also keeps a compensation from beginning, when every task is over.
        RunStatus::Paused => !is_terminal || is_held && workflow.on_failure == OnFailure::Compensate,
    };
    (!is_right).then(|| format!("it is {}, which its tasks do not explain", outcome.status.as_str()))
}
