//! The dials of a generator: how large its cases are, of which shapes, and how often they use which feature.

use contract::{Feature, FeatureSet};
use serde::{Deserialize, Serialize};

use super::shape::Shape;
use crate::pairs::{self, Pair};

/// Every dial of a [`super::Generator`]. Shares and probabilities are from 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dials {
    /// The fewest tasks of a case that is not empty on purpose.
    pub min_tasks: usize,
    /// The most tasks of a case.
    pub max_tasks: usize,
    /// The share of cases with more than 20 tasks, up to `max_tasks`.
    pub tail: f64,
    /// How often each shape is drawn, relative to the others.
    pub shapes: Shapes,
    /// The share of edges that a `random` graph has of all it could have; drawn anew for each case if absent.
    pub density: Option<f64>,
    /// The share of cases whose tasks are declared in another order than they run in.
    pub shuffled: f64,
    /// The share of cases of the plain profile, which use no feature beyond [`Dials::PLAIN`].
    pub plain: f64,
    /// The share of cases that are invalid twins.
    pub invalid: f64,
    /// The share of cases with hostile strings as ids, handlers and inputs.
    pub hostile: f64,
    /// The share of cases in which things happen at the same time on purpose; they are tagged `tie`.
    pub ties: f64,
    /// The share of cases that are drawn to use two features at once, each possible pair in turn; 0.5 at most.
    pub pairs: f64,
    /// How often a case uses each feature.
    pub features: FeatureDials,
}

impl Default for Dials {
    fn default() -> Self {
        Self {
            min_tasks: 1,
            max_tasks: 200,
            tail: 0.07,
            shapes: Shapes::default(),
            density: None,
            shuffled: 0.3,
            plain: 0.66,
            invalid: 0.02,
            hostile: 0.03,
            ties: 0.02,
            pairs: 0.06,
            features: FeatureDials::default(),
        }
    }
}

impl Dials {
    /// What the plain profile may use: what an engine that runs one task after another can do.
    pub const PLAIN: [Feature; 6] = [
        Feature::Needs,
        Feature::MaxParallel,
        Feature::When,
        Feature::Template,
        Feature::FailureStop,
        Feature::FailureContinue,
    ];

    /// Only cases that use nothing beyond `features`.
    pub fn only(features: FeatureSet) -> Self {
        let mut dials = Self::default();
        for feature in FeatureSet::all().difference(features).iter() {
            dials.set(feature, 0.0);
        }
        dials
    }

    /// The pairs of features that cases are drawn for, and how many cases after one such case the next one is.
    pub(super) fn pairs(&self) -> (u64, Vec<Pair>) {
        let plain = FeatureSet::from(Self::PLAIN);
        let is_meant = |feature: Feature| {
            // Where all cases are plain, these are too.
            let is_held_back = self.plain >= 1.0 && !plain.contains(feature);
            self.get(feature) > 0.0 && !is_held_back
        };
        let are_meant = |pair: &Pair| is_meant(pair.0) && is_meant(pair.1);
        // Where all cases are to be refused, no two features show.
        if self.pairs <= 0.0 || self.invalid >= 1.0 {
            return (0, Vec::new());
        }
        let every = (1.0 / self.pairs).round().max(2.0) as u64;
        (every, pairs::possible().filter(are_meant).collect())
    }

    /// How often a case uses `feature`.
    pub fn get(&self, feature: Feature) -> f64 {
        if feature == Feature::Refusal {
            self.invalid
        } else {
            *self.features.clone().dial(feature)
        }
    }

    /// Sets how often a case uses `feature`.
    pub fn set(&mut self, feature: Feature, probability: f64) {
        if feature == Feature::Refusal {
            self.invalid = probability;
        } else {
            *self.features.dial(feature) = probability;
        }
    }
}

macro_rules! weights {
    ($($(#[doc = $doc:literal])+ $field:ident: $shape:ident = $default:literal,)+) => {
        /// How often each shape is drawn, relative to the others.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct Shapes { $($(#[doc = $doc])+ pub $field: f64,)+ }

        impl Default for Shapes {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        impl Shapes {
            /// The weights, in the order of [`Shape::ALL`].
            pub(super) fn weights(&self) -> [f64; Shape::ALL.len()] {
                let mut weights = [0.0; Shape::ALL.len()];
                $(weights[Shape::$shape as usize] = self.$field;)+
                weights
            }
        }
    };
}

weights! {
    /// No task needs another.
    independent: Independent = 0.5,
    /// Each needs the one before.
    chain: Chain = 1.5,
    /// All need the first.
    fan_out: FanOut = 1.0,
    /// The last needs all.
    fan_in: FanIn = 1.0,
    /// One, several at once, one; again and again.
    diamond: Diamond = 1.5,
    /// Each needs its parent, or its children.
    tree: Tree = 1.0,
    /// Rows, each task of which needs some of the row before.
    layered: Layered = 1.5,
    /// Rows, each task of which needs its neighbours in the row before.
    stencil: Stencil = 0.7,
    /// Rows joined by butterflies.
    fft: Fft = 0.7,
    /// Rows, each task of which needs some far apart in the row before.
    spread: Spread = 0.7,
    /// Any edges.
    random: Random = 1.5,
}

macro_rules! feature_dials {
    ($($field:ident: $feature:ident = $default:literal,)+) => {
        /// How often a case uses each feature. Those of the plain profile hold for every case, the others for cases that
        /// are not of it.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        #[expect(missing_docs, reason = "named after the variants of `Feature`")]
        pub struct FeatureDials { $(pub $field: f64,)+ }

        impl Default for FeatureDials {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        impl FeatureDials {
            fn dial(&mut self, feature: Feature) -> &mut f64 {
                match feature {
                    $(Feature::$feature => &mut self.$field,)+
                    Feature::Refusal => unreachable!("`Dials::get` and `Dials::set` answer for it"),
                }
            }

            /// Every dial, with its feature.
            pub(super) fn all(&self) -> [(Feature, f64); [$(Feature::$feature),+].len()] {
                [$((Feature::$feature, self.$field)),+]
            }
        }
    };
}

feature_dials! {
    empty_workflow: EmptyWorkflow = 0.02,
    needs: Needs = 1.0,
    parallel: Parallel = 0.9,
    max_parallel: MaxParallel = 0.3,
    priority: Priority = 0.15,
    when: When = 0.35,
    run_if: RunIf = 0.3,
    template: Template = 0.5,
    failure_stop: FailureStop = 0.2,
    failure_cancel: FailureCancel = 0.15,
    failure_continue: FailureContinue = 0.2,
    compensation: Compensation = 0.15,
    retry: Retry = 0.3,
    task_timeout: TaskTimeout = 0.2,
    run_timeout: RunTimeout = 0.1,
    cancel: Cancel = 0.1,
    pause_resume: PauseResume = 0.12,
    user_input: UserInput = 0.12,
    for_each: ForEach = 0.2,
    handler_panic: HandlerPanic = 0.1,
    big_integer: BigInteger = 0.08,
    durable: Durable = 0.12,
}
