//! Fills what an expression reads, so that its branches are taken both ways.

use serde_json::Value;

use super::super::expression::{Scope, is_constant, operation, read};
use super::aim::Goal;
use super::draft::Draft;

impl<'a> Draft<'a> {
    /// Puts plausible values where `logic` reads, mostly; and takes one branch of each `if`.
    pub(super) fn fill(&mut self, logic: &'a Value, scope: Scope<'_>) {
        if is_constant(logic) {
            return;
        }
        let Some((name, arguments)) = operation(logic) else {
            match logic {
                Value::Array(items) => self.fill_all(items, scope),
                Value::Object(entries) => entries.values().for_each(|entry| self.fill(entry, scope)),
                _ => {}
            }
            return;
        };
        match (name, arguments) {
            ("var" | "val" | "exists", _) => {
                if let Some(path) = read(name, arguments).and_then(|read| scope.absolute(read)) {
                    self.fill_path(&path);
                }
            }
            ("if" | "?:", [_, _, ..]) => self.fill_branch(arguments, scope),
            ("map" | "filter" | "some" | "all" | "none" | "reduce" | "sort" | "group_by", [list, inner @ ..]) => {
                self.fill(list, scope);
                let Some(path) = scope.list_of(list) else {
                    return;
                };
                let Some(inner) = inner.first() else {
                    return;
                };
                let there = self.get(&path).map(|list| list.as_array().map(Vec::len));
                let count = match there {
                    Some(Some(count)) => count,
                    None if self.draw.chance(self.density) => {
                        let count = *self.draw.pick(&[0, 1, 1, 2, 3]);
                        self.ensure_items(&path, count)
                    }
                    _ => return,
                };
                for place in 0..count.min(8) {
                    let item = format!("{path}.{place}");
                    let scope = if name == "reduce" {
                        Scope::Current(&item)
                    } else {
                        Scope::Item(&item)
                    };
                    if name == "filter" && self.draw.chance(0.5) {
                        self.aim(inner, Goal::Truthy, scope);
                    } else {
                        self.fill(inner, scope);
                    }
                }
            }
            _ => self.fill_all(arguments, scope),
        }
    }

    /// Provides what `logic` cannot do without: the length of nothing is an error.
    pub(super) fn provide(&mut self, logic: &'a Value, scope: Scope<'_>) {
        if is_constant(logic) {
            return;
        }
        let Some((name, arguments)) = operation(logic) else {
            match logic {
                Value::Array(items) => items.iter().for_each(|item| self.provide(item, scope)),
                Value::Object(entries) => entries.values().for_each(|entry| self.provide(entry, scope)),
                _ => {}
            }
            return;
        };
        match (name, arguments) {
            ("length", [measured]) => {
                let path = scope.path_of(measured);
                let is_there = path.is_some_and(|path| {
                    matches!(self.get(&path), Some(Value::String(_) | Value::Array(_))) && self.writer(&path).is_none()
                });
                if !is_there {
                    self.aim(measured, Goal::Truthy, scope);
                }
            }
            // What a branch measures, its condition has most often asked for.
            ("if" | "?:", [condition, .., otherwise]) => {
                self.provide(condition, scope);
                self.provide(otherwise, scope);
            }
            ("map" | "filter" | "some" | "all" | "none" | "reduce", [list, ..]) => self.provide(list, scope),
            _ => arguments.iter().for_each(|argument| self.provide(argument, scope)),
        }
    }

    fn fill_branch(&mut self, arguments: &'a [Value], scope: Scope<'_>) {
        let count = arguments.len().div_ceil(2);
        let chosen = self.draw.below(count);
        // The rest of the time, the values that are there decide.
        let decides = self.draw.chance(0.7);
        for (index, branch) in arguments.chunks(2).enumerate().take(chosen + 1) {
            let [condition, _] = branch else {
                self.fill(&branch[0], scope);
                return;
            };
            if decides {
                let goal = if index == chosen { Goal::Truthy } else { Goal::Falsy };
                self.aim(condition, goal, scope);
            }
            self.fill(condition, scope);
        }
        if let Some([_, given]) = arguments.chunks(2).nth(chosen) {
            self.fill(given, scope);
        }
    }
}
