//! Expressions by what they give. They read what the sketch knows, so that most give what they promise.

use serde_json::{Map, Value, json};

use super::draft::Draft;
use super::message::edge;
use super::sketch::Kind;
use crate::generate::{hostile, values};

/// An object of one key: an operator, and what it is given.
pub(super) fn op(name: &str, given: impl Into<Value>) -> Value {
    Value::Object(Map::from_iter([(name.to_owned(), given.into())]))
}

/// An object of these entries. Unlike `json!` it moves the values, which can be large, and does not copy them.
pub(super) fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
    entries
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

pub(super) fn var(path: impl Into<Value>) -> Value {
    op("var", path)
}

impl Draft {
    /// An expression that gives anything.
    pub(super) fn any(&mut self, depth: usize) -> Value {
        if !self.in_loop && self.draw.chance(self.temper.wild) {
            return self.wild(depth);
        }
        match self.draw.below(34) {
            0..9 => self.number(depth),
            9..17 => self.text(depth),
            17..20 => self.list(depth),
            20..24 => self.object(depth),
            24..27 => self.condition_unknown(depth),
            27..31 => var(self.sketch.any(&mut self.draw)),
            31 => self.date(),
            32 => self.null(),
            _ => values::any(&mut self.draw),
        }
    }

    /// An expression that gives a number.
    pub(super) fn number(&mut self, depth: usize) -> Value {
        if depth == 0 || self.draw.chance(0.3) {
            return self.number_leaf();
        }
        let inner = depth - 1;
        match self.draw.below(26) {
            0..7 => {
                let operator = *self.draw.pick(&["+", "-", "*", "+", "-", "*", "/", "%"]);
                let (one, other) = (self.number(inner), self.number(inner));
                op(operator, vec![one, other])
            }
            7 => {
                let operator = *self.draw.pick(&["+", "*", "max", "min"]);
                let numbers: Vec<Value> = (0..self.draw.between(1, 3)).map(|_| self.number(inner)).collect();
                op(operator, numbers)
            }
            8..10 => {
                let operator = *self.draw.pick(&["abs", "ceil", "floor", "-", "+"]);
                let number = self.number(inner);
                op(operator, vec![number])
            }
            10..12 => {
                let measured = if self.draw.chance(0.5) {
                    self.list(inner)
                } else {
                    self.text(inner)
                };
                op("length", measured)
            }
            12..14 => self.sum(),
            14 => self.choice(inner, Self::number),
            15..17 => {
                let missing = self.missing();
                let number = self.number(inner);
                op("??", vec![missing, number])
            }
            17 => {
                let (one, other) = (self.date(), self.date());
                let unit = *self.draw.pick(&["days", "hours", "minutes", "seconds", "milliseconds"]);
                op("date_diff", vec![one, other, unit.into()])
            }
            18 => {
                let path = self.missing_path();
                let number = self.number_leaf();
                var(vec![path.into(), number])
            }
            19 => {
                let (failing, number) = (self.failing(), self.number(inner));
                op("try", vec![failing, number])
            }
            20 => op("+", vec![self.draw.between(0, 99).to_string().into(), json!(1)]),
            21..23 => match self.draw.below(6) {
                0 => json!({ "*": [1500, 0.1] }),
                1 => json!({ "/": [10, 5] }),
                2 => json!({ "*": [0.5, 2] }),
                3 => json!({ "+": [0.5, 0.5] }),
                4 => json!({ "/": [1, 3] }),
                _ => json!({ "-": [0] }),
            },
            23 => match self.draw.below(5) {
                0 => json!({ "+": [i64::MAX, 1] }),
                1 => json!({ "*": [i64::MAX, 2] }),
                2 => json!({ "-": [i64::MIN, 1] }),
                3 => json!({ "+": [(1_i64 << 53), 1.0] }),
                _ => json!({ "abs": i64::MIN }),
            },
            24 => {
                let (one, other) = (self.number_leaf(), self.number_leaf());
                let subject = self.number_leaf();
                op("switch", json!([subject, [[one, 1], [2, other]], 0]))
            }
            _ => edge(self),
        }
    }

