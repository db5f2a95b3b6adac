//! What processing a message came to: the native result.

use std::borrow::Cow;
use std::sync::Arc;

use contract::BehaviourSet;
use contract::rules::processed::{self, AuditEntry, MessageError, Snapshot, Stopped};
use contract::rules::{Processed, Value};
use datalogic_rs::datavalue::OwnedDataValue;

use super::clock::Moment;
use super::document::{Document, Node, View};
use super::error::Error;
use super::program::{Function, Path, Program};

/// A processed message. All its values are in one piece and are read through [`View`]s.
#[derive(Debug)]
pub struct Record {
    pub(crate) program: Arc<Program>,
    pub(crate) document: Document,
    pub(crate) context: Node,
    pub(crate) audit: Vec<Entry>,
    pub(crate) changes: Vec<RecordedChange>,
    pub(crate) errors: Vec<ErrorRecord>,
    pub(crate) trace: Option<Vec<TraceStep>>,
    pub(crate) error: Option<Error>,
    pub(crate) moment: Moment,
    pub(crate) reached: BehaviourSet,
}

/// An audit entry: places, and no names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) workflow: u32,
    pub(crate) task: u32,
    pub(crate) status: u16,
    /// Where its changes begin and end.
    pub(crate) changes: (u32, u32),
    pub(crate) loop_counter: Option<i64>,
}

/// A change: values are nodes of the record's document.
#[derive(Debug)]
pub(crate) struct RecordedChange {
    pub(crate) path: ChangePath,
    pub(crate) old: Node,
    pub(crate) new: Node,
}

/// Where a change was made.
#[derive(Clone, Debug)]
pub(crate) enum ChangePath {
    /// At the path of this mapping of the entry's `map`, or at the target of its only write: literal.
    Literal(u32),
    Given(Arc<str>),
}

/// One error of a message.
#[derive(Clone, Debug)]
pub struct ErrorRecord {
    /// Its code.
    pub code: Cow<'static, str>,
    /// What happened.
    pub message: String,
    /// Where, if it says.
    pub path: Option<String>,
    /// The workflow, if it says.
    pub workflow: Option<Arc<str>>,
    /// The task, if it says.
    pub task: Option<Arc<str>>,
    /// For operators.
    pub detail: Option<String>,
    /// When.
    pub at: Moment,
}

/// One step of a trace.
#[derive(Debug)]
pub(crate) struct TraceStep {
    pub(crate) workflow: u32,
    pub(crate) task: Option<u32>,
    /// What there was after it, if it was run: the context, and how many audit entries and errors.
    pub(crate) after: Option<(Node, usize, usize)>,
    pub(crate) mapping_contexts: Option<Vec<Node>>,
    pub(crate) loop_counter: Option<i64>,
}

/// One entry of the audit trail, to be read.
#[derive(Clone, Copy, Debug)]
pub struct Audit<'r> {
    record: &'r Record,
    entry: &'r Entry,
}

/// One change, to be read.
#[derive(Clone, Debug)]
pub struct Change<'r> {
    /// Where, as the definition writes it.
    pub path: &'r Arc<str>,
    /// What was there.
    pub old_value: View<'r>,
    /// What was written.
    pub new_value: View<'r>,
}

