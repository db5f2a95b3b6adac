//! The async driver: stretches of work, and between them the host.

#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use contract::Host;
use contract::rules::Reply;
use datalogic_rs::bumpalo::Bump;

use super::super::document::{Document, Known, Node};
use super::super::error::Error;
use super::super::fixes::Fixes;
use super::super::message::Message;
use super::super::program::Program;
use super::super::record::Record;
use super::{Calling, Run, Setting, State, Stop};
use contract::Behaviour;

const ARENA_BYTES: usize = 64 * 1024;

thread_local! {
    static ARENA: RefCell<Bump> = RefCell::new(Bump::with_capacity(ARENA_BYTES));
    /// Where a run records, so that nothing has to grow; what it recorded is copied out in one piece.
    static ROOM: Cell<Document> = Cell::default();
}

/// How a stretch begins.
enum Beginning<'a> {
    /// The message is new.
    New,
    /// The host has answered: the context as it was, and the reply.
    Answered(&'a (Document, Node), &'a Reply),
    /// The last stretch ran out of room: the context as it was.
    Anew(&'a (Document, Node)),
}

/// How a stretch ended: the context it left, and why.
enum Ended {
    Done(Node, Option<Error>),
    Asking((Document, Node), Calling),
    Full((Document, Node)),
}

/// Processes a message to the end, asking `host` for every call of the run named `run`.
pub(in crate::rules) async fn process(
    program: &Arc<Program>,
    fixes: Fixes,
    version: &str,
    message: &Message,
    host: &dyn Host,
    run: &Arc<str>,
) -> Record {
    let setting = Setting {
        program,
        message,
        fixes,
        version,
        host,
        run,
    };
    let mut state = State::new(message, ROOM.take());
    let mut ended = stretch(setting, &mut state, Beginning::New);
    loop {
        match ended {
            Ended::Done(context, error) => return finish(program, state, context, error),
            Ended::Full(context) => ended = stretch(setting, &mut state, Beginning::Anew(&context)),
            Ended::Asking(context, calling) => {
                let reply = Reply::of(&calling.await);
                ended = stretch(setting, &mut state, Beginning::Answered(&context, &reply));
            }
        }
    }
}

fn finish(program: &Arc<Program>, mut state: State, context: Node, error: Option<Error>) -> Record {
    if state.audit.len() > 1 {
        state.reached.insert(Behaviour::SeveralAuditEntries);
    }
    if state.trace.is_some() {
        state.reached.insert(Behaviour::TraceTaken);
    }
    let document = state.document.fitted();
    ROOM.set(state.document);
    Record {
        program: Arc::clone(program),
        document,
        context,
        audit: state.audit,
        changes: state.changes,
        errors: state.errors,
        trace: state.trace,
        error,
        moment: state.moment,
        reached: state.reached,
    }
}

/// Works until the run is over or the host has to be asked.
fn stretch(setting: Setting<'_>, state: &mut State, beginning: Beginning<'_>) -> Ended {
    ARENA.with(|shared| match shared.try_borrow_mut() {
        Ok(mut arena) => {
            arena.reset();
            stretch_in(&arena, setting, state, beginning)
        }
        // A logger that processes a message of its own gets here while the first one is at work.
        Err(_) => stretch_in(&Bump::new(), setting, state, beginning),
    })
}

fn stretch_in<'a>(arena: &'a Bump, setting: Setting<'a>, state: &mut State, beginning: Beginning<'a>) -> Ended {
    let (kept, reply) = match beginning {
        Beginning::New => (None, None),
        Beginning::Answered(kept, reply) => (Some(kept), Some(reply)),
        Beginning::Anew(kept) => (Some(kept), None),
    };
    let (context, known) = match kept {
        None => Run::first_context(setting, arena, state.moment),
        Some((document, node)) => {
            let context = document.borrow(*node, arena);
            (context, Known::of_context(document, *node, context))
        }
    };
    let mut run = Run::new(setting, arena, context, known, state);
    match run.workflows(reply) {
        Stop::Done(error) => Ended::Done(run.snapshot(), error),
        Stop::Call(calling) => Ended::Asking(keep(&run), calling),
        Stop::Full => Ended::Full(keep(&run)),
    }
}

/// The context as it is, for the next stretch.
fn keep(run: &Run<'_, '_>) -> (Document, Node) {
    let mut document = Document::based_on(&run.setting.message.document);
    let context = run.keep_context(&mut document);
    (document, context)
}
