//! The host and the storage of one run. Whatever the engine asks for is checked before it is done.

use std::sync::Arc;

use contract::observation::{Fate, ObservedCall};
use contract::stage::play;
use contract::{Call, CallResult, Event, Host, Millis, Purpose, Signal, Storage, TaskId};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::time::Instant;

use super::world::{Key, State, World};

/// The world as one life of the process sees it.
pub(super) struct SoakHost {
    pub(super) world: Arc<World>,
    pub(super) life: u32,
}

impl SoakHost {
    fn lives(&self) -> bool {
        self.world.process.lives(self.life)
    }

    /// Checks what is asked for, and writes it down. Returns its index, and when the world is done with it.
    fn add(&self, call: Call, due: Instant) -> (usize, Instant) {
        let world = &self.world;
        let mut state = world.state();
        let shown = |call: &Call| {
            let item = call.item.map(|item| format!("[{item}]")).unwrap_or_default();
            format!("`{}{item}`, attempt {}", call.task, call.attempt)
        };
        let is_work = call.purpose == Purpose::Work;
        let key: Key = (Arc::clone(&call.task), call.item, call.attempt, call.purpose);
        let earlier = state.latest.get(&key).copied();
        world.check(!state.is_over, || {
            format!("{} is called after the end of the run", shown(&call))
        });
        if let Some(earlier) = earlier {
            let was = &state.calls[earlier];
            world.check(!state.is_recorded[earlier] && was.ended.is_some(), || {
                format!(
                    "{} is called again although that is on record or in flight",
                    shown(&call)
                )
            });
            world.check((&was.handler, &was.input) == (&call.handler, &call.input), || {
                format!("{} is called again with another input", shown(&call))
            });
            state.made_again += 1;
        } else if is_work {
            self.check_new(&state, &call, &shown);
            state.attempts.insert((Arc::clone(&call.task), call.item), call.attempt);
        }
        if is_work {
            state.working += 1;
            let limit = world.workflow.max_parallel.unwrap_or(u32::MAX);
            world.check(state.working <= limit, || {
                format!("{} is called beside {limit} others, which is the limit", shown(&call))
            });
        }
        *state.in_flight.entry(Arc::clone(&call.task)).or_default() += 1;
        let due = earlier.map_or(due, |earlier| state.due[earlier]);
        let index = state.calls.len();
        state.calls.push(ObservedCall::begun(call, world.now()));
        state.due.push(due);
        state.is_recorded.push(false);
        state.latest.insert(key, index);
        (index, due)
    }

    /// What holds for a call of work that is made for the first time.
    fn check_new(&self, state: &State, call: &Call, shown: &dyn Fn(&Call) -> String) {
        let world = &self.world;
        world.check(!world.is_paused(state), || {
            format!("{} is called while the run is paused", shown(call))
        });
        let before = state.attempts.get(&(Arc::clone(&call.task), call.item));
        world.check(call.attempt == before.map_or(1, |before| before + 1), || {
            format!("{} does not follow attempt {}", shown(call), before.unwrap_or(&0))
        });
        let in_flight = |task: &TaskId| state.in_flight.get(task).is_some_and(|count| *count > 0);
        let early = world
            .ancestors
            .get(&call.task)
            .and_then(|needs| needs.iter().find(|need| in_flight(need)));
        world.check(early.is_none(), || {
            format!(
                "{} is called before `{}` has ended",
                shown(call),
                early.map_or("", |need| need)
            )
        });
    }
}

impl Host for SoakHost {
    fn call(&self, call: Call) -> BoxFuture<'static, CallResult> {
        if !self.lives() {
            return std::future::pending().boxed();
        }
        let attempt = self.world.script.call(&call);
        let (index, due) = self.add(call, Instant::now() + attempt.takes.duration());
        let (world, life) = (Arc::clone(&self.world), self.life);
        play(attempt, due, 0, move |fate| ended(&world, life, index, fate))
    }

    fn report(&self, event: Event) {
        if self.lives() {
            let state = self.world.state();
            self.world
                .check(!state.is_over, || format!("it reports {event:?} after its end"));
        }
    }

    fn signal(&self) -> BoxFuture<'static, Option<Signal>> {
        if !self.lives() {
            return std::future::pending().boxed();
        }
        let mut state = self.world.state();
        let given = state.signals_given;
        state.signals_given += 1;
        drop(state);
        let Some(scripted) = self.world.script.signals.get(given).cloned() else {
            return std::future::ready(None).boxed();
        };
        let (world, life) = (Arc::clone(&self.world), self.life);
        let due = world.began + scripted.at.duration();
        async move {
            if scripted.at > Millis::ZERO {
                tokio::time::sleep_until(due).await;
            }
            if world.process.lives(life) {
                world.state().signals_delivered = given + 1;
            }
            Some(scripted.signal)
        }
        .boxed()
    }

    fn storage(&self) -> Option<Arc<dyn Storage>> {
        Some(Arc::new(SoakStorage {
            world: Arc::clone(&self.world),
            life: self.life,
        }))
    }
}

/// Notes how a call of one life ended.
fn ended(world: &World, life: u32, index: usize, fate: Fate) {
    if !world.process.lives(life) {
        return;
    }
    let now = world.now();
    let mut state = world.state();
    let Some(call) = state.calls.get_mut(index) else {
        return;
    };
    (call.ended, call.fate) = (Some(now), fate);
    let (task, is_work) = (Arc::clone(&call.task), call.purpose == Purpose::Work);
    state.working -= u32::from(is_work);
    if let Some(count) = state.in_flight.get_mut(&task) {
        *count -= 1;
    }
    state.unrecorded.push(index);
}

/// The records of one run.
struct SoakStorage {
    world: Arc<World>,
    life: u32,
}

impl Storage for SoakStorage {
    fn append(&self, mut record: Vec<u8>) -> BoxFuture<'static, ()> {
        if !self.world.process.lives(self.life) {
            return std::future::pending().boxed();
        }
        let left = self.world.process.dies_in_write();
        let mut state = self.world.state();
        state.writes += 1;
        match left {
            Some(1) => {
                record.truncate(record.len() / 2);
                state.records.push(record);
            }
            Some(2) => {}
            _ => {
                state.records.push(record);
                state.signals_recorded = state.signals_delivered;
                for index in std::mem::take(&mut state.unrecorded) {
                    state.is_recorded[index] = true;
                }
            }
        }
        if left.is_some() {
            return std::future::pending().boxed();
        }
        std::future::ready(()).boxed()
    }

    fn records(&self) -> Vec<Vec<u8>> {
        self.world.state().records.clone()
    }

    fn truncate(&self, count: usize) {
        if self.world.process.lives(self.life) {
            self.world.state().records.truncate(count);
        }
    }

    fn now(&self) -> Millis {
        self.world.process.now()
    }
}
