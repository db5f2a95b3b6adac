//! Conditions that hold or do not hold, and expressions that fail or are wild.

use serde_json::{Map, Value, json};

use super::draft::Draft;
use super::logic::{op, var};
use super::sketch::{Kind, Known};
use crate::generate::values;

/// Every operator there is, with names that are none.
pub(super) const OPERATORS: [&str; 67] = [
    "val",
    "var",
    "==",
    "===",
    "!=",
    "!==",
    ">",
    ">=",
    "<",
    "<=",
    "!",
    "!!",
    "and",
    "or",
    "if",
    "?:",
    "+",
    "-",
    "*",
    "/",
    "%",
    "max",
    "min",
    "cat",
    "substr",
    "in",
    "merge",
    "filter",
    "map",
    "reduce",
    "all",
    "some",
    "none",
    "missing",
    "missing_some",
    "datetime",
    "timestamp",
    "parse_date",
    "format_date",
    "date_diff",
    "length",
    "starts_with",
    "ends_with",
    "upper",
    "lower",
    "trim",
    "split",
    "sort",
    "slice",
    "group_by",
    "distinct",
    "keys",
    "values",
    "entries",
    "exists",
    "??",
    "switch",
    "match",
    "type",
    "try",
    "throw",
    "abs",
    "ceil",
    "floor",
    "sem_ver",
    "fractional",
    "unknown_operator",
];

impl Draft {
    /// What decides whether a workflow, a group or a task runs: mostly it holds.
    pub(super) fn guard(&mut self) -> Value {
        match self.draw.below(100) {
            0..76 => self.condition(true, 2),
            76..86 => self.condition(false, 2),
            86..91 => self.truthy(),
            91..95 => self.failing(),
            95..98 => self.condition_unknown(2),
            _ => self.wild(2),
        }
    }

    /// A condition that may hold.
    pub(super) fn condition_unknown(&mut self, depth: usize) -> Value {
        let inner = depth.saturating_sub(1);
        match self.draw.below(6) {
            0..3 => {
                let operator = *self.draw.pick(&["<", ">", "<=", ">=", "==", "!=", "===", "!=="]);
                let (one, other) = if self.draw.chance(0.6) {
                    (self.number(inner), self.number(inner))
                } else {
                    (self.any(inner), self.any(inner))
                };
                op(operator, vec![one, other])
            }
            3 => self.quantifier(),
            4 => {
                let (one, other) = (self.number(0), self.number(0));
                op("<", vec![one, other, 1000.into()])
            }
            _ => {
                let holds = self.draw.chance(0.5);
                self.condition(holds, inner)
            }
        }
    }

    /// A condition that will give `holds`, if the context is as the sketch says.
    pub(super) fn condition(&mut self, holds: bool, depth: usize) -> Value {
        if depth > 0 && self.draw.chance(0.35) {
            let inner = depth - 1;
            return match self.draw.below(5) {
                0 => op("!", vec![self.condition(!holds, inner)]),
                1 => op("!!", self.condition(holds, inner)),
                2 => {
                    let other = holds || self.draw.chance(0.5);
                    let (one, last) = (self.condition(other, inner), self.condition(holds, inner));
                    op("and", vec![one, last])
                }
                3 => {
                    let other = holds && self.draw.chance(0.5);
                    let (one, last) = (self.condition(other, inner), self.condition(holds, inner));
                    op("or", vec![one, last])
                }
                _ => {
                    let asked = self.condition(holds, 0);
                    op("if", vec![asked, holds.into(), (!holds).into()])
                }
            };
        }
        match self.draw.below(20) {
            0..9 => self.comparison(holds),
            9..11 => self.existence(holds),
            11 => Value::Bool(holds),
            12 => self.about_progress(holds),
            13 => self.about_dates(holds),
            14 => json!({ "===": [{ "length": [1, 2, 3] }, if holds { 3 } else { 4 }] }),
            15 => match self.sketch.path(Kind::Text, &mut self.draw) {
                Some(path) => {
                    let kind = if holds { "string" } else { "array" };
                    json!({ "==": [{ "type": var(path) }, kind] })
                }
                None => holds.into(),
            },
            16..18 if !self.secrets.is_empty() && self.may_read_secrets => {
                let name = *self.draw.pick(&self.secrets);
                let given = if name == "nested.key" { "deep" } else { "s3cr3t" };
                json!({ "==": [{ "secret": name }, if holds { given } else { "guess" }] })
            }
            _ => self.membership(holds),
        }
    }

    fn scalar(&mut self) -> Option<(String, Value)> {
        let certain = |known: &Known| known.kind.is_scalar() && known.value.is_some();
        self.sketch
            .find(&mut self.draw, certain)
            .and_then(|known| Some((known.path.clone(), known.value.clone()?)))
    }

    fn comparison(&mut self, holds: bool) -> Value {
        let Some((path, value)) = self.scalar() else {
            return op(if holds { "<" } else { ">" }, vec![1, 2]);
        };
        let operator = match (&value, holds) {
            (Value::Number(_), true) => *self.draw.pick(&["==", "===", ">=", "<="]),
            (Value::Number(_), false) => *self.draw.pick(&["!=", "!==", ">", "<"]),
            (_, true) => *self.draw.pick(&["==", "==="]),
            (_, false) => *self.draw.pick(&["!=", "!=="]),
        };
        if let Some(number) = value.as_i64()
            && self.draw.chance(0.3)
        {
            // One apart, with arithmetic on the way.
            let (one, other) = if holds { ("<", 1) } else { (">", 1) };
            return op(one, vec![var(path), json!({ "+": [number, other] })]);
        }
        op(operator, vec![var(path), value])
    }

