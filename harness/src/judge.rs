//! Judges one case: which engines are asked to run it, what is compared with what, and who is to blame for a difference.

use std::sync::Arc;

use contract::rules::behaviour::of_refusal;
use contract::stage::{Schedule, Stage};
use contract::{BehaviourSet, Description, End, Engine, Feature, FeatureSet, Format, Millis, Observation, TaskId};
use corpus::Case;
use serde::{Deserialize, Serialize};

use crate::causes::Class;
use crate::compare::{Found, Side, Times, compare};
use crate::divergence::{Aspect, Blame, Divergence};
use crate::kept::{Kept, Place};
use crate::recovery::{self, Recovered};

/// How often legacy is run again to see whether it differs from itself where new differs from it.
const OWN_RUNS: usize = 4;
/// Under how many further schedules legacy is run where new differs from it.
const FURTHER_SCHEDULES: usize = 8;
/// The tag of a case in which things are meant to happen at one moment.
pub(crate) const TIE: &str = "tie";

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

    pub(crate) fn side<'a>(&'a self, observation: &'a Observation, schedule: Schedule) -> Side<'a> {
        Side {
            description: &self.description,
            observation,
            schedule,
        }
    }

    /// Whether it accepts definitions of this format.
    pub fn accepts(&self, format: Format) -> bool {
        self.description.formats.contains(&format)
    }

    /// Whether it can run a case of this format and these features.
    pub fn can(&self, format: Format, features: FeatureSet) -> bool {
        self.accepts(format) && self.description.capabilities.is_superset(features)
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
        /// The format of the case, if one of the engines does not accept it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        format: Option<FormatGap>,
    },
}

/// A format that not both engines accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormatGap {
    /// The format.
    pub format: Format,
    /// Whether legacy accepts it.
    pub legacy_accepts: bool,
    /// Whether new does.
    pub new_accepts: bool,
}

impl Judgement {
    /// Whether legacy can run the case and new cannot.
    pub fn is_lost_by_new(&self) -> bool {
        match self {
            Self::Compared(_) => false,
            Self::NotCompared {
                legacy_lacks, format, ..
            } => legacy_lacks.is_empty() && format.is_none_or(|gap| gap.legacy_accepts && !gap.new_accepts),
        }
    }
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
    /// Under which schedule the two were played: the first under which they differ.
    #[serde(default, skip_serializing_if = "Schedule::is_plain")]
    pub schedule: Schedule,
    /// Whether what new did depends on who comes first of what is due at one moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depends: Option<Box<Depends>>,
    /// Who is to blame for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blame: Option<Blame>,
    /// The class of the difference nearest to the cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Box<Class>>,
    /// Differences beyond those listed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unlisted: u64,
    /// Places in which the two differ and were not held to be equal.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub masked: u64,
    /// What came of killing new on it, if that was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<Recovered>,
    /// What the case went through. It is counted and not written down.
    #[serde(skip)]
    pub seen: Seen,
}

/// The evidence that a case depends on its schedule: what new did under one, the baseline did under another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Depends {
    /// The schedule of new.
    pub new: Schedule,
    /// That of the baseline.
    pub baseline: Schedule,
    /// How many schedules of the baseline were tried until then.
    pub tried: u32,
}

/// What a case of rules went through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The behaviours that new noted, or that a refusal by the baseline shows.
    pub behaviours: BehaviourSet,
    /// Workflow and task of each entry of the baseline's audit trail.
    pub audit: Vec<[TaskId; 2]>,
    /// Why the baseline refused the definitions, if it did.
    pub refusal: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Tells who runs what, for the watchdog. Called before each engine starts.
pub trait Watch {
    /// `engine` is about to run the case.
    fn starting(&self, engine: &str);
}

/// Nobody watches: for one who can end an engine by hand, or knows that it comes to an end.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn starting(&self, _engine: &str) {}
}