    fn number_leaf(&mut self) -> Value {
        match self.draw.below(12) {
            0..7 => match self.sketch.path(Kind::Number, &mut self.draw) {
                Some(path) => var(path),
                None => 7.into(),
            },
            7..10 => Value::from(self.draw.between(0, 40).cast_signed() - 5),
            10 => json!(self.draw.between(0, 80) as f64 / 8.0),
            _ => edge(self),
        }
    }

    /// The sum of a list, or something else that a reduction gives.
    fn sum(&mut self) -> Value {
        if let Some(path) = self.sketch.path(Kind::Rows, &mut self.draw).map(str::to_owned)
            && self.draw.chance(0.6)
        {
            let prices = if self.draw.chance(0.5) {
                op("map", vec![var(path), var("price")])
            } else {
                var(path)
            };
            let current = if prices.get("map").is_some() {
                "current"
            } else {
                "current.price"
            };
            let body = op("+", vec![var("accumulator"), var(current)]);
            return op("reduce", vec![prices, body, 0.into()]);
        }
        let numbers = self.numbers();
        let operator = *self.draw.pick(&["+", "max", "min", "*"]);
        let body = op(operator, vec![var("accumulator"), var("current")]);
        op("reduce", vec![numbers, body, 0.into()])
    }

    fn numbers(&mut self) -> Value {
        match self.sketch.path(Kind::Numbers, &mut self.draw) {
            Some(path) => var(path),
            None => json!([3, 1, 2, 1]),
        }
    }

    /// An expression that gives a text.
    pub(super) fn text(&mut self, depth: usize) -> Value {
        if depth == 0 || self.draw.chance(0.3) {
            return self.text_leaf();
        }
        let inner = depth - 1;
        match self.draw.below(18) {
            0..5 => {
                let parts: Vec<Value> = (0..self.draw.between(1, 3))
                    .map(|_| match self.draw.below(4) {
                        0 => self.number(inner),
                        1 => self.any(inner),
                        _ => self.text(inner),
                    })
                    .collect();
                op("cat", parts)
            }
            5..8 => {
                let text = self.text(inner);
                let start = self.draw.between(0, 6).cast_signed() - 2;
                let mut given = vec![text, start.into()];
                if self.draw.chance(0.6) {
                    given.push((self.draw.between(0, 6).cast_signed() - 2).into());
                }
                op(if self.draw.chance(0.7) { "substr" } else { "slice" }, given)
            }
            8..11 => {
                let operator = *self.draw.pick(&["upper", "lower", "trim"]);
                let text = self.text(inner);
                op(operator, text)
            }
            11..13 => {
                let date = self.date();
                let format = *self
                    .draw
                    .pick(&["yyyy-MM-dd", "dd MMM yyyy HH:mm", "z", "EEEE", "%Y%j"]);
                let mut given = vec![date, format.into()];
                if self.draw.chance(0.3) {
                    given.push((*self.draw.pick(&["Asia/Kolkata", "Europe/Berlin", "Mars/Base"])).into());
                }
                op("format_date", given)
            }
            13 => {
                let any = self.any(inner);
                op("type", any)
            }
            14 => self.choice(inner, Self::text),
            15 => {
                let (missing, text) = (self.missing(), self.text(inner));
                op("??", vec![missing, text])
            }
            16 => {
                let message = self.text_leaf();
                json!({ "try": [{ "throw": message }, { "cat": ["caught ", { "var": "type" }] }] })
            }
            _ => {
                let subject = self.text_leaf();
                let operator = *self.draw.pick(&["switch", "match"]);
                op(
                    operator,
                    json!([subject, [["paid", "done"], ["north", { "cat": ["n", 1] }]], "other"]),
                )
            }
        }
    }

    fn text_leaf(&mut self) -> Value {
        match self.draw.below(10) {
            0..6 => match self.sketch.path(Kind::Text, &mut self.draw) {
                Some(path) => var(path),
                None => "text".into(),
            },
            6..9 => (*self.draw.pick(&["ok", "paid", "Größe", " padded ", "a,b,c", ""])).into(),
            _ if self.temper.hostile => hostile::text(&mut self.draw).into(),
            _ => values::scalar(&mut self.draw),
        }
    }

