//! Values in one piece: a whole context, and all that the changes of a run recorded, in two allocations.
//!
//! A tree of owned values costs an allocation for each string and each list, and it has to be given back as well. While a
//! message is processed its values live in an arena; what is left of them at the end is laid flat here, each part once, and
//! read through [`View`]s.

mod known;
#[cfg(test)]
mod tests;
mod view;

use std::sync::Arc;

use datalogic_rs::bumpalo::Bump;
use datalogic_rs::datavalue::{DataValue, NumberValue, OwnedDataValue};

pub(crate) use known::Known;
use known::Origin;
pub use view::View;

/// The owner of values: their text, and their structure. Parts of them may be in another document that it is based on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Document {
    nodes: Vec<Node>,
    text: String,
    /// What JSON does not have: moments and durations.
    others: Vec<OwnedDataValue>,
    base: Option<Arc<Document>>,
}

/// One value of a [`Document`]. The children of a container stand side by side; an object's are a key, a value, a key, ….
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Node {
    #[default]
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(Place),
    Array(Place),
    Object(Place),
    Other(usize),
}

/// Where a text or the children of a container are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    /// Whether they are in the document that this one is based on.
    is_in_base: bool,
    length: u32,
    start: usize,
}

impl Node {
    /// An object without entries.
    pub(crate) const NOTHING: Self = Self::Object(Place {
        is_in_base: false,
        length: 0,
        start: 0,
    });

    /// The same value as a document sees it that is based on its own.
    fn in_base(self) -> Self {
        let moved = |place: Place| Place {
            is_in_base: true,
            ..place
        };
        match self {
            Self::Text(place) => Self::Text(moved(place)),
            Self::Array(place) => Self::Array(moved(place)),
            Self::Object(place) => Self::Object(moved(place)),
            other => other,
        }
    }
}

impl Document {
    /// A document that may refer to values of `base`, with room for what a task changes.
    pub(crate) fn based_on(base: &Arc<Document>) -> Self {
        Self {
            nodes: Vec::with_capacity(40),
            text: String::with_capacity(256),
            others: Vec::new(),
            base: Some(Arc::clone(base)),
        }
    }

    /// Without content, its room kept; it may refer to values of `base`.
    pub(crate) fn emptied(mut self, base: Option<Arc<Document>>) -> Self {
        self.nodes.clear();
        self.text.clear();
        self.others.clear();
        self.base = base;
        self
    }

    /// Its content in a document that is no larger than it has to be. What is left is only good for being emptied.
    pub(crate) fn fitted(&mut self) -> Self {
        Self {
            nodes: self.nodes.clone(),
            text: self.text.clone(),
            others: std::mem::take(&mut self.others),
            base: self.base.take(),
        }
    }

    /// Adds a context.
    pub(crate) fn put_context(&mut self, context: &DataValue<'_>, known: &Known<'_>) -> Node {
        let DataValue::Object(roots) = context else {
            return self.put(context, known);
        };
        let start = self.reserve(roots.len() * 2);
        for (index, (key, value)) in roots.iter().enumerate() {
            let key = self.put_text(key);
            let node = self.put_along(value, known.root(index), known);
            self.nodes[start + index * 2] = key;
            self.nodes[start + index * 2 + 1] = node;
        }
        Node::Object(Place::own(roots.len(), start))
    }

    /// Adds a value of an arena.
    pub(crate) fn put(&mut self, value: &DataValue<'_>, known: &Known<'_>) -> Node {
        self.put_along(value, None, known)
    }

    /// Adds a value of an arena, of which `origin` was at the same place of the tree that the arena's values came from. What
    /// is unchanged is referred to and not copied.
    pub(crate) fn put_along(&mut self, value: &DataValue<'_>, origin: Option<Origin<'_>>, known: &Known<'_>) -> Node {
        let origin = origin.map(Origin::resolved);
        if let Some(node) = origin.and_then(|origin| origin.shared(value)) {
            return node;
        }
        match *value {
            DataValue::Null => Node::Null,
            DataValue::Bool(value) => Node::Bool(value),
            DataValue::Number(NumberValue::Integer(value)) => Node::Integer(value),
            DataValue::Number(NumberValue::Float(value)) => Node::Float(value),
            DataValue::String(text) => self.put_text(text),
            DataValue::Array(items) => {
                if items.is_empty() {
                    return Node::Array(Place::default());
                }
                if let Some(node) = known.find(items.as_ptr().addr(), items.len()) {
                    return node;
                }
                let start = self.reserve(items.len());
                for (index, item) in items.iter().enumerate() {
                    let node = self.put_along(item, origin.and_then(|origin| origin.item(index)), known);
                    self.nodes[start + index] = node;
                }
                Node::Array(Place::own(items.len(), start))
            }
            DataValue::Object(entries) => {
                if entries.is_empty() {
                    return Node::NOTHING;
                }
                if let Some(node) = known.find(entries.as_ptr().addr(), entries.len()) {
                    return node;
                }
                let start = self.reserve(entries.len() * 2);
                for (index, (key, value)) in entries.iter().enumerate() {
                    let (name, origin) = match origin.and_then(|origin| origin.entry(index, key)) {
                        Some((name, origin)) => (name, Some(origin)),
                        None => (None, None),
                    };
                    let name = name.unwrap_or_else(|| self.put_text(key));
                    let node = self.put_along(value, origin, known);
                    self.nodes[start + index * 2] = name;
                    self.nodes[start + index * 2 + 1] = node;
                }
                Node::Object(Place::own(entries.len(), start))
            }
            DataValue::DateTime(_) | DataValue::Duration(_) => self.put_other(value.to_owned()),
        }
    }

