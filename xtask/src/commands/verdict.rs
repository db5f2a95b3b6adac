//! `verdict`: what a run that is over comes to with other limits.

use std::path::PathBuf;

use harness::record::Record;
use harness::timing::Performance;

use crate::exit::Exit;
use crate::runs;
use crate::ui::Ui;

/// Judge a run that is over once more, with other limits, without running anything.
///
/// Everything that was counted and every pair that was timed is in the run's record. The record is left as it is.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cargo xtask verdict target/cutover/dataflow-1                      with the limits of that run
  cargo xtask verdict target/cutover/dataflow-1 --max-ratio 1.05     would a stricter limit have held?")]
pub(crate) struct Args {
    /// The folder of the run's record
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// How many times as long as legacy new may take
    #[arg(long, value_name = "RATIO", value_parser = ratio)]
    max_ratio: Option<f64>,
    /// How much larger than legacy's new's 95th percentile may be
    #[arg(long, value_name = "RATIO", value_parser = ratio)]
    p95_max_ratio: Option<f64>,
    /// How many times as much as legacy new may have on the heap at once
    #[arg(long, value_name = "RATIO", value_parser = ratio)]
    peak_max_ratio: Option<f64>,
    /// How many times as long as with legacy a case may take in virtual time
    #[arg(long, value_name = "RATIO", value_parser = ratio)]
    makespan_ratio: Option<f64>,
}

/// Reads a ratio for clap.
fn ratio(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(ratio) if ratio.is_finite() && ratio > 0.0 => Ok(ratio),
        _ => Err("it has to be a number above 0, such as 1.05".to_owned()),
    }
}

/// Judges, and prints the verdict.
///
/// # Errors
/// If there is no such run, or its record is damaged.
pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Exit> {
    let run = runs::read(&args.run)?;
    let record = Record::read(&run.folder)?;
    let mut limits = record.manifest.gates;
    let choices = [
        (&mut limits.overhead.max_ratio, args.max_ratio),
        (&mut limits.overhead.p95_max_ratio, args.p95_max_ratio),
        (&mut limits.memory.peak_max_ratio, args.peak_max_ratio),
        (&mut limits.makespan_ratio, args.makespan_ratio),
    ];
    for (limit, choice) in choices {
        *limit = choice.unwrap_or(*limit);
    }
    let timings = record.timings()?;
    let performance = timings.map(|timings| Performance::of(&timings, &limits.overhead));
    let verdict = run.verdict.again(performance, &limits);
    ui.text(reports::terminal::verdict(
        &record.manifest,
        &verdict,
        &run.folder.display().to_string(),
    ))?;
    Ok(verdict.decision.into())
}
