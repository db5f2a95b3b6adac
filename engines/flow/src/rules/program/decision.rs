//! What a condition decides, where that can be told without the evaluator.
//!
//! Most conditions only compare paths with constants: `{"and": [{"==": [{"var": "metadata.kind"}, "order"]}, …]}`. Whether that
//! is `true` is told here, and only where the evaluator provably says the same; anything else is left to it. What it would say
//! otherwise (`false`, `null`, an error) makes no difference to a condition.
//!
//! - Two strings are loosely equal if they are the same, unless both may be dates. A constant that does not begin with a digit
//!   is none.
//! - Two integers within ±2⁵³ are loosely equal if they are the same.
//! - `null`, and so a path that leads nowhere, equals neither a string that is not empty nor an integer that is not 0.
//! - `and` gives its first operand that is not truthy, or its last. So one operand that is `false` keeps it from being `true`,
//!   whatever the others are or fail with; and if all are `true`, so is the last.

use datalogic_rs::datavalue::{DataValue, NumberValue};
use serde_json::Value;

/// A condition of comparisons.
#[derive(Debug)]
pub(crate) struct Decision(Box<[Comparison]>);

/// `{"==": [{"var": path}, constant]}`; or an operand of which nothing is known.
#[derive(Debug)]
enum Comparison {
    Text(Box<[Box<str>]>, Box<str>),
    Integer(Box<[Box<str>]>, i64),
    Unknown,
}

/// Objects of so many keys are looked up by the evaluator in another order, which shows if a key is there twice.
const WIDE: usize = 32;
const EXACT: u64 = 1 << 53;

impl Decision {
    /// `None`: nothing can be told.
    pub(super) fn of(source: &Value) -> Option<Self> {
        let mut comparisons = Vec::new();
        collect(source, &mut comparisons);
        comparisons
            .iter()
            .any(|comparison| !matches!(comparison, Comparison::Unknown))
            .then(|| Self(comparisons.into()))
    }

    /// Whether the condition gives `true`, if that can be told.
    pub(super) fn decide(&self, context: &DataValue<'_>) -> Option<bool> {
        let mut is_known = true;
        for comparison in &self.0 {
            match comparison.holds(context) {
                Some(true) => {}
                Some(false) => return Some(false),
                None => is_known = false,
            }
        }
        is_known.then_some(true)
    }
}

/// The operands of a condition, those of an `and` within an `and` alike.
fn collect(source: &Value, comparisons: &mut Vec<Comparison>) {
    let operation = source
        .as_object()
        .filter(|entries| entries.len() == 1)
        .and_then(|entries| entries.iter().next());
    match operation {
        Some((operator, Value::Array(operands))) if operator == "and" && !operands.is_empty() => {
            for operand in operands {
                collect(operand, comparisons);
            }
        }
        Some((operator, Value::Array(operands))) if operator == "==" => {
            comparisons.push(Comparison::of(operands).unwrap_or(Comparison::Unknown));
        }
        _ => comparisons.push(Comparison::Unknown),
    }
}

impl Comparison {
    fn of(operands: &[Value]) -> Option<Self> {
        let [variable, constant] = operands else {
            return None;
        };
        let path = variable.as_object().filter(|entries| entries.len() == 1)?.get("var")?;
        let path: Box<[Box<str>]> = path.as_str()?.split('.').map(Box::from).collect();
        let is_plain = |segment: &str| !segment.is_empty() && segment.parse::<usize>().is_err();
        // The evaluator gives the names `current` and `accumulator` a meaning of their own.
        if !path.iter().all(|segment| is_plain(segment)) || matches!(&*path[0], "current" | "accumulator") {
            return None;
        }
        match constant {
            Value::String(text) if text.starts_with(|first: char| !first.is_ascii_digit()) => {
                Some(Self::Text(path, text.as_str().into()))
            }
            Value::Number(number) => {
                let number = number.as_i64()?;
                (number != 0 && number.unsigned_abs() < EXACT).then_some(Self::Integer(path, number))
            }
            _ => None,
        }
    }