impl Engines {
    /// Which comparison the format and the features of a case allow.
    ///
    /// # Errors
    /// The judgement, if they allow none.
    pub fn baseline_for(&self, format: Format, features: FeatureSet) -> Result<Baseline, Box<Judgement>> {
        // The reference knows one format. Where it does not know the one at hand, legacy is the specification of it.
        match [&self.new, &self.legacy, &self.reference].map(|contender| contender.can(format, features)) {
            [true, true, _] => Ok(Baseline::Legacy),
            [true, false, true] => Ok(Baseline::Reference),
            _ => {
                let [new_accepts, legacy_accepts] =
                    [&self.new, &self.legacy].map(|contender| contender.accepts(format));
                Err(Box::new(Judgement::NotCompared {
                    new_lacks: features.difference(self.new.description.capabilities),
                    legacy_lacks: features.difference(self.legacy.description.capabilities),
                    format: (!new_accepts || !legacy_accepts).then_some(FormatGap {
                        format,
                        legacy_accepts,
                        new_accepts,
                    }),
                }))
            }
        }
    }

    /// Kills new at points of `case`, which was judged, and adds to the judgement what came of it. Nothing is done if new is
    /// not durable, or if the case was not compared.
    pub fn kill(&self, stage: &mut Stage, case: &Case, judgement: &mut Judgement, watch: &impl Watch) {
        let is_durable = self.new.description.capabilities.contains(Feature::Durable);
        let Judgement::Compared(comparison) = judgement else {
            return;
        };
        if !is_durable || case.definition.format() != Format::Dag {
            return;
        }
        let name = &self.new.description.name;
        tracing::trace!(engine = name, "is killed");
        let seed = death_seed(case);
        let starting = || watch.starting(name);
        let (recovered, found) = recovery::kill(stage, &*self.new.engine, case, seed, &starting);
        comparison.recovery = Some(recovered);
        if !found.is_empty() {
            comparison.divergences.extend(found);
            comparison.blame = match comparison.blame {
                None | Some(Blame::New) => Some(Blame::New),
                Some(Blame::Legacy | Blame::Both) => Some(Blame::Both),
            };
            comparison.classify(case);
        }
    }

    /// Runs `case`, whose features are `features`, and compares.
    pub fn judge(&self, stage: &mut Stage, case: &Case, features: FeatureSet, watch: &impl Watch) -> Judgement {
        self.judge_next(stage, &mut Kept::default(), case, features, false, watch)
    }

    /// As [`Self::judge`], with what engines have `kept` from the case before; `keep`: the next case has the same rules.
    pub fn judge_next(
        &self,
        stage: &mut Stage,
        kept: &mut Kept,
        case: &Case,
        features: FeatureSet,
        keep: bool,
        watch: &impl Watch,
    ) -> Judgement {
        let baseline = match self.baseline_for(case.definition.format(), features) {
            Ok(baseline) => baseline,
            Err(judgement) => return *judgement,
        };
        let mut comparison = self.judge_under(stage, kept, case, features, baseline, Schedule::PLAIN, keep, watch);
        // Where things are meant to happen at one moment, new is held to legacy both ways round.
        if case.definition.format() == Format::Dag && case.tags.iter().any(|tag| tag == TIE) {
            for schedule in Schedule::further(2) {
                if !comparison.divergences.is_empty() {
                    break;
                }
                let depends = comparison.depends.take();
                comparison = self.judge_under(stage, kept, case, features, baseline, schedule, keep, watch);
                comparison.depends = comparison.depends.or(depends);
            }
        }
        stage.schedule(Schedule::PLAIN);
        comparison.classify(case);
        Judgement::Compared(comparison)
    }

