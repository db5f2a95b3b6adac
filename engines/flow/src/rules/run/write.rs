//! What the engine itself writes into the context: the stamp, the progress, the codes of failed tasks, a loop's counter.
//! None of it is a change.

use contract::{Behaviour, BehaviourSet};
use datalogic_rs::bumpalo::Bump;
use datalogic_rs::datavalue::DataValue;

use super::super::clock::Moment;
use super::super::document::Known;
use super::super::program::{Segment, Task, Workflow};
use super::context::{self, Entries};
use super::{Run, Setting};

impl<'a> Run<'a, '_> {
    /// The context that a message begins with, stamped.
    pub(super) fn first_context(setting: Setting<'a>, arena: &'a Bump, moment: Moment) -> (DataValue<'a>, Known<'a>) {
        let message = setting.message;
        let roots = [message.data, message.metadata, message.temp_data]
            .map(|node| (message.document.borrow(node, arena), node));
        let mut metadata: Entries<'a> = match roots[1].0 {
            DataValue::Object(entries) => entries,
            _ => &[],
        };
        let stamp = DataValue::String(arena.alloc_str(&moment.to_rfc3339()));
        metadata = context::with(arena, metadata, "processed_at", stamp);
        metadata = context::with(arena, metadata, "engine_version", DataValue::String(setting.version));
        if let Some(channel) = &message.channel {
            metadata = context::with(arena, metadata, "channel", DataValue::String(channel));
        }
        let context = DataValue::Object(arena.alloc_slice_copy(&[
            ("data", roots[0].0),
            ("metadata", DataValue::Object(metadata)),
            ("temp_data", roots[2].0),
        ]));
        (context, Known::of(&message.document, true, roots))
    }

    /// `metadata.progress`, which the next task and the next workflow may read.
    pub(super) fn write_progress(&mut self, workflow: &'a Workflow, task: &'a Task, status: u16) {
        let DataValue::Object(roots) = *self.root else {
            return;
        };
        let Some(place) = roots.iter().position(|(name, _)| *name == "metadata") else {
            self.note(Behaviour::MetadataNoObject);
            return;
        };
        let DataValue::Object(metadata) = roots[place].1 else {
            self.note(Behaviour::MetadataNoObject);
            return;
        };
        let values = [
            ("workflow_id", DataValue::String(&workflow.id)),
            ("task_id", DataValue::String(&task.id)),
            ("status_code", context::integer(status.into())),
        ];
        let slot = metadata.iter().position(|(name, _)| *name == "progress");
        let metadata = match slot {
            None => context::with_entry(
                self.arena,
                metadata,
                "progress",
                DataValue::Object(self.arena.alloc_slice_copy(&values)),
            ),
            Some(slot) => {
                // The order of the keys stays as it is if they are the same.
                let order = match metadata[slot].1 {
                    DataValue::Object(entries) if is_progress(entries) => entries,
                    _ => {
                        self.note(Behaviour::ProgressReplaced);
                        &values
                    }
                };
                let progress = self.arena.alloc_slice_fill_with(3, |index| {
                    let name = order[index].0;
                    values
                        .iter()
                        .find(|(known, _)| *known == name)
                        .copied()
                        .unwrap_or(values[0])
                });
                context::with_value(self.arena, metadata, slot, DataValue::Object(progress))
            }
        };
        let roots = context::with_value(self.arena, roots, place, DataValue::Object(metadata));
        self.set_root(DataValue::Object(roots));
    }

    /// A loop's counter.
    pub(super) fn write_counter(&mut self, path: &'a [Segment], counter: i64) {
        // What such a write goes through is no behaviour of `map`.
        let mut unnoted = BehaviourSet::EMPTY;
        let counter = context::integer(counter);
        if let Some(root) = context::set(self.arena, *self.root, path, counter, &mut unnoted) {
            self.set_root(root);
        }
    }

    /// The codes of the errors that a task left, in the error context.
    pub(super) fn write_errors(&mut self, workflow: &'a Workflow, task: &'a Task, status: u16) {
        let Some(settings) = &self.setting.program.error_context else {
            return;
        };
        let errors = &self.state.errors[self.state.position.errors_before..];
        if errors.is_empty() {
            return;
        }
        let arena = self.arena;
        let records = arena.alloc_slice_fill_iter(errors.iter().map(|error| {
            DataValue::Object(arena.alloc_slice_copy(&[
                ("workflow_id", DataValue::String(&workflow.id)),
                ("task_id", DataValue::String(&task.id)),
                ("code", DataValue::String(arena.alloc_str(&error.code))),
                ("status", context::integer(status.into())),
            ]))
        }));
        let mut reached = BehaviourSet::from([Behaviour::ErrorContextWritten]);
        let root = with_records(
            arena,
            *self.root,
            &settings.parts.segments,
            records,
            settings.limit,
            &mut reached,
        );
        self.state.reached.extend_with(reached);
        self.set_root(root);
    }
}

/// Whether an object has the three keys of a progress and no other.
fn is_progress(entries: Entries<'_>) -> bool {
    entries.len() == 3
        && entries
            .iter()
            .all(|(name, _)| matches!(*name, "workflow_id" | "task_id" | "status_code"))
}

/// `current` with records added to the list at the end of a path. Whatever is in the way is replaced.
fn with_records<'a>(
    arena: &'a Bump,
    current: DataValue<'a>,
    path: &'a [Segment],
    records: &[DataValue<'a>],
    limit: usize,
    reached: &mut BehaviourSet,
) -> DataValue<'a> {
    let Some((segment, rest)) = path.split_first() else {
        let items = if let DataValue::Array(items) = current {
            items
        } else {
            reached.insert(Behaviour::ErrorContextReplaced);
            &[]
        };
        let count = items.len() + records.len();
        let surplus = count.saturating_sub(limit);
        if surplus > 0 {
            reached.insert(Behaviour::ErrorContextTrimmed);
        }
        let kept = items.iter().chain(records).skip(surplus).copied();
        return DataValue::Array(arena.alloc_slice_fill_iter(kept.collect::<Vec<_>>()));
    };
    let entries = if let DataValue::Object(entries) = current {
        entries
    } else {
        reached.insert(Behaviour::ErrorContextReplaced);
        &[]
    };
    let child = context::field(DataValue::Object(entries), &segment.key).unwrap_or(if rest.is_empty() {
        DataValue::Array(&[])
    } else {
        DataValue::Object(&[])
    });
    let child = with_records(arena, child, rest, records, limit, reached);
    DataValue::Object(context::with(arena, entries, &segment.key, child))
}
