//! The conformance kit: give it an engine, and it tells what the engine does wrong, measured by the capabilities it declares.
//!
//! Each scenario is a small case with its right result, written by hand from the workflow semantics. An engine is asked only
//! those whose features it declares. Besides its result, each run is held to what holds for all runs: attempts and calls agree,
//! nothing is called after the end, events tell what happened.
//!
//! ```
//! # fn check(engine: &dyn contract::Engine) {
//! contract::conformance::check(engine).assert_clean();
//! # }
//! ```

mod description;
mod laws;
mod notation;
mod report;
mod scenario;
mod scenarios;
mod watch;

#[cfg(test)]
mod tests;

pub use report::{Entry, Report, Verdict};

use crate::observation::End;
use crate::stage::Stage;
use crate::{Description, Engine, Observation};
use laws::Run;
use scenario::Scenario;
use watch::Watched;

/// Plays every scenario that `engine` declares the features for.
pub fn check(engine: &dyn Engine) -> Report {
    let description = engine.describe();
    let mut entries = description::check(engine, &description);
    entries.extend(
        scenarios::all()
            .iter()
            .map(|scenario| play(engine, &description, scenario)),
    );
    Report::new(&description, entries)
}

fn play(engine: &dyn Engine, description: &Description, scenario: &Scenario) -> Entry {
    let features = scenario.features();
    let missing = features.difference(description.capabilities);
    let verdict = if missing.is_empty() {
        judge(engine, description, scenario)
    } else {
        Verdict::NotAsked { missing }
    };
    Entry {
        name: scenario.name,
        features,
        verdict,
    }
}

fn judge(engine: &dyn Engine, description: &Description, scenario: &Scenario) -> Verdict {
    let watched = Watched::new(engine);
    let observation = Stage::new().play(&watched, &scenario.definition(), &scenario.input, &scenario.script());
    let mut differences = compare(description, scenario, &observation);
    if let End::Finished(outcome) = &observation.end {
        let (observation, log) = (&observation, &watched.log());
        let run = Run {
            description,
            workflow: scenario.workflow(),
            observation,
            outcome,
            log,
        };
        differences.extend(
            laws::broken_by(&run)
                .into_iter()
                .map(|broken| (broken.law, broken.seen)),
        );
    }
    Verdict::of(differences)
}

/// Where an observation differs from what the scenario expects: the right text, and the one seen.
fn compare(description: &Description, scenario: &Scenario, observation: &Observation) -> Vec<(String, String)> {
    let mut differences = Vec::new();
    let end = notation::end(&observation.end);
    if !scenario.outcomes.contains(&end) {
        differences.push((scenario.outcomes.join(" — or — "), end));
    }
    if let Some(expected) = &scenario.calls {
        let calls = notation::calls(&observation.calls);
        if calls != *expected {
            differences.push((format!("the calls {expected}"), format!("the calls {calls}")));
        }
    }
    if !scenario.events.is_empty() {
        let declared = |kind| description.reports.contains(&kind);
        let expected = scenario.events.iter().filter(|(_, event)| declared(event.kind()));
        let expected = notation::events(expected.map(|(at, event)| (*at, event)));
        let seen = observation
            .events
            .iter()
            .filter(|reported| declared(reported.event.kind()));
        let seen = notation::events(seen.map(|reported| (reported.at, &reported.event)));
        if expected != seen {
            differences.push((format!("the events {expected}"), format!("the events {seen}")));
        }
    }
    differences
}
