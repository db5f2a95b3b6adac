//! Cases drawn from a seed: a shape first, then a profile of features, then a script without accidental ties.
//!
//! Half a dozen features at once hide what a divergence is about, and engines differ in what they can do. So a case is
//! either *plain*, within what an engine that runs one task after another can do, or *rich*, with one to five of the other
//! features.
//!
//! Rules cases, which are dataflow-rs definitions and a message, have a generator of their own: [`RulesGenerator`].

pub(crate) mod clock;
mod dials;
mod draft;
pub(crate) mod draw;
mod features;
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

use contract::{Definition, Feature, Workflow};

use crate::Case;
use crate::case::FORMAT_VERSION;
use draft::Draft;
use draw::Draw;
use profile::Profile;

pub use dials::{Dials, FeatureDials, Shapes};
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
}

impl Generator {
    /// A generator of the cases of `seed`.
    pub fn new(seed: u64, dials: Dials) -> Self {
        let prefix = if dials == Dials::default() { "g" } else { "dialled" };
        Self { seed, dials, prefix }
    }

    /// The case at `index`, named `g<seed>-<index>`, or `dialled<seed>-<index>` with dials of one's own.
    pub fn case(&self, index: u64) -> Case {
        draw_case(
            format!("{}{}-{index}", self.prefix, self.seed),
            &self.dials,
            &mut Draw::at(self.seed, index),
        )
    }
}

fn draw_case(id: String, dials: &Dials, draw: &mut Draw) -> Case {
    let is_invalid = draw.chance(dials.invalid);
    let profile = Profile::draw(dials, draw);
    let mut draft = Draft::new(dials, profile, draw);
    if !draft.tasks.is_empty() {
        draft.add_features();
        draft.add_attempts();
    }
    let (table, units) = draft.timetable();
    let (signals, timeout) = draft.signals(table, &units);
    let script = draft.script(signals);
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
