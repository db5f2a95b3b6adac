//! What machines read of a verdict: JUnit XML, SARIF and JSON.

use harness::record::Manifest;
use harness::verdict::Verdict;
use quick_xml::Reader;
use quick_xml::events::Event;
use reports::json::{self, Report};
use reports::{junit, sarif};
use serde_json::Value;

use super::{hostile, manifest, of_each_standing, verdict};

const FOLDER: &str = "target/cutover/dataflow-1";

fn report(verdict: &Verdict) -> Report {
    Report::of(&manifest(), verdict, FOLDER)
}

/// Everything that anyone may write, written to do harm.
fn harmful() -> Report {
    let harm = "]]>\"'&<b>\u{1b}[31m\0\u{ffff}\u{202e}[x](http://x) {0}\n";
    let mut verdict = of_each_standing();
    for cluster in &mut verdict.clusters {
        harm.clone_into(&mut cluster.exemplar.from);
        cluster.exemplar.divergence.path = format!("tasks.{harm}.output");
        harm.clone_into(&mut cluster.exemplar.divergence.baseline);
        harm.clone_into(&mut cluster.exemplar.divergence.new);
        harm.clone_into(&mut cluster.class.path);
        if let Some(like) = &mut cluster.like {
            harm.clone_into(&mut like.about);
        }
    }
    harm.clone_into(&mut verdict.gates[0].figure);
    let manifest = Manifest {
        migration: harm.to_owned(),
        ..manifest()
    };
    Report::of(&manifest, &verdict, &format!("target/{harm}"))
}

fn reports() -> [Report; 4] {
    [
        report(&verdict(&[])),
        report(&verdict(&[hostile()])),
        report(&of_each_standing()),
        harmful(),
    ]
}

/// Every element of a document by its name, which has to be well-formed, and every attribute and text in full.
fn read_xml(text: &str) -> (Vec<String>, Vec<String>) {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let [mut names, mut texts] = [Vec::new(), Vec::new()];
    loop {
        match reader.read_event().expect("it is well-formed") {
            Event::Start(start) | Event::Empty(start) => {
                names.push(String::from_utf8(start.name().as_ref().to_vec()).unwrap());
                for attribute in start.attributes() {
                    let attribute = attribute.expect("it is well-formed");
                    let raw = String::from_utf8(attribute.value.to_vec()).unwrap();
                    texts.push(quick_xml::escape::unescape(&raw).expect("it is escaped").into_owned());
                }
            }
            Event::Text(text) => texts.push(String::from_utf8(text.to_vec()).unwrap()),
            Event::Eof => return (names, texts),
            _ => {}
        }
    }
}

#[test]
fn a_gate_and_a_cause_are_test_cases() {
    insta::assert_snapshot!("junit_pass", junit::xml(&report(&verdict(&[]))));
    insta::assert_snapshot!("junit_ledger", junit::xml(&report(&of_each_standing())));
}

#[test]
fn the_counts_of_a_test_suite_are_those_of_its_test_cases() {
    for report in reports() {
        let text = junit::xml(&report);
        let (names, _) = read_xml(&text);
        let attribute = |name: &str| {
            let (_, rest) = text.split_once(&format!(" {name}=\"")).expect("it is there");
            rest.split('"').next().unwrap().parse::<usize>().unwrap()
        };
        let count = |wanted: &str| names.iter().filter(|name| *name == wanted).count();
        assert_eq!(attribute("tests"), count("testcase"));
        assert_eq!(attribute("failures"), count("failure"));
        assert_eq!(attribute("errors"), count("error"));
        assert_eq!(attribute("skipped"), count("skipped"));
        assert_eq!(count("testcase"), report.gates.len() + report.clusters.len());
    }
}

#[test]
fn whatever_is_written_in_a_workflow_is_text_in_xml() {
    let text = junit::xml(&harmful());
    let (names, texts) = read_xml(&text);
    let known = [
        "testsuites",
        "testsuite",
        "properties",
        "property",
        "testcase",
        "failure",
        "error",
        "skipped",
        "system-out",
    ];
    assert!(names.iter().all(|name| known.contains(&name.as_str())), "{names:?}");
    let is_forbidden = |character: char| {
        (character.is_control() && character != '\n') || "\u{fffe}\u{ffff}\u{202e}".contains(character)
    };
    assert!(!text.contains(is_forbidden), "{text}");
    assert!(
        texts.iter().any(|text| text.contains("]]>\"'&<b>\\u{1b}[31m")),
        "{texts:#?}"
    );
}

#[test]
fn a_cause_is_a_result() {
    insta::assert_snapshot!("sarif_pass", sarif::sarif(&report(&verdict(&[]))));
    insta::assert_snapshot!("sarif_ledger", sarif::sarif(&report(&of_each_standing())));
}

