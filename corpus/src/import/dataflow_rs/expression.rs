//! JSONLogic, read as far as messages that aim at a condition need it.

use serde_json::Value;

/// Every operator of dataflow-rs' JSONLogic: what has another name is data, and so truthy.
const OPERATORS: [&str; 66] = [
    "!",
    "!!",
    "!=",
    "!==",
    "%",
    "*",
    "+",
    "-",
    "/",
    "<",
    "<=",
    "==",
    "===",
    ">",
    ">=",
    "?:",
    "??",
    "abs",
    "all",
    "and",
    "cat",
    "ceil",
    "date_diff",
    "datetime",
    "distinct",
    "ends_with",
    "entries",
    "exists",
    "filter",
    "floor",
    "format_date",
    "fractional",
    "group_by",
    "if",
    "in",
    "keys",
    "length",
    "lower",
    "map",
    "max",
    "merge",
    "min",
    "missing",
    "missing_some",
    "none",
    "now",
    "or",
    "parse_date",
    "reduce",
    "secret",
    "sem_ver",
    "slice",
    "some",
    "sort",
    "split",
    "starts_with",
    "substr",
    "switch",
    "throw",
    "timestamp",
    "trim",
    "try",
    "type",
    "upper",
    "val",
    "var",
];

/// The operator of an expression and its arguments; `None` is data, or an object or list of expressions.
pub(super) fn operation(logic: &Value) -> Option<(&str, &[Value])> {
    let object = logic.as_object().filter(|object| object.len() == 1)?;
    let (name, argument) = object.iter().next()?;
    OPERATORS.binary_search(&name.as_str()).ok()?;
    let arguments = match argument {
        Value::Array(items) => items.as_slice(),
        single => std::slice::from_ref(single),
    };
    Some((name, arguments))
}

/// Whether it stands for itself: no object is in it, and so no expression.
pub(super) fn is_constant(logic: &Value) -> bool {
    match logic {
        Value::Object(_) => false,
        Value::Array(items) => items.iter().all(is_constant),
        _ => true,
    }
}

/// What an expression reads, and from where.
pub(super) enum Read {
    /// From where it stands: the context, or the item at hand.
    Here(String),
    /// From the context, wherever it stands.
    Root(String),
}

/// The dotted path that `var`, `val` or `exists` reads, if it is not computed.
pub(super) fn read(name: &str, arguments: &[Value]) -> Option<Read> {
    let segment = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let joined = |values: &[Value]| -> Option<String> {
        let segments: Option<Vec<String>> = values.iter().map(segment).collect();
        Some(segments?.join("."))
    };
    match (name, arguments) {
        ("var", [path, ..]) => segment(path).map(Read::Here),
        ("var" | "val", []) => Some(Read::Here(String::new())),
        ("val", [Value::Array(_), rest @ ..]) => joined(rest).map(Read::Root),
        ("val", _) | ("exists", [_, ..]) => joined(arguments).map(Read::Here),
        _ => None,
    }
}

/// Where an expression stands: what its paths begin at.
#[derive(Clone, Copy)]
pub(super) enum Scope<'a> {
    /// At the context.
    Root,
    /// At an item of a list: the item's path.
    Item(&'a str),
    /// At an item within `reduce`, which calls it `current`.
    Current(&'a str),
    /// At an item of a list that is itself computed.
    Nowhere,
}

impl Scope<'_> {
    /// The path from the context's root; `None` if it is the whole context, or nothing that a message could hold.
    pub(super) fn absolute(self, read: Read) -> Option<String> {
        let below = |item: &str, path: &str| {
            if path.is_empty() {
                item.to_owned()
            } else {
                format!("{item}.{path}")
            }
        };
        match (read, self) {
            (Read::Root(path), _) | (Read::Here(path), Scope::Root) => Some(path).filter(|path| !path.is_empty()),
            (Read::Here(path), Scope::Item(item)) => Some(below(item, &path)),
            (Read::Here(path), Scope::Current(item)) => {
                let rest = path.strip_prefix("current")?;
                Some(below(item, rest.trim_start_matches('.')))
            }
            (Read::Here(_), Scope::Nowhere) => None,
        }
    }

    /// The absolute path that an expression is, if it is one.
    pub(super) fn path_of(self, logic: &Value) -> Option<String> {
        let (name, arguments) = operation(logic)?;
        self.absolute(read(name, arguments).filter(|_| name != "exists")?)
    }

    /// The path of the list that an expression takes its items from.
    pub(super) fn list_of(self, logic: &Value) -> Option<String> {
        let (name, arguments) = operation(logic)?;
        match name {
            "var" | "val" => self.path_of(logic),
            "filter" | "map" | "slice" | "sort" | "distinct" => self.list_of(arguments.first()?),
            "if" | "?:" | "??" | "or" | "and" | "merge" => arguments.iter().find_map(|argument| self.list_of(argument)),
            _ => None,
        }
    }
}

/// Whether a value counts as true.
pub(super) fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(entries) => !entries.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_operators_are_sorted_for_the_search() {
        assert!(OPERATORS.is_sorted());
    }

    #[test]
    fn a_name_that_is_no_operator_is_data() {
        assert!(operation(&json!({"not": [true]})).is_none());
        assert!(operation(&json!({"var": "a", "val": "b"})).is_none());
        assert_eq!(operation(&json!({"!": true})), Some(("!", &[json!(true)][..])));
    }

    #[test]
    fn a_path_is_read_from_where_it_stands() {
        let item = Scope::Item("data.list.0");
        for (logic, scope, path) in [
            (json!({"var": "data.a"}), Scope::Root, Some("data.a")),
            (json!({"var": ["data.a", 1]}), Scope::Root, Some("data.a")),
            (json!({"val": ["data", "b", 0]}), Scope::Root, Some("data.b.0")),
            (json!({"var": ""}), Scope::Root, None),
            (json!({"var": ""}), item, Some("data.list.0")),
            (json!({"var": "x"}), item, Some("data.list.0.x")),
            (json!({"val": [[-2], "data", "y"]}), item, Some("data.y")),
            (json!({"var": "current.x"}), Scope::Current("l.0"), Some("l.0.x")),
            (json!({"var": "accumulator"}), Scope::Current("l.0"), None),
            (json!({"var": "x"}), Scope::Nowhere, None),
        ] {
            assert_eq!(scope.path_of(&logic).as_deref(), path, "{logic}");
        }
        let list = json!({"slice": [{"filter": [{"var": "data.list"}, true]}, 0, 2]});
        assert_eq!(Scope::Root.list_of(&list).as_deref(), Some("data.list"));
    }
}