    /// An expression that gives a date, most of the time.
    pub(super) fn date(&mut self) -> Value {
        match self.draw.below(9) {
            0..3 => match self.sketch.path(Kind::Date, &mut self.draw) {
                Some(path) => var(path),
                None => super::texts::date(&mut self.draw).into(),
            },
            3 => json!({ "parse_date": ["2026-08-17 09:30", "yyyy-MM-dd HH:mm"] }),
            4 => json!({ "parse_date": ["2026-08-17 09:30", "yyyy-MM-dd HH:mm", "America/New_York"] }),
            5 => json!({ "+": [{ "datetime": "2024-02-28T00:00:00Z" }, { "timestamp": "1d:2h:0m:0s" }] }),
            6 => json!({ "-": [{ "datetime": "2024-02-28T00:00:00Z" }, { "datetime": "2024-01-01T00:00:00Z" }] }),
            7 => json!({ "now": [] }),
            _ => op("datetime", super::texts::date(&mut self.draw)),
        }
    }

    /// An expression that gives a list.
    pub(super) fn list(&mut self, depth: usize) -> Value {
        if depth == 0 || self.draw.chance(0.25) {
            return match self.sketch.path(Kind::List, &mut self.draw) {
                Some(path) if self.draw.chance(0.8) => var(path),
                _ => values::list(&mut self.draw),
            };
        }
        let inner = depth - 1;
        match self.draw.below(17) {
            0..3 => {
                let (list, body) = self.list_and_body(inner);
                op("map", vec![list, body])
            }
            3..5 => {
                let (list, body) = self.list_and_predicate(inner);
                op("filter", vec![list, body])
            }
            5..7 => {
                let (one, other) = (self.list(inner), self.any(inner));
                op("merge", vec![one, other])
            }
            7..9 => {
                let mut given = vec![self.list(inner)];
                if self.draw.chance(0.5) {
                    given.push(self.draw.chance(0.5).into());
                    if self.draw.chance(0.5) {
                        given.push(json!({ "var": "price" }));
                    }
                }
                op("sort", given)
            }
            9 => {
                let list = self.list(inner);
                let (start, end) = (self.draw.below(3), self.draw.between(0, 5).cast_signed() - 2);
                let step = self.draw.between(0, 4).cast_signed() - 2;
                op("slice", json!([list, start, end, step]))
            }
            10 => {
                let list = self.list(inner);
                op("distinct", vec![list])
            }
            11 => {
                let list = self.list(inner);
                op("group_by", vec![list, var("name")])
            }
            12..14 => {
                let object = self.object(inner);
                let operator = *self.draw.pick(&["keys", "values", "entries"]);
                op(operator, object)
            }
            14 => {
                let text = self.text(inner);
                op("split", vec![text, ",".into()])
            }
            15 => {
                let (there, missing) = (self.sketch.any(&mut self.draw).to_owned(), self.missing_path());
                if self.draw.chance(0.5) {
                    op("missing", vec![there, missing])
                } else {
                    json!({ "missing_some": [1, [missing, "nor.this"]] })
                }
            }
            _ => {
                let (one, other) = (self.any(inner), self.any(inner));
                vec![one, other].into()
            }
        }
    }

    fn list_and_body(&mut self, inner: usize) -> (Value, Value) {
        if self.draw.chance(0.5) {
            let body = match self.draw.below(6) {
                0 => json!({ "*": [{ "var": "" }, 2] }),
                1 => json!({ "val": [[1], "index"] }),
                2 => json!({ "val": [[-1], "index"] }),
                3 => json!({ "+": [{ "var": "" }, { "val": [[2], "data", "n"] }] }),
                4 => json!({ "cat": ["#", { "var": "" }] }),
                _ => json!({ "value": { "var": "" }, "twice": { "*": [2, { "var": "" }] } }),
            };
            return (self.numbers(), body);
        }
        let list = match self.sketch.path(Kind::Rows, &mut self.draw) {
            Some(path) => var(path),
            None => self.list(inner),
        };
        let body = match self.draw.below(4) {
            0 => json!({ "var": "name" }),
            1 => json!({ "*": [{ "var": "price" }, 1.5] }),
            2 => json!({ "id": { "var": "id" }, "label": { "cat": [{ "var": "name" }, "!"] } }),
            _ => json!({ "if": [{ ">": [{ "var": "price" }, 10] }, "dear", { "var": "id" }] }),
        };
        (list, body)
    }

