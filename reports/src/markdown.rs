//! The verdict as Markdown, for the summary of a CI job.

use std::fmt::Write as _;

use contract::FeatureSet;
use harness::record::Manifest;
use harness::verdict::{Decision, Verdict};

use crate::causes::{causes, held_to, likeness, unexplained};
use crate::terminal::{sentence, word};
use crate::words::{cases, count};
use crate::{controls, ledger, matrix, pairs, performance, reach};

/// The file that it is kept in, in the folder of its record.
pub const FILE: &str = "summary.md";

/// Clusters that are listed; the record has all.
const LISTED: usize = 50;

/// The verdict of a run. Far below the 1,024 KB that a job summary may have, however many cases there were.
pub fn summary(manifest: &Manifest, verdict: &Verdict) -> String {
    let mut text = String::new();
    let tally = &verdict.tally;
    let [legacy, new] = [&manifest.legacy, &manifest.new].map(|engine| {
        let description = &engine.description;
        format!("{} {}", escape(&description.name), escape(&description.version))
    });
    let _ = writeln!(
        text,
        "# {} {}: {legacy} → {new}\n",
        symbol(Some(verdict.decision)),
        escape(&manifest.migration)
    );
    let compared = tally.legacy.cases + tally.reference.cases;
    let _ = writeln!(
        text,
        "**{}**, {} compared of {}: {}. Seed {}.\n",
        word(Some(verdict.decision)),
        cases(compared),
        count(tally.cases),
        sentence(verdict),
        manifest.seed
    );
    let _ = writeln!(text, "| gate | verdict | figure | limit |\n|---|---|---|---|");
    for gate in &verdict.gates {
        let _ = writeln!(
            text,
            "| {} | {} {} | {} | {} |",
            gate.name,
            symbol(gate.decision),
            word(gate.decision),
            escape(&gate.figure),
            escape(&gate.limit)
        );
    }
    if !tally.diverging.is_empty() {
        let _ = writeln!(
            text,
            "\n## Causes\n\n{} diverged, for {}.\n",
            cases(tally.divergences()),
            causes(verdict.clusters.len())
        );
        if let Some(unexplained) = unexplained(verdict) {
            let _ = writeln!(text, "{unexplained}.\n");
        }
        let _ = writeln!(
            text,
            "| cluster | cases | standing | blame | it is as if … | aspect | where | held to | new |\n|---|--:|---|---|---|---|---|---|---|"
        );
        for cluster in ledger::open_first(verdict).into_iter().take(LISTED) {
            let since = ledger::since(cluster, verdict.against.as_ref());
            let difference = &cluster.exemplar.divergence;
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} | {} | {}: {} | {} |",
                cluster.id,
                count(cluster.cases),
                escape(&format!("{}{since}", ledger::standing(cluster))),
                cluster.class.blame.map_or("", harness::Blame::as_str),
                cluster.like.as_ref().map_or("", |like| &like.about),
                difference.aspect.as_str(),
                escape(&difference.path),
                held_to(cluster.exemplar.baseline),
                escape(&difference.baseline),
                escape(&difference.new),
            );
        }
        if verdict.clusters.len() > LISTED {
            let _ = writeln!(
                text,
                "\n… and {} more, in `verdict.json`.",
                verdict.clusters.len() - LISTED
            );
        }
    }
    timed(&mut text, manifest, verdict);
    known(&mut text, verdict);
    text.push_str(&reach::markdown(manifest, tally));
    if let Some(masked) = reach::masked(tally) {
        let _ = writeln!(text, "\n## Not held to be equal\n\n{masked}");
    }
    for (number, line) in controls::lines(verdict).iter().enumerate() {
        if number == 0 {
            text.push_str("\n## Controls\n\n");
        }
        let _ = writeln!(text, "- {}", escape(line));
    }
    if let Some((reached, missing)) = pairs::lines(manifest, tally) {
        let _ = writeln!(text, "\n## Pairs of features\n\n{reached}");
        if let Some(missing) = missing {
            let _ = writeln!(text, "\n{}", escape(&missing));
        }
    }
    let Some(matrix) = matrix::of(manifest, tally) else {
        return text;
    };
    let _ = writeln!(
        text,
        "\n## Compared with {}\n\n{}",
        escape(&manifest.legacy.description.name),
        code(matrix.compared)
    );
    if !matrix.unused.is_empty() {
        let _ = writeln!(text, "\nUsed by no case: {}", code(matrix.unused));
    }
    if !matrix.gaps.is_empty() {
        let _ = writeln!(
            text,
            "\n## Not compared with {}\n",
            escape(&manifest.legacy.description.name)
        );
        let _ = writeln!(
            text,
            "| feature | cases | held to the reference | not compared | why |\n|---|--:|--:|--:|---|"
        );
        for row in matrix.gaps {
            let [cases, reference, not_compared] =
                [row.tally.cases, row.tally.reference, row.tally.not_compared].map(count);
            let _ = writeln!(
                text,
                "| `{}` | {cases} | {reference} | {not_compared} | {} |",
                row.feature,
                escape(&row.why)
            );
        }
    }
    text
}