impl Record {
    /// The error that ended processing, if one did.
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// The context: `data`, `metadata`, `temp_data` and whatever other roots were made.
    pub fn context(&self) -> View<'_> {
        self.document.view(self.context)
    }

    /// The audit trail.
    pub fn audit(&self) -> impl ExactSizeIterator<Item = Audit<'_>> {
        self.audit.iter().map(|entry| Audit { record: self, entry })
    }

    /// The errors.
    pub fn errors(&self) -> &[ErrorRecord] {
        &self.errors
    }

    /// When it was processed: the one moment of the run.
    pub fn moment(&self) -> Moment {
        self.moment
    }

    /// What was gone through.
    pub fn reached(&self) -> BehaviourSet {
        self.reached
    }

    /// A copy in the canonical form.
    pub fn to_processed(&self) -> Processed {
        Processed {
            error: self.error.as_ref().map(|error| Stopped {
                code: error.code().to_owned(),
                message: error.to_string(),
            }),
            context: self.value(self.context),
            audit: self.audit().map(Audit::to_entry).collect(),
            errors: self.errors.iter().map(ErrorRecord::to_error).collect(),
            trace: self
                .trace
                .as_ref()
                .map(|steps| steps.iter().map(|step| self.step(step)).collect()),
            stamp: self.moment.to_rfc3339(),
            reached: Some(self.reached),
        }
    }

    fn value(&self, node: Node) -> Value {
        Value(self.document.view(node).to_owned())
    }

    fn step(&self, step: &TraceStep) -> processed::TraceStep {
        let workflow = &self.program.workflows[step.workflow as usize];
        // dataflow-rs takes these through `serde_json`, which sorts the keys.
        let sorted = |node: &Node| {
            let json = serde_json::Value::from(&self.document.view(*node).to_owned());
            Value(OwnedDataValue::from(&json))
        };
        processed::TraceStep {
            workflow_id: workflow.id.to_string(),
            task_id: step.task.map(|task| workflow.tasks[task as usize].id.to_string()),
            executed: step.after.is_some(),
            message: step.after.map(|(context, audit_entries, errors)| Snapshot {
                context: self.value(context),
                audit_entries,
                errors,
            }),
            mapping_contexts: step
                .mapping_contexts
                .as_ref()
                .map(|contexts| contexts.iter().map(sorted).collect()),
            loop_counter: step.loop_counter,
        }
    }
}

impl<'r> Audit<'r> {
    /// The workflow.
    pub fn workflow_id(self) -> &'r Arc<str> {
        &self.record.program.workflows[self.entry.workflow as usize].id
    }

    /// The task.
    pub fn task_id(self) -> &'r Arc<str> {
        &self.record.program.workflows[self.entry.workflow as usize].tasks[self.entry.task as usize].id
    }

    /// The status.
    pub fn status(self) -> u16 {
        self.entry.status
    }

    /// The counter of the loop it ran in.
    pub fn loop_counter(self) -> Option<i64> {
        self.entry.loop_counter
    }

    /// What it changed, in turn.
    pub fn changes(self) -> impl ExactSizeIterator<Item = Change<'r>> {
        let (start, end) = self.entry.changes;
        self.record.changes[start as usize..end as usize]
            .iter()
            .map(move |change| Change {
                path: self.path(change),
                old_value: self.record.document.view(change.old),
                new_value: self.record.document.view(change.new),
            })
    }

    fn path(self, change: &'r RecordedChange) -> &'r Arc<str> {
        let place = match &change.path {
            ChangePath::Given(path) => return path,
            ChangePath::Literal(place) => *place as usize,
        };
        let task = &self.record.program.workflows[self.entry.workflow as usize].tasks[self.entry.task as usize];
        let path = match &task.function {
            Function::Map(mappings) => &mappings[place].path,
            Function::ParseJson(parse) | Function::ParseXml(parse) => &parse.target,
            Function::PublishJson(publish) | Function::PublishXml(publish) => &publish.target,
            _ => return &task.id,
        };
        match path {
            Path::Literal(parts) => &parts.dotted,
            Path::Computed(..) => &task.id,
        }
    }

    fn to_entry(self) -> AuditEntry {
        AuditEntry {
            workflow_id: Arc::clone(self.workflow_id()),
            task_id: Arc::clone(self.task_id()),
            status: self.status().into(),
            changes: self
                .changes()
                .map(|change| processed::Change {
                    path: Arc::clone(change.path),
                    old_value: Value(change.old_value.to_owned()),
                    new_value: Value(change.new_value.to_owned()),
                })
                .collect(),
            loop_counter: self.loop_counter(),
        }
    }
}

impl ErrorRecord {
    pub(crate) fn new(code: impl Into<Cow<'static, str>>, message: String) -> Self {
        Self {
            code: code.into(),
            message,
            path: None,
            workflow: None,
            task: None,
            detail: None,
            at: Moment::now(),
        }
    }

    fn to_error(&self) -> MessageError {
        MessageError {
            code: self.code.clone().into_owned(),
            message: self.message.clone(),
            path: self.path.clone(),
            workflow_id: self.workflow.as_deref().map(str::to_owned),
            task_id: self.task.as_deref().map(str::to_owned),
            retry_attempted: None,
            retry_count: None,
            detail: self.detail.clone(),
        }
    }
}
