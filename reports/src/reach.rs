//! What cases of rules went through: the behaviours that were reached, those that were not, and how much of each application
//! ran.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use contract::Behaviour;
use contract::rules::behaviour::Kind;
use harness::record::Manifest;
use harness::verdict::{FormatTally, Reach, Tally};

use crate::markdown::escape;
use crate::words::{count, count_of};

/// How many tasks that did not run are named, of one application.
const IDLE: usize = 5;

/// How many of the behaviours of one kind were reached.
struct Group {
    name: &'static str,
    reached: usize,
    all: usize,
}

/// What was counted of cases of rules, if there were any.
fn counted(tally: &Tally) -> Option<&FormatTally> {
    tally.formats.get(contract::Format::Rules.as_str())
}

fn groups(reach: &Reach) -> Vec<Group> {
    let reached = reach.behaviours();
    let points = |reached_only: bool| -> BTreeSet<u8> {
        let wanted = Behaviour::ALL
            .iter()
            .filter(|one| !reached_only || reached.contains(**one));
        wanted
            .filter_map(|behaviour| match behaviour.kind() {
                Kind::Point(number) => Some(number),
                _ => None,
            })
            .collect()
    };
    let mut groups = vec![Group {
        name: "points",
        reached: points(true).len(),
        all: points(false).len(),
    }];
    let kinds = [
        (Kind::Function, "functions"),
        (Kind::Operator, "operator families"),
        (Kind::Control, "control flow"),
        (Kind::Refusal, "refusals"),
    ];
    for (kind, name) in kinds {
        let of_kind = || Behaviour::ALL.iter().filter(|behaviour| behaviour.kind() == kind);
        groups.push(Group {
            name,
            reached: of_kind().filter(|behaviour| reached.contains(**behaviour)).count(),
            all: of_kind().count(),
        });
    }
    groups
}

/// Of each kind of behaviour, how many were reached and how many there are; none if there was no case of rules.
pub(crate) fn groups_of(tally: &Tally) -> Vec<(&'static str, usize, usize)> {
    if counted(tally).is_none() {
        return Vec::new();
    }
    let groups = groups(&tally.reach).into_iter();
    groups.map(|group| (group.name, group.reached, group.all)).collect()
}

/// The behaviours that no case reached. Said only of generated cases, which are to reach all of them: what an application's
/// own definitions do not use is none of its faults.
fn missing(manifest: &Manifest, reach: &Reach) -> Vec<Behaviour> {
    let reached = reach.behaviours();
    let is_missing = |behaviour: &Behaviour| manifest.rules > 0 && !reached.contains(*behaviour);
    Behaviour::ALL.iter().copied().filter(is_missing).collect()
}

/// In short, line by line; empty if there was no case of rules.
pub(crate) fn lines(manifest: &Manifest, tally: &Tally) -> Vec<String> {
    let Some(rules) = counted(tally) else { return Vec::new() };
    let mut lines = vec![summary(rules)];
    lines.extend(not_accepted(manifest, rules));
    let groups: Vec<String> = groups(&tally.reach)
        .iter()
        .map(|group| format!("{} of {} {}", group.reached, group.all, group.name))
        .collect();
    lines.push(format!(
        "reached: {} of {} behaviours: {}",
        tally.reach.behaviours().len(),
        Behaviour::ALL.len(),
        groups.join(", ")
    ));
    let missing: Vec<String> = missing(manifest, &tally.reach)
        .iter()
        .map(|behaviour| format!("{behaviour} ({})", behaviour.kind()))
        .collect();
    if !missing.is_empty() {
        lines.push(format!("not reached: {}", missing.join(", ")));
    }
    for (name, coverage) in &tally.reach.applications {
        if let Some(reason) = &coverage.refusal {
            let [name, reason] = [name, reason].map(|text| contract::text::visible(text));
            lines.push(format!("{name}: nothing ran. {reason}"));
            continue;
        }
        lines.push(format!(
            "{}: {} of {} ({:.1} %) ran in {}{}",
            contract::text::visible(name),
            count(coverage.ran()),
            count_of(coverage.tasks, "distinct task"),
            100.0 * coverage.ran() as f64 / coverage.tasks.max(1) as f64,
            crate::words::cases(coverage.cases),
            idle(&coverage.idle)
        ));
    }
    lines
}

