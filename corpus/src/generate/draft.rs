//! A case in the making: its graph is there, its tasks get their features, and at the end it is put together.

use std::fmt::Write;
use std::sync::Arc;

use contract::script::TaskScript;
use contract::workflow::{Input, OnFailure, Retry, RunIf, Task, Work};
use contract::{Feature, Json};
use serde_json::{Map, Value};

use super::dials::Dials;
use super::draw::Draw;
use super::hostile;
use super::logic::Readable;
use super::profile::{Profile, Serial};
use super::shape::{self, Shape};
use super::values;

const HANDLERS: [&str; 8] = [
    "charge", "reserve", "ship", "notify", "convert", "fetch", "merge", "audit",
];

/// A case in the making. Tasks are in an order in which they can run; `place` says where each is declared.
pub(super) struct Draft<'a> {
    pub(super) draw: &'a mut Draw,
    pub(super) profile: Profile,
    pub(super) shape: Shape,
    pub(super) needs: Vec<Vec<u32>>,
    pub(super) is_needed: Vec<bool>,
    pub(super) place: Vec<u32>,
    pub(super) max_parallel: Option<u32>,
    pub(super) is_serial: bool,
    /// Whether each task needs the one before it.
    pub(super) is_chain: bool,
    pub(super) is_hostile: bool,
    pub(super) has_ties: bool,
    pub(super) input: Json,
    pub(super) tasks: Vec<Task>,
    pub(super) roles: Vec<Role>,
    short_durations: Vec<u64>,
}

/// What becomes of a task, apart from what its definition says.
pub(super) struct Role {
    /// What it gives when it succeeds.
    pub(super) output: Json,
    /// Whether its result is already something that may be a failure.
    pub(super) unsure: bool,
    /// Whether its attempts fail until none is left.
    pub(super) fails_for_good: bool,
    /// Whether some of its attempts panic.
    pub(super) panics: bool,
    /// Whether its id can be read from in JSONLogic.
    pub(super) is_readable: bool,
    /// The items of a `for_each` task; what `for_each` gives has this many.
    pub(super) items: Option<usize>,
    /// How long after an `ask` began to wait its answer comes; `None` is never.
    pub(super) answer_after: Option<u64>,
    /// What its attempts will do.
    pub(super) entry: TaskScript,
    /// What the attempts of each item will do.
    pub(super) item_entries: Vec<TaskScript>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(dials: &Dials, profile: Profile, draw: &'a mut Draw) -> Self {
        let tasks = if profile.wishes.contains(Feature::EmptyWorkflow) {
            0
        } else {
            // Features that are to meet need a few tasks to do so.
            size(dials, if profile.meant.is_empty() { 1 } else { 3 }, draw)
        };
        let shape = if profile.serial == Serial::Chain {
            Shape::Chain
        } else if profile.wishes.contains(Feature::Needs) {
            let mut weights = dials.shapes.weights();
            if profile.is_for(Feature::Parallel) {
                weights[Shape::Chain as usize] = 0.0;
            }
            if profile.is_for(Feature::Needs) || profile.is_for(Feature::RunIf) {
                weights[Shape::Independent as usize] = 0.0;
            }
            draw.weighted(&weights)
                .map_or(Shape::Independent, |index| Shape::ALL[index])
        } else {
            Shape::Independent
        };
        let needs = shape::needs(shape, tasks, dials.density, draw);
        let mut is_needed = vec![false; tasks];
        for need in needs.iter().flatten() {
            is_needed[*need as usize] = true;
        }
        let max_parallel = if profile.serial == Serial::Limit {
            Some(1)
        } else if profile.wishes.contains(Feature::MaxParallel) {
            let least = if profile.is_for(Feature::Parallel) { 2 } else { 1 };
            Some(draw.scaled(least, 8) as u32)
        } else {
            None
        };
        let mut place: Vec<u32> = (0..tasks as u32).collect();
        if draw.chance(dials.shuffled) {
            draw.shuffle(&mut place);
        }
        let mut draft = Self {
            is_chain: tasks <= 1 || shape == Shape::Chain,
            is_serial: max_parallel == Some(1) || tasks <= 1 || shape == Shape::Chain,
            is_hostile: draw.chance(dials.hostile),
            has_ties: draw.chance(dials.ties),
            input: values::input(draw),
            tasks: Vec::with_capacity(tasks),
            roles: Vec::with_capacity(tasks),
            short_durations: Vec::new(),
            profile,
            shape,
            needs,
            is_needed,
            place,
            max_parallel,
            draw,
        };
        let mut names = Names::default();
        for task in 0..tasks {
            draft.add_task(task, &mut names);
        }
        draft
    }

