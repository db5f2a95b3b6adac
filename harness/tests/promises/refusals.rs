//! Refusals: whatever is wrong with a definition, `flow` refuses what dataflow-rs refuses, in the same words.
//!
//! Definitions that use all of the format are changed in one place at a time, and both engines load what comes of it.

mod definitions;
mod mutants;

use std::sync::Arc;

use contract::{Definition, Engine, Rejection, Rules};

use crate::support::registered;

/// Both engines, and what came of the applications that they were given.
struct Both {
    legacy: Arc<dyn Engine>,
    new: Arc<dyn Engine>,
    accepted: usize,
    refused: usize,
}

impl Both {
    fn new() -> Self {
        Self {
            legacy: registered("dataflow"),
            new: registered("flow"),
            accepted: 0,
            refused: 0,
        }
    }

    #[track_caller]
    fn check(&mut self, rules: Rules) {
        let definition = Definition::Rules(Arc::new(rules));
        let refusal = |engine: &dyn Engine| -> Option<Rejection> { engine.load(&definition).err() };
        let [legacy, new] = [&self.legacy, &self.new].map(|engine| refusal(&**engine));
        assert_eq!(new, legacy, "{definition:?}");
        match legacy {
            Some(_) => self.refused += 1,
            None => self.accepted += 1,
        }
    }
}

#[test]
fn both_engines_accept_what_is_sound_and_refuse_what_is_not() {
    let mut both = Both::new();
    for sound in definitions::sound() {
        both.check(definitions::rules(&sound).expect("it has the shape of an application"));
    }
    assert_eq!(both.refused, 0);
    let sound = both.accepted;
    for unsound in definitions::unsound() {
        both.check(definitions::rules(&unsound).expect("it has the shape of an application"));
    }
    assert_eq!(both.accepted, sound);
}

#[test]
fn both_engines_refuse_the_same_mutants_in_the_same_words() {
    let mut both = Both::new();
    for original in definitions::sound().into_iter().chain(definitions::unsound()) {
        for mutant in mutants::mutants(&original) {
            if let Some(rules) = definitions::rules(&mutant) {
                both.check(rules);
            }
        }
    }
    let Both { accepted, refused, .. } = both;
    assert!(
        accepted > 1_000 && refused > 1_000,
        "{accepted} accepted, {refused} refused"
    );
}

#[test]
fn of_several_reasons_both_engines_give_the_same_one() {
    let mut both = Both::new();
    let workflows = definitions::refused_workflows();
    for one in &workflows {
        for other in &workflows {
            let both_of_them = serde_json::json!({"workflows": [one, other]});
            both.check(definitions::rules(&both_of_them).expect("it has the shape of an application"));
        }
    }
    assert_eq!(both.accepted, 0);
}
