//! Messages meet what they aim at, by the evaluator that dataflow-rs uses.

use contract::rules::Reply;
use contract::script::Then;
use serde_json::json;

use super::*;

fn messages(definitions: Vec<Value>) -> Messages {
    let rules = Rules {
        workflows: definitions,
        ..Rules::default()
    };
    Messages::new(&rules, 1)
}

fn context(message: &Message) -> Value {
    let root = |value: &Value| if value.is_null() { json!({}) } else { value.clone() };
    json!({"data": root(&message.data), "metadata": root(&message.metadata), "temp_data": root(&message.temp_data)})
}

fn evaluate(logic: &Value, context: &Value) -> Option<Value> {
    let given = contract::logic::engine().eval_str(logic.to_string().as_str(), context.to_string().as_str());
    given.ok().and_then(|text| serde_json::from_str(&text).ok())
}

/// The condition is met by every message that aims at it, and by no near miss.
#[track_caller]
fn check(condition: Value) {
    let definition = json!({"id": "w", "name": "w", "condition": condition, "tasks": []});
    let messages = messages(vec![definition]);
    for number in 0..60 {
        let made = messages.make(0, number);
        let given = evaluate(&condition, &context(&made.message));
        let is_met = given == Some(Value::Bool(true));
        assert_eq!(is_met, made.way == Way::Direct, "{condition} on {:?}", made.message);
    }
}

#[test]
fn a_condition_is_met() {
    check(json!({"==": [{"var": "data.kind"}, "a"]}));
    check(json!({"===": [5, {"var": "data.n"}]}));
    check(json!({"!=": [{"var": "metadata.x"}, null]}));
    check(json!({"in": [{"var": "data.kind"}, ["a", "b"]]}));
    check(json!({"in": ["/T/", {"var": "data.text"}]}));
    check(json!({"!": {"in": [{"var": "data.kind"}, ["a", "b"]]}}));
    check(json!({"and": [{"var": "data.name"}, {">": [{"var": "data.amount"}, 100]}]}));
    check(json!({"or": [{"==": [{"var": "data.a"}, 1]}, {"==": [{"var": "data.b"}, 2]}]}));
    check(json!({"!!": {"var": "data.deep.list.0.x"}}));
    check(json!({"exists": ["data", "a", "b"]}));
    check(json!({"starts_with": [{"var": "data.code"}, "pacs."]}));
    check(json!({"ends_with": [{"lower": {"var": "data.code"}}, "z"]}));
    check(json!({"<=": [{"length": {"var": "data.code"}}, 4]}));
    check(json!({"==": [{"substr": [{"var": "data.code"}, 4, 2]}, "DE"]}));
    check(json!({"var": "data.flag"}));
    check(json!({"if": [{"var": "data.a"}, {"==": [{"var": "data.b"}, "x"]}, false]}));
    check(json!({"some": [{"var": "data.items"}, {"==": [{"var": "kind"}, "x"]}]}));
    check(json!({"all": [{"var": "data.items"}, {">=": [{"var": "price"}, 1.5]}]}));
    check(json!({"none": [{"var": "data.items"}, {"==": [{"var": ""}, "x"]}]}));
    check(json!({"and": [
        {"==": [{"var": "metadata.progress.workflow_id"}, "first"]},
        {"==": [{"var": "metadata.progress.status_code"}, 200]},
    ]}));
}

#[test]
fn branches_are_taken_both_ways_and_lists_are_filled() {
    let logic =
        json!({"if": [{"==": [{"var": "data.kind"}, "x"]}, "then", {"map": [{"var": "data.items"}, {"var": "id"}]}]});
    let mapping = json!({"mappings": [{"path": "data.out", "logic": logic}]});
    let task = json!({"id": "t", "name": "t", "function": {"name": "map", "input": mapping}});
    let messages = messages(vec![json!({"id": "w", "name": "w", "tasks": [task]})]);
    let given: Vec<Option<Value>> = (0..60)
        .map(|number| evaluate(&logic, &context(&messages.make(0, number).message)))
        .collect();
    assert!(given.contains(&Some("then".into())));
    let has_items = |given: &Option<Value>| {
        given
            .as_ref()
            .is_some_and(|given| given.as_array().is_some_and(|list| !list.is_empty()))
    };
    assert!(given.iter().any(has_items));
}

#[test]
fn a_chain_is_begun_at_its_beginning() {
    let follows = |id: &str, before: &str| {
        let map = json!({"mappings": [{"path": "data.x", "logic": 1}]});
        json!({
            "id": id, "name": id, "priority": 5,
            "condition": {"==": [{"var": "metadata.progress.workflow_id"}, before]},
            "tasks": [{"id": "t", "name": "t", "function": {"name": "map", "input": map}}],
        })
    };
    let first = json!({
        "id": "first", "name": "first", "condition": {"==": [{"var": "metadata.kind"}, "k"]},
        "tasks": [{"id": "ask", "name": "ask", "function": {"name": "ask", "input": {"target": "answer"}}}],
    });
    let messages = messages(vec![follows("last", "middle"), first, follows("middle", "first")]);
    let chained = messages.make(0, 1);
    assert_eq!(chained.way, Way::Chain);
    assert_eq!(chained.message.metadata["kind"], "k");
    let direct = messages.make(0, 0);
    assert_eq!(direct.way, Way::Direct);
    assert_eq!(direct.message.metadata["progress"]["workflow_id"], "middle");
}

#[test]
fn a_function_that_would_overwrite_the_seed_skips() {
    let ask = json!({"id": "ask", "name": "ask", "function": {"name": "ask", "input": {}}});
    let first = json!({"id": "first", "name": "first", "tasks": [ask]});
    let target = json!({
        "id": "target", "name": "target", "priority": 1, "tasks": [],
        "condition": {"==": [{"var": "metadata.progress.task_id"}, "elsewhere"]},
    });
    let made = messages(vec![first, target]).make(1, 0);
    let Then::Returns(output) = &made.script.attempt("first/ask", None, 1).then else {
        panic!("it returns");
    };
    let reply: Reply = serde_json::from_value((**output).clone()).unwrap();
    assert_eq!(reply.end, contract::rules::reply::Ending::Skip);
}

#[test]
fn what_is_parsed_is_in_the_payload() {
    let parse = json!({"id": "p", "name": "p", "function": {"name": "parse_json", "input": {"source": "payload", "target": "order"}}});
    let rules = json!({"rules": [{"logic": {"==": [{"var": "data.order.id"}, "A-1"]}, "message": "m"}]});
    let check = json!({"id": "v", "name": "v", "function": {"name": "validate", "input": rules}});
    let messages = messages(vec![json!({"id": "w", "name": "w", "tasks": [parse, check]})]);
    let parsed = (0..40)
        .map(|number| messages.make(0, number).message)
        .filter(|message| message.payload.as_str().is_some_and(|text| text == r#"{"id":"A-1"}"#))
        .count();
    assert!(parsed > 5, "{parsed}");
}

#[test]
fn a_message_depends_on_its_number_and_the_seed_only() {
    let definition = json!({"id": "w", "name": "w", "condition": {"!!": {"var": "data.text"}}, "tasks": []});
    let (one, other) = (messages(vec![definition.clone()]), messages(vec![definition]));
    let last = one.make(0, 9).message;
    assert_eq!(last, other.make(0, 9).message);
    assert_ne!(last, one.make(0, 8).message);
}
