//! The verdict as SARIF 2.1.0, for code scanning: a result for each cause, and for each gate that fails for another reason.
//!
//! GitHub shows a result only with a physical location, relative to the repository. A cause is in no file of it, but its
//! smallest case is in one of the record; a gate is in the file that sets its limit. A cluster's id is its fingerprint, so an
//! alert stays the same one from run to run, and is closed once the cluster is gone.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use serde_json::{Value, json};

use crate::html::address;
use crate::json::{Cluster, Counted, Decision, Gate, Report, State};
use crate::junit::{blame, blamed, name};
use crate::words::{cases, cut};

/// The file that it is kept in, in the folder of its record.
pub const FILE: &str = "report.sarif";

/// Where the limits of the gates are.
const LIMITS: &str = "cutover.toml";
/// How long a value may get, in characters.
const LONGEST: usize = 1_000;

/// The report as text. The same record gives the same bytes.
pub fn sarif(report: &Report) -> String {
    let clusters = report.clusters.iter();
    let mut results: Vec<(String, Value)> = clusters
        .map(|cluster| (cluster.aspect.clone(), of_cluster(report, cluster)))
        .collect();
    let gates = report.gates.iter().filter(|gate| is_told_by_itself(report, gate));
    results.extend(gates.map(|gate| (format!("gate/{}", gate.name), of_gate(report, gate))));
    let mut rules: BTreeMap<String, usize> = results.iter().map(|(rule, _)| (rule.clone(), 0)).collect();
    for (place, index) in rules.values_mut().enumerate() {
        *index = place;
    }
    let listed: Vec<Value> = rules.keys().map(|id| rule(report, id)).collect();
    let results: Vec<Value> = results
        .into_iter()
        .map(|(rule, mut result)| {
            result["ruleIndex"] = rules[&rule].into();
            result["ruleId"] = rule.into();
            result
        })
        .collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "Cutover",
                "version": report.run.cutover,
                "semanticVersion": report.run.cutover,
                "rules": listed,
            } },
            // Each migration is a category of its own: the alerts of one are not closed by the run of another.
            "automationDetails": { "id": format!("cutover/{}/", address(&report.migration)) },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{document:#}\n")
}

/// Whether a gate does not hold for a reason that no open cluster tells.
fn is_told_by_itself(report: &Report, gate: &Gate) -> bool {
    let count: fn(&Counted) -> u64 = match (gate.decision, gate.name.as_str()) {
        (Decision::Pass | Decision::NotMeasured, _) => return false,
        (Decision::Fail, "parity") if report.cases.lost > 0 => return true,
        (Decision::Fail, "parity") => |counted| counted.parity,
        (Decision::Fail, "semantics") => |counted| counted.semantics,
        (Decision::Fail, "recovery") => |counted| counted.recovery,
        _ => return true,
    };
    let mut open = report.clusters.iter().filter(|cluster| !is_accepted(cluster));
    // Cases of no cluster may be of any gate.
    report.cases.unexplained > 0 || !open.any(|cluster| count(&cluster.counted) > 0)
}

fn is_accepted(cluster: &Cluster) -> bool {
    cluster.standing.state == State::Accepted
}

fn of_cluster(report: &Report, cluster: &Cluster) -> Value {
    let value = |text: &str| cut(text, LONGEST);
    let about = match &cluster.like {
        Some(like) => format!("It is as if … {}", like.about),
        None => "No known bug is like it.".to_owned(),
    };
    let message = format!(
        "{} {about} Blame: {}. {}. At {} {} has {}, new has {}. To see it: {}",
        value(&cluster.sentence),
        blamed(report, cluster.blame),
        cases(cluster.cases),
        value(&cluster.path),
        match cluster.held_to {
            crate::json::HeldTo::Legacy => "legacy",
            crate::json::HeldTo::Reference => "the reference",
        },
        value(&cluster.baseline),
        value(&cluster.new),
        cluster.replay
    );
    let suppressions = if is_accepted(cluster) {
        json!([{ "kind": "external", "status": "accepted", "justification": cluster.standing.sentence }])
    } else {
        // Either all results of a run have suppressions, be they empty, or none has.
        json!([])
    };
    let mut result = json!({
        "kind": "fail",
        "level": if is_accepted(cluster) { "note" } else { "error" },
        "message": { "text": plain(&message) },
        "locations": [location(&in_repository(&report.run.record, &cluster.case))],
        "partialFingerprints": { "cutoverCluster/v1": format!("{}/{}", report.migration, cluster.id) },
        "suppressions": suppressions,
        "properties": {
            "cluster": name(cluster),
            "blame": blame(cluster.blame),
            "cases": cluster.cases,
            "features": cluster.features,
        },
    });
    // No `baselineState`: all results of a run have one or none has, and of a gate none is known.
    if let Some(since) = cluster.since {
        result["properties"]["since"] = json!(since);
    }
    result
}

