//! The run side: a synchronous interpreter that goes on until a function has to be asked for, and a small async driver.
//!
//! Until the host has to be waited for, everything happens in one arena and on one thread. [`Run`] is that stretch; what outlives it is
//! the [`State`]: where the run stands, and what it has recorded. A call that is done at once is part of the stretch. Any other ends it, and
//! going on is entering again with the answer: no value of the arena is held while a host works.
//!
//! Every write leaves the values it replaced in the arena. A stretch that has filled it with them ends without a question,
//! before the next sweep of a loop or the next workflow, and the run goes on in an arena that has only the context.
//!
//! | module | what |
//! |---|---|
//! | [`driver`] | the async part: asks the host between stretches |
//! | [`workflows`] | workflows in turn: admission, loops, errors that end them |
//! | [`tasks`] | the tasks of a workflow: groups, conditions, and what the end of a task brings about |
//! | [`evaluate`] | expressions, conditions, templates, paths |
//! | [`context`] | writes into values that are never changed |
//! | [`write`] | what the engine itself writes: metadata, progress, the error context |
//! | [`map`], [`validation`], [`parse`], [`publish`], [`gates`], [`call`] | the functions |

mod call;
mod context;
mod driver;
mod evaluate;
mod gates;
mod map;
mod parse;
mod publish;
mod tasks;
mod validation;
mod workflows;
mod write;

use std::collections::HashMap;
use std::sync::Arc;

use contract::{Behaviour, BehaviourSet, CallResult, Host};
use datalogic_rs::bumpalo::Bump;
use datalogic_rs::datavalue::DataValue;
use futures::future::BoxFuture;

use super::clock::Moment;
use super::document::{Document, Known, Node};
use super::error::Error;
use super::fixes::{Fix, Fixes};
use super::message::Message;
use super::program::Program;
use super::record::{ChangePath, Entry, ErrorRecord, RecordedChange, TraceStep};

pub(super) use driver::process;

/// What a run needs and never changes.
#[derive(Clone, Copy)]
struct Setting<'p> {
    program: &'p Program,
    message: &'p Message,
    fixes: Fixes,
    version: &'p str,
    /// Whoever is asked for registered functions, and the run's name to them.
    host: &'p dyn Host,
    run: &'p Arc<str>,
}

/// A call under way.
type Calling = BoxFuture<'static, CallResult>;

/// What outlives a stretch: where the run stands, and what it has recorded.
struct State {
    moment: Moment,
    position: Position,
    document: Document,
    audit: Vec<Entry>,
    changes: Vec<RecordedChange>,
    errors: Vec<ErrorRecord>,
    trace: Option<Vec<TraceStep>>,
    reached: BehaviourSet,
    /// The calls made, by name, each with how often.
    calls: HashMap<Arc<str>, u32>,
    /// Whether a workflow was halted.
    has_halted: bool,
}

/// Where a run stands.
#[derive(Default)]
struct Position {
    /// The place in the list of workflows that this message goes through.
    turn: usize,
    /// In that workflow.
    task: usize,
    /// The counter of its loop, if it has one.
    counter: Option<i64>,
    sweeps: u32,
    /// The groups that are open, innermost last: where each ends, and whether it is terminal.
    groups: Vec<(usize, bool)>,
    /// How many errors there were before the task.
    errors_before: usize,
}

/// One stretch.
struct Run<'a, 's> {
    setting: Setting<'a>,
    arena: &'a Bump,
    root: &'a DataValue<'a>,
    state: &'s mut State,
    /// Which values of the arena a document already has.
    known: Known<'a>,
    /// Where the changes of the task begin.
    task_changes: usize,
    /// The paths to which the task's writes did not get, if that is to be told.
    lost: Vec<&'a str>,
    /// How much of the arena may be used before the stretch is to end.
    room: usize,
}

/// How much of an arena a stretch may use in any case, in bytes.
const LEAST_ROOM: usize = 1024 * 1024;

/// And how many times what the context took at its beginning: copying a large one has to pay off.
const ROOM_PER_CONTEXT: usize = 4;

/// Why a stretch ended.
enum Stop {
    /// The run is over, with this error if one ended it.
    Done(Option<Error>),
    /// A call has to be waited for.
    Call(Calling),
    /// The arena is full of values that were replaced.
    Full,
}

impl State {
    /// The beginning of a run; `room` is where it records.
    fn new(message: &Message, room: Document) -> Self {
        Self {
            moment: Moment::now(),
            position: Position::default(),
            document: room.emptied(Some(Arc::clone(&message.document))),
            audit: Vec::new(),
            changes: Vec::new(),
            errors: Vec::new(),
            trace: message.is_traced.then(Vec::new),
            reached: BehaviourSet::EMPTY,
            calls: HashMap::new(),
            has_halted: false,
        }
    }
}

impl<'a, 's> Run<'a, 's> {
    fn new(
        setting: Setting<'a>,
        arena: &'a Bump,
        context: DataValue<'a>,
        known: Known<'a>,
        state: &'s mut State,
    ) -> Self {
        Self {
            setting,
            arena,
            root: arena.alloc(context),
            task_changes: state.changes.len(),
            lost: Vec::new(),
            room: LEAST_ROOM.max(ROOM_PER_CONTEXT * used(arena)),
            state,
            known,
        }
    }

    /// Whether the stretch has used up its room. One that is traced has no bounds: a trace keeps the context after every task
    /// anyway, and only within a stretch can it refer to what an earlier change recorded.
    fn is_full(&self) -> bool {
        used(self.arena) > self.room && self.state.trace.is_none()
    }

    fn note(&mut self, behaviour: Behaviour) {
        self.state.reached.insert(behaviour);
    }

    fn set_root(&mut self, root: DataValue<'a>) {
        self.root = self.arena.alloc(root);
    }

    /// Takes what a write made of the context: `None` if it was lost on the way to `path`. Whether it was not.
    fn take_written(&mut self, written: Option<DataValue<'a>>, path: &'a str) -> bool {
        if let Some(root) = written {
            self.set_root(root);
        } else if self.setting.fixes.has(Fix::LostWriteError) {
            self.lost.push(path);
        }
        written.is_some()
    }

    /// Records a change; `root` is the place of the root that was written as a whole, if one was.
    fn change(&mut self, path: ChangePath, old: DataValue<'a>, new: DataValue<'a>, root: Option<usize>) {
        let document = &mut self.state.document;
        let origin = root.and_then(|place| self.known.root(place));
        let old = document.put_along(&old, origin, &self.known);
        let node = document.put(&new, &self.known);
        self.known.add(&new, node);
        self.state.changes.push(RecordedChange { path, old, new: node });
    }

    /// How many changes the task has made.
    fn has_changes(&self) -> bool {
        self.state.changes.len() > self.task_changes
    }

    /// The context as it is, in `document`, which is based on the message.
    fn keep_context(&self, document: &mut Document) -> Node {
        // What the record has, another document has not.
        document.put_context(self.root, &self.known.origins())
    }

    /// The context as it is, in the document of the record.
    fn snapshot(&mut self) -> Node {
        self.state.document.put_context(self.root, &self.known)
    }
}

/// How much of an arena is used, in bytes. What it has allocated is no measure: it keeps its largest part for the next stretch.
fn used(arena: &Bump) -> usize {
    arena.allocated_bytes() - arena.chunk_capacity()
}
