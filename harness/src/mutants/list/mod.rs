//! The mutants, by the place that is wrong. Each is a few lines: its name, the bug as a user would meet it, what a case must
//! use to reveal it, where it was seen, how small the smallest such case is, and the fault itself.

mod attempts;
mod calls;
mod compensation;
mod conditions;
mod definition;
mod events;
mod message;
mod outcome;
mod recovery;
mod refusal;
mod results;
mod rules;
mod signals;
mod slots;
mod time;
mod values;

use super::Mutant;

pub(super) use slots::Slots;

/// All of them, in the order in which they are shown.
pub(super) fn all() -> Vec<Mutant> {
    let places = [
        definition::mutants(),
        conditions::mutants(),
        attempts::mutants(),
        refusal::mutants(),
        calls::mutants(),
        results::mutants(),
        signals::mutants(),
        time::mutants(),
        slots::mutants(),
        compensation::mutants(),
        outcome::mutants(),
        events::mutants(),
        recovery::mutants(),
        rules::mutants(),
        message::mutants(),
    ];
    places.into_iter().flatten().collect()
}
