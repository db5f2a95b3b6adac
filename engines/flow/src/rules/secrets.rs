//! What expressions read with `{"secret": name}`, and the evaluator that knows this operator.

use contract::rules::Rules;
use datalogic_rs::bumpalo::Bump;
use datalogic_rs::datavalue::OwnedDataValue;
use datalogic_rs::operator::EvalContext;
use datalogic_rs::{CustomOperator, DataValue, Engine};

use super::error::{Error, Result};

/// The operator's name.
pub(crate) const OPERATOR: &str = "secret";

/// What makes an operator's name a plain key.
pub(crate) const ESCAPE: char = '$';

/// An application's secrets. They do not show in `Debug`.
pub(crate) struct Secrets(OwnedDataValue);

impl Secrets {
    /// The secrets of an application.
    ///
    /// # Errors
    /// If they are no object.
    pub(crate) fn of(rules: &Rules) -> Result<Self> {
        match &rules.secrets {
            None => Ok(Self(OwnedDataValue::Object(Vec::new()))),
            Some(secrets) if secrets.is_object() => Ok(Self(secrets.into())),
            Some(_) => Err(Error::Validation(
                "secrets must be a JSON object of name -> value".to_owned(),
            )),
        }
    }

    /// The secret at a dotted path.
    pub(crate) fn get(&self, path: &str) -> Option<&OwnedDataValue> {
        if path.is_empty() {
            return None;
        }
        path.split('.').try_fold(&self.0, |value, segment| match value {
            OwnedDataValue::Object(entries) => {
                let key = segment.strip_prefix('#').unwrap_or(segment);
                entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
            }
            OwnedDataValue::Array(items) => items.get(segment.parse::<usize>().ok()?),
            _ => None,
        })
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(…)")
    }
}

/// The evaluator: templates, `$` before a key that is no operator, and `secret`.
pub(crate) fn evaluator(secrets: Secrets) -> Engine {
    Engine::builder()
        .with_templating(true)
        .with_template_key_escape(ESCAPE)
        .add_operator(OPERATOR, Operator(secrets))
        .build()
}

struct Operator(Secrets);

impl CustomOperator for Operator {
    fn evaluate<'a>(
        &self,
        arguments: &[&'a DataValue<'a>],
        _context: &mut EvalContext<'_, 'a>,
        arena: &'a Bump,
    ) -> datalogic_rs::Result<&'a DataValue<'a>> {
        let refuse = datalogic_rs::Error::invalid_arguments;
        let name = match arguments {
            [DataValue::String("")] => return Err(refuse("secret: the key must not be empty")),
            [DataValue::String(name)] => *name,
            [_] => return Err(refuse("secret: the key must be a string")),
            _ => {
                let count = arguments.len();
                return Err(datalogic_rs::Error::invalid_arguments(format!(
                    "secret: takes exactly one argument, got {count}"
                )));
            }
        };
        match self.0.get(name) {
            Some(value) => Ok(arena.alloc(value.to_arena(arena))),
            None => Err(datalogic_rs::Error::variable_not_found(format!(
                "secret '{name}' is not declared"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn secrets() -> Secrets {
        let rules = Rules {
            secrets: Some(json!({"api": {"token": "t", "ports": [80, 443], "7": 7}, "none": null})),
            ..Rules::default()
        };
        Secrets::of(&rules).expect("an object")
    }

    fn read(argument: &Value) -> std::result::Result<String, String> {
        let evaluator = evaluator(secrets());
        let logic = evaluator.compile(&json!({"secret": argument})).expect("an expression");
        let arena = Bump::new();
        let context = OwnedDataValue::from(&json!({"name": "api.token"}));
        match evaluator.evaluate(&logic, &context, &arena) {
            Ok(value) => Ok(value.to_json_string()),
            Err(error) => Err(error.to_string()),
        }
    }

    #[track_caller]
    fn check(argument: Value, expected: &str) {
        assert_eq!(read(&argument), Ok(expected.to_owned()), "{argument}");
    }

    #[track_caller]
    fn check_refused(argument: Value, words: &str) {
        let words = format!("{words} (in operator: secret)");
        assert_eq!(read(&argument), Err(words), "{argument}");
    }

    #[test]
    fn a_secret_is_read_by_its_dotted_path() {
        check(json!("api.token"), "\"t\"");
        check(json!(["api.ports.1"]), "443");
        check(json!("api.#7"), "7");
        check(json!("none"), "null");
        check(json!({"var": "name"}), "\"t\"");
    }

    #[test]
    fn a_secret_that_is_not_there_is_an_error() {
        check_refused(
            json!("api.ports.#1"),
            "Variable not found: secret 'api.ports.#1' is not declared",
        );
        check_refused(
            json!("api.token.x"),
            "Variable not found: secret 'api.token.x' is not declared",
        );
        check_refused(json!("nobody"), "Variable not found: secret 'nobody' is not declared");
    }

    #[test]
    fn a_secret_has_one_name_which_is_text() {
        check_refused(json!(""), "Invalid arguments: secret: the key must not be empty");
        check_refused(json!(7), "Invalid arguments: secret: the key must be a string");
        check_refused(
            json!([]),
            "Invalid arguments: secret: takes exactly one argument, got 0",
        );
        check_refused(
            json!(["a", "b"]),
            "Invalid arguments: secret: takes exactly one argument, got 2",
        );
    }

    #[test]
    fn secrets_do_not_show() {
        assert_eq!(format!("{:?}", secrets()), "Secrets(…)");
    }
}
