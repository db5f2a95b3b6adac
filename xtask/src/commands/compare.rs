//! `compare`: drives legacy and new over a corpus, and gives a verdict.

mod workloads;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use contract::text::{grouped, visible};
use contract::{Feature, FeatureSet};
use corpus::Case;
use corpus::generate::{Dials, Generator, RulesGenerator};
use corpus::load::{LoadOptions, open};
use harness::Engines;
use harness::causes::Earlier;
use harness::config::{Migration, Migrations};
use harness::judge::Contender;
use harness::ledger::{Date, Ledger, Terms};
use harness::mutants::control::Budget;
use harness::record::{EngineRecord, LedgerRecord, Manifest, Writer};
use harness::run::{self, Cases, Plan, Stuck, Timing};
use harness::timing::Mode;
use harness::verdict::{Decision, Verdict};

use crate::commands::measure::Processes;
use crate::commands::report;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::Display;
use crate::ui::Ui;
use crate::{command, migration, runs, today};

/// How many seconds an engine may keep control without giving it back, on a machine that may be busy.
const PATIENCE: u32 = 60;
const EXAMPLES: &str = "\
Examples:
  cargo xtask compare                                    every migration of cutover.toml
  cargo xtask compare dataflow --cases 100000 --seed 7   one of them, on other and more cases
  cargo xtask compare --corpus my-cases/                 only your own cases
  cargo xtask compare --corpus my-rules/ --messages 50   your dataflow-rs definitions, on 50 messages each
  cargo xtask compare --rules 100000 --cases 0           generated cases of rules
  cargo xtask compare --only needs,when,template         only cases that use no other feature
  cargo xtask compare --out target/cutover/ci            the record where CI expects it
  cargo xtask compare --against target/cutover/m-1       which causes are new since that run, known, gone

--corpus takes case files (`cargo xtask corpus show` explains one), WfCommons executions and
dataflow-rs definitions (.json, .json.gz), or folders of them. Each run leaves a record: manifest.json, cases.jsonl,
verdict.json, report.html, summary.md, for machines junit.xml, report.sarif and report.json, and the cases worth a
second look. Differences that known-divergences.toml accepts count apart; `cargo xtask review` writes it.";

/// Which migrations, on what.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The migration; every one of cutover.toml if absent
    pub(crate) migration: Option<String>,
    /// How many workflows to generate [default: as cutover.toml says; 0 with --corpus]
    #[arg(long, value_name = "N")]
    pub(crate) cases: Option<u64>,
    /// How many cases of dataflow-rs rules to generate [default: as cutover.toml says; 0 with --corpus or --only]
    #[arg(long, value_name = "N")]
    pub(crate) rules: Option<u64>,
    /// How many messages to make for each dataflow-rs definition of --corpus
    #[arg(long, value_name = "N", default_value_t = LoadOptions::default().messages, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub(crate) messages: u64,
    /// The seed they are generated from: the same seed, the same verdict [default: as cutover.toml says]
    #[arg(long, value_name = "S")]
    pub(crate) seed: Option<u64>,
    /// A file or folder with cases, instead of those that cutover.toml names; may be repeated
    #[arg(long, value_name = "PATH")]
    pub(crate) corpus: Vec<PathBuf>,
    /// Threads [default: as many as there are processors]
    #[arg(long, value_name = "J", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
    /// Keep the record in `DIR/<migration>` [default: a new folder under target/cutover]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Plant this known bug in new, to see what is said of it; may be repeated (`cargo xtask mutants --list` names them)
    #[arg(long, value_name = "MUTANT")]
    pub(crate) plant: Vec<String>,
    /// Say which causes are new, known and gone, compared with this earlier run: the folder of its record
    #[arg(long, value_name = "RUN")]
    pub(crate) against: Option<PathBuf>,
    /// How thoroughly to time the engines [default: quick; off in a build without optimisation]
    #[arg(long, value_name = "HOW")]
    pub(crate) timing: Option<TimingMode>,
    /// Slow new down by this many percent while it is timed, to see what the gate says of it
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0, value_parser = percent)]
    pub(crate) slow_new: f64,
    /// The day that decides what has expired, such as 2027-01-31 [default: today]
    #[arg(long, value_name = "DATE")]
    pub(crate) today: Option<Date>,
    /// Generate only workflows that use nothing beyond these features, and leave out other cases
    #[arg(long, value_name = "FEATURE", value_delimiter = ',', value_parser = feature)]
    pub(crate) only: Vec<Feature>,
}

/// How thoroughly the engines are timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum TimingMode {
    /// Not at all
    Off,
    /// As little as a decision takes: seconds
    Quick,
    /// Enough for narrow intervals: a minute or more
    Full,
}

impl TimingMode {
    fn mode(asked: Option<Self>) -> Option<Mode> {
        match asked {
            Some(Self::Off) => None,
            Some(Self::Quick) => Some(Mode::Quick),
            Some(Self::Full) => Some(Mode::Full),
            None => (!cfg!(debug_assertions)).then_some(Mode::Quick),
        }
    }
}

