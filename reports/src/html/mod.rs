//! The verdict as a page: one file, that needs no network and no script to be read.
//!
//! Whoever opens it asks, in this order: may we cut over? If not, what is wrong, and whose fault is it? How do I see it
//! happen? The sections come in that order. Templates (Askama) escape whatever they are given; nothing that comes from a
//! workflow is ever markup, and a policy in the page itself lets no script run but the page's own.
//!
//! | module | what |
//! |---|---|
//! | `band` | may we cut over: the gates, what was counted, the controls |
//! | `cause` | one cause: what is wrong, whose fault it is, and how to see it |
//! | `belonging` | which diverging case belongs to which cause |
//! | `dag` | its workflow as a picture, with what became of each task in both engines |
//! | `timeline` | both engines' calls on one axis |
//! | `diff` | what both did, side by side |
//! | `forest` | a forest plot |
//! | `performance`, `makeup`, `run` | how fast, on what, and how to do it again |
//! | `single` | a page of its own for one case, of any size |
//! | `policy` | which script may run |

mod band;
mod belonging;
mod cause;
mod dag;
mod diff;
mod forest;
mod makeup;
mod performance;
mod policy;
mod run;
mod single;
mod timeline;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use askama::Template;
use contract::text::visible;
use harness::causes::cluster::Places;
use harness::record::{CaseEnd, CaseLine, Kept, Manifest, Record, RecordError};
use harness::verdict::{Decision, Verdict};
use harness::{Blame, Judgement};

use crate::causes::unexplained;
use crate::ledger;
use crate::terminal::word;
use crate::words::{capital, cases, count, cut};

pub(crate) use run::command;
pub use single::{Single, single};

/// The file that the page is kept in, in the folder of its record.
pub const FILE: &str = "report.html";

/// How many bytes the causes may take; what is beyond is in the files of the record.
const BUDGET: usize = 3 << 20;
/// How many diverging cases are listed.
const LISTED: usize = 1_000;
/// How many open causes the verdict names.
const NAMED: usize = 3;
/// How long a value may get in the list of cases.
const LONGEST: usize = 160;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Everything of a record that the page shows.
pub struct Source {
    manifest: Manifest,
    verdict: Verdict,
    diverging: Vec<CaseLine>,
    /// The names of those of them that are listed, by their places in the corpus.
    listed: BTreeMap<u64, String>,
    /// The places of each cluster's cases; `None`: the record does not say.
    places: Option<BTreeMap<String, Places>>,
    kept: BTreeMap<String, Kept>,
    files: Vec<&'static str>,
    folder: String,
}

impl Source {
    /// Reads a record; `verdict` is its own, and `folder` is its place as a user may type it.
    ///
    /// # Errors
    /// If a file of it cannot be read.
    pub fn read(record: &Record, verdict: &Verdict, folder: &str) -> Result<Self, RecordError> {
        let mut kept = BTreeMap::new();
        for cluster in &verdict.clusters {
            if let Some(found) = record.kept(&cluster.id)? {
                kept.insert(cluster.id.clone(), found);
            }
        }
        let diverging = if verdict.tally.divergences() == 0 {
            Vec::new()
        } else {
            record.diverging()?
        };
        let listed = diverging.iter().take(LISTED);
        Ok(Self {
            manifest: record.manifest.clone(),
            verdict: verdict.clone(),
            listed: listed.map(|line| (line.index, line.id.clone())).collect(),
            places: record.places()?,
            diverging,
            kept,
            files: run::files(record.folder()),
            folder: folder.to_owned(),
        })
    }
}

/// One gate, as it is shown.
struct Gate {
    look: &'static str,
    word: &'static str,
    name: String,
    figure: String,
    limit: String,
}

impl Gate {
    fn of(gate: &harness::verdict::Gate) -> Self {
        Self {
            look: look(gate.decision),
            word: word(gate.decision),
            name: shown(&gate.name.replace('_', " ")),
            figure: shown(&gate.figure),
            limit: shown(&gate.limit),
        }
    }
}

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    policy: String,
    style: &'a str,
    script: &'a str,
    title: String,
    icon: String,
    band: band::Band,
    top: Vec<cause::Headline>,
    more_top: Option<String>,
    causes: Vec<String>,
    causes_lead: String,
    unexplained: Option<String>,
    brief: Option<String>,
    ledger: Vec<ledger::Line>,
    stale: Option<&'static str>,
    against: Option<AgainstView>,
    cases: Vec<CaseRow>,
    cases_summary: String,
    has_causes: bool,
    show_cases: &'static str,
    more_cases: Option<String>,
    kept_cases: Vec<String>,
    performance: performance::Performance,
    makeup: makeup::View,
    run: run::View,
}

