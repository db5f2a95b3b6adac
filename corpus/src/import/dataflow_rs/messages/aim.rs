//! Solves an expression for the value it is to give, by what it reads.
//!
//! A goal is met by putting values at the paths that the expression reads; where a mapping is to have written there before,
//! the goal is passed on to the mapping's expression. It is not complete, and need not be: what it cannot do, it fills.

use serde_json::Value;

use super::super::expression::{Scope, is_constant, is_truthy, operation, read};
use super::draft::Draft;
use super::{known, values};

/// What an expression is to give.
#[derive(Clone, Copy)]
pub(super) enum Goal<'g> {
    Truthy,
    Falsy,
    Is(&'g Value),
}

pub(super) const TRUE: Goal<'static> = Goal::Is(&Value::Bool(true));

/// How many expressions deep a goal is passed on.
const DEEPEST: u8 = 24;

impl Goal<'_> {
    pub(super) const fn of(wanted: bool) -> Self {
        if wanted { Goal::Truthy } else { Goal::Falsy }
    }

    fn is_met_by(self, value: &Value) -> bool {
        match self {
            Self::Truthy => is_truthy(value),
            Self::Falsy => !is_truthy(value),
            Self::Is(wanted) => wanted == value || known::equal(wanted, value) == Some(true),
        }
    }

    /// The truth that is wanted of an operator that gives `true` or `false`; `None` if no such will do.
    fn truth(self) -> Option<bool> {
        match self {
            Self::Truthy => Some(true),
            Self::Falsy => Some(false),
            Self::Is(value) => value.as_bool(),
        }
    }
}

impl<'a> Draft<'a> {
    /// Makes `logic` give what `goal` says; whether it is likely to.
    pub(super) fn aim(&mut self, logic: &'a Value, goal: Goal<'_>, scope: Scope<'_>) -> bool {
        self.aim_within(logic, goal, scope, DEEPEST)
    }

    pub(super) fn aim_within(&mut self, logic: &'a Value, goal: Goal<'_>, scope: Scope<'_>, left: u8) -> bool {
        let Some(left) = left.checked_sub(1) else {
            return false;
        };
        if is_constant(logic) {
            return goal.is_met_by(logic);
        }
        let Some((name, arguments)) = operation(logic) else {
            self.fill(logic, scope);
            return matches!(goal, Goal::Truthy);
        };
        if self.holds(logic, goal, scope) {
            return true;
        }
        match (name, arguments) {
            ("var" | "val", _) => self.aim_path(logic, goal, scope, left),
            ("and" | "or", [_, ..]) => self.aim_junction(name == "and", arguments, goal, scope, left),
            ("if" | "?:", [_, _, ..]) => self.aim_branch(arguments, goal, scope, left),
            ("??", [first, ..]) => self.aim_within(first, goal, scope, left),
            ("upper" | "lower" | "trim" | "+" | "abs" | "ceil" | "floor" | "merge", [only]) => {
                self.aim_within(only, goal, scope, left)
            }
            ("cat", _) => self.aim_text(arguments, goal, scope, left),
            ("substr", [text, start, ..]) => match goal {
                Goal::Is(Value::String(wanted)) if start.as_u64().is_some_and(|start| start < 100) => {
                    let pad = values::text_of(&mut self.draw, start.as_u64().unwrap_or(0) as usize);
                    let whole = Value::String(pad + wanted);
                    self.aim_within(text, Goal::Is(&whole), scope, left)
                }
                Goal::Is(Value::Null) => self.aim_within(text, Goal::Falsy, scope, left),
                Goal::Is(_) => false,
                goal => self.aim_within(text, goal, scope, left),
            },
            ("length", [measured]) => match goal {
                Goal::Is(length) => self.aim_length(measured, length.as_u64(), scope, left),
                goal => self.aim_within(measured, goal, scope, left),
            },
            ("filter" | "map" | "slice" | "sort", [list, ..]) => match goal.truth() {
                Some(true) => self.aim_items(name, arguments, true, scope, left),
                Some(false) => self.aim_within(list, Goal::Falsy, scope, left),
                None => false,
            },
            _ => goal
                .truth()
                .is_some_and(|wanted| self.aim_truth(name, arguments, wanted, scope, left)),
        }
    }

