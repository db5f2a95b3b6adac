//! Which definition waits for which: a condition that asks for the progress of another one follows it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::expression::{Scope, operation};
use super::super::plan::Plan;
use crate::generate::draw::Draw;

const PROGRESS: &str = "metadata.progress";
const PROGRESS_OF: &str = "metadata.progress.workflow_id";

/// For each definition, those that it may follow.
pub(super) struct Chains {
    follows: Vec<Vec<usize>>,
    waits: Vec<bool>,
}

impl Chains {
    pub(super) fn of(plan: &Plan) -> Self {
        let places: BTreeMap<&str, usize> = plan
            .workflows
            .iter()
            .enumerate()
            .map(|(place, workflow)| (&*workflow.id, place))
            .collect();
        let follows = |condition: &Value| {
            let mut ids = Vec::new();
            collect(condition, &mut ids);
            ids.iter().filter_map(|id| places.get(id).copied()).collect()
        };
        Self {
            follows: plan
                .workflows
                .iter()
                .map(|workflow| workflow.condition.as_ref().map_or_else(Vec::new, follows))
                .collect(),
            waits: plan
                .workflows
                .iter()
                .map(|workflow| workflow.condition.as_ref().is_some_and(reads_progress))
                .collect(),
        }
    }

    /// Whether the definition waits for any progress.
    pub(super) fn waits(&self, place: usize) -> bool {
        self.waits[place]
    }

    /// A chain of definitions that ends with `target`.
    pub(super) fn to(&self, target: usize, draw: &mut Draw) -> Vec<usize> {
        let mut chain = vec![target];
        let mut place = target;
        while !self.follows[place].is_empty() {
            place = *draw.pick(&self.follows[place]);
            if chain.contains(&place) {
                break;
            }
            chain.push(place);
        }
        chain.reverse();
        chain
    }
}

/// The ids that the progress is compared with.
fn collect<'a>(logic: &'a Value, ids: &mut Vec<&'a str>) {
    let Some((name, arguments)) = operation(logic) else {
        return;
    };
    match (name, arguments) {
        ("==" | "===", [read, Value::String(id)] | [Value::String(id), read])
            if Scope::Root.path_of(read).as_deref() == Some(PROGRESS_OF) =>
        {
            ids.push(id);
        }
        ("in", [read, Value::Array(choices)]) if Scope::Root.path_of(read).as_deref() == Some(PROGRESS_OF) => {
            ids.extend(choices.iter().filter_map(Value::as_str));
        }
        ("and" | "or", arguments) => arguments.iter().for_each(|argument| collect(argument, ids)),
        _ => {}
    }
}

fn reads_progress(logic: &Value) -> bool {
    match operation(logic) {
        Some(("var" | "val", _)) => Scope::Root
            .path_of(logic)
            .is_some_and(|path| path.starts_with(PROGRESS)),
        Some((_, arguments)) => arguments.iter().any(reads_progress),
        None => match logic {
            Value::Array(items) => items.iter().any(reads_progress),
            Value::Object(entries) => entries.values().any(reads_progress),
            _ => false,
        },
    }
}
