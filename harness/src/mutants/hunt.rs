//! Looks for a case that reveals a mutant: plants it in the new engine and judges one case after another.

use contract::Format;
use contract::stage::Stage;
use corpus::Case;

use super::{Mutant, Place, plant};
use crate::judge::{Comparison, Contender, Engines, Judgement, Watch};

/// What came of looking for a case that reveals a mutant.
#[derive(Clone, Debug)]
pub struct Hunt {
    /// The mutant.
    pub mutant: &'static Mutant,
    /// The first case that revealed it. `None`: it survived.
    pub found: Option<Found>,
    /// How many cases there were until then, those included that do not use what it takes.
    pub tried: u64,
}

/// The case that revealed a mutant.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its place among the cases, from 1.
    pub after: u64,
    /// The case.
    pub case: Case,
    /// In what the mutant showed.
    pub comparison: Comparison,
}

/// Plants `mutant` in the new engine and judges `cases` until one of them reveals it. A case that does not use what it takes
/// counts, and is not played.
pub fn hunt(engines: &Engines, mutant: &'static Mutant, cases: impl Iterator<Item = Case>) -> Hunt {
    let hunter = Hunter::new(engines, mutant);
    let mut stage = Stage::new();
    let mut tried = 0;
    for case in cases {
        tried += 1;
        if !hunter.may_show(&case) {
            continue;
        }
        if let Some(comparison) = hunter.try_case(&mut stage, &case) {
            let found = Found {
                after: tried,
                case,
                comparison,
            };
            return Hunt {
                mutant,
                found: Some(found),
                tried,
            };
        }
    }
    Hunt {
        mutant,
        found: None,
        tried,
    }
}

/// Engines of which the new one has a mutant in it.
pub struct Hunter {
    mutant: &'static Mutant,
    engines: Engines,
}

impl Hunter {
    /// Plants `mutant` in the new engine of `engines`.
    pub fn new(engines: &Engines, mutant: &'static Mutant) -> Self {
        let mut engines = engines.clone();
        engines.new = Contender {
            engine: plant(engines.new.engine, &[mutant]),
            description: engines.new.description,
        };
        Self { mutant, engines }
    }

    /// Whether `case` uses what it takes to reveal the mutant.
    pub fn may_show(&self, case: &Case) -> bool {
        case.definition.format() == self.mutant.format
            && (self.mutant.format == Format::Rules || case.features().is_superset(self.mutant.features))
    }

    /// In what the mutant shows on `case`, if it does. One of recovery is looked for by killing the engine.
    pub fn try_case(&self, stage: &mut Stage, case: &Case) -> Option<Comparison> {
        let mut judgement = self.engines.judge(stage, case, case.features(), &Unwatched);
        if self.mutant.place == Place::Recovery {
            self.engines.kill(stage, case, &mut judgement, &Unwatched);
        }
        match judgement {
            Judgement::Compared(comparison) if !comparison.divergences.is_empty() => Some(comparison),
            _ => None,
        }
    }
}

/// A hunt has no watchdog: what a mutant does comes to an end.
struct Unwatched;

impl Watch for Unwatched {
    fn starting(&self, _engine: &str) {}
}
