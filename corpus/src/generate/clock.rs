//! The timetable of a case: when each attempt would end if nothing were skipped or stopped. It tells where two things
//! would happen at once by accident, and when signals are worth sending.
//!
//! What is skipped or stopped moves the rest, so a tie can still come about by chance. Durations are drawn from a range so
//! wide, and short ones so that they differ, that this is rare: none in 60,000 cases played when this was written.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

use contract::script::{TaskScript, Then};
use contract::workflow::{Retry, Task};
use contract::{ErrorKind, Millis};

/// Work that goes on by itself: a task, or one item of a `for_each`.
#[derive(Clone, Debug)]
pub(crate) struct Unit {
    /// Place of the task among the case's tasks.
    pub(crate) task: usize,
    /// Its attempts, as places in [`Plan::attempts`].
    pub(crate) attempts: Range<usize>,
    /// Whether it counts against `max_parallel`; an `ask` does not.
    pub(crate) holds_slot: bool,
}

/// A graph of tasks to be timed.
pub(crate) struct Plan<'a> {
    /// The needs of each task, without repetition.
    pub(crate) needs: &'a [Vec<u32>],
    /// What sorts ready tasks: the smallest starts first.
    pub(crate) rank: &'a [(i64, u32)],
    /// Sorted by task; a task may have none.
    pub(crate) units: &'a [Unit],
    /// Each attempt: how long it runs, and how long until the next one may start.
    pub(crate) attempts: &'a [(u64, u64)],
    /// Calls at once.
    pub(crate) slots: usize,
}

/// When things happen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timetable {
    /// The moments at which an attempt or a delay ends, sorted, each with its unit.
    pub(crate) moments: Vec<(u64, usize)>,
    /// When each unit starts first.
    pub(crate) starts: Vec<u64>,
}

impl Timetable {
    /// Times `plan`.
    pub(crate) fn of(plan: &Plan<'_>) -> Self {
        let mut clock = Clock::new(plan);
        for task in (0..plan.needs.len()).filter(|task| plan.needs[*task].is_empty()) {
            clock.release(task);
        }
        clock.start_ready();
        while let Some(Reverse((now, unit, is_delay))) = clock.happening.pop() {
            clock.now = now;
            clock.table.moments.push((now, unit));
            clock.happened(unit, is_delay);
            clock.start_ready();
        }
        clock.table
    }

    /// When the last thing happens.
    pub(crate) fn end(&self) -> u64 {
        self.moments.last().map_or(0, |(moment, _)| *moment)
    }

    /// The unit that does something at the same moment as another, if there is one.
    pub(crate) fn tie(&self) -> Option<usize> {
        self.moments
            .windows(2)
            .find(|pair| pair[0].0 == pair[1].0 && pair[0].1 != pair[1].1)
            .map(|pair| pair[1].1)
    }

    /// The first moment from `from` on at which nothing happens yet; from then on something does.
    pub(crate) fn take_moment(&mut self, from: u64) -> u64 {
        let mut moment = from;
        loop {
            match self.moments.binary_search_by_key(&moment, |(taken, _)| *taken) {
                Ok(_) => moment += 1,
                Err(place) => {
                    self.moments.insert(place, (moment, usize::MAX));
                    return moment;
                }
            }
        }
    }
}

struct Clock<'a> {
    plan: &'a Plan<'a>,
    /// The dependents of all tasks in a row, and where those of each task begin.
    dependents: Vec<u32>,
    first_dependent: Vec<u32>,
    missing: Vec<u32>,
    /// Units of each task that have not ended.
    running: Vec<u32>,
    first_unit: Vec<usize>,
    ready: BinaryHeap<Reverse<((i64, u32), usize)>>,
    happening: BinaryHeap<Reverse<(u64, usize, bool)>>,
    next_attempt: Vec<u32>,
    free: usize,
    now: u64,
    table: Timetable,
}

impl<'a> Clock<'a> {
    fn new(plan: &'a Plan<'a>) -> Self {
        let tasks = plan.needs.len();
        let mut first_dependent = vec![0; tasks + 1];
        for need in plan.needs.iter().flatten() {
            first_dependent[*need as usize] += 1;
        }
        let mut edges = 0;
        for first in &mut first_dependent {
            edges += *first;
            *first = edges;
        }
        let mut dependents = vec![0; edges as usize];
        for (task, needs) in plan.needs.iter().enumerate() {
            for need in needs {
                first_dependent[*need as usize] -= 1;
                dependents[first_dependent[*need as usize] as usize] = task as u32;
            }
        }
        let mut running = vec![0; tasks];
        let mut first_unit = vec![0; tasks];
        for (index, unit) in plan.units.iter().enumerate().rev() {
            running[unit.task] += 1;
            first_unit[unit.task] = index;
        }
        Self {
            dependents,
            first_dependent,
            missing: plan.needs.iter().map(|needs| needs.len() as u32).collect(),
            running,
            first_unit,
            ready: BinaryHeap::with_capacity(tasks),
            happening: BinaryHeap::with_capacity(tasks),
            next_attempt: vec![0; plan.units.len()],
            free: plan.slots,
            now: 0,
            table: Timetable {
                moments: Vec::with_capacity(tasks + 8),
                starts: vec![0; plan.units.len()],
            },
            plan,
        }
    }

    /// All needs of `task` have ended.
    fn release(&mut self, task: usize) {
        let units = self.first_unit[task]..self.first_unit[task] + self.running[task] as usize;
        if units.is_empty() {
            self.task_ended(task);
        }
        for unit in units {
            self.queue(unit);
        }
    }

