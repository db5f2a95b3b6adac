//! `corpus import wfformat`: recorded executions, as cases.

use std::path::PathBuf;

use corpus::Case;
use corpus::import::wfformat;

use crate::commands::corpus::output;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::ui::Ui;

/// Make cases of executions in WfFormat, the format of the WfCommons collection.
///
/// The tasks, what they need and how long they took become the definition and the script of a case. Every file is read
/// before the first case is written, so a file that is wrong leaves nothing behind.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cargo xtask corpus import wfformat montage.json --out my-cases
  cargo xtask corpus import wfformat traces/ --out my-cases     every .json and .json.gz in the folder

Then: cargo xtask compare --corpus my-cases")]
pub(crate) struct Args {
    /// Files, or folders of them; .json or .json.gz
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    /// The folder to write to; made if it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(super) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Exit> {
    let mut cases: Vec<Case> = Vec::new();
    for path in &args.paths {
        let loaded = wfformat::import(path).map_err(Failure::in_file)?;
        for notice in loaded.notices {
            ui.note(notice);
        }
        cases.extend(loaded.cases);
    }
    output::write(&cases, &args.out)?;
    ui.line(format_args!("{} cases in {}", cases.len(), args.out.display()))?;
    Ok(Exit::Pass)
}
