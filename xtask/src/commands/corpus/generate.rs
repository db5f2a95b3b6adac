//! `corpus generate`: cases from a seed, as files.

use std::path::PathBuf;

use contract::Feature;
use corpus::Case;
use corpus::generate::{Dials, Generator};

use super::output;
use crate::commands::compare::feature;
use crate::exit::Exit;
use crate::ui::Ui;

/// Every case is drawn before the first is written, so that a name in the way leaves nothing behind.
const LARGEST: u64 = 1_000_000;

/// Draw cases from a seed and write them to a folder, one file for each.
///
/// The same seed gives the same cases, and a case keeps its id: the case 12 of seed 7 is `g7-12`, here, in a report, and for
/// `show` and `replay`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cargo xtask corpus generate --out my-cases                          100 cases of seed 1
  cargo xtask corpus generate --cases 20 --seed 7 --out my-cases      20 cases of seed 7
  cargo xtask corpus generate --only needs,retry --out my-cases       no other feature

`cargo xtask engines` lists the features.")]
pub(crate) struct Args {
    /// How many cases, up to 1,000,000
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=LARGEST))]
    cases: u64,

    /// What they are drawn from
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,

    /// Use no feature but these
    #[arg(long, value_name = "FEATURE", value_delimiter = ',', value_parser = feature)]
    only: Vec<Feature>,

    /// The folder to write to; made if it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Exit> {
    let dials = if args.only.is_empty() {
        Dials::default()
    } else {
        Dials::only(args.only.iter().copied().collect())
    };
    let generator = Generator::new(args.seed, dials);
    let cases: Vec<Case> = (0..args.cases).map(|index| generator.case(index)).collect();
    output::write(&cases, &args.out)?;
    ui.line(format_args!(
        "{} cases of seed {} in {}",
        cases.len(),
        args.seed,
        args.out.display()
    ))?;
    Ok(Exit::Pass)
}
