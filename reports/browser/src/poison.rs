//! A record in which every text that could be anything is hostile: what a workflow, an engine or a person could have put there.

use std::fs;
use std::path::Path;

use corpus::Case;
use harness::causes::Observed;
use harness::record::{self, CaseLine, Manifest};
use harness::verdict::Verdict;
use serde_json::Value;

/// Texts that become something else than text wherever they are not escaped for their place. Each that runs sets `__ran`.
pub const HOSTILE: [&str; 22] = [
    "<script>window.__ran=1</script>",
    "\"><img src=x onerror=\"window.__ran=1\">",
    "'><svg/onload='window.__ran=1'>",
    "</title><script>window.__ran=1</script>",
    "</style><script>window.__ran=1</script>",
    "</script><script>window.__ran=1</script>",
    "</pre></details></article><script>window.__ran=1</script>",
    "\" onfocus=\"window.__ran=1\" autofocus tabindex=\"1\" x=\"",
    "javascript:window.__ran=1",
    "<!-- <script>window.__ran=1</script>",
    "--><script>window.__ran=1</script>",
    "]]><script>window.__ran=1</script>",
    "&lt;script&gt;window.__ran=1&lt;/script&gt;",
    "&#60;img src=x onerror=window.__ran=1&#62;",
    "<iframe srcdoc=\"<script>parent.__ran=1</script>\"></iframe>",
    "<base href=\"https://example.org/\"><a href=x>x</a>",
    "<meta http-equiv=refresh content=\"0;url=https://example.org/\">",
    "<link rel=stylesheet href=https://example.org/x.css>",
    "<style>*{display:none!important}</style>",
    "<math><mtext><table><mglyph><style><img src=x onerror=window.__ran=1>",
    "{{ 7 * 7 }} ${7*7} <%= 7 %>",
    "\u{202e}txt.exe\u{0}\u{1b}[31m \u{2028}",
];

/// Puts hostile text wherever the record in `folder` may hold any.
///
/// # Panics
/// If it is no record.
pub fn poison(folder: &Path) {
    let mut next = 0;
    rewrite::<Manifest>(&folder.join("manifest.json"), &mut next);
    rewrite::<Verdict>(&folder.join("verdict.json"), &mut next);
    for entry in entries(&folder.join("clusters")) {
        rewrite::<Case>(&entry, &mut next);
    }
    for entry in entries(&folder.join("observations")) {
        rewrite::<Observed>(&entry, &mut next);
    }
    let lines = folder.join("cases.jsonl");
    let text = fs::read_to_string(&lines).expect("it is a record");
    let mut poisoned = String::new();
    for line in text.lines() {
        let line = serde_json::from_str(line).expect("a line is JSON");
        poisoned.push_str(&hostile::<CaseLine>(line, &mut next).to_string());
        poisoned.push('\n');
    }
    fs::write(lines, poisoned).expect("there is room");
}

fn entries(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.expect("it can be listed").path())
        .collect();
    paths.sort();
    paths
}

fn rewrite<T: serde::de::DeserializeOwned>(path: &Path, next: &mut usize) {
    let text = fs::read(path).expect("it is a record");
    let value = hostile::<T>(serde_json::from_slice(&text).expect("it is JSON"), next);
    record::write_whole(path, value.to_string().as_bytes()).expect("there is room");
}

/// `value` with a hostile text behind every string that may be anything: one that is still read as a `T` with it.
fn hostile<T: serde::de::DeserializeOwned>(mut value: Value, next: &mut usize) -> Value {
    let mut places = Vec::new();
    collect(&value, String::new(), &mut places);
    for place in places {
        let Some(Value::String(text)) = value.pointer(&place).cloned() else {
            continue;
        };
        // Ids of clusters name files.
        if place.ends_with("/id") && text.starts_with("c-") {
            continue;
        }
        let changed = format!("{text}{}", HOSTILE[*next % HOSTILE.len()]);
        *next += 1;
        *value.pointer_mut(&place).expect("it was there") = changed.into();
        if serde_json::from_value::<T>(value.clone()).is_err() {
            *value.pointer_mut(&place).expect("it was there") = text.into();
        }
    }
    value
}

/// The places of all strings, as JSON pointers.
fn collect(value: &Value, at: String, places: &mut Vec<String>) {
    match value {
        Value::String(_) => places.push(at),
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                collect(item, format!("{at}/{place}"), places);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                collect(
                    field,
                    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")),
                    places,
                );
            }
        }
        _ => {}
    }
}
