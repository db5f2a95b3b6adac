//! What is counted of cases of rules beside how they compare: what they went through.

use std::collections::{BTreeMap, BTreeSet};

use contract::{Behaviour, BehaviourSet};
use serde::{Deserialize, Serialize};

use crate::judge::Comparison;

/// The definitions of one application, and the tasks in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Its name: what the ids of its cases have in common.
    pub name: String,
    /// Every task, as `workflow/task`.
    pub tasks: BTreeSet<String>,
}

/// What the cases of rules went through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// By behaviour, the cases that went through it.
    pub behaviours: BTreeMap<String, Reached>,
    /// By application, which of its tasks ran.
    pub applications: BTreeMap<String, Coverage>,
}

/// The cases that went through a behaviour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// How many.
    pub cases: u64,
    /// The place of the first in the corpus.
    pub index: u64,
    /// The first, for who wants to see it.
    pub id: String,
}

/// Which tasks of an application ran: those that legacy wrote into its audit trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Its cases.
    pub cases: u64,
    /// Its distinct tasks.
    pub tasks: u64,
    /// Those that no case ran, as `workflow/task`.
    pub idle: BTreeSet<String>,
    /// Why its definitions were refused, in legacy's words, if they were: then nothing of it ever ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
}

impl Coverage {
    /// How many distinct tasks ran.
    pub fn ran(&self) -> u64 {
        self.tasks - self.idle.len() as u64
    }

    fn is_refused_for(&mut self, reason: Option<&String>) {
        if let Some(reason) = reason
            && self.refusal.as_ref().is_none_or(|known| reason < known)
        {
            self.refusal = Some(reason.clone());
        }
    }
}

impl Reach {
    /// Counts one case.
    pub(super) fn add(&mut self, (index, id): (u64, &str), application: Option<&Application>, comparison: &Comparison) {
        for behaviour in comparison.seen.behaviours.iter() {
            let name = behaviour.as_str();
            match self.behaviours.get_mut(name) {
                Some(reached) => reached.add(1, index, id),
                None => drop(self.behaviours.insert(
                    name.to_owned(),
                    Reached {
                        cases: 1,
                        index,
                        id: id.to_owned(),
                    },
                )),
            }
        }
        let Some(application) = application else { return };
        if !self.applications.contains_key(&application.name) {
            let untouched = Coverage {
                cases: 0,
                tasks: application.tasks.len() as u64,
                idle: application.tasks.clone(),
                refusal: None,
            };
            self.applications.insert(application.name.clone(), untouched);
        }
        if let Some(coverage) = self.applications.get_mut(&application.name) {
            coverage.cases += 1;
            coverage.is_refused_for(comparison.seen.refusal.as_ref());
            for [workflow, task] in &comparison.seen.audit {
                if coverage.idle.is_empty() {
                    break;
                }
                coverage.idle.remove(&*contract::rules::call_name(workflow, task));
            }
        }
    }

    /// Adds what another thread counted.
    pub(super) fn merge(&mut self, other: Self) {
        for (name, reached) in other.behaviours {
            match self.behaviours.get_mut(&name) {
                Some(mine) => mine.add(reached.cases, reached.index, &reached.id),
                None => drop(self.behaviours.insert(name, reached)),
            }
        }
        for (name, coverage) in other.applications {
            match self.applications.get_mut(&name) {
                Some(mine) => {
                    mine.cases += coverage.cases;
                    mine.is_refused_for(coverage.refusal.as_ref());
                    mine.idle.retain(|task| coverage.idle.contains(task));
                }
                None => drop(self.applications.insert(name, coverage)),
            }
        }
    }

    /// The behaviours that some case went through.
    pub fn behaviours(&self) -> BehaviourSet {
        let is_reached = |behaviour: &Behaviour| self.behaviours.contains_key(behaviour.as_str());
        Behaviour::ALL.iter().copied().filter(is_reached).collect()
    }
}

impl Reached {
    fn add(&mut self, cases: u64, index: u64, id: &str) {
        self.cases += cases;
        if index < self.index {
            self.index = index;
            id.clone_into(&mut self.id);
        }
    }
}
