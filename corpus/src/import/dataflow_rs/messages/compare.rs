//! Solves comparisons: equality, order, membership, and what holds of the items of a list.

use serde_json::Value;

use super::super::expression::{Scope, is_constant, is_truthy, operation};
use super::aim::Goal;
use super::draft::Draft;
use super::values;

/// The most items that a list is given.
const MOST_ITEMS: usize = 40;

/// The path whose text an expression gives, or a part of it.
fn text_of(logic: &Value, scope: Scope<'_>) -> Option<String> {
    scope.path_of(logic).or_else(|| match operation(logic)? {
        ("substr" | "upper" | "lower" | "trim", [text, ..]) => text_of(text, scope),
        _ => None,
    })
}

impl<'a> Draft<'a> {
    pub(super) fn aim_equal(
        &mut self,
        one: &'a Value,
        other: &'a Value,
        wanted: bool,
        scope: Scope<'_>,
        left: u8,
    ) -> bool {
        let (read, constant) = match (is_constant(one), is_constant(other)) {
            (true, true) => return (one == other) == wanted,
            (false, true) => (one, other),
            (true, false) => (other, one),
            (false, false) => return self.aim_alike(one, other, wanted, scope, left),
        };
        if wanted {
            return self.aim_within(read, Goal::Is(constant), scope, left);
        }
        if !is_truthy(constant) {
            return self.aim_within(read, Goal::Truthy, scope, left);
        }
        let another = self.another(constant, scope.path_of(read));
        self.aim_within(read, Goal::Is(&another), scope, left)
    }

    /// Two expressions that are to give the same, or not.
    fn aim_alike(&mut self, one: &'a Value, other: &'a Value, wanted: bool, scope: Scope<'_>, left: u8) -> bool {
        let Some(path) = text_of(one, scope).or_else(|| text_of(other, scope)) else {
            self.fill(one, scope);
            self.fill(other, scope);
            return false;
        };
        let value = match self.get(&path) {
            Some(value) if !value.is_object() && !value.is_array() => value.clone(),
            _ => self.plausible(&path),
        };
        let beside = if wanted {
            value.clone()
        } else {
            self.another(&value, Some(path))
        };
        self.aim_within(one, Goal::Is(&value), scope, left) && self.aim_within(other, Goal::Is(&beside), scope, left)
    }

    /// A value other than `constant`: another that fits the path, a near one, or nothing.
    fn another(&mut self, constant: &Value, path: Option<String>) -> Value {
        if let Some(path) = path
            && self.draw.chance(0.5)
        {
            let value = values::plausible(&mut self.draw, &path, self.survey.get(&path));
            if value != *constant {
                return value;
            }
        }
        match constant {
            Value::String(text) if !text.is_empty() && self.draw.chance(0.7) => {
                // Of the same length, for whoever looks at a part of it only.
                let mut near = text.clone();
                let last = near.pop();
                near.push(if last == Some('X') { 'Y' } else { 'X' });
                near.into()
            }
            Value::Bool(flag) => (!flag).into(),
            Value::Number(number) => number.as_i64().map_or(Value::Null, |number| (number ^ 1).into()),
            _ => Value::Null,
        }
    }

    pub(super) fn aim_order(
        &mut self,
        operator: &str,
        one: &'a Value,
        other: &'a Value,
        wanted: bool,
        scope: Scope<'_>,
        left: u8,
    ) -> bool {
        let (read, bound, operator) = match (is_constant(one), is_constant(other)) {
            (false, true) => (one, other, operator),
            // Mirrored, so that what is read stands on the left.
            (true, false) => {
                let mirrored = match operator {
                    "<" => ">",
                    "<=" => ">=",
                    ">" => "<",
                    _ => "<=",
                };
                (other, one, mirrored)
            }
            _ => {
                self.fill(one, scope);
                self.fill(other, scope);
                return false;
            }
        };
        let wants_above = operator.starts_with('>') == wanted;
        // The bound itself, where it will do, is where mistakes are.
        let takes_bound = operator.ends_with('=') == wanted && self.draw.chance(0.3);
        let value: Value = match bound {
            Value::Number(number) if takes_bound => number.clone().into(),
            Value::Number(number) => {
                let step = *self.draw.pick(&[1, 1, 2, 10, 1000]);
                match (number.as_i64(), wants_above) {
                    (Some(number), true) => number.saturating_add(step).into(),
                    (Some(number), false) => number.saturating_sub(step).into(),
                    (None, true) => (number.as_f64().unwrap_or(0.0) + step as f64).into(),
                    (None, false) => (number.as_f64().unwrap_or(0.0) - step as f64).into(),
                }
            }
            Value::String(text) if takes_bound => text.clone().into(),
            // Dates as texts are ordered as texts.
            Value::String(text) if wants_above => {
                let mut year = text.clone();
                if text.len() > 4 && text.is_char_boundary(4) && text[..4].parse::<u16>().is_ok() {
                    year.replace_range(..4, "9998");
                } else {
                    year.push('z');
                }
                year.into()
            }
            Value::String(text) if text.len() > 4 && text.is_char_boundary(4) && text[..4].parse::<u16>().is_ok() => {
                format!("1970{}", &text[4..]).into()
            }
            _ => return false,
        };
        // Nothing is shorter than nothing.
        let is_too_short =
            value.as_f64().is_some_and(|value| value < 0.0) && matches!(operation(read), Some(("length", _)));
        let value = if is_too_short { 0.into() } else { value };
        self.aim_within(read, Goal::Is(&value), scope, left)
    }

