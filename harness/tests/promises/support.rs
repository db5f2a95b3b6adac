//! A run with a real record, of engines that a test gives.

use std::path::Path;
use std::sync::Arc;

use contract::{Engine, Feature, Options};
use corpus::Case;
use corpus::generate::{Dials, Generator};
use harness::config::Gates;
use harness::judge::{Contender, Engines};
use harness::record::{CaseLine, EngineRecord, Manifest, Record, Writer};
use harness::run::{Cases, Plan, Progress, Stuck};
use harness::verdict::Verdict;

/// Registered engines, read like the migration of this repository reads them.
pub(crate) fn registered(name: &str) -> Arc<dyn Engine> {
    let takes_options = name != "dataflow";
    let skip = Options::from([("condition_error".to_owned(), "skip".into())]);
    let options = if takes_options { skip } else { Options::new() };
    let engine = engines::find(name).expect("it is registered");
    Arc::from((engine.build)(&options).expect("it takes the options"))
}

/// `new` against `legacy`, with the reference as the third voter.
pub(crate) fn migration(legacy: Arc<dyn Engine>, new: Arc<dyn Engine>) -> Engines {
    Engines {
        legacy: Contender::new(legacy),
        new: Contender::new(new),
        reference: Contender::new(registered("reference")),
    }
}

/// Cases that every engine can run.
pub(crate) fn plain_cases(count: u64) -> Vec<Case> {
    let generator = Generator::new(1, Dials::only([Feature::Needs].into()));
    (0..count).map(|index| generator.case(index)).collect()
}

/// Runs all of `cases` on two threads, with a record in `folder`.
pub(crate) fn run(engines: &Engines, cases: &Cases, folder: &Path, on_stuck: &(dyn Fn(&Stuck) + Sync)) -> Verdict {
    // On a machine with a lot of other work a case may have to wait for seconds.
    run_with_patience(60, engines, cases, folder, on_stuck)
}

/// As [`run`]; an engine that keeps control for so many seconds is stuck.
pub(crate) fn run_with_patience(
    patience: u32,
    engines: &Engines,
    cases: &Cases,
    folder: &Path,
    on_stuck: &(dyn Fn(&Stuck) + Sync),
) -> Verdict {
    let record = Writer::create(folder, &manifest(engines, cases)).expect("the folder is free");
    let plan = Plan {
        engines,
        cases,
        gates: &Gates::default(),
        jobs: 2,
        terms: None,
        against: None,
        timing: None,
        control: None,
        patience,
    };
    harness::run::run(&plan, &record, &Silent, on_stuck).expect("the run gets to its end")
}

/// The lines of the record in `folder`, in the order of the corpus.
pub(crate) fn lines(folder: &Path) -> Vec<CaseLine> {
    let record = Record::read(folder).expect("the record can be read");
    let lines: Result<Vec<_>, _> = record.cases().expect("the lines can be read").collect();
    let mut lines = lines.expect("each line is whole");
    lines.sort_by_key(|line| line.index);
    lines
}

/// Ends the test for an engine that should not have got stuck: a panic would wait for its thread for ever.
pub(crate) fn end_test(stuck: &Stuck) {
    eprintln!("{stuck:?}");
    std::process::exit(1);
}

struct Silent;

impl Progress for Silent {
    fn case_done(&self, _has_diverged: bool) {}
}

fn manifest(engines: &Engines, cases: &Cases) -> Manifest {
    let records = [&engines.legacy, &engines.new, &engines.reference];
    let records = records.map(|contender| EngineRecord::new(contender, &Options::new()));
    Manifest::new("test", records, cases)
}
