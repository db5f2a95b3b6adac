//! What is known of the context while a case is drawn: paths, the kinds of what they hold, and the values where those are
//! certain. Expressions that read it meet what they expect, so conditions hold and branches are taken.

use serde_json::Value;

use crate::generate::draw::Draw;

/// What a path holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Flag,
    Number,
    Text,
    /// A text that is a date.
    Date,
    /// A text that is JSON, or nearly.
    Json,
    /// A text that is XML, or nearly.
    Xml,
    /// A list of numbers.
    Numbers,
    /// A list of objects with `id`, `name` and `price`.
    Rows,
    /// Any other list.
    List,
    Object,
    Null,
}

impl Kind {
    /// The kind of `value`.
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Flag,
            Value::Number(_) => Self::Number,
            Value::String(text) if text.trim_start().starts_with('<') => Self::Xml,
            Value::String(text) if text.trim_start().starts_with(['{', '[']) => Self::Json,
            Value::String(text) if text.len() >= 10 && text.as_bytes()[4] == b'-' => Self::Date,
            Value::String(_) => Self::Text,
            Value::Array(items) if items.is_empty() => Self::List,
            Value::Array(items) if items.iter().all(Value::is_number) => Self::Numbers,
            Value::Array(items) if items.iter().all(|item| item.get("price").is_some()) => Self::Rows,
            Value::Array(_) => Self::List,
            Value::Object(_) => Self::Object,
        }
    }

    /// Whether something of this kind serves where `wanted` is asked for.
    pub(super) fn is_a(self, wanted: Self) -> bool {
        self == wanted
            || match wanted {
                Self::Text => matches!(self, Self::Date | Self::Json | Self::Xml),
                Self::List => matches!(self, Self::Numbers | Self::Rows),
                _ => false,
            }
    }

    /// Whether it has no parts.
    pub(super) fn is_scalar(self) -> bool {
        !self.is_a(Self::List) && self != Self::Object && self != Self::Null
    }
}

/// One path, and what it holds.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) path: String,
    pub(super) kind: Kind,
    /// What it holds for certain. Objects are known by their parts.
    pub(super) value: Option<Value>,
}

/// What is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Sketch {
    known: Vec<Known>,
    /// Keys of `data` that have a dot in them.
    pub(super) dotted: Vec<String>,
}

impl Sketch {
    /// Takes in that `path` holds `value`, and what the parts of that are.
    pub(super) fn learn(&mut self, path: &str, value: &Value) {
        self.forget(path);
        self.learn_parts(path, value, 3);
    }

    fn learn_parts(&mut self, path: &str, value: &Value, depth: usize) {
        let kind = Kind::of(value);
        // Not the roots: a mapping that copies what it writes into doubles it, and would do so in each sweep of a loop.
        if path.contains('.') {
            self.known.push(Known {
                path: path.to_owned(),
                kind,
                value: (kind != Kind::Object).then(|| value.clone()),
            });
        }
        if depth == 0 {
            return;
        }
        match value {
            Value::Object(entries) => {
                for (key, part) in entries {
                    if key.contains('.') {
                        if path == "data" {
                            self.dotted.push(key.clone());
                        }
                    } else if !key.is_empty() && !key.starts_with('#') {
                        self.learn_parts(&format!("{path}.{key}"), part, depth - 1);
                    }
                }
            }
            Value::Array(items) => {
                if let Some(first) = items.first() {
                    self.learn_parts(&format!("{path}.0"), first, depth - 1);
                }
            }
            _ => {}
        }
    }

    /// Takes in that `path` holds something of this kind.
    pub(super) fn note(&mut self, path: &str, kind: Kind) {
        self.forget(path);
        self.known.push(Known {
            path: path.to_owned(),
            kind,
            value: None,
        });
    }

    /// Knows nothing of `path` any more.
    pub(super) fn forget(&mut self, path: &str) {
        self.known.retain(|known| !is_within(&known.path, path));
    }

    /// Whether `path` is known, or lies in something that is.
    pub(super) fn holds(&self, path: &str) -> bool {
        self.known.iter().any(|known| is_within(path, &known.path))
    }

    /// One of the paths that `suits`.
    pub(super) fn find(&self, draw: &mut Draw, suits: impl Fn(&Known) -> bool) -> Option<&Known> {
        let count = self.known.iter().filter(|known| suits(known)).count();
        (count > 0).then(|| draw.below(count)).and_then(|place| {
            let mut suitable = self.known.iter().filter(|known| suits(known));
            suitable.nth(place)
        })
    }

    /// A path that holds something of this kind.
    pub(super) fn path(&self, kind: Kind, draw: &mut Draw) -> Option<&str> {
        self.find(draw, |known| known.kind.is_a(kind)).map(|known| &*known.path)
    }

    /// Any path at all.
    pub(super) fn any(&self, draw: &mut Draw) -> &str {
        self.find(draw, |_| true).map_or("data", |known| &known.path)
    }
}

/// Whether `path` is `whole`, or a part of it.
fn is_within(path: &str, whole: &str) -> bool {
    let rest = path.strip_prefix(whole);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