    fn add_task(&mut self, index: usize, names: &mut Names) {
        let is_readable = !(self.is_hostile && self.draw.chance(0.4));
        let id = if is_readable {
            names.id(index)
        } else {
            hostile::id(index, self.draw).into()
        };
        let handler = if is_readable {
            names.handler(self.draw)
        } else {
            hostile::text(self.draw).into()
        };
        let literal = match (self.draw.chance(0.6), is_readable) {
            (false, _) => Arc::clone(&names.null),
            (true, true) => values::shared(self.draw),
            (true, false) => Arc::new(hostile::text(self.draw).into()),
        };
        self.tasks.push(Task {
            id,
            needs: self.needs[index]
                .iter()
                .map(|need| Arc::clone(&self.tasks[*need as usize].id))
                .collect(),
            run_if: RunIf::default(),
            when: None,
            call: Some(Work {
                handler,
                input: Input::Literal(literal),
            }),
            ask: None,
            retry: Retry::default(),
            timeout: None,
            priority: 0,
            compensate: None,
            for_each: None,
        });
        self.roles.push(Role {
            output: values::shared(self.draw),
            unsure: false,
            fails_for_good: false,
            panics: false,
            is_readable,
            items: None,
            answer_after: None,
            entry: TaskScript::default(),
            item_entries: Vec::new(),
        });
    }

    /// Whether `task` may fail without the case using more than it is allowed to.
    pub(super) fn can_fail(&self, task: usize) -> bool {
        let goes_on = self.profile.policy == OnFailure::Continue;
        self.roles[task].unsure
            || self.profile.may_fail
                && (!goes_on || !self.is_needed[task] || self.profile.allowed.contains(Feature::RunIf))
                && (self.profile.allowed.contains(Feature::Parallel)
                    || self.is_serial
                    || goes_on && !self.roles.iter().any(|role| role.unsure))
    }

    /// Whether `task` may be skipped without the case using more than it is allowed to.
    pub(super) fn can_be_skipped(&self, task: usize) -> bool {
        // What a failure stops depends on what is decided beside it, even where one task runs at a time.
        let shows_beside_a_failure = self.profile.policy != OnFailure::Continue
            && !self.is_chain
            && !self.profile.allowed.contains(Feature::Parallel)
            && self.roles.iter().any(|role| role.unsure);
        !shows_beside_a_failure && (!self.is_needed[task] || self.profile.allowed.contains(Feature::RunIf))
    }

    /// Some of the tasks that `fits` holds for: each with this probability, and at least one if there is one.
    pub(super) fn some(&mut self, probability: f64, fits: impl Fn(&Self, usize) -> bool) -> Vec<usize> {
        let mut chosen: Vec<usize> = (0..self.tasks.len()).filter(|task| fits(self, *task)).collect();
        if !chosen.is_empty() {
            let one = *self.draw.pick(&chosen);
            chosen.retain(|task| *task == one || self.draw.chance(probability));
        }
        chosen
    }

