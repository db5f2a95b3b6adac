//! `corpus import`: executions and definitions from elsewhere, as cases.

mod dataflow_rs;
mod wfformat;

use crate::exit::Exit;
use crate::ui::Ui;

/// Which format is imported.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Format {
    Wfformat(wfformat::Args),
    #[command(name = "dataflow-rs")]
    DataflowRs(dataflow_rs::Args),
}

pub(crate) fn run(format: &Format, ui: &Ui) -> anyhow::Result<Exit> {
    match format {
        Format::Wfformat(args) => wfformat::run(args, ui),
        Format::DataflowRs(args) => dataflow_rs::run(args, ui),
    }
}
