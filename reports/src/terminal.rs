//! The verdict as `compare` prints it. Styled with ANSI codes, which the caller strips where there is no terminal.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use contract::FeatureSet;
use contract::text::visible;
use harness::causes::{Against, Cluster};
use harness::record::Manifest;
use harness::verdict::{Decision, Extreme, Gate, Verdict};

use crate::causes::{causes, held_to, likeness, planted, reduced, unexplained};
use crate::words::{cases, count};
use crate::{controls, ledger, matrix, pairs, performance, reach, table};

const BOLD: Style = Style::new().bold();
const PASS: Style = AnsiColor::Green.on_default().bold();
const FAIL: Style = AnsiColor::Red.on_default().bold();
const OPEN: Style = AnsiColor::Yellow.on_default().bold();
const DIM: Style = Style::new().dimmed();
/// Clusters that are listed; the record has all.
const LISTED: usize = 5;

/// The verdict of a run, with `record` the folder as the user may type it.
pub fn verdict(manifest: &Manifest, verdict: &Verdict, record: &str) -> String {
    let mut text = String::new();
    let tally = &verdict.tally;
    let compared = tally.legacy.cases + tally.reference.cases;
    heading(&mut text, "Gates");
    for gate in &verdict.gates {
        gate_line(&mut text, gate);
    }
    if let Some(performance) = &verdict.performance {
        heading(&mut text, "Performance");
        for line in performance::lines(performance) {
            let _ = writeln!(text, "  {line}");
        }
        for (number, line) in performance::table(manifest, performance).iter().enumerate() {
            let _ = if number == 0 {
                writeln!(text, "{DIM}{line}{DIM:#}")
            } else {
                writeln!(text, "{line}")
            };
        }
    }
    diverging(&mut text, manifest, verdict, record);
    known(&mut text, verdict);
    for (number, line) in reach::lines(manifest, tally).iter().enumerate() {
        if number == 0 {
            heading(&mut text, "Cases of rules");
        }
        let _ = writeln!(text, "  {line}");
    }
    if let Some(masked) = reach::masked(tally) {
        heading(&mut text, "Not held to be equal");
        let _ = writeln!(text, "  {masked}");
    }
    for (number, line) in controls::lines(verdict).iter().enumerate() {
        if number == 0 {
            heading(&mut text, "Controls");
        }
        let _ = writeln!(text, "  {line}");
    }
    not_compared(&mut text, manifest, verdict);
    if let Some((reached, missing)) = pairs::lines(manifest, tally) {
        heading(&mut text, "Pairs of features");
        let _ = writeln!(text, "  {reached}");
        if let Some(missing) = missing {
            let _ = writeln!(text, "  {missing}");
        }
    }
    heading(&mut text, "Slowest and largest cases");
    extremes(&mut text, "slowest", &tally.slowest, |measure| {
        format!("{} of virtual time", contract::Millis(measure))
    });
    extremes(&mut text, "largest", &tally.largest, |measure| {
        format!("{} tasks", count(measure))
    });
    let style = style(Some(verdict.decision));
    let _ = writeln!(text, "\nRecord       {}", visible(record));
    let _ = writeln!(
        text,
        "Report       {}",
        visible(&format!("{record}/{}", crate::html::FILE))
    );
    let cluster = ledger::open_first(verdict)
        .first()
        .map(|cluster| format!("clusters/{}", cluster.id));
    let example = cluster.or_else(|| Some(format!("cases/{}", tally.slowest.first()?.id)));
    if let Some(id) = example {
        let _ = writeln!(
            text,
            "Look further {}",
            replay(&manifest.planted, &format!("{record}/{id}.json"))
        );
    }
    let _ = writeln!(
        text,
        "\n{style}{}{style:#}  {} compared of {}: {}",
        word(Some(verdict.decision)),
        cases(compared),
        count(tally.cases),
        sentence(verdict)
    );
    text
}