    /// Adds a value as `serde_json` holds it, with its numbers as dataflow-rs takes them.
    pub(crate) fn put_json(&mut self, value: &serde_json::Value) -> Node {
        match value {
            serde_json::Value::Null => Node::Null,
            serde_json::Value::Bool(value) => Node::Bool(*value),
            serde_json::Value::Number(_) => match OwnedDataValue::from(value) {
                OwnedDataValue::Number(NumberValue::Integer(value)) => Node::Integer(value),
                OwnedDataValue::Number(NumberValue::Float(value)) => Node::Float(value),
                other => self.put_other(other),
            },
            serde_json::Value::String(text) => self.put_text(text),
            serde_json::Value::Array(items) => {
                let start = self.reserve(items.len());
                for (place, item) in items.iter().enumerate() {
                    let node = self.put_json(item);
                    self.nodes[start + place] = node;
                }
                Node::Array(Place::own(items.len(), start))
            }
            serde_json::Value::Object(entries) => {
                let start = self.reserve(entries.len() * 2);
                for (place, (key, value)) in entries.iter().enumerate() {
                    let key = self.put_text(key);
                    let node = self.put_json(value);
                    self.nodes[start + place * 2] = key;
                    self.nodes[start + place * 2 + 1] = node;
                }
                Node::Object(Place::own(entries.len(), start))
            }
        }
    }

    /// A value of it.
    pub(crate) fn view(&self, node: Node) -> View<'_> {
        View { document: self, node }
    }

    /// A value of it, in an arena. Its text is not copied.
    pub(crate) fn borrow<'a>(&'a self, node: Node, arena: &'a Bump) -> DataValue<'a> {
        match node {
            Node::Null => DataValue::Null,
            Node::Bool(value) => DataValue::Bool(value),
            Node::Integer(value) => DataValue::Number(NumberValue::Integer(value)),
            Node::Float(value) => DataValue::Number(NumberValue::Float(value)),
            Node::Text(place) => DataValue::String(self.text(place)),
            Node::Array(place) => {
                let document = self.owner(place);
                let nodes = &document.nodes[place.start..place.start + place.length as usize];
                DataValue::Array(arena.alloc_slice_fill_with(nodes.len(), |index| document.borrow(nodes[index], arena)))
            }
            Node::Object(place) => {
                let document = self.owner(place);
                let nodes = &document.nodes[place.start..place.start + place.length as usize * 2];
                DataValue::Object(arena.alloc_slice_fill_with(place.length as usize, |index| {
                    let key = document.key(nodes[index * 2]);
                    (key, document.borrow(nodes[index * 2 + 1], arena))
                }))
            }
            Node::Other(place) => match &self.others[place] {
                OwnedDataValue::DateTime(value) => DataValue::DateTime(*value),
                OwnedDataValue::Duration(value) => DataValue::Duration(*value),
                other => other.to_arena(arena),
            },
        }
    }

    fn put_text(&mut self, text: &str) -> Node {
        let start = self.text.len();
        self.text.push_str(text);
        Node::Text(Place::own(text.len(), start))
    }

    fn put_other(&mut self, value: OwnedDataValue) -> Node {
        self.others.push(value);
        Node::Other(self.others.len() - 1)
    }

    fn reserve(&mut self, count: usize) -> usize {
        let start = self.nodes.len();
        self.nodes.resize(start + count, Node::Null);
        start
    }

    /// Whose text or nodes a place means.
    fn owner(&self, place: Place) -> &Document {
        match &self.base {
            Some(base) if place.is_in_base => base,
            _ => self,
        }
    }

    fn text(&self, place: Place) -> &str {
        &self.owner(place).text[place.start..place.start + place.length as usize]
    }

    fn key(&self, node: Node) -> &str {
        match node {
            Node::Text(place) => self.text(place),
            _ => "",
        }
    }
}

impl Place {
    fn own(length: usize, start: usize) -> Self {
        Self {
            is_in_base: false,
            length: u32::try_from(length).expect("no text or list of 4 Gi or more"),
            start,
        }
    }
}
