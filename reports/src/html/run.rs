//! How to do it again: versions, options, machine, the exact command, and the other files of the record.

use std::path::Path;

use contract::text::visible;
use harness::record::{EngineRecord, Manifest};
use harness::verdict::Verdict;

use super::shown;
use crate::terminal::shell_word;

/// The files of a record, and what each is.
const FILES: [(&str, &str); 10] = [
    ("summary.md", "the verdict as Markdown, for the summary of a CI job"),
    ("report.json", "the report as JSON, for programs"),
    ("junit.xml", "a test case for each cause and gate, for CI"),
    ("report.sarif", "a result for each cause, for code scanning"),
    ("verdict.json", "the verdict, and all figures it rests on"),
    ("manifest.json", "what was run"),
    ("cases.jsonl", "a line for each case"),
    ("clusters", "the smallest case of each cause, ready to be replayed"),
    ("clusters.json", "which cases belong to which cause"),
    ("observations", "what each engine did on these cases"),
];

/// The section.
pub(super) struct View {
    pub(super) engines: Vec<EngineRow>,
    /// In parts that a line break should not tear apart.
    pub(super) command: Vec<String>,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) files: Vec<(&'static str, &'static str)>,
}

/// One engine.
pub(super) struct EngineRow {
    pub(super) role: &'static str,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) options: String,
    pub(super) formats: String,
}

/// The files that a record has.
pub(super) fn files(folder: &Path) -> Vec<&'static str> {
    let there = FILES.iter().map(|(name, _)| *name);
    there.filter(|name| folder.join(name).exists()).collect()
}

pub(super) fn view(manifest: &Manifest, verdict: &Verdict, files: &[&'static str]) -> View {
    let engine = |role, engine: &EngineRecord| EngineRow {
        role,
        name: shown(&engine.description.name),
        version: shown(&engine.description.version),
        options: options(engine),
        formats: engine
            .description
            .formats
            .iter()
            .map(|format| format.as_str())
            .collect::<Vec<_>>()
            .join(", "),
    };
    let machine = &manifest.machine;
    let mut facts = vec![
        ("Cutover", shown(&manifest.cutover)),
        ("Seed", manifest.seed.to_string()),
        ("Threads", manifest.jobs.to_string()),
        (
            "Machine",
            format!(
                "{} on {}, {} processors",
                shown(&machine.os),
                shown(&machine.architecture),
                machine.processors
            ),
        ),
        (
            "Gates",
            format!(
                "error rate at most {} above legacy, makespan at most {} times legacy",
                manifest.gates.error_rate_increase, manifest.gates.makespan_ratio
            ),
        ),
    ];
    if let Some(today) = manifest.today {
        facts.push(("Day", today.to_string()));
    }
    if let Some(ledger) = &manifest.ledger {
        facts.push((
            "Ledger",
            format!(
                "{}, {} for this migration",
                shown(&ledger.name),
                crate::words::count_of(ledger.entries.len() as u64, "difference")
            ),
        ));
    }
    View {
        engines: vec![
            engine("legacy", &manifest.legacy),
            engine("new", &manifest.new),
            engine("reference", &manifest.reference),
        ],
        command: command(manifest, verdict),
        facts,
        files: FILES.iter().filter(|(name, _)| files.contains(name)).copied().collect(),
    }
}

fn options(engine: &EngineRecord) -> String {
    match serde_json::to_string(&engine.options) {
        Ok(text) if text != "{}" => visible(&text).into_owned(),
        _ => "as by default".to_owned(),
    }
}

/// What to type to compare the same engines on the same cases.
pub(crate) fn command(manifest: &Manifest, verdict: &Verdict) -> Vec<String> {
    let mut words = vec![format!("cargo xtask compare {}", shell_word(&manifest.migration))];
    let mut option = |name: &str, value: &str| words.push(format!("{name} {}", shell_word(value)));
    option("--cases", &manifest.generated.to_string());
    option("--rules", &manifest.rules.to_string());
    option("--seed", &manifest.seed.to_string());
    for path in &manifest.paths {
        option("--corpus", path);
    }
    if manifest.made > 0 {
        option("--messages", &manifest.messages.to_string());
    }
    if let Some(only) = manifest.only {
        let names: Vec<&str> = only.iter().map(contract::Feature::as_str).collect();
        option("--only", &names.join(","));
    }
    for planted in &manifest.planted {
        option("--plant", planted);
    }
    if let Some(today) = manifest.today {
        option("--today", &today.to_string());
    }
    if let Some(against) = &verdict.against {
        option("--against", &against.run);
    }
    words
}