/// Reads a percentage for clap.
fn percent(text: &str) -> Result<f64, String> {
    let percent: f64 = text
        .parse()
        .map_err(|_| "it has to be a number, such as 15".to_owned())?;
    if (0.0..=1_000.0).contains(&percent) {
        Ok(percent)
    } else {
        Err("it has to be from 0 to 1000".to_owned())
    }
}

/// Reads a feature's name for clap.
pub(crate) fn feature(name: &str) -> Result<Feature, String> {
    Feature::from_name(name).ok_or_else(|| {
        let known: Vec<_> = Feature::ALL.iter().map(|feature| feature.as_str()).collect();
        format!("there is no such feature; there are {}", known.join(", "))
    })
}

/// Compares, prints each verdict, and returns the worst.
///
/// # Errors
/// If something the user wrote is wrong, or the record cannot be written.
pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Exit> {
    let migrations = migration::read()?;
    let selected = migrations.select(args.migration.as_deref()).map_err(Failure::in_file)?;
    // Everything a user can get wrong is looked at before the first record is begun.
    let mut prepared = Vec::new();
    let today = args.today.unwrap_or_else(today::today);
    for (name, migration) in selected {
        let engines = migration::planted(migration::engines(&migrations, name, migration)?, &args.plant)?;
        let earlier = args
            .against
            .as_deref()
            .map(|run| runs::earlier(run, name))
            .transpose()?;
        let known = Known {
            ledger: migration::ledger(&migrations, migration)?,
            today,
            earlier,
        };
        let corpus = corpus(args, migration, ui)?;
        let workloads = if TimingMode::mode(args.timing).is_some() {
            workloads::of(args, migration, &corpus.cases, ui)?
        } else {
            Vec::new()
        };
        prepared.push((name, migration, engines, corpus, workloads, known));
    }
    let mut worst = Decision::Pass;
    for (name, migration, engines, corpus, workloads, known) in &prepared {
        let verdict = compare(args, (name, migration), engines, (corpus, workloads), known, ui)?;
        worst = worst.max(verdict.decision);
    }
    Ok(worst.into())
}

impl From<Decision> for Exit {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Pass => Self::Pass,
            Decision::Inconclusive => Self::Inconclusive,
            Decision::NothingCompared => Self::NothingCompared,
            Decision::Fail => Self::GateFailed,
        }
    }
}

/// What is known of the differences before the run.
struct Known {
    ledger: Ledger,
    today: Date,
    earlier: Option<Earlier>,
}

/// What a migration is compared on: the cases, and where they come from.
struct Corpus {
    cases: Cases,
    seed: u64,
    paths: Vec<String>,
    only: Option<FeatureSet>,
}

fn corpus(args: &Args, migration: &Migration, ui: &Ui) -> anyhow::Result<Corpus> {
    let only = (!args.only.is_empty()).then(|| args.only.iter().copied().collect::<FeatureSet>());
    let choice = &migration.corpus;
    let (paths, from_configuration) = if args.corpus.is_empty() {
        (&choice.paths, true)
    } else {
        (&args.corpus, false)
    };
    let seed = args.seed.unwrap_or(choice.seed);
    let options = LoadOptions {
        messages: args.messages,
        seed,
    };
    let mut listed = Vec::new();
    let mut applications = Vec::new();
    for path in paths {
        let path = if from_configuration {
            command::from_here(&command::root().join(path))
        } else {
            path.clone()
        };
        let opened = open(&path, options).map_err(Failure::in_file)?;
        for notice in opened.notices {
            ui.note(notice);
        }
        listed.extend(opened.listed);
        // What `--only` asks for, it asks for by the features of workflows.
        if let (Some(application), None) = (opened.application, only) {
            applications.push((path.display().to_string(), application));
        }
    }
    listed.retain(|case| only.is_none_or(|only| case.dag().is_some() && only.is_superset(case.features())));
    let chosen = |asked: Option<u64>, configured| asked.unwrap_or(if from_configuration { configured } else { 0 });
    let generated = chosen(args.cases, choice.cases);
    let rules = chosen(args.rules, if only.is_none() { choice.rules } else { 0 });
    let dials = only.map_or_else(Dials::default, Dials::only);
    let generator = (generated > 0).then(|| (Generator::new(seed, dials), generated));
    let mut cases = Cases::new(listed, generator);
    for (name, application) in applications {
        cases = cases.with_application(name, application);
    }
    let drawn = RulesGenerator::new(seed);
    let paths = paths.iter().map(|path| path.display().to_string()).collect();
    Ok(Corpus {
        cases: cases.with_rules(move |index| drawn.case(index), rules),
        seed,
        paths,
        only,
    })
}

