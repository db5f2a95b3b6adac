//! Workflows: steps, groups, and all that decides what runs and what does not.

use serde_json::{Map, Value, json};

use contract::rules::call_name;
use contract::rules::functions::is_connector;

use super::draft::Draft;
use super::logic::{object, op};
use super::sketch::Kind;
use crate::generate::hostile;

/// How deep groups may be nested.
const DEEPEST: usize = 8;

impl Draft {
    /// A workflow, to be registered after those that are there already.
    pub(super) fn workflow(&mut self, others: &[Value]) -> Value {
        self.workflows += 1;
        let id = self.workflow_id(others);
        let mut workflow = Map::new();
        workflow.insert("id".into(), id.clone().into());
        workflow.insert("name".into(), format!("Workflow {}", self.workflows).into());
        let looped = self.draw.chance(0.13);
        let mut counted = None;
        if looped {
            let (settings, counter) = self.looped();
            workflow.insert("loop".into(), settings);
            counted = counter;
        }
        if let Some((counter, ends)) = &counted
            && self.draw.chance(0.45)
        {
            let bound = if self.draw.chance(0.8) { *ends } else { -9 };
            let condition = json!({ "<": [{ "var": format!("temp_data.{counter}") }, bound] });
            workflow.insert("condition".into(), condition);
        } else if self.draw.chance(0.4) {
            let condition = self.private(Self::guard);
            workflow.insert("condition".into(), condition);
        }
        self.in_loop = looped;
        let count = match self.draw.below(20) {
            0..14 => self.draw.between(1, 6),
            _ if self.temper.big => self.draw.between(6, 15),
            _ => self.draw.between(1, 3),
        };
        let mut left = count as usize;
        let steps = self.steps(&id, &mut left, 0);
        workflow.insert("tasks".into(), steps.into());
        self.in_loop = false;
        self.flags(&mut workflow);
        Value::Object(workflow)
    }

    fn workflow_id(&mut self, others: &[Value]) -> String {
        if self.draw.chance(0.08)
            && let Some(id) = others.first().and_then(|other| other["id"].as_str())
        {
            return id.to_owned();
        }
        if self.temper.hostile && self.draw.chance(0.5) {
            return hostile::id(self.workflows, &mut self.draw);
        }
        let name = *self.draw.pick(&["orders", "billing", "audit", "routing"]);
        format!("{name}-{}", self.workflows)
    }

    fn flags(&mut self, workflow: &mut Map<String, Value>) {
        if self.draw.chance(0.4) {
            workflow.insert("priority".into(), self.draw.below(3).into());
        }
        if self.draw.chance(0.35) {
            workflow.insert("continue_on_error".into(), self.draw.chance(0.85).into());
        }
        let in_channel = if self.channel.is_some() { 0.6 } else { 0.15 };
        if self.draw.chance(in_channel) {
            let channel = *self.draw.pick(&["default", "orders", "orders", ""]);
            workflow.insert("channel".into(), channel.into());
        }
        if self.draw.chance(if self.channel.is_some() { 0.3 } else { 0.1 }) {
            let status = *self.draw.pick(&["active", "paused", "archived"]);
            workflow.insert("status".into(), status.into());
        }
        if self.draw.chance(0.12) {
            let (start, end) = *self.draw.pick(&[
                (0, 50),
                (50, 100),
                (0, 100),
                (10, 10),
                (90, 20),
                (0, 1),
                (0, 255),
                (99, 100),
            ]);
            let rollout = json!({ "bucket_start": start, "bucket_end": end });
            workflow.insert("rollout".into(), rollout);
        }
        if self.draw.chance(0.1) {
            let odd = [
                ("description", json!("What it is for")),
                ("version", json!(3)),
                ("tags", json!(["a", "a", ""])),
                ("created_at", json!("2024-01-01T00:00:00Z")),
                ("updated_at", json!("2024-06-01T00:00:00+02:00")),
                ("unknown_key", json!({ "anything": [1] })),
                ("rollout", Value::Null),
                ("loop", Value::Null),
            ];
            let (key, value) = self.draw.pick(&odd).clone();
            workflow.entry(key).or_insert(value);
        }
    }

    /// The settings of a loop, and its counter with a number below its bound.
    fn looped(&mut self) -> (Value, Option<(String, i64)>) {
        let sweeps = if self.draw.chance(0.05) {
            20
        } else {
            self.draw.between(1, 5).cast_signed()
        };
        let increment = *self.draw.pick(&[1, 1, 1, 2, 10]);
        let init = *self.draw.pick(&[0, 0, 1, -2, i64::MAX - 300, i64::MIN]);
        let max =
            init.saturating_add(sweeps * increment - self.draw.between(0, increment.cast_unsigned() - 1).cast_signed());
        let mut settings = Map::from_iter([("max".to_owned(), Value::from(max))]);
        if init != 0 || self.draw.chance(0.5) {
            settings.insert("init".into(), init.into());
        }
        if increment != 1 || self.draw.chance(0.3) {
            settings.insert("increment".into(), increment.into());
        }
        let mut counted = None;
        if self.draw.chance(0.75) {
            let counter = *self.draw.pick(&["i", "i", "i", "loop.index", "#7", "list.0", "slot.x"]);
            settings.insert("counter".into(), counter.into());
            if !counter.contains('#') {
                self.sketch.note(&format!("temp_data.{counter}"), Kind::Number);
                let ends =
                    init.saturating_add(increment * self.draw.between(0, sweeps.cast_unsigned() - 1).cast_signed());
                counted = Some((counter.to_owned(), ends));
            }
        }
        (Value::Object(settings), counted)
    }

