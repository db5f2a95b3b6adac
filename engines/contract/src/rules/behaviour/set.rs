//! A set of behaviours.

use serde::{Deserialize, Serialize};

use super::Behaviour;

const WORDS: usize = Behaviour::ALL.len().div_ceil(64);

/// A set of behaviours. In JSON it is the list of their names, in the order of [`Behaviour::ALL`].
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<&'static str>")]
pub struct BehaviourSet([u64; WORDS]);

impl BehaviourSet {
    /// No behaviour.
    pub const EMPTY: Self = Self([0; WORDS]);

    /// Adds one.
    #[inline]
    pub fn insert(&mut self, behaviour: Behaviour) {
        let place = behaviour as usize;
        self.0[place / 64] |= 1 << (place % 64);
    }

    /// Whether it has it.
    pub const fn contains(self, behaviour: Behaviour) -> bool {
        let place = behaviour as usize;
        self.0[place / 64] & (1 << (place % 64)) != 0
    }

    /// Adds all of `other`.
    #[inline]
    pub fn extend_with(&mut self, other: Self) {
        for (mine, others) in self.0.iter_mut().zip(other.0) {
            *mine |= others;
        }
    }

    /// How many it has.
    pub fn len(self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether it has none.
    pub fn is_empty(self) -> bool {
        self == Self::EMPTY
    }

    /// The behaviours, in the order of [`Behaviour::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Behaviour> {
        Behaviour::ALL
            .iter()
            .copied()
            .filter(move |behaviour| self.contains(*behaviour))
    }
}

impl FromIterator<Behaviour> for BehaviourSet {
    fn from_iter<I: IntoIterator<Item = Behaviour>>(behaviours: I) -> Self {
        let mut set = Self::EMPTY;
        for behaviour in behaviours {
            set.insert(behaviour);
        }
        set
    }
}

impl<const N: usize> From<[Behaviour; N]> for BehaviourSet {
    fn from(behaviours: [Behaviour; N]) -> Self {
        behaviours.into_iter().collect()
    }
}

impl From<BehaviourSet> for Vec<&'static str> {
    fn from(set: BehaviourSet) -> Self {
        set.iter().map(Behaviour::as_str).collect()
    }
}

impl TryFrom<Vec<String>> for BehaviourSet {
    type Error = String;

    fn try_from(names: Vec<String>) -> Result<Self, String> {
        let find = |name: &String| {
            let found = Behaviour::ALL
                .iter()
                .copied()
                .find(|behaviour| behaviour.as_str() == name);
            found.ok_or_else(|| format!("unknown behaviour `{name}`"))
        };
        names.iter().map(find).collect()
    }
}

impl std::fmt::Debug for BehaviourSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter().map(Behaviour::as_str)).finish()
    }
}
