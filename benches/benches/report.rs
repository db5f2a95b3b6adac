//! The page: reading a large record and writing its report, and drawing a workflow of the size that real ones have.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::Path;

use browser::records::{Run, compare};
use contract::stage::Stage;
use contract::{Observation, Options};
use corpus::Case;
use corpus::generate::{Dials, Generator};
use criterion::{Criterion, criterion_group, criterion_main};
use harness::causes::Observed;
use harness::causes::observed::Seen;
use harness::record::Record;
use reports::html;

/// As many lines, diverging cases and causes as the page is made for.
const LINES: u64 = 100_000;
const DIVERGING: usize = 200;
const CAUSES: usize = 12;
/// The tasks of the largest execution that was recorded elsewhere and imported.
const TASKS: usize = 1_738;

const BUGS: [&str; 21] = [
    "ignores-the-last-need-of-a-join",
    "never-compensates",
    "goes-on-after-a-failure",
    "ignores-priority",
    "answers-become-texts",
    "limit-plus-one",
    "one-attempt-too-many",
    "stops-independent-tasks",
    "ignores-the-timeout-of-a-question",
    "lets-running-calls-finish-on-cancel",
    "back-off-does-not-grow",
    "drops-all-needs",
    "compensates-unasked",
    "accepts-a-late-result",
    "rules-ignore-priority",
    "rules-ignore-conditions-of-workflows",
    "rules-stop-at-the-first-error",
    "rules-run-paused-workflows",
    "rules-never-loop",
    "rules-keep-no-error-context",
    "rules-lose-the-metadata",
];

fn page(folder: &Path) -> String {
    let record = Record::read(folder).expect("it is a record");
    let verdict = record.verdict.as_ref().expect("it got to its end");
    let source = html::Source::read(&record, verdict, "target/cutover/dataflow-1").expect("it can be read");
    html::page(&source)
}

/// Makes the record of a small run, with every bug in new, into one of many cases: its equal lines are repeated.
fn enlarge(folder: &Path) {
    let mut record = Record::read(folder).expect("it is a record");
    let mut verdict = record.verdict.take().expect("it got to its end");
    assert!(verdict.clusters.len() >= CAUSES, "{} causes", verdict.clusters.len());
    verdict.clusters.truncate(CAUSES);
    fs::write(
        folder.join("verdict.json"),
        serde_json::to_vec(&verdict).expect("it is JSON"),
    )
    .expect("there is room");
    let file = folder.join("cases.jsonl");
    let text = fs::read_to_string(&file).expect("it is a record");
    let (equal, diverging): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.contains("\"blame\":null"));
    let mut lines = String::new();
    for line in diverging
        .iter()
        .cycle()
        .take(DIVERGING)
        .chain(equal.iter().cycle().take(LINES as usize - DIVERGING))
    {
        let _ = writeln!(lines, "{line}");
    }
    fs::write(file, lines).expect("there is room");
}

/// Puts a workflow of many tasks in the place of the first cause's smallest case.
fn put_large(folder: &Path, tasks: usize) {
    let record = Record::read(folder).expect("it is a record");
    let first = record.verdict.as_ref().expect("it got to its end").clusters[0]
        .id
        .clone();
    let dials = Dials {
        min_tasks: tasks,
        max_tasks: tasks,
        tail: 1.0,
        ..Dials::only([contract::Feature::Needs].into())
    };
    let case = Case {
        id: first.clone(),
        ..Generator::new(1, dials).case(3)
    };
    let play = |name: &str| -> Observation {
        let engine = (engines::find(name).expect("registered").build)(&Options::default()).expect("built");
        Stage::new().play(&*engine, &case.definition, &case.input, &case.script)
    };
    let path = folder.join("observations").join(format!("{first}.json"));
    let mut observed: Observed = serde_json::from_slice(&fs::read(&path).expect("it is there")).expect("it is one");
    for (run, name) in observed.runs.iter_mut().zip(["reference", "flow"]) {
        run.seen = Seen::Ran(Box::new(play(name)));
    }
    fs::write(&path, serde_json::to_vec(&observed).expect("it is JSON")).expect("there is room");
    corpus::save::save(&case, &folder.join("clusters")).expect("there is room");
}

/// Keeps a page in the folder that `KEEP_PAGES` names, if it names one.
fn keep(name: &str, page: &str) {
    if let Some(folder) = std::env::var_os("KEEP_PAGES") {
        fs::write(Path::new(&folder).join(name), page).expect("there is room");
    }
}

fn report(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let run = Run {
        generated: 1_500,
        rules: 500,
        planted: &BUGS,
        ..Run::default()
    };
    compare(&run, folder.path());
    enlarge(folder.path());
    let text = page(folder.path());
    println!(
        "{LINES} cases, {DIVERGING} diverging, {CAUSES} causes: a page of {} bytes",
        text.len()
    );
    // To be measured in a browser: `cargo run -p browser -- figures PAGE`.
    keep("page.html", &text);
    let mut group = criterion.benchmark_group("report");
    group.sample_size(10);
    group.bench_function("page of 100,000 cases", |bencher| {
        bencher.iter(|| black_box(page(folder.path())));
    });
    put_large(folder.path(), 32);
    keep("tasks-32.html", &page(folder.path()));
    put_large(folder.path(), TASKS);
    keep("tasks-1738.html", &page(folder.path()));
    group.bench_function("the same with a workflow of 1,738 tasks", |bencher| {
        bencher.iter(|| black_box(page(folder.path())));
    });
    group.finish();
}

criterion_group!(benches, report);
criterion_main!(benches);
