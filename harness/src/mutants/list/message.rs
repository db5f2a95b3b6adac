//! Bugs in telling what became of a message: its context, its audit trail, its errors and its trace.

use contract::Format;
use contract::rules::Value;
use contract::rules::processed::AuditEntry;
use datalogic_rs::datavalue::{NumberValue, OwnedDataValue};

use crate::mutants::{Mutant, Place};

fn context(name: &'static str, about: &'static str) -> Mutant {
    Mutant::new(Place::Context, Format::Rules, name, about)
}

fn audit(name: &'static str, about: &'static str) -> Mutant {
    Mutant::new(Place::Audit, Format::Rules, name, about)
}

pub(super) fn mutants() -> Vec<Mutant> {
    let mut mutants = of_context();
    mutants.extend(of_audit());
    mutants.extend(of_errors());
    mutants
}

/// Changes each value of `value`, from within.
fn change(value: &mut OwnedDataValue, how: fn(&mut OwnedDataValue)) {
    match value {
        OwnedDataValue::Array(items) => items.iter_mut().for_each(|item| change(item, how)),
        OwnedDataValue::Object(entries) => entries.iter_mut().for_each(|(_, value)| change(value, how)),
        _ => {}
    }
    how(value);
}

fn numbers(value: &mut OwnedDataValue, how: fn(NumberValue) -> NumberValue) {
    if let OwnedDataValue::Number(number) = value {
        *number = how(*number);
    }
}

fn of_context() -> Vec<Mutant> {
    vec![
        context(
            "message-makes-whole-numbers-floats",
            "A whole number in the context becomes a float.",
        )
        .smallest(0, 1)
        .tells_message(|processed| {
            change(&mut processed.context.0, |value| {
                numbers(value, |number| match number {
                    NumberValue::Integer(integer) => NumberValue::Float(integer as f64),
                    float @ NumberValue::Float(_) => float,
                });
            });
        }),
        context(
            "message-makes-whole-floats-integers",
            "A float without a fraction becomes a whole number.",
        )
        .smallest(0, 1)
        .tells_message(|processed| {
            change(&mut processed.context.0, |value| {
                numbers(value, |number| match number {
                    NumberValue::Float(float) if float.fract() == 0.0 && float.abs() < 1e15 => {
                        NumberValue::Integer(float as i64)
                    }
                    other => other,
                });
            });
        }),
        context("message-drops-the-sign-of-zero", "A negative zero becomes a plain one.")
            .smallest(0, 1)
            .tells_message(|processed| {
                change(&mut processed.context.0, |value| {
                    numbers(value, |number| match number {
                        NumberValue::Float(0.0) => NumberValue::Float(0.0),
                        other => other,
                    });
                });
            }),
        context(
            "message-loses-digits-of-large-integers",
            "A large whole number becomes one of its neighbours.",
        )
        .smallest(0, 1)
        .tells_message(|processed| {
            change(&mut processed.context.0, |value| {
                numbers(value, |number| match number {
                    NumberValue::Integer(integer) => NumberValue::Integer(integer as f64 as i64),
                    float @ NumberValue::Float(_) => float,
                });
            });
        }),
        context(
            "message-sorts-keys",
            "The keys of an object come out in the order of the alphabet.",
        )
        .smallest(0, 0)
        .tells_message(|processed| {
            change(&mut processed.context.0, |value| {
                if let OwnedDataValue::Object(entries) = value {
                    entries.sort_by(|(left, _), (right, _)| left.cmp(right));
                }
            });
        }),
        context(
            "message-drops-null-fields",
            "A field that is null is missing from the context.",
        )
        .smallest(0, 0)
        .tells_message(|processed| {
            change(&mut processed.context.0, |value| {
                if let OwnedDataValue::Object(entries) = value {
                    entries.retain(|(_, value)| !matches!(value, OwnedDataValue::Null));
                }
            });
        }),
        context(
            "message-splits-keys-at-dots",
            "A key with a dot in it becomes a key within a key.",
        )
        .smallest(0, 0)
        .tells_message(|processed| {
            change(&mut processed.context.0, |value| {
                let OwnedDataValue::Object(entries) = value else { return };
                for (key, value) in entries {
                    if let Some((outer, inner)) = key.clone().split_once('.') {
                        let within = std::mem::replace(value, OwnedDataValue::Null);
                        *value = OwnedDataValue::Object(vec![(inner.to_owned(), within)]);
                        outer.clone_into(key);
                    }
                }
            });
        }),
        context(
            "message-loses-temporary-data",
            "What is kept under temp_data is gone when processing ends.",
        )
        .smallest(0, 0)
        .tells_message(|processed| {
            if let OwnedDataValue::Object(roots) = &mut processed.context.0
                && let Some((_, root)) = roots.iter_mut().find(|(name, _)| name == "temp_data")
            {
                *root = OwnedDataValue::Object(Vec::new());
            }
        }),
        context(
            "message-forgets-its-progress",
            "The context does not say which task ran last.",
        )
        .smallest(1, 1)
        .tells_message(|processed| {
            change(&mut processed.context.0, |value| {
                if let OwnedDataValue::Object(entries) = value {
                    entries.retain(|(key, _)| key != "progress");
                }
            });
        }),
    ]
}

