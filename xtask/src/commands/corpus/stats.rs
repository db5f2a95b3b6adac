//! `corpus stats`: what a set of cases covers.

use std::path::PathBuf;

use corpus::generate::{Dials, Generator};
use corpus::load::load_with_notices;
use corpus::stats::Stats;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::ui::Ui;

/// Say what a set of cases covers: how large they are, and how many use which feature.
///
/// Without a path it looks at generated cases.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cargo xtask corpus stats                             1,000 generated cases
  cargo xtask corpus stats --cases 10000 --seed 7      others, and more
  cargo xtask corpus stats corpus/cases                the pinned cases
  cargo xtask corpus stats my-cases --cases 100        your cases, and generated ones")]
pub(crate) struct Args {
    /// Case files, or folders of them
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// How many generated cases [default: 1000; none with a path]
    #[arg(long, value_name = "N")]
    cases: Option<u64>,

    /// What they are drawn from
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Exit> {
    let mut stats = Stats::default();
    for path in &args.paths {
        let loaded = load_with_notices(path).map_err(Failure::in_file)?;
        for notice in loaded.notices {
            ui.note(notice);
        }
        loaded.cases.iter().for_each(|case| stats.add(case));
    }
    let generator = Generator::new(args.seed, Dials::default());
    let generated = args.cases.unwrap_or(if args.paths.is_empty() { 1_000 } else { 0 });
    (0..generated).for_each(|index| stats.add(&generator.case(index)));
    ui.text(format_args!("{}\n", stats.to_string().trim_end()))?;
    Ok(Exit::Pass)
}