    /// An operator that gives `true` or `false`.
    fn aim_truth(&mut self, name: &str, arguments: &'a [Value], wanted: bool, scope: Scope<'_>, left: u8) -> bool {
        match (name, arguments) {
            ("!", [only]) => self.aim_within(only, Goal::of(!wanted), scope, left),
            ("!!", [only]) => self.aim_within(only, Goal::of(wanted), scope, left),
            ("==" | "===", [one, other]) => self.aim_equal(one, other, wanted, scope, left),
            ("!=" | "!==", [one, other]) => self.aim_equal(one, other, !wanted, scope, left),
            ("<" | "<=" | ">" | ">=", [one, other]) => self.aim_order(name, one, other, wanted, scope, left),
            ("in", [needle, list]) => self.aim_member(needle, list, wanted, scope, left),
            ("starts_with" | "ends_with", [text, Value::String(part)]) => {
                let length = self.draw.below(12);
                let more = values::text_of(&mut self.draw, length);
                let whole = match (wanted, name) {
                    (false, _) => values::text_of(&mut self.draw, 9).to_lowercase(),
                    (true, "starts_with") => format!("{part}{more}"),
                    (true, _) => format!("{more}{part}"),
                };
                self.aim_within(text, Goal::Is(&Value::String(whole)), scope, left)
            }
            ("exists", _) => {
                let Some(path) = read(name, arguments).and_then(|read| scope.absolute(read)) else {
                    return false;
                };
                if wanted {
                    self.put_truthy(&path);
                } else {
                    self.remove(&path);
                }
                true
            }
            ("missing", _) => {
                for path in arguments.iter().filter_map(Value::as_str) {
                    if wanted {
                        self.remove(path);
                    } else {
                        self.put_truthy(path);
                    }
                }
                true
            }
            ("some" | "all" | "none", [_, _]) => self.aim_items(name, arguments, wanted, scope, left),
            _ => {
                self.fill_all(arguments, scope);
                false
            }
        }
    }

    pub(super) fn holds(&self, logic: &Value, goal: Goal<'_>, scope: Scope<'_>) -> bool {
        // What is written before is not in the document yet.
        !self.reads_written(logic, scope)
            && known::value(&self.context, logic, scope).is_some_and(|value| goal.is_met_by(&value))
    }

    fn reads_written(&self, logic: &Value, scope: Scope<'_>) -> bool {
        if self.written.is_empty() || is_constant(logic) {
            return false;
        }
        match operation(logic) {
            Some(("var" | "val", _)) => scope.path_of(logic).is_some_and(|path| self.writer(&path).is_some()),
            Some((_, arguments)) => arguments.iter().any(|argument| self.reads_written(argument, scope)),
            None => true,
        }
    }

    fn aim_path(&mut self, logic: &'a Value, goal: Goal<'_>, scope: Scope<'_>, left: u8) -> bool {
        let Some(path) = scope.path_of(logic) else {
            return false;
        };
        self.aim_at(&path, goal, left);
        true
    }

    /// Makes what stands at `path` by then meet `goal`.
    fn aim_at(&mut self, path: &str, goal: Goal<'_>, left: u8) {
        if let Some((writer, rest)) = self.writer(path) {
            let Some(left) = left.checked_sub(1) else {
                return;
            };
            if rest.is_empty() {
                // Only what is written before that mapping counts for it, but the others are left in: a loop ends by depth.
                if self.aim_within(writer, goal, Scope::Root, left.min(10)) {
                    return;
                }
                // Then it is to write nothing, and what is there stays.
                self.aim_within(writer, Goal::Is(&Value::Null), Scope::Root, left.min(10));
            } else if let Some(origin) = Scope::Root.path_of(writer) {
                return self.aim_at(&format!("{origin}.{rest}"), goal, left.min(10));
            } else if matches!(goal, Goal::Truthy) && self.aim_within(writer, goal, Scope::Root, left.min(10)) {
                return;
            }
        }
        match goal {
            Goal::Is(Value::Null) => self.remove(path),
            Goal::Is(value) => self.put(path, value.clone()),
            Goal::Truthy => self.put_truthy(path),
            Goal::Falsy => self.put_falsy(path),
        }
    }

