//! The calls in flight, by slot.

use contract::Purpose;

use super::message::CallId;
use super::task::Unit;

/// Who made each call in flight.
#[derive(Clone, Debug, Default)]
pub(super) struct Calls {
    /// By slot; `None` is free.
    slots: Vec<Option<Caller>>,
    free: Vec<u32>,
    made: u32,
}

/// Who made a call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller {
    sequence: u32,
    pub(super) unit: Unit,
    pub(super) purpose: Purpose,
}

impl Calls {
    /// Takes the slot that was freed last, so that few slots are in use and they stay in the cache.
    pub(super) fn open(&mut self, unit: Unit, purpose: Purpose) -> CallId {
        let sequence = self.made;
        self.made += 1;
        let caller = Some(Caller {
            sequence,
            unit,
            purpose,
        });
        let slot = if let Some(slot) = self.free.pop() {
            self.slots[slot as usize] = caller;
            slot
        } else {
            self.slots.push(caller);
            self.slots.len() as u32 - 1
        };
        CallId { sequence, slot }
    }

    /// Frees the slot. `None` if the call is not in flight any more: what comes late is ignored.
    pub(super) fn close(&mut self, call: CallId) -> Option<Caller> {
        let caller = self
            .slots
            .get_mut(call.slot as usize)?
            .take_if(|caller| caller.sequence == call.sequence)?;
        self.free.push(call.slot);
        Some(caller)
    }

    pub(super) fn is_open(&self, call: CallId) -> bool {
        matches!(self.slots.get(call.slot as usize), Some(Some(caller)) if caller.sequence == call.sequence)
    }

    pub(super) fn in_flight(&self) -> u32 {
        (self.slots.len() - self.free.len()) as u32
    }

    /// All that are in flight, in the order in which they started.
    pub(super) fn open_calls(&self) -> Vec<CallId> {
        let open = |(slot, caller): (usize, &Option<Caller>)| {
            caller.map(|Caller { sequence, .. }| CallId {
                sequence,
                slot: slot as u32,
            })
        };
        let mut calls: Vec<_> = self.slots.iter().enumerate().filter_map(open).collect();
        calls.sort_unstable();
        calls
    }
}
