//! What `flow` can do better than dataflow-rs 3.12, each thing by name and only if asked for.
//!
//! Without a fix, `flow` does what dataflow-rs does, flaws included: that is what makes the change of engine safe. A fix is
//! switched on after it, and then makes exactly the divergence that it says.

macro_rules! fixes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal: $about:literal, in [$($aspect:literal),+];)+) => {
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

            /// What the fix does, in a line.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$variant => $about,)+ }
            }

            /// What dataflow-rs does, what the fix does, and which divergence that makes.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii(),)+ }
            }

            /// The aspects of behaviour in which it diverges, by the names that the comparison gives them. Where what
            /// diverges is read by an expression, handed to a function, or shown by a trace, it shows there as well.
            pub const fn aspects(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($aspect),+],)+ }
            }
        }
    };
}

fixes! {
    /// dataflow-rs records a change for a mapping whose path leads through `null` or a scalar, or by a name into a list,
    /// though nothing is written. The fix records none. Diverges in the audit trail: the change is missing from
    /// `audit[..].changes`.
    MapNoopChange = "map-noop-change": "record no change for a mapping that writes nothing",
        in ["audit"];
    /// dataflow-rs records a merge into `data`, `metadata` or `temp_data` with the whole root as its old value and only the
    /// merged part as its new one. The fix records as old value only the keys that the merge replaced. Diverges in the audit
    /// trail: `audit[..].changes[..].old_value` of a change whose path is a root.
    RootMergeChange = "root-merge-change": "record only the replaced keys as the old value of a merge into a root",
        in ["audit"];
    /// dataflow-rs keeps what a failed function wrote, and drops the record of it. The fix keeps the changes. Diverges in the
    /// audit trail: `audit[..].changes` of an entry with status 500.
    HandlerErrorChanges = "handler-error-changes": "keep the changes of a function that fails in its audit entry",
        in ["audit"];
    /// dataflow-rs keeps what a function wrote that then skips, and leaves no trace of it. The fix leaves an audit entry with
    /// the changes and status 200, if there are any; `metadata.progress` still passes the task over. Diverges in the audit
    /// trail: one more entry in `audit`.
    HandlerSkipAudit = "handler-skip-audit": "leave an audit entry for a function that writes and then skips",
        in ["audit"];
    /// dataflow-rs takes a condition of a workflow, a task or a group that cannot be evaluated as not held, and only a log line
    /// without ids says so. The fix adds an error `EVALUATION_ERROR` with the ids: the workflow's, and the task's if it is a
    /// task's. Diverges in the errors: one more in `errors`. The error context does not have it, for no task ended.
    ConditionError = "condition-error": "record an error for a condition that cannot be evaluated",
        in ["error"];
    /// dataflow-rs gives a `map` the status 500 if a mapping fails, and only a log line says which and why. The fix adds an
    /// error `EVALUATION_ERROR` with the ids, and the mapping's path unless it is computed. Diverges in the errors: one more in
    /// `errors` for each failed mapping. Each is one more record in the error context too, if there is one, and counts toward
    /// its limit.
    MapErrorRecord = "map-error-record": "record an error for each mapping that fails", in ["output", "error"];
    /// dataflow-rs leaves the ids out of the errors of a `validation`. The fix puts them in. Diverges in the errors:
    /// `errors[..].workflow_id` and `errors[..].task_id`.
    ValidationIds = "validation-ids": "put the ids of workflow and task into the errors of a validation",
        in ["error"];
    /// dataflow-rs rejects if a filter's condition cannot be evaluated, and only a log line for debugging says so. The fix adds
    /// an error `EVALUATION_ERROR` with the ids. Diverges in the errors: one more in `errors`. It is one more record in the
    /// error context too, if there is one and the filter halts.
    FilterErrorRecord = "filter-error-record": "record an error for a filter that cannot be evaluated",
        in ["output", "error"];
    /// dataflow-rs adds `WORKFLOW_ERROR` to the error of the task that made the workflow fail, so that one failure counts
    /// twice. The fix leaves it out: the task's own error is always there. Diverges in the errors: one less in `errors` for
    /// each workflow, or turn of a loop, that fails.
    SingleError = "single-error": "leave out the WORKFLOW_ERROR that repeats the error of a task",
        in ["error"];
    /// dataflow-rs runs paused and archived workflows if a message is processed for no channel. The fix does not. Diverges in
    /// everything that such a workflow does, and in whatever depends on it.
    InactiveWorkflows = "inactive-workflows": "never run a paused or archived workflow",
        in ["outcome", "output", "audit", "error", "log", "calls"];
    /// dataflow-rs stores the text itself if `parse_json` reads a text that is no JSON, with status 200. The fix fails with a
    /// `VALIDATION_ERROR`, as `parse_xml` does: nothing is written, the status is 500, and unless the task has
    /// `continue_on_error` its workflow fails. Diverges in the context and the audit trail, in the errors, and in whatever a
    /// failed task stops.
    ParseJsonError = "parse-json-error": "fail on a text that is no JSON", in ["outcome", "output", "audit", "error"];
    /// dataflow-rs keeps the last of several children of one name, or pieces of text, that `parse_xml` reads in an element. The
    /// fix keeps them all, as a list in the order of the text; what comes once is no list, as before. Diverges in the context
    /// and the audit trail: the value at the task's target.
    XmlRepeatedChildren = "xml-repeated-children": "keep all children of one name that parse_xml reads, as a list",
        in ["output", "audit"];
    /// dataflow-rs says nothing if a task's write is lost because its path leads through `null` or a scalar, or by a name into
    /// a list. The fix adds an error `WRITE_ERROR` with the path and the ids; the status stays as it is. Diverges in the
    /// errors: one more in `errors` for each lost write. Each is one more record in the error context too, if there is one and
    /// the task does not skip.
    LostWriteError = "lost-write-error": "record an error for a write that is lost on the way to its path",
        in ["output", "error"];
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
