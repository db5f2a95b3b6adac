//! Templates that write a key twice: `$a` is written as `a`, and `a` may be there already.

use std::fmt::Display;

use serde_json::{Map, Value};

use super::expressions::{self, Use};
use crate::rules::format::Workflow;
use crate::rules::secrets::ESCAPE;

/// The keys that a workflow's templates write twice.
pub(super) fn issues(workflow: &Workflow) -> Vec<String> {
    let mut issues = Vec::new();
    expressions::visit(workflow, &mut |expression, field, becomes| {
        // The input of an application's function is no template as a whole.
        if becomes != Use::Input {
            find(expression, field, &mut issues);
        }
    });
    issues
}

fn find(value: &Value, at: &dyn Display, issues: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                find(item, &format_args!("{at}[{index}]"), issues);
            }
        }
        Value::Object(entries) => {
            find_among(entries, at, issues);
            for (key, value) in entries {
                find(value, &format_args!("{at}.{key}"), issues);
            }
        }
        _ => {}
    }
}

fn find_among(entries: &Map<String, Value>, at: &dyn Display, issues: &mut Vec<String>) {
    if !entries.keys().any(|key| key.starts_with(ESCAPE)) {
        return;
    }
    for (place, key) in entries.keys().enumerate() {
        let written = written(key);
        let earlier = entries
            .keys()
            .take(place)
            .find(|earlier| self::written(earlier) == written);
        if let Some(earlier) = earlier {
            issues.push(format!(
                "{at}.{key}: '{earlier}' and '{key}' both emit the key '{written}', so this object would carry it twice \
                 — later reads see only the first while serialization emits both [DUPLICATE_TEMPLATE_KEY]"
            ));
        }
    }
}

fn written(key: &str) -> &str {
    key.strip_prefix(ESCAPE).unwrap_or(key)
}
