//! One cause: what is wrong in a sentence, whose fault it is, the smallest case that shows it, and everything that both
//! engines did on it.

use askama::Template;
use contract::Observation;
use corpus::Case;
use harness::causes::Cluster;
use harness::causes::observed::{Observed, Role, Seen};
use harness::judge::Baseline;
use harness::ledger::Standing;
use harness::record::{Kept, Manifest};
use harness::{Aspect, Blame, Divergence};

use super::dag::{Picture, picture};
use super::diff::{Part, parts, pretty};
use super::timeline::{Timeline, timeline};
use super::{Source, Span, belonging, shown, spans};
use crate::causes::{reduced, replay};
use crate::ledger;
use crate::traces::{Mark, Marked, case, marked, placed, rules, story};
use crate::words::{cases, count_of, cut};

/// Rows of the table of what happened.
const ROWS: usize = 200;
/// Differences that are listed.
const DIFFERENCES: usize = 40;
/// Lines of JSON.
const LINES: usize = 600;
/// How long a value may get.
const LONGEST: usize = 300;

#[derive(Template)]
#[template(path = "cause.html")]
struct Cause {
    id: String,
    place: usize,
    is_open: bool,
    sentence: Vec<Span>,
    as_if: Option<String>,
    blame: String,
    blame_key: &'static str,
    blame_why: String,
    cases: String,
    standing: String,
    standing_key: &'static str,
    since: String,
    is: String,
    aspect: &'static str,
    aspects: String,
    features: String,
    reduced: String,
    seen: Option<belonging::Cases>,
    command: Vec<String>,
    case_lines: Vec<String>,
    details: Option<Box<Details>>,
    /// Why there are no details here.
    missing: String,
    search: String,
    file: String,
    observed_file: String,
}

/// A cause in a line, for the verdict.
pub(super) struct Headline {
    pub(super) id: String,
    pub(super) sentence: Vec<Span>,
    /// How many cases, and who is to blame.
    pub(super) facts: String,
}

/// What there is to look into.
pub(super) struct Details {
    pub(super) names: [String; 2],
    pub(super) picture: Option<Picture>,
    pub(super) timeline: Option<Timeline>,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<TableRow>,
    pub(super) more_rows: Option<String>,
    pub(super) legend: String,
    pub(super) not_asked: Vec<String>,
    pub(super) differences: Vec<Difference>,
    pub(super) more_differences: Option<String>,
    pub(super) masked: Option<String>,
    pub(super) parts: Vec<Part>,
    pub(super) definition: Json,
    pub(super) script: Json,
}

pub(super) struct TableRow {
    pub(super) mark: &'static str,
    pub(super) look: &'static str,
    pub(super) says: &'static str,
    pub(super) task: String,
    pub(super) what: String,
    pub(super) cells: Vec<String>,
}

pub(super) struct Difference {
    pub(super) aspect: &'static str,
    pub(super) path: String,
    pub(super) baseline: String,
    pub(super) new: String,
}

pub(super) struct Json {
    pub(super) text: String,
    pub(super) more: Option<String>,
}

/// The cause in a line.
pub(super) fn headline(source: &Source, cluster: &Cluster) -> Headline {
    let manifest = &source.manifest;
    let kept = source.kept.get(&cluster.id);
    let (blame, _) = blame(manifest, cluster, kept.map(|kept| &kept.case));
    Headline {
        id: shown(&cluster.id),
        sentence: spans(&self::sentence(source, cluster)),
        facts: format!("{}, {blame} is to blame", cases(cluster.cases)),
    }
}

/// What is wrong on its smallest case.
fn sentence(source: &Source, cluster: &Cluster) -> String {
    let manifest = &source.manifest;
    let kept = source.kept.get(&cluster.id);
    let observed = kept.and_then(|kept| kept.observed.as_ref());
    let [held_to, _] = names(manifest, observed, cluster.exemplar.baseline);
    let first = observed.and_then(|observed| observed.runs.first());
    let role = first.map_or(cluster.exemplar.baseline.into(), |run| run.role);
    // It is new itself that dies, whatever it is called where it stands beside itself.
    story::sentence(
        &cluster.exemplar.divergence,
        story::called(role, &held_to),
        &shown(&manifest.new.description.name),
    )
}