fn of_audit() -> Vec<Mutant> {
    vec![
        audit(
            "audit-loses-its-last-entry",
            "The task that ran last has no entry in the audit trail.",
        )
        .smallest(1, 1)
        .tells_message(|processed| drop(processed.audit.pop())),
        audit(
            "audit-loses-a-change",
            "Of what a task changed the first change is not in the audit trail.",
        )
        .smallest(1, 3)
        .tells_message(|processed| {
            for entry in processed.audit.iter_mut().filter(|entry| !entry.changes.is_empty()) {
                entry.changes.remove(0);
            }
        }),
        audit("audit-swaps-entries", "The audit trail lists what was done last first.")
            .smallest(2, 2)
            .tells_message(|processed| {
                // The sweeps of a loop stay in their order.
                let is_of_a_loop = |entry: &AuditEntry| entry.loop_counter.is_some();
                if !processed.audit.iter().any(is_of_a_loop) {
                    processed.audit.reverse();
                }
            }),
        audit("audit-swaps-changes", "The changes of a task are listed in reverse.")
            .smallest(1, 3)
            .tells_message(|processed| processed.audit.iter_mut().for_each(|entry| entry.changes.reverse())),
        audit(
            "audit-forgets-old-values",
            "A change does not tell what was there before.",
        )
        .smallest(1, 3)
        .tells_message(|processed| {
            for change in processed.audit.iter_mut().flat_map(|entry| &mut entry.changes) {
                change.old_value = Value::default();
            }
        }),
        audit(
            "audit-tells-every-status-as-success",
            "A task that failed stands in the audit trail with 200.",
        )
        .seen_in("see on dataflow-rs: the statuses 200 and 500 are rewritten")
        .smallest(1, 1)
        .tells_message(|processed| processed.audit.iter_mut().for_each(|entry| entry.status = 200)),
        audit(
            "audit-forgets-the-loop",
            "An entry of the audit trail does not tell which sweep of a loop it is of.",
        )
        .smallest(1, 2)
        .tells_message(|processed| processed.audit.iter_mut().for_each(|entry| entry.loop_counter = None)),
        audit(
            "audit-merges-entries-of-a-task",
            "A task that ran again has only its first entry in the audit trail.",
        )
        .smallest(1, 2)
        .tells_message(|processed| {
            processed.audit.dedup_by(|later, earlier| {
                (&later.workflow_id, &later.task_id) == (&earlier.workflow_id, &earlier.task_id)
            });
        }),
    ]
}

fn of_errors() -> Vec<Mutant> {
    vec![
        audit("message-loses-its-last-error", "The last error of a message gets lost.")
            .smallest(1, 1)
            .tells_message(|processed| drop(processed.errors.pop())),
        audit(
            "message-cuts-its-errors",
            "Of an error's text only the first characters are kept.",
        )
        .smallest(1, 1)
        .tells_message(|processed| {
            for error in &mut processed.errors {
                error.message = error.message.chars().take(8).collect();
            }
        }),
        audit(
            "message-forgets-whose-error-it-is",
            "An error does not tell which task it is of.",
        )
        .smallest(1, 1)
        .tells_message(|processed| processed.errors.iter_mut().for_each(|error| error.task_id = None)),
        audit(
            "message-swallows-what-ended-it",
            "Processing that an error ended is told as done.",
        )
        .seen_in("dataflow-rs 2.0.3: an invalid workflow is dropped, and processing succeeds")
        .smallest(1, 1)
        .tells_message(|processed| processed.error = None),
        audit("trace-loses-its-last-step", "The last step is missing from the trace.")
            .smallest(1, 2)
            .tells_message(|processed| {
                if let Some(steps) = &mut processed.trace {
                    steps.pop();
                }
            }),
        audit(
            "trace-lists-only-what-ran",
            "A task that was passed over is missing from the trace.",
        )
        .smallest(1, 3)
        .tells_message(|processed| {
            if let Some(steps) = &mut processed.trace {
                steps.retain(|step| step.executed);
            }
        }),
        audit(
            "trace-shows-the-end-only",
            "Every step of the trace shows the context as it was in the end.",
        )
        .smallest(2, 3)
        .tells_message(|processed| {
            for step in processed.trace.iter_mut().flatten() {
                if let Some(snapshot) = &mut step.message {
                    snapshot.context = processed.context.clone();
                }
            }
        }),
    ]
}
