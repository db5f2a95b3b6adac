//! `soak`: many runs at once for hours of virtual time, whose one process dies again and again.

use std::sync::Arc;

use contract::text::grouped;
use contract::{Engine, Feature, Millis, Options};
use harness::soak::{self, Plan, Report};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::ui::Ui;

/// Run a thousand workflows at once for a day of virtual time, whose process dies again and again.
///
/// Failures, pauses, answers and cancellations are those of generated cases; the process dies at any moment or in the middle
/// of a write. Invariants are checked at every call, report and end. Exit code 1 names the first that was broken.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cargo xtask soak                                the new engine of the first migration
  cargo xtask soak --engine reference --runs 50   another engine, fewer runs
  cargo xtask soak --hours 240 --seed 7           for longer, from another seed")]
pub(crate) struct Args {
    /// The engine, which has to be durable [default: the new one of the first migration]
    #[arg(long, value_name = "NAME")]
    engine: Option<String>,
    /// How many runs there are at once
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    runs: u32,
    /// For how many hours of virtual time new ones are begun
    #[arg(long, value_name = "H", default_value_t = 24, value_parser = clap::value_parser!(u64).range(1..=8_760))]
    hours: u64,
    /// The seed that everything is drawn from
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
}

/// Soaks.
///
/// # Errors
/// If there is no such engine, or it is not durable.
pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Exit> {
    let engine = engine(args.engine.as_deref())?;
    let description = engine.describe();
    if !description.capabilities.contains(Feature::Durable) {
        return Err(Failure::usage(
            format!("the engine `{}` is not durable", description.name),
            "choose one that is with --engine; `cargo xtask engines` says which are",
        )
        .into());
    }
    let plan = Plan {
        engine: &*engine,
        runs: args.runs as usize,
        lasts: Millis(args.hours * 3_600_000),
        seed: args.seed,
        memory: &memory,
    };
    ui.line(format!(
        "{} {}: {} runs at once, {} h of virtual time, seed {}",
        description.name,
        description.version,
        grouped(u64::from(args.runs)),
        args.hours,
        args.seed
    ))?;
    // The bar is never shown: it knows how long things take.
    let clock = indicatif::ProgressBar::hidden();
    let soaked = harness::run::quietly(|| soak::soak(&plan));
    match soaked {
        Ok(report) => {
            ui.text(table(&report, clock.elapsed().as_secs_f64()))?;
            Ok(Exit::Pass)
        }
        Err(broken) => {
            let folder = crate::command::from_here(&crate::command::root().join("target/cutover/soak"));
            let saved = corpus::save::save(&broken.case, &folder).map_err(Failure::writing(&folder))?;
            ui.complain(&ui.error(&format!(
                "{broken}\nIt comes again with `--seed {} --runs {} --hours {}`. To look at its case alone: cargo xtask replay {}",
                args.seed,
                args.runs,
                args.hours,
                saved.display()
            )));
            Ok(Exit::GateFailed)
        }
    }
}

/// The engine called so, or the new one of the first migration.
fn engine(name: Option<&str>) -> anyhow::Result<Arc<dyn Engine>> {
    if let Some(name) = name {
        let help = "`cargo xtask engines` lists the registered ones";
        let registered = engines::find(name).map_err(|error| Failure::usage(error.to_string(), help))?;
        return Ok((registered.build)(&Options::new())?.into());
    }
    let migrations = crate::migration::read()?;
    let selected = migrations.select(None).map_err(Failure::in_file)?;
    let (name, migration) = selected.first().expect("a file without a migration is refused");
    Ok(crate::migration::engines(&migrations, name, migration)?.new.engine)
}

fn table(report: &Report, seconds: f64) -> String {
    let ended: u64 = report.ended.values().sum();
    let by_status: Vec<String> = report
        .ended
        .iter()
        .map(|(status, count)| format!("{status} {}", grouped(*count)))
        .collect();
    let megabytes =
        |bytes: Option<u64>| bytes.map_or("unknown".to_owned(), |bytes| format!("{:.1} MB", bytes as f64 / 1e6));
    let [warm, end] = report.memory.map(megabytes);
    let rows = [
        ("runs ended", format!("{}: {}", grouped(ended), by_status.join(", "))),
        (
            "calls",
            format!(
                "{}, {} of them made again",
                grouped(report.calls),
                grouped(report.made_again)
            ),
        ),
        ("signals", grouped(report.signals)),
        ("writes", grouped(report.writes)),
        (
            "restarts",
            format!(
                "{}, of {} runs in all",
                grouped(report.deaths),
                grouped(report.recovered)
            ),
        ),
        ("virtual time", format!("{:.1} h", report.lasted.0 as f64 / 3.6e6)),
        ("real time", format!("{seconds:.1} s")),
        (
            "memory",
            format!("{warm} after a quarter of the time, {end} at its end"),
        ),
    ];
    let lines = rows.map(|(name, value)| format!("  {name:<13} {value}\n"));
    format!("{}\nNo invariant was broken.\n", lines.concat())
}

/// The memory that this process holds, where the system tells.
fn memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
