//! The items of a `for_each` task: each is attempted like a task of its own, and together they make its end.

use std::sync::Arc;

use contract::{CallError, Json};
use serde_json::Value;

use super::output::Output;

/// The items of a task that has not ended.
#[derive(Clone, Debug)]
pub(super) struct Items {
    all: Box<[Item]>,
    /// How many may still start, run, or back off.
    under_way: u32,
    /// Whether one of them will never start, or not again.
    is_cut_short: bool,
    /// The error of the item that failed first.
    failure: Option<Box<CallError>>,
}

#[derive(Clone, Debug)]
struct Item {
    value: Value,
    /// The attempts started so far, hence the number of the latest one.
    attempts: u32,
    state: ItemState,
}

#[derive(Clone, Debug)]
enum ItemState {
    Ready,
    Running,
    BackingOff { is_timed: bool },
    Succeeded(Output),
    Failed,
    Abandoned,
}

/// How the items of a task ended.
pub(super) enum ItemsEnd {
    /// All succeeded, with these outputs.
    Succeeded(Output),
    /// One failed for good.
    Failed(Box<CallError>),
    /// None failed, but not all got to their end.
    CutShort,
}

impl Items {
    /// All of them ready.
    pub(super) fn new(values: Vec<Value>) -> Self {
        let item = |value| Item {
            value,
            attempts: 0,
            state: ItemState::Ready,
        };
        Self {
            under_way: values.len() as u32,
            all: values.into_iter().map(item).collect(),
            is_cut_short: false,
            failure: None,
        }
    }

    pub(super) fn len(&self) -> u32 {
        self.all.len() as u32
    }

    pub(super) fn value(&self, item: u32) -> &Value {
        &self.all[item as usize].value
    }

    pub(super) fn attempts(&self, item: u32) -> u32 {
        self.all[item as usize].attempts
    }

    pub(super) fn is_ready(&self, item: u32) -> bool {
        matches!(self.all[item as usize].state, ItemState::Ready)
    }

    pub(super) fn is_backing_off(&self, item: u32) -> bool {
        matches!(self.all[item as usize].state, ItemState::BackingOff { .. })
    }

    /// "Once an item has failed for good …": from then on none is tried again either.
    pub(super) fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// Starts the next attempt of an item, and returns its number.
    pub(super) fn start(&mut self, item: u32) -> u32 {
        let item = &mut self.all[item as usize];
        item.attempts += 1;
        item.state = ItemState::Running;
        item.attempts
    }

    pub(super) fn make_ready(&mut self, item: u32) {
        self.all[item as usize].state = ItemState::Ready;
    }

    pub(super) fn back_off(&mut self, item: u32, is_timed: bool) {
        self.all[item as usize].state = ItemState::BackingOff { is_timed };
    }

    pub(super) fn succeed(&mut self, item: u32, output: Output) {
        self.all[item as usize].state = ItemState::Succeeded(output);
        self.under_way -= 1;
    }

    /// Ends an item that failed for good. The first one to do so is the end of those that do not run: see [`Self::abandon`].
    pub(super) fn fail(&mut self, item: u32, error: Box<CallError>, left: impl FnMut(bool)) {
        self.all[item as usize].state = ItemState::Failed;
        self.under_way -= 1;
        if self.failure.is_none() {
            self.failure = Some(error);
            self.abandon(left);
        }
    }

    /// Gives up the items that do not run. `left` is told of each that was backing off, and whether a timer was set for it.
    pub(super) fn abandon(&mut self, mut left: impl FnMut(bool)) {
        for item in &mut self.all {
            match item.state {
                ItemState::Ready => {}
                ItemState::BackingOff { is_timed } => left(is_timed),
                _ => continue,
            }
            item.state = ItemState::Abandoned;
            self.under_way -= 1;
            self.is_cut_short = true;
        }
    }

    /// What they came to; `None` as long as one is under way.
    pub(super) fn end(&mut self) -> Option<ItemsEnd> {
        if self.under_way > 0 {
            return None;
        }
        if let Some(error) = self.failure.take() {
            return Some(ItemsEnd::Failed(error));
        }
        if self.is_cut_short {
            return Some(ItemsEnd::CutShort);
        }
        let outputs = std::mem::take(&mut self.all);
        let outputs = outputs.into_iter().filter_map(|item| match item.state {
            ItemState::Succeeded(output) => Some(Arc::unwrap_or_clone(Json::from(output))),
            _ => None,
        });
        let outputs = Json::new(Value::Array(outputs.collect()));
        Some(ItemsEnd::Succeeded(outputs.into()))
    }
}
