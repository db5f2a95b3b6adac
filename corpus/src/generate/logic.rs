//! Conditions and templates that read the run's input and the outputs of tasks that have certainly ended.
//!
//! The safe ones cannot fail whatever they read, so they compare with `===`: a loose `==` fails on a text and a number.

use serde_json::{Map, Value, json};

use super::draw::Draw;
use super::values;

/// What a task's logic may read.
pub(super) struct Readable<'a> {
    /// The run's input.
    pub(super) input: &'a Value,
    /// Tasks that the reader needs, directly or not: their ids, and what they are going to give.
    pub(super) tasks: Vec<(&'a str, &'a Value)>,
}

impl Readable<'_> {
    /// A place to read from, and what will be there if all goes well.
    fn place(&self, draw: &mut Draw) -> (String, Value) {
        if self.tasks.is_empty() || draw.chance(0.3) {
            let mut path = "input".to_owned();
            let found = values::leaf(self.input, &mut path, draw).clone();
            return (path, found);
        }
        let (id, output) = *draw.pick(&self.tasks);
        if draw.chance(0.2) {
            return (format!("tasks.{id}.status"), Value::from("succeeded"));
        }
        let mut path = format!("tasks.{id}.output");
        let found = values::leaf(output, &mut path, draw).clone();
        (path, found)
    }

    fn number(&self, draw: &mut Draw) -> Option<(String, i64)> {
        (0..4).find_map(|_| {
            let (path, found) = self.place(draw);
            found
                .as_i64()
                .filter(|number| number.unsigned_abs() < 1 << 50)
                .map(|number| (path, number))
        })
    }
}

/// A condition that will be `true`, or will not be, if what it reads is there. It cannot fail.
pub(super) fn condition(readable: &Readable<'_>, holds: bool, draw: &mut Draw) -> Value {
    nested_condition(readable, holds, 2, draw)
}

fn nested_condition(readable: &Readable<'_>, holds: bool, depth: usize, draw: &mut Draw) -> Value {
    let inner = depth.saturating_sub(1);
    match draw.below(if depth == 0 { 6 } else { 10 }) {
        0..5 => comparison(readable, holds, draw),
        5 => Value::Bool(holds),
        6 => json!({ "!": [nested_condition(readable, !holds, inner, draw)] }),
        7 => {
            let other = holds || draw.chance(0.5);
            json!({ "and": [nested_condition(readable, other, inner, draw), nested_condition(readable, holds, inner, draw)] })
        }
        8 => {
            let other = holds && draw.chance(0.5);
            json!({ "or": [nested_condition(readable, other, inner, draw), nested_condition(readable, holds, inner, draw)] })
        }
        _ => {
            let asks = nested_condition(readable, true, inner, draw);
            json!({ "if": [asks, comparison(readable, holds, draw), !holds] })
        }
    }
}

/// Compares something read with what it will be. Only the value `true` passes a `when`, so a truthy one is no condition.
fn comparison(readable: &Readable<'_>, holds: bool, draw: &mut Draw) -> Value {
    let (path, found) = readable.place(draw);
    let read = json!({ "var": path });
    if !holds && draw.chance(0.2) && found != Value::Bool(true) {
        return read;
    }
    if found.is_array() || found.is_object() {
        return json!({ (if holds { "!==" } else { "===" }): [read, null] });
    }
    // A value that no generated one is equal to, of the same type or not.
    let other = if found.is_number() {
        json!(-7_654_321)
    } else {
        json!("some other")
    };
    match (holds, draw.chance(0.3)) {
        (true, false) => json!({ "===": [read, found] }),
        (true, true) => json!({ "!==": [read, other] }),
        (false, false) => json!({ "===": [read, other] }),
        (false, true) => json!({ "!==": [read, found] }),
    }
}

/// A condition whose evaluation may fail, and sometimes does.
pub(super) fn risky_condition(readable: &Readable<'_>, holds: bool, draw: &mut Draw) -> Value {
    if draw.chance(0.35) {
        return json!({ ">": ["a text", 1] });
    }
    match readable.number(draw) {
        Some((path, number)) if draw.chance(0.5) => {
            let limit = if holds { number - 1 } else { number + 1 };
            json!({ ">": [{ "var": path }, limit] })
        }
        Some((path, number)) => json!({ "==": [{ "var": path }, if holds { number } else { number + 1 }] }),
        None => {
            let (path, found) = readable.place(draw);
            json!({ (if holds { "==" } else { "!=" }): [{ "var": path }, found] })
        }
    }
}

/// A template that cannot fail.
pub(super) fn template(readable: &Readable<'_>, draw: &mut Draw) -> Value {
    match draw.below(7) {
        0..2 => json!({ "var": readable.place(draw).0 }),
        2 => json!({ "cat": ["<", { "var": readable.place(draw).0 }, "> ", { "var": readable.place(draw).0 }] }),
        3 => {
            let holds = draw.chance(0.5);
            json!({ "if": [comparison(readable, holds, draw), { "var": readable.place(draw).0 }, "otherwise"] })
        }
        4 => {
            json!([{ "var": readable.place(draw).0 }, values::scalar(draw), { "var": [readable.place(draw).0, "none"] }])
        }
        5 => json!({ "merge": [[values::scalar(draw)], { "var": readable.place(draw).0 }, [1, 2]] }),
        _ => {
            // An object of one key would be taken for an operator.
            let mut fields = Map::new();
            fields.insert("a".to_owned(), json!({ "var": readable.place(draw).0 }));
            fields.insert("b".to_owned(), values::scalar(draw));
            if draw.chance(0.5) {
                fields.insert(
                    "c".to_owned(),
                    json!({ "cat": ["is ", { "var": readable.place(draw).0 }] }),
                );
            }
            Value::Object(fields)
        }
    }
}

/// A template whose evaluation may fail, and sometimes does.
pub(super) fn risky_template(readable: &Readable<'_>, draw: &mut Draw) -> Value {
    if draw.chance(0.4) {
        return if draw.chance(0.5) {
            json!({ "+": ["a text", 1] })
        } else {
            json!({ "throw": "out of stock" })
        };
    }
    match readable.number(draw) {
        Some((path, number)) => {
            let operator = *draw.pick(&["+", "-", "max", "min", "<"]);
            json!({ (operator): [{ "var": path }, number / 2 + 3] })
        }
        None => json!({ "+": [1, draw.between(1, 9), 0.5] }),
    }
}

/// What a template of a `for_each` task's items is.
pub(super) fn item_template(readable: &Readable<'_>, draw: &mut Draw) -> Value {
    match draw.below(4) {
        0 => json!({ "var": "item" }),
        1 => json!({ "cat": [{ "var": "index" }, ":", { "var": "item" }] }),
        2 => json!({ "item": { "var": "item" }, "index": { "var": "index" } }),
        _ => json!([{ "var": "index" }, { "var": readable.place(draw).0 }]),
    }
}

/// A template of a compensation, which sees the task's own output.
pub(super) fn undo_template(readable: &Readable<'_>, draw: &mut Draw) -> Value {
    match draw.below(3) {
        0 => json!({ "var": "output" }),
        1 => json!({ "undo": { "var": "output" }, "of": { "var": readable.place(draw).0 } }),
        _ => json!({ "cat": ["undo ", { "var": "output" }] }),
    }
}
