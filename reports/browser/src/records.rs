//! Runs to look at: real engines on real cases, with a record and its page.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use contract::stage::Stage;
use contract::{Engine, Options};
use corpus::Case;
use corpus::generate::{Dials, Generator, RulesGenerator};
use harness::Judgement;
use harness::causes::{Earlier, Observed};
use harness::config::Gates;
use harness::judge::{Contender, Engines, Unwatched};
use harness::record::{self, EngineRecord, Machine, Manifest, Record, Writer};
use harness::run::{Cases, Plan, Progress};
use harness::verdict::Verdict;
use reports::html;

/// What is run, and what is wrong with it on purpose.
#[derive(Default)]
pub struct Run<'a> {
    /// Workflows to generate.
    pub generated: u64,
    /// Cases of rules to generate.
    pub rules: u64,
    /// Cases of one's own.
    pub listed: Vec<Case>,
    /// Known bugs to plant in the new engine.
    pub planted: &'a [&'static str],
    /// The record of an earlier run.
    pub against: Option<&'a Path>,
}

impl std::fmt::Debug for Run<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run")
            .field("planted", &self.planted)
            .finish_non_exhaustive()
    }
}

struct Silent;

impl Progress for Silent {
    fn case_done(&self, _has_diverged: bool) {}
}

/// A registered engine, read as the migration of this repository reads it.
fn registered(name: &str) -> Arc<dyn Engine> {
    let skip = Options::from([("condition_error".to_owned(), "skip".into())]);
    let options = if name == "dataflow" { Options::new() } else { skip };
    let engine = ::engines::find(name).expect("it is registered");
    Arc::from((engine.build)(&options).expect("it takes the options"))
}

/// The migration of this repository, with known bugs planted in new.
fn engines(planted: &[&'static str]) -> Engines {
    let mutants: Vec<_> = planted
        .iter()
        .map(|name| harness::mutants::find(name).expect("there is such a mutant"))
        .collect();
    Engines {
        legacy: Contender::new(registered("dataflow")),
        new: Contender::new(harness::mutants::plant(registered("flow"), &mutants)),
        reference: Contender::new(registered("reference")),
    }
}

/// Compares a single case, as it is, and renders a page of its own.
///
/// # Panics
/// If the engines cannot be compared on it.
pub fn single(case: &Case, planted: &[&'static str]) -> String {
    let engines = engines(planted);
    let mut stage = Stage::new();
    let Judgement::Compared(comparison) = engines.judge(&mut stage, case, case.features(), &Unwatched) else {
        panic!("{} is not compared", case.id);
    };
    let observed = Observed::of(&engines, &mut stage, case, Some(&comparison), &Unwatched);
    html::single(&html::Single {
        case,
        observed: &observed,
        baseline: Some(comparison.baseline),
        like: None,
        migration: "dataflow",
        engines: ["dataflow", "flow"],
        words: vec![case.id.clone()],
    })
}

/// Compares, writes a record into `folder`, and renders its page.
///
/// # Panics
/// If the folder cannot be written, or holds something else.
pub fn compare(run: &Run<'_>, folder: &Path) -> PathBuf {
    let engines = engines(run.planted);
    let generator = (run.generated > 0).then(|| (Generator::new(1, Dials::default()), run.generated));
    let rules = RulesGenerator::new(1);
    let cases = Cases::new(run.listed.clone(), generator).with_rules(move |index| rules.case(index), run.rules);
    let earlier = run.against.map(|folder| {
        let record = Record::read(folder).expect("it is a record");
        let verdict = record.verdict.expect("it got to its end");
        Earlier {
            run: folder.display().to_string(),
            clusters: verdict.clusters,
            performance: verdict.performance,
        }
    });
    let record = Writer::create(folder, &manifest(run, &engines, &cases)).expect("the folder is free");
    let plan = Plan {
        engines: &engines,
        cases: &cases,
        gates: &Gates::default(),
        jobs: 2,
        terms: None,
        against: earlier.as_ref(),
        control: None,
        timing: None,
        patience: 60,
    };
    harness::run::run(&plan, &record, &Silent, &|stuck| panic!("{stuck:?}")).expect("the run gets to its end");
    render(folder)
}

/// Renders the page of the record in `folder`.
///
/// # Panics
/// If there is none.
pub fn render(folder: &Path) -> PathBuf {
    let record = Record::read(folder).expect("it is a record");
    let verdict: &Verdict = record.verdict.as_ref().expect("it got to its end");
    let source = html::Source::read(&record, verdict, "target/cutover/dataflow-1").expect("it can be read");
    let page = folder.join(html::FILE);
    record::write_whole(&page, html::page(&source).as_bytes()).expect("there is room");
    page
}

fn manifest(run: &Run<'_>, engines: &Engines, cases: &Cases) -> Manifest {
    let records = [&engines.legacy, &engines.new, &engines.reference];
    let records = records.map(|contender| EngineRecord::new(contender, &Options::new()));
    Manifest {
        about: "dataflow-rs 3.12 to flow".to_owned(),
        seed: 1,
        paths: vec!["my-cases".to_owned()],
        planted: run.planted.iter().map(|name| (*name).to_owned()).collect(),
        jobs: 2,
        machine: Machine {
            os: "linux".to_owned(),
            architecture: "x86_64".to_owned(),
            processors: 2,
        },
        ..Manifest::new("dataflow", records, cases)
    }
}