    fn queue(&mut self, unit: usize) {
        if self.plan.units[unit].holds_slot {
            self.ready
                .push(Reverse((self.plan.rank[self.plan.units[unit].task], unit)));
        } else {
            self.start(unit);
        }
    }

    fn start_ready(&mut self) {
        while self.free > 0 {
            let Some(Reverse((_, unit))) = self.ready.pop() else {
                break;
            };
            self.free -= 1;
            self.start(unit);
        }
    }

    fn start(&mut self, unit: usize) {
        let attempt = self.next_attempt[unit] as usize;
        if attempt == 0 {
            self.table.starts[unit] = self.now;
        }
        let runs = self.plan.attempts[self.plan.units[unit].attempts.start + attempt].0;
        self.happening
            .push(Reverse((self.now.saturating_add(runs), unit, false)));
    }

    fn happened(&mut self, unit: usize, is_delay: bool) {
        let spec = &self.plan.units[unit];
        if is_delay {
            self.queue(unit);
            return;
        }
        self.free += usize::from(spec.holds_slot);
        let delay = self.plan.attempts[spec.attempts.start + self.next_attempt[unit] as usize].1;
        self.next_attempt[unit] += 1;
        if (self.next_attempt[unit] as usize) < spec.attempts.len() {
            if delay == 0 {
                self.queue(unit);
            } else {
                self.happening
                    .push(Reverse((self.now.saturating_add(delay), unit, true)));
            }
            return;
        }
        self.running[spec.task] -= 1;
        if self.running[spec.task] == 0 {
            self.task_ended(spec.task);
        }
    }

    fn task_ended(&mut self, task: usize) {
        for place in self.first_dependent[task]..self.first_dependent[task + 1] {
            let dependent = self.dependents[place as usize] as usize;
            self.missing[dependent] -= 1;
            if self.missing[dependent] == 0 {
                self.release(dependent);
            }
        }
    }
}

/// Adds how long the attempts of a task, or of an item, that follows `entry` will run and wait; gives their places.
pub(crate) fn add_attempts(task: &Task, entry: &TaskScript, attempts: &mut Vec<(u64, u64)>) -> Range<usize> {
    const FEW: usize = 12;
    let first = attempts.len();
    for number in 0..FEW.min(task.retry.max_attempts.max(1) as usize) {
        let Some(attempt) = entry.attempts.get(number).or(entry.attempts.last()) else {
            attempts.push((1, 0));
            break;
        };
        let limit = task.timeout.unwrap_or(Millis(u64::MAX));
        let (runs, kind) = match &attempt.then {
            Then::NeverReturns => (limit, Some(&ErrorKind::Timeout)),
            _ if attempt.takes > limit => (limit, Some(&ErrorKind::Timeout)),
            Then::Returns(_) => (attempt.takes, None),
            Then::Fails(error) => (attempt.takes, Some(&error.kind)),
            Then::Panics(_) => (attempt.takes, Some(&ErrorKind::Panic)),
        };
        attempts.push((runs.0.min(1 << 40), delay(&task.retry, number)));
        if kind.is_none_or(|kind| !is_retried(&task.retry, kind)) {
            break;
        }
    }
    first..attempts.len()
}

fn is_retried(retry: &Retry, kind: &ErrorKind) -> bool {
    *kind != ErrorKind::Input
        && retry
            .only
            .as_ref()
            .map_or(*kind != ErrorKind::Permanent, |only| only.contains(kind))
}

fn delay(retry: &Retry, failed: usize) -> u64 {
    let delay = retry.initial.0 as f64 * retry.factor.powi(failed.cast_signed() as i32);
    // A cast saturates, and makes NaN 0.
    let delay = delay.round() as u64;
    retry.max_delay.map_or(delay, |most| delay.min(most.0))
}

#[cfg(test)]
pub(crate) mod tests_support {
    //! When the tasks of a finished case would end, told anew from the case itself.

    use std::collections::BTreeMap;

    use super::{Plan, Timetable, Unit, add_attempts};
    use crate::Case;

    /// The moments at which attempts and delays of tasks with a call end.
    pub(crate) fn ends(case: &Case) -> Vec<u64> {
        let tasks = &case.dag().expect("the generator draws workflows").tasks;
        let places: BTreeMap<&str, u32> = (0..).zip(tasks).map(|(place, task)| (&*task.id, place)).collect();
        let needs: Vec<Vec<u32>> = tasks
            .iter()
            .map(|task| task.needs.iter().map(|need| places[&**need]).collect())
            .collect();
        let rank: Vec<(i64, u32)> = (0..)
            .zip(tasks)
            .map(|(place, task)| (-i64::from(task.priority), place))
            .collect();
        let (mut units, mut attempts) = (Vec::new(), Vec::new());
        for (task, definition) in tasks.iter().enumerate() {
            let item = |item: usize| case.script.tasks.get(&format!("{}[{item}]", definition.id));
            let entries: Vec<_> = if definition.for_each.is_some() {
                (0..).map_while(item).collect()
            } else {
                case.script.tasks.get(&*definition.id).into_iter().collect()
            };
            for entry in entries {
                let attempts = add_attempts(definition, entry, &mut attempts);
                units.push(Unit {
                    task,
                    attempts,
                    holds_slot: true,
                });
            }
        }
        let slots = case
            .dag()
            .expect("the generator draws workflows")
            .max_parallel
            .map_or(usize::MAX, |slots| slots as usize);
        let plan = Plan {
            needs: &needs,
            rank: &rank,
            units: &units,
            attempts: &attempts,
            slots,
        };
        Timetable::of(&plan)
            .moments
            .into_iter()
            .map(|(moment, _)| moment)
            .collect()
    }
}
