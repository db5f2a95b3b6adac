//! What the definitions do with each path they read: what is put there has to fit it, or few branches are ever taken.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::expression::{Scope, is_constant, operation};
use super::super::plan::{Plan, Task, Work};

/// How a path is used.
#[derive(Default)]
pub(super) struct Use {
    /// What it is compared with.
    pub(super) constants: Vec<Value>,
    /// The lengths it is measured against.
    pub(super) lengths: Vec<u64>,
    pub(super) is_number: bool,
    pub(super) is_text: bool,
    pub(super) is_date: bool,
    pub(super) is_list: bool,
}

/// How each path is used, by the path with `*` for the places of lists.
#[derive(Default)]
pub(super) struct Survey {
    uses: BTreeMap<String, Use>,
}

/// The constants that are kept of one path.
const MOST_CONSTANTS: usize = 16;

impl Survey {
    pub(super) fn of(plan: &Plan) -> Self {
        let mut survey = Self::default();
        for workflow in &plan.workflows {
            survey.walk_all(&workflow.condition, Scope::Root);
            workflow.tasks.iter().for_each(|task| survey.task(task));
        }
        survey
    }

    fn task(&mut self, task: &Task) {
        self.walk_all(&task.conditions, Scope::Root);
        match &task.work {
            Work::Map(mappings) => mappings
                .iter()
                .for_each(|mapping| self.walk(&mapping.logic, Scope::Root)),
            Work::Rules(rules) => self.walk_all(rules, Scope::Root),
            Work::Filter(logic) | Work::Log(logic) | Work::Handler(logic) => self.walk(logic, Scope::Root),
            Work::Parse { .. } => {}
            Work::Publish { source } => {
                self.use_of(format!("data.{source}"));
            }
        }
    }

    /// How `path` is used, if it is read at all.
    pub(super) fn get(&self, path: &str) -> Option<&Use> {
        self.uses.get(&normal(path))
    }

    /// The rests of the paths below `path` that are read, up to `most` of them; places of lists as `*`.
    pub(super) fn below(&self, path: &str, most: usize) -> Vec<&str> {
        let start = normal(path) + ".";
        self.uses
            .range(start.clone()..)
            .map_while(|(path, _)| path.strip_prefix(&start))
            .take(most)
            .collect()
    }

    fn use_of(&mut self, path: String) -> &mut Use {
        self.uses.entry(normal(&path)).or_default()
    }

    fn note(&mut self, logic: &Value, scope: Scope<'_>, change: impl FnOnce(&mut Use)) {
        if let Some(path) = scope.path_of(logic) {
            change(self.use_of(path));
        }
    }

    fn walk_all<'a>(&mut self, many: impl IntoIterator<Item = &'a Value>, scope: Scope<'_>) {
        for logic in many {
            self.walk(logic, scope);
        }
    }

    fn walk(&mut self, logic: &Value, scope: Scope<'_>) {
        let Some((name, arguments)) = operation(logic) else {
            match logic {
                Value::Array(items) => self.walk_all(items, scope),
                Value::Object(entries) => self.walk_all(entries.values(), scope),
                _ => {}
            }
            return;
        };
        match (name, arguments) {
            ("var" | "val", [_, defaults @ ..]) => {
                self.note(logic, scope, |_| {});
                return self.walk_all(defaults, scope);
            }
            ("exists", _) => {
                let path = super::super::expression::read(name, arguments).and_then(|read| scope.absolute(read));
                if let Some(path) = path {
                    self.use_of(path);
                }
                return;
            }
            ("map" | "filter" | "some" | "all" | "none" | "reduce" | "sort" | "group_by", [list, inner @ ..]) => {
                self.walk(list, scope);
                let Some(path) = scope.list_of(list) else {
                    return self.walk_all(inner, Scope::Nowhere);
                };
                self.use_of(path.clone()).is_list = true;
                let item = format!("{path}.*");
                let scope = if name == "reduce" {
                    Scope::Current(&item)
                } else {
                    Scope::Item(&item)
                };
                return self.walk_all(inner.first(), scope);
            }
            ("==" | "===" | "!=" | "!==", [one, other, ..]) => {
                self.compared(one, other, scope);
                self.compared(other, one, scope);
            }
            ("<" | "<=" | ">" | ">=", _) => {
                for pair in arguments.windows(2) {
                    self.ordered(&pair[0], &pair[1], scope);
                    self.ordered(&pair[1], &pair[0], scope);
                }
            }
            ("in", [needle, Value::Array(choices)]) if choices.iter().all(is_constant) => {
                self.note(needle, scope, |use_of| use_of.extend(choices));
            }
            ("in", [needle, list]) if is_constant(needle) => self.note(list, scope, |use_of| use_of.is_text = true),
            ("+" | "-" | "*" | "/" | "%" | "max" | "min" | "abs" | "ceil" | "floor", _) => {
                for argument in arguments {
                    self.note(argument, scope, |use_of| use_of.is_number = true);
                }
            }
            ("substr" | "upper" | "lower" | "trim" | "split" | "starts_with" | "ends_with", [text, ..]) => {
                self.note(text, scope, |use_of| use_of.is_text = true);
            }
            ("format_date" | "parse_date" | "datetime" | "timestamp" | "date_diff", _) => {
                for argument in arguments {
                    self.note(argument, scope, |use_of| use_of.is_date = true);
                }
            }
            _ => {}
        }
        self.walk_all(arguments, scope);
    }

    fn compared(&mut self, read: &Value, constant: &Value, scope: Scope<'_>) {
        if is_constant(constant) && !constant.is_null() {
            self.note(read, scope, |use_of| use_of.extend([constant]));
        }
    }

    fn ordered(&mut self, read: &Value, bound: &Value, scope: Scope<'_>) {
        if !is_constant(bound) {
            return;
        }
        match operation(read) {
            Some(("length", [measured, ..])) => {
                let bound = bound.as_u64();
                self.note(measured, scope, |use_of| use_of.lengths.extend(bound));
            }
            _ => self.note(read, scope, |use_of| {
                use_of.is_number |= bound.is_number();
                use_of.extend([bound]);
            }),
        }
    }
}

impl Use {
    fn extend<'a>(&mut self, constants: impl IntoIterator<Item = &'a Value>) {
        for constant in constants {
            if self.constants.len() < MOST_CONSTANTS && !self.constants.contains(constant) {
                self.constants.push(constant.clone());
            }
        }
    }
}

/// The path with `*` for the places of lists.
fn normal(path: &str) -> String {
    let is_place = |segment: &str| !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit());
    if !path.split('.').any(is_place) {
        return path.to_owned();
    }
    let segments: Vec<&str> = path
        .split('.')
        .map(|segment| if is_place(segment) { "*" } else { segment })
        .collect();
    segments.join(".")
}
