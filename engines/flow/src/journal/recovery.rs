//! Recovery: giving a run's inputs to a fresh core, which is then where the run stood, with the same calls to be waited for.

use std::collections::BTreeMap;
use std::sync::Arc;

use contract::Millis;
use contract::stage::HORIZON;

use super::Entry;
use super::record::Record;
use crate::core::{Action, CallId, Core, Input, Start, Timer};
use crate::plan::Plan;

/// A run, as its records leave it.
pub struct Recovery {
    /// Where it stood.
    pub core: Core,
    /// The calls that were in flight, in the order in which they started. They are made again with the same keys.
    pub in_flight: Vec<Start>,
    /// The timers that were set. Some may not be awaited any more.
    pub timers: Vec<(Millis, Timer)>,
    /// When it began, by the clock of the store. `None`: it had not begun.
    pub began: Option<Millis>,
    /// When the last thing happened, since its start.
    pub last: Millis,
}

impl Recovery {
    /// The run of `plan` that `records` lead to.
    pub fn new(plan: Arc<Plan>, records: impl IntoIterator<Item = Record>) -> Self {
        let mut core = Core::new(plan);
        let mut in_flight: BTreeMap<CallId, Start> = BTreeMap::new();
        let mut timers = Vec::new();
        let (mut began, mut last) = (None, Millis::ZERO);
        let mut actions = Vec::new();
        for record in records {
            began.get_or_insert(record.clock.saturating_sub(record.at));
            last = record.at;
            for Entry { at, input } in record.entries() {
                if let Input::Returned { call, .. } = &input {
                    in_flight.remove(call);
                }
                core.apply(at, input, &mut actions);
            }
            for action in actions.drain(..) {
                match action {
                    Action::Start(start) => {
                        in_flight.insert(start.call, start);
                    }
                    // One further away than the horizon was never set.
                    Action::SetTimer { at, timer } if at.saturating_sub(last) <= HORIZON => timers.push((at, timer)),
                    Action::Drop(call) => {
                        in_flight.remove(&call);
                    }
                    Action::SetTimer { .. } | Action::Report(_) | Action::Acknowledge { .. } | Action::Finish => {}
                }
            }
        }
        timers.retain(|(_, timer)| core.awaits(*timer));
        Self {
            core,
            in_flight: in_flight.into_values().collect(),
            timers,
            began,
            last,
        }
    }

    /// How long ago it began, at `now` by the clock of the store. Time does not go back, even if that clock does.
    pub fn age(&self, now: Millis) -> Millis {
        let age = self.began.map_or(Millis::ZERO, |began| now.saturating_sub(began));
        age.max(self.last)
    }
}
