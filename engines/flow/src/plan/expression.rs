//! A condition or template, compiled, with what it reads.
//!
//! Logic sees `{"input": …, "tasks": {id: {"status", "output"}}}`, the template of an item `item` and `index` besides, and that
//! of a compensation `output`. Building all of that for each evaluation would make a
//! workflow of *n* templates cost *n*². So the paths that logic reads are found beforehand where they are written out
//! (`{"var": "tasks.a.output"}`), and only those parts are shown to it. Anything else that could read gets everything.

use std::collections::HashMap;

use datalogic_rs::{Engine, Logic};
use serde_json::Value;

/// Compiled logic and what has to be shown to it.
#[derive(Debug)]
pub(crate) struct Expression {
    pub(crate) logic: Logic,
    pub(crate) reads: Reads,
}

/// What logic may read of its data.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reads {
    Everything,
    Parts(Parts),
}

/// The parts of its data that logic may read, as far as it sees them. `index` costs nothing and is shown in any case.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) input: bool,
    pub(crate) item: bool,
    pub(crate) output: bool,
    /// Ascending, without repetition.
    pub(crate) tasks: Vec<u32>,
}

impl Expression {
    /// `None` if it does not compile.
    pub(super) fn compile(engine: &Engine, source: &Value, index: &HashMap<&str, u32>) -> Option<Box<Self>> {
        let logic = contract::logic::compile(engine, source).ok()?;
        Some(Box::new(Self {
            logic,
            reads: Reads::of(source, index),
        }))
    }
}

impl Reads {
    fn of(source: &Value, index: &HashMap<&str, u32>) -> Self {
        let mut found = Found {
            index,
            parts: Parts::default(),
        };
        if found.visit(source, false).is_none() {
            return Self::Everything;
        }
        let mut parts = found.parts;
        parts.tasks.sort_unstable();
        parts.tasks.dedup();
        Self::Parts(parts)
    }
}

struct Found<'a> {
    index: &'a HashMap<&'a str, u32>,
    parts: Parts,
}

impl Found<'_> {
    /// `None` as soon as what is read cannot be told. `is_inner`: within the body of an iterator, where `{"var": ""}` is the
    /// element and not all data.
    fn visit(&mut self, source: &Value, is_inner: bool) -> Option<()> {
        match source {
            Value::Array(items) => items.iter().try_for_each(|item| self.visit(item, is_inner)),
            Value::Object(entries) => {
                let operation = entries.iter().next().filter(|_| entries.len() == 1);
                match operation {
                    Some((operator, arguments)) => self.visit_operation(operator, arguments, is_inner),
                    None => entries.values().try_for_each(|value| self.visit(value, is_inner)),
                }
            }
            _ => Some(()),
        }
    }

    fn visit_operation(&mut self, operator: &str, arguments: &Value, is_inner: bool) -> Option<()> {
        match (operator, arguments) {
            ("var", Value::Array(arguments)) => {
                let (path, fallback) = arguments.split_first()?;
                self.read(path, is_inner)?;
                fallback.iter().try_for_each(|value| self.visit(value, is_inner))
            }
            ("var", path) => self.read(path, is_inner),
            ("val" | "exists" | "missing" | "missing_some", _) => None,
            ("map" | "filter" | "all" | "some" | "none" | "reduce", Value::Array(arguments)) => {
                let (list, body) = arguments.split_first()?;
                self.visit(list, is_inner)?;
                body.iter().try_for_each(|value| self.visit(value, true))
            }
            _ => self.visit(arguments, is_inner),
        }
    }

    fn read(&mut self, path: &Value, is_inner: bool) -> Option<()> {
        let path = match path {
            Value::String(path) => path,
            // A number is the index into a list, which the data is not.
            Value::Number(_) => return Some(()),
            _ => return None,
        };
        let mut segments = path.split('.');
        match (segments.next(), segments.next()) {
            (Some(""), _) if !is_inner => return None,
            (Some("input"), _) => self.parts.input = true,
            (Some("item"), _) => self.parts.item = true,
            (Some("output"), _) => self.parts.output = true,
            (Some("tasks"), None) => return None,
            (Some("tasks"), Some(id)) => self.parts.tasks.extend(self.index.get(id)),
            _ => {}
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::{Value, json};

    use super::{Parts, Reads};

    fn reads(source: &Value) -> Reads {
        Reads::of(source, &HashMap::from([("a", 0), ("b", 1)]))
    }

    #[track_caller]
    fn check_parts(source: Value, input: bool, tasks: &[u32]) {
        let parts = Parts {
            input,
            tasks: tasks.into(),
            ..Parts::default()
        };
        assert_eq!(reads(&source), Reads::Parts(parts), "{source}");
    }

    #[track_caller]
    fn check_everything(source: Value) {
        assert_eq!(reads(&source), Reads::Everything, "{source}");
    }

    #[test]
    fn a_path_that_is_written_out_is_what_is_read() {
        check_parts(json!({"var": "tasks.b.output.x"}), false, &[1]);
        check_parts(json!({"var": ["tasks.a", {"var": "input"}]}), true, &[0]);
        check_parts(
            json!({"x": {"var": "tasks.b.status"}, "y": [{"+": [{"var": "tasks.a.output"}, 1]}]}),
            false,
            &[0, 1],
        );
        check_parts(
            json!({"map": [{"var": "tasks.a.output"}, {"*": [{"var": ""}, 2]}]}),
            false,
            &[0],
        );
        check_parts(json!({"var": "tasks.nobody"}), false, &[]);
        check_parts(json!("tasks.a"), false, &[]);
    }

    #[test]
    fn what_only_some_templates_see_is_told_apart() {
        let parts = |item, output| {
            Reads::Parts(Parts {
                item,
                output,
                ..Parts::default()
            })
        };
        assert_eq!(reads(&json!({"var": "item.price"})), parts(true, false));
        assert_eq!(reads(&json!({"var": ["output", {"var": "item"}]})), parts(true, true));
        assert_eq!(reads(&json!({"var": "index"})), parts(false, false));
        assert_eq!(reads(&json!({"map": [[1], {"var": "output"}]})), parts(false, true));
    }

    #[test]
    fn a_path_that_is_computed_may_read_anything() {
        check_everything(json!({"var": {"cat": ["tasks.", "a"]}}));
        check_everything(json!({"var": [{"var": "input.path"}]}));
    }

    #[test]
    fn what_takes_all_data_or_all_tasks_reads_everything() {
        check_everything(json!({"var": ""}));
        check_everything(json!({"var": []}));
        check_everything(json!({"x": {"var": "tasks"}}));
        check_everything(json!({"map": [[1], {"val": [[1], "tasks"]}]}));
        check_everything(json!({"missing": ["tasks.a"]}));
    }
}