    /// Steps with `left` tasks among them.
    fn steps(&mut self, workflow: &str, left: &mut usize, depth: usize) -> Vec<Value> {
        let mut steps = Vec::new();
        // Within a group, some; otherwise all that are left.
        let most = if depth == 0 {
            usize::MAX
        } else {
            self.draw.between(1, 3) as usize
        };
        let again = if depth == 0 { 0.2 } else { 0.35 };
        while *left > 0 && steps.len() < most {
            let is_group = depth < DEEPEST && self.draw.chance(again);
            let step = if is_group {
                self.group(workflow, left, depth)
            } else {
                *left -= 1;
                self.task(workflow)
            };
            steps.push(step);
        }
        steps
    }

    fn group(&mut self, workflow: &str, left: &mut usize, depth: usize) -> Value {
        let mut group = Map::new();
        group.insert("id".into(), self.step_id("group").into());
        if self.draw.chance(0.7) {
            let condition = self.private(Self::guard);
            group.insert("condition".into(), condition);
        }
        if self.draw.chance(0.2) {
            group.insert("terminal".into(), self.draw.chance(0.9).into());
        }
        if self.draw.chance(0.1) {
            let odd = [
                ("name", json!("A group")),
                ("description", json!("of tasks")),
                ("continue_on_error", json!(true)),
                ("continue_on_error", json!("of no effect")),
                ("halt_on", Value::Null),
                ("function", json!({ "name": "of no effect" })),
            ];
            let (key, value) = self.draw.pick(&odd).clone();
            group.insert(key.into(), value);
        }
        let tasks = if depth + 1 < DEEPEST && self.draw.chance(0.04) {
            // A chain of groups down to the depth that is still allowed.
            let mut inner = self.steps(workflow, left, DEEPEST);
            for _ in depth + 1..DEEPEST {
                inner = vec![object([("id", self.step_id("nest").into()), ("tasks", inner.into())])];
            }
            inner
        } else {
            self.steps(workflow, left, depth + 1)
        };
        group.insert("tasks".into(), tasks.into());
        Value::Object(group)
    }

    fn step_id(&mut self, what: &str) -> String {
        self.steps += 1;
        if self.temper.hostile && self.draw.chance(0.5) {
            return hostile::id(self.steps, &mut self.draw);
        }
        format!("{what}-{}", self.steps)
    }

    fn task(&mut self, workflow: &str) -> Value {
        let function = self.function();
        let id = self.step_id(if function == "custom" { "call" } else { function });
        let mut task = Map::new();
        task.insert("id".into(), id.clone().into());
        task.insert("name".into(), "A task".into());
        if self.draw.chance(0.3) {
            let condition = self.private(Self::guard);
            task.insert("condition".into(), condition);
        }
        let mut name = function.to_owned();
        if function == "custom" || is_connector(function) {
            if function == "custom" {
                name = if self.temper.hostile && self.draw.chance(0.3) {
                    hostile::text(&mut self.draw).to_owned()
                } else {
                    (*self.draw.pick(&["score", "lookup", "notify", "mapping", "Map"])).to_owned()
                };
            }
            // A function of the application's own has to be registered, or nothing runs; the others need not be.
            if function == "custom" || self.draw.chance(0.8) {
                self.handlers.insert(name.as_str().into());
            }
        }
        let input = self.input(function);
        task.insert(
            "function".into(),
            object([("name", name.as_str().into()), ("input", input)]),
        );
        if self.handlers.contains(name.as_str()) {
            self.script_calls(&call_name(workflow, &id));
        }
        if self.draw.chance(self.temper.forgiving) {
            task.insert("continue_on_error".into(), self.draw.chance(0.9).into());
        }
        if self.draw.chance(0.07) {
            task.insert("terminal".into(), self.draw.chance(0.9).into());
        }
        if self.draw.chance(0.1) {
            let halt_on = *self.draw.pick(&["failure", "failure", "failure", "never"]);
            task.insert("halt_on".into(), halt_on.into());
        }
        if self.draw.chance(0.04) {
            let odd = [
                ("description", json!("What it does")),
                ("unknown_key", json!([])),
                ("retry", json!({ "max": 3 })),
                ("for_each", op("var", "data.items")),
            ];
            let (key, value) = self.draw.pick(&odd).clone();
            task.insert(key.into(), value);
        }
        self.sketch.note("metadata.progress.status_code", Kind::Number);
        self.sketch.note("metadata.progress.task_id", Kind::Text);
        self.last_task = Some(id);
        Value::Object(task)
    }
}
