//! Compares two observations, aspect by aspect.
//!
//! Observations are compared as partial orders: not the sequence of what happened, but what was done and whether each engine
//! kept to the order and the limits that the definition implies ([`crate::rules`]). Messages that were processed by rules have
//! one order, and are compared in it.

mod calls;
mod events;
mod outcome;
mod processed;
mod value;

use contract::observation::{End, Hang};
use contract::stage::Schedule;
use contract::{Definition, Description, Observation, Workflow};

use crate::divergence::{Aspect, Divergence};
use crate::rules;

pub(crate) use calls::name;
pub use processed::CLOCK;

/// An observation, and the engine it was made of.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// What it said of itself.
    pub description: &'a Description,
    /// What it did.
    pub observation: &'a Observation,
    /// Under which schedule. Within a moment, things that lag come after others, which the times of calls do not show.
    pub schedule: Schedule,
}

/// Whether both sides have to do the same things at the same virtual time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// Another schedule that keeps the partial order is as good: legacy may run one task after another.
    Free,
    /// The baseline is the written semantics, which fix each moment.
    Fixed,
}

/// What comparing two observations found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The differences, sorted by aspect. Empty: none was found.
    pub divergences: Vec<Divergence>,
    /// How many more there are: of one aspect, only the first 50 of a case of rules are listed.
    pub unlisted: u64,
    /// In how many places the two differ and were not held to be equal: volatile fields, and what is each
    /// engine's own (the text of its wall clock, its version).
    pub masked: u64,
}

/// Everything in which `new` differs from `baseline`.
///
/// A rule that one of them breaks is a difference, whichever it is; one that both break in the same way is not. The side that
/// keeps it is shown with what the rule asks.
pub fn compare(definition: &Definition, baseline: Side<'_>, new: Side<'_>, times: Times) -> Found {
    match definition {
        Definition::Dag(workflow) => compare_runs(workflow, baseline, new, times),
        Definition::Rules(_) => processed::compare(baseline, new, times),
    }
}

/// Two runs of a workflow. The differences are sorted by aspect and path.
fn compare_runs(workflow: &Workflow, baseline: Side<'_>, new: Side<'_>, times: Times) -> Found {
    let mut found = Findings::default();
    add_ends(baseline.observation, new.observation, times, &mut found);
    let [by_baseline, by_new] = [baseline, new].map(|side| rules::broken(workflow, side));
    for rule in by_new.iter().filter(|rule| !by_baseline.contains(rule)) {
        found.add(rule.aspect, &rule.path, &rule.rule, &rule.seen);
    }
    for rule in by_baseline.iter().filter(|rule| !by_new.contains(rule)) {
        found.add(rule.aspect, &rule.path, &rule.seen, &rule.rule);
    }
    if times == Times::Fixed {
        events::compare(baseline, new, &mut found);
    }
    found.into_sorted(&[baseline.description, new.description])
}

/// In what two runs of a workflow differ apart from the rules they keep and the events they report: how they ended, their
/// calls, and, if times are fixed, when.
pub(crate) fn compare_ends(baseline: &Observation, new: &Observation, times: Times) -> Vec<Divergence> {
    let mut found = Findings::default();
    add_ends(baseline, new, times, &mut found);
    found.into_sorted(&[]).divergences
}

fn add_ends(baseline: &Observation, new: &Observation, times: Times, found: &mut Findings) {
    match (&baseline.end, &new.end) {
        (End::Finished(expected), End::Finished(seen)) => outcome::compare(expected, seen, found),
        (End::Rejected(expected), End::Rejected(seen)) => outcome::compare_refusals(expected, seen, found),
        (expected, seen) if expected == seen => {}
        (expected, seen) => {
            let aspect = match (expected, seen) {
                (End::Crashed(_), _) | (_, End::Crashed(_)) => Aspect::Crash,
                (End::Hung(_), _) | (_, End::Hung(_)) => Aspect::Hang,
                _ => Aspect::Outcome,
            };
            found.add(aspect, "run.end", describe_end(expected), describe_end(seen));
        }
    }
    calls::compare(&baseline.calls, &new.calls, times, found);
    if times == Times::Fixed && baseline.makespan != new.makespan {
        let [expected, seen] = [baseline, new].map(|observation| observation.makespan.exact());
        found.add(Aspect::Limits, "run.makespan", expected, seen);
    }
}

/// How a run ended, in a few words.
pub fn describe_end(end: &End) -> String {
    match end {
        End::Finished(outcome) => format!("ran to the end: {}", outcome.status.as_str()),
        End::Processed(processed) => match &processed.error {
            None => "processed the message".to_owned(),
            Some(error) => format!("stopped processing: {}", error.message),
        },
        End::Rejected(rejection) => rejection.to_string(),
        End::Hung(Hang::Deadlock) => "never ended: nothing was left that could happen".to_owned(),
        End::Hung(Hang::Livelock) => "never ended: it went on without getting anywhere".to_owned(),
        End::Crashed(message) => format!("panicked: {message}"),
    }
}

/// Collects differences.
#[derive(Default)]
pub(crate) struct Findings(Vec<Divergence>);

impl Findings {
    pub(crate) fn add(
        &mut self,
        aspect: Aspect,
        path: impl Into<String>,
        baseline: impl Into<String>,
        new: impl Into<String>,
    ) {
        self.0.push(Divergence {
            aspect,
            path: path.into(),
            baseline: baseline.into(),
            new: new.into(),
        });
    }

    /// Notes `path` if the two values differ.
    pub(crate) fn check<T: PartialEq>(
        &mut self,
        aspect: Aspect,
        path: impl FnOnce() -> String,
        [baseline, new]: [&T; 2],
        show: impl Fn(&T) -> String,
    ) {
        if baseline != new {
            self.add(aspect, path(), show(baseline), show(new));
        }
    }

    /// All of them but those at a path that an engine declared volatile.
    fn into_sorted(mut self, descriptions: &[&Description]) -> Found {
        let is_volatile = |path: &str| {
            descriptions
                .iter()
                .any(|side| side.volatile.iter().any(|field| matches(field, path)))
        };
        let all = self.0.len();
        self.0.retain(|divergence| !is_volatile(&divergence.path));
        self.0.sort();
        Found {
            masked: (all - self.0.len()) as u64,
            divergences: self.0,
            unlisted: 0,
        }
    }
}

/// Whether `path` is `pattern`, in which `*` stands for one segment.
fn matches(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.split('.'), path.split('.'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some(expected), Some(segment)) if expected == "*" || expected == segment => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests;
