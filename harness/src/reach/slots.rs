//! Who starts when not all can: the limit of calls in flight, and priorities.

use contract::observation::ObservedCall;
use contract::{Millis, Purpose};

use super::facts::Facts;
use super::{Behaviour as B, Behaviours, note};

pub(super) fn tell(facts: &Facts<'_>, found: &mut Behaviours) {
    let firsts = first_calls(facts);
    if let Some(limit) = facts.workflow.max_parallel {
        limited(facts, limit as usize, &firsts, found);
    }
    for (place, (task, started)) in firsts.iter().enumerate() {
        for (other, other_started) in &firsts[place + 1..] {
            order(facts, (*task, *started), (*other, *other_started), found);
        }
    }
}

/// Each task that was called, in the order of their first calls, and when that was.
fn first_calls(facts: &Facts<'_>) -> Vec<(usize, Millis)> {
    let mut firsts: Vec<(usize, Millis)> = Vec::new();
    for call in facts.calls() {
        if let Some(task) = facts.index.get(&*call.task)
            && !firsts.iter().any(|(known, _)| known == task)
        {
            firsts.push((*task, call.started));
        }
    }
    firsts
}

/// `task` was called before `other`.
fn order(facts: &Facts<'_>, task: (usize, Millis), other: (usize, Millis), found: &mut Behaviours) {
    let ((task, started), (other, other_started)) = (task, other);
    let was_ready = facts.decided[other].is_some_and(|decided| decided <= started);
    let [own, others] = [task, other].map(|task| facts.workflow.tasks[task].priority);
    if !was_ready || facts.is_paused(other_started) {
        return;
    }
    let waits = other_started > started && facts.workflow.max_parallel.is_some();
    let overtakes = task > other && own > others;
    note(found, overtakes, B::PriorityDecides);
    note(found, overtakes && waits, B::PriorityTakesSlot);
    note(
        found,
        waits && task < other && own == others && own != 0,
        B::PriorityEqual,
    );
    note(
        found,
        waits && task > other && own == 0 && others < 0,
        B::PriorityNegative,
    );
}

fn limited(facts: &Facts<'_>, limit: usize, firsts: &[(usize, Millis)], found: &mut Behaviours) {
    let calls: Vec<&ObservedCall> = facts.calls().collect();
    // With what starts at the moment itself.
    let at_once = |at: Millis| {
        let runs = |call: &&&ObservedCall| call.started <= at && call.ended.is_none_or(|ended| ended > at);
        calls.iter().filter(runs).count()
    };
    let most = calls.iter().map(|call| at_once(call.started)).max().unwrap_or(0);
    note(found, limit == 1 && calls.len() > 1, B::LimitOne);
    note(found, !calls.is_empty() && most < limit, B::LimitNotReached);
    for (task, started) in firsts {
        let Some(decided) = facts.decided[*task].filter(|decided| decided < started) else {
            continue;
        };
        note(found, at_once(decided) >= limit, B::LimitBinds);
        let frees = |call: &&ObservedCall| facts.has_timed_out(call) && call.ended == Some(*started);
        note(
            found,
            at_once(decided) >= limit && calls.iter().copied().any(|call| frees(&call)),
            B::LimitFreedByTimeout,
        );
        let leaves = facts
            .back_offs
            .iter()
            .any(|wait| wait.task != *task && wait.from == *started && wait.delay > Millis::ZERO);
        note(found, at_once(decided) >= limit && leaves, B::LimitFreedByBackOff);
    }
    for wait in &facts.back_offs {
        let queues = wait.due < wait.until && at_once(wait.due) >= limit && !facts.is_paused(wait.due);
        let starts = calls.iter().any(|call| {
            call.purpose == Purpose::Work && call.started == wait.until && call.attempt == wait.attempt + 1
        });
        note(found, queues && starts, B::LimitRetryQueues);
    }
    for (_, from, until) in &facts.waits {
        let is_full = calls
            .iter()
            .any(|call| *from <= call.started && call.started < *until && at_once(call.started) >= limit);
        note(found, is_full, B::LimitQuestionBeside);
    }
}
