//! `corpus minimize`: the smallest set of cases that still reveals every mutant and reaches every behaviour.

use std::fs;
use std::path::{Path, PathBuf};

use contract::text::visible;
use corpus::Case;
use harness::reach::minimal::{Effort, minimal, play};

use crate::commands::compare::single;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::migration;
use crate::progress::Display;
use crate::ui::Ui;

/// Choose the smallest set of cases that still reveals every mutant and reaches every behaviour.
///
/// Cases are gathered by a guided search, and the fewest of them are chosen that together do what all of them do. The set is a
/// gate for each commit: `compare --corpus DIR --cases 0` runs it in under a second.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cargo xtask corpus minimize                          how small it can be
  cargo xtask corpus minimize --out gate               and the cases as files
  cargo xtask compare --corpus gate --cases 0          the gate")]
pub(crate) struct Args {
    /// The seed that cases are gathered from
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// How many workflows to gather at most, and how many cases of rules
    #[arg(long, value_name = "N", default_value_t = 4_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    cases: u64,
    /// The folder to write the cases to, which must not be there yet
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Threads [default: as many as there are processors]
    #[arg(long, value_name = "J", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Exit> {
    let migrations = migration::read()?;
    let (name, chosen) = single(&migrations, None)?;
    let engines = migration::engines(&migrations, name, chosen)?;
    if let Some(folder) = args.out.as_ref().filter(|folder| folder.exists()) {
        let problem = format!("{} is there already", visible(&folder.display().to_string()));
        return Err(Failure::usage(problem, "choose another folder with --out, or move it away").into());
    }
    let jobs = super::jobs(args.jobs);
    let effort = Effort {
        workflows: args.cases,
        rules: args.cases,
        jobs,
    };
    let set = minimal(&engines, args.seed, effort);
    ui.line(format_args!(
        "{} cases reach {} of {} goals and reveal {} of {} mutants",
        set.cases.len(),
        set.goals.0,
        set.goals.1,
        set.mutants.0,
        set.mutants.1
    ))?;
    let goals = set.missed_goals.iter().map(|goal| goal.name());
    let missed: Vec<String> = goals
        .chain(set.missed_mutants.iter().map(|mutant| mutant.name.to_owned()))
        .collect();
    if !missed.is_empty() {
        ui.line(format_args!(
            "no case that a file can hold was found for {}",
            missed.join(", ")
        ))?;
    }
    // Measured as each run shows its own time.
    let clock = Display::new(set.cases.len().max(1) as u64);
    let differ = play(&engines, &set.cases, jobs);
    let (elapsed, ..) = clock.finish();
    ui.line(format_args!(
        "comparing them takes {} ms on {jobs} threads; {differ} differ",
        elapsed.as_millis()
    ))?;
    if let Some(folder) = &args.out {
        write(&set.cases, folder)?;
        let shown = folder.display();
        ui.line(format_args!(
            "they are in {shown}; the gate: cargo xtask compare --corpus {shown} --cases 0"
        ))?;
    }
    Ok(Exit::Pass)
}

/// Writes the whole set or nothing: into a folder beside, which then gets its name.
fn write(cases: &[Case], folder: &Path) -> Result<(), Failure> {
    let mut beside = folder.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    if beside.exists() {
        fs::remove_dir_all(&beside).map_err(Failure::writing(&beside))?;
    }
    super::output::write(cases, &beside)?;
    fs::rename(&beside, folder).map_err(Failure::writing(folder))
}