/// An earlier run beside this one.
struct AgainstView {
    run: String,
    counts: String,
    gone: Vec<Gone>,
    shifts: Vec<(&'static str, String)>,
}

/// A cause that only the earlier run has.
struct Gone {
    id: String,
    cases: String,
    blame: &'static str,
    about: String,
}

/// One diverging case.
struct CaseRow {
    id: String,
    /// Its place in the corpus.
    index: u64,
    cause: Option<belonging::CauseOf>,
    /// The case's file in the record, if it is kept.
    file: Option<String>,
    aspect: &'static str,
    aspects: String,
    path: String,
    baseline: String,
    new: String,
    blame: &'static str,
    features: String,
}

/// The page of a run. The same record gives the same bytes.
pub fn page(source: &Source) -> String {
    let Source {
        manifest,
        verdict,
        files,
        folder,
        ..
    } = source;
    let (causes, brief) = causes(source);
    let lines = ledger::lines(verdict);
    let is_stale = lines.iter().any(|line| line.standing == "stale");
    let [legacy, new] = [&manifest.legacy, &manifest.new].map(|engine| shown(&engine.description.name));
    let mut causes_of = belonging::causes(source, &ledger::open_first(verdict));
    let has_causes = causes_of.is_some();
    let rows = source.diverging.iter().take(LISTED).filter_map(|line| {
        let cause = causes_of.as_mut().and_then(|causes| causes.remove(&line.index));
        case_row(verdict, line, cause)
    });
    let more = source.diverging.len().saturating_sub(LISTED);
    let open = verdict
        .clusters
        .iter()
        .filter(|cluster| !cluster.standing.is_accepted());
    let top: Vec<_> = open
        .clone()
        .take(NAMED)
        .map(|cluster| cause::headline(source, cluster))
        .collect();
    let more_top = open.count() - top.len();
    let page = Page {
        policy: policy::policy(STYLE, SCRIPT),
        style: STYLE,
        script: SCRIPT,
        title: format!(
            "{}: {legacy} → {new} ({})",
            word(Some(verdict.decision)),
            shown(&manifest.migration)
        ),
        icon: icon(verdict.decision),
        band: band::band(manifest, verdict),
        more_top: (more_top > 0).then(|| format!("and {} more", count(more_top as u64))),
        top,
        causes_lead: lead(verdict),
        unexplained: unexplained(verdict).map(|text| capital(&text)),
        brief,
        causes,
        stale: is_stale.then_some(ledger::STALE),
        ledger: lines,
        against: verdict.against.as_ref().map(against),
        cases: rows.collect(),
        has_causes,
        show_cases: belonging::link(source),
        cases_summary: cases(source.diverging.len() as u64),
        more_cases: (more > 0).then(|| format!("{} are not listed here; cases.jsonl has them", cases(more as u64))),
        kept_cases: crate::causes::replay(manifest, &format!("{folder}/cases/ID.json")),
        performance: performance::performance(manifest, verdict),
        makeup: makeup::view(manifest, verdict),
        run: run::view(manifest, verdict, files),
    };
    // Nothing of it can fail: it writes to memory, and no filter of it returns an error.
    page.render()
        .unwrap_or_else(|error| format!("the report could not be made: {error}"))
}

/// Each cause, rendered; and how many have no details here, because the page would get too large.
fn causes(source: &Source) -> (Vec<String>, Option<String>) {
    let mut causes = Vec::new();
    let mut taken = 0;
    let mut brief = 0;
    for (place, cluster) in ledger::open_first(&source.verdict).into_iter().enumerate() {
        let whole = cause::render(source, cluster, place, true);
        let rendered = if taken + whole.len() <= BUDGET {
            whole
        } else {
            brief += 1;
            cause::render(source, cluster, place, false)
        };
        taken += rendered.len();
        causes.push(rendered);
    }
    let said = (brief > 0).then(|| {
        format!(
            "{} of {} causes are shown in brief, because a page with all details would be too large; the folders clusters and observations of the record have them",
            count(brief),
            count(source.verdict.clusters.len() as u64)
        )
    });
    (causes, said)
}

fn lead(verdict: &Verdict) -> String {
    let tally = &verdict.tally;
    if tally.divergences() == 0 {
        return "No case diverged.".to_owned();
    }
    let by = |counted: &BTreeMap<String, u64>| {
        let each = counted
            .iter()
            .map(|(name, number)| format!("{name} {}", count(*number)));
        each.collect::<Vec<_>>().join(", ")
    };
    let blame = if tally.blame.is_empty() {
        String::new()
    } else {
        format!(" To blame: {}.", by(&tally.blame))
    };
    format!(
        "{} diverged, for {}.{blame} By aspect, a case counting once for each: {}.",
        cases(tally.divergences()),
        crate::causes::causes(verdict.clusters.len()),
        by(&tally.aspects)
    )
}

fn against(against: &harness::causes::Against) -> AgainstView {
    AgainstView {
        run: shown(&against.run),
        counts: ledger::counts(against),
        shifts: ledger::shifts(against),
        gone: against
            .gone
            .iter()
            .map(|cluster| Gone {
                id: shown(&cluster.id),
                cases: cases(cluster.cases),
                blame: cluster.class.blame.map_or("nobody", Blame::as_str),
                about: shown(&crate::causes::likeness(cluster)),
            })
            .collect(),
    }
}

fn case_row(verdict: &Verdict, line: &CaseLine, cause: Option<belonging::CauseOf>) -> Option<CaseRow> {
    let CaseEnd::Judged(Judgement::Compared(comparison)) = &line.judgement else {
        return None;
    };
    let first = comparison.divergences.first()?;
    let mut aspects: Vec<&str> = comparison
        .divergences
        .iter()
        .map(|found| found.aspect.as_str())
        .collect();
    aspects.sort_unstable();
    aspects.dedup();
    let is_kept = verdict.tally.diverging.iter().any(|kept| kept.index == line.index);
    let value = |text: &str| cut(&shown(text), LONGEST);
    Some(CaseRow {
        id: shown(&line.id),
        index: line.index,
        cause,
        file: is_kept.then(|| format!("cases/{}.json", address(&line.id))),
        aspect: first.aspect.as_str(),
        aspects: aspects.join(" "),
        path: value(&first.path),
        baseline: value(&first.baseline),
        new: value(&first.new),
        blame: comparison.blame.map_or("nobody", Blame::as_str),
        features: line
            .features
            .iter()
            .map(contract::Feature::as_str)
            .collect::<Vec<_>>()
            .join(" "),
    })
}

/// What the tab of a browser shows: the verdict by its shape as well as by its colour.
fn icon(decision: Decision) -> String {
    let (colour, shape) = match decision {
        Decision::Pass => ("12703a", "M8 17l6 6L25 10"),
        Decision::Fail | Decision::NothingCompared => ("b3261e", "M10 10l12 12M22 10L10 22"),
        Decision::Inconclusive => ("8a5a00", "M11 12c0-6 10-6 10 0c0 4-5 3-5 7M16 24v1"),
    };
    format!(
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='7' fill='%23{colour}'/%3E%3Cpath d='{shape}' fill='none' stroke='white' stroke-width='4' stroke-linecap='round' stroke-linejoin='round'/%3E%3C/svg%3E"
    )
}

/// The name of a decision's look.
fn look(decision: Option<Decision>) -> &'static str {
    match decision {
        Some(Decision::Pass) => "pass",
        Some(Decision::Fail | Decision::NothingCompared) => "fail",
        Some(Decision::Inconclusive) => "open",
        None => "none",
    }
}

