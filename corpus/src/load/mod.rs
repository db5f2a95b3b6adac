//! Reads cases: one file, or a folder of them. Case files, set files, WfFormat executions and dataflow-rs definitions are told
//! apart by what is in them.
//!
//! Whatever a file holds, reading it ends soon and without a panic: sizes are limited before anything is read, and nesting
//! while it is parsed.

mod definitions;
mod error;
mod excerpt;
mod files;
mod kind;
mod opened;
pub mod set;
mod strict;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use contract::Definition;
use serde::Deserialize;

use crate::Case;
use crate::case::FORMAT_VERSION;
use crate::import::dataflow_rs::Application;
use crate::import::wfformat;
use crate::save::id_problem;

pub use error::{LoadError, presentable};
pub(crate) use error::{Source, shown};
pub use excerpt::Excerpt;
pub(crate) use kind::Kind;
pub use opened::{LoadOptions, Loaded, Notice, Opened};

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
    load_with(path, LoadOptions::default())
}

/// As [`load_with_notices`], with so many messages for each definition. All are held at once: [`open`] makes them one by one.
///
/// # Errors
/// As [`load`].
pub fn load_with(path: &Path, options: LoadOptions) -> Result<Loaded, LoadError> {
    open(path, options).map(Opened::into_loaded)
}

/// As [`load_with`], but the cases of an application are made when they are asked for.
///
/// # Errors
/// As [`load`].
pub fn open(path: &Path, options: LoadOptions) -> Result<Opened, LoadError> {
    open_kind(path, None, options)
}

/// As [`open`], of files of one kind only, if that is given.
pub(crate) fn open_kind(path: &Path, wanted: Option<Kind>, options: LoadOptions) -> Result<Opened, LoadError> {
    let found = files::find(path)?;
    let mut opened = Opened {
        notices: found.notices,
        ..Opened::default()
    };
    let mut definitions = Vec::new();
    let mut rules = Vec::new();
    let mut origins = Origins::default();
    for file in found.files {
        let text = files::read(&file)?;
        let source = Source {
            path: &file,
            text: &text,
        };
        let kind = Kind::of(source)?.filter(|kind| wanted.is_none_or(|wanted| wanted == *kind));
        let (cases, clocks) = match kind {
            Some(Kind::Case) => {
                let (case, clocks) = read_case(source)?;
                (vec![case], clocks)
            }
            Some(Kind::Execution) => (vec![wfformat::read(source)?], 0),
            Some(Kind::Set) => set::read(source, &mut rules)?,
            Some(Kind::Definitions) => {
                definitions.extend(definitions::read(source)?);
                continue;
            }
            None if found.is_folder => {
                let reason = wanted.map_or("nothing that cases could be made of", Kind::not_one);
                opened.notices.push(Notice::passed_over(&file, reason));
                continue;
            }
            None => return Err(LoadError::Neither { path: shown(&file) }),
        };
        opened.fixed_clocks(&file, clocks);
        origins.add(cases.iter().map(|case| case.id.clone()), &file)?;
        opened.listed.extend(cases);
    }
    if !definitions.is_empty() {
        let application = Application::new(definitions, options);
        opened.fixed_clocks(path, application.clocks());
        opened.registered(path, &application);
        origins.add((0..application.count()).map(|index| application.id(index)), path)?;
        opened.application = Some(application);
    }
    if opened.listed.is_empty() && opened.application.is_none() {
        return Err(LoadError::Empty {
            path: shown(path),
            what: wanted.map_or("case", Kind::name),
        });
    }
    Ok(opened)
}

/// Where each case came from: no two may have one id.
#[derive(Default)]
struct Origins(BTreeMap<String, Arc<str>>);

impl Origins {
    fn add(&mut self, ids: impl Iterator<Item = String>, path: &Path) -> Result<(), LoadError> {
        let origin: Arc<str> = shown(path).into();
        for id in ids {
            if let Some(first) = self.0.insert(id.clone(), Arc::clone(&origin)) {
                return Err(LoadError::Duplicate {
                    id: contract::text::visible(&id).into_owned(),
                    first: first.to_string(),
                    second: origin.to_string(),
                });
            }
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct Version {
    format_version: u32,
}

/// A case file's case, and how many clocks were fixed in it.
fn read_case(source: Source<'_>) -> Result<(Case, usize), LoadError> {
    let help = "`corpus/case.schema.json` says what a case file may hold";
    // First of all: a newer version has keys that this build does not know.
    check_version(source)?;
    let mut case: Case = serde_json::from_str(source.text).map_err(|error| source.invalid_json(&error, help))?;
    check_case(source, &case)?;
    let clocks = match &mut case.definition {
        Definition::Dag(_) => 0,
        Definition::Rules(rules) => {
            strict::check_case(source)?;
            Arc::make_mut(rules).fix_clock()
        }
    };
    Ok((case, clocks))
}

fn check_version(source: Source<'_>) -> Result<(), LoadError> {
    let version: Result<Version, _> = serde_json::from_str(source.text);
    if let Ok(Version { format_version }) = version
        && format_version != FORMAT_VERSION
    {
        let problem = format!("the format version is {format_version}, and this build reads {FORMAT_VERSION}");
        let help = format!("bring the case to version {FORMAT_VERSION}, or use a build that reads its own");
        return Err(source.invalid_at(source.text.find("\"format_version\"").unwrap_or(0), problem, help));
    }
    Ok(())
}

/// What no type says of a case: its id can name a file, and its times can be played.
fn check_case(source: Source<'_>, case: &Case) -> Result<(), LoadError> {
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
    Ok(())
}
