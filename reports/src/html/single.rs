//! A page of its own for one case, of any size: what the engines did on it, as a cause shows it for a case that was reduced.
//!
//! It has no script: there is nothing to search.

use askama::Template;
use corpus::Case;
use harness::Aspect;
use harness::causes::Observed;
use harness::causes::class::nearest;
use harness::causes::cluster::Likeness;
use harness::causes::observed::Seen;
use harness::judge::Baseline;
use harness::verdict::Decision;

use super::cause::{Blamed, Details, case_in_words, details};
use super::{STYLE, Span, icon, look, policy, shown, spans};
use crate::terminal::shell_word;
use crate::traces::story;
use crate::words::{count_of, cut};

/// How long a text of the case may get.
const LONGEST: usize = 300;

/// A case as it was replayed.
#[derive(Debug)]
pub struct Single<'a> {
    /// The case.
    pub case: &'a Case,
    /// What the engines did on it.
    pub observed: &'a Observed,
    /// What new was held to; `None`: it was not compared.
    pub baseline: Option<Baseline>,
    /// The known bug that explains what the engine to blame does.
    pub like: Option<Likeness>,
    /// The migration.
    pub migration: &'a str,
    /// The names of legacy and new.
    pub engines: [&'a str; 2],
    /// What to type behind `cargo xtask replay` to see it in a terminal, as it is before a shell reads it.
    pub words: Vec<String>,
}

#[derive(Template)]
#[template(path = "single.html")]
struct Page<'a> {
    policy: String,
    style: &'a str,
    title: String,
    icon: String,
    look: &'static str,
    word: &'static str,
    migration: String,
    case: String,
    id: String,
    sentence: Vec<Span>,
    facts: Vec<String>,
    terms: Vec<(&'static str, String)>,
    case_lines: Vec<String>,
    command: Vec<String>,
    details: Option<Box<Details>>,
    /// None is linked to: the page may be anywhere.
    observed_file: &'static str,
    missing: &'static str,
}

/// The page of one case. The same observations give the same bytes.
pub fn single(single: &Single<'_>) -> String {
    let Single {
        case,
        observed,
        engines,
        ..
    } = single;
    let names = engines.map(shown);
    let nearest = nearest(case, &observed.divergences);
    let (decision, word) = match (single.baseline, nearest) {
        (None, _) => (Decision::Inconclusive, "NOT COMPARED"),
        (Some(_), None) => (Decision::Pass, "EQUAL"),
        (Some(_), Some(_)) => (Decision::Fail, "DIFFERS"),
    };
    let sentence = match (single.baseline, nearest) {
        (None, _) => format!("{} was not compared on this case.", names[1]),
        (Some(baseline), None) => format!("{} does what {} does.", names[1], held_to(baseline, &names)),
        (Some(baseline), Some(nearest)) => story::sentence(nearest, held_to(baseline, &names), &names[1]),
    };
    let page = Page {
        policy: policy::policy(STYLE, ""),
        style: STYLE,
        title: format!("{word}: {}", shown(&case.id)),
        icon: icon(decision),
        look: look(Some(decision)),
        word,
        migration: shown(single.migration),
        case: cut(&shown(&case.id), LONGEST),
        id: "case".to_owned(),
        sentence: spans(&sentence),
        facts: facts(single),
        terms: terms(single, &names),
        case_lines: case_in_words(case),
        command: std::iter::once("cargo xtask replay".to_owned())
            .chain(single.words.iter().map(|word| shell_word(word)))
            .collect(),
        details: details(case, observed, "the file of the case").map(Box::new),
        observed_file: "",
        missing: "Fewer than two engines ran it.",
    };
    page.render()
        .unwrap_or_else(|error| format!("the page could not be made: {error}"))
}

fn held_to(baseline: Baseline, [legacy, _]: &[String; 2]) -> &str {
    story::called(baseline.into(), legacy)
}

fn facts(single: &Single<'_>) -> Vec<String> {
    let features = single.case.features();
    let uses = match (single.case.definition.rules(), features.is_empty()) {
        (Some(_), _) => None,
        (None, true) => Some("it uses no feature".to_owned()),
        (None, false) => Some(format!("it uses {features}")),
    };
    let different = single.observed.divergences.len() as u64 + single.observed.unlisted;
    [
        Some(count_of(single.case.size() as u64, "task")),
        uses,
        single.baseline.map(|_| count_of(different, "difference")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What there is to say of it, each by its name.
fn terms(single: &Single<'_>, names: &[String; 2]) -> Vec<(&'static str, String)> {
    let mut terms = Vec::new();
    if !single.case.why.is_empty() {
        terms.push(("Why", cut(&shown(&single.case.why), LONGEST)));
    }
    if let (Some(baseline), Some(nearest)) = (single.baseline, nearest(single.case, &single.observed.divergences)) {
        let blamed = Blamed {
            blame: single.observed.blame,
            is_of_recovery: nearest.aspect == Aspect::Recovery,
            is_of_rules: single.case.definition.rules().is_some(),
            baseline,
        };
        let (who, why) = blamed.told(names);
        terms.push(("To blame", format!("{who}: {why}.")));
        let like = single.like.as_ref();
        terms.push((
            "As if",
            like.map_or_else(
                || "No known bug is like it.".to_owned(),
                |like| format!("{} A likeness to a known bug, and no proof.", shown(&like.about)),
            ),
        ));
    }
    for run in &single.observed.runs {
        if let Seen::NotAsked(reason) = &run.seen {
            terms.push(("Not asked", format!("{}: {}.", shown(&run.engine), shown(reason))));
        }
    }
    terms
}
