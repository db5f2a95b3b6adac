//! Paths into the context: split once if they are literal, when they are resolved if they are computed.

use std::sync::Arc;

use contract::BehaviourSet;
use datalogic_rs::Engine;
use serde_json::Value;

use super::{Expression, Template};

/// Where a path begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    /// The context: `map`.
    Context,
    /// `data`: `parse_*` and `publish_*`.
    Data,
}

/// A destination.
#[derive(Debug)]
pub(crate) enum Path {
    /// It depends on nothing.
    Literal(PathParts),
    /// It is computed for each message.
    Computed(Expression),
}

/// A path, whole and split.
#[derive(Clone, Debug)]
pub(crate) struct PathParts {
    /// As changes name it: with `data.` before it if that is its root, and with its `#`.
    pub(crate) dotted: Arc<str>,
    pub(crate) segments: Arc<[Segment]>,
}

/// What stands between two dots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Its place in a list, if it can be one. A `#` before digits prevents that.
    pub(crate) index: Option<usize>,
    /// The name of a key: without one leading `#`.
    pub(crate) key: Box<str>,
    /// Whether it had one.
    pub(crate) is_escaped: bool,
}

impl Segment {
    pub(crate) fn new(raw: &str) -> Self {
        let stripped = raw.strip_prefix('#');
        Self {
            index: raw.parse().ok(),
            key: stripped.unwrap_or(raw).into(),
            is_escaped: stripped.is_some(),
        }
    }
}

impl PathParts {
    /// Splits `path`, which is relative to `root`.
    pub(crate) fn new(root: Root, path: &str) -> Self {
        let dotted: Arc<str> = match root {
            Root::Context => path.into(),
            Root::Data => format!("data.{path}").into(),
        };
        let segments = dotted.split('.').map(Segment::new).collect();
        Self { dotted, segments }
    }
}

/// A path from the context's root, as the settings write it: a loop's counter, the error context.
pub(crate) fn dotted(path: &str) -> PathParts {
    PathParts::new(Root::Context, path)
}

impl Path {
    /// Compiles a path; `uses` are the operators in it.
    ///
    /// # Errors
    /// The evaluator's reason, if it does not compile.
    pub(crate) fn new(
        engine: &Engine,
        root: Root,
        source: &Value,
        uses: BehaviourSet,
    ) -> Result<Self, datalogic_rs::Error> {
        Ok(match Template::new(engine, source, uses)? {
            Template::Constant(value) => Self::Literal(PathParts::new(root, &super::expression::plain_text(&value))),
            Template::Computed(expression) => Self::Computed(expression),
        })
    }

    /// The path as a definition writes it if it is literal, relative to its root.
    pub(crate) fn literal(&self) -> Option<&str> {
        match self {
            Self::Literal(parts) => Some(&parts.dotted),
            Self::Computed(..) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, index: Option<usize>, key: &str) {
        let segment = Segment::new(raw);
        assert_eq!((segment.index, &*segment.key), (index, key));
    }

    #[test]
    fn a_segment_loses_one_hash_and_is_then_no_index() {
        check("a", None, "a");
        check("20", Some(20), "20");
        check("#20", None, "20");
        check("##20", None, "#20");
        check("+3", Some(3), "+3");
        check("-1", None, "-1");
        check("", None, "");
    }

    #[test]
    fn a_target_is_below_data_and_named_so() {
        let path = PathParts::new(Root::Data, "a.#1");
        assert_eq!(&*path.dotted, "data.a.#1");
        assert_eq!(path.segments.len(), 3);
        assert_eq!(&*path.segments[2].key, "1");
    }
}
