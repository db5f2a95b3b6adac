//! Reading a document.

use datalogic_rs::datavalue::{NumberValue, OwnedDataValue};

use super::{Document, Node, Place};

/// A value that a run left, to be read.
#[derive(Clone, Copy)]
pub struct View<'d> {
    pub(super) document: &'d Document,
    pub(super) node: Node,
}

impl<'d> View<'d> {
    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        matches!(self.node, Node::Null)
    }

    /// The boolean that it is.
    pub fn as_bool(self) -> Option<bool> {
        match self.node {
            Node::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The integer that it is.
    pub fn as_i64(self) -> Option<i64> {
        match self.node {
            Node::Integer(value) => Some(value),
            _ => None,
        }
    }

    /// The number that it is.
    pub fn as_f64(self) -> Option<f64> {
        match self.node {
            Node::Integer(value) => Some(value as f64),
            Node::Float(value) => Some(value),
            _ => None,
        }
    }

    /// The text that it is.
    pub fn as_str(self) -> Option<&'d str> {
        match self.node {
            Node::Text(place) => Some(self.document.text(place)),
            _ => None,
        }
    }

    /// How many items or entries it has; 0 if it is no container.
    pub fn len(self) -> usize {
        match self.node {
            Node::Array(place) | Node::Object(place) => place.length as usize,
            _ => 0,
        }
    }

    /// Whether it has none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The first entry of this key, if it is an object that has it.
    pub fn get(self, key: &str) -> Option<Self> {
        self.entries().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// The value at a dotted path: keys of objects and places in lists.
    pub fn at(self, path: &str) -> Option<Self> {
        path.split('.').try_fold(self, |value, segment| match value.node {
            Node::Array(_) => value.items().nth(segment.parse().ok()?),
            _ => value.get(segment),
        })
    }

    /// Its items, if it is a list.
    pub fn items(self) -> impl ExactSizeIterator<Item = Self> + 'd {
        let (document, nodes) = match self.node {
            Node::Array(place) => self.nodes(place, 1),
            _ => (self.document, &[][..]),
        };
        nodes.iter().map(move |node| document.view(*node))
    }

    /// Its entries in their order, if it is an object.
    pub fn entries(self) -> impl ExactSizeIterator<Item = (&'d str, Self)> + 'd {
        let (document, nodes) = match self.node {
            Node::Object(place) => self.nodes(place, 2),
            _ => (self.document, &[][..]),
        };
        nodes
            .chunks_exact(2)
            .map(move |entry| (document.key(entry[0]), document.view(entry[1])))
    }

    fn nodes(self, place: Place, width: usize) -> (&'d Document, &'d [Node]) {
        let document = self.document.owner(place);
        (
            document,
            &document.nodes[place.start..place.start + place.length as usize * width],
        )
    }

    /// A copy that owns itself.
    pub fn to_owned(self) -> OwnedDataValue {
        match self.node {
            Node::Null => OwnedDataValue::Null,
            Node::Bool(value) => OwnedDataValue::Bool(value),
            Node::Integer(value) => OwnedDataValue::Number(NumberValue::Integer(value)),
            Node::Float(value) => OwnedDataValue::Number(NumberValue::Float(value)),
            Node::Text(place) => OwnedDataValue::String(self.document.text(place).to_owned()),
            Node::Array(_) => OwnedDataValue::Array(self.items().map(View::to_owned).collect()),
            Node::Object(_) => OwnedDataValue::Object(
                self.entries()
                    .map(|(key, value)| (key.to_owned(), value.to_owned()))
                    .collect(),
            ),
            Node::Other(place) => self.document.others[place].clone(),
        }
    }
}

impl std::fmt::Display for View<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&View::to_owned(*self).to_json_string())
    }
}

impl std::fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}
