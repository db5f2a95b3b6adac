//! What the engines of a run are timed on.

use corpus::Case;
use corpus::load::{LoadOptions, load_with};
use corpus::workloads::{self, spread};
use harness::config::Migration;
use harness::run::Cases;

use super::Args;
use crate::command;
use crate::failure::Failure;
use crate::ui::Ui;

/// How many workloads are chosen of a path: its smallest and largest case, and some between.
const OF_PATH: usize = 4;
/// How many of a corpus that somebody gave.
const OF_CORPUS: usize = 24;

/// The workloads of a run. Whoever gives a corpus wants to know of that one; else it is those that this tool makes, and some of those that
/// `cutover.toml` names for it.
///
/// # Errors
/// If a file is there and wrong.
pub(super) fn of(args: &Args, migration: &Migration, cases: &Cases, ui: &Ui) -> anyhow::Result<Vec<Case>> {
    if !args.corpus.is_empty() {
        let given = cases.listed() + cases.made();
        // Of thousands of messages for some definitions, few are looked at.
        let step = (given / 2_000).max(1) as usize;
        let some = (0..given).step_by(step).map(|index| cases.case(index).into_owned());
        return Ok(spread(some.collect(), OF_CORPUS));
    }
    let mut workloads = workloads::all();
    for path in &migration.timing.paths {
        let path = command::from_here(&command::root().join(path));
        if !path.exists() {
            ui.note(format!(
                "{} is not there: nothing of it is timed, as cutover.toml would have it",
                path.display()
            ));
            continue;
        }
        let options = LoadOptions {
            messages: 1,
            ..LoadOptions::default()
        };
        let loaded = load_with(&path, options).map_err(Failure::in_file)?;
        workloads.extend(spread(loaded.cases, OF_PATH));
    }
    Ok(workloads)
}