/// What was timed.
fn timed(text: &mut String, manifest: &Manifest, verdict: &Verdict) {
    let Some(performance) = &verdict.performance else {
        return;
    };
    text.push_str("\n## Performance\n\n");
    for line in performance::lines(performance) {
        let _ = writeln!(text, "- {}", escape(&line));
    }
    if performance.workloads.is_empty() {
        return;
    }
    let row = |text: &mut String, cells: Vec<String>| {
        let cells: Vec<String> = cells.iter().map(|cell| escape(cell)).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    };
    text.push('\n');
    row(text, performance::header(manifest));
    let alignment = performance::RIGHT.map(|is_figure| if is_figure { "--:" } else { "---" });
    let _ = writeln!(text, "|{}|", alignment.join("|"));
    for timed in &performance.workloads {
        row(text, performance::row(timed));
    }
}

/// What the ledger and an earlier run say.
fn known(text: &mut String, verdict: &Verdict) {
    let lines = ledger::lines(verdict);
    if !lines.is_empty() {
        let _ = writeln!(
            text,
            "\n## Ledger\n\n| entry | cluster | cases | terms | what |\n|---|---|---|---|---|"
        );
    }
    let is_stale = lines.iter().any(|line| line.standing == "stale");
    for line in lines {
        let [cluster, cases, terms, about] =
            [&line.cluster, &line.cases, &line.terms, &line.about].map(|text| escape(text));
        let _ = writeln!(text, "| {} | {cluster} | {cases} | {terms} | {about} |", line.standing);
    }
    if is_stale {
        let _ = writeln!(text, "\nStale: {}.", ledger::STALE);
    }
    let Some(against) = &verdict.against else { return };
    let _ = writeln!(
        text,
        "\n## Against {}\n\n{}",
        escape(&against.run),
        ledger::counts(against)
    );
    for cluster in &against.gone {
        let _ = writeln!(
            text,
            "\nGone: {}, {} there, blame {}: {}",
            escape(&cluster.id),
            cases(cluster.cases),
            cluster.class.blame.map_or("nobody", harness::Blame::as_str),
            escape(&likeness(cluster))
        );
    }
    for (word, line) in ledger::shifts(against) {
        let _ = writeln!(text, "\n{}: {}", crate::words::capital(word), escape(&line));
    }
}

/// The names of features. They are this tool's own words, so they need no escaping.
fn code(features: FeatureSet) -> String {
    let names: Vec<_> = features.iter().map(|feature| format!("`{feature}`")).collect();
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(", ")
    }
}

fn symbol(decision: Option<Decision>) -> &'static str {
    match decision {
        Some(Decision::Pass) => "✅",
        Some(Decision::Fail | Decision::NothingCompared) => "❌",
        Some(Decision::Inconclusive) => "❔",
        None => "➖",
    }
}

/// `text` as text: no markup, no HTML, no end of a table's cell.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in contract::text::visible(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '!' | '~' | '@' | ':' | '(' | ')' => {
                // Numbers of entities cannot be told from text by any renderer; `:` and `@` would make links and mentions.
                let _ = write!(escaped, "&#{};", u32::from(character));
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn nothing_from_a_workflow_becomes_markup() {
        assert_eq!(escape("<b>|`x`"), "&lt;b&gt;&#124;&#96;x&#96;");
        assert_eq!(
            escape("[a](http://b) @team"),
            "&#91;a&#93;&#40;http&#58;//b&#41; &#64;team"
        );
    }
}