/// The cause as HTML; with `details`, or in brief.
pub(super) fn render(source: &Source, cluster: &Cluster, place: usize, details: bool) -> String {
    let manifest = &source.manifest;
    let kept = source.kept.get(&cluster.id);
    let exemplar = &cluster.exemplar;
    let observed = kept.and_then(|kept| kept.observed.as_ref());
    let (blame, blame_why) = blame(manifest, cluster, kept.map(|kept| &kept.case));
    let since = ledger::since(cluster, source.verdict.against.as_ref());
    let standing_key = match &cluster.standing {
        Standing::Open => "open",
        Standing::Accepted(_) => "accepted",
        Standing::Expired(_) => "expired",
    };
    let since_key = match source.verdict.against.as_ref() {
        None => "",
        Some(against) if against.known(&cluster.id).is_some() => " known",
        Some(_) => " new",
    };
    let sentence = self::sentence(source, cluster);
    let mut aspects: Vec<&str> = observed.map_or_else(Vec::new, |observed| {
        observed.divergences.iter().map(|found| found.aspect.as_str()).collect()
    });
    aspects.push(exemplar.divergence.aspect.as_str());
    aspects.sort_unstable();
    aspects.dedup();
    let about = cluster.like.as_ref().map(|like| shown(&like.about));
    let search = [
        cluster.id.as_str(),
        &sentence,
        about.as_deref().unwrap_or_default(),
        cluster.like.as_ref().map_or("", |like| &like.name),
        &exemplar.divergence.path,
        &exemplar.from,
        &cluster.features.to_string(),
    ]
    .join(" ");
    let name = format!("clusters/{}.json", cluster.id);
    let file = format!("{}/{name}", source.folder);
    let cause = Cause {
        id: shown(&cluster.id),
        place: place + 1,
        is_open: place == 0,
        sentence: spans(&sentence),
        as_if: about,
        blame,
        blame_key: cluster.class.blame.map_or("nobody", Blame::as_str),
        blame_why,
        cases: cases(cluster.cases),
        standing: shown(&ledger::standing(cluster)),
        standing_key,
        since: shown(since.trim_start_matches("; ")),
        is: format!(
            "{}{since_key}",
            if standing_key == "expired" {
                "expired open"
            } else {
                standing_key
            }
        ),
        aspect: exemplar.divergence.aspect.as_str(),
        aspects: aspects.join(" "),
        features: cluster
            .features
            .iter()
            .map(contract::Feature::as_str)
            .collect::<Vec<_>>()
            .join(" "),
        reduced: reduced(cluster),
        seen: belonging::cases(source, &cluster.id),
        command: replay(manifest, &file),
        case_lines: kept.map_or_else(Vec::new, |kept| case_in_words(&kept.case)),
        details: kept
            .filter(|_| details)
            .and_then(|kept| self::details(&kept.case, kept.observed.as_ref()?, &shown(&name)))
            .map(Box::new),
        missing: missing(kept, details),
        search: shown(&search),
        file: format!("clusters/{}.json", super::address(&cluster.id)),
        observed_file: format!("observations/{}.json", super::address(&cluster.id)),
    };
    cause
        .render()
        .unwrap_or_else(|error| format!("the cause could not be shown: {error}"))
}

fn missing(kept: Option<&Kept>, details: bool) -> String {
    let text = match kept {
        None => "The record does not hold its smallest case.",
        Some(Kept { observed: None, .. }) => {
            "The record does not say what the engines did on it: it was written by an earlier version. The command above shows it."
        }
        Some(_) if !details => "Its details are not on this page, which would get too large. They are in the files:",
        Some(_) => "No engine ran it.",
    };
    text.to_owned()
}

