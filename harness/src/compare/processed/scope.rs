//! Collects differences between two processed messages, and counts what is not held to be equal.

use contract::Description;

use super::path::Path;
use super::text::{self, Alike, Own};
use crate::compare::Found;
use crate::divergence::{Aspect, Divergence};

/// How many differences of one aspect are listed for a case. One wrong root would otherwise fill the record.
const LISTED: usize = 50;

/// What is being compared, and what was found so far.
pub(super) struct Scope<'a> {
    aspect: Aspect,
    own: [Own<'a>; 2],
    volatile: Vec<&'a str>,
    listed_of_aspect: usize,
    found: Found,
}

impl<'a> Scope<'a> {
    pub(super) fn new(descriptions: [&'a Description; 2], stamps: [&'a str; 2]) -> Self {
        let volatile = descriptions.iter().flat_map(|side| &side.volatile);
        Self {
            aspect: Aspect::Outcome,
            own: stamps.map(Own),
            volatile: volatile.map(String::as_str).collect(),
            listed_of_aspect: 0,
            found: Found::default(),
        }
    }

    /// What is compared from here on is of this aspect.
    pub(super) fn about(&mut self, aspect: Aspect) {
        let is_of_it = |found: &&Divergence| found.aspect == aspect;
        self.aspect = aspect;
        self.listed_of_aspect = self.found.divergences.iter().filter(is_of_it).count();
    }

    /// What is each side's own.
    pub(super) const fn own(&self) -> [Own<'a>; 2] {
        self.own
    }

    /// The same question with nothing found yet.
    pub(super) fn apart(&self) -> Self {
        Self {
            volatile: self.volatile.clone(),
            found: Found::default(),
            listed_of_aspect: 0,
            ..*self
        }
    }

    pub(super) fn has_found_nothing(&self) -> bool {
        self.found.divergences.is_empty()
    }

    /// The differences, those of one aspect in the order in which they were found.
    pub(super) fn finish(mut self) -> Found {
        self.found.divergences.sort_by_key(|divergence| divergence.aspect);
        self.found
    }

    /// Counts a place that is not held to be equal.
    pub(super) fn mask(&mut self) {
        self.found.masked += 1;
    }

    /// Notes a difference, unless an engine declared the place volatile.
    pub(super) fn note(&mut self, path: &Path<'_>, sides: impl FnOnce() -> [String; 2]) {
        if self.volatile.iter().any(|pattern| path.is(pattern)) {
            self.found.masked += 1;
        } else if self.listed_of_aspect == LISTED {
            self.found.unlisted += 1;
        } else {
            let [baseline, new] = sides();
            let [stamp, other_stamp] = self.own.map(|own| own.0);
            let sides = [
                text::without_clock(baseline, stamp),
                text::without_clock(new, other_stamp),
            ];
            let [baseline, new] = text::apart(sides);
            let path = text::without_clock(text::without_clock(path.to_string(), stamp), other_stamp);
            self.listed_of_aspect += 1;
            self.found.divergences.push(Divergence {
                aspect: self.aspect,
                path,
                baseline,
                new,
            });
        }
    }

    /// Notes a difference between two plain values.
    pub(super) fn plain<T: PartialEq>(&mut self, path: &Path<'_>, [one, other]: [&T; 2], show: impl Fn(&T) -> String) {
        if one != other {
            self.note(path, || [show(one), show(other)]);
        }
    }

    /// Notes a difference between two texts, but for what is each side's own.
    pub(super) fn text(&mut self, path: &Path<'_>, texts: [&str; 2]) {
        match text::alike(texts, self.own) {
            Alike::Exactly => {}
            Alike::ButForOwn => self.mask(),
            Alike::No => self.note(path, || texts.map(str::to_owned)),
        }
    }

    /// As [`Self::text`], where either may be missing.
    pub(super) fn optional_text(&mut self, path: &Path<'_>, both: [Option<&str>; 2]) {
        match both {
            [Some(one), Some(other)] => self.text(path, [one, other]),
            [None, None] => {}
            both => self.note(path, || both.map(|text| text.unwrap_or(super::MISSING).to_owned())),
        }
    }
}
