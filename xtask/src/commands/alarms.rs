//! `alarms`: each engine against itself, where nothing can differ.

use std::sync::Arc;

use contract::text::{grouped, visible};
use contract::{Format, Options};
use corpus::generate::{Dials, Generator, RulesGenerator};
use harness::Engines;
use harness::alarms::{Alarms, alarms};
use harness::judge::Contender;
use harness::run::Cases;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::ui::Ui;

/// The share of cases in which things happen at one moment on purpose.
const TIES: f64 = 0.2;

/// Compare each engine with itself, where every difference is a false alarm.
///
/// The cases are generated: with signals, with things that happen at one moment, and with whatever else the engine can do.
/// Exit code 1 if anything differs.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cargo xtask alarms                          every registered engine
  cargo xtask alarms flow --cases 1000000     one of them, for longer
  cargo xtask alarms --seed 7                 on other cases")]
pub(crate) struct Args {
    /// The engine [default: each one]
    engine: Option<String>,
    /// How many cases each is compared with itself on; a fifth of them are of rules, if it accepts these
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    cases: u64,
    /// The seed they are generated from
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Threads [default: as many as there are processors]
    #[arg(long, value_name = "J", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
}

/// Compares.
///
/// # Errors
/// If there is no such engine.
pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Exit> {
    let chosen: Vec<&str> = match &args.engine {
        Some(name) => vec![name],
        None => engines::all().iter().map(|engine| engine.name).collect(),
    };
    let jobs = args.jobs.map_or_else(
        || std::thread::available_parallelism().map_or(1, usize::from),
        usize::from,
    );
    let mut worst = Exit::Pass;
    for name in chosen {
        let engines = alone(name)?;
        let cases = cases(&engines.new, args);
        let found = alarms(&engines, &cases, jobs);
        tell(name, &found, ui)?;
        if found.tally.alarms > 0 {
            worst = Exit::GateFailed;
        }
    }
    Ok(worst)
}

/// A migration from an engine to itself.
fn alone(name: &str) -> Result<Engines, Failure> {
    let build = |name: &str| {
        let known = engines::find(name).map_err(|_| {
            Failure::usage(
                format!("there is no engine `{}`", visible(name)),
                "`cargo xtask engines` lists them",
            )
        })?;
        (known.build)(&Options::new())
            .map(|engine| Contender::new(Arc::from(engine)))
            .map_err(|error| Failure::usage(error.to_string(), "choose another engine"))
    };
    let engine = build(name)?;
    Ok(Engines {
        legacy: engine.clone(),
        new: engine,
        reference: build("reference")?,
    })
}

/// Cases that the engine can run.
fn cases(engine: &Contender, args: &Args) -> Cases {
    let rules = if engine.accepts(Format::Rules) {
        args.cases / 5
    } else {
        0
    };
    let dials = Dials {
        ties: TIES,
        ..Dials::only(engine.description.capabilities)
    };
    let generator = Generator::new(args.seed, dials);
    let of_rules = RulesGenerator::new(args.seed);
    Cases::new(Vec::new(), Some((generator, args.cases - rules))).with_rules(move |index| of_rules.case(index), rules)
}

fn tell(name: &str, found: &Alarms, ui: &Ui) -> anyhow::Result<()> {
    let compared = found.tally.cases.get(name).copied().unwrap_or_default();
    ui.line(format!(
        "{name:<10} {} false alarms in {} cases: {} with things at one moment, {} with signals, {} told to depend on \
         their schedule",
        grouped(found.tally.alarms),
        grouped(compared),
        grouped(found.ties),
        grouped(found.signals),
        grouped(found.schedule_dependent),
    ))?;
    for alarm in found.first() {
        let difference = &alarm.divergence;
        ui.line(format!(
            "  {}  {} {}: {} and then {}",
            visible(&alarm.id),
            difference.aspect.as_str(),
            visible(&difference.path),
            visible(&difference.baseline),
            visible(&difference.new)
        ))?;
    }
    Ok(())
}