fn summary(rules: &FormatTally) -> String {
    format!(
        "{} compared of {}, {} equal",
        crate::words::cases(rules.compared),
        count(rules.cases),
        count(rules.equal)
    )
}

/// Which of the engines does not accept the format, if cases of it were not compared.
fn not_accepted(manifest: &Manifest, rules: &FormatTally) -> Option<String> {
    if rules.compared == rules.cases {
        return None;
    }
    let accepts = [&manifest.legacy, &manifest.new].map(|engine| {
        let formats = &engine.description.formats;
        (&engine.description.name, formats.contains(&contract::Format::Rules))
    });
    match accepts {
        [(_, true), (new, false)] => Some(format!("{new} does not accept the format `rules`: a parity failure")),
        [(legacy, false), (_, true)] => Some(format!("{legacy} does not accept the format `rules`")),
        [(_, false), (_, false)] => Some("neither engine accepts the format `rules`".to_owned()),
        [(_, true), (_, true)] => None,
    }
}

fn idle(idle: &BTreeSet<String>) -> String {
    if idle.is_empty() {
        return String::new();
    }
    let named: Vec<_> = idle
        .iter()
        .take(IDLE)
        .map(|task| contract::text::visible(task))
        .collect();
    let more = match idle.len().saturating_sub(IDLE) {
        0 => String::new(),
        more => format!(" and {} more, in verdict.json", count(more as u64)),
    };
    format!("; not run: {}{more}", named.join(", "))
}

/// What was not held to be equal, if there was anything.
pub(crate) fn masked(tally: &Tally) -> Option<String> {
    (tally.masked > 0).then(|| {
        format!(
            "{} with an engine's own clock, or with a field that an engine declares volatile",
            count_of(tally.masked, "place")
        )
    })
}

/// In full, as Markdown.
pub(crate) fn markdown(manifest: &Manifest, tally: &Tally) -> String {
    let mut text = String::new();
    let Some(rules) = counted(tally) else { return text };
    let _ = writeln!(text, "\n## Cases of rules\n\n{}.", summary(rules));
    if let Some(gap) = not_accepted(manifest, rules) {
        let _ = writeln!(text, "{}.", escape(&gap));
    }
    let _ = writeln!(text, "\n| reached | of | |\n|--:|--:|---|");
    for group in groups(&tally.reach) {
        let _ = writeln!(text, "| {} | {} | {} |", group.reached, group.all, group.name);
    }
    let missing = missing(manifest, &tally.reach);
    if !missing.is_empty() {
        let names: Vec<String> = missing.iter().map(|behaviour| format!("`{behaviour}`")).collect();
        let _ = writeln!(text, "\nNot reached: {}", names.join(", "));
    }
    if !tally.reach.applications.is_empty() {
        let _ = writeln!(
            text,
            "\n| application | cases | tasks that ran | distinct tasks |\n|---|--:|--:|--:|"
        );
        for (name, coverage) in &tally.reach.applications {
            let figures = [coverage.cases, coverage.ran(), coverage.tasks].map(count);
            let _ = writeln!(text, "| {} | {} |", escape(name), figures.join(" | "));
        }
        for (name, coverage) in &tally.reach.applications {
            if let Some(reason) = &coverage.refusal {
                let _ = writeln!(text, "\nNothing of {} ran: {}", escape(name), escape(reason));
            }
        }
    }
    let _ = writeln!(
        text,
        "\n<details><summary>Every behaviour</summary>\n\n| behaviour | | cases | first | |\n|---|---|--:|---|---|"
    );
    for behaviour in Behaviour::ALL {
        let reached = tally.reach.behaviours.get(behaviour.as_str());
        let (cases, first) = reached.map_or((0, String::new()), |reached| (reached.cases, escape(&reached.id)));
        let _ = writeln!(
            text,
            "| `{behaviour}` | {} | {} | {first} | {} |",
            behaviour.kind(),
            count(cases),
            escape(behaviour.meaning())
        );
    }
    let _ = writeln!(text, "\n</details>");
    text
}
