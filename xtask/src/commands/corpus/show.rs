//! `corpus show`: a case, laid out for a person.

mod layout;

use std::fmt::Write as _;

use corpus::Case;

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

/// The longest that a case is in short.
const SHORT: usize = 16;

/// What a case does, in a few lines; `file` is where all of it is.
pub(crate) fn in_short(case: &Case, file: &str) -> String {
    let all = layout::lines(case);
    // What comes before the first empty line is what the case is called and where it comes from.
    let lines: Vec<&str> = all.lines().skip_while(|line| !line.is_empty()).skip(1).collect();
    let mut text = String::new();
    for line in lines.iter().take(SHORT) {
        let _ = writeln!(text, "{}", format!("      {line}").trim_end());
    }
    if lines.len() > SHORT {
        let _ = writeln!(
            text,
            "      … {} more lines: cargo xtask corpus show {file}",
            lines.len() - SHORT
        );
    }
    text
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
