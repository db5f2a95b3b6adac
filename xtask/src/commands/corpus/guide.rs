//! `corpus guide`: draws cases towards what none has gone through yet, and measures what that gains over drawing blindly.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use contract::stage::Stage;
use contract::text::grouped;
use corpus::Case;
use harness::Engines;
use harness::reach::goals::{self, Goal};
use harness::reach::minimal::length_in_a_file;
use harness::reach::search::{How, Played, Search, measure, measure_rules, walk, walk_rules};

use super::output;
use crate::commands::compare::single;
use crate::exit::Exit;
use crate::migration;
use crate::ui::Ui;

/// How many of the goals that were never reached are named.
const NAMED: usize = 40;
/// How many guided cases of rules are drawn at most when they are written.
const RULES: u64 = 2_000;

/// Draw cases towards what none has gone through yet, and measure the gain over drawing blindly.
///
/// What there is to go through: each two features that a workflow can use at once, and each behaviour of a run (how it ended and
/// why, retries, signals and what they met, ties, limits, deaths, refusals). Cases are played on the reference. Guided, a case
/// is drawn for something that is still missing, or is an earlier case with a few changes; blindly, one is drawn after another
/// by the default dials without the one that steers towards pairs of features.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cargo xtask corpus guide                           guided and blind, on three seeds
  cargo xtask corpus guide --seed 7 --seeds 5        on other and more seeds
  cargo xtask corpus guide --goals                   all there is to go through, and after how many cases it was
  cargo xtask corpus guide --out my-cases            the cases that reach something new, as files
  cargo xtask compare --corpus my-cases --cases 0    and what the engines make of them")]
pub(crate) struct Args {
    /// The first seed
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// How many seeds to measure; the medians are printed
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=100))]
    seeds: u64,
    /// After how many cases a search gives up
    #[arg(long, value_name = "N", default_value_t = 30_000, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    cases: u64,
    /// Name every goal, with the number of cases it took guided and blind
    #[arg(long)]
    goals: bool,
    /// Write the guided cases of the first seed that reach something new to this folder, instead of measuring
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
    let reference = engines.reference.clone();
    if let Some(folder) = &args.out {
        return write(args, &engines, folder, ui);
    }
    let jobs = super::jobs(args.jobs);
    let ways = [How::Guided, How::blind(), How::by_default(), How::blind_with_ties()];
    let seeds: Vec<u64> = (0..args.seeds).map(|more| args.seed.wrapping_add(more)).collect();
    let searches = measure(&reference, &ways, &seeds, args.cases, jobs);
    let goals = goals::of_workflows();
    ui.line(format_args!(
        "{} goals: {} pairs of features, {} behaviours; seeds {} to {}, at most {} cases each",
        goals.len(),
        goals.iter().filter(|goal| matches!(goal, Goal::Pair(_))).count(),
        goals.iter().filter(|goal| matches!(goal, Goal::Workflow(_))).count(),
        args.seed,
        seeds.last().copied().unwrap_or_default(),
        grouped(args.cases),
    ))?;
    let titles = ["guided", "blind", "default dials", "blind, 5 % with ties"];
    ui.line(ui.heading("                       reached   of them all after   guided, the same after   gain"))?;
    for (way, title) in titles.iter().enumerate() {
        ui.line(row(title, &searches, way, goals.len()))?;
    }
    let never = |way: usize| -> Vec<Goal> {
        let is_never = |goal: &&Goal| searches.iter().all(|seed| !seed[way].reached.contains_key(goal));
        goals.iter().filter(is_never).copied().collect()
    };
    for (way, title) in titles.iter().enumerate().take(2) {
        let never = never(way);
        let names: Vec<String> = never.iter().take(NAMED).map(|goal| goal.name()).collect();
        let more = never.len().saturating_sub(NAMED);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        let names = if names.is_empty() {
            "nothing".to_owned()
        } else {
            names.join(", ")
        };
        ui.line(format_args!("never reached {title}, on any seed: {names}{more}"))?;
    }
    let of_rules = measure_rules(&engines, &seeds, args.cases, jobs);
    let of_rules: Vec<Vec<Search>> = of_rules.into_iter().map(Vec::from).collect();
    ui.line(ui.heading("of rules"))?;
    let count = goals::of_rules().len();
    for (way, title) in ["guided", "blind"].iter().enumerate() {
        ui.line(row(title, &of_rules, way, count))?;
    }
    let never = goals::of_rules().into_iter().filter(|goal| {
        let mut guided = of_rules.iter().map(|seed| &seed[0].reached);
        guided.all(|reached| !reached.contains_key(goal))
    });
    let never: Vec<String> = never.map(Goal::name).collect();
    if !never.is_empty() {
        ui.line(format_args!("never reached guided, on any seed: {}", never.join(", ")))?;
    }
    if args.goals {
        for (goals, searches) in [(goals, &searches), (goals::of_rules(), &of_rules)] {
            for goal in &goals {
                let [guided, blind] = [0, 1].map(|way| {
                    let after = searches[0][way].reached.get(goal);
                    after.map_or_else(|| "never".to_owned(), |after| grouped(*after))
                });
                let (name, meaning) = (goal.name(), goal.meaning());
                ui.line(format_args!("{name:<44} {guided:>8} {blind:>8}  {meaning}"))?;
            }
        }
    }
    Ok(Exit::Pass)
}

