//! The page of a run of real engines: the same bytes for the same record, and text that says what there is to say.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use contract::{Engine, Options};
use corpus::generate::{Dials, Generator};
use harness::config::Gates;
use harness::judge::{Contender, Engines};
use harness::record::{EngineRecord, Machine, Manifest, Record, Writer};
use harness::run::{Cases, Plan, Progress};
use reports::html;

struct Silent;

impl Progress for Silent {
    fn case_done(&self, _has_diverged: bool) {}
}

fn registered(name: &str) -> Arc<dyn Engine> {
    let engine = engines::find(name).expect("it is registered");
    Arc::from((engine.build)(&Options::default()).expect("it is built"))
}

/// Compares engines, new with a bug, and leaves a record in `folder`.
fn record(folder: &Path, jobs: usize) {
    let bug = harness::mutants::find("ignores-the-last-need-of-a-join").expect("there is such a mutant");
    let engines = Engines {
        legacy: Contender::new(registered("dataflow")),
        new: Contender::new(harness::mutants::plant(registered("flow"), &[bug])),
        reference: Contender::new(registered("reference")),
    };
    let dials = Dials::only([contract::Feature::Needs].into());
    let cases = Cases::new(Vec::new(), Some((Generator::new(1, dials), 40)));
    let records = [&engines.legacy, &engines.new, &engines.reference];
    let records = records.map(|contender| EngineRecord::new(contender, &Options::new()));
    let manifest = Manifest {
        cutover: "0.1.0".to_owned(),
        seed: 1,
        jobs: 2,
        machine: Machine {
            os: "linux".to_owned(),
            architecture: "x86_64".to_owned(),
            processors: 2,
        },
        ..Manifest::new("m", records, &cases)
    };
    let record = Writer::create(folder, &manifest).expect("the folder is free");
    let plan = Plan {
        engines: &engines,
        cases: &cases,
        gates: &Gates::default(),
        jobs,
        terms: None,
        against: None,
        control: None,
        timing: None,
        patience: 60,
    };
    harness::run::run(&plan, &record, &Silent, &|stuck| panic!("{stuck:?}")).expect("it gets to its end");
}

fn page(folder: &Path) -> String {
    let record = Record::read(folder).expect("it is a record");
    let verdict = record.verdict.as_ref().expect("it got to its end");
    html::page(&html::Source::read(&record, verdict, "target/cutover/m-1").expect("it can be read"))
}

/// What is left of HTML without its markup, the space between words made one.
fn text(html: &str) -> String {
    let mut text = String::new();
    for (place, part) in html.split('<').enumerate() {
        let (tag, words) = if place == 0 {
            ("", part)
        } else {
            part.split_once('>').unwrap_or((part, ""))
        };
        let ends_line = [
            "/tr",
            "/h",
            "/p",
            "/dd",
            "/summary",
            "/figcaption",
            "/pre",
            "/text",
            "/caption",
        ];
        if ends_line.iter().any(|end| tag.starts_with(end)) {
            text.push('\n');
        }
        if tag.starts_with("/td") || tag.starts_with("/th") || tag.starts_with("dd") {
            text.push_str(" | ");
        }
        text.push_str(words);
    }
    let lines = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let text = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    text.replace("&#34;", "\"")
}

#[test]
fn the_same_run_gives_the_same_page_on_any_number_of_threads() {
    let folders = [1, 2].map(|jobs| {
        let folder = tempfile::tempdir().expect("a folder");
        record(folder.path(), jobs);
        folder
    });
    let pages = folders.each_ref().map(|folder| page(folder.path()));
    assert!(pages[0] == pages[1], "the pages differ");
    assert!(pages[0] == page(folders[0].path()), "rendered again it differs");
}

#[test]
fn a_cause_says_what_is_wrong_whose_fault_it_is_and_how_to_see_it() {
    let folder = tempfile::tempdir().expect("a folder");
    record(folder.path(), 2);
    let page = page(folder.path());
    let from = page.find("<article").expect("there is a cause");
    let to = page.find("</article>").expect("it ends");
    insta::assert_snapshot!(text(&page[from..to]));
}

#[test]
fn cases_and_causes_lead_to_each_other() {
    let folder = tempfile::tempdir().expect("a folder");
    record(folder.path(), 2);
    let page = page(folder.path());
    let record = Record::read(folder.path()).expect("it is a record");
    let places = record.places().expect("it can be read").expect("it is there");
    let (causes, cases) = page.split_once("id=\"cases\"").expect("there are both");
    for (id, places) in &places {
        for index in &places.reduced {
            let row = row(cases, *index);
            assert!(
                row.contains(&format!("href=\"#{id}\"")) && !row.contains("looks alike"),
                "{row}"
            );
        }
        for index in &places.alike {
            let row = row(cases, *index);
            assert!(
                row.contains(&format!("href=\"#{id}\"")) && row.contains("looks alike"),
                "{row}"
            );
        }
        assert!(causes.contains(&format!("href=\"#case-{}\"", places.reduced[0])));
    }
    fs::remove_file(folder.path().join("clusters.json")).expect("it is there");
    let without = self::page(folder.path());
    assert!(without.contains("id=\"case-") && !without.contains("#case-") && !without.contains(">Cause<"));
}

/// The row of the case at a place of the corpus.
fn row(cases: &str, index: u64) -> &str {
    let (_, rest) = cases
        .split_once(&format!("<tr id=\"case-{index}\""))
        .expect("it is listed");
    rest.split("</tr>").next().unwrap_or_default()
}

#[test]
fn a_record_of_an_earlier_build_has_no_details_and_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    record(folder.path(), 2);
    fs::remove_dir_all(folder.path().join("observations")).expect("it is there");
    let without = page(folder.path());
    assert!(
        without.contains("it was written by an earlier version"),
        "it does not say so"
    );
    fs::remove_dir_all(folder.path().join("clusters")).expect("it is there");
    assert!(page(folder.path()).contains("does not hold its smallest case"));
}
