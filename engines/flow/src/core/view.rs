//! What logic sees of a run: `{"input": …, "tasks": {id: {"output", "status"}}}`, the tasks being those that have ended.
//!
//! The template of an item sees `item` and `index` besides, that of a compensation `output`.

use contract::Json;
use datalogic_rs::bumpalo::Bump;
use datalogic_rs::{DataValue, Error};
use serde_json::Value;

use super::task::TaskState;
use crate::plan::{Expression, Parts, Plan, Reads};

/// The parts of a run that logic can see.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) plan: &'a Plan,
    pub(super) input: &'a Json,
    pub(super) tasks: &'a [TaskState],
    /// The item that an attempt is for, with its index.
    pub(super) item: Option<(u32, &'a Value)>,
    /// The own output of the task that is to be undone.
    pub(super) output: Option<&'a Value>,
}

impl<'a> View<'a> {
    /// The value of `expression`, in `arena`.
    pub(super) fn evaluate(self, expression: &'a Expression, arena: &'a Bump) -> Result<&'a DataValue<'a>, Error> {
        let (input, item, output, tasks) = match &expression.reads {
            Reads::Everything => (true, true, true, &*self.plan.by_id),
            Reads::Parts(Parts {
                input,
                item,
                output,
                tasks,
            }) => (*input, *item, *output, &**tasks),
        };
        let convert = |value| DataValue::from_serde_value_in(value, arena);
        let mut entries = [("", DataValue::Null); 5];
        let mut count = 0;
        // Keys in alphabetical order, as everywhere in JSON here.
        let parts = [
            (
                "index",
                self.item.map(|(index, _)| DataValue::from_i64(i64::from(index))),
            ),
            ("input", input.then(|| convert(self.input))),
            ("item", self.item.filter(|_| item).map(|(_, value)| convert(value))),
            ("output", self.output.filter(|_| output).map(convert)),
            ("tasks", Some(self.tasks(tasks, arena))),
        ];
        for (key, value) in parts {
            if let Some(value) = value {
                entries[count] = (key, value);
                count += 1;
            }
        }
        let data = DataValue::Object(arena.alloc_slice_copy(&entries[..count]));
        self.plan.logic.evaluate(&expression.logic, data, arena)
    }

    fn tasks(self, shown: &[u32], arena: &'a Bump) -> DataValue<'a> {
        let ended = shown
            .iter()
            .filter(|task| self.tasks[**task as usize].phase.status().is_terminal());
        let entries = arena.alloc_slice_fill_iter(
            ended
                .clone()
                .map(|task| {
                    let phase = &self.tasks[*task as usize].phase;
                    let output = phase.output().map_or(DataValue::Null, |output| {
                        DataValue::from_serde_value_in(output.value(), arena)
                    });
                    let state = [
                        ("output", output),
                        ("status", DataValue::String(phase.status().as_str())),
                    ];
                    (
                        &*self.plan.task(*task).id,
                        DataValue::Object(arena.alloc_slice_copy(&state)),
                    )
                })
                .collect::<Vec<_>>(),
        );
        DataValue::Object(entries)
    }
}
