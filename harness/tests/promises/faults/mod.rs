//! Planted faults: each mutant is found, in an aspect that fits it, and blamed on the engine that has it.

use std::collections::BTreeSet;
use std::sync::Arc;

use contract::stage::Stage;
use contract::{Engine, Format};
use corpus::Case;
use corpus::generate::{Dials, Generator, RulesGenerator};
use harness::judge::{Engines, Unwatched};
use harness::mutants::hunt::{Found, Hunt};
use harness::mutants::{self, Mutant, Place, control, hunt_all, plant};
use harness::run::Cases;
use harness::verdict::Decision;
use harness::{Aspect, Blame};

use crate::support::{end_test, migration, registered, run};

/// On how many cases each mutant is looked for. The rarest takes a second pause.
const CASES: u64 = 2_500;

fn engines() -> Engines {
    migration(registered("dataflow"), registered("flow"))
}

/// The cases that may reveal a mutant of this format.
fn cases(format: Format) -> impl Iterator<Item = Case> {
    let (generator, rules) = (Generator::new(1, Dials::default()), RulesGenerator::new(1));
    (0..CASES).map(move |index| match format {
        Format::Dag => generator.case(index),
        Format::Rules => rules.case(index),
    })
}

fn hunted(engines: &Engines, mutants: &[&'static Mutant]) -> Vec<Hunt> {
    hunt_all(engines, mutants, 2, |mutant| cases(mutant.format))
}

fn named(names: &[&str]) -> Vec<&'static Mutant> {
    let find = |name: &&str| mutants::find(name).expect("there is a mutant of this name");
    names.iter().map(find).collect()
}

fn found(hunt: &Hunt) -> &Found {
    let name = hunt.mutant.name;
    hunt.found.as_ref().unwrap_or_else(|| panic!("{name} survived"))
}

#[test]
fn every_mutant_is_found_and_blamed_on_the_engine_that_has_it() {
    let all: Vec<&'static Mutant> = mutants::all().iter().collect();
    for hunt in hunted(&engines(), &all) {
        let found = found(&hunt);
        assert_eq!(found.comparison.blame, Some(Blame::New), "{}", hunt.mutant.name);
        assert!(found.after <= hunt.tried && found.after > 0);
        if hunt.mutant.place == Place::Recovery {
            let aspects = found.comparison.divergences.iter().map(|divergence| divergence.aspect);
            assert!(
                aspects.into_iter().all(|aspect| aspect == Aspect::Recovery),
                "{}",
                hunt.mutant.name
            );
        }
    }
}

/// What some mutants show in first.
const ASPECTS: [(&str, Aspect); 14] = [
    ("drops-all-needs", Aspect::Order),
    ("one-attempt-too-many", Aspect::Outcome),
    ("tells-missing-for-null", Aspect::Output),
    ("wraps-error-messages", Aspect::Error),
    ("doubles-a-call", Aspect::Calls),
    ("retries-at-once", Aspect::Limits),
    ("does-not-report-the-end-of-a-run", Aspect::Events),
    ("never-frees-a-slot", Aspect::Hang),
    ("breaks-down-when-a-run-is-stopped", Aspect::Crash),
    ("repeats-recorded-calls", Aspect::Recovery),
    ("message-makes-whole-numbers-floats", Aspect::Output),
    ("audit-loses-a-change", Aspect::Audit),
    ("trace-loses-its-last-step", Aspect::Trace),
    ("rules-cut-log-lines", Aspect::Log),
];

#[test]
fn a_mutant_shows_in_the_aspect_that_it_is_about() {
    let mutants = named(&ASPECTS.map(|(name, _)| name));
    for (hunt, (name, aspect)) in hunted(&engines(), &mutants).iter().zip(ASPECTS) {
        let first = found(hunt).comparison.divergences.first().map(|first| first.aspect);
        assert_eq!(first, Some(aspect), "{name}");
    }
}