    /// Compares new with its baseline, both under `schedule`, and where they differ, with the baseline under further ones.
    #[expect(clippy::too_many_arguments, reason = "what a case is judged by")]
    fn judge_under(
        &self,
        stage: &mut Stage,
        kept: &mut Kept,
        case: &Case,
        features: FeatureSet,
        baseline: Baseline,
        schedule: Schedule,
        keep: bool,
        watch: &impl Watch,
    ) -> Comparison {
        let mut play = |contender: &Contender, place: Place, schedule: Schedule| {
            watch.starting(&contender.description.name);
            tracing::trace!(engine = contender.description.name, ?schedule, "plays");
            stage.schedule(schedule);
            kept.play(stage, &*contender.engine, case, place, keep)
        };
        let (contender, place, times) = match baseline {
            Baseline::Legacy => (&self.legacy, Place::Legacy, Times::Free),
            Baseline::Reference => (&self.reference, Place::Reference, Times::Fixed),
        };
        let expected = play(contender, place, schedule);
        let seen = play(&self.new, Place::New, schedule);
        let found = compare(
            &case.definition,
            contender.side(&expected, schedule),
            self.new.side(&seen, schedule),
            times,
        );
        let Found {
            mut divergences,
            unlisted,
            mut masked,
        } = found;
        let mut depends = None;
        if !divergences.is_empty() {
            match case.definition.format() {
                Format::Rules => {
                    masked += drop_own(case, (contender, &expected), times, &mut divergences, |contender| {
                        play(contender, place, schedule)
                    });
                }
                // What legacy itself does under another schedule is not held against new.
                Format::Dag => {
                    let mut others = other_schedules(schedule);
                    let shows_it = others.position(|other_schedule| {
                        let other = play(contender, place, other_schedule);
                        let sides = [contender.side(&other, other_schedule), self.new.side(&seen, schedule)];
                        compare(&case.definition, sides[0], sides[1], times)
                            .divergences
                            .is_empty()
                    });
                    if let Some(position) = shows_it {
                        divergences.clear();
                        depends = other_schedules(schedule).nth(position).map(|other| {
                            Box::new(Depends {
                                new: schedule,
                                baseline: other,
                                tried: position as u32 + 1,
                            })
                        });
                    }
                }
            }
        }
        let blame = (!divergences.is_empty()).then(|| {
            // What legacy does with its own format is what is right.
            if baseline == Baseline::Reference || !self.reference.can(case.definition.format(), features) {
                return Blame::New;
            }
            let schedules = std::iter::once(schedule).chain(other_schedules(schedule));
            let written: Vec<(Schedule, Observation)> = schedules
                .map(|schedule| (schedule, play(&self.reference, Place::Reference, schedule)))
                .collect();
            let agrees = |contender: &Contender, observation: &Observation| {
                written.iter().any(|(under, written)| {
                    let sides = [
                        self.reference.side(written, *under),
                        contender.side(observation, schedule),
                    ];
                    let found = compare(&case.definition, sides[0], sides[1], Times::Free);
                    found.divergences.is_empty()
                })
            };
            match (agrees(&self.legacy, &expected), agrees(&self.new, &seen)) {
                (true, false) => Blame::New,
                (false, true) => Blame::Legacy,
                _ => Blame::Both,
            }
        });
        Comparison {
            baseline,
            makespan: [expected.makespan, seen.makespan],
            ended_badly: [ended_badly(&expected), ended_badly(&seen)],
            schedule,
            depends,
            unlisted,
            divergences,
            blame,
            class: None,
            masked,
            recovery: None,
            seen: Seen::of(case.definition.format(), &expected, &seen),
        }
    }

    /// Each of the two engines against itself on `case`, as the control of a run: what is found then is found by chance.
    pub fn against_itself(
        &self,
        stage: &mut Stage,
        case: &Case,
        features: FeatureSet,
        watch: &impl Watch,
    ) -> Vec<(String, Judgement)> {
        let able = [&self.legacy, &self.new].into_iter();
        let able = able.filter(|contender| contender.can(case.definition.format(), features));
        able.map(|contender| {
            let alone = Self {
                legacy: contender.clone(),
                new: contender.clone(),
                reference: self.reference.clone(),
            };
            let judgement = alone.judge(stage, case, features, watch);
            (contender.description.name.clone(), judgement)
        })
        .collect()
    }
}