    fn holds(&self, context: &DataValue<'_>) -> Option<bool> {
        match self {
            Self::Text(path, text) => match find(context, path)? {
                DataValue::Null => Some(false),
                DataValue::String(found) => Some(found == &**text),
                _ => None,
            },
            Self::Integer(path, number) => match find(context, path)? {
                DataValue::Null => Some(false),
                DataValue::Number(NumberValue::Integer(found)) if found.unsigned_abs() < EXACT => {
                    Some(found == *number)
                }
                _ => None,
            },
            Self::Unknown => None,
        }
    }
}

/// What is at the end of a path, `null` if it leads nowhere; `None` if it leads through a wide object.
fn find<'a>(context: &DataValue<'a>, path: &[Box<str>]) -> Option<DataValue<'a>> {
    let mut value = *context;
    for segment in path {
        let DataValue::Object(entries) = value else {
            return Some(DataValue::Null);
        };
        if entries.len() >= WIDE {
            return None;
        }
        match entries.iter().find(|(name, _)| *name == &**segment) {
            Some((_, child)) => value = *child,
            None => return Some(DataValue::Null),
        }
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use datalogic_rs::bumpalo::Bump;
    use datalogic_rs::datavalue::OwnedDataValue;
    use serde_json::json;

    use super::*;

    fn comparison(path: &str, constant: Value) -> Value {
        json!({"==": [{"var": path}, constant]})
    }

    #[track_caller]
    fn decide(condition: &Value, context: &Value) -> Option<bool> {
        let arena = Bump::new();
        let value = OwnedDataValue::from(context).to_arena(&arena);
        let decided = Decision::of(condition).and_then(|decision| decision.decide(&value));
        let engine = contract::logic::engine();
        let logic = engine.compile(condition).expect("it compiles");
        let evaluated = matches!(engine.evaluate(&logic, value, &arena), Ok(DataValue::Bool(true)));
        if let Some(decided) = decided {
            assert_eq!(decided, evaluated, "{condition} on {context}");
        }
        decided
    }

    /// Constants and values of every kind, among them those that are loosely equal without being the same.
    fn values() -> Vec<Value> {
        let text = [
            "",
            "0",
            "1",
            "true",
            "x",
            "X",
            "2024-01-01T00:00:00Z",
            "2024-01-01T01:00:00+01:00",
            "1d",
            "24h",
        ];
        let mut values: Vec<Value> = text.into_iter().map(Value::from).collect();
        values.extend([
            json!(null),
            json!(true),
            json!(false),
            json!(0),
            json!(1),
            json!(1.0),
            json!(0.5),
            json!(-1),
        ]);
        values.extend([
            json!(9_007_199_254_740_993_i64),
            json!(9_007_199_254_740_992_i64),
            json!(i64::MAX),
            json!(i64::MIN),
            json!([]),
            json!(["x"]),
        ]);
        values.extend([
            json!({}),
            json!({"datetime": "2024-01-01T00:00:00Z"}),
            json!({"x": "x"}),
        ]);
        values
    }

    #[test]
    fn what_is_decided_is_what_the_evaluator_says() {
        for constant in values() {
            for value in values() {
                for path in ["a", "a.x", "b", "current", "a.0", ""] {
                    decide(
                        &comparison(path, constant.clone()),
                        &json!({"a": value, "current": value}),
                    );
                }
            }
        }
    }

    #[test]
    fn an_operand_that_is_false_decides_and_one_that_is_unknown_does_not() {
        let context = json!({"a": "x", "b": 200});
        let [yes, no] = [comparison("a", json!("x")), comparison("b", json!(500))];
        let unknown = json!({"/": [1, {"var": "zero"}]});
        assert_eq!(
            decide(&json!({"and": [yes, comparison("b", json!(200))]}), &context),
            Some(true)
        );
        assert_eq!(
            decide(&json!({"and": [yes, {"and": [yes, no]}]}), &context),
            Some(false)
        );
        assert_eq!(decide(&json!({"and": [unknown, no]}), &context), Some(false));
        assert_eq!(decide(&json!({"and": [yes, unknown]}), &context), None);
        assert_eq!(decide(&unknown, &context), None);
        assert_eq!(decide(&comparison("c.d", json!("x")), &context), Some(false));
    }
}