/// What SARIF 2.1.0 asks for, and what GitHub asks for beyond it.
#[test]
fn a_result_has_what_code_scanning_needs() {
    for report in reports() {
        let text = sarif::sarif(&report);
        let document: Value = serde_json::from_str(&text).expect("it is JSON");
        assert_eq!(document["version"], "2.1.0");
        let run = &document["runs"][0];
        let driver = &run["tool"]["driver"];
        assert!(driver["name"].is_string() && driver["version"].is_string());
        assert!(run["automationDetails"]["id"].as_str().unwrap().ends_with('/'));
        let rules = driver["rules"].as_array().expect("there are rules");
        for rule in rules {
            for part in ["shortDescription", "fullDescription", "help"] {
                assert!(rule[part]["text"].is_string(), "{rule}");
            }
        }
        let results = run["results"].as_array().expect("there are results");
        assert!(results.len() >= report.clusters.len());
        for result in results {
            let index = result["ruleIndex"].as_u64().unwrap() as usize;
            assert_eq!(result["ruleId"], rules[index]["id"]);
            assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
            assert!(!result["message"]["text"].as_str().unwrap().is_empty());
            let place = &result["locations"][0]["physicalLocation"];
            let address = place["artifactLocation"]["uri"].as_str().unwrap();
            let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_.%/".contains(character);
            assert!(address.chars().all(is_plain) && !address.starts_with('/'), "{address}");
            assert!(place["region"]["startLine"].as_u64().unwrap() >= 1);
            assert_eq!(result["partialFingerprints"].as_object().unwrap().len(), 1);
            let suppressed = !result["suppressions"].as_array().unwrap().is_empty();
            assert_eq!(suppressed, result["level"] == "note");
        }
    }
}

#[test]
fn a_gate_is_a_result_unless_a_cause_tells_it() {
    let of = |report: &Report| -> Vec<String> {
        let document: Value = serde_json::from_str(&sarif::sarif(report)).unwrap();
        let results = document["runs"][0]["results"].as_array().unwrap().iter();
        let rules = results.map(|result| result["ruleId"].as_str().unwrap().to_owned());
        rules.filter(|rule| rule.starts_with("gate/parity")).collect()
    };
    let mut report = report(&of_each_standing());
    assert_eq!(of(&report), ["gate/parity"], "one case belongs to no cluster");
    report.cases.unexplained = 0;
    assert!(of(&report).is_empty());
    report.cases.lost = 1;
    assert_eq!(of(&report), ["gate/parity"], "no cluster is of what new cannot run");
}

#[test]
fn the_whole_report_is_there_for_programs() {
    insta::assert_snapshot!("json_pass", json::json(&report(&verdict(&[]))));
    insta::assert_snapshot!("json_ledger", json::json(&report(&of_each_standing())));
}

#[test]
fn a_report_is_as_its_schema_says_and_can_be_read_again() {
    let schema = json::schema();
    for report in reports() {
        let text = json::json(&report);
        let read: Report = serde_json::from_str(&text).expect("it can be read");
        assert_eq!(read, report);
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["$schema"], schema["$id"]);
        hold(&schema, &schema, &value, "");
    }
    let mut value = serde_json::to_value(report(&of_each_standing())).unwrap();
    value["gates"][0]["decision"] = "perhaps".into();
    assert!(std::panic::catch_unwind(|| hold(&schema, &schema, &value, "")).is_err());
}

/// Holds `value` against as much of JSON schema as the schema of the report uses.
fn hold(root: &Value, schema: &Value, value: &Value, place: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.strip_prefix("#/$defs/").expect("it is a definition");
        return hold(root, &root["$defs"][name], value, place);
    }
    if let Some(choices) = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array()) {
        let fits = |choice: &Value| match &choice["const"] {
            Value::Null => choice["type"] != "null" || value.is_null(),
            constant => constant == value,
        };
        let choice = choices.iter().find(|choice| fits(choice));
        return hold(root, choice.unwrap_or_else(|| panic!("{place}: {value}")), value, place);
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    let is = |kind: &&str| match *kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        kind => panic!("{place}: {kind}"),
    };
    assert!(types.iter().any(is), "{place} is not of {types:?}: {value}");
    for key in schema["required"].as_array().into_iter().flatten() {
        assert!(value.get(key.as_str().unwrap()).is_some(), "{place} lacks {key}");
    }
    for (key, part) in value.as_object().into_iter().flatten() {
        let known = schema["properties"].get(key);
        hold(
            root,
            known.unwrap_or_else(|| panic!("{place}: {key}")),
            part,
            &format!("{place}/{key}"),
        );
    }
    for part in value.as_array().into_iter().flatten() {
        hold(root, &schema["items"], part, &format!("{place}/*"));
    }
}

#[test]
fn the_same_record_gives_machines_the_same_bytes() {
    let [first, second] = [(); 2].map(|()| {
        let report = report(&of_each_standing());
        [junit::xml(&report), sarif::sarif(&report), json::json(&report)]
    });
    assert_eq!(first, second);
}
