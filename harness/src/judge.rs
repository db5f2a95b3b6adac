//! Judges one case: which engines are asked to run it, what is compared with what, and who is to blame for a difference.

use std::sync::Arc;

use contract::stage::Stage;
use contract::{Description, Engine, FeatureSet, Millis, Observation};
use corpus::Case;
use serde::{Deserialize, Serialize};

use crate::compare::{Side, Times, compare};
use crate::divergence::{Blame, Divergence};

/// An engine and what it says of itself, asked once.
#[derive(Clone)]
pub struct Contender {
    /// The engine.
    pub engine: Arc<dyn Engine>,
    /// Its description.
    pub description: Arc<Description>,
}

impl Contender {
    /// Asks `engine` to describe itself.
    pub fn new(engine: Arc<dyn Engine>) -> Self {
        let description = Arc::new(engine.describe());
        Self { engine, description }
    }

    fn side<'a>(&'a self, observation: &'a Observation) -> Side<'a> {
        Side {
            description: &self.description,
            observation,
        }
    }

    fn can(&self, features: FeatureSet) -> bool {
        self.description.capabilities.is_superset(features)
    }
}

/// The engines of one migration.
#[derive(Clone)]
pub struct Engines {
    /// What is to be replaced.
    pub legacy: Contender,
    /// What replaces it.
    pub new: Contender,
    /// The written semantics: the third voter.
    pub reference: Contender,
}

/// What the new engine was compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Baseline {
    /// The legacy engine.
    Legacy,
    /// The reference, because legacy lacks a feature of the case.
    Reference,
}

/// What came of one case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    /// Both engines ran it.
    Compared(Comparison),
    /// No comparison was possible.
    NotCompared {
        /// The features of the case that the new engine lacks.
        new_lacks: FeatureSet,
        /// Those that legacy lacks. Empty: legacy can do what new cannot, which is a parity failure.
        legacy_lacks: FeatureSet,
    },
}

/// What comparing one case found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// What new was compared with.
    pub baseline: Baseline,
    /// Virtual time from start to end: the baseline's and new's.
    pub makespan: [Millis; 2],
    /// Whether the run ended in any way but success: the baseline's and new's.
    pub ended_badly: [bool; 2],
    /// The differences. Empty: none was found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub divergences: Vec<Divergence>,
    /// Who is to blame for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blame: Option<Blame>,
}

/// Tells who runs what, for the watchdog. Called before each engine starts.
pub trait Watch {
    /// `engine` is about to run the case.
    fn starting(&self, engine: &str);
}

impl Engines {
    /// Which comparison the features of a case allow.
    ///
    /// # Errors
    /// The judgement, if they allow none.
    pub fn baseline_for(&self, features: FeatureSet) -> Result<Baseline, Judgement> {
        match (self.new.can(features), self.legacy.can(features)) {
            (true, true) => Ok(Baseline::Legacy),
            (true, false) => Ok(Baseline::Reference),
            (false, _) => Err(Judgement::NotCompared {
                new_lacks: features.difference(self.new.description.capabilities),
                legacy_lacks: features.difference(self.legacy.description.capabilities),
            }),
        }
    }

    /// Runs `case`, whose features are `features`, and compares.
    pub fn judge(&self, stage: &mut Stage, case: &Case, features: FeatureSet, watch: &impl Watch) -> Judgement {
        let baseline = match self.baseline_for(features) {
            Ok(baseline) => baseline,
            Err(judgement) => return judgement,
        };
        let mut play = |contender: &Contender| {
            watch.starting(&contender.description.name);
            tracing::trace!(engine = contender.description.name, "plays");
            stage.play(&*contender.engine, &case.definition, &case.input, &case.script)
        };
        let Some(workflow) = case.dag() else {
            return Judgement::NotCompared {
                new_lacks: FeatureSet::EMPTY,
                legacy_lacks: FeatureSet::EMPTY,
            };
        };
        let (contender, times) = match baseline {
            Baseline::Legacy => (&self.legacy, Times::Free),
            Baseline::Reference => (&self.reference, Times::Fixed),
        };
        let expected = play(contender);
        let seen = play(&self.new);
        let divergences = compare(workflow, contender.side(&expected), self.new.side(&seen), times);
        let blame = (!divergences.is_empty()).then(|| match baseline {
            Baseline::Reference => Blame::New,
            Baseline::Legacy => {
                let written = play(&self.reference);
                let agrees = |contender: &Contender, observation: &Observation| {
                    compare(
                        workflow,
                        self.reference.side(&written),
                        contender.side(observation),
                        Times::Free,
                    )
                    .is_empty()
                };
                match (agrees(&self.legacy, &expected), agrees(&self.new, &seen)) {
                    (true, false) => Blame::New,
                    (false, true) => Blame::Legacy,
                    _ => Blame::Both,
                }
            }
        });
        Judgement::Compared(Comparison {
            baseline,
            makespan: [expected.makespan, seen.makespan],
            ended_badly: [ended_badly(&expected), ended_badly(&seen)],
            divergences,
            blame,
        })
    }
}

/// Whether a run ended in any way but success. A refusal is an answer, and a pause is not an end.
fn ended_badly(observation: &Observation) -> bool {
    use contract::RunStatus::{Paused, Succeeded};
    use contract::observation::End;
    match &observation.end {
        End::Finished(outcome) => !matches!(outcome.status, Succeeded | Paused),
        End::Processed(processed) => processed.error.is_some(),
        End::Rejected(_) => false,
        End::Hung(_) | End::Crashed(_) => true,
    }
}