#[test]
fn a_mutant_in_legacy_is_blamed_on_legacy() {
    let names = [
        "drops-all-needs",
        "goes-on-after-a-failure",
        "limit-plus-one",
        "doubles-a-call",
        "makes-whole-numbers-floats",
        "cuts-error-messages",
        "swaps-the-reasons-for-skipping",
        "reports-every-task-as-succeeded",
    ];
    for mutant in named(&names) {
        let legacy = plant(registered("flow"), &[mutant]);
        let engines = migration(legacy, registered("flow"));
        let mut stage = Stage::new();
        let blamed = cases(Format::Dag).find_map(|case| {
            let judgement = engines.judge(&mut stage, &case, case.features(), &Unwatched);
            match judgement {
                harness::Judgement::Compared(comparison) => comparison.blame,
                harness::Judgement::NotCompared { .. } => None,
            }
        });
        assert_eq!(blamed, Some(Blame::Legacy), "{}", mutant.name);
    }
}

fn corpus(workflows: u64, rules: u64) -> Cases {
    let generator = Generator::new(1, Dials::default());
    let drawn = RulesGenerator::new(1);
    Cases::new(Vec::new(), Some((generator, workflows))).with_rules(move |index| drawn.case(index), rules)
}

#[test]
fn an_engine_with_nothing_planted_in_it_is_what_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let new: Arc<dyn Engine> = plant(registered("flow"), &[]);
    assert_eq!(new.describe(), registered("flow").describe());
    let engines = migration(registered("dataflow"), new);
    let verdict = run(&engines, &corpus(400, 100), folder.path(), &end_test);
    assert_eq!(verdict.tally.divergences(), 0);
}

#[test]
fn a_gate_fails_for_an_engine_with_several_mutants_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let several = named(&[
        "tells-missing-for-null",
        "wraps-error-messages",
        "doubles-a-call",
        "reports-the-end-of-a-task-twice",
        "audit-swaps-entries",
    ]);
    let engines = migration(registered("dataflow"), plant(registered("flow"), &several));
    let verdict = run(&engines, &corpus(100, 30), folder.path(), &end_test);
    assert_eq!(verdict.decision, Decision::Fail);
    let tally = &verdict.tally;
    for aspect in [
        Aspect::Output,
        Aspect::Error,
        Aspect::Calls,
        Aspect::Events,
        Aspect::Audit,
    ] {
        assert!(tally.aspects.contains_key(aspect.as_str()), "{:?}", tally.aspects);
    }
    assert_eq!(tally.blame.keys().collect::<Vec<_>>(), [Blame::New.as_str()]);
}

#[test]
fn mutants_are_named_once_in_words_and_described_in_a_sentence() {
    let all = mutants::all();
    assert!(all.len() >= 90);
    let names: BTreeSet<&str> = all.iter().map(|mutant| mutant.name).collect();
    assert_eq!(names.len(), all.len());
    for mutant in all {
        let is_part = |part: &str| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|found| found.is_ascii_lowercase() || found.is_ascii_digit())
        };
        assert!(mutant.name.split('-').all(is_part), "{}", mutant.name);
        let is_sentence = mutant.about.starts_with(|first: char| first.is_uppercase()) && mutant.about.ends_with('.');
        assert!(is_sentence, "{}", mutant.name);
        assert!(mutants::find(mutant.name).is_some_and(|found| std::ptr::eq(found, mutant)));
    }
}

#[test]
fn a_control_finds_what_its_corpus_can_reveal_and_says_what_it_lacks_for_the_rest() {
    let budget = control::Budget {
        tries: 10,
        looked_through: 150,
    };
    let engines = engines();
    let result = control(&engines, &corpus(150, 40), budget);
    assert_eq!(result.planted, mutants::all().len() as u64);
    assert_eq!(result.planted, (result.found.len() + result.missed.len()) as u64);
    assert!(
        result.found.len() * 10 > mutants::all().len() * 7,
        "{:?}",
        result.missed
    );
    assert_eq!(result, control(&engines, &corpus(150, 40), budget));

    let plain = Generator::new(1, Dials::only([contract::Feature::Needs].into()));
    let result = control(&engines, &Cases::new(Vec::new(), Some((plain, 30))), budget);
    let is_missed = |name: &str| result.missed.iter().find(|missed| missed.name == name);
    assert!(is_missed("drops-all-needs").is_none());
    let lacks = is_missed("ignores-cancel").map(|missed| missed.lacks);
    assert_eq!(lacks, Some([contract::Feature::Cancel].into()));
    let mutants_of_rules = mutants::all().iter().filter(|mutant| mutant.format == Format::Rules);
    assert_eq!(result.planted, (mutants::all().len() - mutants_of_rules.count()) as u64);
}
