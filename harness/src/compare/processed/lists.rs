//! The audit trail, the errors, the trace and the log: lists, aligned and then compared item by item.

use contract::observation::LogLine;
use contract::rules::Value;
use contract::rules::processed::{AuditEntry, Change, MessageError, Snapshot, TraceStep};

use super::MISSING;
use super::align::Items;
use super::path::Path;
use super::scope::Scope;
use super::text::{Alike, alike, cut};
use crate::divergence::Aspect;

pub(super) fn compare_audit(both: [&[AuditEntry]; 2], scope: &mut Scope<'_>) {
    scope.about(Aspect::Audit);
    let entries = Items {
        are_alike: &|one: &AuditEntry, other: &AuditEntry| {
            one.task_id == other.task_id
                && one.workflow_id == other.workflow_id
                && one.loop_counter == other.loop_counter
        },
        place: |path, index, _| path.index(index),
        compare: &compare_entry,
        show: &|entry| {
            let changes = entry.changes.len();
            format!(
                "{}/{} with status {} and {changes} {}",
                entry.workflow_id,
                entry.task_id,
                entry.status,
                if changes == 1 { "change" } else { "changes" }
            )
        },
    };
    scope.list(&Path::root("audit"), both, &entries);
}

fn compare_entry(scope: &mut Scope<'_>, path: &Path<'_>, both: [&AuditEntry; 2]) {
    scope.text(&path.key("workflow_id"), both.map(|entry| &*entry.workflow_id));
    scope.text(&path.key("task_id"), both.map(|entry| &*entry.task_id));
    scope.plain(&path.key("status"), both.map(|entry| &entry.status), u64::to_string);
    scope.plain(
        &path.key("loop_counter"),
        both.map(|entry| &entry.loop_counter),
        show_optional,
    );
    let own = scope.own();
    let changes = Items {
        are_alike: &|one: &Change, other: &Change| alike([&one.path, &other.path], own) != Alike::No,
        place: |path, index, _| path.index(index),
        compare: &compare_change,
        show: &|change| format!("{} := {}", change.path, cut(&change.new_value.to_string())),
    };
    let lists = both.map(|entry| entry.changes.as_slice());
    scope.list(&path.key("changes"), lists, &changes);
}

fn compare_change(scope: &mut Scope<'_>, path: &Path<'_>, both: [&Change; 2]) {
    scope.text(&path.key("path"), both.map(|change| &*change.path));
    scope.tree(&path.key("old_value"), both.map(|change| &change.old_value.0));
    scope.tree(&path.key("new_value"), both.map(|change| &change.new_value.0));
}

pub(super) fn compare_errors(both: [&[MessageError]; 2], scope: &mut Scope<'_>) {
    scope.about(Aspect::Error);
    let errors = Items {
        are_alike: &|one: &MessageError, other: &MessageError| {
            one.code == other.code && one.task_id == other.task_id && one.workflow_id == other.workflow_id
        },
        place: |path, index, _| path.index(index),
        compare: &compare_error,
        show: &|error| format!("{}: {}", error.code, error.message),
    };
    scope.list(&Path::root("errors"), both, &errors);
}

fn compare_error(scope: &mut Scope<'_>, path: &Path<'_>, both: [&MessageError; 2]) {
    scope.text(&path.key("code"), both.map(|error| error.code.as_str()));
    scope.text(&path.key("message"), both.map(|error| error.message.as_str()));
    for (name, texts) in [
        ("path", both.map(|error| error.path.as_deref())),
        ("workflow_id", both.map(|error| error.workflow_id.as_deref())),
        ("task_id", both.map(|error| error.task_id.as_deref())),
        ("detail", both.map(|error| error.detail.as_deref())),
    ] {
        scope.optional_text(&path.key(name), texts);
    }
    scope.plain(
        &path.key("retry_attempted"),
        both.map(|error| &error.retry_attempted),
        show_optional,
    );
    scope.plain(
        &path.key("retry_count"),
        both.map(|error| &error.retry_count),
        show_optional,
    );
}

