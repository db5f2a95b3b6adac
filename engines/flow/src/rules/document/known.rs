//! What is unchanged is not copied: the values of an arena, and where a document has them already.
//!
//! Values in an arena are never changed. So a slice that is still the very slice it was when it came from a document is still
//! what the document says there, whatever was written elsewhere.

use std::collections::HashMap;

use datalogic_rs::datavalue::DataValue;

use super::{Document, Node, Place};

/// What is known of an arena's values: which of them a document already has.
#[derive(Debug)]
pub(crate) struct Known<'a> {
    /// The roots of the context as they came from a document.
    pub(super) roots: [Option<Origin<'a>>; 3],
    containers: Containers,
}

/// Containers by where they are in the arena, and how long they are.
///
/// Most runs record a few, which are found fastest by looking at each. A loop may record thousands of them.
#[derive(Debug, Default)]
struct Containers {
    first: Vec<((usize, usize), Node)>,
    /// All after the first [`FEW`].
    others: HashMap<(usize, usize), Node>,
}

/// How many containers are looked at one by one.
const FEW: usize = 32;

/// A value of an arena as it came from a document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin<'a> {
    value: DataValue<'a>,
    node: Node,
    document: &'a Document,
    /// Whether it is the one that new documents are based on.
    is_base: bool,
}

impl<'a> Known<'a> {
    /// The roots of a context are those of `document`; `is_base` if values are put into documents that are based on it.
    pub(crate) fn of(document: &'a Document, is_base: bool, roots: [(DataValue<'a>, Node); 3]) -> Self {
        let origin = |(value, node)| {
            Some(Origin {
                value,
                node,
                document,
                is_base,
            })
        };
        Self {
            roots: roots.map(origin),
            containers: Containers::default(),
        }
    }

    /// The context is one that [`Document::put_context`] put into `document`.
    pub(crate) fn of_context(document: &'a Document, node: Node, context: DataValue<'a>) -> Self {
        let whole = Origin {
            value: context,
            node,
            document,
            is_base: false,
        };
        Self {
            roots: [0, 1, 2].map(|index| match context {
                DataValue::Object(roots) => whole.entry(index, roots.get(index)?.0).map(|(_, origin)| origin),
                _ => None,
            }),
            containers: Containers::default(),
        }
    }

    /// Only where values came from.
    pub(crate) fn origins(&self) -> Self {
        Self {
            roots: self.roots,
            containers: Containers::default(),
        }
    }

    /// Where a root came from.
    pub(crate) fn root(&self, index: usize) -> Option<Origin<'a>> {
        self.roots.get(index).copied().flatten()
    }

    /// `value` is `node` of the document that values are put into.
    pub(crate) fn add(&mut self, value: &DataValue<'_>, node: Node) {
        match value {
            DataValue::Array(items) if !items.is_empty() => {
                self.containers.add((items.as_ptr().addr(), items.len()), node);
            }
            DataValue::Object(entries) if !entries.is_empty() => {
                self.containers.add((entries.as_ptr().addr(), entries.len()), node);
            }
            _ => {}
        }
    }

    /// `value` is `node` of the document that new documents are based on.
    pub(crate) fn add_base(&mut self, value: &DataValue<'_>, node: Node) {
        self.add(value, node.in_base());
    }

    pub(super) fn find(&self, address: usize, length: usize) -> Option<Node> {
        self.containers.find((address, length))
    }
}

impl Containers {
    fn add(&mut self, place: (usize, usize), node: Node) {
        if self.first.len() < FEW {
            self.first.push((place, node));
        } else {
            self.others.insert(place, node);
        }
    }

    fn find(&self, place: (usize, usize)) -> Option<Node> {
        let among_first = self.first.iter().find(|(known, _)| *known == place);
        match among_first {
            Some((_, node)) => Some(*node),
            None if self.others.is_empty() => None,
            None => self.others.get(&place).copied(),
        }
    }
}

impl<'a> Origin<'a> {
    /// The same, if it is in the document that its own is based on, as seen from there.
    pub(super) fn resolved(self) -> Self {
        let resolved = |place: Place| Place {
            is_in_base: false,
            ..place
        };
        let node = match self.node {
            Node::Text(place) if place.is_in_base => Node::Text(resolved(place)),
            Node::Array(place) if place.is_in_base => Node::Array(resolved(place)),
            Node::Object(place) if place.is_in_base => Node::Object(resolved(place)),
            _ => return self,
        };
        match &self.document.base {
            Some(document) => Self {
                node,
                document,
                is_base: true,
                ..self
            },
            None => self,
        }
    }

    /// What a document that is based on its own refers to it as, if `value` still is it.
    pub(super) fn shared(self, value: &DataValue<'_>) -> Option<Node> {
        let is_same = match (self.value, *value) {
            (DataValue::String(before), DataValue::String(now)) => std::ptr::eq(before, now),
            (DataValue::Array(before), DataValue::Array(now)) => std::ptr::eq(before, now),
            (DataValue::Object(before), DataValue::Object(now)) => std::ptr::eq(before, now),
            _ => false,
        };
        (self.is_base && is_same).then(|| self.node.in_base())
    }

    fn at(self, value: DataValue<'a>, at: usize) -> Option<Self> {
        Some(Self {
            value,
            node: *self.document.nodes.get(at)?,
            ..self
        })
    }

    pub(super) fn item(self, index: usize) -> Option<Self> {
        match (self.value, self.node) {
            (DataValue::Array(items), Node::Array(place)) => self.at(*items.get(index)?, place.start + index),
            _ => None,
        }
    }

    /// The entry at `index` if its key is that very `key`, with what the key can be referred to as.
    pub(super) fn entry(self, index: usize, key: &str) -> Option<(Option<Node>, Self)> {
        let origin = self.resolved();
        let (DataValue::Object(entries), Node::Object(place)) = (origin.value, origin.node) else {
            return None;
        };
        let (name, value) = *entries.get(index)?;
        if !std::ptr::eq(name, key) {
            return None;
        }
        let key = origin.at(DataValue::String(name), place.start + index * 2)?;
        let name = key.resolved().shared(&DataValue::String(name));
        Some((name, origin.at(value, place.start + index * 2 + 1)?))
    }
}
