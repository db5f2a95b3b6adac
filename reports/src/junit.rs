//! The verdict as JUnit XML: a test suite for the migration, with a test case for each gate and for each cause.
//!
//! Jenkins, GitLab and GitHub's reporters tell test cases apart by `classname` and `name`, and follow them from run to run by
//! these; so both are made of what stays the same, and not of a case that stands for a cluster in one run. All of them read
//! `time`, and some show nonsense where it is missing: it is always 0, because nothing here was timed for it.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::json::{Against, Blame, Cluster, Decision, Gate, Report, Shift, Since, State};
use crate::words::{cases, cut};

/// The file that it is kept in, in the folder of its record.
pub const FILE: &str = "junit.xml";

/// How long a value may get, in characters: the record has all of it.
const LONGEST: usize = 1_000;

/// What became of a test case.
enum End {
    Passed,
    /// What was expected did not happen.
    Failed,
    /// It could not be told.
    Undecided,
    /// There was nothing to tell.
    Skipped,
}

/// A test case.
struct Test {
    class: String,
    name: String,
    end: End,
    /// In a line.
    message: String,
    /// In full.
    text: String,
}

/// The report as a document. The same record gives the same bytes.
pub fn xml(report: &Report) -> String {
    let gates = report.gates.iter().map(|gate| of_gate(report, gate));
    let clusters = report.clusters.iter().map(|cluster| of_cluster(report, cluster));
    let tests: Vec<Test> = gates.chain(clusters).collect();
    let mut text = Vec::new();
    // Nothing of it can fail: it writes to memory.
    match document(&mut Writer::new_with_indent(&mut text, b' ', 2), report, &tests) {
        Ok(()) => String::from_utf8_lossy(&text).into_owned() + "\n",
        Err(error) => format!("the report could not be made: {error}"),
    }
}

fn of_gate(report: &Report, gate: &Gate) -> Test {
    Test {
        class: format!("{}.gates", report.migration),
        name: gate.name.clone(),
        end: match gate.decision {
            Decision::Pass => End::Passed,
            Decision::Fail => End::Failed,
            Decision::Inconclusive | Decision::NothingCompared => End::Undecided,
            Decision::NotMeasured => End::Skipped,
        },
        message: gate.figure.clone(),
        text: format!("{}\nLimit: {}", gate.figure, gate.limit),
    }
}

fn of_cluster(report: &Report, cluster: &Cluster) -> Test {
    let value = |text: &str| cut(text, LONGEST);
    let is_accepted = cluster.standing.state == State::Accepted;
    let about = match &cluster.like {
        Some(like) => format!("It is as if … {}", like.about),
        None => "No known bug is like it.".to_owned(),
    };
    let lines = [
        value(&cluster.sentence),
        about,
        format!("Blame: {}. Cases: {}.", blamed(report, cluster.blame), cluster.cases),
        format!("Standing: {}{}", cluster.standing.sentence, since(report, cluster)),
        String::new(),
        format!("{} {}", cluster.aspect, value(&cluster.path)),
        format!("  {:<10} {}", held_to(cluster), value(&cluster.baseline)),
        format!("  {:<10} {}", "new", value(&cluster.new)),
        cluster.size.clone(),
        String::new(),
        format!("To see it: {}", cluster.replay),
    ];
    Test {
        class: format!("{}.causes", report.migration),
        name: name(cluster),
        end: if is_accepted { End::Passed } else { End::Failed },
        message: format!(
            "{}, blame {}: {}",
            cases(cluster.cases),
            blame(cluster.blame),
            value(&cluster.sentence)
        ),
        text: lines.join("\n"),
    }
}

/// Whether the earlier run has it. Nothing, if none was named.
fn since(report: &Report, cluster: &Cluster) -> String {
    let (Some(since), Some(against)) = (cluster.since, &report.against) else {
        return String::new();
    };
    let word = match since {
        Since::New => "new since",
        Since::Known => "known from",
    };
    format!("; {word} {}", against.run)
}

/// What stays the same of a cluster, from run to run.
pub(crate) fn name(cluster: &Cluster) -> String {
    match &cluster.like {
        Some(like) => format!("{} {}", cluster.id, like.name),
        None => format!("{} {}", cluster.id, cluster.class),
    }
}

/// What new was held to.
fn held_to(cluster: &Cluster) -> &'static str {
    match cluster.held_to {
        crate::json::HeldTo::Legacy => "legacy",
        crate::json::HeldTo::Reference => "reference",
    }
}

/// Who is to blame, in a word.
pub(crate) fn blame(blame: Blame) -> &'static str {
    match blame {
        Blame::New => "new",
        Blame::Legacy => "legacy",
        Blame::Both => "both",
        Blame::Nobody => "nobody",
    }
}

/// The same with the engine's name.
pub(crate) fn blamed(report: &Report, of: Blame) -> String {
    let role = blame(of);
    match report.run.engines.iter().find(|engine| engine.role == role) {
        Some(engine) => format!("{role} ({} {})", engine.name, engine.version),
        None => role.to_owned(),
    }
}

type Xml<'a> = Writer<&'a mut Vec<u8>>;