pub(super) fn compare_traces(both: [Option<&[TraceStep]>; 2], scope: &mut Scope<'_>) {
    scope.about(Aspect::Trace);
    let root = Path::root("trace");
    match both {
        [Some(one), Some(other)] => {
            let steps = Items {
                are_alike: &|one: &TraceStep, other: &TraceStep| {
                    one.task_id == other.task_id
                        && one.workflow_id == other.workflow_id
                        && one.loop_counter == other.loop_counter
                },
                place: |path, index, _| path.index(index),
                compare: &compare_step,
                show: &|step| {
                    let task = step.task_id.as_deref().unwrap_or("as a whole");
                    format!("{}/{task} {}", step.workflow_id, show_executed(step.executed))
                },
            };
            scope.list(&root, [one, other], &steps);
        }
        [None, None] => {}
        both => scope.note(&root, || {
            both.map(|steps| {
                steps.map_or_else(
                    || "no trace was taken".to_owned(),
                    |steps| format!("{} steps", steps.len()),
                )
            })
        }),
    }
}

fn compare_step(scope: &mut Scope<'_>, path: &Path<'_>, both: [&TraceStep; 2]) {
    scope.text(&path.key("workflow_id"), both.map(|step| step.workflow_id.as_str()));
    scope.optional_text(&path.key("task_id"), both.map(|step| step.task_id.as_deref()));
    scope.plain(&path.key("result"), both.map(|step| &step.executed), |executed| {
        show_executed(*executed)
    });
    scope.plain(
        &path.key("loop_counter"),
        both.map(|step| &step.loop_counter),
        show_optional,
    );
    compare_snapshots(scope, &path.key("message"), both.map(|step| step.message.as_ref()));
    let contexts = Items {
        are_alike: &|_: &Value, _: &Value| true,
        place: |path, index, _| path.index(index),
        compare: &|scope, path, both: [&Value; 2]| scope.tree(path, both.map(|context| &context.0)),
        show: &|context| cut(&context.to_string()),
    };
    let path = path.key("mapping_contexts");
    match both.map(|step| step.mapping_contexts.as_deref()) {
        [Some(one), Some(other)] => scope.list(&path, [one, other], &contexts),
        [None, None] => {}
        both => scope.note(&path, || {
            both.map(|list| list.map_or_else(|| MISSING.to_owned(), |list| list.len().to_string()))
        }),
    }
}

fn compare_snapshots(scope: &mut Scope<'_>, path: &Path<'_>, both: [Option<&Snapshot>; 2]) {
    match both {
        [Some(one), Some(other)] => {
            let both = [one, other];
            scope.tree(&path.key("context"), both.map(|message| &message.context.0));
            scope.plain(
                &path.key("audit_entries"),
                both.map(|message| &message.audit_entries),
                usize::to_string,
            );
            scope.plain(
                &path.key("errors"),
                both.map(|message| &message.errors),
                usize::to_string,
            );
        }
        [None, None] => {}
        both => scope.note(path, || {
            both.map(|message| message.map_or_else(|| MISSING.to_owned(), |message| cut(&message.context.to_string())))
        }),
    }
}

pub(super) fn compare_logs(both: [&[LogLine]; 2], scope: &mut Scope<'_>) {
    scope.about(Aspect::Log);
    let lines = Items {
        are_alike: &|_: &LogLine, _: &LogLine| true,
        place: |path, index, _| path.index(index),
        compare: &|scope, path, both: [&LogLine; 2]| {
            scope.text(&path.key("level"), both.map(|line| line.level.as_str()));
            scope.text(&path.key("text"), both.map(|line| line.text.as_str()));
        },
        show: &|line| format!("{}: {}", line.level, line.text),
    };
    scope.list(&Path::root("log"), both, &lines);
}

fn show_executed(executed: bool) -> String {
    if executed { "executed" } else { "skipped" }.to_owned()
}

#[expect(clippy::ref_option, reason = "it shows what `plain` has compared")]
fn show_optional<T: ToString>(value: &Option<T>) -> String {
    value.as_ref().map_or_else(|| MISSING.to_owned(), ToString::to_string)
}
