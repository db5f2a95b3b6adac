//! What evaluating an expression goes through, as far as its text tells.

use contract::{Behaviour, BehaviourSet};
use serde_json::{Map, Value};

use crate::rules::secrets::ESCAPE;

/// The families of the operators in `expression`, how its templates are read, and whether it reads `metadata.progress`.
pub(super) fn of(expression: &Value) -> BehaviourSet {
    let mut uses = BehaviourSet::EMPTY;
    visit(expression, &mut uses);
    uses
}

fn visit(expression: &Value, uses: &mut BehaviourSet) {
    match expression {
        Value::Array(items) => items.iter().for_each(|item| visit(item, uses)),
        Value::Object(entries) => {
            visit_keys(entries, uses);
            entries.values().for_each(|value| visit(value, uses));
        }
        _ => {}
    }
}

fn visit_keys(entries: &Map<String, Value>, uses: &mut BehaviourSet) {
    if entries.keys().any(|key| key.starts_with(ESCAPE)) {
        uses.insert(Behaviour::EscapedKey);
    }
    let mut all = entries.iter();
    match (all.next(), all.next()) {
        (Some((key, arguments)), None) if !key.starts_with(ESCAPE) => {
            uses.insert(family(key).unwrap_or(Behaviour::UnknownOperatorKept));
            if reads_progress(key, arguments) {
                uses.insert(Behaviour::ProgressRead);
            }
        }
        (Some(_), Some(_)) => uses.insert(Behaviour::TemplateObject),
        _ => {}
    }
}

/// The family of an operator; `None`: it is no operator.
fn family(operator: &str) -> Option<Behaviour> {
    Some(match operator {
        "var" | "val" | "exists" => Behaviour::OperatorVariable,
        "==" | "===" | "!=" | "!==" | ">" | ">=" | "<" | "<=" => Behaviour::OperatorComparison,
        "!" | "!!" | "and" | "or" => Behaviour::OperatorBoolean,
        "if" | "?:" | "??" | "switch" | "match" | "type" => Behaviour::OperatorControl,
        "+" | "-" | "*" | "/" | "%" | "max" | "min" => Behaviour::OperatorArithmetic,
        "abs" | "ceil" | "floor" => Behaviour::OperatorMath,
        "cat" | "substr" | "in" => Behaviour::OperatorString,
        "length" | "starts_with" | "ends_with" | "upper" | "lower" | "trim" | "split" => Behaviour::OperatorText,
        "merge" | "filter" | "map" | "reduce" | "all" | "some" | "none" => Behaviour::OperatorArray,
        "sort" | "slice" | "group_by" | "distinct" => Behaviour::OperatorSequence,
        "keys" | "values" | "entries" => Behaviour::OperatorObject,
        "datetime" | "timestamp" | "parse_date" | "format_date" | "date_diff" | "now" => Behaviour::OperatorDate,
        "try" | "throw" => Behaviour::OperatorError,
        "missing" | "missing_some" => Behaviour::OperatorMissing,
        crate::rules::secrets::OPERATOR => Behaviour::OperatorSecret,
        _ => return None,
    })
}

/// Whether `metadata.progress`, or something in it, is among what the operator is told to read.
fn reads_progress(operator: &str, arguments: &Value) -> bool {
    match operator {
        "var" => match arguments {
            Value::Array(arguments) => arguments.first().is_some_and(is_progress),
            path => is_progress(path),
        },
        "missing" => match arguments {
            Value::Array(paths) => paths.iter().any(is_progress),
            path => is_progress(path),
        },
        "missing_some" => match arguments.get(1) {
            Some(Value::Array(paths)) => paths.iter().any(is_progress),
            _ => false,
        },
        "val" | "exists" => {
            let arguments = arguments.as_array().map_or(&[][..], Vec::as_slice);
            // The scope may stand before the keys.
            let keys = match arguments {
                [Value::Array(_), keys @ ..] => keys,
                keys => keys,
            };
            matches!(keys, [first, second, ..] if first == "metadata" && second == "progress")
        }
        _ => false,
    }
}

fn is_progress(path: &Value) -> bool {
    let rest = path.as_str().and_then(|path| path.strip_prefix("metadata.progress"));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check<const N: usize>(expression: Value, expected: [Behaviour; N]) {
        assert_eq!(of(&expression), expected.into(), "{expression}");
    }

    #[test]
    fn every_operator_of_the_evaluator_has_a_family() {
        let evaluator = contract::logic::engine();
        for name in evaluator.builtin_operator_names() {
            assert!(family(name).is_some(), "{name}");
        }
    }

    #[test]
    fn a_literal_uses_nothing() {
        check(json!("var"), []);
        check(json!([1, null, {}, []]), []);
    }

    #[test]
    fn operators_are_found_wherever_they_are() {
        check(
            json!({"x": [{"+": [1, {"var": "a"}]}], "y": {"secret": {"cat": "k"}}}),
            [
                Behaviour::TemplateObject,
                Behaviour::OperatorArithmetic,
                Behaviour::OperatorVariable,
                Behaviour::OperatorSecret,
                Behaviour::OperatorString,
            ],
        );
    }

    #[test]
    fn an_object_of_one_key_is_an_operation_unless_the_key_is_unknown_or_escaped() {
        check(json!({"var": ""}), [Behaviour::OperatorVariable]);
        check(json!({"vary": ""}), [Behaviour::UnknownOperatorKept]);
        check(json!({"$var": ""}), [Behaviour::EscapedKey]);
        check(
            json!({"$var": 1, "b": 2}),
            [Behaviour::EscapedKey, Behaviour::TemplateObject],
        );
    }

    #[test]
    fn a_read_of_the_progress_is_told_from_a_read_of_something_like_it() {
        let variable = Behaviour::OperatorVariable;
        let missing = Behaviour::OperatorMissing;
        for (expression, family) in [
            (json!({"var": "metadata.progress"}), variable),
            (json!({"var": ["metadata.progress.status_code", 0]}), variable),
            (json!({"val": ["metadata", "progress", "task_id"]}), variable),
            (json!({"val": [[1], "metadata", "progress"]}), variable),
            (json!({"exists": ["metadata", "progress"]}), variable),
            (json!({"missing": ["a", "metadata.progress.task_id"]}), missing),
            (json!({"missing_some": [1, ["metadata.progress"]]}), missing),
        ] {
            check(expression, [family, Behaviour::ProgressRead]);
        }
        check(json!({"var": "metadata.progressing"}), [variable]);
        check(json!({"var": ["x", "metadata.progress"]}), [variable]);
        check(json!({"val": ["metadata"]}), [variable]);
        check(json!({"cat": "metadata.progress"}), [Behaviour::OperatorString]);
    }
}
