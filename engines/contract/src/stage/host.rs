//! The host on the stage: performs each call as the script says, and writes down everything it is asked and told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::time::Instant;

use super::disk::{Disk, ScriptedStorage};
use super::play::play;
use super::schedule::{Schedule, lag_behind};
use crate::observation::{Fate, ObservedCall, ObservedEvent};
use crate::{Call, CallResult, Event, Host, Millis, Purpose, Script, Signal, Storage, TaskId};

/// What goes on outside the engine. It goes on when the engine's process dies.
pub(super) struct World {
    script: Arc<Script>,
    started: Instant,
    schedule: Schedule,
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) calls: Vec<ObservedCall>,
    events: Vec<ObservedEvent>,
    /// Signals that somebody waits for or has got, and those that the engine has got.
    signals_given: usize,
    pub(super) signals_delivered: usize,
    last_activity: Millis,
    /// The process of the engine that is alive; they are numbered from 0. What an earlier one does has no effect.
    pub(super) process: u32,
    /// What survives it, if anything does.
    pub(super) disk: Option<Disk>,
    /// Whether the process is about to die: a write killed it.
    pub(super) is_dying: bool,
    /// By call, if there is a disk: when the world is done with it, and whether its end is known to have been recorded.
    due: Vec<Instant>,
    pub(super) is_recorded: Vec<bool>,
    /// Calls that have ended since the last write.
    pub(super) unrecorded: Vec<usize>,
    /// The last call of each key.
    latest: BTreeMap<(TaskId, Option<u32>, u32, Purpose), usize>,
    /// Calls made again although their end had been recorded.
    repeated: Vec<ObservedCall>,
}

impl World {
    pub(super) fn new(script: Arc<Script>, started: Instant, schedule: Schedule, disk: Option<Disk>) -> Arc<Self> {
        let state = State {
            disk,
            ..State::default()
        };
        Arc::new(Self {
            script,
            started,
            schedule,
            state: Mutex::new(state),
        })
    }

    /// A panic while the state is held can only come from the allocator; what was written until then is whole.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> Millis {
        (Instant::now() - self.started).into()
    }

    /// The host of the process that is alive.
    pub(super) fn host(self: &Arc<Self>) -> Arc<ScriptedHost> {
        Arc::new(ScriptedHost {
            process: self.state().process,
            world: Arc::clone(self),
        })
    }

    pub(super) fn calls_made(&self) -> usize {
        self.state().calls.len()
    }

    pub(super) fn last_activity(&self) -> Millis {
        self.state().last_activity
    }

    pub(super) fn is_dying(&self) -> bool {
        self.state().is_dying
    }

    /// The engine's process dies: its calls in flight are lost, and so is what it has not written down.
    pub(super) fn kill(&self) {
        let now = self.now();
        let mut state = self.state();
        state.process += 1;
        state.is_dying = false;
        state.last_activity = now;
        if let Some(recorded) = state.disk.as_ref().map(|disk| disk.signals_recorded) {
            state.signals_given = recorded;
            state.signals_delivered = recorded;
        }
        state.unrecorded.clear();
        for call in state.calls.iter_mut().filter(|call| call.ended.is_none()) {
            call.ended = Some(now);
            call.fate = Fate::Lost;
        }
    }

    /// Notes how a call of a process ended.
    fn ended(&self, process: u32, index: usize, fate: Fate) {
        let now = self.now();
        let mut state = self.state();
        if state.process != process {
            return;
        }
        state.last_activity = now;
        // The record may have been taken already, if the engine kept the call beyond its run.
        if let Some(call) = state.calls.get_mut(index) {
            call.ended = Some(now);
            call.fate = fate;
            if state.disk.is_some() {
                state.unrecorded.push(index);
            }
        }
    }

    /// What was seen, how many writes there were, and which calls were made again although their end had been recorded.
    pub(super) fn take(&self) -> (Vec<ObservedCall>, Vec<ObservedEvent>, u32, Vec<ObservedCall>) {
        let mut state = self.state();
        let state = std::mem::take(&mut *state);
        let writes = state.disk.map_or(0, |disk| disk.writes);
        (state.calls, state.events, writes, state.repeated)
    }
}