    pub(super) fn aim_member(
        &mut self,
        needle: &'a Value,
        list: &'a Value,
        wanted: bool,
        scope: Scope<'_>,
        left: u8,
    ) -> bool {
        match list {
            Value::Array(choices) if !choices.is_empty() => {
                let choice = self.draw.below(choices.len());
                match (wanted, is_constant(&choices[choice])) {
                    (true, true) => self.aim_within(needle, Goal::Is(&choices[choice]), scope, left),
                    (true, false) => self.aim_alike(needle, &choices[choice], true, scope, left),
                    (false, _) => {
                        let another = self.another(&choices[choice], None);
                        let is_one = choices.contains(&another);
                        let goal = if is_one { Goal::Falsy } else { Goal::Is(&another) };
                        self.aim_within(needle, goal, scope, left)
                    }
                }
            }
            Value::String(text) if wanted => {
                let first: String = text.chars().take(1).collect();
                self.aim_within(needle, Goal::Is(&first.into()), scope, left)
            }
            Value::String(_) => self.aim_within(needle, Goal::Is(&"\u{b7}".into()), scope, left),
            _ => {
                let part = match needle {
                    Value::String(part) => part.clone(),
                    needle if is_constant(needle) => needle.to_string(),
                    needle => {
                        self.aim_within(needle, Goal::Is(&"A1".into()), scope, left);
                        "A1".to_owned()
                    }
                };
                let length = self.draw.below(8);
                let text = values::text_of(&mut self.draw, length).to_lowercase();
                let is_list = scope
                    .path_of(list)
                    .is_some_and(|path| self.get(&path).is_some_and(Value::is_array));
                let whole: Value = match (wanted, is_list) {
                    (true, true) => vec![part, text].into(),
                    (true, false) => format!("{text}{part}{}", text.to_uppercase()).into(),
                    (false, _) => text.replace(&*part, "").into(),
                };
                self.aim_within(list, Goal::Is(&whole), scope, left)
            }
        }
    }

    pub(super) fn aim_length(&mut self, measured: &'a Value, length: Option<u64>, scope: Scope<'_>, left: u8) -> bool {
        // No longer than a message may sensibly be.
        const LONGEST: u64 = 2_000;
        let Some(length) = length.filter(|length| *length <= LONGEST).map(|length| length as usize) else {
            return false;
        };
        if let Some(path) = scope.path_of(measured) {
            let is_list = self.survey.get(&path).is_some_and(|use_of| use_of.is_list)
                || !self.survey.below(&format!("{path}.*"), 1).is_empty()
                || self.get(&path).is_some_and(Value::is_array);
            if is_list {
                self.put(&path, Value::Array(Vec::new()));
                self.ensure_items(&path, length.min(MOST_ITEMS));
                return length <= MOST_ITEMS;
            }
            let text = values::text_of(&mut self.draw, length);
            return self.aim_within(measured, Goal::Is(&text.into()), scope, left);
        }
        if let Some(path) = scope.list_of(measured) {
            self.ensure_items(&path, length.min(MOST_ITEMS));
        }
        self.aim_within(measured, Goal::of(length > 0), scope, left)
    }

    /// What holds of the items of a list: `some`, `all` and `none`; `filter` and `map` are to give something.
    pub(super) fn aim_items(
        &mut self,
        operator: &str,
        arguments: &'a [Value],
        wanted: bool,
        scope: Scope<'_>,
        left: u8,
    ) -> bool {
        let Some(path) = scope.list_of(&arguments[0]) else {
            self.fill_all(arguments, scope);
            return false;
        };
        let there = self.get(&path).and_then(Value::as_array).map_or(0, Vec::len);
        // What other expressions ask of the items that are there had better stay.
        let more = if operator == "some" && wanted && there < MOST_ITEMS {
            there + 1
        } else {
            self.draw.between(1, 3) as usize
        };
        let count = self.ensure_items(&path, more);
        let Some(predicate) = arguments.get(1).filter(|_| operator != "slice" && operator != "sort") else {
            return true;
        };
        // The list may itself be a filtered one.
        self.fill(&arguments[0], scope);
        let special = if more > there {
            count - 1
        } else {
            self.draw.below(count)
        };
        for place in 0..count.min(MOST_ITEMS) {
            let item = format!("{path}.{place}");
            let goal = match (operator, wanted) {
                ("all", true) | ("none", false) => Goal::Truthy,
                ("some", false) | ("none", true) => Goal::Falsy,
                ("all", false) => Goal::of(place != special),
                _ if place == special => Goal::Truthy,
                _ => {
                    self.fill(predicate, Scope::Item(&item));
                    continue;
                }
            };
            self.aim_within(predicate, goal, Scope::Item(&item), left);
        }
        true
    }
}
