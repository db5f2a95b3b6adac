//! Rules cases drawn from a seed: the message first, then workflows that read what it and earlier tasks hold, then what the
//! registered functions reply.
//!
//! One case in eight is an invalid twin. Expressions mostly read what the sketch of the context says is there, so that
//! conditions hold and branches are taken; a share of them is wild.

mod broken;
mod condition;
mod draft;
mod functions;
mod logic;
mod message;
mod paths;
mod replies;
mod sketch;
#[cfg(test)]
mod tests;
mod texts;
mod workflow;

use std::sync::Arc;

use contract::{Definition, Rules};

use super::draw::Draw;
use crate::Case;
use crate::case::FORMAT_VERSION;
pub(super) use broken::WAYS_TO_BREAK;
use draft::Draft;

/// The share of cases that are invalid twins.
const INVALID: f64 = 0.125;

/// What kind of case is to be drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Slant {
    /// Any.
    None,
    /// One with many workflows and tasks.
    Large {
        /// Whether an expression is often any operator with anything.
        wild: bool,
        /// How often a task goes on after an error.
        forgiving: f64,
    },
    /// An invalid twin, broken in one of [`WAYS_TO_BREAK`] ways.
    Broken(usize),
}

/// Draws rules cases. The case at an index is a pure function of the seed and the index.
#[derive(Clone, Debug)]
pub struct RulesGenerator {
    seed: u64,
}

impl RulesGenerator {
    /// A generator of the cases of `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The case at `index`, named `r<seed>-<index>`.
    pub fn case(&self, index: u64) -> Case {
        self.slanted(index, Slant::None)
    }

    /// The case at `index` if it has to be of some kind.
    pub(super) fn slanted(&self, index: u64, slant: Slant) -> Case {
        let mut draw = Draw::at(self.seed, index);
        let is_invalid = draw.chance(INVALID);
        let mut draft = Draft::new(draw);
        let is_invalid = match slant {
            Slant::None => is_invalid,
            Slant::Broken(_) => true,
            Slant::Large { wild, forgiving } => {
                draft.temper.big = true;
                draft.temper.wild = if wild { 0.3 } else { 0.02 };
                draft.temper.forgiving = forgiving;
                false
            }
        };
        let message = message::message(&mut draft);
        let mut tags = vec!["rules".to_owned()];
        let mut rules = rules(&mut draft);
        for (tag, applies) in [
            ("hostile", draft.temper.hostile),
            ("wild", draft.temper.wild > 0.1),
            ("big", draft.temper.big),
            ("invalid", is_invalid),
        ] {
            if applies {
                tags.push(tag.to_owned());
            }
        }
        if is_invalid {
            match slant {
                Slant::Broken(way) => broken::break_in(way, &mut rules, &mut draft.draw),
                Slant::None | Slant::Large { .. } => broken::break_one(&mut rules, &mut draft.draw),
            }
        }
        rules.fix_clock();
        Case {
            format_version: FORMAT_VERSION,
            id: format!("r{}-{index}", self.seed),
            why: String::new(),
            tags,
            definition: Definition::Rules(Arc::new(rules)),
            input: message.to_input(),
            script: Arc::new(draft.take_script()),
        }
    }
}

fn rules(draft: &mut Draft) -> Rules {
    let most = if draft.temper.big { 12 } else { 4 };
    let count = draft.draw.scaled(1, most);
    let mut workflows = Vec::new();
    for _ in 0..count {
        let workflow = draft.workflow(&workflows);
        workflows.push(workflow);
    }
    Rules {
        workflows,
        secrets: draft.secret_store(),
        handlers: std::mem::take(&mut draft.handlers),
        error_context: draft.error_context.take(),
    }
}
