//! What logic sees of a run: `{"input": …, "tasks": {id: {"output", "status"}}}`, the tasks being those that have ended.

use contract::Json;
use datalogic_rs::bumpalo::Bump;
use datalogic_rs::{DataValue, Error};

use super::task::TaskState;
use crate::plan::{Expression, Plan, Reads};

/// The parts of a run that logic can see.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) plan: &'a Plan,
    pub(super) input: &'a Json,
    pub(super) tasks: &'a [TaskState],
    /// The own output of the task that is to be undone.
    pub(super) output: Option<&'a Json>,
}

impl<'a> View<'a> {
    /// The value of `expression`, in `arena`.
    pub(super) fn evaluate(self, expression: &'a Expression, arena: &'a Bump) -> Result<&'a DataValue<'a>, Error> {
        let (input, tasks) = match &expression.reads {
            Reads::Everything => (true, self.tasks(&self.plan.by_id, arena)),
            Reads::Parts { input, tasks } => (*input, self.tasks(tasks, arena)),
        };
        let mut entries = [("", DataValue::Null); 3];
        let mut count = 0;
        // Keys in alphabetical order, as everywhere in JSON here.
        let parts = [
            (
                "input",
                input.then(|| DataValue::from_serde_value_in(self.input, arena)),
            ),
            (
                "output",
                self.output.map(|output| DataValue::from_serde_value_in(output, arena)),
            ),
            ("tasks", Some(tasks)),
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
                    let output = phase
                        .output()
                        .map_or(DataValue::Null, |output| DataValue::from_serde_value_in(output, arena));
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
