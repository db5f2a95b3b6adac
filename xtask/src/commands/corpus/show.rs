//! `corpus show`: a case, laid out for a person.

mod layout;

use crate::cases;
use crate::exit::Exit;
use crate::ui::Ui;

/// Show a case to a person.
///
/// Its tasks in order with what they need, the features it uses, and what its script makes happen.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cargo xtask corpus show my-cases/g7-12.json    a case file
  cargo xtask corpus show g7-12                  the generated case 12 of seed 7
  cargo xtask corpus show g7-12 --json           the same as a case file, to keep or to change")]
pub(crate) struct Args {
    /// A case file, or the id of a generated case
    #[arg(value_name = "CASE")]
    case: String,

    /// Print it as a case file
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Exit> {
    let case = cases::find(&args.case)?;
    if args.json {
        ui.line(serde_json::to_string_pretty(&case)?)?;
    } else {
        ui.text(layout::lines(&case))?;
    }
    Ok(Exit::Pass)
}
