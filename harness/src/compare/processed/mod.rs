//! Two processed messages: what the context holds, what the audit trail and the errors say, what the trace shows.
//!
//! Everything is compared value by value and in order, for dataflow-rs is the specification of its own format. Two things are
//! not held to be equal, and each place is counted: the text of each engine's own wall clock, inside whatever text it stands;
//! and the paths that an engine declares volatile.

mod align;
mod calls;
mod lists;
mod path;
mod scope;
mod text;
mod tree;

use contract::rules::Processed;
use contract::rules::processed::Stopped;
use contract::{End, Observation};

use super::{Found, Side, Times, describe_end};
use crate::divergence::Aspect;
use path::Path;
use scope::Scope;

pub use text::CLOCK;

/// What is said where one side has nothing.
const MISSING: &str = "missing";

/// Everything in which `new` differs from `baseline` on a case of rules.
pub(super) fn compare(baseline: Side<'_>, new: Side<'_>, times: Times) -> Found {
    let both = [baseline.observation, new.observation];
    let stamps = both.map(stamp);
    let mut scope = Scope::new([baseline.description, new.description], stamps);
    let ends_alike = compare_ends(both, &mut scope);
    // Where one side broke off or refused, all that it did not do would only say so again.
    if ends_alike {
        let logs = both.map(|observation| observation.logs.as_slice());
        lists::compare_logs(logs, &mut scope);
        calls::compare(both.map(|observation| observation.calls.as_slice()), times, &mut scope);
        if times == Times::Fixed {
            let root = Path::root("run");
            let makespans = both.map(|observation| &observation.makespan);
            scope.about(Aspect::Limits);
            scope.plain(&root.key("makespan"), makespans, |makespan| makespan.exact());
        }
    }
    scope.finish()
}

/// The text of the engine's wall clock in this run. Where a run did not come to its end, the first call has seen it.
fn stamp(observation: &Observation) -> &str {
    match (&observation.end, observation.calls.first()) {
        (End::Processed(processed), _) => &processed.stamp,
        (_, Some(call)) => call.input["context"]["metadata"]["processed_at"]
            .as_str()
            .unwrap_or_default(),
        (_, None) => "",
    }
}

/// Whether both ended in the same way, so that there is more to compare.
fn compare_ends([baseline, new]: [&Observation; 2], scope: &mut Scope<'_>) -> bool {
    match (&baseline.end, &new.end) {
        (End::Processed(expected), End::Processed(seen)) => {
            compare_processed([expected, seen], scope);
            true
        }
        (End::Rejected(expected), End::Rejected(seen)) => {
            scope.about(Aspect::Outcome);
            scope.plain(&Path::root("refusal"), [expected, seen], ToString::to_string);
            true
        }
        (expected, seen) if expected == seen => true,
        (expected, seen) => {
            scope.about(match (expected, seen) {
                (End::Crashed(_), _) | (_, End::Crashed(_)) => Aspect::Crash,
                (End::Hung(_), _) | (_, End::Hung(_)) => Aspect::Hang,
                _ => Aspect::Outcome,
            });
            scope.note(&Path::root("run").key("end"), || {
                [describe_end(expected), describe_end(seen)]
            });
            false
        }
    }
}

fn compare_processed(both: [&Processed; 2], scope: &mut Scope<'_>) {
    compare_stops(both.map(|side| side.error.as_ref()), scope);
    scope.about(Aspect::Output);
    scope.tree(&Path::root("context"), both.map(|side| &side.context.0));
    lists::compare_audit(both.map(|side| side.audit.as_slice()), scope);
    lists::compare_errors(both.map(|side| side.errors.as_slice()), scope);
    lists::compare_traces(both.map(|side| side.trace.as_deref()), scope);
}

/// Whether processing was stopped is the outcome; by which error, is the error.
fn compare_stops(both: [Option<&Stopped>; 2], scope: &mut Scope<'_>) {
    let root = Path::root("stopped");
    if let [Some(expected), Some(seen)] = both {
        scope.about(Aspect::Error);
        scope.text(&root.key("code"), [&expected.code, &seen.code]);
        scope.text(&root.key("message"), [&expected.message, &seen.message]);
    } else if both[0].is_some() || both[1].is_some() {
        let say = |stopped: Option<&Stopped>| {
            stopped.map_or_else(
                || "no".to_owned(),
                |stopped| format!("{}: {}", stopped.code, stopped.message),
            )
        };
        scope.about(Aspect::Outcome);
        scope.note(&root, || both.map(say));
    }
}

#[cfg(test)]
mod tests;
