//! Handlers: the async functions that do the work of tasks.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use contract::{Call, CallError, CallResult, Json};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;

/// Does the work of tasks that name it.
///
/// Any async function from a [`Call`] to a [`Value`] or a [`CallError`] is one. It runs as part of its run's task on the
/// runtime: what would block belongs into `tokio::task::spawn_blocking`. Cancellation and timeouts drop its future; a panic
/// is an error of its attempt.
pub trait Handler: Send + Sync + 'static {
    /// Performs one attempt. A call that is made again after a crash has the same [`Call::key`].
    fn call(&self, call: Call) -> BoxFuture<'static, CallResult>;
}

impl<F, Output> Handler for F
where
    F: Fn(Call) -> Output + Send + Sync + 'static,
    Output: Future<Output = Result<Value, CallError>> + Send + 'static,
{
    fn call(&self, call: Call) -> BoxFuture<'static, CallResult> {
        self(call).map(|result| result.map(Json::new)).boxed()
    }
}

/// The handlers of an engine, by name.
#[derive(Clone, Default)]
pub(super) struct Handlers(Arc<HashMap<Arc<str>, Arc<dyn Handler>>>);

impl Handlers {
    pub(super) fn new(handlers: HashMap<Arc<str>, Arc<dyn Handler>>) -> Self {
        Self(Arc::new(handlers))
    }

    pub(super) fn get(&self, name: &str) -> Option<&Arc<dyn Handler>> {
        self.0.get(name)
    }
}
