//! Holds one observation against its definition and against the engine's own account.
//!
//! These rules need no second engine. They catch what two equal outcomes can hide: a call too early, a limit exceeded, an
//! event that tells of something that never happened.

mod events;
mod limits;
mod order;
mod repeats;
mod timeline;

use contract::Workflow;

use crate::compare::Side;
use crate::divergence::Aspect;
use repeats::Calls;
use timeline::Timeline;

/// A rule that an engine broke.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Broken {
    /// What sort of rule.
    pub aspect: Aspect,
    /// Where it was broken.
    pub path: String,
    /// What the rule asks.
    pub rule: String,
    /// What happened instead.
    pub seen: String,
}

/// The rules that an engine broke in a run of `workflow`, sorted.
pub fn broken(workflow: &Workflow, side: Side<'_>) -> Vec<Broken> {
    let mut broken = Vec::new();
    // A definition that has no order in it (it should have been refused) gives no rules to break.
    let calls = Calls::new(&side.observation.calls);
    if let Some(timeline) = Timeline::of(workflow, &calls) {
        order::check(&timeline, side.schedule.is_plain(), &mut broken);
        limits::check(&timeline, &mut broken);
    }
    repeats::check(&calls, &mut broken);
    events::check(side, &calls, &mut broken);
    broken.sort();
    broken
}

/// Notes a broken rule.
fn note(broken: &mut Vec<Broken>, aspect: Aspect, path: String, rule: impl Into<String>, seen: impl Into<String>) {
    broken.push(Broken {
        aspect,
        path,
        rule: rule.into(),
        seen: seen.into(),
    });
}