fn compare(
    args: &Args,
    (name, migration): (&str, &Migration),
    engines: &Engines,
    (corpus, workloads): (&Corpus, &[Case]),
    known: &Known,
    ui: &Ui,
) -> anyhow::Result<Verdict> {
    let jobs = args.jobs.map_or_else(
        || std::thread::available_parallelism().map_or(1, usize::from),
        usize::from,
    );
    let manifest = manifest(args, (name, migration), engines, corpus, known, jobs);
    let folder = match &args.out {
        Some(out) => out.join(name),
        None => next_folder(name)?,
    };
    let record = Writer::create(&folder, &manifest)?;
    let title = |engine: &Contender| format!("{} {}", engine.description.name, engine.description.version);
    let [legacy, new] = [&engines.legacy, &engines.new].map(title);
    let count = corpus.cases.count();
    ui.line(format!(
        "{name}: {legacy} → {new}, {} cases, seed {}",
        grouped(count),
        corpus.seed
    ))?;

    let display = Display::new(count.max(1));
    let processes = Processes {
        legacy: (migration.legacy.engine.get_ref(), &migration.legacy.options),
        new: (migration.new.engine.get_ref(), &migration.new.options),
        planted: &args.plant,
    };
    let timing = TimingMode::mode(args.timing).map(|mode| Timing {
        workloads,
        mode,
        seed: corpus.seed,
        slowdown: args.slow_new / 100.0,
        afresh: Some(&processes),
    });
    let plan = Plan {
        engines,
        cases: &corpus.cases,
        gates: &migration.gates,
        jobs,
        terms: Some(Terms {
            ledger: &known.ledger,
            migration: name,
            today: known.today,
        }),
        against: known.earlier.as_ref(),
        control: Some(Budget::default()),
        timing,
        patience: PATIENCE,
    };
    let verdict = run::run(&plan, &record, &display, &|stuck| {
        end_for(stuck, &folder, &corpus.cases, ui);
    })?;
    let (elapsed, rate, rest) = display.finish();
    ui.note(ui.faint(&format!(
        "{} cases in {:.1} s, {} a second on {jobs} threads; controls and timings in {:.1} s",
        grouped(count),
        elapsed.as_secs_f64(),
        grouped(rate as u64),
        rest.as_secs_f64()
    )));

    // Read back, so that rendering the record again gives the same bytes.
    let written = report::write_all(&folder)?;
    let written: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
    ui.note(ui.faint(&format!("wrote {}", visible(&written.join(", ")))));
    ui.text(reports::terminal::verdict(
        &manifest,
        &verdict,
        &folder.display().to_string(),
    ))?;
    Ok(verdict)
}

/// Ends the process for an engine that never gives control back.
fn end_for(stuck: &Stuck, folder: &Path, cases: &Cases, ui: &Ui) {
    let case = cases.case(stuck.index);
    let saved = corpus::save::save(&case, &folder.join("cases"));
    let replay = saved.map_or_else(|_| stuck.case.clone(), |path| path.display().to_string());
    ui.complain(&ui.error(&format!(
        "the engine `{}` did not give control back for {PATIENCE} s on the case {}\n\
         A thread cannot be stopped from outside, so the run ends here; its record in {} is intact.\n\
         To look at the case: cargo xtask corpus show {replay}",
        stuck.engine,
        visible(&stuck.case),
        folder.display()
    )));
    std::process::exit(Exit::HarnessFailed as i32);
}

fn manifest(
    args: &Args,
    (name, migration): (&str, &Migration),
    engines: &Engines,
    corpus: &Corpus,
    known: &Known,
    jobs: usize,
) -> Manifest {
    let records = [
        EngineRecord::new(&engines.legacy, &migration.legacy.options),
        EngineRecord::new(&engines.new, &migration.new.options),
        EngineRecord::new(&engines.reference, &migration.reference.options),
    ];
    Manifest {
        about: migration.about.clone(),
        seed: corpus.seed,
        messages: args.messages,
        paths: corpus.paths.clone(),
        only: corpus.only,
        planted: args.plant.clone(),
        today: Some(known.today),
        ledger: Some(LedgerRecord {
            name: known.ledger.name().to_owned(),
            entries: known.ledger.of_migration(name).cloned().collect(),
        }),
        jobs,
        gates: migration.gates,
        ..Manifest::new(name, records, &corpus.cases)
    }
}

/// `target/cutover/<migration>-<n>`, the first that is free. A number, because a folder named after the time would be the
/// only thing here that needs a clock.
fn next_folder(migration: &str) -> anyhow::Result<PathBuf> {
    let parent = runs::folder();
    fs::create_dir_all(&parent).with_context(|| format!("failed to make {}", parent.display()))?;
    let taken = |number: &u32| parent.join(format!("{migration}-{number}")).exists();
    let free = (1..u32::MAX).find(|number| !taken(number)).unwrap_or(u32::MAX);
    Ok(command::from_here(&parent.join(format!("{migration}-{free}"))))
}

/// The migrations and the one that `replay` looks at: the one named, or the only one.
pub(crate) fn single<'a>(migrations: &'a Migrations, name: Option<&str>) -> Result<(&'a str, &'a Migration), Failure> {
    let selected = migrations.select(name).map_err(Failure::in_file)?;
    match selected[..] {
        [one] => Ok(one),
        _ => Err(Failure::usage(
            "cutover.toml names several migrations",
            "say which one with --migration",
        )),
    }
}