    /// `and` gives its first falsy argument or the last, `or` its first truthy one or the last.
    fn aim_junction(
        &mut self,
        is_and: bool,
        arguments: &'a [Value],
        goal: Goal<'_>,
        scope: Scope<'_>,
        left: u8,
    ) -> bool {
        let last = arguments.len() - 1;
        let wants_truth = match goal {
            Goal::Truthy => true,
            Goal::Falsy => false,
            Goal::Is(value) => is_truthy(value),
        };
        if is_and == wants_truth {
            // Every argument decides.
            let mut done = true;
            for (index, argument) in arguments.iter().enumerate() {
                let goal = if index == last { goal } else { Goal::of(is_and) };
                done &= self.aim_within(argument, goal, scope, left);
            }
            return done;
        }
        // One argument is enough; those before it must not decide.
        let start = self.draw.below(arguments.len());
        for offset in 0..arguments.len() {
            let chosen = (start + offset) % arguments.len();
            if is_constant(&arguments[chosen]) && !goal.is_met_by(&arguments[chosen]) {
                continue;
            }
            if matches!(goal, Goal::Is(_)) {
                for argument in &arguments[..chosen] {
                    self.aim_within(argument, Goal::of(is_and), scope, left);
                }
            }
            if self.aim_within(&arguments[chosen], goal, scope, left) {
                return true;
            }
        }
        false
    }

    fn aim_branch(&mut self, arguments: &'a [Value], goal: Goal<'_>, scope: Scope<'_>, left: u8) -> bool {
        let branches: Vec<&'a [Value]> = arguments.chunks(2).collect();
        let start = self.draw.below(branches.len());
        for offset in 0..branches.len() {
            let chosen = (start + offset) % branches.len();
            let (condition, given) = match branches[chosen] {
                [condition, given] => (Some(condition), given),
                [otherwise] => (None, otherwise),
                _ => continue,
            };
            if is_constant(given) && !goal.is_met_by(given) {
                continue;
            }
            for branch in &branches[..chosen] {
                self.aim_within(&branch[0], Goal::Falsy, scope, left);
            }
            if let Some(condition) = condition {
                self.aim_within(condition, Goal::Truthy, scope, left);
            }
            if self.aim_within(given, goal, scope, left) {
                return true;
            }
        }
        false
    }

    /// A text put together of parts: the first that is not constant takes what the others leave.
    fn aim_text(&mut self, arguments: &'a [Value], goal: Goal<'_>, scope: Scope<'_>, left: u8) -> bool {
        let Goal::Is(Value::String(wanted)) = goal else {
            self.fill_all(arguments, scope);
            return matches!(goal, Goal::Truthy);
        };
        let Some(place) = arguments.iter().position(|argument| !is_constant(argument)) else {
            return false;
        };
        let text = |part: &[Value]| -> String { part.iter().filter_map(Value::as_str).collect() };
        let (before, after) = (text(&arguments[..place]), text(&arguments[place + 1..]));
        let rest = wanted
            .strip_prefix(&*before)
            .and_then(|rest| rest.strip_suffix(&*after));
        rest.is_some_and(|rest| self.aim_within(&arguments[place], Goal::Is(&rest.into()), scope, left))
    }

    pub(super) fn fill_all(&mut self, many: &'a [Value], scope: Scope<'_>) {
        for logic in many {
            self.fill(logic, scope);
        }
    }
}
