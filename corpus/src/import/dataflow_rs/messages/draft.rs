//! A message in the making.

use serde_json::{Map, Value, json};

use super::super::expression::{Scope, is_truthy};
use super::super::plan::{Mapping, Work};
use super::survey::Survey;
use super::{document, values};
use crate::generate::draw::Draw;

/// A context that is filled to an end, and the workflows that are to run on it.
pub(super) struct Draft<'a> {
    pub(super) survey: &'a Survey,
    pub(super) draw: Draw,
    pub(super) context: Value,
    /// The mappings that are to have written before the place that is aimed at, in turn.
    pub(super) written: Vec<&'a Mapping>,
    /// Whether what comes before the target is to find no more than it asks for.
    pub(super) is_lean: bool,
    /// How likely a path that is read is filled at all.
    pub(super) density: f64,
    /// How likely a value is of a kind that was not meant.
    pub(super) oddity: f64,
}

impl<'a> Draft<'a> {
    pub(super) fn new(survey: &'a Survey, mut draw: Draw) -> Self {
        let density = *draw.pick(&[0.95, 0.9, 0.7, 0.4, 0.15]);
        let oddity = *draw.pick(&[0.0, 0.0, 0.0, 0.03, 0.15]);
        Self {
            survey,
            draw,
            context: json!({"data": {}, "metadata": {}, "temp_data": {}}),
            written: Vec::new(),
            is_lean: false,
            density,
            oddity,
        }
    }

    pub(super) fn get(&self, path: &str) -> Option<&Value> {
        document::get(&self.context, path)
    }

    pub(super) fn put(&mut self, path: &str, value: Value) {
        document::set(&mut self.context, path, value);
    }

    pub(super) fn remove(&mut self, path: &str) {
        document::remove(&mut self.context, path);
    }

    /// A value that fits `path`; an object or a list, if something below it is read.
    pub(super) fn plausible(&mut self, path: &str) -> Value {
        // Enough to tell two messages apart, and few enough for a message to stay small.
        const MOST_BELOW: usize = 12;
        let survey = self.survey;
        let below = survey.below(path, MOST_BELOW);
        let use_of = survey.get(path);
        let is_list = use_of.is_some_and(|use_of| use_of.is_list);
        if below.is_empty() {
            let value = values::plausible(&mut self.draw, path, use_of);
            return if is_list { json!([value]) } else { value };
        }
        let mut value = if is_list { json!([]) } else { Value::Object(Map::new()) };
        let sure = self.draw.below(below.len());
        for (index, rest) in below.iter().enumerate() {
            if index == sure || self.draw.chance(self.density * 0.5) {
                let full = format!("{path}.{rest}");
                let leaf = values::plausible(&mut self.draw, &full, survey.get(&full));
                document::set(&mut value, &rest.replace('*', "0"), leaf);
            }
        }
        value
    }

    /// Puts something truthy that fits at `path`, unless it is there.
    pub(super) fn put_truthy(&mut self, path: &str) {
        if self.get(path).is_some_and(is_truthy) {
            return;
        }
        let value = self.plausible(path);
        let value = if is_truthy(&value) { value } else { "X1".into() };
        self.put(path, value);
    }

    /// Puts something falsy at `path`, or nothing.
    pub(super) fn put_falsy(&mut self, path: &str) {
        if !self.get(path).is_some_and(is_truthy) {
            return;
        }
        match self.draw.below(8) {
            0 => self.put(path, Value::Null),
            1 => self.put(path, json!("")),
            2 => self.put(path, json!(false)),
            _ => self.remove(path),
        }
    }

    /// Fills `path` as the message's density and oddity have it, unless something is there.
    pub(super) fn fill_path(&mut self, path: &str) {
        if self.get(path).is_some() || !self.draw.chance(self.density) {
            return;
        }
        // What is below is read for itself.
        if self.survey.get(path).is_none_or(|use_of| !use_of.is_list) && !self.survey.below(path, 1).is_empty() {
            return;
        }
        let value = if self.draw.chance(self.oddity) {
            values::odd(&mut self.draw)
        } else {
            self.plausible(path)
        };
        self.put(path, value);
    }

    /// Makes `path` a list of at least `count` items.
    pub(super) fn ensure_items(&mut self, path: &str, count: usize) -> usize {
        let there = self.get(path).and_then(Value::as_array).map(Vec::len);
        if there.is_none() {
            self.put(path, Value::Array(Vec::new()));
        }
        let there = there.unwrap_or(0);
        let item = format!("{path}.*");
        for place in there..count {
            let is_object = !self.survey.below(&item, 1).is_empty();
            let value = if is_object {
                Value::Object(Map::new())
            } else {
                self.plausible(&item)
            };
            self.put(&format!("{path}.{place}"), value);
        }
        there.max(count)
    }

    /// The expression whose value is to stand at `path` by then, and what of the path is below it.
    pub(super) fn writer(&self, path: &str) -> Option<(&'a Value, String)> {
        self.written.iter().rev().find_map(|mapping| {
            let target = mapping.path.as_deref()?;
            let rest = if target.contains('#') {
                path.strip_prefix(&*target.replace(".#", "."))?
            } else {
                path.strip_prefix(target)?
            };
            if rest.is_empty() {
                return Some((&mapping.logic, String::new()));
            }
            rest.strip_prefix('.').map(|rest| (&mapping.logic, rest.to_owned()))
        })
    }

    /// Fills what a task's function reads.
    pub(super) fn fill_work(&mut self, work: &'a Work) {
        match work {
            Work::Map(mappings) => {
                for mapping in mappings {
                    self.fill(&mapping.logic, Scope::Root);
                }
            }
            Work::Rules(rules) => rules.iter().for_each(|rule| self.fill(rule, Scope::Root)),
            Work::Filter(logic) | Work::Log(logic) | Work::Handler(logic) => self.fill(logic, Scope::Root),
            Work::Parse { .. } => {}
            Work::Publish { source } => {
                let path = format!("data.{source}");
                if self.get(&path).is_none() && self.draw.chance(0.8) {
                    let value = self.plausible(&path);
                    self.put(&path, value);
                }
            }
        }
    }
}