impl State {
    /// Writes a call down. Returns its index, and when the world is done with it.
    fn add(&mut self, call: ObservedCall, due: Instant) -> (usize, Instant) {
        let index = self.calls.len();
        let mut due = due;
        if self.disk.is_some() {
            let key = (TaskId::clone(&call.task), call.item, call.attempt, call.purpose);
            // The world goes on: a call with the key of an earlier one joins that one's work.
            if let Some(earlier) = self.latest.insert(key, index) {
                due = self.due[earlier];
                if self.is_recorded[earlier] {
                    self.repeated.push(call.clone());
                }
            }
            self.due.push(due);
            self.is_recorded.push(false);
        }
        self.calls.push(call);
        (index, due)
    }
}

/// The world as one process of the engine sees it: plays the script and records what happens.
pub(super) struct ScriptedHost {
    world: Arc<World>,
    process: u32,
}

impl ScriptedHost {
    /// The state of the world, if this host's process is alive.
    fn alive(&self) -> Option<MutexGuard<'_, State>> {
        Some(self.world.state()).filter(|state| state.process == self.process)
    }
}

impl Host for ScriptedHost {
    fn call(&self, call: Call) -> BoxFuture<'static, CallResult> {
        let attempt = self.world.script.call(&call);
        let now = self.world.now();
        let Some(mut state) = self.alive() else {
            return std::future::pending().boxed();
        };
        state.last_activity = now;
        let lag = self.world.schedule.lag_of_call(&call);
        let observed = ObservedCall::begun(call, now);
        // The call begins now, not when its future is first polled.
        let (index, due) = state.add(observed, Instant::now() + attempt.takes.duration());
        drop(state);
        let (world, process) = (Arc::clone(&self.world), self.process);
        play(attempt, due, lag, move |fate| world.ended(process, index, fate))
    }

    fn report(&self, event: Event) {
        let at = self.world.now();
        if let Some(mut state) = self.alive() {
            state.last_activity = at;
            state.events.push(ObservedEvent { at, event });
        }
    }

    fn signal(&self) -> BoxFuture<'static, Option<Signal>> {
        let Some(mut state) = self.alive() else {
            return std::future::pending().boxed();
        };
        let given = state.signals_given;
        state.signals_given += 1;
        drop(state);
        let Some(scripted) = self.world.script.signals.get(given).cloned() else {
            return std::future::ready(None).boxed();
        };
        let due = self.world.started + scripted.at.duration();
        let lag = self.world.schedule.lag_of_signal(given);
        let undelivered = Undelivered {
            world: Some(Arc::clone(&self.world)),
            process: self.process,
            given,
        };
        async move {
            let mut undelivered = undelivered;
            if scripted.at > Millis::ZERO {
                tokio::time::sleep_until(due).await;
                // What is there before the start does not lag behind it.
                lag_behind(lag).await;
            }
            undelivered.deliver();
            Some(scripted.signal)
        }
        .boxed()
    }

    fn storage(&self) -> Option<Arc<dyn Storage>> {
        self.alive()?.disk.as_ref()?;
        Some(Arc::new(ScriptedStorage {
            world: Arc::clone(&self.world),
            process: self.process,
        }))
    }
}

/// A signal whose future is dropped before it came is given to the next one who asks.
struct Undelivered {
    world: Option<Arc<World>>,
    process: u32,
    given: usize,
}

impl Undelivered {
    fn deliver(&mut self) {
        if let Some(world) = self.world.take() {
            let mut state = world.state();
            if state.process == self.process {
                state.signals_delivered = self.given + 1;
            }
        }
    }
}

impl Drop for Undelivered {
    fn drop(&mut self) {
        if let Some(world) = &self.world {
            let mut state = world.state();
            if state.process == self.process {
                state.signals_given = self.given;
            }
        }
    }
}
