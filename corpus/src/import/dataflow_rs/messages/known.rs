//! What an expression gives, as far as that is plain from the document: the solver leaves alone what is so already, and a
//! condition that certainly holds need not be aimed at.
//!
//! This is no evaluator: `None` is "not plain", and nothing depends on more being plain than is.

use std::borrow::Cow;

use serde_json::Value;

use super::super::expression::{Scope, is_constant, is_truthy, operation, read};
use super::document;

/// The value of `logic` over `context`, if it is plain.
pub(super) fn value<'a>(context: &'a Value, logic: &'a Value, scope: Scope<'_>) -> Option<Cow<'a, Value>> {
    if is_constant(logic) {
        return Some(Cow::Borrowed(logic));
    }
    let (name, arguments) = operation(logic)?;
    let of = |logic: &'a Value| value(context, logic, scope);
    let truth = |flag: bool| Some(Cow::Owned(Value::Bool(flag)));
    match (name, arguments) {
        ("var", [_]) | ("val", [_, ..]) => {
            let path = scope.path_of(logic)?;
            Some(document::get(context, &path).map_or(Cow::Owned(Value::Null), Cow::Borrowed))
        }
        ("exists", _) => {
            let path = scope.absolute(read(name, arguments)?)?;
            truth(document::get(context, &path).is_some())
        }
        ("!", [one]) => truth(!is_truthy(&*of(one)?)),
        ("!!", [one]) => truth(is_truthy(&*of(one)?)),
        ("and" | "or", [_, ..]) => {
            let stops = name == "or";
            let mut last = None;
            for argument in arguments {
                let given = of(argument)?;
                if is_truthy(&given) == stops {
                    return Some(given);
                }
                last = Some(given);
            }
            last
        }
        ("if" | "?:", _) => {
            for pair in arguments.chunks(2) {
                let [condition, given] = pair else {
                    return of(&pair[0]);
                };
                if is_truthy(&*of(condition)?) {
                    return of(given);
                }
            }
            Some(Cow::Owned(Value::Null))
        }
        ("==" | "===", [one, other]) => truth(equal(&*of(one)?, &*of(other)?)?),
        ("!=" | "!==", [one, other]) => truth(!equal(&*of(one)?, &*of(other)?)?),
        ("<" | "<=" | ">" | ">=", [one, other]) => {
            let (one, other) = (of(one)?.as_f64()?, of(other)?.as_f64()?);
            truth(match name {
                "<" => one < other,
                "<=" => one <= other,
                ">" => one > other,
                _ => one >= other,
            })
        }
        ("in", [needle, list]) => {
            let needle = of(needle)?;
            match (&*of(list)?, &*needle) {
                (Value::Array(items), Value::String(_)) => truth(items.contains(&needle)),
                (Value::String(text), Value::String(part)) => truth(text.contains(part.as_str())),
                _ => None,
            }
        }
        ("starts_with" | "ends_with", [text, part]) => {
            let (text, part) = (of(text)?, of(part)?);
            let (text, part) = (text.as_str()?, part.as_str()?);
            truth(if name == "starts_with" {
                text.starts_with(part)
            } else {
                text.ends_with(part)
            })
        }
        ("some" | "all" | "none", [list, predicate]) => {
            let path = scope.path_of(list)?;
            let Some(Value::Array(items)) = document::get(context, &path) else {
                return None;
            };
            let mut met = 0;
            for place in 0..items.len() {
                let item = format!("{path}.{place}");
                met += usize::from(is_truthy(&*value(context, predicate, Scope::Item(&item))?));
            }
            truth(match name {
                "some" => met > 0,
                "none" => met == 0,
                _ => met == items.len() && met > 0,
            })
        }
        ("length", [one]) => match &*of(one)? {
            Value::String(text) => Some(Cow::Owned(text.chars().count().into())),
            Value::Array(items) => Some(Cow::Owned(items.len().into())),
            _ => None,
        },
        _ => None,
    }
}

/// Whether two values are equal, if that does not hang on how kinds are converted.
pub(super) fn equal(one: &Value, other: &Value) -> Option<bool> {
    match (one, other) {
        (Value::Number(_), Value::Number(_)) => Some(one.as_f64() == other.as_f64()),
        (Value::Null, Value::Null) => Some(true),
        (Value::Null, _) | (_, Value::Null) => Some(false),
        (Value::String(one), Value::String(other)) => Some(one == other),
        (Value::Bool(one), Value::Bool(other)) => Some(one == other),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_plain_is_what_the_engine_gives() {
        let context = json!({"data": {"n": 2, "t": "abc", "list": ["x"], "f": false}, "metadata": {}});
        let engine = contract::logic::engine();
        let expressions = [
            json!({"==": [{"var": "data.n"}, 2.0]}),
            json!({"and": [{"var": "data.n"}, {"in": ["b", {"var": "data.t"}]}]}),
            json!({"or": [{"var": "data.f"}, {"var": "data.t"}]}),
            json!({"if": [{"var": "data.f"}, 1, {"!": {"var": "data.f"}}, "second", "last"]}),
            json!({"if": [{"var": "data.f"}, 1]}),
            json!({"exists": ["data", "n"]}),
            json!({"exists": "metadata"}),
            json!({">=": [{"length": {"var": "data.t"}}, 4]}),
            json!({"starts_with": [{"var": "data.t"}, "ab"]}),
            json!({"ends_with": [{"var": "data.t"}, "ab"]}),
            json!({"in": [{"var": "data.t"}, ["abc", "d"]]}),
            json!({"!=": [{"var": "data.missing"}, null]}),
            json!({"!!": {"var": "data.list"}}),
            json!({"val": ["data", "list", 0]}),
            json!({"some": [{"var": "data.list"}, {"==": [{"var": ""}, "x"]}]}),
            json!({"all": [{"var": "data.list"}, {"==": [{"var": ""}, "y"]}]}),
            json!({"none": [{"var": "data.list"}, {"==": [{"var": ""}, "y"]}]}),
        ];
        for logic in expressions {
            let plain = value(&context, &logic, Scope::Root).expect("it is plain").into_owned();
            let given = engine
                .eval_str(logic.to_string().as_str(), context.to_string().as_str())
                .expect("it is evaluated");
            let given: Value = serde_json::from_str(&given).expect("JSON");
            assert_eq!(plain, given, "{logic}");
        }
    }

    #[test]
    fn what_is_not_plain_is_not_guessed() {
        let context = json!({"data": {"n": 2}});
        for logic in [
            json!({"==": [{"var": "data.n"}, "2"]}),
            json!({"+": [1, 2]}),
            json!({"not": [true]}),
            json!({"length": 5}),
        ] {
            assert_eq!(value(&context, &logic, Scope::Root), None, "{logic}");
        }
    }
}