/// An expression that takes the wall clock apart gives something else each time. Where legacy differs from itself, nothing
/// can be held against new: drops it from `divergences`, and says how much that was.
fn drop_own(
    case: &Case,
    (contender, expected): (&Contender, &Observation),
    times: Times,
    divergences: &mut Vec<Divergence>,
    mut play: impl FnMut(&Contender) -> Observation,
) -> u64 {
    let before = divergences.len();
    for _ in 0..OWN_RUNS {
        if divergences.is_empty() {
            break;
        }
        let again = play(contender);
        let sides = [
            contender.side(expected, Schedule::PLAIN),
            contender.side(&again, Schedule::PLAIN),
        ];
        let own = compare(&case.definition, sides[0], sides[1], times);
        divergences.retain(|found| !own.divergences.iter().any(|own| own.is_where(found)));
    }
    (before - divergences.len()) as u64
}

/// The schedules that are tried where two observations under `schedule` differ.
fn other_schedules(schedule: Schedule) -> impl Iterator<Item = Schedule> {
    let all = std::iter::once(Schedule::PLAIN).chain(Schedule::further(FURTHER_SCHEDULES));
    all.filter(move |other| *other != schedule)
}

impl Comparison {
    /// A comparison with this baseline in which no difference was found, for tests and benches to change.
    pub fn equal(baseline: Baseline, makespan: [Millis; 2]) -> Self {
        Self {
            baseline,
            makespan,
            ended_badly: [false; 2],
            divergences: Vec::new(),
            schedule: Schedule::PLAIN,
            depends: None,
            blame: None,
            class: None,
            unlisted: 0,
            masked: 0,
            recovery: None,
            seen: Seen::default(),
        }
    }

    /// Notes the class of what was found.
    fn classify(&mut self, case: &Case) {
        self.class = Class::of(case, self).map(|(class, _)| Box::new(class));
    }

    /// Whether new did what the baseline did, whatever came of killing it.
    pub fn is_equal(&self) -> bool {
        self.divergences.iter().all(|found| found.aspect == Aspect::Recovery)
    }

    /// How many differences there are.
    pub fn differences(&self) -> u64 {
        self.divergences.len() as u64 + self.unlisted
    }
}

impl Seen {
    fn of(format: Format, baseline: &Observation, new: &Observation) -> Self {
        if format != Format::Rules {
            return Self::default();
        }
        let behaviours = match (&baseline.end, &new.end) {
            (End::Rejected(rejection), _) => of_refusal(rejection),
            (_, End::Processed(processed)) => processed.reached.unwrap_or_default(),
            _ => BehaviourSet::EMPTY,
        };
        let audit = match &baseline.end {
            End::Processed(processed) => {
                let entries = processed.audit.iter();
                entries
                    .map(|entry| [&entry.workflow_id, &entry.task_id].map(Arc::clone))
                    .collect()
            }
            _ => Vec::new(),
        };
        let refusal = match &baseline.end {
            End::Rejected(rejection) => Some(rejection.to_string()),
            _ => None,
        };
        Self {
            behaviours,
            audit,
            refusal,
        }
    }
}

/// What the points at which new is killed on `case` are drawn from. FNV-1a of its id: whoever has the case has the points.
pub(crate) fn death_seed(case: &Case) -> u64 {
    contract::text::fingerprint(case.id.bytes())
}

/// Whether a run ended in any way but success. A refusal is an answer, and a pause is not an end.
fn ended_badly(observation: &Observation) -> bool {
    use contract::RunStatus::{Paused, Succeeded};
    match &observation.end {
        End::Finished(outcome) => !matches!(outcome.status, Succeeded | Paused),
        End::Processed(processed) => processed.error.is_some(),
        End::Rejected(_) => false,
        End::Hung(_) | End::Crashed(_) => true,
    }
}