    fn list_and_predicate(&mut self, inner: usize) -> (Value, Value) {
        if self.draw.chance(0.5) {
            let bound = self.draw.between(0, 20).cast_signed() - 5;
            let operator = *self.draw.pick(&[">", "<", ">=", "!=", "==="]);
            return (self.numbers(), op(operator, json!([{ "var": "" }, bound])));
        }
        let list = match self.sketch.path(Kind::Rows, &mut self.draw) {
            Some(path) => var(path),
            None => self.list(inner),
        };
        let predicate = match self.draw.below(4) {
            0 => json!({ ">=": [{ "var": "price" }, 10] }),
            1 => json!({ "var": "name" }),
            2 => json!({ "and": [{ "!==": [{ "var": "name" }, ""] }, { "<": [{ "var": "id" }, 2] }] }),
            _ => json!({ "in": [{ "var": "name" }, ["Ada", "paid"]] }),
        };
        (list, predicate)
    }

    /// What asks whether all, some or none of a list are so.
    pub(super) fn quantifier(&mut self) -> Value {
        let (list, predicate) = self.list_and_predicate(0);
        let operator = *self.draw.pick(&["all", "some", "none"]);
        op(operator, vec![list, predicate])
    }

    /// An expression that gives an object.
    pub(super) fn object(&mut self, depth: usize) -> Value {
        if depth == 0 || self.draw.chance(0.2) {
            if !self.in_loop && self.draw.chance(0.06) {
                // Not `metadata`: it holds the clock and the engine's version, which no two engines share.
                return var("temp_data");
            }
            return match self.sketch.path(Kind::Object, &mut self.draw) {
                Some(path) => var(path),
                None => json!({ "literal": 1, "second": 2 }),
            };
        }
        let inner = depth - 1;
        match self.draw.below(10) {
            0..5 => {
                let mut template = Map::new();
                let keys = [
                    "id", "state", "zip", "a b", "$var", "$$price", "0", "total", "größe", "b",
                ];
                for _ in 0..self.draw.between(2, 4) {
                    let key = *self.draw.pick(&keys);
                    let value = self.any(inner);
                    template.insert(key.to_owned(), value);
                }
                Value::Object(template)
            }
            5..7 => {
                let value = self.any(inner);
                let operator = *self.draw.pick(&["wrapped", "LENGTH", "total", "größe", "unset"]);
                op(operator, value)
            }
            7..9 => {
                let value = self.any(inner);
                let operator = *self.draw.pick(&["$var", "$length", "$+", "$$x", "$now", "$"]);
                op(operator, value)
            }
            _ => self.choice(inner, Self::object),
        }
    }

    /// One of two expressions, by a condition.
    fn choice(&mut self, inner: usize, branch: fn(&mut Self, usize) -> Value) -> Value {
        let holds = self.draw.chance(0.7);
        let condition = self.condition(holds, inner.min(1));
        let (one, other) = (branch(self, inner), branch(self, inner));
        op(
            if self.draw.chance(0.8) { "if" } else { "?:" },
            vec![condition, one, other],
        )
    }

    /// An expression that gives `null`.
    pub(super) fn null(&mut self) -> Value {
        match self.draw.below(5) {
            0..3 => self.missing(),
            3 => Value::Null,
            _ => json!({ "if": [false, 1] }),
        }
    }

    fn missing(&mut self) -> Value {
        let path = self.missing_path();
        var(path)
    }

    /// A path where nothing is.
    pub(super) fn missing_path(&mut self) -> String {
        match self.draw.below(4) {
            0 => "data.missing".to_owned(),
            1 => "nowhere.at.all".to_owned(),
            2 => format!("{}.deeper", self.sketch.any(&mut self.draw)),
            _ => "data.items.99.price".to_owned(),
        }
    }
}