/// How the two engines are called: what new is held to, and new.
fn names(manifest: &Manifest, observed: Option<&Observed>, baseline: Baseline) -> [String; 2] {
    if let Some([one, other, ..]) = observed.map(|observed| &observed.runs[..]) {
        return [shown(&one.engine), shown(&other.engine)];
    }
    let held = match baseline {
        Baseline::Legacy => &manifest.legacy,
        Baseline::Reference => &manifest.reference,
    };
    [held, &manifest.new].map(|engine| shown(&engine.description.name))
}

/// Who is to blame, and why.
fn blame(manifest: &Manifest, cluster: &Cluster, case: Option<&Case>) -> (String, String) {
    let blamed = Blamed {
        blame: cluster.class.blame,
        is_of_recovery: cluster.class.aspect == Aspect::Recovery,
        is_of_rules: case.is_some_and(|case| case.definition.rules().is_some()),
        baseline: cluster.exemplar.baseline,
    };
    let names = [&manifest.legacy, &manifest.new].map(|engine| shown(&engine.description.name));
    blamed.told(&names)
}

/// Who is to blame for what.
pub(super) struct Blamed {
    pub(super) blame: Option<Blame>,
    pub(super) is_of_recovery: bool,
    pub(super) is_of_rules: bool,
    pub(super) baseline: Baseline,
}

impl Blamed {
    /// Who it is, and why; the engines are called by the names of legacy and new.
    pub(super) fn told(&self, [legacy, new]: &[String; 2]) -> (String, String) {
        match self.blame {
            Some(Blame::New) if self.is_of_recovery => (
                format!("{new} (new)"),
                "after a death of its process it does not come to the end that it comes to without one".to_owned(),
            ),
            Some(Blame::New) if self.is_of_rules => (
                format!("{new} (new)"),
                format!("with its own definitions {legacy} is right by definition, and {new} does something else"),
            ),
            Some(Blame::New) if self.baseline == Baseline::Legacy => (
                format!("{new} (new)"),
                format!("{legacy} does what the written semantics say, and {new} does not"),
            ),
            Some(Blame::New) => (
                format!("{new} (new)"),
                format!(
                    "it does not do what the written semantics say, to which it is held because {legacy} lacks a feature of the case"
                ),
            ),
            Some(Blame::Legacy) => (
                format!("{legacy} (legacy)"),
                format!("{new} does what the written semantics say, and {legacy} does not"),
            ),
            Some(Blame::Both) => (
                "both engines".to_owned(),
                "neither does what the written semantics say".to_owned(),
            ),
            None => ("nobody".to_owned(), "nobody was asked".to_owned()),
        }
    }
}

pub(super) fn case_in_words(case: &Case) -> Vec<String> {
    if let Some(lines) = case::in_words(case) {
        return lines;
    }
    let rules = case.definition.rules().into_iter();
    rules
        .map(|rules| rules::about(rules, &contract::rules::Message::of(&case.input)))
        .collect()
}

