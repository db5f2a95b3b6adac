//! Changes of a kept case: each a single thing, most of them aimed at moments at which something happened.

use std::sync::Arc;

use contract::script::{Attempt, ScriptedSignal, TaskScript, Then};
use contract::workflow::{Ask, Input, OnFailure, Retry, RunIf, Task, Work};
use contract::{CallError, Crash, Definition, ErrorKind, Feature, Millis, Script, Signal, Workflow};
use serde_json::{Value, json};

use super::Goal;
use crate::Case;
use crate::generate::draw::Draw;

/// A case that is being changed.
struct Subject<'a> {
    workflow: &'a mut Workflow,
    script: &'a mut Script,
    /// The moments at which something happened.
    moments: &'a [Millis],
    is_tie: bool,
    draw: &'a mut Draw,
}

/// One way to change a case; it does nothing where it has nothing to change.
struct Change {
    /// Goals that need one of these are what it is for; for none in particular if there are none.
    features: &'static [Feature],
    /// Whether it makes things happen at one instant.
    is_tie: bool,
    make: fn(&mut Subject<'_>),
}

macro_rules! changes {
    ($($make:ident [$($feature:ident),*] $tie:literal,)+) => {
        const CHANGES: &[Change] = &[$(Change {
            features: &[$(Feature::$feature),*],
            is_tie: $tie,
            make: $make,
        }),+];
    };
}

changes! {
    move_signal [PauseResume, Cancel, UserInput] true,
    add_pause [PauseResume] true,
    add_cancel [Cancel] true,
    add_answer [UserInput] true,
    drop_signal [PauseResume, UserInput] false,
    set_run_timeout [RunTimeout] true,
    set_policy [] false,
    set_duration [] true,
    set_end [] false,
    fail_for_good [FailureStop, FailureCancel, FailureContinue, Compensation] false,
    set_retry [Retry] true,
    set_timeout [TaskTimeout] true,
    set_slots [MaxParallel] false,
    set_priority [Priority] false,
    set_run_if [RunIf] false,
    set_when [When, RunIf] false,
    set_items [ForEach] false,
    set_template [Template] false,
    add_crash [Durable] true,
    set_compensation [Compensation] false,
    ask_instead [UserInput] false,
    add_need [Needs, RunIf] false,
    drop_needs [Needs] false,
    declare_elsewhere [Needs, Compensation] false,
}

/// The changes, and how often each has led to something new.
pub(super) struct Changes {
    tries: Vec<u32>,
    gains: Vec<u32>,
}

impl Default for Changes {
    fn default() -> Self {
        Self {
            tries: vec![0; CHANGES.len()],
            gains: vec![0; CHANGES.len()],
        }
    }
}

impl Changes {
    /// Makes one change of `case` or a few, those before others that are for what `goal` needs, and says which.
    pub(super) fn make(
        &self,
        case: &mut Case,
        moments: &[Millis],
        goal: &Goal,
        had_ties: bool,
        draw: &mut Draw,
    ) -> Vec<usize> {
        let Definition::Dag(workflow) = &mut case.definition else {
            return Vec::new();
        };
        let weights: Vec<f64> = CHANGES
            .iter()
            .enumerate()
            .map(|(place, change)| self.weight(place, change, goal))
            .collect();
        let mut subject = Subject {
            workflow: Arc::make_mut(workflow),
            script: Arc::make_mut(&mut case.script),
            moments,
            is_tie: goal.is_tie,
            draw,
        };
        let count = *subject.draw.pick(&[1, 1, 2, 2, 3, 4]);
        let mut made = Vec::new();
        for _ in 0..count {
            if let Some(place) = subject.draw.weighted(&weights) {
                (CHANGES[place].make)(&mut subject);
                made.push(place);
            }
        }
        subject.script.signals.sort_by_key(|scripted| scripted.at);
        if goal.is_tie && !had_ties {
            case.tags.push("tie".to_owned());
        }
        made
    }

