//! Cases drawn from a seed: a shape first, then a profile of features, then a script without accidental ties.
//!
//! Half a dozen features at once hide what a divergence is about, and engines differ in what they can do. So a case is
//! either *plain*, within what an engine that runs one task after another can do, or *rich*, with one to five of the other
//! features. Every so often, one is drawn for a *pair* of features, so that each two meet.
//!
//! A [`guide`] draws towards goals that are still to be reached, and learns from what each case has come to.
//!
//! Rules cases, which are dataflow-rs definitions and a message, have a generator of their own: [`RulesGenerator`].

pub(crate) mod clock;
mod dials;
mod draft;
pub(crate) mod draw;
mod features;
pub mod guide;
mod hostile;
mod invalid;
mod logic;
mod profile;
mod rules;
mod script;
mod shape;
#[cfg(test)]
mod tests;
mod values;

use std::sync::Arc;

use contract::{Definition, Feature, FeatureSet, Workflow};

use crate::Case;
use crate::case::FORMAT_VERSION;
use crate::pairs::Pair;
use draft::Draft;
use draw::Draw;
use profile::Profile;

pub use dials::{Dials, FeatureDials, Shapes};
pub use guide::{Goal, Guide, RulesGuide};
pub use invalid::invalid_twin;
pub use rules::RulesGenerator;
pub use shape::Shape;

/// Draws cases. The case at an index is a pure function of the seed, the dials and the index.
#[derive(Clone, Debug)]
pub struct Generator {
    seed: u64,
    dials: Dials,
    /// `g` if the dials stand where they stand by default: then the id alone is enough to draw the case again.
    prefix: &'static str,
    /// The pairs of features that cases are drawn for in turn.
    pairs: Arc<[Pair]>,
    /// One case in so many is drawn for a pair.
    every: u64,
}

impl Generator {
    /// A generator of the cases of `seed`.
    pub fn new(seed: u64, dials: Dials) -> Self {
        let prefix = if dials == Dials::default() { "g" } else { "dialled" };
        let (every, pairs) = dials.pairs();
        Self {
            seed,
            dials,
            prefix,
            pairs: pairs.into(),
            every,
        }
    }

    /// The case at `index`, named `g<seed>-<index>`, or `dialled<seed>-<index>` with dials of one's own.
    pub fn case(&self, index: u64) -> Case {
        draw_case(
            format!("{}{}-{index}", self.prefix, self.seed),
            &self.dials,
            self.meant(index),
            &mut Draw::at(self.seed, index),
        )
    }

    /// The two features that the case at `index` is drawn for, if it is drawn for some.
    fn meant(&self, index: u64) -> FeatureSet {
        if self.pairs.is_empty() || index % self.every != self.every - 1 {
            return FeatureSet::EMPTY;
        }
        let turn = (index / self.every) % self.pairs.len() as u64;
        let (first, second) = self.pairs[turn as usize];
        FeatureSet::from([first, second])
    }
}

/// Draws a case for the `meant` features, or for none in particular.
fn draw_case(id: String, dials: &Dials, meant: FeatureSet, draw: &mut Draw) -> Case {
    let is_invalid = draw.chance(dials.invalid) && meant.is_empty() || meant.contains(Feature::Refusal);
    let profile = if meant.is_empty() {
        Profile::draw(dials, draw)
    } else {
        Profile::of_features(meant, dials, draw)
    };
    let mut draft = Draft::new(dials, profile, draw);
    if draft.tasks.is_empty() {
        draft.add_big_integers_if_wished();
    } else {
        draft.add_features();
        draft.add_attempts();
    }
    let (mut table, units) = draft.timetable();
    let (signals, timeout) = draft.signals(&mut table, &units);
    let crashes = draft.crashes(&mut table);
    let script = draft.script(signals, crashes);
    let mut case = put_together(id, draft, timeout, script);
    if is_invalid {
        invalid::make_invalid(&mut case, true, draw);
    }
    case
}

fn put_together(id: String, draft: Draft<'_>, timeout: Option<contract::Millis>, script: contract::Script) -> Case {
    let Draft {
        profile,
        shape,
        mut place,
        max_parallel,
        is_hostile,
        has_ties,
        input,
        mut tasks,
        ..
    } = draft;
    let mut tags = vec![
        shape.tag().to_owned(),
        if profile.plain { "plain" } else { "rich" }.to_owned(),
    ];
    if !profile.meant.is_empty() {
        tags.push("pair".to_owned());
    }
    if has_ties {
        tags.push("tie".to_owned());
    }
    if is_hostile {
        tags.push("hostile".to_owned());
    }
    for task in 0..tasks.len() {
        // Each swap puts one task where it belongs.
        while place[task] as usize != task {
            let belongs = place[task] as usize;
            place.swap(task, belongs);
            tasks.swap(task, belongs);
        }
    }
    let workflow = Workflow {
        id: "w".into(),
        tasks,
        max_parallel,
        timeout: timeout.filter(|_| profile.allowed.contains(Feature::RunTimeout)),
        on_failure: profile.policy,
    };
    Case {
        format_version: FORMAT_VERSION,
        id,
        why: String::new(),
        tags,
        definition: Definition::Dag(Arc::new(workflow)),
        input,
        script: Arc::new(script),
    }
}
