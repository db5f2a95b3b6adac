//! Reads cases: one file, or a folder of them. Case files and WfFormat executions are told apart by what is in them.
//!
//! Whatever a file holds, reading it ends soon and without a panic: sizes are limited before anything is read, and nesting
//! while it is parsed.

mod error;
mod excerpt;
mod files;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::Case;
use crate::case::FORMAT_VERSION;
use crate::import::wfformat;
use crate::save::id_problem;

pub use error::{LoadError, presentable};
pub(crate) use error::{Source, shown};
pub use excerpt::Excerpt;

/// What a path held.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loaded {
    /// The cases, sorted by the paths of their files.
    pub cases: Vec<Case>,
    /// What was passed over.
    pub notices: Vec<Notice>,
}

/// A file of a folder that was passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its path, fit to be shown.
    pub path: String,
    /// Why.
    pub reason: &'static str,
}

impl std::fmt::Display for Notice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} was passed over: {}", self.path, self.reason)
    }
}

/// Reads the cases in `path`: a file, or a folder with all its folders, whose other files are passed over.
///
/// # Errors
/// If there is nothing at `path`, no case in it, or something in it is broken.
pub fn load(path: &Path) -> Result<Vec<Case>, LoadError> {
    load_with_notices(path).map(|loaded| loaded.cases)
}

/// As [`load`], and tells what was passed over.
///
/// # Errors
/// As [`load`].
pub fn load_with_notices(path: &Path) -> Result<Loaded, LoadError> {
    load_kind(path, None)
}

/// As [`load_with_notices`], of files of one kind only, if that is given.
pub(crate) fn load_kind(path: &Path, wanted: Option<Kind>) -> Result<Loaded, LoadError> {
    let found = files::find(path)?;
    let mut loaded = Loaded {
        cases: Vec::with_capacity(found.files.len()),
        notices: found.notices,
    };
    let mut read_from: BTreeMap<String, String> = BTreeMap::new();
    for file in found.files {
        let text = files::read(&file)?;
        let source = Source {
            path: &file,
            text: &text,
        };
        let kind = Kind::of(source)?.filter(|kind| wanted.is_none_or(|wanted| wanted == *kind));
        let case = match kind {
            Some(Kind::Case) => read_case(source)?,
            Some(Kind::Execution) => wfformat::read(source)?,
            None if found.is_folder => {
                let reason = wanted.map_or(
                    "neither a case nor a WfFormat execution",
                    |_| "not a WfFormat execution",
                );
                loaded.notices.push(Notice {
                    path: shown(&file),
                    reason,
                });
                continue;
            }
            None => return Err(LoadError::Neither { path: shown(&file) }),
        };
        let second = shown(&file);
        if let Some(first) = read_from.insert(case.id.clone(), second.clone()) {
            return Err(LoadError::Duplicate {
                id: contract::text::visible(&case.id).into_owned(),
                first,
                second,
            });
        }
        loaded.cases.push(case);
    }
    if loaded.cases.is_empty() {
        return Err(LoadError::Empty {
            path: shown(path),
            what: wanted.map_or("case", |_| "WfFormat execution"),
        });
    }
    Ok(loaded)
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Case,
    Execution,
}

impl Kind {
    /// Tells by the keys at the top; `None` is neither.
    fn of(source: Source<'_>) -> Result<Option<Self>, LoadError> {
        #[derive(Deserialize)]
        struct Top {
            format_version: Option<IgnoredAny>,
            definition: Option<IgnoredAny>,
            #[serde(rename = "schemaVersion")]
            schema_version: Option<IgnoredAny>,
            workflow: Option<IgnoredAny>,
        }
        let is_object = source.text.trim_ascii_start().starts_with('{');
        let help = "write each key once";
        if !is_object {
            serde_json::from_str::<IgnoredAny>(source.text).map_err(|error| source.invalid_json(&error, help))?;
            return Ok(None);
        }
        let top: Top = serde_json::from_str(source.text).map_err(|error| source.invalid_json(&error, help))?;
        Ok(if top.format_version.is_some() || top.definition.is_some() {
            Some(Self::Case)
        } else if top.schema_version.is_some() || top.workflow.is_some() {
            Some(Self::Execution)
        } else {
            None
        })
    }
}

#[derive(Deserialize)]
struct Version {
    format_version: u32,
}

fn read_case(source: Source<'_>) -> Result<Case, LoadError> {
    let help = "`corpus/case.schema.json` says what a case file may hold";
    // First of all: a newer version has keys that this build does not know.
    let version: Result<Version, _> = serde_json::from_str(source.text);
    if let Ok(Version { format_version }) = version
        && format_version != FORMAT_VERSION
    {
        let problem = format!("the format version is {format_version}, and this build reads {FORMAT_VERSION}");
        let help = format!("bring the case to version {FORMAT_VERSION}, or use a build that reads its own");
        return Err(source.invalid_at(source.text.find("\"format_version\"").unwrap_or(0), problem, help));
    }
    let case: Case = serde_json::from_str(source.text).map_err(|error| source.invalid_json(&error, help))?;
    if let Some(problem) = id_problem(&case.id) {
        let problem = format!("`{}` cannot name a case: {problem}", case.id);
        return Err(source.invalid_word(
            &case.id,
            problem,
            "an id names the case's file; use letters, digits, `-` and `_`",
        ));
    }
    if let Err(problem) = contract::stage::check_times(&case.script) {
        let script = source.text.find("\"script\"").unwrap_or(0);
        let help = "use shorter times; a call that never ends is `\"never_returns\"`";
        return Err(source.invalid_at(script, problem, help));
    }
    Ok(case)
}
