//! Planted faults: a library of engine bugs, each of which wraps any engine at the contract. A green result proves nothing
//! unless the harness could have gone red, so every one of them has to be found.
//!
//! A **mutant** is one plausible bug in one place. An engine in which it is planted misreads its definition, calls the wrong
//! thing, loses a signal, tells something else than what happened, or forgets on recovery; everything else it does as ever.
//!
//! | module | what |
//! |---|---|
//! | [`mod@plant`] | the engine around an engine |
//! | `fault` | what a mutant may change, and what it knows of the run |
//! | `list` | the mutants, by the place that is wrong |
//! | [`mod@hunt`] | looks for a case that reveals one |
//! | [`mod@control`] | plants all of them on a sample of a run's own cases |

pub mod control;
mod fault;
pub mod hunt;
mod list;
pub mod plant;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use contract::{Feature, FeatureSet, Format};
use corpus::Size;
use serde::{Deserialize, Serialize};

use fault::Fault;

pub use control::{PlantedFaults, control};
pub use hunt::{Hunt, hunt, hunt_all};
pub use plant::plant;

/// One plausible engine bug.
#[derive(Debug)]
pub struct Mutant {
    /// Its name in reports and on the command line, which never changes.
    pub name: &'static str,
    /// The bug, in a sentence, as a user of the engine would meet it.
    pub about: &'static str,
    /// What is wrong.
    pub place: Place,
    /// The format of the definitions it shows in.
    pub format: Format,
    /// What a case must use to reveal it. When it survives, the corpus lacks this.
    pub features: FeatureSet,
    /// The real engine that had it.
    pub source: Option<&'static str>,
    /// The size of the smallest case that reveals it, found by reasoning.
    pub optimum: Size,
    fault: Fault,
}

/// A name is of one mutant only.
impl PartialEq for Mutant {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Mutant {}

/// Where an engine is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// It reads its definition wrongly.
    Definition,
    /// It refuses or accepts the wrong definitions.
    Refusal,
    /// It makes the wrong calls.
    Calls,
    /// It garbles what a call came to.
    Results,
    /// It does the wrong thing with a signal.
    Signals,
    /// It is late, or does not look at the clock.
    Time,
    /// It counts calls in flight wrongly.
    Slots,
    /// It undoes wrongly.
    Compensation,
    /// It tells a wrong outcome.
    Outcome,
    /// It reports something else than what happens.
    Events,
    /// It is wrong once its process has died.
    Recovery,
    /// It reads rules wrongly.
    Rules,
    /// It garbles the context of a message.
    Context,
    /// It garbles the audit trail, the errors or the trace of a message.
    Audit,
}

impl Place {
    /// The name in JSON and in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Definition => "definition",
            Self::Refusal => "refusal",
            Self::Calls => "calls",
            Self::Results => "results",
            Self::Signals => "signals",
            Self::Time => "time",
            Self::Slots => "slots",
            Self::Compensation => "compensation",
            Self::Outcome => "outcome",
            Self::Events => "events",
            Self::Recovery => "recovery",
            Self::Rules => "rules",
            Self::Context => "context",
            Self::Audit => "audit",
        }
    }
}

/// Every mutant, by place.
pub fn all() -> &'static [Mutant] {
    static ALL: LazyLock<Vec<Mutant>> = LazyLock::new(list::all);
    &ALL
}

/// The mutant of this name.
pub fn find(name: &str) -> Option<&'static Mutant> {
    all().iter().find(|mutant| mutant.name == name)
}

/// Its place in the list.
pub fn place_of(mutant: &Mutant) -> usize {
    static PLACES: LazyLock<BTreeMap<&'static str, usize>> = LazyLock::new(|| {
        all()
            .iter()
            .enumerate()
            .map(|(place, mutant)| (mutant.name, place))
            .collect()
    });
    PLACES.get(mutant.name).copied().unwrap_or(usize::MAX)
}

/// How the list declares a mutant: a name and a sentence, then what a case must use, where it was seen, how small the
/// smallest case is that reveals it, and the fault.
impl Mutant {
    fn new(place: Place, format: Format, name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            about,
            place,
            format,
            features: FeatureSet::EMPTY,
            source: None,
            optimum: Size::default(),
            fault: Fault::default(),
        }
    }

    fn uses<const N: usize>(mut self, features: [Feature; N]) -> Self {
        self.features = features.into();
        self
    }

    fn seen_in(mut self, engine: &'static str) -> Self {
        self.source = Some(engine);
        self
    }

    fn smallest(mut self, tasks: u32, parts: u32) -> Self {
        self.optimum = Size { tasks, parts };
        self
    }
}
