//! What the engines did on one case: kept in the record for the case that stands for a cluster, because a report never runs an
//! engine.

use contract::stage::{Death, Durably, Schedule, Stage};
use contract::{Feature, FeatureSet, Observation};
use corpus::Case;
use serde::{Deserialize, Serialize};

use crate::divergence::{Aspect, Blame, Divergence};
use crate::judge::{Baseline, Comparison, Contender, Engines, Watch};
use crate::kept::play_once;
use crate::recovery::{self, read_death, write_death};

/// What the engines did on a case, and in what they differ. As JSON it is a file of the record's `observations/`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    /// Always 1.
    pub format_version: u32,
    /// What new is held to, then new, then whoever is left.
    pub runs: Vec<ObservedRun>,
    /// In what the first two differ.
    pub divergences: Vec<Divergence>,
    /// How many differences there are beyond these.
    pub unlisted: u64,
    /// In how many places they differ and are not held to be equal.
    pub masked: u64,
    /// Who is to blame.
    pub blame: Option<Blame>,
}

/// What one engine did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObservedRun {
    /// The engine, and how its process died, if it did: as people read it.
    pub engine: String,
    /// Whose part it takes.
    pub role: Role,
    /// What it did.
    pub seen: Seen,
}

/// Whose part an engine takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// What is to be replaced.
    Legacy,
    /// What replaces it.
    New,
    /// The written semantics.
    Reference,
}

impl From<Baseline> for Role {
    fn from(baseline: Baseline) -> Self {
        match baseline {
            Baseline::Legacy => Self::Legacy,
            Baseline::Reference => Self::Reference,
        }
    }
}

/// What there is to see of an engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// What it did.
    Ran(Box<Observation>),
    /// It was not asked, for this reason.
    NotAsked(String),
}

impl ObservedRun {
    /// What it did, if it was asked.
    pub fn observation(&self) -> Option<&Observation> {
        match &self.seen {
            Seen::Ran(observation) => Some(observation),
            Seen::NotAsked(_) => None,
        }
    }
}

/// The engines in the order in which they are shown: what new is held to, then new, then whoever is left.
fn columns(engines: &Engines, baseline: Option<Baseline>) -> [(Role, &Contender); 3] {
    let legacy = (Role::Legacy, &engines.legacy);
    let new = (Role::New, &engines.new);
    let reference = (Role::Reference, &engines.reference);
    match baseline {
        Some(Baseline::Reference) => [reference, new, legacy],
        Some(Baseline::Legacy) | None => [legacy, new, reference],
    }
}

/// What an engine does on `case` under a schedule, unless it lacks a feature of the case or does not accept its format.
fn observe(stage: &mut Stage, contender: &Contender, case: &Case, schedule: Schedule, watch: &impl Watch) -> Seen {
    if let Some(reason) = contender.refuses(case) {
        return Seen::NotAsked(reason);
    }
    watch.starting(&contender.description.name);
    stage.schedule(schedule);
    let observation = play_once(stage, &*contender.engine, case);
    stage.schedule(Schedule::PLAIN);
    Seen::Ran(Box::new(observation))
}

impl Contender {
    /// Why it is not asked to run `case`. `None`: it is.
    fn refuses(&self, case: &Case) -> Option<String> {
        let format = case.definition.format();
        if !self.accepts(format) {
            return Some(format!("it does not accept the format `{}`", format.as_str()));
        }
        let lacks: FeatureSet = case.features().difference(self.description.capabilities);
        (!lacks.is_empty()).then(|| format!("it lacks {lacks}"))
    }
}

impl Observed {
    /// Runs `case` once more on every engine, under the schedule in which `comparison` found what it found; `None`: it was not
    /// compared. Where that is a death after which new came to another end, new is shown beside itself.
    pub fn of(
        engines: &Engines,
        stage: &mut Stage,
        case: &Case,
        comparison: Option<&Comparison>,
        watch: &impl Watch,
    ) -> Self {
        let deaths = comparison.map(deaths_in).unwrap_or_default();
        let mut runs = Vec::new();
        if !deaths.is_empty()
            && let Some(dying) = dying(engines, stage, case, &deaths, watch)
        {
            runs = dying;
        }
        let schedule = comparison.map(|comparison| comparison.schedule).unwrap_or_default();
        for (role, contender) in columns(engines, comparison.map(|comparison| comparison.baseline)) {
            if role != Role::New || runs.iter().all(|run| run.role != Role::New) {
                runs.push(ObservedRun {
                    engine: contender.description.name.clone(),
                    role,
                    seen: observe(stage, contender, case, schedule, watch),
                });
            }
        }
        Self {
            format_version: 1,
            runs,
            divergences: comparison.map_or_else(Vec::new, |comparison| comparison.divergences.clone()),
            unlisted: comparison.map_or(0, |comparison| comparison.unlisted),
            masked: comparison.map_or(0, |comparison| comparison.masked),
            blame: comparison.and_then(|comparison| comparison.blame),
        }
    }

    /// New beside itself: what it does without a death, and with `deaths`.
    pub fn beside_itself(new: &str, deaths: &[Death], undying: &Durably, dying: &Durably) -> Self {
        let divergences = recovery::differences(undying, dying);
        Self {
            format_version: 1,
            runs: vec![run_of_new(new, &[], undying), run_of_new(new, deaths, dying)],
            blame: (!divergences.is_empty()).then_some(Blame::New),
            divergences,
            unlisted: 0,
            masked: 0,
        }
    }

    /// The name of new, also where it stands beside itself.
    pub fn new_name(&self) -> &str {
        let new = self.runs.iter().find(|run| run.role == Role::New);
        new.map_or("new", |run| &run.engine)
    }
}

/// The deaths that the first difference names, if nothing but recovery differs.
fn deaths_in(comparison: &Comparison) -> Vec<Death> {
    let all_of_recovery = comparison.is_equal();
    let first = comparison.divergences.first().filter(|_| all_of_recovery);
    let Some(rest) = first.and_then(|first| first.path.strip_prefix("recovery.")) else {
        return Vec::new();
    };
    debug_assert!(first.is_some_and(|first| first.aspect == Aspect::Recovery));
    let at = rest.split('.').next().unwrap_or(rest);
    at.split('+').filter_map(|death| read_death(death).ok()).collect()
}

/// New without a death, and with these.
fn dying(
    engines: &Engines,
    stage: &mut Stage,
    case: &Case,
    deaths: &[Death],
    watch: &impl Watch,
) -> Option<Vec<ObservedRun>> {
    let new = &engines.new;
    if !new.description.capabilities.contains(Feature::Durable) || new.refuses(case).is_some() {
        return None;
    }
    let name = &new.description.name;
    let loaded = Stage::load(&*new.engine, &case.definition).ok()?;
    let runs = [&[][..], deaths].map(|deaths| {
        watch.starting(name);
        run_of_new(name, deaths, &recovery::play(stage, &*loaded, case, deaths))
    });
    // What letting go of the definition may bring about was found when the case was judged.
    drop(Stage::drop_loaded(loaded));
    Some(runs.into())
}

/// What new did, with these deaths of its process.
fn run_of_new(name: &str, deaths: &[Death], durably: &Durably) -> ObservedRun {
    let at: Vec<String> = deaths.iter().map(|death| write_death(*death)).collect();
    ObservedRun {
        engine: if at.is_empty() {
            name.to_owned()
        } else {
            format!("{name} dying at write {}", at.join(" and "))
        },
        role: Role::New,
        seen: Seen::Ran(Box::new(durably.observation.clone())),
    }
}