    fn weight(&self, place: usize, change: &Change, goal: &Goal) -> f64 {
        let learned = f64::from(self.gains[place] + 2) / f64::from(self.tries[place] + 8);
        let is_for = change.features.iter().any(|feature| goal.features.contains(*feature));
        let aim = match (is_for, change.is_tie && goal.is_tie) {
            (true, true) => 12.0,
            (true, false) => 6.0,
            (false, true) => 4.0,
            (false, false) => 1.0,
        };
        learned.sqrt() * aim
    }

    /// Learns whether these changes led to something new.
    pub(super) fn learn(&mut self, made: &[usize], is_new: bool) {
        for place in made {
            self.tries[*place] += 1;
            self.gains[*place] += u32::from(is_new);
        }
    }
}

impl Subject<'_> {
    /// One at which something happened if there is to be a tie, or one in between; now and then the start or after the end.
    fn moment(&mut self) -> Millis {
        let last = self.moments.last().map_or(10, |last| last.0);
        if self.moments.is_empty() || self.draw.chance(0.08) {
            return Millis(last + self.draw.between(1, 50));
        }
        let place = self.draw.below(self.moments.len());
        let at = self.moments[place];
        if self.draw.chance(if self.is_tie { 0.8 } else { 0.1 }) {
            return at;
        }
        let before = place.checked_sub(1).map_or(0, |before| self.moments[before].0);
        Millis(if at.0 > before + 1 {
            self.draw.between(before + 1, at.0 - 1)
        } else {
            at.0 + 1
        })
    }

    fn task(&mut self, fits: impl Fn(&Task) -> bool) -> Option<usize> {
        let fitting: Vec<usize> = (0..self.workflow.tasks.len())
            .filter(|task| fits(&self.workflow.tasks[*task]))
            .collect();
        (!fitting.is_empty()).then(|| *self.draw.pick(&fitting))
    }

    /// The entry of a task that calls, or of one of its items.
    fn entry(&mut self) -> Option<(usize, &mut TaskScript)> {
        let task = self.task(|task| task.call.is_some())?;
        Some(self.entry_of(task))
    }

    /// The entry of this task, or of one of its items.
    fn entry_of(&mut self, task: usize) -> (usize, &mut TaskScript) {
        let definition = &self.workflow.tasks[task];
        let name = if definition.for_each.is_some() {
            format!("{}[{}]", definition.id, self.draw.below(3))
        } else {
            definition.id.to_string()
        };
        let entry = self.script.tasks.entry(name).or_default();
        if entry.attempts.is_empty() {
            entry.attempts.push(Attempt::default());
        }
        (task, entry)
    }

    fn signal(&mut self, at: Millis, signal: Signal) {
        self.script.signals.push(ScriptedSignal { at, signal });
    }
}

fn move_signal(subject: &mut Subject<'_>) {
    let count = subject.script.signals.len();
    if count == 0 {
        return;
    }
    let at = if subject.draw.chance(0.1) {
        Millis::ZERO
    } else if count > 1 && subject.is_tie && subject.draw.chance(0.2) {
        subject.script.signals[subject.draw.below(count)].at
    } else {
        subject.moment()
    };
    let place = subject.draw.below(count);
    subject.script.signals[place].at = at;
}

fn add_pause(subject: &mut Subject<'_>) {
    let [one, other] = [subject.moment(), subject.moment()];
    let one = if subject.draw.chance(0.1) { Millis::ZERO } else { one };
    match subject.draw.below(6) {
        0 => subject.signal(one, Signal::Pause),
        1 => subject.signal(one, Signal::Resume),
        _ => {
            subject.signal(one.min(other), Signal::Pause);
            subject.signal(one.max(other), Signal::Resume);
        }
    }
}

fn add_cancel(subject: &mut Subject<'_>) {
    let is_cancel = |scripted: &ScriptedSignal| scripted.signal != Signal::Cancel;
    subject.script.signals.retain(is_cancel);
    let at = if subject.draw.chance(0.1) {
        Millis::ZERO
    } else if let Some(limit) = subject.workflow.timeout.filter(|_| subject.is_tie)
        && subject.draw.chance(0.3)
    {
        limit
    } else {
        subject.moment()
    };
    subject.signal(at, Signal::Cancel);
}

