//! Which reason to refuse a rejection gives, told by dataflow-rs' own words.

use super::{Behaviour, BehaviourSet};
use crate::Rejection;

/// The reasons that a refusal of rules goes through. Words that are not known count as a wrong shape.
pub fn of_refusal(rejection: &Rejection) -> BehaviourSet {
    rejection
        .problems()
        .iter()
        .map(|problem| reason(&problem.to_string()))
        .collect()
}

fn reason(text: &str) -> Behaviour {
    const REASONS: [(&str, Behaviour); 22] = [
        ("cannot be empty", Behaviour::RefusedEmptyName),
        ("must have at least one task", Behaviour::RefusedEmptyName),
        ("Duplicate step ID", Behaviour::RefusedDuplicateStep),
        ("Duplicate task ID", Behaviour::RefusedDuplicateStep),
        ("loop increment must be", Behaviour::RefusedLoop),
        ("loop max (", Behaviour::RefusedLoop),
        ("loop counter must be", Behaviour::RefusedLoop),
        ("task groups nested deeper", Behaviour::RefusedGroup),
        ("cannot carry halt_on", Behaviour::RefusedGroup),
        ("contains no tasks", Behaviour::RefusedGroup),
        ("invalid task group", Behaviour::RefusedGroup),
        ("config for function", Behaviour::RefusedInput),
        ("registered handlers:", Behaviour::RefusedFunction),
        ("[DUPLICATE_TEMPLATE_KEY]", Behaviour::RefusedTemplateKey),
        ("[UNKNOWN_SECRET]", Behaviour::RefusedSecret),
        ("[SECRET_IN_MESSAGE_WRITE]", Behaviour::RefusedSecret),
        ("error context path", Behaviour::RefusedSettings),
        ("error context limit", Behaviour::RefusedSettings),
        ("secrets must be", Behaviour::RefusedSettings),
        ("reserved operator name", Behaviour::RefusedSettings),
        ("Logic evaluation error", Behaviour::RefusedLogic),
        ("Compilation", Behaviour::RefusedLogic),
    ];
    REASONS
        .iter()
        .find(|(words, _)| text.contains(words))
        .map_or(Behaviour::RefusedShape, |(_, behaviour)| *behaviour)
}
