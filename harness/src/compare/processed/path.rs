//! Where in an observation something stands. Nothing is written down until a difference has been found there.

use std::fmt;

use contract::observation::ObservedCall;

/// A place: a chain of segments, each on the stack of whoever looks there.
#[derive(Clone, Copy)]
pub(super) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    segment: Segment<'a>,
}

#[derive(Clone, Copy)]
enum Segment<'a> {
    Key(&'a str),
    Index(usize),
    Call(&'a ObservedCall),
}

impl<'a> Path<'a> {
    pub(super) const fn root(name: &'a str) -> Self {
        Self {
            parent: None,
            segment: Segment::Key(name),
        }
    }

    pub(super) const fn key(&'a self, key: &'a str) -> Self {
        self.below(Segment::Key(key))
    }

    pub(super) const fn index(&'a self, index: usize) -> Self {
        self.below(Segment::Index(index))
    }

    pub(super) const fn call(&'a self, call: &'a ObservedCall) -> Self {
        self.below(Segment::Call(call))
    }

    const fn below(&'a self, segment: Segment<'a>) -> Self {
        Self {
            parent: Some(self),
            segment,
        }
    }

    /// Whether `pattern` names this place; `*` in it stands for one segment.
    pub(super) fn is(&self, pattern: &str) -> bool {
        let mut place = Some(self);
        for expected in pattern.rsplit('.') {
            let Some(here) = place else { return false };
            if expected != "*" && !here.segment.is(expected) {
                return false;
            }
            place = here.parent;
        }
        place.is_none()
    }
}

impl Segment<'_> {
    fn is(self, text: &str) -> bool {
        match self {
            Self::Key(key) => key == text,
            Self::Index(_) | Self::Call(_) => self.to_string() == text,
        }
    }
}

impl fmt::Display for Segment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => f.write_str(key),
            Self::Index(index) => write!(f, "{index}"),
            Self::Call(call) => write!(f, "{}#{}", call.task, call.attempt),
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(f, "{parent}.")?;
        }
        write!(f, "{}", self.segment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_names_a_place_by_its_segments() {
        let (root, at) = (Path::root("trace"), 3);
        let step = root.index(at);
        let place = step.key("engine.version");
        assert_eq!(place.to_string(), "trace.3.engine.version");
        assert!(step.is("trace.*") && step.is("trace.3"));
        // A dot within a key is no boundary between two.
        assert!(!place.is("trace.*.engine.version") && !place.is("trace.*"));
        assert!(!root.is("trace.*"));
    }
}