/// One way to draw cases: how many goals it reached, after how many cases, and after how many guided ones the same were.
fn row(title: &str, searches: &[Vec<Search>], way: usize, goals: usize) -> String {
    let mut reached: Vec<u64> = Vec::new();
    let mut own: Vec<u64> = Vec::new();
    let mut guided: Vec<u64> = Vec::new();
    let mut gains: Vec<f64> = Vec::new();
    for seed in searches {
        // Only what both reached can be compared.
        let common: Vec<&Goal> = seed[way]
            .reached
            .keys()
            .filter(|goal| seed[0].reached.contains_key(goal))
            .collect();
        let [after, guided_after] = [way, 0].map(|way| seed[way].after(common.iter().copied()).unwrap_or_default());
        reached.push(seed[way].reached.len() as u64);
        own.push(after);
        guided.push(guided_after);
        gains.push(after as f64 / guided_after.max(1) as f64);
    }
    gains.sort_by(f64::total_cmp);
    format!(
        "{title:<22} {:>3}/{goals:<3} {:>19} {:>24} {:>6.1}",
        median(reached),
        grouped(median(own)),
        grouped(median(guided)),
        f64::midpoint(gains[gains.len() / 2], gains[(gains.len() - 1) / 2]),
    )
}

fn median(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    let middle = |place: usize| values.get(place).copied().unwrap_or_default();
    u64::midpoint(middle(values.len() / 2), middle(values.len().saturating_sub(1) / 2))
}

/// Writes the guided cases that reach something new.
fn write(args: &Args, engines: &Engines, folder: &Path, ui: &Ui) -> anyhow::Result<Exit> {
    let mut cases: Vec<Case> = Vec::new();
    let mut reached = BTreeSet::new();
    let mut drawn = 0_u64;
    harness::run::quietly(|| {
        let mut stage = Stage::new();
        let mut visit = |played: Played| {
            drawn += 1;
            let new: Vec<Goal> = played.reached.difference(&reached).copied().collect();
            // Some cases of rules are nested too deeply for a file.
            if new.is_empty() || length_in_a_file(&played.case).is_none() {
                return;
            }
            let names: Vec<String> = new.iter().map(|goal| goal.name()).collect();
            let why = format!("The first guided case that reaches {}.", names.join(", "));
            cases.push(Case { why, ..played.case });
            reached.extend(new);
        };
        let (seed, most) = (args.seed, args.cases);
        walk(&mut stage, &engines.reference, &How::Guided, seed, most, &mut visit);
        // All that files can hold is reached long before.
        walk_rules(&mut stage, engines, true, seed, most.min(RULES), &mut visit);
    });
    output::write(&cases, folder)?;
    ui.line(format_args!(
        "{} cases of {} drawn, which reach {} of {} goals, in {}",
        cases.len(),
        grouped(drawn),
        reached.len(),
        goals::of_workflows().len() + goals::of_rules().len(),
        folder.display()
    ))?;
    Ok(Exit::Pass)
}
