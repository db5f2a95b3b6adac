//! The engine's options, as a migration gives them.

use std::num::NonZeroU32;

use serde::Deserialize;

/// The options, read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    /// Calls in flight at once, at most; the definition may allow fewer.
    pub(crate) max_parallel: Option<NonZeroU32>,
    /// What a condition that cannot be evaluated does.
    pub(crate) condition_error: ConditionError,
}

/// What a condition that cannot be evaluated does to its task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ConditionError {
    /// The task fails.
    #[default]
    Fail,
    /// It counts as not true: the task is skipped.
    Skip,
}
