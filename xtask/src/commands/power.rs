//! `power`: the decision of the timing lane itself, put to the test.

use contract::text::visible;
use corpus::Case;
use corpus::workloads::Shape;
use harness::run::quietly;
use harness::timing::power::{Outcome, Power};

use super::compare::single;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::migration;
use crate::ui::Ui;

/// By what percentages the second side is slowed down.
const SLOWDOWNS: [f64; 4] = [0.0, 8.0, 12.0, 15.0];
/// What is timed in turn: of both formats, and of a size at which a sample holds several runs.
const WORKLOADS: [(Shape, usize); 4] = [
    (Shape::Chain, 100),
    (Shape::Layered, 100),
    (Shape::Mappings, 100),
    (Shape::Branches, 100),
];

/// Measure how often the decision on timings is wrong.
///
/// Legacy is timed against itself, slowed down by a known share, again and again. Each decision is made as `compare --timing quick` makes it, but
/// in one process. Exit code 1 if it is wrong more often than it claims.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cargo xtask power                 300 decisions for each share, on the machine as it is
  cargo xtask power --busy 2        the same, with two threads that keep processors busy
  cargo xtask power --trials 1000   narrower bounds")]
pub(crate) struct Args {
    /// The migration whose legacy engine is timed [default: the only one]
    migration: Option<String>,
    /// How many decisions for each share
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    trials: u32,
    /// By what percentages the second side is slowed down
    #[arg(long, value_name = "PERCENT", value_delimiter = ',', default_values_t = SLOWDOWNS)]
    slower: Vec<f64>,
    /// Threads that keep the machine busy meanwhile
    #[arg(long, value_name = "N", default_value_t = 0)]
    busy: usize,
    /// What everything is drawn from
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
}

/// Tries, and prints how often the decision was wrong.
///
/// # Errors
/// If there is no such migration, or its legacy engine cannot run the workloads.
pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Exit> {
    let migrations = migration::read()?;
    let (name, migration) = single(&migrations, args.migration.as_deref())?;
    let engines = migration::engines(&migrations, name, migration)?;
    let legacy = &engines.legacy.description;
    let workloads: Vec<Case> = WORKLOADS
        .iter()
        .map(|(shape, tasks)| shape.workload(*tasks))
        .filter(|case| legacy.formats.contains(&case.definition.format()))
        .collect();
    let slowdowns: Vec<f64> = args.slower.iter().map(|percent| percent / 100.0).collect();
    let limits = migration.gates.overhead;
    let power = Power {
        engines: &engines,
        workloads: &workloads,
        slowdowns: &slowdowns,
        trials: args.trials,
        busy: args.busy,
        limits,
        cases: corpus::workloads::all().len(),
        seed: args.seed,
    };
    let ids: Vec<&str> = workloads.iter().map(|case| case.id.as_str()).collect();
    ui.line(format!(
        "{} {} against itself on {}; limit {:.2}×, {}",
        visible(&legacy.name),
        visible(&legacy.version),
        ids.join(", "),
        limits.max_ratio,
        match args.busy {
            0 => "on the machine as it is".to_owned(),
            1 => "beside 1 busy thread".to_owned(),
            busy => format!("beside {busy} busy threads"),
        }
    ))?;
    let step = (args.trials / 10).max(1);
    let told = |done: u32| {
        if done.is_multiple_of(step) {
            ui.note(ui.faint(&format!("{done} of {} rounds", args.trials)));
        }
    };
    let outcomes = quietly(|| power.run(&told))
        .map_err(|why| Failure::usage(why, "the legacy engine has to run the workloads that are timed"))?;
    ui.line(" slower   trials  beyond  within  undecided   wrong (at most, 95 %)   time to a verdict (95 %)  pairs")?;
    let mut holds = true;
    for outcome in &outcomes {
        ui.line(row(outcome, limits.max_ratio))?;
        // One trial in a hundred may go wrong; more than that by chance alone is unlikely.
        holds &= outcome.wrong(limits.max_ratio).lower <= harness::timing::evidence::ALPHA;
    }
    Ok(if holds { Exit::Pass } else { Exit::GateFailed })
}

fn row(outcome: &Outcome, max_ratio: f64) -> String {
    let wrong = outcome.wrong(max_ratio);
    let [median, p95] = outcome.nanoseconds.map(|nanoseconds| nanoseconds / 1e6);
    format!(
        "{:>5.0} %  {:>7}  {:>6}  {:>6}  {:>9}   {:>8.2} % ({:.2} %)      {:>8.0} ms ({:.0} ms)     {:>6.0}",
        outcome.slowdown * 100.0,
        outcome.trials,
        outcome.beyond,
        outcome.within,
        outcome.undecided(),
        wrong.value * 100.0,
        wrong.upper * 100.0,
        median,
        p95,
        outcome.pairs
    )
}
