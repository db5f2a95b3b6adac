//! `corpus import dataflow-rs`: definitions, with messages made for them.

use std::path::{Path, PathBuf};

use contract::text::visible;
use corpus::import::dataflow_rs::{self, Application};
use corpus::load::LoadOptions;

use crate::commands::corpus::output;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::ui::Ui;

/// Say what is in dataflow-rs definitions, and make cases of them.
///
/// Each path is one application: all definitions in it are registered together, in the order of their paths. Messages are
/// made from the definitions themselves: each aims at one of them, so that its condition holds and its branches are taken
/// both ways. Functions that dataflow-rs does not have itself answer from the case's script.
///
/// With --out the cases are written as set files. `compare --corpus PATH` makes the same cases without any file.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cargo xtask corpus import dataflow-rs rules/                               what is in it
  cargo xtask corpus import dataflow-rs rules/ --out my-cases                200 messages for each definition
  cargo xtask corpus import dataflow-rs a.json b/ --messages 20 --seed 7     two applications

Then: cargo xtask compare --corpus my-cases")]
pub(crate) struct Args {
    /// Files, or folders of them; .json or .json.gz
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    /// How many messages for each definition, up to 100,000
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    messages: u64,

    /// What they are drawn from
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,

    /// The folder to write set files to; made if it is not there
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(super) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Exit> {
    let options = LoadOptions {
        messages: args.messages,
        seed: args.seed,
    };
    let mut applications: Vec<(String, Application)> = Vec::new();
    for path in &args.paths {
        let opened = dataflow_rs::import(path, options).map_err(Failure::in_file)?;
        for notice in opened.notices {
            ui.note(notice);
        }
        let shown = visible(&path.display().to_string()).into_owned();
        if let Some(application) = opened.application {
            ui.text(format_args!("{shown}\n{}", application.summary()))?;
            applications.push((set_name(path), application));
        }
    }
    if let Some(out) = &args.out {
        let files = output::write_sets(&applications, out)?;
        ui.line(format_args!("{files} set files in {}", out.display()))?;
    }
    Ok(Exit::Pass)
}

/// What the set files of the application at `path` are called: as the file or folder, with `-` for what a name cannot have.
fn set_name(path: &Path) -> String {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let stem = whole.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let safe = |character: char| {
        if character.is_ascii_alphanumeric() || character == '_' {
            character
        } else {
            '-'
        }
    };
    let name: String = stem.unwrap_or_default().chars().map(safe).take(100).collect();
    if name.is_empty() {
        "application".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_called_after_its_path() {
        assert_eq!(set_name(Path::new("/no/such/rules v1.json")), "rules-v1");
        assert_eq!(set_name(Path::new("/")), "application");
    }
}
