//! `replay`: runs one case on all engines and shows what each did, side by side.

use contract::stage::Stage;
use contract::{FeatureSet, Observation};
use corpus::Case;
use harness::judge::{Contender, Watch};
use harness::{Engines, Judgement};
use reports::traces::{Replay, side_by_side};

use crate::exit::Exit;
use crate::ui::Ui;
use crate::{cases, migration};

const EXAMPLES: &str = "\
Examples:
  cargo xtask replay target/cutover/dataflow-1/cases/g1-42.json   a case that a run has kept
  cargo xtask replay g7-42                                        the generated case 42 of seed 7
  cargo xtask replay corpus/cases/shapes/diamond.json             a pinned case

The first column of engines is what new is held to: legacy, or the reference where legacy lacks
a feature of the case. ► marks the first difference, ≠ the others. Exit code 1 if there is one.";

/// Which case, in which migration.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// A case file, or the id of a generated case
    pub(crate) case: String,
    /// The migration whose engines run it [default: the only one of cutover.toml]
    #[arg(long, value_name = "NAME")]
    pub(crate) migration: Option<String>,
}

/// Replays.
///
/// # Errors
/// If there is no such case or migration.
pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Exit> {
    let migrations = migration::read()?;
    let (name, chosen) = super::compare::single(&migrations, args.migration.as_deref())?;
    let engines = migration::engines(&migrations, name, chosen)?;
    let case = cases::find(&args.case)?;
    let features = case.features();

    let mut stage = Stage::new();
    let judgement = harness::run::quietly(|| engines.judge(&mut stage, &case, features, &Unwatched));
    let columns = columns(&engines, &judgement);
    let observations: Vec<_> = columns
        .iter()
        .map(|contender| harness::run::quietly(|| observe(&mut stage, contender, &case, features)))
        .collect();
    let (divergences, blame) = match &judgement {
        Judgement::Compared(comparison) => (comparison.divergences.as_slice(), comparison.blame),
        Judgement::NotCompared { .. } => (&[][..], None),
    };
    let runs = columns
        .iter()
        .zip(&observations)
        .map(|(contender, run)| (contender.description.name.clone(), run.as_ref().map_err(Clone::clone)))
        .collect();
    ui.text(side_by_side(&Replay {
        case: &case,
        runs,
        divergences,
        blame,
    }))?;
    Ok(if !divergences.is_empty() {
        Exit::GateFailed
    } else if matches!(judgement, Judgement::NotCompared { .. }) {
        Exit::NothingCompared
    } else {
        Exit::Pass
    })
}

/// The baseline first, then new, then whoever is left.
fn columns<'a>(engines: &'a Engines, judgement: &Judgement) -> Vec<&'a Contender> {
    let is_by_reference = matches!(judgement, Judgement::Compared(comparison) if comparison.baseline == harness::judge::Baseline::Reference);
    if is_by_reference {
        vec![&engines.reference, &engines.new, &engines.legacy]
    } else {
        vec![&engines.legacy, &engines.new, &engines.reference]
    }
}

/// What an engine does on the case, unless it lacks a feature of it.
fn observe(stage: &mut Stage, contender: &Contender, case: &Case, features: FeatureSet) -> Result<Observation, String> {
    let lacks = features.difference(contender.description.capabilities);
    if !lacks.is_empty() {
        return Err(format!("it lacks {lacks}"));
    }
    Ok(stage.play(&*contender.engine, &case.definition, &case.input, &case.script))
}

/// A person who replays one case can end it by hand.
struct Unwatched;

impl Watch for Unwatched {
    fn starting(&self, _engine: &str) {}
}
