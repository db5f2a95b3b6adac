//! A subscriber that keeps the engine's spans: their nesting, their fields and whether they are closed.

use std::collections::BTreeMap;
use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex, MutexGuard};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// What it has seen. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Trace(Arc<Mutex<Spans>>);

#[derive(Default)]
struct Spans {
    /// A span's id is its place, from 1.
    all: Vec<Seen>,
    /// The spans that the thread is in.
    entered: Vec<u64>,
}

struct Seen {
    metadata: &'static Metadata<'static>,
    parent: Option<u64>,
    fields: BTreeMap<usize, String>,
    handles: usize,
}

impl Trace {
    fn spans(&self) -> MutexGuard<'_, Spans> {
        self.0.lock().expect("nobody panics with it")
    }

    /// Spans that are not closed.
    pub(super) fn open(&self) -> usize {
        self.spans().all.iter().filter(|span| span.handles > 0).count()
    }

    /// All spans in the order in which they were made, each below its parent, with its fields as they were declared.
    pub(super) fn show(&self) -> String {
        let mut text = String::new();
        self.spans().show(None, 0, &mut text);
        text
    }
}

impl Spans {
    fn show(&self, parent: Option<u64>, depth: usize, text: &mut String) {
        for (id, span) in (1..).zip(&self.all).filter(|(_, span)| span.parent == parent) {
            write!(text, "{:1$}{name}", "", 2 * depth, name = span.metadata.name()).expect("a string takes all");
            for (field, value) in span.metadata.fields().iter().zip(0..) {
                if let Some(shown) = span.fields.get(&value) {
                    write!(text, " {field}={shown}").expect("a string takes all");
                }
            }
            text.push('\n');
            self.show(Some(id), depth + 1, text);
        }
    }

    fn of(&mut self, id: &Id) -> &mut Seen {
        &mut self.all[id.into_u64() as usize - 1]
    }
}

impl Visit for Seen {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.fields.insert(field.index(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.index(), value.to_owned());
    }
}

impl Subscriber for Trace {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.target().starts_with("flow::")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut spans = self.spans();
        let parent = match span.parent() {
            Some(parent) => Some(parent.into_u64()),
            None if span.is_contextual() => spans.entered.last().copied(),
            None => None,
        };
        let mut seen = Seen {
            metadata: span.metadata(),
            parent,
            fields: BTreeMap::new(),
            handles: 1,
        };
        span.record(&mut seen);
        spans.all.push(seen);
        Id::from_u64(spans.all.len() as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        values.record(self.spans().of(span));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, span: &Id) {
        self.spans().entered.push(span.into_u64());
    }

    fn exit(&self, span: &Id) {
        let mut spans = self.spans();
        assert_eq!(
            spans.entered.pop(),
            Some(span.into_u64()),
            "the innermost is left first"
        );
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.spans().of(id).handles += 1;
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        let mut spans = self.spans();
        let span = spans.of(&id);
        span.handles -= 1;
        span.handles == 0
    }
}
