//! What holds for every generated rules case. What an engine makes of them is tested where there are engines.

use std::collections::BTreeSet;

use contract::rules::functions::{CONNECTORS, PERFORMED, is_own};
use contract::rules::{Message, Reply};
use contract::{Definition, Rules, Then};
use serde::Deserialize;
use serde_json::Value;

use super::RulesGenerator;
use crate::Case;

const CASES: u64 = 2_000;

fn cases() -> impl Iterator<Item = Case> {
    let generator = RulesGenerator::new(7);
    (0..CASES).map(move |index| generator.case(index))
}

fn rules(case: &Case) -> &Rules {
    match &case.definition {
        Definition::Rules(rules) => rules,
        Definition::Dag(_) => panic!("{} has no rules", case.id),
    }
}

fn valid_cases() -> impl Iterator<Item = Case> {
    cases().filter(|case| !case.tags.iter().any(|tag| tag == "invalid"))
}

/// Calls `with` for each value in `value`, itself first.
fn each<'a>(value: &'a Value, with: &mut impl FnMut(&'a Value)) {
    with(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| each(item, with)),
        Value::Object(entries) => entries.values().for_each(|entry| each(entry, with)),
        _ => {}
    }
}

/// The tasks of a workflow, with the depth of the group that each is in.
fn tasks(steps: &Value, depth: usize) -> Vec<(&Value, usize)> {
    let of_step = |step| match Value::get(step, "tasks") {
        Some(members) => tasks(members, depth + 1),
        None => vec![(step, depth)],
    };
    steps
        .as_array()
        .map(|steps| steps.iter().flat_map(of_step).collect())
        .unwrap_or_default()
}

#[test]
fn a_case_depends_on_nothing_but_seed_and_index() {
    let forwards: Vec<Case> = cases().take(300).collect();
    let again = RulesGenerator::new(7);
    for index in (0..300).rev() {
        assert_eq!(forwards[index as usize], again.case(index), "{index}");
    }
    assert_ne!(forwards[1].definition, RulesGenerator::new(8).case(1).definition);
    let ids: BTreeSet<&str> = forwards.iter().map(|case| &*case.id).collect();
    assert_eq!(ids.len(), forwards.len());
    assert!(ids.contains("r7-0"));
}

#[test]
fn messages_and_replies_are_what_a_reader_takes() {
    for case in cases() {
        let message = Message::deserialize(&*case.input);
        assert!(message.is_ok(), "{}: {message:?}", case.id);
        assert!(case.script.signals.is_empty(), "{}", case.id);
        for attempt in case.script.tasks.values().flat_map(|entry| &entry.attempts) {
            match &attempt.then {
                Then::Returns(output) => {
                    let reply = Reply::deserialize(&**output);
                    assert!(reply.is_ok(), "{}: {reply:?}", case.id);
                }
                Then::Fails(_) => {}
                Then::Panics(_) | Then::NeverReturns => panic!("{} does not end", case.id),
            }
        }
    }
}

#[test]
fn a_valid_case_has_the_shape_of_the_format() {
    for case in valid_cases() {
        let rules = rules(&case);
        assert!(!rules.workflows.is_empty(), "{}", case.id);
        for workflow in &rules.workflows {
            let tasks = tasks(&workflow["tasks"], 0);
            assert!(!tasks.is_empty(), "{}", case.id);
            let mut ids = BTreeSet::new();
            each(&workflow["tasks"], &mut |step| {
                let is_step = step.get("tasks").is_some() || step["function"]["input"] != Value::Null;
                if let (true, Some(id)) = (is_step, step.get("id").and_then(Value::as_str)) {
                    assert!(ids.insert(id), "{}: {id} twice", case.id);
                }
            });
            for (task, depth) in tasks {
                assert!(depth <= 8, "{}: {depth} deep", case.id);
                let name = task["function"]["name"].as_str().expect("a name");
                let is_own = is_own(name);
                assert!(!is_own || rules.handlers.contains(name), "{}: {name}", case.id);
            }
        }
    }
}