/// What the decision means for the cutover.
pub(crate) fn sentence(verdict: &Verdict) -> String {
    let failed = |wanted| {
        verdict
            .gates
            .iter()
            .filter(move |gate| gate.decision == Some(wanted))
            .map(|gate| gate.name.as_str())
    };
    match verdict.decision {
        Decision::Pass => match verdict.accepted.total() {
            0 => "every gate holds, for what was compared".to_owned(),
            1 => "every gate holds, for what was compared; 1 case differs as accepted".to_owned(),
            accepted => format!(
                "every gate holds, for what was compared; {} differ as accepted",
                cases(accepted)
            ),
        },
        Decision::Fail => format!(
            "do not cut over; {} failed",
            failed(Decision::Fail).collect::<Vec<_>>().join(" and ")
        ),
        Decision::Inconclusive => {
            format!(
                "{} could not be decided",
                failed(Decision::Inconclusive).collect::<Vec<_>>().join(" and ")
            )
        }
        Decision::NothingCompared => "this proves nothing; choose cases that both engines can run".to_owned(),
    }
}

/// The decision in a word.
pub(crate) fn word(decision: Option<Decision>) -> &'static str {
    match decision {
        Some(Decision::Pass) => "PASS",
        Some(Decision::Fail) => "FAIL",
        Some(Decision::Inconclusive) => "INCONCLUSIVE",
        Some(Decision::NothingCompared) => "NOTHING COMPARED",
        None => "NOT MEASURED",
    }
}

fn style(decision: Option<Decision>) -> Style {
    match decision {
        Some(Decision::Pass) => PASS,
        Some(Decision::Fail | Decision::NothingCompared) => FAIL,
        Some(Decision::Inconclusive) => OPEN,
        None => DIM,
    }
}

fn heading(text: &mut String, title: &str) {
    let _ = writeln!(text, "\n{BOLD}{title}{BOLD:#}");
}

fn gate_line(text: &mut String, gate: &Gate) {
    let style = style(gate.decision);
    let _ = writeln!(
        text,
        "  {style}{:<12}{style:#} {:<12} {}",
        word(gate.decision),
        gate.name,
        gate.figure
    );
    let _ = writeln!(text, "  {:<12} {:<12} {DIM}{}{DIM:#}", "", "", gate.limit);
}

