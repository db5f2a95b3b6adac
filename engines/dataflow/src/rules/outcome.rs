//! From a message that dataflow-rs has processed to the canonical form.

use contract::rules::Value;
use contract::rules::processed::{AuditEntry, Change, MessageError, Processed, Snapshot, Stopped, TraceStep};
use dataflow_rs::datavalue::OwnedDataValue;
use dataflow_rs::engine::message::AuditTrail;
use dataflow_rs::engine::trace::{ExecutionStep, StepResult};
use dataflow_rs::{DataflowError, ErrorInfo, ExecutionTrace, Message};

pub(super) fn of(
    mut message: Message,
    result: dataflow_rs::Result<()>,
    trace: Option<ExecutionTrace>,
    called_at: Option<String>,
) -> Processed {
    Processed {
        error: result.err().map(stopped),
        stamp: stamp(&message, called_at),
        audit: message.audit_trail().iter().map(audit_entry).collect(),
        errors: message.errors().iter().map(message_error).collect(),
        trace: trace.map(|trace| trace.steps.into_iter().map(trace_step).collect()),
        context: std::mem::take(&mut message.context).into(),
        reached: None,
    }
}

fn stopped(error: DataflowError) -> Stopped {
    let message = error.to_string();
    // Only the record of an error names its code.
    let code = ErrorInfo::new(None, None, error).code;
    Stopped { code, message }
}

/// The run's one moment. What overwrites it in the context leaves an audit entry, which has it too; or it is a registered
/// function that skips, which was called before.
fn stamp(message: &Message, called_at: Option<String>) -> String {
    let in_context = || {
        message.metadata()["processed_at"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    match message.audit_trail().first() {
        Some(entry) => entry.timestamp.to_rfc3339(),
        None => called_at.unwrap_or_else(in_context),
    }
}

fn audit_entry(entry: &AuditTrail) -> AuditEntry {
    AuditEntry {
        workflow_id: entry.workflow_id.clone(),
        task_id: entry.task_id.clone(),
        status: entry.status as u64,
        changes: entry
            .changes
            .iter()
            .map(|change| Change {
                path: change.path.clone(),
                old_value: change.old_value.clone().into(),
                new_value: change.new_value.clone().into(),
            })
            .collect(),
        loop_counter: entry.loop_counter,
    }
}

fn message_error(error: &ErrorInfo) -> MessageError {
    MessageError {
        code: error.code.clone(),
        message: error.message.clone(),
        path: error.path.clone(),
        workflow_id: error.workflow_id.clone(),
        task_id: error.task_id.clone(),
        retry_attempted: error.retry_attempted,
        retry_count: error.retry_count,
        detail: error.detail.clone(),
    }
}

fn trace_step(step: ExecutionStep) -> TraceStep {
    TraceStep {
        workflow_id: step.workflow_id,
        task_id: step.task_id,
        executed: step.result == StepResult::Executed,
        message: step.message.map(|message| Snapshot {
            audit_entries: message.audit_trail().len(),
            errors: message.errors().len(),
            context: message.context.into(),
        }),
        mapping_contexts: step.mapping_contexts.map(|contexts| {
            contexts
                .iter()
                .map(|context| Value(OwnedDataValue::from(context)))
                .collect()
        }),
        loop_counter: step.loop_counter,
    }
}
