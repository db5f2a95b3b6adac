//! What there is in a case of rules, as far as that can be told without playing it: each part of its JSON with the keys that
//! lead there, without the names and numbers that are made up.

use std::collections::BTreeSet;

use contract::Definition;
use contract::script::Then;
use serde_json::Value;

use crate::Case;

/// A part of a case: equal for parts that are alike.
pub(super) type Shape = (Group, u64);

/// What a part belongs to. There is far more to the tasks than to all the rest, and no more to be reached by them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    Message,
    /// A workflow, apart from its tasks.
    Workflow,
    Tasks,
    /// What the registered functions reply.
    Replies,
    /// What holds for all workflows.
    Settings,
}

/// A text of more letters than this is no word of the format.
const LONGEST_WORD: usize = 20;

/// The shapes of all there is in a case.
pub(super) fn shapes(case: &Case) -> BTreeSet<Shape> {
    let mut shapes = BTreeSet::new();
    let mut found = Shapes {
        group: Group::Settings,
        shapes: &mut shapes,
    };
    if let Definition::Rules(rules) = &case.definition {
        for entries in rules.workflows.iter().filter_map(Value::as_object) {
            for (key, part) in entries {
                let group = if key == "tasks" { Group::Tasks } else { Group::Workflow };
                found.of(group).add(["workflow", key], part);
            }
        }
        for handler in &rules.handlers {
            found.of(Group::Settings).note(["", "handler"], handler);
        }
        if let Some(context) = &rules.error_context {
            found
                .of(Group::Settings)
                .note(["error_context", "limit"], &format!("{:?}", context.limit));
        }
    }
    found.of(Group::Message).add(["", "message"], &case.input);
    for attempt in case.script.tasks.values().flat_map(|entry| &entry.attempts) {
        let of_replies = found.of(Group::Replies);
        match &attempt.then {
            Then::Returns(reply) => of_replies.add(["", "reply"], reply),
            Then::Fails(error) => of_replies.note(["reply", "fails"], &format!("{:?}", error.kind)),
            Then::Panics(_) => of_replies.note(["reply", "panics"], ""),
            Then::NeverReturns => of_replies.note(["reply", "never"], ""),
        }
    }
    shapes
}

struct Shapes<'a> {
    group: Group,
    shapes: &'a mut BTreeSet<Shape>,
}

impl Shapes<'_> {
    /// What is noted next is of this group.
    fn of(&mut self, group: Group) -> &mut Self {
        self.group = group;
        self
    }

    /// Notes `value` and its parts, which two keys lead to.
    fn add(&mut self, keys: [&str; 2], value: &Value) {
        let [_, key] = keys;
        match value {
            Value::Null => self.note(keys, "null"),
            Value::Bool(value) => self.note(keys, if *value { "true" } else { "false" }),
            Value::Number(number) => self.note(keys, of_number(number)),
            Value::String(text) => self.add_text(keys, text),
            Value::Array(items) => {
                self.note(keys, ["none", "one", "two", "many"][items.len().min(3)]);
                for item in items {
                    self.add(keys, item);
                }
            }
            Value::Object(entries) => {
                if entries.is_empty() {
                    self.note(keys, "empty");
                }
                for (name, part) in entries {
                    self.add([key, name], part);
                }
            }
        }
    }

    /// A word as it is; a path by what is in it; of any other text, that it is one.
    fn add_text(&mut self, keys: [&str; 2], text: &str) {
        if is_word(text) {
            return self.note(keys, text);
        }
        let segments: Vec<&str> = text.split('.').collect();
        let is_path = segments.len() > 1 && text.len() <= 4 * LONGEST_WORD && !text.contains([' ', '<']);
        if !is_path {
            return self.note(keys, of_text(text));
        }
        self.note(keys, if segments.len() > 2 { "long path" } else { "path" });
        for segment in segments {
            match segment.bytes().next() {
                Some(b'#') => self.note(keys, "#"),
                Some(b'0'..=b'9') => self.note(keys, "place"),
                _ if is_word(segment) => self.note(keys, segment),
                _ => self.note(keys, "name"),
            }
        }
    }

    fn note(&mut self, keys: [&str; 2], what: &str) {
        let [before, key] = keys.map(str::bytes);
        // No key and no word holds a zero byte, so none runs into the next.
        let bytes = before.chain([0]).chain(key).chain([0]).chain(what.bytes());
        self.shapes.insert((self.group, contract::text::fingerprint(bytes)));
    }
}

fn is_word(text: &str) -> bool {
    let is_short = !text.is_empty() && text.len() <= LONGEST_WORD;
    is_short && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

fn of_text(text: &str) -> &'static str {
    match text.bytes().next() {
        None => "no text",
        Some(b'<') => "markup",
        Some(b'{' | b'[' | b'"') => "as JSON",
        Some(b'0'..=b'9' | b'-') => "digits",
        Some(_) => "text",
    }
}

fn of_number(number: &serde_json::Number) -> &'static str {
    match (number.as_i64(), number.as_f64()) {
        (Some(0), _) => "zero",
        (Some(1), _) => "one more",
        (Some(..0), _) => "negative",
        (Some(0..=1_000_000), _) => "whole",
        (Some(_), _) => "large",
        (None, Some(number)) if number.fract() == 0.0 => "whole float",
        (None, _) => "float",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::generate::RulesGenerator;

    fn with_message(message: Value) -> BTreeSet<Shape> {
        let mut case = RulesGenerator::new(1).case(0);
        case.input = Arc::new(message);
        shapes(&case)
    }

    #[test]
    fn made_up_names_and_numbers_do_not_tell_cases_apart() {
        let one = with_message(json!({"payload": {"total": 17, "at": "data.X7.0"}}));
        let other = with_message(json!({"payload": {"total": 18, "at": "data.Y8.1"}}));
        assert_eq!(one, other);
    }

    #[test]
    fn words_keys_and_sorts_of_values_do() {
        let plain = with_message(json!({"payload": {"total": 17}}));
        for other in [
            json!({"payload": {"sum": 17}}),
            json!({"payload": {"total": 1.5}}),
            json!({"payload": {"total": "wait"}}),
        ] {
            assert_ne!(plain, with_message(other));
        }
    }
}