/// `text` from anywhere, without what could hide or reverse it. The templates escape it.
fn shown(text: &str) -> String {
    visible(text).into_owned()
}

/// `text` as a part of a relative address.
pub(crate) fn address(text: &str) -> String {
    let mut address = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            address.push(char::from(byte));
        } else {
            let _ = write!(address, "%{byte:02X}");
        }
    }
    address
}

/// A measure in an SVG: a tenth of a pixel is exact enough.
fn number(value: impl std::borrow::Borrow<f64>) -> String {
    let tenths = (value.borrow() * 10.0).round() as i64;
    let sign = if tenths < 0 { "-" } else { "" };
    match (tenths.abs() / 10, tenths.abs() % 10) {
        (whole, 0) => format!("{sign}{whole}"),
        (whole, tenth) => format!("{sign}{whole}.{tenth}"),
    }
}

/// A run of text, in code or not: what stands between backticks is code.
struct Span {
    is_code: bool,
    text: String,
}

fn spans(text: &str) -> Vec<Span> {
    if !text.matches('`').count().is_multiple_of(2) {
        return vec![Span {
            is_code: false,
            text: shown(text),
        }];
    }
    let parts = text.split('`').enumerate().filter(|(_, part)| !part.is_empty());
    parts
        .map(|(place, part)| Span {
            is_code: place % 2 == 1,
            text: shown(part),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measure_is_written_in_tenths() {
        assert_eq!(
            [0.0, 1.04, 1.05, -0.25, -3.0, 12.34].map(number),
            ["0", "1", "1.1", "-0.3", "-3", "12.3"]
        );
    }

    #[test]
    fn what_stands_between_backticks_is_code() {
        let shown = |text| {
            let parts = spans(text).into_iter();
            parts.map(|span| (span.is_code, span.text)).collect::<Vec<_>>()
        };
        assert_eq!(
            shown("new calls `b`."),
            [
                (false, "new calls ".to_owned()),
                (true, "b".to_owned()),
                (false, ".".to_owned())
            ]
        );
        assert_eq!(shown("a ` b"), [(false, "a ` b".to_owned())]);
    }

    #[test]
    fn an_address_of_a_file_holds_no_markup_and_no_other_place() {
        assert_eq!(address("g1-7"), "g1-7");
        assert_eq!(address("a b\"<ä"), "a%20b%22%3C%C3%A4");
    }
}
