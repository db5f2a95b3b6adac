//! What the kit found.

use std::fmt;

use crate::{Description, FeatureSet};

/// What an engine does right and wrong, scenario by scenario.
#[derive(Clone, Debug)]
pub struct Report {
    engine: String,
    entries: Vec<Entry>,
}

/// One scenario, and how the engine did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The fact that the scenario is about, as a sentence.
    pub name: &'static str,
    /// What an engine has to declare to be asked.
    pub features: FeatureSet,
    /// How it did.
    pub verdict: Verdict,
}

/// How an engine did on a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It did what the semantics say.
    Conforms,
    /// It was not asked, because it does not declare all features that the scenario takes.
    NotAsked {
        /// Those that it lacks.
        missing: FeatureSet,
    },
    /// It did something else.
    Violates {
        /// What the semantics say, a line for each difference.
        expected: String,
        /// What was seen, line by line.
        seen: String,
    },
}

impl Verdict {
    /// From the texts that were expected and seen, where they differ.
    pub(super) fn of(differences: Vec<(String, String)>) -> Self {
        if differences.is_empty() {
            return Self::Conforms;
        }
        let shown = |text: String| if text.is_empty() { "nothing".to_owned() } else { text };
        let (expected, seen): (Vec<_>, Vec<_>) = differences
            .into_iter()
            .map(|(expected, seen)| (shown(expected), shown(seen)))
            .unzip();
        Self::Violates {
            expected: expected.join("\n"),
            seen: seen.join("\n"),
        }
    }
}

impl Report {
    pub(super) fn new(description: &Description, entries: Vec<Entry>) -> Self {
        Self {
            engine: format!("{} {}", description.name, description.version),
            entries,
        }
    }

    /// Every scenario, in the kit's order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The scenarios in which the engine did something else than it should.
    pub fn violations(&self) -> impl Iterator<Item = &Entry> {
        self.entries
            .iter()
            .filter(|entry| matches!(entry.verdict, Verdict::Violates { .. }))
    }

    /// Whether there are none.
    pub fn is_clean(&self) -> bool {
        self.violations().next().is_none()
    }

    /// For tests.
    ///
    /// # Panics
    /// If there is a violation; the text is the report.
    #[track_caller]
    pub fn assert_clean(&self) {
        assert!(self.is_clean(), "{self}");
    }
}

impl fmt::Display for Report {
    /// The violations in full, then what was not asked, by what is missing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |is: fn(&Verdict) -> bool| self.entries.iter().filter(|entry| is(&entry.verdict)).count();
        let conforming = count(|verdict| *verdict == Verdict::Conforms);
        let not_asked = count(|verdict| matches!(verdict, Verdict::NotAsked { .. }));
        let violations = self.violations().count();
        writeln!(
            f,
            "{}: {conforming} conform, {violations} violate, {not_asked} not asked",
            self.engine
        )?;
        for entry in self.violations() {
            if let Verdict::Violates { expected, seen } = &entry.verdict {
                writeln!(f, "\n{}", entry.name)?;
                for (expected, seen) in expected.lines().zip(seen.lines()) {
                    writeln!(f, "  expected  {expected}\n  seen      {seen}")?;
                }
            }
        }
        let mut missing = FeatureSet::EMPTY;
        for entry in &self.entries {
            if let Verdict::NotAsked { missing: lacking } = entry.verdict {
                missing = missing.union(lacking);
            }
        }
        if !missing.is_empty() {
            writeln!(f, "\nnot declared, so not asked for: {missing}")?;
        }
        Ok(())
    }
}
