//! Features of cases and capabilities of engines: one vocabulary, so that "not compared" is a set difference.
//!
//! A case *uses* a feature if its result may depend on it. An engine *declares* the features it really has. An engine that
//! lacks a feature of a case is not asked to run it, and the feature matrix says so.

mod usage;

use serde::{Deserialize, Serialize};

pub use usage::used;

macro_rules! features {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// One thing a definition or a script can ask of an engine.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Feature { $($(#[doc = $doc])+ $variant,)+ }

        impl Feature {
            /// Every feature, in the order in which they are shown.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name, as in JSON, in `--only` and in reports.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What it means, in a sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

features! {
    /// A workflow without tasks succeeds at once.
    EmptyWorkflow = "empty_workflow",
    /// A bad definition is refused, with all that is wrong with it.
    Refusal = "refusal",
    /// A task starts after the tasks it needs.
    Needs = "needs",
    /// Independent tasks run, or are decided, beside each other, and the result depends on it.
    Parallel = "parallel",
    /// Calls in flight at once are limited.
    MaxParallel = "max_parallel",
    /// Among ready tasks, some start first.
    Priority = "priority",
    /// A task runs only if a condition over earlier outputs holds.
    When = "when",
    /// A task whose needs did not all succeed is decided by its `run_if`.
    RunIf = "run_if",
    /// A call's input is computed from earlier outputs.
    Template = "template",
    /// A failed task stops the rest.
    FailureStop = "failure_stop",
    /// A failed task cancels what runs.
    FailureCancel = "failure_cancel",
    /// A failed task leaves independent ones alone.
    FailureContinue = "failure_continue",
    /// A failed task makes what succeeded be undone.
    Compensation = "compensation",
    /// A failed attempt is made again.
    Retry = "retry",
    /// An attempt, or the wait for an answer, is bounded in time.
    TaskTimeout = "task_timeout",
    /// The whole run is bounded in time.
    RunTimeout = "run_timeout",
    /// A signal ends the run.
    Cancel = "cancel",
    /// A signal halts the run until another lets it go on.
    PauseResume = "pause_resume",
    /// A task waits for a user's answer.
    UserInput = "user_input",
    /// A task runs once per item of a list.
    ForEach = "for_each",
    /// A panic of a handler is an error of its attempt.
    HandlerPanic = "handler_panic",
    /// Integers above the largest `i64` are kept exactly.
    BigInteger = "big_integer",
    /// A run survives the death of its engine's process.
    Durable = "durable",
}

impl Feature {
    /// The feature of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|feature| feature.as_str() == name)
    }
}

impl std::fmt::Display for Feature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of features. In JSON it is the list of their names, in the order of [`Feature::ALL`].
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<&'static str>")]
pub struct FeatureSet(u64);

impl FeatureSet {
    /// No feature.
    pub const EMPTY: Self = Self(0);

    /// Every feature there is.
    pub fn all() -> Self {
        Feature::ALL.iter().copied().collect()
    }

    /// Adds a feature.
    pub fn insert(&mut self, feature: Feature) {
        self.0 |= 1 << feature as u64;
    }

    /// Takes a feature away.
    pub fn remove(&mut self, feature: Feature) {
        self.0 &= !(1 << feature as u64);
    }

    /// Whether it has the feature.
    pub const fn contains(self, feature: Feature) -> bool {
        self.0 & (1 << feature as u64) != 0
    }

    /// Whether it has none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many it has.
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether it has all of `other`.
    pub const fn is_superset(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Those of `self` that are not in `other`.
    pub const fn difference(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Those in both.
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those in either.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The features, in the order of [`Feature::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Feature> {
        Feature::ALL
            .iter()
            .copied()
            .filter(move |feature| self.contains(*feature))
    }
}

impl FromIterator<Feature> for FeatureSet {
    fn from_iter<I: IntoIterator<Item = Feature>>(features: I) -> Self {
        let mut set = Self::EMPTY;
        for feature in features {
            set.insert(feature);
        }
        set
    }
}

impl<const N: usize> From<[Feature; N]> for FeatureSet {
    fn from(features: [Feature; N]) -> Self {
        features.into_iter().collect()
    }
}

impl From<FeatureSet> for Vec<&'static str> {
    fn from(set: FeatureSet) -> Self {
        set.iter().map(Feature::as_str).collect()
    }
}

impl TryFrom<Vec<String>> for FeatureSet {
    type Error = String;

    fn try_from(names: Vec<String>) -> Result<Self, String> {
        names
            .iter()
            .map(|name| Feature::from_name(name).ok_or_else(|| format!("unknown feature `{name}`")))
            .collect()
    }
}

impl std::fmt::Debug for FeatureSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter().map(Feature::as_str)).finish()
    }
}

impl std::fmt::Display for FeatureSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.iter().map(Feature::as_str).collect();
        f.write_str(&names.join(", "))
    }
}
