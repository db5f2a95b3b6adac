//! Finds the record of an earlier run by what a user types.

use std::fs;
use std::path::{Path, PathBuf};

use contract::text::visible;
use harness::causes::Earlier;
use harness::record::Record;
use harness::verdict::Verdict;

use crate::command;
use crate::failure::Failure;

const HELP: &str = "name the folder of a record, such as target/cutover/dataflow-1: `cargo xtask compare` prints it";

/// A run that got to its end.
#[derive(Debug)]
pub(crate) struct Run {
    /// Its folder, as the user may type it.
    pub(crate) folder: PathBuf,
    /// What was run.
    pub(crate) migration: String,
    /// The known bugs that were planted in new.
    pub(crate) planted: Vec<String>,
    /// What came of it.
    pub(crate) verdict: Verdict,
}

/// Where records are kept unless the user says otherwise.
pub(crate) fn folder() -> PathBuf {
    command::root().join("target").join("cutover")
}

/// Reads the run in `folder`.
///
/// # Errors
/// If there is none, or it did not get to its end.
pub(crate) fn read(folder: &Path) -> Result<Run, Failure> {
    let shown = visible(&folder.display().to_string()).into_owned();
    if !folder.join("manifest.json").is_file() {
        return Err(Failure::usage(
            format!("there is no record of a run in `{shown}`"),
            HELP,
        ));
    }
    let record = Record::read(folder).map_err(|error| Failure::usage(error.to_string(), HELP))?;
    let Some(verdict) = record.verdict else {
        return Err(Failure::usage(
            format!("the run in `{shown}` did not get to its end: it has no verdict"),
            "name one that did, or run `cargo xtask compare` again",
        ));
    };
    Ok(Run {
        folder: folder.to_owned(),
        migration: record.manifest.migration,
        planted: record.manifest.planted,
        verdict,
    })
}

/// The run that wrote its verdict last, of those that nobody gave a folder.
///
/// # Errors
/// If there is none.
pub(crate) fn newest() -> Result<Run, Failure> {
    let entries = fs::read_dir(folder()).into_iter().flatten().flatten();
    let ended = entries.filter_map(|entry| {
        let written = fs::metadata(entry.path().join("verdict.json")).and_then(|file| file.modified());
        Some((written.ok()?, entry.path()))
    });
    let (_, newest) = ended.max().ok_or_else(|| {
        Failure::usage(
            "there is no record of a run under target/cutover",
            "run `cargo xtask compare` first, or name the folder of a record",
        )
    })?;
    read(&command::from_here(&newest))
}

/// The clusters of the run in `folder`, or in its folder for `migration`, to hold those of a later run of it against.
///
/// # Errors
/// If there is no such run, it did not get to its end, or is of another migration.
pub(crate) fn earlier(folder: &Path, migration: &str) -> Result<Earlier, Failure> {
    let own = folder.join(migration);
    let is_of_several = !folder.join("manifest.json").is_file() && own.join("manifest.json").is_file();
    let run = read(if is_of_several { &own } else { folder })?;
    let shown = run.folder.display().to_string();
    if run.migration != migration {
        return Err(Failure::usage(
            format!(
                "the run in `{}` is of the migration `{}`, not of `{migration}`",
                visible(&shown),
                visible(&run.migration)
            ),
            format!("causes are told apart within a migration: name an earlier run of `{migration}`"),
        ));
    }
    Ok(Earlier {
        run: shown,
        clusters: run.verdict.clusters,
        performance: run.verdict.performance,
    })
}