fn document(xml: &mut Xml<'_>, report: &Report, tests: &[Test]) -> io::Result<()> {
    let count = |is: fn(&End) -> bool| tests.iter().filter(|test| is(&test.end)).count().to_string();
    let counts = [
        ("tests", tests.len().to_string()),
        ("failures", count(|end| matches!(end, End::Failed))),
        ("errors", count(|end| matches!(end, End::Undecided))),
        ("skipped", count(|end| matches!(end, End::Skipped))),
        ("time", "0".to_owned()),
    ];
    let counts = || counts.iter().map(|(name, count)| (*name, count.as_str()));
    // The schema that Jenkins gives has `skipped` for a suite, and not for all of them.
    let of_all = || counts().filter(|(name, _)| *name != "skipped");
    let migration = allowed(&report.migration);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.create_element("testsuites")
        .with_attribute(("name", "cutover"))
        .with_attributes(of_all())
        .write_inner_content(|xml| {
            xml.create_element("testsuite")
                .with_attribute(("name", migration.as_str()))
                .with_attributes(counts())
                .write_inner_content(|xml| suite(xml, report, tests))?;
            Ok(())
        })?;
    Ok(())
}

fn suite(xml: &mut Xml<'_>, report: &Report, tests: &[Test]) -> io::Result<()> {
    let engines = report.run.engines.iter();
    let mut properties: Vec<(&str, String)> = engines
        .map(|engine| (engine.role.as_str(), format!("{} {}", engine.name, engine.version)))
        .collect();
    properties.push(("seed", report.run.seed.to_string()));
    properties.push(("command", report.run.command.clone()));
    xml.create_element("properties").write_inner_content(|xml| {
        for (name, value) in &properties {
            xml.create_element("property")
                .with_attribute(("name", allowed(name).as_str()))
                .with_attribute(("value", allowed(value).as_str()))
                .write_empty()?;
        }
        Ok(())
    })?;
    for test in tests {
        self::test(xml, test)?;
    }
    text_of(xml, "system-out", &said(report))
}

fn test(xml: &mut Xml<'_>, test: &Test) -> io::Result<()> {
    let [class, name, message] = [&test.class, &test.name, &test.message].map(|text| allowed(text));
    xml.create_element("testcase")
        .with_attribute(("classname", class.as_str()))
        .with_attribute(("name", name.as_str()))
        .with_attribute(("time", "0"))
        .write_inner_content(|xml| {
            let (element, kind) = match test.end {
                End::Passed => return text_of(xml, "system-out", &test.text),
                End::Skipped => {
                    xml.create_element("skipped")
                        .with_attribute(("message", message.as_str()))
                        .write_empty()?;
                    return Ok(());
                }
                End::Failed => ("failure", "failed"),
                End::Undecided => ("error", "undecided"),
            };
            xml.create_element(element)
                .with_attribute(("message", message.as_str()))
                .with_attribute(("type", kind))
                .write_text_content(BytesText::new(&allowed(&test.text)))?;
            Ok(())
        })?;
    Ok(())
}

/// What is said of the run as a whole.
fn said(report: &Report) -> String {
    let mut lines = vec![format!("{}: {}", cases(report.cases.total), report.sentence)];
    if report.cases.unexplained > 0 {
        lines.push(format!(
            "of none of these causes, as far as can be told: {}, open",
            cases(report.cases.unexplained)
        ));
    }
    for stale in &report.stale {
        lines.push(format!(
            "stale in the ledger: {}, until {} by {}: {}",
            stale.terms.entry, stale.terms.expires, stale.terms.owner, stale.about
        ));
    }
    lines.extend(report.against.as_ref().map(against));
    lines.push(format!("Record: {}", report.run.record));
    lines.join("\n")
}

/// What an earlier run has beside this one, in a line: what is gone or faster is no test case, so it is told here.
fn against(against: &Against) -> String {
    let ids = |word: &str, ids: &[String]| match ids {
        [] => format!("0 {word}"),
        ids => format!("{} {word} ({})", ids.len(), ids.join(", ")),
    };
    let shifts = |word: &str, shifts: &[Shift]| {
        let each = shifts
            .iter()
            .map(|shift| format!("{} {:.2}× → {:.2}×", shift.id, shift.before, shift.now));
        let each: Vec<String> = each.collect();
        (!each.is_empty()).then(|| format!("{word} beside legacy: {}", each.join(", ")))
    };
    let clusters = [
        ids("new", &against.new),
        ids("known", &against.known),
        ids("gone", &against.gone),
    ];
    let timed = [shifts("faster", &against.faster), shifts("slower", &against.slower)];
    let parts: Vec<String> = std::iter::once(clusters.join(", "))
        .chain(timed.into_iter().flatten())
        .collect();
    format!("against {}: {}", against.run, parts.join("; "))
}

fn text_of(xml: &mut Xml<'_>, element: &str, text: &str) -> io::Result<()> {
    xml.create_element(element)
        .write_text_content(BytesText::new(&allowed(text)))?;
    Ok(())
}

/// `text` without what XML 1.0 cannot hold, escaped or not (its `Char` production).
fn allowed(text: &str) -> String {
    let is_allowed = |character: char| matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    let replaced = |character| if is_allowed(character) { character } else { '\u{fffd}' };
    text.chars().map(replaced).collect()
}

#[cfg(test)]
mod tests {
    use super::allowed;

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        assert_eq!(
            allowed("a\u{1b}\0\u{ffff}\u{fffe}b\n🎉"),
            "a\u{fffd}\u{fffd}\u{fffd}\u{fffd}b\n🎉"
        );
    }
}