fn add_answer(subject: &mut Subject<'_>) {
    let asked = if subject.draw.chance(0.8) {
        subject.task(|task| task.ask.is_some())
    } else {
        subject.task(|_| true)
    };
    let task = match asked {
        Some(task) if !subject.draw.chance(0.1) => Arc::clone(&subject.workflow.tasks[task].id),
        _ => "nobody".into(),
    };
    let limit = asked.and_then(|task| subject.workflow.tasks[task].timeout);
    let at = match limit {
        // Of a question that is asked at the start.
        Some(limit) if subject.is_tie && subject.draw.chance(0.3) => limit,
        _ if subject.draw.chance(0.1) => Millis::ZERO,
        _ => subject.moment(),
    };
    let value = Arc::new(json!(subject.draw.between(1, 9)));
    subject.signal(at, Signal::Respond { task, value });
}

fn drop_signal(subject: &mut Subject<'_>) {
    let count = subject.script.signals.len();
    if count > 0 {
        let place = subject.draw.below(count);
        subject.script.signals.remove(place);
    }
}

fn set_run_timeout(subject: &mut Subject<'_>) {
    subject.workflow.timeout = Some(subject.moment());
}

fn set_policy(subject: &mut Subject<'_>) {
    let policies = [
        OnFailure::Stop,
        OnFailure::Cancel,
        OnFailure::Continue,
        OnFailure::Compensate,
    ];
    subject.workflow.on_failure = *subject.draw.pick(&policies);
}

fn set_duration(subject: &mut Subject<'_>) {
    let at = subject.moment();
    let is_round = subject.draw.chance(0.5);
    let round = *subject.draw.pick(&[10, 20, 30]);
    let is_tie = subject.is_tie;
    let place = subject.draw.below(3);
    let limit_instead = subject.draw.chance(0.3);
    let limits: Vec<Option<Millis>> = subject.workflow.tasks.iter().map(|task| task.timeout).collect();
    let Some((task, entry)) = subject.entry() else { return };
    let place = place.min(entry.attempts.len() - 1);
    entry.attempts[place].takes = match limits[task] {
        Some(limit) if is_tie && limit_instead => limit,
        _ if is_round && is_tie => Millis(round),
        _ => at.max(Millis(1)),
    };
}

fn failing(draw: &mut Draw) -> Then {
    match draw.below(8) {
        0..3 => Then::Fails(CallError::new("transient", "connection reset")),
        3 => Then::Fails(CallError::new("permanent", "no such account")),
        4 => Then::Fails(CallError::new("timeout", "the handler's own limit")),
        5 => Then::Fails(CallError::new("http_503", "try later")),
        _ => Then::Panics("index out of bounds".to_owned()),
    }
}

fn set_end(subject: &mut Subject<'_>) {
    let then = match subject.draw.below(6) {
        0 => Then::NeverReturns,
        1 | 2 => Then::Returns(Arc::new(json!(subject.draw.between(1, 9)))),
        _ => failing(subject.draw),
    };
    let place = subject.draw.below(3);
    let Some((task, entry)) = subject.entry() else { return };
    let place = place.min(entry.attempts.len() - 1);
    entry.attempts[place].then = then.clone();
    // Without a timeout the run would never end.
    if then == Then::NeverReturns && subject.workflow.tasks[task].timeout.is_none() {
        subject.workflow.tasks[task].timeout = Some(Millis(20));
    }
}

fn fail_for_good(subject: &mut Subject<'_>) {
    let then = failing(subject.draw);
    let takes = subject.moment().max(Millis(1));
    if let Some((_, entry)) = subject.entry() {
        entry.attempts = vec![Attempt { takes, then }];
    }
}

