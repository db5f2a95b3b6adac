//! The rules engine as a library: definitions in, processed messages out.

use std::sync::Arc;

use contract::Host;
use contract::rules::Rules;

use super::compile;
use super::error::Result;
use super::fixes::Fixes;
use super::message::Message;
use super::program::Program;
use super::record::Record;
use super::run;

/// The version of dataflow-rs whose definitions are understood here, and what a message is told as `metadata.engine_version`:
/// expressions may read it, and they must not find another one than they did.
const SPOKEN: &str = "3.12.0";

/// An engine for an application's rules: dataflow-rs 3.12 definitions, compiled once and shared by any number of messages.
///
/// ```
/// use std::sync::Arc;
/// use contract::{Call, CallResult, Event, Host, Signal, rules::Rules};
/// use flow::rules::{Engine, Message};
/// use futures::{FutureExt, future::BoxFuture};
/// use serde_json::json;
///
/// /// These rules call no function, so nobody has to do any work.
/// struct NoHandlers;
///
/// impl Host for NoHandlers {
///     fn call(&self, _: Call) -> BoxFuture<'static, CallResult> {
///         async { Ok(Arc::new(json!(null))) }.boxed()
///     }
///     fn report(&self, _: Event) {}
///     fn signal(&self) -> BoxFuture<'static, Option<Signal>> {
///         async { None }.boxed()
///     }
/// }
///
/// let rules = Rules {
///     workflows: vec![json!({
///         "id": "prices", "name": "Prices",
///         "condition": {"==": [{"var": "data.country"}, "DE"]},
///         "tasks": [{"id": "tax", "name": "Tax", "function": {"name": "map", "input": {"mappings": [
///             {"path": "data.gross", "logic": {"*": [{"var": "data.net"}, 1.19]}}
///         ]}}}]
///     })],
///     ..Rules::default()
/// };
/// let engine = Engine::new(&rules)?;
/// let message = Message::new().data(&json!({"country": "DE", "net": 100}));
/// let record = engine.process(&message, &NoHandlers, &"run".into()).now_or_never().expect("nothing to wait for");
///
/// assert_eq!(record.context().at("data.gross").and_then(|gross| gross.as_f64()), Some(119.0));
/// let entry = record.audit().next().expect("one task was run");
/// assert_eq!((&**entry.task_id(), entry.status()), ("tax", 200));
/// assert!(record.errors().is_empty());
/// # Ok::<(), flow::rules::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Engine {
    program: Arc<Program>,
    fixes: Fixes,
}

impl Engine {
    /// Reads, checks and compiles rules.
    ///
    /// # Errors
    /// What dataflow-rs would refuse them for, in its words.
    pub fn new(rules: &Rules) -> Result<Self> {
        Self::with_fixes(rules, Fixes::NONE)
    }

    /// The same with some of dataflow-rs' flaws mended.
    ///
    /// # Errors
    /// What dataflow-rs would refuse them for, in its words.
    pub fn with_fixes(rules: &Rules, fixes: Fixes) -> Result<Self> {
        Ok(Self {
            program: Arc::new(compile::compile(rules)?),
            fixes,
        })
    }

    /// Processes a message, asking `host` for every call of a registered function; `run` names the run in these calls.
    ///
    /// An error that ends processing is part of the record: what was done before it is there too.
    pub async fn process(&self, message: &Message, host: &dyn Host, run: &Arc<str>) -> Record {
        run::process(&self.program, self.fixes, SPOKEN, message, host, run).await
    }
}
