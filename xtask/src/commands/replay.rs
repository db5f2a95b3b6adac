//! `replay`: runs one case on all engines and shows what each did, side by side.

use std::path::PathBuf;

use contract::Feature;
use contract::stage::{Death, Stage};
use corpus::Case;
use corpus::load::LoadOptions;
use harness::Judgement;
use harness::causes::KnownBugs;
use harness::causes::Observed;
use harness::causes::cluster::Likeness;
use harness::compare::describe_end;
use harness::judge::{Contender, Unwatched};
use harness::record::{self, RecordError};
use harness::recovery::{self, read_death};
use reports::html::{Single, single};
use reports::traces::{Replay, side_by_side};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::ui::Ui;
use crate::{cases, migration};

const EXAMPLES: &str = "\
Examples:
  cargo xtask replay target/cutover/dataflow-1/cases/g1-42.json   a case that a run has kept
  cargo xtask replay target/cutover/dataflow-1/clusters/c-1a2b3c4d.json   a cause, in its smallest form
  cargo xtask replay g7-42                                        the generated workflow 42 of seed 7
  cargo xtask replay r7-42                                        the generated case of rules 42 of seed 7
  cargo xtask replay my-rules/ --case orders-17                   one message of an application
  cargo xtask replay corpus/cases/shapes/diamond.json             a pinned case
  cargo xtask replay g7-42 --die-at 5:part                        new, whose process dies in its write 5
  cargo xtask replay runs/montage.json --page montage.html        a recorded execution, as a picture too

The first column of engines is what new is held to: legacy, the reference where legacy lacks a
feature of the case, or new itself where only a death of its process makes a difference. ► marks
the first difference, ≠ the others. Exit code 1 if there is one.";

/// Which case, in which migration.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// A case file, or the id of a generated case
    #[arg(value_name = "CASE")]
    pub(crate) wanted: String,
    /// Which case, of a file or folder that holds several
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    pub(crate) case: Option<String>,
    /// The seed that the messages of an application are drawn from
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(crate) seed: u64,
    /// How many messages are made for each definition of an application
    #[arg(long, value_name = "N", default_value_t = LoadOptions::default().messages)]
    pub(crate) messages: u64,
    /// The migration whose engines run it [default: the only one of cutover.toml]
    #[arg(long, value_name = "NAME")]
    pub(crate) migration: Option<String>,
    /// Plant this known bug in new; may be repeated (`cargo xtask mutants --list` names them)
    #[arg(long, value_name = "MUTANT")]
    pub(crate) plant: Vec<String>,
    /// Write what is shown as a page too, with the whole workflow as a picture
    #[arg(long, value_name = "FILE", conflicts_with = "die_at")]
    pub(crate) page: Option<PathBuf>,
    /// Show new beside itself, its process dying at this write: `5`, `5:part` or `5:nothing` is left of it; several in turn
    #[arg(long, value_name = "WRITE", value_delimiter = '+', value_parser = read_death)]
    pub(crate) die_at: Vec<Death>,
}