fn of_gate(report: &Report, gate: &Gate) -> Value {
    let level = if gate.decision == Decision::Fail {
        "error"
    } else {
        "warning"
    };
    let verb = if gate.decision == Decision::Fail {
        "does not hold"
    } else {
        "could not be decided"
    };
    let message = format!("The gate {} {verb}: {}. Limit: {}.", gate.name, gate.figure, gate.limit);
    json!({
        "kind": "fail",
        "level": level,
        "message": { "text": plain(&message) },
        "locations": [location(LIMITS)],
        "partialFingerprints": { "cutoverGate/v1": format!("{}/{}", report.migration, gate.name) },
        "suppressions": [],
    })
}

fn rule(report: &Report, id: &str) -> Value {
    let gate = id.strip_prefix("gate/");
    let (name, short, help) = match gate {
        Some(gate) => {
            let limit = report.gates.iter().find(|known| known.name == gate);
            let limit = limit.map_or("", |gate| &gate.limit);
            (
                pascal(id),
                format!("The gate {gate} holds"),
                format!("The limit is: {limit}. It is set in {LIMITS}; the page of the run's record says more."),
            )
        }
        // A name has to be another than the id.
        None => (
            pascal(about(id)),
            about(id).to_owned(),
            "Type the command of the message to see the smallest case that shows it, on every engine. Mend the engine that is to blame, or accept the difference with `cargo xtask review`.".to_owned(),
        ),
    };
    json!({
        "id": id,
        "name": name,
        "shortDescription": { "text": plain(&short) },
        "fullDescription": { "text": plain(&format!("{short}.")) },
        "help": { "text": plain(&help) },
        "defaultConfiguration": { "level": "error" },
        "properties": { "tags": ["migration"], "precision": "very-high", "problem.severity": "error" },
    })
}

/// What must not differ, by the aspect's name.
fn about(aspect: &str) -> &'static str {
    match aspect {
        "crash" => "The new engine does not panic or die",
        "hang" => "The new engine's runs come to an end",
        "outcome" => "Runs and tasks end alike",
        "output" => "Outputs are the same",
        "audit" => "Audit trails are the same",
        "error" => "Errors are the same",
        "trace" => "Execution traces are the same",
        "log" => "What is logged is the same",
        "calls" => "The same attempts are called, with the same input",
        "order" => "Nothing is called before what it has to wait for",
        "limits" => "Bounds, timeouts and times are kept",
        "events" => "What an engine reports agrees with what it did",
        "recovery" => "A death of the engine's process changes nothing",
        _ => "The engines do the same",
    }
}

/// `gate/error_rate` as `GateErrorRate`.
fn pascal(text: &str) -> String {
    let text = text.replace("'s", "");
    let words = text.split(|character: char| !character.is_ascii_alphanumeric());
    let capital = |word: &str| {
        let (first, rest) = word.split_at(usize::from(!word.is_empty()));
        first.to_ascii_uppercase() + rest
    };
    words.map(capital).collect()
}

fn location(address: &str) -> Value {
    json!({ "physicalLocation": { "artifactLocation": { "uri": address }, "region": { "startLine": 1 } } })
}

/// Where a file of the record is, relative to the repository; relative to the record, if that is somewhere else.
fn in_repository(record: &str, file: &str) -> String {
    let place = Path::new(record);
    let is_inside = place
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    let folder = place.components().filter_map(|part| match part {
        Component::Normal(name) if is_inside => name.to_str(),
        _ => None,
    });
    let parts: Vec<String> = folder.chain(file.split('/')).map(address).collect();
    parts.join("/")
}

/// `text` in which nothing becomes a link or a placeholder: in a message, SARIF gives brackets and braces a meaning.
fn plain(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '{' | '}' => escaped.extend([character, character]),
            '[' | ']' | '\\' => escaped.extend(['\\', character]),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_relative_to_the_repository_where_it_can_be() {
        let file = "clusters/c-1.json";
        assert_eq!(in_repository("./target/a b", file), "target/a%20b/clusters/c-1.json");
        assert_eq!(in_repository("/tmp/m", file), file);
        assert_eq!(in_repository("../m", file), file);
    }

    #[test]
    fn nothing_in_a_message_becomes_a_link_or_a_placeholder() {
        assert_eq!(plain("[a](b) {0}"), "\\[a\\](b) {{0}}");
    }

    #[test]
    fn a_rule_has_a_name_in_pascal_case() {
        assert_eq!(pascal("gate/error_rate"), "GateErrorRate");
        assert_eq!(pascal("A death of the engine's process"), "ADeathOfTheEngineProcess");
    }
}
