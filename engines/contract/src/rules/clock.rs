//! A fixed clock for `now`, the one operator of JSONLogic that reads the wall clock.
//!
//! dataflow-rs cannot be given another `now`: built-in operators win over registered ones. So the *definitions* are given the
//! moment in its place, alike for both engines, before either sees them.

use serde_json::Value;

/// What `now` gives: midnight, 1 January 2026, in the form in which the operator gives it.
pub const NOW: &str = "2026-01-01T00:00:00Z";

/// Puts [`NOW`] in the place of each `{"now": …}` in a definition, and says how many there were.
pub fn fix(definition: &mut Value) -> usize {
    match definition {
        Value::Object(entries) if entries.len() == 1 && entries.contains_key("now") => {
            *definition = Value::String(NOW.to_owned());
            1
        }
        // What a function of the application's own is given is no expression.
        Value::Object(entries) if is_own_function(entries) => 0,
        Value::Object(entries) => entries.values_mut().map(fix).sum(),
        Value::Array(items) => items.iter_mut().map(fix).sum(),
        _ => 0,
    }
}

/// The functions whose input holds expressions.
const BUILT_IN: [&str; 12] = [
    "map",
    "validation",
    "validate",
    "parse_json",
    "parse_xml",
    "publish_json",
    "publish_xml",
    "filter",
    "log",
    "http_call",
    "enrich",
    "publish_kafka",
];

fn is_own_function(entries: &serde_json::Map<String, Value>) -> bool {
    let name = entries.get("name").and_then(Value::as_str);
    entries.len() == 2 && entries.contains_key("input") && name.is_some_and(|name| !BUILT_IN.contains(&name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_now_is_fixed_and_nothing_else() {
        let mut definition = json!({
            "condition": {"<": [{"now": []}, "2030"]},
            "tasks": [{"now": 1, "later": {"cat": [{"now": []}]}}, {"$now": []}],
            "function": {"name": "stamp", "input": {"now": []}},
        });
        assert_eq!(fix(&mut definition), 2);
        assert_eq!(
            definition,
            json!({
                "condition": {"<": [NOW, "2030"]},
                "tasks": [{"now": 1, "later": {"cat": [NOW]}}, {"$now": []}],
                "function": {"name": "stamp", "input": {"now": []}},
            })
        );
    }
}
