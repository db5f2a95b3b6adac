//! The cases of a run: those read from files first, generated ones after them.

use std::borrow::Cow;

use corpus::Case;
use corpus::generate::Generator;

/// A corpus, as a pure function from a place to a case.
pub struct Cases {
    listed: Vec<Case>,
    generator: Option<(Generator, u64)>,
}

impl Cases {
    /// `listed`, and then as many generated ones as asked for.
    pub fn new(listed: Vec<Case>, generator: Option<(Generator, u64)>) -> Self {
        Self { listed, generator }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        let generated = self.generator.as_ref().map_or(0, |(_, count)| *count);
        generated.saturating_add(self.listed())
    }

    /// How many were read from files.
    pub fn listed(&self) -> u64 {
        self.listed.len() as u64
    }

    /// The case at `index`, which is below [`Self::count`].
    pub fn case(&self, index: u64) -> Cow<'_, Case> {
        let listed = self.listed.len() as u64;
        match (&self.generator, index.checked_sub(listed)) {
            (Some((generator, _)), Some(generated)) => Cow::Owned(generator.case(generated)),
            _ => Cow::Borrowed(&self.listed[index as usize]),
        }
    }
}