/// Replays.
///
/// # Errors
/// If there is no such case or migration.
pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Exit> {
    let migrations = migration::read()?;
    let (name, chosen) = super::compare::single(&migrations, args.migration.as_deref())?;
    let engines = migration::planted(migration::engines(&migrations, name, chosen)?, &args.plant)?;
    let options = LoadOptions {
        messages: args.messages,
        seed: args.seed,
    };
    let case = cases::find_among(&args.wanted, args.case.as_deref(), options)?;
    let features = case.features();

    let mut stage = Stage::new();
    if !args.die_at.is_empty() {
        return show_deaths(&mut stage, &engines.new, &case, &args.die_at, ui);
    }
    let judgement = harness::run::quietly(|| {
        let mut judgement = engines.judge(&mut stage, &case, features, &Unwatched);
        engines.kill(&mut stage, &case, &mut judgement, &Unwatched);
        judgement
    });
    let comparison = match &judgement {
        Judgement::Compared(comparison) => Some(comparison),
        Judgement::NotCompared { .. } => None,
    };
    let observed = harness::run::quietly(|| Observed::of(&engines, &mut stage, &case, comparison, &Unwatched));
    let like = comparison
        .filter(|comparison| !comparison.divergences.is_empty())
        .and_then(|comparison| {
            let known = KnownBugs::all();
            let explaining =
                harness::run::quietly(|| known.explaining(&engines, &mut stage, &case, comparison, &Unwatched));
            Likeness::of(explaining.get(..1)?)
        });
    if let Some(page) = &args.page {
        let legacy_and_new = [&engines.legacy, &engines.new].map(|contender| &*contender.description.name);
        let text = single(&Single {
            case: &case,
            observed: &observed,
            baseline: comparison.map(|comparison| comparison.baseline),
            like: like.clone(),
            migration: name,
            engines: legacy_and_new,
            words: args.words(name),
        });
        record::write_whole(page, text.as_bytes()).map_err(unwritten)?;
    }
    let is_equal = observed.divergences.is_empty();
    ui.text(side_by_side(&Replay {
        case: &case,
        observed: &observed,
        like,
    }))?;
    Ok(if !is_equal {
        Exit::GateFailed
    } else if comparison.is_none() {
        Exit::NothingCompared
    } else {
        Exit::Pass
    })
}

/// The page is not in a record: what to do about it is another thing.
fn unwritten(error: RecordError) -> anyhow::Error {
    match error {
        RecordError::Write { path, source } => Failure::usage(
            format!("failed to write `{}`: {source}", path.display()),
            "make room, or name a file in a folder that is there with `--page`",
        )
        .into(),
        other => other.into(),
    }
}

impl Args {
    /// What to type to see the same again in a terminal.
    fn words(&self, migration: &str) -> Vec<String> {
        let mut words = vec![self.wanted.clone()];
        let mut add = |option: &str, value: &str| words.extend([option.to_owned(), value.to_owned()]);
        if let Some(case) = &self.case {
            add("--case", case);
            add("--seed", &self.seed.to_string());
            add("--messages", &self.messages.to_string());
        }
        add("--migration", migration);
        for bug in &self.plant {
            add("--plant", bug);
        }
        words
    }
}

/// New beside itself: without a death, and with these.
fn show_deaths(stage: &mut Stage, new: &Contender, case: &Case, deaths: &[Death], ui: &Ui) -> anyhow::Result<Exit> {
    let name = &new.description.name;
    if !new.description.capabilities.contains(Feature::Durable) || case.definition.rules().is_some() {
        return Err(Failure::usage(
            format!("{name} does not survive the death of its process on this case"),
            "leave out --die-at; `cargo xtask engines` says which engines are durable, and only workflows are",
        )
        .into());
    }
    let lacks = case.features().difference(new.description.capabilities);
    let loaded = if lacks.is_empty() {
        Stage::load(&*new.engine, &case.definition).map_err(|end| describe_end(&end))
    } else {
        Err(format!("it lacks {lacks}"))
    };
    let loaded = loaded.map_err(|reason| {
        Failure::usage(
            format!("{name} does not run this case: {reason}"),
            "choose a case that it runs",
        )
    })?;
    let [undying, dying] =
        [&[][..], deaths].map(|deaths| harness::run::quietly(|| recovery::play(stage, &*loaded, case, deaths)));
    if let Some(death) = deaths.iter().find(|death| death.write > dying.writes) {
        return Err(Failure::usage(
            format!(
                "there is no write {} to die at: {name} writes {} times",
                death.write, dying.writes
            ),
            "name a write that there is, the first is 1",
        )
        .into());
    }
    let observed = Observed::beside_itself(name, deaths, &undying, &dying);
    ui.text(side_by_side(&Replay {
        case,
        observed: &observed,
        like: None,
    }))?;
    ui.note(ui.faint(&format!("without a death it writes {} times", undying.writes)));
    Ok(if observed.divergences.is_empty() {
        Exit::Pass
    } else {
        Exit::GateFailed
    })
}
