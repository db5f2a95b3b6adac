//! Generated cases as a proptest strategy: drawn by the same generator, and made smaller in passes.

mod json;
mod rules;
mod steps;
#[cfg(test)]
mod tests;
mod workflow;

use std::collections::{BTreeSet, VecDeque};

use contract::TaskId;

use proptest::strategy::{NewTree, Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use rand::Rng;

use crate::Case;
use crate::generate::{Dials, Generator, RulesGenerator};
use steps::Step;

/// The cases that a [`Generator`] with these dials draws, or a [`RulesGenerator`].
#[derive(Clone, Debug)]
pub struct Cases {
    /// `None`: rules cases.
    dials: Option<Dials>,
}

impl Default for Cases {
    fn default() -> Self {
        Self::new(Dials::default())
    }
}

impl Cases {
    /// The cases that these dials lead to.
    pub fn new(dials: Dials) -> Self {
        Self { dials: Some(dials) }
    }

    /// Rules cases.
    pub fn of_rules() -> Self {
        Self { dials: None }
    }
}

impl Strategy for Cases {
    type Tree = CaseTree;
    type Value = Case;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let rng = runner.rng();
        let (seed, index) = (rng.next_u64(), rng.next_u64());
        Ok(CaseTree::new(match &self.dials {
            Some(dials) => Generator::new(seed, dials.clone()).case(index),
            None => RulesGenerator::new(seed).case(index),
        }))
    }
}

/// A case and the ways to make it smaller that have not been tried yet. It takes the same steps each time.
///
/// A step that keeps the failure stays; one that loses it is taken back. After a round in which a step stayed, the steps of
/// what is left are tried again, so in the end no single step keeps the failure.
#[derive(Clone, Debug)]
pub struct CaseTree {
    current: Case,
    /// What `current` was before the last step.
    before: Option<Case>,
    steps: VecDeque<Step>,
    /// Whether a step of this round stayed.
    progressed: bool,
}

impl CaseTree {
    /// A tree that begins with `case`, wherever that came from.
    pub fn new(case: Case) -> Self {
        let steps = steps::steps(&case);
        Self {
            current: case,
            before: None,
            steps,
            progressed: false,
        }
    }

    /// As [`Self::new`], and tries first to keep little but `tasks`: it is about them.
    pub fn about(case: Case, tasks: &BTreeSet<TaskId>) -> Self {
        let mut tree = Self::new(case);
        for step in steps::keeping(&tree.current, tasks) {
            tree.steps.push_front(step);
        }
        tree
    }
}

impl ValueTree for CaseTree {
    type Value = Case;

    fn current(&self) -> Case {
        self.current.clone()
    }

    fn simplify(&mut self) -> bool {
        if self.before.take().is_some() {
            // It was not taken back, so the last step stays.
            self.progressed = true;
        }
        loop {
            while let Some(step) = self.steps.pop_front() {
                if let Some(smaller) = step.take(&self.current) {
                    self.before = Some(std::mem::replace(&mut self.current, smaller));
                    return true;
                }
            }
            if !std::mem::take(&mut self.progressed) {
                return false;
            }
            self.steps = steps::steps(&self.current);
        }
    }

    fn complicate(&mut self) -> bool {
        // The case before the step failed for certain; there is nothing in between to try.
        match self.before.take() {
            Some(before) => {
                self.current = before;
                true
            }
            None => false,
        }
    }
}
