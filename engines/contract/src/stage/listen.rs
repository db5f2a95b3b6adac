//! Hears what engines write to the log of an application: the lines of dataflow-rs' `log` function.
//!
//! `log` knows one logger for the whole process. So there is one here, which keeps a line only for a thread that is listening,
//! and which lets nothing through while no thread is: a log statement that nobody hears costs one comparison.

use std::cell::RefCell;
use std::sync::{LazyLock, Mutex, PoisonError};

use log::{LevelFilter, Log, Metadata, Record};

use crate::observation::LogLine;

/// The target of the lines that count.
pub const LOG_TARGET: &str = "dataflow::log";

thread_local! {
    static HEARD: RefCell<Option<Vec<LogLine>>> = const { RefCell::new(None) };
}

/// How many threads are listening.
static LISTENING: Mutex<usize> = Mutex::new(0);
/// Whether the process's logger is the one here. A process that has a logger of its own keeps it, and nothing is heard.
static IS_OURS: LazyLock<bool> = LazyLock::new(|| log::set_logger(&Ears).is_ok());

struct Ears;

impl Log for Ears {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == LOG_TARGET && HEARD.with_borrow(Option::is_some)
    }

    fn log(&self, record: &Record<'_>) {
        if record.target() != LOG_TARGET {
            return;
        }
        HEARD.with_borrow_mut(|heard| {
            if let Some(heard) = heard {
                heard.push(LogLine {
                    level: record.level().as_str().to_ascii_lowercase(),
                    text: record.args().to_string(),
                });
            }
        });
    }

    fn flush(&self) {}
}

/// While this lives, its thread is listening.
pub(super) struct Listener(());

impl Listener {
    pub(super) fn start() -> Self {
        HEARD.set(Some(Vec::new()));
        let mut listening = LISTENING.lock().unwrap_or_else(PoisonError::into_inner);
        *listening += 1;
        if *IS_OURS {
            log::set_max_level(LevelFilter::Trace);
        }
        Self(())
    }

    /// What was heard.
    pub(super) fn finish(self) -> Vec<LogLine> {
        let heard = HEARD.take().unwrap_or_default();
        drop(self);
        heard
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        HEARD.set(None);
        let mut listening = LISTENING.lock().unwrap_or_else(PoisonError::into_inner);
        *listening -= 1;
        if *listening == 0 && *IS_OURS {
            log::set_max_level(LevelFilter::Off);
        }
    }
}
