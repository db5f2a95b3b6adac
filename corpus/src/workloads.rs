//! Workloads: cases that are timed. Each is of one shape and one size, ends in success, and uses only what engines commonly have, so that
//! both engines of a migration can run it.
//!
//! | shape | format | what it stresses |
//! |---|---|---|
//! | `chain` | dag | one task after another |
//! | `fan-out` | dag | all tasks need the first |
//! | `layered` | dag | layers of ten; each task needs three of the layer before |
//! | `decisions` | dag | a chain that hands on what it computes; beside each of its tasks, one that depends on a condition |
//! | `mappings` | rules | each task computes three fields |
//! | `branches` | rules | each task has a condition, and every other one does not hold |
//! | `checks` | rules | each task validates three rules |
//! | `calls` | rules | each task calls a function of the application |

use std::sync::Arc;

use contract::rules::{Message, Rules};
use contract::script::{Attempt, TaskScript, Then};
use contract::workflow::{Input, OnFailure, Task};
use contract::{Definition, Script, TaskId, Workflow};
use serde_json::{Value, json};

use crate::Case;
use crate::case::FORMAT_VERSION;

/// The tag that says of a case what shape of workload it is, before the shape.
const TAG: &str = "workload:";

/// A shape of workloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the table at the top of the module describes each")]
pub enum Shape {
    Chain,
    FanOut,
    Layered,
    Decisions,
    Mappings,
    Branches,
    Checks,
    Calls,
}

/// Layers of the shape `layered` are so wide.
const WIDTH: usize = 10;

impl Shape {
    /// Every shape.
    pub const ALL: [Self; 8] = [
        Self::Chain,
        Self::FanOut,
        Self::Layered,
        Self::Decisions,
        Self::Mappings,
        Self::Branches,
        Self::Checks,
        Self::Calls,
    ];

    /// Its name in ids and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chain => "chain",
            Self::FanOut => "fan-out",
            Self::Layered => "layered",
            Self::Decisions => "decisions",
            Self::Mappings => "mappings",
            Self::Branches => "branches",
            Self::Checks => "checks",
            Self::Calls => "calls",
        }
    }

    /// The sizes it is timed in, in tasks. An expression sees all that has ended, so what a decision costs grows with the run.
    const fn sizes(self) -> &'static [usize] {
        match self {
            Self::Chain | Self::FanOut | Self::Layered => &[10, 100, 1_000, 10_000],
            Self::Decisions => &[10, 30, 100, 300],
            Self::Mappings | Self::Branches | Self::Checks | Self::Calls => &[10, 100, 1_000],
        }
    }

    /// The workload of this shape with `tasks` tasks, at least 1.
    pub fn workload(self, tasks: usize) -> Case {
        let (definition, script) = match self {
            Self::Chain | Self::FanOut | Self::Layered | Self::Decisions => self.dag(tasks),
            Self::Mappings | Self::Branches | Self::Checks | Self::Calls => (self.rules(tasks), Script::default()),
        };
        let input = match &definition {
            Definition::Dag(_) => Arc::default(),
            Definition::Rules(_) => message(),
        };
        Case {
            format_version: FORMAT_VERSION,
            id: format!("{}-{tasks}", self.as_str()),
            why: String::new(),
            tags: vec![format!("{TAG}{}", self.as_str())],
            definition,
            input,
            script: Arc::new(script),
        }
    }

    /// The tasks that task `index` needs.
    fn needs(self, index: usize) -> Vec<usize> {
        match self {
            Self::FanOut => (index > 0).then_some(0).into_iter().collect(),
            // Nothing needs a task that may be skipped.
            Self::Decisions => (index > 0).then(|| (index - 1) / 2 * 2).into_iter().collect(),
            Self::Layered if index < WIDTH => Vec::new(),
            Self::Layered => {
                let before = (index / WIDTH - 1) * WIDTH;
                (0..3).map(|offset| before + (index + offset * 3) % WIDTH).collect()
            }
            _ => index.checked_sub(1).into_iter().collect(),
        }
    }

    fn dag(self, tasks: usize) -> (Definition, Script) {
        let id = |index: usize| -> TaskId { format!("t{index}").into() };
        let mut script = Script::default();
        let task = |index: usize| {
            let mut task = Task::calling(id(index), "work");
            task.needs = self.needs(index).into_iter().map(id).collect();
            if self == Self::Decisions {
                let returns = Then::Returns(Arc::new(json!({"amount": index, "currency": "EUR"})));
                let attempt = Attempt {
                    then: returns,
                    ..Attempt::default()
                };
                let entry = TaskScript {
                    attempts: vec![attempt],
                    compensate: None,
                };
                script.tasks.insert(id(index).to_string(), entry);
                if let Some(before) = task.needs.first() {
                    let amount = json!({"var": format!("tasks.{before}.output.amount")});
                    if index.is_multiple_of(2) {
                        let work = task.call.as_mut().expect("it was made with one");
                        work.input = Input::Template(json!({"sum": amount, "of": [amount, "EUR"]}));
                    } else {
                        task.when = Some(json!({"!==": [amount, null]}));
                    }
                }
            }
            task
        };
        let workflow = Workflow {
            id: self.as_str().into(),
            tasks: (0..tasks).map(task).collect(),
            max_parallel: None,
            timeout: None,
            on_failure: OnFailure::Stop,
        };
        (Definition::Dag(Arc::new(workflow)), script)
    }

    fn rules(self, tasks: usize) -> Definition {
        let field = |number: usize| format!("data.field{}", number % 16);
        let read = |number: usize| json!({"var": field(number)});
        let mapping = |number: usize| json!({"path": field(number), "logic": {"+": [read(number), 1]}});
        let task = |index: usize| {
            let (name, input) = match self {
                Self::Checks => {
                    let rule = |number: usize| json!({"logic": {">=": [read(number), 0]}, "message": "is negative"});
                    (
                        "validation",
                        json!({"rules": [rule(index), rule(index + 1), rule(index + 2)]}),
                    )
                }
                Self::Calls => ("work", json!({"number": index})),
                Self::Branches => ("map", json!({"mappings": [mapping(index)]})),
                _ => (
                    "map",
                    json!({"mappings": [mapping(index), mapping(index + 1), mapping(index + 2)]}),
                ),
            };
            let mut task = json!({"id": format!("t{index}"), "name": "t", "function": {"name": name, "input": input}});
            if self == Self::Branches {
                let kind = if index.is_multiple_of(2) { "order" } else { "refund" };
                task["condition"] = json!({"==": [{"var": "data.kind"}, kind]});
            }
            task
        };
        let workflow = json!({
            "id": self.as_str(),
            "name": self.as_str(),
            "tasks": (0..tasks).map(task).collect::<Vec<_>>()
        });
        let handlers = (self == Self::Calls).then(|| "work".into());
        Definition::Rules(Arc::new(Rules {
            workflows: vec![workflow],
            handlers: handlers.into_iter().collect(),
            ..Rules::default()
        }))
    }
}