/// What there is to look into, of a case that is kept in `file`.
pub(super) fn details(case: &Case, observed: &Observed, file: &str) -> Option<Details> {
    let ran: Vec<(&str, &Observation)> = observed
        .runs
        .iter()
        .filter_map(|run| Some((run.engine.as_str(), run.observation()?)))
        .collect();
    let pair: [(&str, &Observation); 2] = match observed.runs.get(..2)? {
        [one, other] => [
            (one.engine.as_str(), one.observation()?),
            (other.engine.as_str(), other.observation()?),
        ],
        _ => return None,
    };
    let divergences = placed(&observed.divergences);
    let rows = marked(case, &ran, &divergences);
    let more = observed.divergences.len().saturating_sub(DIFFERENCES) as u64 + observed.unlisted;
    let json_more = |lines: usize| {
        let left = lines.saturating_sub(LINES);
        (left > 0).then(|| format!("{} more in {file}", count_of(left as u64, "line")))
    };
    let json = |lines: Vec<String>| Json {
        more: json_more(lines.len()),
        text: lines.iter().take(LINES).map(|line| shown(line) + "\n").collect(),
    };
    let mut script = pretty(&serde_json::json!({ "input": case.input, "script": case.script }));
    script.retain(|line| !line.is_empty());
    Some(Details {
        names: pair.map(|(name, _)| shown(name)),
        picture: picture(case, pair, &divergences),
        timeline: timeline(case, pair, &rows),
        columns: ran.iter().map(|(engine, _)| column(observed, engine)).collect(),
        more_rows: (rows.len() > ROWS).then(|| {
            format!(
                "{} are not shown, those that differ last; the command above shows all",
                count_of((rows.len() - ROWS) as u64, "row")
            )
        }),
        rows: chosen(&rows).into_iter().map(row).collect(),
        legend: if case.definition.rules().is_some() {
            "A change is shown as old → new.".to_owned()
        } else {
            moments(observed)
        },
        not_asked: observed
            .runs
            .iter()
            .filter_map(|run| match &run.seen {
                Seen::NotAsked(reason) => Some(format!("{} was not asked: {}", shown(&run.engine), shown(reason))),
                Seen::Ran(_) => None,
            })
            .collect(),
        differences: observed.divergences.iter().take(DIFFERENCES).map(difference).collect(),
        more_differences: (more > 0).then(|| format!("and {}", count_of(more, "more difference"))),
        masked: (observed.masked > 0).then(|| {
            format!(
                "Not held to be equal: {} with a clock or a volatile field.",
                count_of(observed.masked, "place")
            )
        }),
        parts: parts(pair[0].1, pair[1].1),
        definition: json(pretty(&case.definition)),
        script: json(script),
    })
}

/// The rows that are shown: all, or as many as there is room for, those that differ before the others, each in its place.
fn chosen(rows: &[Marked]) -> Vec<&Marked> {
    let mut places: Vec<usize> = (0..rows.len()).collect();
    places.sort_by_key(|place| (rows[*place].mark == Mark::Alike, *place));
    places.truncate(ROWS);
    places.sort_unstable();
    places.into_iter().map(|place| &rows[place]).collect()
}

/// What the figures are, and whether they are held to be equal.
fn moments(observed: &Observed) -> String {
    let is_free = observed.runs.first().is_some_and(|run| run.role == Role::Legacy);
    let free = match observed.runs.first() {
        Some(run) if is_free => format!(
            " They need not be those of {}: only what the definition asks for is held against new.",
            shown(&run.engine)
        ),
        _ => String::new(),
    };
    format!("Times are milliseconds of virtual time since the run began.{free}")
}

/// The head of an engine's column: its name, and whose part it takes.
fn column(observed: &Observed, engine: &str) -> String {
    let role = observed
        .runs
        .iter()
        .find(|run| run.engine == engine)
        .map(|run| run.role);
    let role = match role {
        Some(Role::Legacy) => "legacy",
        Some(Role::New) => "new",
        _ => return shown(engine),
    };
    format!("{} ({role})", shown(engine))
}

fn row(marked: &Marked) -> TableRow {
    let (look, says) = match marked.mark {
        Mark::Alike => ("alike", ""),
        Mark::First => ("first", "first difference"),
        Mark::Differs => ("differs", "differs"),
    };
    let value = |text: &str| {
        if text.is_empty() {
            "–".to_owned()
        } else {
            cut(&shown(text), LONGEST)
        }
    };
    TableRow {
        mark: marked.mark.as_str().trim(),
        look,
        says,
        task: cut(&shown(marked.row.task.as_deref().unwrap_or_default()), LONGEST),
        what: cut(&shown(&marked.row.what), LONGEST),
        cells: marked.row.cells.iter().map(|cell| value(&cell.text)).collect(),
    }
}

fn difference(found: &Divergence) -> Difference {
    let value = |text: &str| cut(&shown(text), LONGEST);
    Difference {
        aspect: found.aspect.as_str(),
        path: value(&found.path),
        baseline: value(&found.baseline),
        new: value(&found.new),
    }
}
