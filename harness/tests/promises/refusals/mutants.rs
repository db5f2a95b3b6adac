//! Mutants of a JSON value: each differs from it in one place.

use serde_json::{Map, Value, json};

/// Everything that comes of taking away, renaming, doubling or replacing one key or one item of `value`, at any depth.
pub(super) fn mutants(value: &Value) -> Vec<Value> {
    match value {
        Value::Object(entries) => entries
            .iter()
            .flat_map(|(key, child)| of_entry(entries, key, child))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .flat_map(|(place, child)| of_item(items, place, child))
            .collect(),
        _ => Vec::new(),
    }
}

fn of_entry(entries: &Map<String, Value>, key: &str, child: &Value) -> Vec<Value> {
    let mutant = |change: &dyn Fn(&mut Map<String, Value>)| {
        let mut entries = entries.clone();
        change(&mut entries);
        Value::Object(entries)
    };
    let mut mutants = vec![
        mutant(&|entries| drop(entries.remove(key))),
        mutant(&|entries| {
            entries.remove(key);
            entries.insert(format!("{key}x"), child.clone());
        }),
        // As JSONLogic escapes a key.
        mutant(&|entries| drop(entries.insert(format!("${key}"), child.clone()))),
    ];
    let changed = changed(child).into_iter();
    mutants.extend(changed.map(|child| mutant(&|entries| drop(entries.insert(key.to_owned(), child.clone())))));
    mutants
}

fn of_item(items: &[Value], place: usize, child: &Value) -> Vec<Value> {
    let mutant = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut items = items.to_vec();
        change(&mut items);
        Value::Array(items)
    };
    let mut mutants = vec![
        mutant(&|items| drop(items.remove(place))),
        mutant(&|items| items.insert(place, child.clone())),
    ];
    let changed = changed(child).into_iter();
    mutants.extend(changed.map(|child| mutant(&|items| items[place].clone_from(&child))));
    mutants
}

/// What can stand in the place of `child`: a value of each type, those on the edge of what fits, and its own mutants.
fn changed(child: &Value) -> Vec<Value> {
    let others = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(12_345_678_901_234_567_890_u64),
        json!(""),
        json!("x"),
        json!([]),
        json!({}),
        json!([1, "b", {}]),
        json!({"secret": "key"}),
        json!({"tasks": []}),
    ];
    let mut changed: Vec<Value> = others.into_iter().filter(|other| other != child).collect();
    changed.extend(mutants(child));
    changed
}

#[test]
fn no_mutant_is_the_original_and_each_place_is_changed() {
    let original = json!({"a": [1, {"b": "text"}], "c": null});
    let mutants = mutants(&original);
    assert!(!mutants.contains(&original));
    for expected in [
        json!({"a": [1, {"b": "text"}]}),
        json!({"a": [1, {"b": "text"}], "cx": null}),
        json!({"a": [1, {"b": "text"}], "c": null, "$c": null}),
        json!({"a": [1, 1, {"b": "text"}], "c": null}),
        json!({"a": [1, {}], "c": null}),
        json!({"a": [1, {"b": -1}], "c": null}),
    ] {
        assert!(mutants.contains(&expected), "{expected}");
    }
}
