//! A fixed clock for `now`, the one operator of JSONLogic that reads the wall clock.
//!
//! dataflow-rs cannot be given another `now`: built-in operators win over registered ones. So the *definitions* are given the
//! moment in its place, alike for both engines, before either sees them.

use serde_json::Value;

use super::steps;

/// What `now` gives: midnight, 1 January 2026, in the form in which the operator gives it.
pub const NOW: &str = "2026-01-01T00:00:00Z";

/// Puts [`NOW`] in the place of each `{"now": …}` in a workflow that an engine may evaluate, and says how many there were.
pub fn fix(workflow: &mut Value) -> usize {
    let mut fixed = 0;
    steps::each_readable(workflow, &mut |part| fixed += fix_in(part));
    fixed
}

fn fix_in(part: &mut Value) -> usize {
    match part {
        Value::Object(entries) if entries.len() == 1 && entries.contains_key("now") => {
            *part = Value::String(NOW.to_owned());
            1
        }
        Value::Object(entries) => entries.values_mut().map(fix_in).sum(),
        Value::Array(items) => items.iter_mut().map(fix_in).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_now_is_fixed_and_nothing_else() {
        let mut definition = json!({
            "condition": {"<": [{"now": []}, "2030"]},
            "tasks": [
                {"now": 1, "later": {"cat": [{"now": []}]}},
                {"id": "own", "function": {"name": "stamp", "input": {"now": []}}},
                {"id": "group", "condition": {"now": []}, "tasks": [
                    {"id": "log", "condition": {"$now": []}, "function": {"name": "log", "input": {"message": {"now": []}}}},
                ]},
            ],
        });
        assert_eq!(fix(&mut definition), 4);
        assert_eq!(
            definition,
            json!({
                "condition": {"<": [NOW, "2030"]},
                "tasks": [
                    {"now": 1, "later": {"cat": [NOW]}},
                    {"id": "own", "function": {"name": "stamp", "input": {"now": []}}},
                    {"id": "group", "condition": NOW, "tasks": [
                        {"id": "log", "condition": {"$now": []}, "function": {"name": "log", "input": {"message": NOW}}},
                    ]},
                ],
            })
        );
    }

    #[test]
    fn what_looks_like_a_function_in_an_expression_is_fixed_and_a_function_with_more_to_say_is_left_alone() {
        // An object that a template makes: it only happens to have the keys of a function.
        let made = json!({"name": "stamp", "input": {"now": []}});
        let map = |made| json!({"name": "map", "input": {"mappings": [{"path": "data.made", "logic": made}]}});
        let noted = json!({"name": "stamp", "input": {"now": []}, "note": "data, whatever else is beside it"});
        let mut definition = json!({"tasks": [{"id": "a", "function": map(made)}, {"id": "b", "function": noted}]});
        assert_eq!(fix(&mut definition), 1);
        let made = json!({"name": "stamp", "input": NOW});
        let expected = json!({"tasks": [{"id": "a", "function": map(made)}, {"id": "b", "function": noted}]});
        assert_eq!(definition, expected);
    }
}