/// A message with some data in it, as they have.
fn message() -> contract::Json {
    let mut data = serde_json::Map::new();
    data.insert("kind".to_owned(), json!("order"));
    for number in 0..16 {
        data.insert(format!("field{number}"), json!(number));
    }
    data.insert(
        "customer".to_owned(),
        json!({"name": "Ada", "address": {"city": "London", "lines": ["a", "b"]}}),
    );
    Message {
        data: Value::Object(data),
        ..Message::default()
    }
    .to_input()
}

/// All workloads, shape by shape, the smallest first.
pub fn all() -> Vec<Case> {
    let of_shape = |shape: Shape| shape.sizes().iter().map(move |size| shape.workload(*size));
    Shape::ALL.into_iter().flat_map(of_shape).collect()
}

/// At most `count` of the cases: the smallest and the largest, and others evenly spread over the sizes between.
pub fn spread(mut cases: Vec<Case>, count: usize) -> Vec<Case> {
    cases.sort_by(|one, other| (one.size(), &one.id).cmp(&(other.size(), &other.id)));
    if cases.len() <= count || count < 2 {
        cases.truncate(count);
        return cases;
    }
    let last = cases.len() - 1;
    let chosen: std::collections::BTreeSet<usize> = (0..count).map(|step| step * last / (count - 1)).collect();
    let mut place = 0;
    cases.retain(|_| {
        place += 1;
        chosen.contains(&(place - 1))
    });
    cases
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use contract::Feature;

    use super::*;

    #[test]
    fn there_are_at_least_24_of_both_formats_and_from_10_to_10_000_tasks() {
        let all = all();
        let ids: BTreeSet<&str> = all.iter().map(|case| &*case.id).collect();
        assert_eq!(ids.len(), all.len(), "an id is there twice");
        assert!(all.len() >= 24);
        for is_dag in [true, false] {
            assert!(all.iter().filter(|case| case.dag().is_some() == is_dag).count() >= 8);
        }
        let sizes: Vec<usize> = all.iter().map(Case::size).collect();
        assert_eq!((sizes.iter().min(), sizes.iter().max()), (Some(&10), Some(&10_000)));
    }

    #[test]
    fn a_sequential_engine_can_run_each_of_them() {
        let simple = [
            Feature::Needs,
            Feature::When,
            Feature::Template,
            Feature::FailureContinue,
        ];
        for case in all() {
            let features = case.features();
            let beyond: Vec<Feature> = features.iter().filter(|feature| !simple.contains(feature)).collect();
            assert!(beyond.is_empty(), "{} uses {beyond:?}", case.id);
        }
    }

    #[test]
    fn a_spread_keeps_the_smallest_and_the_largest() {
        let cases: Vec<Case> = (1..=20).map(|size| Shape::Chain.workload(size)).collect();
        let sizes: Vec<usize> = spread(cases, 4).iter().map(Case::size).collect();
        assert_eq!(sizes, [1, 7, 13, 20]);
    }

    #[test]
    fn fewer_than_asked_for_are_all_kept() {
        let cases = vec![Shape::Chain.workload(3), Shape::Chain.workload(2)];
        assert_eq!(spread(cases.clone(), 5).len(), 2);
        assert_eq!(spread(cases, 1).len(), 1);
    }
}