fn diverging(text: &mut String, manifest: &Manifest, verdict: &Verdict, record: &str) {
    let tally = &verdict.tally;
    if tally.diverging.is_empty() {
        return;
    }
    heading(text, "Causes");
    let by = |counted: &std::collections::BTreeMap<String, u64>| {
        counted
            .iter()
            .map(|(name, number)| format!("{name} {}", count(*number)))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let _ = writeln!(
        text,
        "  {} diverged, for {}; by aspect: {}; to blame: {}",
        cases(tally.divergences()),
        causes(verdict.clusters.len()),
        by(&tally.aspects),
        by(&tally.blame)
    );
    if let Some(unexplained) = unexplained(verdict) {
        let _ = writeln!(text, "  {unexplained}");
    }
    for (number, cluster) in ledger::open_first(verdict).into_iter().take(LISTED).enumerate() {
        text.push_str(&self::cluster(
            &manifest.planted,
            number + 1,
            cluster,
            verdict.against.as_ref(),
            record,
        ));
    }
    let more = verdict.clusters.len().saturating_sub(LISTED);
    if more > 0 {
        let _ = writeln!(text, "  … and {more} more, in {}/verdict.json", visible(record));
    }
}

/// What the ledger and an earlier run say.
fn known(text: &mut String, verdict: &Verdict) {
    let lines = ledger::lines(verdict);
    if !lines.is_empty() {
        heading(text, "Ledger");
    }
    for line in lines {
        let style = if line.standing == "accepted" { PASS } else { OPEN };
        let _ = writeln!(
            text,
            "  {style}{:<9}{style:#} {}  {}, {}",
            line.standing, line.cluster, line.cases, line.terms
        );
        let _ = writeln!(text, "            {DIM}{}{DIM:#}", line.about);
        if line.standing == "stale" {
            let _ = writeln!(text, "            {DIM}{}{DIM:#}", ledger::STALE);
        }
    }
    let Some(against) = &verdict.against else { return };
    heading(text, &format!("Against {}", visible(&against.run)));
    let _ = writeln!(text, "  {}", ledger::counts(against));
    let ids: Vec<&str> = against.known.iter().map(|known| &*known.id).collect();
    for (word, ids) in [("new", against.new.join(", ")), ("known", ids.join(", "))] {
        if !ids.is_empty() {
            let _ = writeln!(text, "  {word:<9} {ids}");
        }
    }
    for cluster in &against.gone {
        let _ = writeln!(
            text,
            "  {:<9} {}  {} there, blame {}: {}",
            "gone",
            visible(&cluster.id),
            cases(cluster.cases),
            cluster.class.blame.map_or("nobody", harness::Blame::as_str),
            visible(&likeness(cluster))
        );
    }
    for (word, line) in ledger::shifts(against) {
        let _ = writeln!(text, "  {word:<9} {line}");
    }
}

/// One cluster: what it is, where it stands, and how to see it. `planted` are the known bugs that were planted in the run, and `record` is the
/// folder as the user may type it.
pub fn cluster(
    planted: &[String],
    number: usize,
    cluster: &Cluster,
    against: Option<&Against>,
    record: &str,
) -> String {
    let mut text = String::new();
    let exemplar = &cluster.exemplar;
    let difference = &exemplar.divergence;
    let _ = writeln!(
        text,
        "  {FAIL}{number}. {}{FAIL:#}  {}, blame {}: {}",
        cluster.id,
        cases(cluster.cases),
        cluster.class.blame.map_or("nobody", harness::Blame::as_str),
        likeness(cluster)
    );
    let standing = format!("{}{}", ledger::standing(cluster), ledger::since(cluster, against));
    let style = if cluster.standing.is_accepted() { PASS } else { OPEN };
    let _ = writeln!(text, "      {style}{standing}{style:#}");
    let _ = writeln!(
        text,
        "      {} {}",
        difference.aspect.as_str(),
        visible(&difference.path)
    );
    let _ = writeln!(
        text,
        "      {:<10} {}",
        held_to(exemplar.baseline),
        visible(&difference.baseline)
    );
    let _ = writeln!(text, "      {:<10} {}", "new", visible(&difference.new));
    let _ = writeln!(text, "      {DIM}{}{DIM:#}", reduced(cluster));
    let _ = writeln!(
        text,
        "      {DIM}{}{DIM:#}",
        replay(planted, &format!("{record}/clusters/{}.json", cluster.id))
    );
    text
}

/// What to type to see a case of the run. The migration is left out: whoever reads this has just named it, or has only one.
fn replay(planted: &[String], file: &str) -> String {
    let parts = ["cargo xtask replay".to_owned(), shell_word(file)].into_iter();
    parts.chain(self::planted(planted)).collect::<Vec<_>>().join(" ")
}

fn not_compared(text: &mut String, manifest: &Manifest, verdict: &Verdict) {
    let Some(matrix) = matrix::of(manifest, &verdict.tally) else {
        return;
    };
    let legacy = &manifest.legacy.description.name;
    heading(text, &format!("Compared with {legacy}"));
    let names = |features: FeatureSet| {
        if features.is_empty() {
            "nothing".to_owned()
        } else {
            features.to_string()
        }
    };
    let _ = writeln!(text, "  {}", names(matrix.compared));
    heading(text, &format!("Not compared with {legacy}"));
    if !matrix.unused.is_empty() {
        let _ = writeln!(text, "  used by no case: {}", names(matrix.unused));
    }
    if matrix.gaps.is_empty() {
        return;
    }
    let mut rows = vec![
        ["feature", "cases", "held to the reference", "not compared", "why"]
            .map(str::to_owned)
            .to_vec(),
    ];
    rows.extend(matrix.gaps.iter().map(|row| {
        let figures = [row.tally.cases, row.tally.reference, row.tally.not_compared].map(count);
        std::iter::once(row.feature.to_string())
            .chain(figures)
            .chain([row.why.clone()])
            .collect()
    }));
    for (number, line) in table::plain(&rows, &[false, true, true, true, false], 2)
        .iter()
        .enumerate()
    {
        let _ = if number == 0 {
            writeln!(text, "{DIM}{line}{DIM:#}")
        } else {
            writeln!(text, "{line}")
        };
    }
}

fn extremes(text: &mut String, title: &str, list: &[Extreme], show: impl Fn(u64) -> String) {
    let shown: Vec<_> = list
        .iter()
        .take(3)
        .map(|extreme| format!("{} ({})", visible(&extreme.id), show(extreme.measure)))
        .collect();
    if !shown.is_empty() {
        let _ = writeln!(text, "  {title:<8} {}", shown.join(", "));
    }
}

/// `text` as one word of a shell command, if it needs quoting at all.
pub(crate) fn shell_word(text: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "/._-:=+,@".contains(character);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", visible(text).replace('\'', "'\\''"))
    }
}