#[test]
fn no_sweep_of_a_loop_copies_what_a_sweep_wrote() {
    for case in valid_cases() {
        let looping = rules(&case)
            .workflows
            .iter()
            .filter(|workflow| workflow["loop"].is_object());
        for (task, _) in looping.flat_map(|workflow| tasks(&workflow["tasks"], 0)) {
            let Some(source) = task["function"]["input"]["source"].as_str() else {
                continue;
            };
            let parses = task["function"]["name"]
                .as_str()
                .is_some_and(|name| name.starts_with("parse"));
            let is_root = matches!(source, "" | "data" | "metadata" | "temp_data");
            let grows = source.contains("sweep") || parses && is_root;
            assert!(!grows, "{}: {source}", case.id);
        }
    }
}

/// What an expression reads, path by path.
fn reads(logic: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    each(logic, &mut |value| {
        let read = value.get("var").or_else(|| value.get("val"));
        found.extend(read.and_then(Value::as_str).map(str::to_owned));
    });
    found
}

#[test]
fn no_sweep_of_a_loop_writes_into_what_it_copies() {
    let mut mappings = 0;
    for case in valid_cases() {
        for workflow in rules(&case)
            .workflows
            .iter()
            .filter(|workflow| workflow["loop"].is_object())
        {
            each(workflow, &mut |value| {
                let (Some(path), Some(logic)) = (value["path"].as_str(), value.get("logic")) else {
                    return;
                };
                mappings += 1;
                // A root is read where that cannot succeed, and never copied; and each task writes the progress anew.
                let is_in = |read: &String| {
                    let is_kept = read.contains('.') && read != "metadata.progress";
                    is_kept && path.strip_prefix(&**read).is_some_and(|rest| rest.starts_with('.'))
                };
                let within: Vec<_> = reads(logic).into_iter().filter(is_in).collect();
                assert!(within.is_empty(), "{}: {path} is in {within:?}", case.id);
            });
        }
    }
    assert!(mappings > 100, "{mappings}");
}

#[test]
fn no_run_is_long_or_large() {
    for case in valid_cases() {
        for workflow in &rules(&case).workflows {
            let number = |name: &str, default| workflow["loop"][name].as_i64().unwrap_or(default);
            let (init, max) = (number("init", 0), number("max", 0));
            let sweeps = (i128::from(max) - i128::from(init)).div_euclid(i128::from(number("increment", 1)));
            assert!(sweeps <= 20, "{}: {sweeps} sweeps", case.id);
            // A number at the end of a written path is a place in a list, which is filled up to there.
            each(workflow, &mut |value| {
                for path in [value.get("path"), value.get("target")]
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                {
                    let places = path.split('.').filter_map(|part| part.parse::<usize>().ok());
                    assert!(places.max() <= Some(50), "{}: {path}", case.id);
                }
            });
        }
    }
}

#[test]
fn the_clock_is_fixed() {
    let mut dates = 0;
    for case in cases() {
        assert_eq!(rules(&case).clone().fix_clock(), 0, "{}", case.id);
        for workflow in &rules(&case).workflows {
            each(workflow, &mut |value| {
                dates += u32::from(value == contract::rules::clock::NOW);
            });
        }
    }
    assert!(dates > 100, "{dates}");
}

#[test]
fn one_case_in_eight_is_an_invalid_twin() {
    let invalid = cases().count() - valid_cases().count();
    assert!((200..300).contains(&invalid), "{invalid}");
}

/// Something that a definition may hold, and how many of the cases have to hold it.
type Share<'a> = (&'a str, usize, Box<dyn Fn(&Rules, &Value) -> bool + 'a>);

