//! What `flow` can do better than dataflow-rs 3.12, each thing by name and only if asked for.
//!
//! Without a fix, `flow` does what dataflow-rs does, flaws included: that is what makes the change of engine safe. A fix is
//! switched on after it, and then makes exactly the divergence that it says.

macro_rules! fixes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// A flaw of dataflow-rs 3.12 that can be mended.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
        pub enum Fix { $($(#[doc = $doc])+ #[serde(rename = $name)] $variant,)+ }

        impl Fix {
            /// Every fix.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name, as in the option `fix`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What dataflow-rs does, what the fix does, and which divergence that makes.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

fixes! {
    /// dataflow-rs records a change for a mapping whose path leads through a scalar, or by a name into a list, though nothing
    /// is written. The fix records none. Diverges in the audit trail: the change is missing from `audit[..].changes`.
    MapNoopChange = "map-noop-change",
    /// dataflow-rs records a merge into `data`, `metadata` or `temp_data` with the whole root as its old value and only the
    /// merged part as its new one. The fix records as old value only the keys that the merge replaced. Diverges in the audit
    /// trail: `audit[..].changes[..].old_value` of a change whose path is a root.
    RootMergeChange = "root-merge-change",
    /// dataflow-rs keeps what a failed function wrote, and drops the record of it. The fix keeps the changes. Diverges in the
    /// audit trail: `audit[..].changes` of an entry with status 500.
    HandlerErrorChanges = "handler-error-changes",
    /// dataflow-rs keeps what a function wrote that then skips, and leaves no trace of it. The fix leaves an audit entry with
    /// the changes and status 200, if there are any. Diverges in the audit trail: one more entry in `audit`.
    HandlerSkipAudit = "handler-skip-audit",
    /// dataflow-rs takes a condition of a workflow, a task or a group that cannot be evaluated as not held, and says nothing.
    /// The fix adds an error `EVALUATION_ERROR` with the ids. Diverges in the errors: one more in `errors`.
    ConditionError = "condition-error",
    /// dataflow-rs gives a `map` the status 500 if a mapping fails, and only a log line says which and why. The fix adds an
    /// error `EVALUATION_ERROR` with the mapping's path and the ids. Diverges in the errors: one more in `errors` for each
    /// failed mapping, and one more record in the error context, if there is one.
    MapErrorRecord = "map-error-record",
    /// dataflow-rs leaves the ids out of the errors of a `validation`. The fix puts them in. Diverges in the errors:
    /// `errors[..].workflow_id` and `errors[..].task_id`.
    ValidationIds = "validation-ids",
    /// dataflow-rs rejects if a filter's condition cannot be evaluated, and says nothing. The fix adds an error
    /// `EVALUATION_ERROR` with the ids. Diverges in the errors: one more in `errors`, and one more record in the error
    /// context, if there is one and the filter halts.
    FilterErrorRecord = "filter-error-record",
    /// dataflow-rs adds `WORKFLOW_ERROR` to the error of the task that made the workflow fail, so that one failure counts
    /// twice. The fix leaves it out if the task's own error is there. Diverges in the errors: one less in `errors`.
    SingleError = "single-error",
    /// dataflow-rs runs paused and archived workflows if a message is processed for no channel. The fix does not. Diverges in
    /// everything that such a workflow does.
    InactiveWorkflows = "inactive-workflows",
    /// dataflow-rs stores the text itself if `parse_json` reads a text that is no JSON, with status 200. The fix fails with a
    /// `VALIDATION_ERROR`, as `parse_xml` does. Diverges in the context and the audit trail at the task's target, and in the
    /// errors.
    ParseJsonError = "parse-json-error",
}

/// A set of fixes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fixes(u32);

impl Fixes {
    /// None: what dataflow-rs does.
    pub const NONE: Self = Self(0);

    /// Whether it has `fix`.
    pub const fn has(self, fix: Fix) -> bool {
        self.0 & (1 << fix as u32) != 0
    }
}

impl FromIterator<Fix> for Fixes {
    fn from_iter<I: IntoIterator<Item = Fix>>(fixes: I) -> Self {
        Self(fixes.into_iter().fold(0, |set, fix| set | 1 << fix as u32))
    }
}

#[cfg(test)]
mod tests;
