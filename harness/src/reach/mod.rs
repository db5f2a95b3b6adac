//! What cases go through: the behaviours of workflows, told from a case and from what an engine did on it.
//!
//! A corpus is as good as what it goes through. What there is to go through is a list: each two features that a case can use at
//! once, each [`Behaviour`] of a workflow, and, of rules, those that an engine notes itself ([`contract::Behaviour`]).
//!
//! | module | what |
//! |---|---|
//! | `list` | the behaviours of workflows |
//! | `facts` | what is known of a run at each of its moments |
//! | `ends`, `attempts`, `signals`, `slots`, `ties`, `deaths`, `refusal` | tell the behaviours, by the part of a run that they belong to |
//! | `workers` | independent work on several threads |
//! | [`goals`] | all there is to go through, as a list of goals |
//! | [`search`] | looks for cases that reach all goals, guided or blindly |
//! | [`minimal`] | the smallest set of cases that reaches all goals and reveals all mutants |

mod attempts;
mod deaths;
mod ends;
mod facts;
pub mod goals;
mod list;
pub mod minimal;
mod refusal;
pub mod search;
mod signals;
mod slots;
#[cfg(test)]
mod tests;
mod ties;
mod workers;

use std::collections::BTreeSet;

use contract::{End, Observation};
use corpus::Case;

use facts::Facts;
pub use list::Behaviour;

/// The behaviours of a workflow's case.
pub type Behaviours = BTreeSet<Behaviour>;

/// The behaviours that `case` went through when an engine did what was observed. Of a case of rules there are none here.
pub fn behaviours(case: &Case, observation: &Observation) -> Behaviours {
    let mut found = Behaviours::new();
    let Some(workflow) = case.dag() else { return found };
    match &observation.end {
        End::Rejected(rejection) => refusal::tell(rejection, &mut found),
        End::Finished(outcome) => {
            let facts = Facts::new(case, workflow, observation, outcome);
            ends::tell(&facts, &mut found);
            signals::tell(&facts, &mut found);
            if case.script.crashes.is_empty() {
                attempts::tell(&facts, &mut found);
                slots::tell(&facts, &mut found);
                ties::tell(&facts, &mut found);
            } else {
                // Whoever dies reports some things twice, and at other times.
                deaths::tell(&facts, &mut found);
            }
        }
        End::Processed(_) | End::Hung(_) | End::Crashed(_) => {}
    }
    found
}

/// Adds `behaviour` if it is `so`.
fn note(found: &mut Behaviours, is_so: bool, behaviour: Behaviour) {
    if is_so {
        found.insert(behaviour);
    }
}
