//! Writes the script of a draft: what each attempt does, and which signals come when.

use std::collections::BTreeMap;
use std::sync::Arc;

use contract::script::{Attempt, ScriptedSignal, TaskScript, Then};
use contract::{CallError, Crash, Feature, Json, Millis, Script, Signal};
use serde_json::Value;

use super::clock::{self, Plan, Timetable, Unit};
use super::draft::Draft;
use super::values;

/// How often the durations of a case are changed in the hope that nothing happens at once by accident any more.
const TRIES: usize = 32;
/// When to go on in the timetable of a case whose question nobody answers.
const NO_ANSWER: u64 = 7_000_003;

impl Draft<'_> {
    /// Writes what each attempt does.
    pub(super) fn add_attempts(&mut self) {
        for task in 0..self.tasks.len() {
            if self.tasks[task].call.is_none() {
                continue;
            }
            if let Some(count) = self.roles[task].items {
                let outputs: Vec<Json> = match &*self.roles[task].output {
                    Value::Array(outputs) => outputs.iter().cloned().map(Arc::new).collect(),
                    _ => Vec::new(),
                };
                // Items that start together and take too long would time out together, so one of them may at most.
                let weak = self.draw.below(count.max(1));
                for (item, output) in outputs.into_iter().enumerate() {
                    let is_weak = item == weak;
                    let entry = self.entry(task, output, is_weak && self.roles[task].fails_for_good, is_weak);
                    self.roles[task].item_entries.push(entry);
                }
            } else {
                let output = Arc::clone(&self.roles[task].output);
                self.roles[task].entry = self.entry(task, output, self.roles[task].fails_for_good, true);
            }
            if self.tasks[task].compensate.is_some() {
                let takes = Millis(self.duration());
                let then = self.compensation_end();
                self.roles[task].entry.compensate = Some(Attempt { takes, then });
            }
        }
    }

    fn compensation_end(&mut self) -> Then {
        match self.draw.below(10) {
            0 if self.profile.wishes.contains(Feature::HandlerPanic) => Then::Panics("undo fell over".to_owned()),
            0 => Then::Fails(CallError::new("permanent", "cannot be undone")),
            _ => Then::default(),
        }
    }

    fn entry(&mut self, task: usize, output: Json, fails_for_good: bool, may_be_late: bool) -> TaskScript {
        let most = u64::from(self.tasks[task].retry.max_attempts);
        let least = u64::from(self.draw.chance(0.7));
        let failures = match (self.roles[task].unsure, fails_for_good) {
            (_, true) => most,
            (true, false) if most > 1 => self.draw.between(least, most - 1),
            (true, false) if self.roles[task].panics => 1,
            _ => 0,
        };
        let mut attempts: Vec<Attempt> = (0..failures).map(|_| self.failing_attempt(task, may_be_late)).collect();
        if !fails_for_good {
            let limit = self.tasks[task].timeout;
            let takes = match limit {
                Some(limit) => self.draw.between(1, limit.0 - 1),
                None => self.duration(),
            };
            attempts.push(Attempt {
                takes: Millis(takes),
                then: Then::Returns(output),
            });
        }
        TaskScript {
            attempts,
            compensate: None,
        }
    }

    fn failing_attempt(&mut self, task: usize, may_be_late: bool) -> Attempt {
        let takes = self.duration();
        if may_be_late
            && let Some(limit) = self.tasks[task].timeout
            && self.draw.chance(0.6)
        {
            // What it returns in the end comes too late.
            let then = if self.draw.chance(0.3) {
                Then::NeverReturns
            } else {
                Then::Returns(values::shared(self.draw))
            };
            return Attempt {
                takes: Millis(limit.0 + takes),
                then,
            };
        }
        let takes = self.tasks[task]
            .timeout
            .map_or(takes, |limit| takes % (limit.0 - 1) + 1);
        let then = if self.roles[task].panics && self.draw.chance(0.6) {
            Then::Panics("index out of bounds".to_owned())
        } else {
            Then::Fails(match self.draw.below(8) {
                0..5 => CallError::new("transient", "connection reset"),
                5 => CallError::new("permanent", "no such account"),
                6 => CallError::new("http_503", "try <b>later</b>"),
                _ => CallError::new("timeout", "the handler's own limit"),
            })
        };
        Attempt {
            takes: Millis(takes),
            then,
        }
    }

    /// Changes durations until no two things happen at once, as far as can be told without running the case.
    pub(super) fn timetable(&mut self) -> (Timetable, Vec<Unit>) {
        let rank: Vec<(i64, u32)> = self
            .tasks
            .iter()
            .zip(&self.place)
            .map(|(task, place)| (-i64::from(task.priority), *place))
            .collect();
        let slots = self.max_parallel.map_or(usize::MAX, |slots| slots as usize);
        let (mut units, mut attempts) = (Vec::new(), Vec::new());
        for tries_left in (0..TRIES).rev() {
            self.time_units(&mut units, &mut attempts);
            let plan = Plan {
                needs: &self.needs,
                rank: &rank,
                units: &units,
                attempts: &attempts,
                slots,
            };
            let table = Timetable::of(&plan);
            match table.tie() {
                Some(unit) if tries_left > 0 && !self.has_ties => self.move_unit(unit, &units),
                _ => return (table, units),
            }
        }
        unreachable!("the last try returns")
    }

    fn time_units(&self, units: &mut Vec<Unit>, attempts: &mut Vec<(u64, u64)>) {
        units.clear();
        attempts.clear();
        for (task, (definition, role)) in self.tasks.iter().zip(&self.roles).enumerate() {
            if definition.ask.is_some() {
                let limit = definition.timeout.map_or(NO_ANSWER, |limit| limit.0);
                attempts.push((role.answer_after.unwrap_or(limit).min(limit), 0));
                units.push(Unit {
                    task,
                    attempts: attempts.len() - 1..attempts.len(),
                    holds_slot: false,
                });
                continue;
            }
            let alone = std::slice::from_ref(&role.entry);
            for entry in if role.items.is_some() {
                &role.item_entries
            } else {
                alone
            } {
                let attempts = clock::add_attempts(definition, entry, attempts);
                units.push(Unit {
                    task,
                    attempts,
                    holds_slot: true,
                });
            }
        }
    }

    /// Lets the first attempt of `unit` take a little longer.
    fn move_unit(&mut self, unit: usize, units: &[Unit]) {
        let more = self.draw.between(1, 997);
        let task = units[unit].task;
        let first = units.partition_point(|unit| unit.task < task);
        let role = &mut self.roles[task];
        if let Some(after) = &mut role.answer_after {
            *after += more;
            return;
        }
        let entry = if role.items.is_some() {
            role.item_entries.get_mut(unit - first)
        } else {
            Some(&mut role.entry)
        };
        let Some(entry) = entry else { return };
        match (entry.attempts.first_mut(), &mut self.tasks[task].timeout) {
            // What times out has to be moved by its timeout.
            (Some(attempt), Some(limit)) if attempt.takes > *limit => {
                limit.0 += more;
                attempt.takes.0 += more;
            }
            (Some(attempt), Some(limit)) => {
                limit.0 += 2 * more;
                attempt.takes.0 += more;
            }
            (Some(attempt), None) => attempt.takes.0 += more,
            (None, _) => {}
        }
    }

    /// The signals, and the timeout of the run.
    pub(super) fn signals(&mut self, table: &mut Timetable, units: &[Unit]) -> (Vec<ScriptedSignal>, Option<Millis>) {
        let wishes = self.profile.wishes;
        let end = table.end().clamp(10, 1 << 32);
        let mut signals = Vec::new();
        if wishes.contains(Feature::UserInput) {
            self.add_answers(table, units, &mut signals);
        }
        if wishes.contains(Feature::PauseResume) {
            self.add_pauses(table, end, &mut signals);
        }
        if wishes.contains(Feature::Cancel) {
            let at = if self.draw.chance(0.08) {
                0
            } else {
                self.draw.between(1, end + end / 8)
            };
            signals.push(ScriptedSignal {
                at: self.moment(table, at),
                signal: Signal::Cancel,
            });
        }
        signals.sort_by_key(|scripted| scripted.at);
        let timeout = wishes.contains(Feature::RunTimeout).then(|| {
            let at = self.draw.between(end / 4 + 1, end + end / 4);
            self.moment(table, at)
        });
        (signals, timeout)
    }

    /// A moment from `at` on at which nothing else happens; 0 stays 0, which is before the start.
    fn moment(&self, table: &mut Timetable, at: u64) -> Millis {
        Millis(if at == 0 || self.has_ties {
            at
        } else {
            table.take_moment(at)
        })
    }

    fn add_pauses(&mut self, table: &mut Timetable, end: u64, signals: &mut Vec<ScriptedSignal>) {
        let mut at = if self.draw.chance(0.1) {
            0
        } else {
            self.draw.between(1, end)
        };
        for _ in 0..self.draw.between(1, 2) {
            signals.push(ScriptedSignal {
                at: self.moment(table, at),
                signal: Signal::Pause,
            });
            at += self.draw.between(1, end);
            if self.draw.chance(0.88) {
                signals.push(ScriptedSignal {
                    at: self.moment(table, at),
                    signal: Signal::Resume,
                });
            }
            at += self.draw.between(1, end);
        }
    }

    fn add_answers(&mut self, table: &mut Timetable, units: &[Unit], signals: &mut Vec<ScriptedSignal>) {
        for (index, unit) in units.iter().enumerate().filter(|(_, unit)| !unit.holds_slot) {
            let starts = table.starts[index];
            let task = Arc::clone(&self.tasks[unit.task].id);
            // Too early, where there is such a time: refused.
            if starts > 1 && self.draw.chance(0.15) {
                let at = self.draw.between(1, starts - 1);
                let signal = Signal::Respond {
                    task: Arc::clone(&task),
                    value: values::shared(self.draw),
                };
                signals.push(ScriptedSignal {
                    at: self.moment(table, at),
                    signal,
                });
            }
            if let Some(after) = self.roles[unit.task].answer_after {
                let value = Arc::clone(&self.roles[unit.task].output);
                let signal = Signal::Respond { task, value };
                // The timetable holds this moment already, as the end of the wait.
                signals.push(ScriptedSignal {
                    at: Millis(starts + after),
                    signal,
                });
            }
        }
        if self.tasks.is_empty() || self.draw.chance(0.2) {
            // For a task that does not ask, or is not there.
            let at = self.draw.between(1, table.end().clamp(1, 1 << 32));
            let task = if self.tasks.is_empty() || self.draw.chance(0.5) {
                "nobody".into()
            } else {
                Arc::clone(&self.draw.pick(&self.tasks).id)
            };
            let signal = Signal::Respond {
                task,
                value: values::shared(self.draw),
            };
            signals.push(ScriptedSignal {
                at: self.moment(table, at),
                signal,
            });
        }
    }

    /// One to three deaths of the engine's process, each at a moment at which nothing else happens, and so is its end.
    pub(super) fn crashes(&mut self, table: &mut Timetable) -> Vec<Crash> {
        if !self.profile.wishes.contains(Feature::Durable) {
            return Vec::new();
        }
        let end = table.end().clamp(10, 1 << 32);
        let count = *self.draw.pick(&[1, 1, 1, 2, 2, 3]);
        let mut dies: Vec<u64> = (0..count).map(|_| self.draw.between(1, end + end / 16)).collect();
        dies.sort_unstable();
        let (mut crashes, mut from) = (Vec::with_capacity(count), 1);
        for at in dies {
            let at = self.moment(table, at.max(from));
            let outage = match self.draw.below(4) {
                0 => 0,
                1 => self.draw.between(1, end),
                _ => self.draw.scaled(1, end),
            };
            let back = if outage == 0 {
                at
            } else {
                self.moment(table, at.0 + outage)
            };
            crashes.push(Crash {
                at,
                outage: Millis(back.0 - at.0),
            });
            from = back.0 + 1;
        }
        crashes
    }

    /// Puts the entries of all tasks together.
    pub(super) fn script(&mut self, signals: Vec<ScriptedSignal>, crashes: Vec<Crash>) -> Script {
        let mut entries: Vec<(String, TaskScript)> = Vec::with_capacity(self.tasks.len());
        for (task, role) in self.tasks.iter().zip(&mut self.roles) {
            for (item, entry) in std::mem::take(&mut role.item_entries).into_iter().enumerate() {
                entries.push((format!("{}[{item}]", task.id), entry));
            }
            let entry = std::mem::take(&mut role.entry);
            if entry != TaskScript::default() {
                entries.push((task.id.to_string(), entry));
            }
        }
        Script {
            tasks: BTreeMap::from_iter(entries),
            signals,
            crashes,
        }
    }
}
