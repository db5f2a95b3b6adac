//! `map`: values of expressions written to paths.

use contract::Behaviour;
use datalogic_rs::datavalue::{DataValue, NumberValue};

use super::super::document::Node;
use super::super::fixes::Fix;
use super::super::program::{Mapping, Path, Task, Workflow};
use super::super::record::{ChangePath, ErrorRecord};
use super::Run;
use super::context::{self, ComputedStep, Step};
use super::tasks::Outcome;

const ROOTS: [&str; 3] = ["data", "metadata", "temp_data"];

impl<'a> Run<'a, '_> {
    pub(super) fn map(
        &mut self,
        workflow: &'a Workflow,
        task: &'a Task,
        mappings: &'a [Mapping],
        mut contexts: Option<&mut Vec<Node>>,
    ) -> Outcome {
        let mut has_failed = false;
        for (place, mapping) in mappings.iter().enumerate() {
            if let Some(contexts) = contexts.as_deref_mut() {
                contexts.push(self.snapshot());
            }
            let value = match self.evaluate(&mapping.logic) {
                Ok(value) => *value,
                Err(error) => {
                    has_failed = true;
                    self.note(Behaviour::MapMappingFailed);
                    self.record_failed_mapping(workflow, task, mapping, &error.to_string());
                    continue;
                }
            };
            match (value, &mapping.path) {
                (DataValue::Null, path) => {
                    self.note(Behaviour::MapNullSkipped);
                    if matches!(path, Path::Computed(..)) {
                        self.note(Behaviour::PathNotResolved);
                    }
                }
                (value, Path::Literal(parts)) => {
                    self.note_number(mapping, value);
                    self.write(&parts.segments, &parts.dotted, value, |_| {
                        ChangePath::Literal(place as u32)
                    });
                }
                (value, Path::Computed(expression)) => {
                    self.note_number(mapping, value);
                    self.note_path(&mappings[..place], expression.reads());
                    match self.computed_text(expression) {
                        Ok(path) => {
                            let path: &'a str = self.arena.alloc_str(&path);
                            let steps = ComputedStep::split(self.arena, path);
                            self.write(steps, path, value, |path| ChangePath::Given(path.into()));
                        }
                        Err(error) => {
                            has_failed = true;
                            self.note(Behaviour::MapPathFailed);
                            self.record_failed_mapping(workflow, task, mapping, &error.to_string());
                        }
                    }
                }
            }
        }
        if has_failed {
            Outcome::Status(500)
        } else {
            Outcome::Success
        }
    }

    /// Writes one value, and records the change if changes are captured.
    fn write<S: Step>(
        &mut self,
        steps: &'a [S],
        dotted: &'a str,
        value: DataValue<'a>,
        path: impl FnOnce(&str) -> ChangePath,
    ) {
        let arena = self.arena;
        let root = ROOTS.iter().position(|name| steps.len() == 1 && *name == dotted);
        let is_root = root.is_some();
        let old = if self.setting.message.capture_changes {
            context::get(*self.root, steps).unwrap_or(DataValue::Null)
        } else {
            self.note(Behaviour::CaptureOff);
            DataValue::Null
        };
        let written = if is_root {
            self.written_root(dotted, value)
        } else {
            self.note_root(steps);
            context::set(arena, *self.root, steps, value, &mut self.state.reached)
        };
        let has_written = self.take_written(written, dotted);
        if !self.setting.message.capture_changes {
            return;
        }
        if !has_written && self.setting.fixes.has(Fix::MapNoopChange) {
            return;
        }
        let old = if is_root && self.setting.fixes.has(Fix::RootMergeChange) {
            self.replaced_part(old, value)
        } else {
            old
        };
        self.change(path(dotted), old, value, root);
    }

    /// The context with an object merged into one of its roots, or with the root replaced by anything else.
    fn written_root(&mut self, name: &'a str, value: DataValue<'a>) -> Option<DataValue<'a>> {
        let DataValue::Object(roots) = *self.root else {
            return None;
        };
        let before = context::field(*self.root, name);
        let value = if let (Some(DataValue::Object(entries)), DataValue::Object(more)) = (before, value) {
            self.note(Behaviour::RootMerged);
            DataValue::Object(context::merged(self.arena, entries, more))
        } else {
            self.note(Behaviour::RootReplaced);
            value
        };
        Some(DataValue::Object(context::with(self.arena, roots, name, value)))
    }

    /// Of what a root was, only the keys that merging `new` replaces.
    fn replaced_part(&self, old: DataValue<'a>, new: DataValue<'a>) -> DataValue<'a> {
        let (DataValue::Object(entries), DataValue::Object(more)) = (old, new) else {
            return old;
        };
        let replaced: Vec<_> = entries
            .iter()
            .filter(|(name, _)| more.iter().any(|(key, _)| key == name))
            .copied()
            .collect();
        DataValue::Object(self.arena.alloc_slice_copy(&replaced))
    }

    fn record_failed_mapping(&mut self, workflow: &Workflow, task: &Task, mapping: &Mapping, reason: &str) {
        if !self.setting.fixes.has(Fix::MapErrorRecord) {
            return;
        }
        let mut record = ErrorRecord::new("EVALUATION_ERROR", format!("Failed to evaluate a mapping: {reason}"));
        record.path = mapping.path.literal().map(str::to_owned);
        record.workflow = Some(workflow.id.clone());
        record.task = Some(task.id.clone());
        self.state.errors.push(record);
    }

    fn note_root<S: Step>(&mut self, steps: &[S]) {
        let name = steps.first().map_or("", Step::key);
        if !ROOTS.contains(&name) && context::field(*self.root, name).is_none() {
            self.note(Behaviour::RootCreated);
        }
    }

    /// Notes what a number tells of how numbers are held.
    fn note_number(&mut self, mapping: &Mapping, value: DataValue<'_>) {
        const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
        match value {
            DataValue::Number(NumberValue::Integer(_)) if mapping.logic.may_reduce() => {
                self.note(Behaviour::NumberReduced);
            }
            DataValue::Number(NumberValue::Float(number)) if number.abs() >= TWO_TO_63 => {
                self.note(Behaviour::IntegerOverflowed);
            }
            DataValue::Number(NumberValue::Float(number)) if number.fract() == 0.0 => {
                self.note(Behaviour::FloatKept);
            }
            _ => {}
        }
    }

    /// Notes a path that is computed, and whether it reads what an earlier mapping of the task writes.
    fn note_path(&mut self, earlier: &[Mapping], reads: &[Box<str>]) {
        self.note(Behaviour::ComputedPath);
        let overlaps = |one: &str, other: &str| one.starts_with(other) || other.starts_with(one);
        let is_written = |read: &str| {
            let written = earlier.iter().filter_map(|mapping| mapping.path.literal());
            { written }.any(|path| overlaps(read, path))
        };
        if reads.iter().any(|read| is_written(read)) {
            self.note(Behaviour::PathAfterLogic);
        }
    }
}