#[track_caller]
fn check_shares(shares: &[Share<'_>]) {
    let mut counts = vec![0; shares.len()];
    for case in valid_cases() {
        let mut found = vec![false; shares.len()];
        for workflow in &rules(&case).workflows {
            each(workflow, &mut |value| {
                if value.is_object() {
                    for (found, (_, _, is)) in found.iter_mut().zip(shares) {
                        *found = *found || is(rules(&case), value);
                    }
                }
            });
        }
        for (count, found) in counts.iter_mut().zip(found) {
            *count += usize::from(found);
        }
    }
    for (count, (what, least, _)) in counts.iter().zip(shares) {
        assert!(count >= least, "{what}: {count} of {CASES}");
    }
}

#[test]
fn every_function_is_drawn_often() {
    fn name(value: &Value) -> Option<&str> {
        value.get("input")?;
        value.get("name")?.as_str()
    }
    let own = |rules: &Rules, name: &str| rules.handlers.contains(name) && is_own(name);
    let mut shares: Vec<Share<'_>> = PERFORMED
        .iter()
        .chain(&CONNECTORS)
        .map(|wanted| -> Share<'_> { (wanted, 150, Box::new(|_, value| name(value) == Some(wanted))) })
        .collect();
    shares.push((
        "own",
        300,
        Box::new(move |rules, value| name(value).is_some_and(|name| own(rules, name))),
    ));
    check_shares(&shares);
}

#[test]
fn every_operator_is_drawn() {
    let shares: Vec<Share<'_>> = super::condition::OPERATORS
        .iter()
        .chain(&["secret"])
        .map(|operator| -> Share<'_> {
            let is = |_: &Rules, value: &Value| {
                let entries = value.as_object();
                entries.is_some_and(|entries| entries.len() == 1 && entries.contains_key(*operator))
            };
            (operator, 5, Box::new(is))
        })
        .collect();
    check_shares(&shares);
}

#[test]
fn every_flag_is_drawn() {
    fn share(what: &str, least: usize, is: fn(&Value) -> bool) -> Share<'_> {
        (what, least, Box::new(move |_, value| is(value)))
    }
    check_shares(&[
        share("priority", 500, |value| value.get("priority").is_some()),
        share("continue_on_error", 500, |value| {
            value.get("continue_on_error").is_some()
        }),
        share("terminal", 200, |value| value.get("terminal").is_some()),
        share("terminal group", 50, |value| {
            value.get("terminal").is_some() && value.get("tasks").is_some()
        }),
        share("halt_on", 200, |value| {
            value.get("halt_on").is_some_and(|halt_on| halt_on == "failure")
        }),
        share("loop", 200, |value| value.get("loop").is_some_and(Value::is_object)),
        share("counter", 150, |value| value["loop"].get("counter").is_some()),
        share("loop with a condition", 80, |value| {
            value["loop"].is_object() && value.get("condition").is_some()
        }),
        share("rollout", 150, |value| {
            value.get("rollout").is_some_and(Value::is_object)
        }),
        share("channel", 200, |value| value.get("channel").is_some()),
        share("paused", 40, |value| {
            value.get("status").is_some_and(|status| status == "paused")
        }),
        share("group", 500, |value| {
            value.get("tasks").is_some() && value.get("name").is_none()
        }),
        share("computed path", 300, |value| {
            value.get("path").is_some_and(Value::is_object)
        }),
        share("on_reject", 300, |value| value.get("on_reject").is_some()),
    ]);
}

/// A kind of message or setting, and how many of the cases have to be of it.
type Kind<T> = (&'static str, usize, fn(&T) -> bool);

#[test]
fn every_kind_of_message_and_setting_is_drawn() {
    let messages: [Kind<Message>; 6] = [
        ("channel", 200, |message| message.channel.is_some()),
        ("bucket", 400, |message| message.routing_bucket.is_some()),
        ("no capture", 200, |message| !message.capture_changes),
        ("trace", 200, |message| message.trace),
        ("text as payload", 400, |message| message.payload.is_string()),
        ("no data", 50, |message| message.data.is_null()),
    ];
    let cases: Vec<Case> = cases().collect();
    for (what, least, is) in messages {
        let count = cases.iter().filter(|case| is(&Message::of(&case.input))).count();
        assert!(count >= least, "{what}: {count}");
    }
    let settings: [Kind<Rules>; 3] = [
        ("error context", 300, |rules| rules.error_context.is_some()),
        ("secrets", 200, |rules| rules.secrets.is_some()),
        ("handlers", 500, |rules| !rules.handlers.is_empty()),
    ];
    for (what, least, is) in settings {
        let count = cases.iter().filter(|case| is(rules(case))).count();
        assert!(count >= least, "{what}: {count}");
    }
}
