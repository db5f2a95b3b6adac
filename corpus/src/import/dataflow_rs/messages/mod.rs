//! Makes messages for definitions from the definitions themselves.
//!
//! A message *aims at* one definition: its condition is to hold, what its tasks read is there and fits, and its branches are
//! taken both ways over many messages. Definitions that follow one another, each waiting for the progress of the one before,
//! are reached in two ways: at once, by a seed in `metadata.progress`, or from the beginning of their chain.

mod aim;
mod chain;
mod compare;
mod document;
mod draft;
mod fill;
mod known;
mod payload;
mod replies;
mod survey;
#[cfg(test)]
mod tests;
mod values;

use std::sync::Arc;

use contract::Script;
use contract::rules::reply::Write;
use contract::rules::{Message, Rules, call_name};
use serde_json::{Value, json};

use super::expression::Scope;
use super::plan::{Plan, Work};
use crate::generate::draw::Draw;
use aim::{Goal, TRUE};
use chain::Chains;
use draft::Draft;
use replies::Part;
use survey::Survey;

/// What messages are made from.
pub(super) struct Messages {
    plan: Plan,
    survey: Survey,
    chains: Chains,
    seed: u64,
}

/// A message, with what the functions do that it meets.
pub(super) struct Made {
    pub(super) message: Message,
    pub(super) script: Arc<Script>,
    pub(super) way: Way,
}

/// How a message goes about its definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// The context is such that the condition holds.
    Direct,
    /// It begins where the definition's chain begins.
    Chain,
    /// Something that the condition asks for is missing.
    NearMiss,
}

impl Messages {
    pub(super) fn new(rules: &Rules, seed: u64) -> Self {
        let plan = Plan::of(rules);
        Self {
            survey: Survey::of(&plan),
            chains: Chains::of(&plan),
            plan,
            seed,
        }
    }

    /// Message `number` for the definition at `target`.
    pub(super) fn make(&self, target: usize, number: u64) -> Made {
        let name = contract::text::fingerprint(self.plan.workflows[target].id.bytes()).wrapping_add(target as u64);
        let mut draw = Draw::at(self.seed ^ name, number);
        let chain = self.chains.to(target, &mut draw);
        // In turn, so that a few messages already go every way.
        let way = match number % 10 {
            1 | 4 | 7 if chain.len() > 1 => Way::Chain,
            5 => Way::NearMiss,
            _ => Way::Direct,
        };
        if way == Way::Chain {
            return self.drawn(draw, &chain, way);
        }
        let made = self.drawn(draw.clone(), &[target], way);
        // The seed of the progress is lost if another definition runs first. Then there is only one way.
        if way == Way::Direct && chain.len() > 1 && self.chains.waits(target) && self.is_overtaken(&made, target) {
            return self.drawn(draw, &chain, Way::Chain);
        }
        made
    }

    /// The message that `draw` gives for the last of `flow`.
    fn drawn(&self, draw: Draw, flow: &[usize], way: Way) -> Made {
        let target = flow.last().copied().unwrap_or_default();
        let mut draft = Draft::new(&self.survey, draw);
        self.fill(&mut draft, flow);
        self.aim(&mut draft, flow);
        if way == Way::NearMiss
            && let Some(condition) = &self.plan.workflows[target].condition
        {
            draft.aim(condition, Goal::Falsy, Scope::Root);
        }
        let script = self.script(&mut draft, flow, way);
        let message = self.message(&mut draft, flow);
        Made {
            message,
            script: Arc::new(script),
            way,
        }
    }

    /// Whether a definition that records progress of its own certainly runs before `target`.
    fn is_overtaken(&self, made: &Made, target: usize) -> bool {
        let context = json!({
            "data": made.message.data,
            "metadata": made.message.metadata,
            "temp_data": made.message.temp_data,
        });
        let before = self.plan.order.iter().take_while(|place| **place != target);
        before.into_iter().any(|place| {
            let workflow = &self.plan.workflows[*place];
            let records = workflow.tasks.iter().any(|task| !matches!(task.work, Work::Handler(_)));
            records && holds(&context, workflow.condition.as_ref())
        })
    }

