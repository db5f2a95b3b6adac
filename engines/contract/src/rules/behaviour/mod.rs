//! What there is to go through: one vocabulary for the generator that has to reach it, the engine that notes it, and the
//! reports that show what was reached and what was not.
//!
//! The first part is the list of points at which a new engine would most likely differ from dataflow-rs 3.12; then functions,
//! families of operators, control flow, and reasons to refuse.

mod list;
mod refusal;
mod set;

pub use list::Behaviour;
pub use refusal::of_refusal;
pub use set::BehaviourSet;

/// Where a behaviour belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A point of dataflow-rs' semantics that is easily missed, by its number in the list of such points, 1 to 37.
    Point(u8),
    /// A function.
    Function,
    /// A family of operators.
    Operator,
    /// Control flow.
    Control,
    /// A reason to refuse a definition.
    Refusal,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Point(number) => write!(f, "point {number}"),
            Self::Function => f.write_str("function"),
            Self::Operator => f.write_str("operators"),
            Self::Control => f.write_str("control flow"),
            Self::Refusal => f.write_str("refusal"),
        }
    }
}

impl std::fmt::Display for Behaviour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn there_is_a_behaviour_for_each_point() {
        let points: BTreeSet<u8> = Behaviour::ALL
            .iter()
            .filter_map(|behaviour| match behaviour.kind() {
                Kind::Point(number) => Some(number),
                _ => None,
            })
            .collect();
        assert_eq!(points, (1..=37).collect());
    }

    #[test]
    fn no_two_behaviours_share_a_name() {
        let names: BTreeSet<&str> = Behaviour::ALL.iter().map(|behaviour| behaviour.as_str()).collect();
        assert_eq!(names.len(), Behaviour::ALL.len());
    }
}
