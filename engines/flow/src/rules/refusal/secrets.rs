//! Secrets that are not declared, and secrets that would get into the message.

use std::fmt::Display;

use serde_json::Value;

use super::expressions::{self, Use};
use crate::rules::format::Workflow;
use crate::rules::secrets::{OPERATOR, Secrets};

/// What is wrong with how a workflow reads secrets.
pub(super) fn issues(workflow: &Workflow, secrets: &Secrets) -> Vec<String> {
    let mut issues = Vec::new();
    expressions::visit(workflow, &mut |expression, field, becomes| {
        if becomes == Use::Record {
            let mut reads_any = false;
            visit_reads(expression, field, &mut |_, _| reads_any = true);
            if reads_any {
                issues.push(format!(
                    "{field}: reads a secret, and the engine records this expression's result — compute derived values \
                     in a custom handler instead [SECRET_IN_MESSAGE_WRITE]"
                ));
            }
            return;
        }
        visit_reads(expression, field, &mut |name, at| {
            if let Some(name) = name
                && secrets.get(name).is_none()
            {
                let at: &dyn Display = if becomes == Use::Input { at } else { field };
                issues.push(format!(
                    "{at}: secret '{name}' is not declared on the engine [UNKNOWN_SECRET]"
                ));
            }
        });
    });
    issues
}

/// Goes through the reads of secrets in `value`: the name, if it is written out, and the place.
fn visit_reads(value: &Value, at: &dyn Display, visit: &mut dyn FnMut(Option<&str>, &dyn Display)) {
    match value {
        Value::Object(entries) => {
            let read = entries.get(OPERATOR).filter(|_| entries.len() == 1);
            if let Some(argument) = read {
                visit(written_out(argument), at);
            }
            for (key, value) in entries {
                visit_reads(value, &format_args!("{at}.{key}"), visit);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                visit_reads(item, &format_args!("{at}[{index}]"), visit);
            }
        }
        _ => {}
    }
}

fn written_out(argument: &Value) -> Option<&str> {
    match argument {
        Value::Array(items) => match items.as_slice() {
            [item] => item.as_str(),
            _ => None,
        },
        other => other.as_str(),
    }
}