fn set_retry(subject: &mut Subject<'_>) {
    let Some(task) = subject.task(|task| task.call.is_some()) else {
        return;
    };
    let draw = &mut *subject.draw;
    let max_delay = draw.chance(0.3).then(|| Millis(draw.between(5, 40)));
    let kind = *draw.pick(&["transient", "permanent", "timeout", "panic"]);
    let only = draw.chance(0.35).then(|| vec![ErrorKind::from(kind)]);
    let is_named = only.is_some() && draw.chance(0.5);
    subject.workflow.tasks[task].retry = Retry {
        max_attempts: draw.between(2, 5) as u32,
        initial: Millis(*draw.pick(&[0, 10, 10, 20, 37, 211])),
        factor: *draw.pick(&[2.0, 1.0, 3.0, 0.5]),
        max_delay,
        only,
    };
    if draw.chance(0.6) {
        let then = if is_named {
            Then::Fails(CallError::new(kind, "named"))
        } else {
            failing(draw)
        };
        let is_short = draw.chance(0.6);
        let (_, entry) = subject.entry_of(task);
        let last = entry.attempts.last().cloned().unwrap_or_default();
        entry.attempts.insert(0, Attempt { then, ..last });
        if is_short {
            entry.attempts[0].takes = Millis(10);
        }
    }
}

fn set_timeout(subject: &mut Subject<'_>) {
    let Some(task) = subject.task(|_| true) else { return };
    let definition = &subject.workflow.tasks[task];
    let takes = subject.script.attempt(&definition.id, None, 1).takes.0;
    let limit = match subject.draw.below(4) {
        0 => takes,
        1 => takes.saturating_add(takes / 2 + 1),
        2 => takes / 2,
        _ => *subject.draw.pick(&[10, 20, 30]),
    };
    subject.workflow.tasks[task].timeout = Some(Millis(limit.max(1)));
}

fn set_slots(subject: &mut Subject<'_>) {
    subject.workflow.max_parallel = *subject.draw.pick(&[None, Some(1), Some(1), Some(2), Some(3)]);
}

fn set_priority(subject: &mut Subject<'_>) {
    let priority = *subject.draw.pick(&[-3, -1, 0, 2, 2, 5]);
    if let Some(task) = subject.task(|_| true) {
        subject.workflow.tasks[task].priority = priority;
    }
}

fn set_run_if(subject: &mut Subject<'_>) {
    let choices = [
        RunIf::AllSucceeded,
        RunIf::AllDone,
        RunIf::AnySucceeded,
        RunIf::AnyFailed,
    ];
    let run_if = *subject.draw.pick(&choices);
    let Some(task) = subject.task(|task| !task.needs.is_empty()) else {
        return;
    };
    subject.workflow.tasks[task].run_if = run_if;
    // What it is about is how one of its needs ends.
    let need = subject.draw.pick(&subject.workflow.tasks[task].needs);
    let need = subject.workflow.tasks.iter().position(|task| task.id == *need);
    if let Some(need) = need.filter(|_| subject.draw.chance(0.3)) {
        subject.workflow.tasks[need].when = Some(json!(false));
    }
}

fn set_when(subject: &mut Subject<'_>) {
    let Some(task) = subject.task(|_| true) else { return };
    let need = subject.workflow.tasks[task].needs.first().cloned();
    let when = match (subject.draw.below(7), need) {
        (0, _) => json!(true),
        (1, _) => json!(false),
        (2, _) => json!("a text"),
        (3, _) => json!({ "var": "input.nowhere" }),
        (4, _) => json!({ ">": ["a text", 1] }),
        (_, Some(need)) => json!({ "===": [{ "var": format!("tasks.{need}.status") }, "succeeded"] }),
        (_, None) => json!({ "!": [false] }),
    };
    subject.workflow.tasks[task].when = Some(when);
}

fn set_items(subject: &mut Subject<'_>) {
    let Some(task) = subject.task(|task| task.call.is_some()) else {
        return;
    };
    let items = [
        json!([]),
        json!([7]),
        json!([1, 2, 3]),
        json!([1, 2, 3]),
        json!("not a list"),
        json!({ "merge": [[1], [2, 3]] }),
    ];
    subject.workflow.tasks[task].for_each = Some(subject.draw.pick(&items).clone());
    let reads = subject.draw.chance(0.5);
    if let Some(work) = subject.workflow.tasks[task].call.as_mut().filter(|_| reads) {
        work.input = Input::Template(json!({ "var": "item" }));
    }
}