    /// As [`Self::some`], of the tasks that may fail; each of them then counts as one that may.
    pub(super) fn some_unsure(&mut self, probability: f64, fits: impl Fn(&Self, usize) -> bool) -> Vec<usize> {
        let mut chosen = self.some(probability, |draft, task| fits(draft, task) && draft.can_fail(task));
        // The first choice may have used up the only failure there may be.
        chosen.retain(|task| {
            let can_fail = self.can_fail(*task);
            self.roles[*task].unsure |= can_fail;
            can_fail
        });
        chosen
    }

    /// The tasks that `task` needs, directly or not, as far as a short walk finds them.
    pub(super) fn ancestors(&mut self, task: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut at = task;
        for _ in 0..3 {
            let needs = &self.needs[at];
            if needs.is_empty() {
                break;
            }
            at = *self.draw.pick(needs) as usize;
            if self.roles[at].is_readable && !found.contains(&at) {
                found.push(at);
            }
        }
        found
    }

    /// Calls `write` with what `task` may read.
    pub(super) fn reading<T>(&mut self, task: usize, write: impl FnOnce(&Readable<'_>, &mut Draw) -> T) -> T {
        let ancestors = self.ancestors(task);
        let tasks = ancestors
            .into_iter()
            .map(|at| (&*self.tasks[at].id, &*self.roles[at].output))
            .collect();
        write(
            &Readable {
                input: &self.input,
                tasks,
            },
            self.draw,
        )
    }

    /// Puts an integer above the largest `i64` where something reads it.
    pub(super) fn add_big_integers(&mut self) {
        let callers = self.some(0.2, |draft, task| draft.tasks[task].call.is_some());
        if callers.is_empty() || self.draw.chance(0.4) {
            let mut entries = match &*self.input {
                Value::Object(entries) => entries.clone(),
                _ => Map::new(),
            };
            entries.insert("big".to_owned(), values::big_integer(self.draw));
            self.input = Arc::new(Value::Object(entries));
            return;
        }
        for task in callers {
            let big = values::big_integer(self.draw);
            let output = if self.draw.chance(0.5) {
                big
            } else {
                Value::from_iter([("big", big), ("n", 1.into())])
            };
            self.roles[task].output = Arc::new(output);
        }
    }

    /// How long something takes, in ms: from a range so wide that ties are rare before they are looked for.
    pub(super) fn duration(&mut self) -> u64 {
        const LONG: u64 = 5_000_000;
        if self.has_ties {
            *self.draw.pick(&[10, 20, 30])
        } else if self.draw.chance(0.25) {
            // Short ones are few enough to meet again, and two tasks that start together would then end together.
            let mut duration = self.draw.scaled(8, LONG);
            while self.short_durations.contains(&duration) {
                duration += 1;
            }
            self.short_durations.push(duration);
            duration
        } else {
            self.draw.between(20, LONG)
        }
    }
}

/// Names that tasks of one case share.
#[derive(Default)]
struct Names {
    text: String,
    handlers: [Option<Arc<str>>; HANDLERS.len()],
    null: Json,
}

impl Names {
    fn id(&mut self, index: usize) -> Arc<str> {
        self.text.clear();
        // Writing to a string cannot fail.
        let _ = write!(self.text, "t{index}");
        Arc::from(&*self.text)
    }

    fn handler(&mut self, draw: &mut Draw) -> Arc<str> {
        let choice = draw.below(HANDLERS.len());
        Arc::clone(self.handlers[choice].get_or_insert_with(|| HANDLERS[choice].into()))
    }
}

fn size(dials: &Dials, needed: usize, draw: &mut Draw) -> usize {
    const USUAL: usize = 20;
    let most = dials.max_tasks.max(dials.min_tasks).max(1);
    let least = dials.min_tasks.max(needed).min(most);
    if most > USUAL && (least > USUAL || draw.chance(dials.tail)) {
        draw.scaled(least.max(USUAL + 1) as u64, most as u64) as usize
    } else {
        draw.between(least as u64, most.min(USUAL) as u64) as usize
    }
}