    fn fill<'a>(&'a self, draft: &mut Draft<'a>, flow: &[usize]) {
        // Half of the messages hold little more than what is asked of them on the way: whatever else is there may make a
        // task fail before the target is reached.
        draft.is_lean = draft.draw.chance(0.5);
        // What the last one reads matters most, and comes first.
        for (distance, place) in flow.iter().rev().enumerate() {
            if draft.is_lean && distance > 0 {
                break;
            }
            for task in &self.plan.workflows[*place].tasks {
                draft.fill_work(&task.work);
                for condition in &task.conditions {
                    draft.fill(condition, Scope::Root);
                }
            }
        }
    }

    /// Aims at the conditions of the flow and of its tasks, and at the rules that its progress hangs on.
    fn aim<'a>(&'a self, draft: &mut Draft<'a>, flow: &[usize]) {
        let is_valid = draft.draw.chance(0.75);
        for (index, place) in flow.iter().enumerate() {
            let workflow = &self.plan.workflows[*place];
            let is_last = index + 1 == flow.len();
            for task in &workflow.tasks {
                let likely = match (is_last, draft.is_lean) {
                    (true, _) => 0.85,
                    (false, false) => 0.97,
                    (false, true) => 0.2,
                };
                if draft.draw.chance(likely) {
                    for condition in &task.conditions {
                        draft.aim(condition, TRUE, Scope::Root);
                    }
                }
                match &task.work {
                    Work::Rules(rules) => {
                        for rule in rules {
                            if is_valid || draft.draw.chance(0.7) {
                                draft.aim(rule, TRUE, Scope::Root);
                            }
                        }
                    }
                    Work::Filter(condition) if draft.draw.chance(0.8) => {
                        draft.aim(condition, TRUE, Scope::Root);
                    }
                    Work::Map(mappings) => {
                        for mapping in mappings {
                            if is_valid {
                                draft.provide(&mapping.logic, Scope::Root);
                            }
                            draft.written.push(mapping);
                        }
                    }
                    _ => {}
                }
            }
        }
        // From the last to the first, so that the seeds are those that the first one needs.
        for (index, place) in flow.iter().enumerate().rev() {
            draft.written.clear();
            for before in &flow[..index] {
                for task in &self.plan.workflows[*before].tasks {
                    if let Work::Map(mappings) = &task.work {
                        draft.written.extend(mappings);
                    }
                }
            }
            if let Some(condition) = &self.plan.workflows[*place].condition {
                draft.aim(condition, TRUE, Scope::Root);
            }
        }
    }

    fn script(&self, draft: &mut Draft<'_>, flow: &[usize], way: Way) -> Script {
        let mut script = Script::default();
        // No seed reaches another root than the three; a function can write there.
        let roots: Vec<String> = draft
            .context
            .as_object()
            .into_iter()
            .flatten()
            .map(|(root, _)| root.clone())
            .collect();
        let mut elsewhere = Vec::new();
        for root in roots
            .into_iter()
            .filter(|root| !["data", "metadata", "temp_data"].contains(&&**root))
        {
            let value = document::remove(&mut draft.context, &root).unwrap_or_default();
            elsewhere.push(Write { path: root, value });
        }
        let target = flow.last().copied().unwrap_or_default();
        let needs_seed = way != Way::Chain && self.chains.waits(target);
        for place in &self.plan.order {
            let workflow = &self.plan.workflows[*place];
            let part = if *place == target {
                Part::Target
            } else if flow.contains(place) {
                Part::Before
            } else if needs_seed && holds(&draft.context, workflow.condition.as_ref()) {
                Part::Unseen
            } else {
                continue;
            };
            for task in workflow
                .tasks
                .iter()
                .filter(|task| matches!(task.work, Work::Handler(_)))
            {
                let name = call_name(&workflow.id, &task.id).to_string();
                let entry = replies::script(draft, task, part, &mut elsewhere);
                script.tasks.insert(name, entry);
            }
            if *place == target {
                break;
            }
        }
        script
    }

    fn message(&self, draft: &mut Draft<'_>, flow: &[usize]) -> Message {
        let mut payload = Value::Null;
        for task in flow.iter().flat_map(|place| &self.plan.workflows[*place].tasks) {
            match &task.work {
                Work::Parse { source, target } => {
                    parse_source(draft, &task.name, source, target, &mut payload);
                }
                Work::Handler(input) if payload.is_null() && input["source"] == "payload" => {
                    let data = draft.get("data").unwrap_or(&Value::Null);
                    let (name, value) = data
                        .as_object()
                        .and_then(|entries| entries.iter().next())
                        .map_or(("Document", &Value::Null), |(name, value)| (name.as_str(), value));
                    payload = payload::xml(name, value).into();
                }
                _ => {}
            }
        }
        let target = flow.last().map(|place| &self.plan.workflows[*place]);
        let channel = target.and_then(|target| target.channel.clone());
        let draw = &mut draft.draw;
        let channel = channel.filter(|_| draw.chance(0.5));
        let has_rollout = self.plan.workflows.iter().any(|workflow| workflow.has_rollout);
        let routing_bucket = (has_rollout && draw.chance(0.7)).then(|| draw.below(100) as u8);
        let capture_changes = !draw.chance(0.03);
        let trace = draw.chance(0.05);
        let mut root = |name: &str| {
            let value = document::remove(&mut draft.context, name).unwrap_or_default();
            if value == json!({}) { Value::Null } else { value }
        };
        Message {
            payload,
            data: root("data"),
            metadata: root("metadata"),
            temp_data: root("temp_data"),
            channel,
            routing_bucket,
            capture_changes,
            trace,
        }
    }
}

/// Moves what stands where a `parse_*` writes to where it reads, as the text that it parses.
fn parse_source(draft: &mut Draft<'_>, function: &str, source: &str, target: &str, payload: &mut Value) {
    let path = format!("data.{target}");
    let value = document::remove(&mut draft.context, &path).unwrap_or_else(|| draft.plausible(&path));
    let text = match draft.draw.below(20) {
        0 => Value::Null,
        1 => "<broken {".into(),
        2..6 if function == "parse_json" => value,
        _ if function == "parse_json" => value.to_string().into(),
        _ => payload::xml("Document", &value).into(),
    };
    if text.is_null() {
        return;
    }
    if source == "payload" {
        *payload = text;
    } else if let Some(below) = source.strip_prefix("payload.") {
        document::set(payload, below, text);
    } else if !source.is_empty() {
        draft.put(source, text);
    }
}

/// Whether a condition holds on the context as it is, so far as that is plain.
fn holds(context: &Value, condition: Option<&Value>) -> bool {
    condition.is_none_or(|condition| {
        known::value(context, condition, Scope::Root).is_some_and(|value| *value == Value::Bool(true))
    })
}
