//! `corpus`: makes, imports, counts and shows cases.

mod generate;
mod guide;
mod import;
mod minimize;
mod output;
pub(crate) mod show;
mod stats;

use crate::exit::Exit;
use crate::ui::Ui;

/// What to do with cases.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Generate(generate::Args),
    Guide(guide::Args),
    Minimize(minimize::Args),
    /// Make cases of executions that were recorded elsewhere
    #[command(subcommand)]
    Import(import::Format),
    Stats(stats::Args),
    Show(show::Args),
}

pub(crate) fn run(command: &Command, ui: &Ui) -> anyhow::Result<Exit> {
    match command {
        Command::Generate(args) => generate::run(args, ui),
        Command::Guide(args) => guide::run(args, ui),
        Command::Minimize(args) => minimize::run(args, ui),
        Command::Import(format) => import::run(format, ui),
        Command::Stats(args) => stats::run(args, ui),
        Command::Show(args) => show::run(args, ui),
    }
}

/// As many threads as asked for, or as there are processors.
fn jobs(asked: Option<u16>) -> usize {
    asked.map_or_else(
        || std::thread::available_parallelism().map_or(1, usize::from),
        usize::from,
    )
}