fn set_template(subject: &mut Subject<'_>) {
    let fails = subject.draw.chance(0.5);
    let Some(task) = subject.task(|task| task.call.is_some()) else {
        return;
    };
    if let Some(work) = &mut subject.workflow.tasks[task].call {
        work.input = Input::Template(if fails {
            json!({ "throw": "out of stock" })
        } else {
            json!({ "var": "input" })
        });
    }
}

fn add_crash(subject: &mut Subject<'_>) {
    let [one, other] = [subject.moment(), subject.moment()].map(|at| at.max(Millis(1)));
    let outage = if subject.draw.chance(0.25) {
        Millis::ZERO
    } else {
        one.max(other).saturating_sub(one.min(other))
    };
    let crash = Crash {
        at: one.min(other),
        outage,
    };
    let crashes = &mut subject.script.crashes;
    match crashes.last() {
        Some(last) if crashes.len() < 3 && last.at.saturating_add(last.outage) < crash.at => crashes.push(crash),
        _ => *crashes = vec![crash],
    }
}

fn set_compensation(subject: &mut Subject<'_>) {
    let Some(task) = subject.task(|_| true) else { return };
    let input = if subject.draw.chance(0.5) {
        Input::Template(json!({ "var": "output" }))
    } else {
        Input::default()
    };
    let takes = Millis(subject.draw.between(1, 60));
    let then = match subject.draw.below(4) {
        0 => Then::Panics("undo fell over".to_owned()),
        1 => Then::Fails(CallError::new("permanent", "cannot be undone")),
        _ => Then::default(),
    };
    let has_one = !subject.draw.chance(0.2);
    let definition = &mut subject.workflow.tasks[task];
    definition.compensate = has_one.then(|| Work {
        handler: "undo".into(),
        input,
    });
    let entry = subject.script.tasks.entry(definition.id.to_string()).or_default();
    entry.compensate = has_one.then_some(Attempt { takes, then });
}

fn ask_instead(subject: &mut Subject<'_>) {
    let Some(task) = subject.task(|task| task.call.is_some()) else {
        return;
    };
    let definition = &mut subject.workflow.tasks[task];
    (definition.call, definition.for_each) = (None, None);
    definition.retry = Retry::default();
    definition.ask = Some(Ask {
        variable: "answer".into(),
        prompt: "Is this right?".to_owned(),
    });
    let task = Arc::clone(&definition.id);
    if subject.draw.chance(0.8) {
        let at = subject.moment();
        let value = Arc::new(Value::from(true));
        subject.signal(at, Signal::Respond { task, value });
    }
}

/// A need of a task that is declared earlier: tasks are then free of circles if they were, unless the order is another.
fn add_need(subject: &mut Subject<'_>) {
    let count = subject.workflow.tasks.len();
    if count < 2 {
        return;
    }
    let task = subject.draw.between(1, count as u64 - 1) as usize;
    let need = Arc::clone(&subject.workflow.tasks[subject.draw.below(task)].id);
    let needs = &mut subject.workflow.tasks[task].needs;
    if !needs.contains(&need) {
        needs.push(need);
    }
}

fn drop_needs(subject: &mut Subject<'_>) {
    let Some(task) = subject.task(|task| !task.needs.is_empty()) else {
        return;
    };
    let definition = &mut subject.workflow.tasks[task];
    definition.needs.clear();
    if matches!(definition.run_if, RunIf::AnyFailed | RunIf::AnySucceeded) {
        definition.run_if = RunIf::default();
    }
}

fn declare_elsewhere(subject: &mut Subject<'_>) {
    let count = subject.workflow.tasks.len();
    if count > 1 {
        let [one, other] = [subject.draw.below(count), subject.draw.below(count)];
        subject.workflow.tasks.swap(one, other);
    }
}

/// The features that some change is for.
#[cfg(test)]
pub(super) fn features() -> contract::FeatureSet {
    CHANGES
        .iter()
        .flat_map(|change| change.features.iter().copied())
        .collect()
}
