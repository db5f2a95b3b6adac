//! Values are laid down, read, and shared.

use super::*;

const TEXT: &str = r#"{"b":[1,2.0,null,{"c":"x","a":true}],"a":{},"":[],"n":-0.5}"#;

fn put(document: &mut Document, text: &str) -> Node {
    let arena = Bump::new();
    let value = OwnedDataValue::from_json(text).expect("JSON").to_arena(&arena);
    document.put(
        &value,
        &Known::of_context(&Document::default(), Node::Null, DataValue::Null),
    )
}

#[test]
fn a_value_comes_back_as_it_was() {
    let mut document = Document::default();
    document.put_text("before");
    let node = put(&mut document, TEXT);
    assert_eq!(document.view(node).to_string(), TEXT);
    let arena = Bump::new();
    assert_eq!(document.borrow(node, &arena).to_owned().to_json_string(), TEXT);
}

#[test]
fn what_is_unchanged_is_referred_to() {
    let mut base = Document::default();
    let node = put(&mut base, TEXT);
    let base = Arc::new(base);
    let arena = Bump::new();
    let value = base.borrow(node, &arena);
    let DataValue::Object(entries) = value else {
        panic!("it is an object");
    };
    let mut changed = entries.to_vec();
    changed[1].1 = DataValue::Bool(true);
    changed.push(("new", entries[0].1));
    let nothing = DataValue::Null;
    let known = Known::of(&base, true, [(value, node), (nothing, Node::Null), (value, node)]);
    let changed = DataValue::Object(&changed);
    let roots = [("data", changed), ("metadata", nothing), ("temp_data", value)];
    let mut document = Document::default().emptied(Some(Arc::clone(&base)));
    let context = document.put_context(&DataValue::Object(&roots), &known);
    let shown = |value: &DataValue<'_>| value.to_owned().to_json_string();
    assert_eq!(document.view(context).to_string(), shown(&DataValue::Object(&roots)));
    assert_eq!(
        document.borrow(context, &arena).to_owned(),
        DataValue::Object(&roots).to_owned()
    );
    // Once more, from the document that was just made.
    let again = document.borrow(context, &arena);
    let known = Known::of_context(&document, context, again);
    let mut last = Document::default().emptied(Some(Arc::clone(&base)));
    let copy = last.put_context(&again, &known);
    assert_eq!(last.view(copy).to_string(), shown(&DataValue::Object(&roots)));
    assert_eq!(last.nodes.len(), document.nodes.len());
    let data = document.view(context).get("data").expect("a root");
    assert!(matches!(data.get("b").map(|b| b.node), Some(Node::Array(place)) if place.is_in_base));
    assert!(matches!(data.node, Node::Object(place) if !place.is_in_base));
    assert_eq!(
        document.fitted().view(context).to_string(),
        shown(&DataValue::Object(&roots))
    );
}

#[test]
fn json_is_taken_as_dataflow_rs_takes_it() {
    let json = serde_json::json!({"b": 1, "a": [1.0, 12_345_678_901_234_567_890_u64, -1]});
    let mut document = Document::default();
    let node = document.put_json(&json);
    assert_eq!(
        document.view(node).to_string(),
        OwnedDataValue::from(&json).to_json_string()
    );
}

#[test]
fn a_path_leads_through_objects_and_lists() {
    let mut document = Document::default();
    let node = put(&mut document, TEXT);
    let view = document.view(node);
    assert_eq!(view.at("b.3.c").and_then(View::as_str), Some("x"));
    assert_eq!(view.at("b.0").and_then(View::as_i64), Some(1));
    assert_eq!(view.at("b.1").and_then(View::as_f64), Some(2.0));
    assert_eq!(view.at("b.3.a").and_then(View::as_bool), Some(true));
    assert!(view.at("b.2").is_some_and(View::is_null));
    assert!(view.at("b.9").is_none() && view.at("n.x").is_none());
    assert_eq!((view.len(), view.get("a").map(View::is_empty)), (4, Some(true)));
}

#[test]
fn of_many_containers_each_is_found() {
    let texts: Vec<_> = (0..100).map(|at| format!("[{at}]")).collect();
    let arena = Bump::new();
    let mut document = Document::default();
    let nothing = Document::default();
    let mut known = Known::of_context(&nothing, Node::Null, DataValue::Null);
    let values: Vec<_> = { texts.iter() }
        .map(|text| OwnedDataValue::from_json(text).expect("JSON").to_arena(&arena))
        .collect();
    for value in &values {
        let node = document.put(value, &known);
        known.add(value, node);
    }
    let count = document.nodes.len();
    for (value, text) in values.iter().zip(&texts) {
        let node = document.put(value, &known);
        assert_eq!(document.view(node).to_string(), *text);
    }
    assert_eq!(document.nodes.len(), count);
}
