//! Keeps the panics of engines off standard error: they are observations, and there may be thousands.

use std::cell::Cell;
use std::panic::PanicHookInfo;
use std::sync::Arc;

thread_local! {
    static IS_SILENT: Cell<bool> = const { Cell::new(false) };
}

type Hook = Arc<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// While this lives, panics in [`during`] are not printed. Put the hook back that was there before when dropped.
pub(crate) struct Silence {
    previous: Hook,
}

/// Silences panics in [`during`].
pub(crate) fn engine_panics() -> Silence {
    let previous: Hook = std::panic::take_hook().into();
    let kept = Arc::clone(&previous);
    std::panic::set_hook(Box::new(move |info| {
        if IS_SILENT.get() {
            tracing::debug!("an engine panicked: {info}");
        } else {
            kept(info);
        }
    }));
    Silence { previous }
}

impl Drop for Silence {
    fn drop(&mut self) {
        // A hook cannot be changed while panicking; then the silent one stays, and still prints what is not an engine's.
        if !std::thread::panicking() {
            let previous = Arc::clone(&self.previous);
            std::panic::set_hook(Box::new(move |info| previous(info)));
        }
    }
}

/// Runs `engine_work` with its panics silenced.
pub(crate) fn during<T>(engine_work: impl FnOnce() -> T) -> T {
    IS_SILENT.set(true);
    let result = engine_work();
    IS_SILENT.set(false);
    result
}
