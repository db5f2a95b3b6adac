//! Gives the tasks of a draft the features that its profile wishes for, as far as its graph lets it.

use std::sync::Arc;

use contract::workflow::{Ask, Input, Retry, RunIf, Work};
use contract::{ErrorKind, Feature, Millis};
use serde_json::{Value, json};

use super::draft::Draft;
use super::logic;
use super::values;

const RUN_IFS: [RunIf; 4] = [
    RunIf::AllDone,
    RunIf::AnySucceeded,
    RunIf::AnyFailed,
    RunIf::AllSucceeded,
];
/// How often a condition holds.
const HOLDS: f64 = 0.7;

impl Draft<'_> {
    pub(super) fn add_features(&mut self) {
        let wishes = self.profile.wishes;
        // First what makes a task another kind of task, then what may make it fail, then what reads what others give.
        self.add_big_integers_if_wished();
        if wishes.contains(Feature::UserInput) {
            self.add_asks();
        }
        if wishes.contains(Feature::ForEach) {
            self.add_for_each();
        }
        if wishes.contains(Feature::TaskTimeout) {
            self.add_timeouts();
        }
        if wishes.contains(Feature::Retry) {
            self.add_retries();
        }
        if wishes.contains(Feature::HandlerPanic) {
            for task in self.some_unsure(0.15, |draft, task| draft.tasks[task].call.is_some()) {
                self.roles[task].panics = true;
            }
        }
        let mut risky_logic = Vec::new();
        if self.profile.wants_failure {
            self.add_failures(&mut risky_logic);
        }
        if wishes.contains(Feature::RunIf) {
            for task in self.some(0.5, |draft, task| !draft.needs[task].is_empty()) {
                self.tasks[task].run_if = *self.draw.pick(&RUN_IFS);
            }
        }
        if wishes.contains(Feature::When) {
            self.add_conditions();
        }
        if wishes.contains(Feature::Template) {
            self.add_templates();
        }
        for task in risky_logic {
            self.add_risky_logic(task);
        }
        if wishes.contains(Feature::Compensation) {
            self.add_compensations();
        }
        if wishes.contains(Feature::Priority) {
            for task in self.some(0.6, |_, _| true) {
                self.tasks[task].priority = self.draw.between(0, 8) as i32 - 4;
            }
            if self.max_parallel.is_none()
                && self.profile.allowed.contains(Feature::MaxParallel)
                && self.draw.chance(0.7)
            {
                self.max_parallel = Some(self.draw.between(1, 3) as u32);
            }
        }
    }

    pub(super) fn add_big_integers_if_wished(&mut self) {
        if self.profile.wishes.contains(Feature::BigInteger) {
            self.add_big_integers();
        }
    }

    fn add_asks(&mut self) {
        for task in self.some(0.2, |_, _| true) {
            let variable = format!("answer_{task}").into();
            self.tasks[task].ask = Some(Ask {
                variable,
                prompt: "Is this right?".to_owned(),
            });
            self.tasks[task].call = None;
            self.roles[task].answer_after = if self.draw.chance(0.85) {
                Some(self.duration())
            } else {
                None
            };
        }
    }

    fn add_for_each(&mut self) {
        for task in self.some_unsure(0.2, |draft, task| draft.tasks[task].call.is_some()) {
            let count = self.draw.below(6);
            let items: Vec<Value> = (0..count).map(|_| values::scalar(self.draw)).collect();
            let (list, count) = match self.draw.below(8) {
                0 => (json!({ "merge": [items, [1, 2]] }), count + 2),
                1 => (json!("not a list"), 0),
                2 => match self.input.get("items").and_then(Value::as_array) {
                    Some(found) => (json!({ "var": "input.items" }), found.len()),
                    None => (Value::Array(items), count),
                },
                _ => (Value::Array(items), count),
            };
            self.tasks[task].for_each = Some(list);
            let outputs = (0..count).map(|_| values::scalar(self.draw)).collect();
            self.roles[task].output = Arc::new(Value::Array(outputs));
            self.roles[task].items = Some(count);
            if self.draw.chance(0.7) && self.profile.allowed.contains(Feature::Template) {
                let input = Input::Template(self.reading(task, logic::item_template));
                self.set_input(task, input);
            }
        }
    }

    fn add_timeouts(&mut self) {
        for task in self.some_unsure(0.3, |_, _| true) {
            let timeout = self.duration().max(3);
            self.tasks[task].timeout = Some(Millis(timeout));
            self.roles[task].fails_for_good |= self.draw.chance(0.2);
        }
    }

    fn add_retries(&mut self) {
        for task in self.some(0.4, |draft, task| draft.tasks[task].call.is_some()) {
            let initial = match self.draw.below(8) {
                0 => 0,
                _ if self.has_ties => 10,
                _ => self.draw.scaled(3, 200_000),
            };
            let max_delay = if self.draw.chance(0.3) {
                Some(Millis(self.draw.scaled(3, 200_000)))
            } else {
                None
            };
            let only = match self.draw.below(6) {
                0 => Some(vec![ErrorKind::Transient]),
                1 => Some(vec![
                    ErrorKind::Permanent,
                    ErrorKind::Timeout,
                    ErrorKind::from("http_503"),
                ]),
                _ => None,
            };
            let factor = *self.draw.pick(&[2.0, 2.0, 1.0, 1.5, 3.0, 0.5]);
            let max_attempts = self.draw.between(2, 5) as u32;
            self.tasks[task].retry = Retry {
                max_attempts,
                initial: Millis(initial),
                factor,
                max_delay,
                only,
            };
            if self.can_fail(task) {
                self.roles[task].unsure = true;
                self.roles[task].fails_for_good |= self.draw.chance(0.2);
            }
        }
    }

    /// One to three tasks that fail for good: most by their script, the others, which go to `risky_logic`, by their logic.
    fn add_failures(&mut self, risky_logic: &mut Vec<usize>) {
        let wished = if self.profile.is_for(Feature::Parallel) {
            // Under `continue`, one failure alone touches nothing beside it.
            self.draw.between(2, 3)
        } else if self.draw.chance(0.6) {
            1
        } else {
            self.draw.between(1, 3)
        };
        let is_logical = self.profile.wishes.contains(Feature::When) && self.profile.wishes.contains(Feature::Template);
        for _ in 0..wished {
            let able: Vec<usize> = (0..self.tasks.len())
                .filter(|task| {
                    !self.roles[*task].fails_for_good && self.tasks[*task].call.is_some() && self.can_fail(*task)
                })
                .collect();
            if able.is_empty() {
                break;
            }
            let task = *self.draw.pick(&able);
            self.roles[task].unsure = true;
            if is_logical && self.draw.chance(0.5) {
                risky_logic.push(task);
            } else {
                self.roles[task].fails_for_good = true;
            }
        }
    }

    fn add_conditions(&mut self) {
        for task in self.some(0.3, Self::can_be_skipped) {
            let holds = self.draw.chance(HOLDS);
            self.tasks[task].when = Some(self.reading(task, |readable, draw| logic::condition(readable, holds, draw)));
        }
    }

    fn add_templates(&mut self) {
        for task in self.some(0.5, |draft, task| {
            draft.tasks[task].call.is_some() && draft.roles[task].items.is_none()
        }) {
            let input = Input::Template(self.reading(task, logic::template));
            self.set_input(task, input);
        }
    }

    /// Replaces the condition or the template of a task that may fail by one whose evaluation may fail.
    fn add_risky_logic(&mut self, task: usize) {
        if self.can_be_skipped(task) && self.draw.chance(0.4) {
            let holds = self.draw.chance(HOLDS);
            self.tasks[task].when =
                Some(self.reading(task, |readable, draw| logic::risky_condition(readable, holds, draw)));
        } else {
            let input = Input::Template(self.reading(task, logic::risky_template));
            self.set_input(task, input);
        }
    }

    fn add_compensations(&mut self) {
        for task in self.some(0.6, |_, _| true) {
            let input = if self.draw.chance(0.6) && self.profile.allowed.contains(Feature::Template) {
                Input::Template(self.reading(task, logic::undo_template))
            } else {
                Input::Literal(values::shared(self.draw))
            };
            self.tasks[task].compensate = Some(Work {
                handler: "undo".into(),
                input,
            });
        }
    }

    fn set_input(&mut self, task: usize, input: Input) {
        if let Some(work) = &mut self.tasks[task].call {
            work.input = input;
        }
    }
}