    fn existence(&mut self, holds: bool) -> Value {
        let there = self.sketch.any(&mut self.draw).to_owned();
        let path = if holds { there } else { self.missing_path() };
        match self.draw.below(4) {
            0 => op("exists", path.split('.').map(Value::from).collect::<Vec<_>>()),
            1 => json!({ "!": { "missing": [path] } }),
            2 => json!({ "==": [{ "missing_some": [1, [path]] }, []] }),
            _ => op("!==", vec![var(path), Value::Null]),
        }
    }

    fn about_progress(&mut self, holds: bool) -> Value {
        match self.draw.below(3) {
            0 => {
                let operator = if holds { "<=" } else { ">" };
                json!({ operator: [{ "??": [{ "var": "metadata.progress.status_code" }, 200] }, 299] })
            }
            1 if self.last_task.is_some() => {
                let operator = if holds { "==" } else { "!=" };
                json!({ operator: [{ "var": "metadata.progress.task_id" }, self.last_task] })
            }
            _ => {
                let operator = if holds { "!=" } else { "==" };
                json!({ operator: [{ "val": ["metadata", "progress", "status_code"] }, 500] })
            }
        }
    }

    fn about_dates(&mut self, holds: bool) -> Value {
        let operator = if holds { "<" } else { ">" };
        let (one, other) = ("2024-01-01T00:00:00Z", "2024-06-01T00:00:00+02:00");
        match self.draw.below(3) {
            0 => json!({ operator: [{ "datetime": one }, { "datetime": other }] }),
            1 => json!({ operator: [one, { "now": [] }] }),
            _ => json!({ operator: [{ "timestamp": "1h" }, { "timestamp": "1d" }] }),
        }
    }

    fn membership(&mut self, holds: bool) -> Value {
        let suits = |known: &Known| known.kind.is_a(Kind::Text) && known.value.is_some();
        let Some(known) = self.sketch.find(&mut self.draw, suits) else {
            return json!({ "in": ["a", if holds { ["a", "b"] } else { ["b", "c"] }] });
        };
        let (path, value) = (known.path.clone(), known.value.clone());
        let text = value.as_ref().and_then(Value::as_str).unwrap_or_default();
        let first: String = text.chars().take(usize::from(holds)).collect();
        let part = if holds { first } else { format!("{text}~") };
        match self.draw.below(4) {
            0 => op("starts_with", vec![var(path), part.into()]),
            1 => op("in", vec![part.into(), var(path)]),
            2 => json!({ "in": [var(path), if holds { vec![text, "x"] } else { vec!["~"] }] }),
            _ => json!({ "ends_with": [var(path), if holds { "" } else { "~" }] }),
        }
    }

    /// Something truthy that is not `true`.
    pub(super) fn truthy(&mut self) -> Value {
        match self.draw.below(6) {
            0 => 1.into(),
            1 => "yes".into(),
            2 => json!({ "and": [true, 1] }),
            3 => json!({ "+": [1, 1] }),
            4 => json!([0]),
            _ => self.object(1),
        }
    }

    /// An expression that fails.
    pub(super) fn failing(&mut self) -> Value {
        match self.draw.below(12) {
            0 => json!({ "throw": "stopped" }),
            1 => json!({ "throw": { "type": "refused", "code": 7 } }),
            2 => json!({ "/": [1, 0] }),
            3 => {
                let number = self.number(0);
                op("%", vec![number, 0.into()])
            }
            4 => json!({ "+": ["text", 1] }),
            5 => json!({ "abs": "x" }),
            6 => json!({ "datetime": "no date" }),
            7 => json!({ "parse_date": ["17.08.2026", "yyyy-MM-dd"] }),
            8 => json!({ "*": [{ "var": "data" }, 2] }),
            9 => json!({ "date_diff": ["2024-01-01", "2024-01-02T00:00:00Z", "fortnights"] }),
            10 => {
                let text = self.text(0);
                json!({ "throw": text })
            }
            _ => json!({ "+": [[1], { "throw": "late" }] }),
        }
    }

    /// Any operator with anything.
    pub(super) fn wild(&mut self, depth: usize) -> Value {
        let name = *self.draw.pick(&OPERATORS);
        let inner = depth.saturating_sub(1);
        let one = |draft: &mut Self| match draft.draw.below(6) {
            0 => values::any(&mut draft.draw),
            1 if depth > 0 => draft.wild(inner),
            2 => draft.sketch.any(&mut draft.draw).into(),
            _ => draft.any(inner),
        };
        if matches!(name, "var" | "val") {
            // Never the whole context: that has the clock in it.
            let path = self.missing_path();
            return op(name, vec![path.into(), one(self)]);
        }
        match self.draw.below(8) {
            0 => {
                let given = one(self);
                op(name, given)
            }
            1 => {
                let second = *self.draw.pick(&OPERATORS);
                let (given, other) = (one(self), one(self));
                Value::Object(Map::from_iter([(name.to_owned(), given), (second.to_owned(), other)]))
            }
            _ => {
                let given: Vec<Value> = (0..self.draw.below(4)).map(|_| one(self)).collect();
                op(name, given)
            }
        }
    }
}
