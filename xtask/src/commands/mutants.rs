//! `mutants`: plants every known engine bug in the new engine, and looks for a case that reveals it.

mod together;

use std::fmt::Write as _;
use std::time::Duration;

use contract::Format;
use contract::text::{grouped, visible};
use corpus::Case;
use corpus::generate::{Dials, Generator, RulesGenerator};
use harness::causes::exam::{self, Shrunk};
use harness::mutants::hunt::{Effort, Hunt};
use harness::mutants::{self, Mutant};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::ui::Ui;

/// Plant known engine bugs in the new engine, and count the cases it takes to find each.
///
/// Each bug is planted alone, and generated cases are judged until one reveals it, a different stretch of them for each. A bug that no case reveals is named, with
/// what the corpus lacks to reveal it, and leads to exit code 1.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cargo xtask mutants                                all of them, on up to 10,000 cases each
  cargo xtask mutants --only limit-plus-one          one of them
  cargo xtask mutants --cases 1000 --seed 7          on fewer and other cases
  cargo xtask mutants --reduce                       and make each case that reveals one as small as it gets
  cargo xtask mutants --together 10 --rounds 20      ten at once, twenty times: do their causes come out apart?
  cargo xtask mutants --list                         what each of them does wrong")]
pub(crate) struct Args {
    /// The bug; all of them if absent; may be repeated
    #[arg(long, value_name = "NAME", value_parser = mutant)]
    only: Vec<&'static Mutant>,
    /// On how many cases each one is looked for at most
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    cases: u64,
    /// The seed that the cases are drawn from
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Threads [default: as many as there are processors]
    #[arg(long, value_name = "J", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Reduce each case that reveals one, and compare it with the smallest there is
    #[arg(long, conflicts_with = "together")]
    reduce: bool,
    /// Plant so many at once, drawn by the seed, and gather what diverges by cause; on 3,000 cases unless --cases says more
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u16).range(1..=100))]
    together: Option<u16>,
    /// How many times to do that, each time with others
    #[arg(long, value_name = "R", default_value_t = 10, requires = "together")]
    rounds: u64,
    /// Do not know the planted bugs when causes are likened to known ones
    #[arg(long, requires = "together")]
    blind: bool,
    /// Only say what there is to plant
    #[arg(long)]
    list: bool,
}

fn mutant(name: &str) -> Result<&'static Mutant, String> {
    mutants::find(name)
        .ok_or_else(|| "there is no such bug to plant; `cargo xtask mutants --list` names them all".to_owned())
}

/// Hunts.
///
/// # Errors
/// If `cutover.toml` is wrong, or nothing can be printed.
pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Exit> {
    let chosen: Vec<&'static Mutant> = if args.only.is_empty() {
        mutants::all().iter().collect()
    } else {
        args.only.clone()
    };
    if args.list {
        ui.text(list(&chosen, ui))?;
        return Ok(Exit::Pass);
    }
    let migrations = crate::migration::read()?;
    let selected = migrations.select(None).map_err(Failure::in_file)?;
    let (name, migration) = selected.first().expect("a file without a migration is refused");
    let engines = crate::migration::engines(&migrations, name, migration)?;
    let jobs = args.jobs.map_or_else(
        || std::thread::available_parallelism().map_or(1, usize::from),
        usize::from,
    );
    if let Some(count) = args.together {
        return together::run(args, &engines, &chosen, (usize::from(count), jobs), ui);
    }
    ui.line(format!(
        "{name}: {} faults planted in {} {}, one at a time, each looked for on up to {} cases, seed {}",
        chosen.len(),
        engines.new.description.name,
        engines.new.description.version,
        grouped(args.cases),
        args.seed
    ))?;
    let generator = Generator::new(args.seed, Dials::default());
    let rules = RulesGenerator::new(args.seed);
    let cases = |mutant: &'static Mutant| {
        let (generator, rules) = (&generator, &rules);
        // A stretch of its own: were all looked for on the same cases, what the first few happen to use would decide.
        let place = mutants::all()
            .iter()
            .take_while(|other| other.name != mutant.name)
            .count();
        let first = args.cases * place as u64;
        (first..first + args.cases).map(move |index| -> Case {
            match mutant.format {
                Format::Dag => generator.case(index),
                Format::Rules => rules.case(index),
            }
        })
    };
    let hunts = mutants::hunt_all(&engines, &chosen, jobs, cases);
    ui.text(table(&hunts, ui))?;
    ui.text(summary(&hunts, ui))?;
    if args.reduce {
        ui.text(reduced(&exam::shrink_all(&engines, &hunts, jobs, cases), ui))?;
    }
    let is_all = hunts.iter().all(|hunt| hunt.found.is_some());
    Ok(if is_all { Exit::Pass } else { Exit::GateFailed })
}

fn list(chosen: &[&'static Mutant], ui: &Ui) -> String {
    let mut text = String::new();
    let mut place = None;
    for mutant in chosen {
        if place != Some(mutant.place) {
            place = Some(mutant.place);
            let _ = writeln!(text, "{}", ui.heading(mutant.place.as_str()));
        }
        let _ = writeln!(text, "  {}\n      {}", mutant.name, mutant.about);
        if !mutant.features.is_empty() {
            let _ = writeln!(text, "      {}", ui.faint(&format!("takes {}", mutant.features)));
        }
        if let Some(source) = mutant.source {
            let _ = writeln!(text, "      {}", ui.faint(&format!("seen in {source}")));
        }
    }
    text
}

fn table(hunts: &[Hunt], ui: &Ui) -> String {
    let width = hunts
        .iter()
        .map(|hunt| hunt.mutant.name.len())
        .max()
        .unwrap_or_default();
    let mut text = format!(
        "\n  {:<width$} {:>8}  {}\n",
        "planted fault", "cases", "first difference"
    );
    for hunt in hunts {
        let shown = match &hunt.found {
            None => ui.bad("not found"),
            Some(found) => {
                let first = found.comparison.divergences.first();
                let first = first.map_or_else(String::new, |first| {
                    format!("{} at {}", first.aspect.as_str(), visible(&short(&first.path)))
                });
                let blame = found.comparison.blame.map_or("nobody", |blame| blame.as_str());
                format!("{first}, blamed on {blame}")
            }
        };
        let after = hunt
            .found
            .as_ref()
            .map_or_else(String::new, |found| grouped(found.after));
        let _ = writeln!(text, "  {:<width$} {after:>8}  {shown}", hunt.mutant.name);
    }
    text
}

/// What reducing came to: those that did not get as small as they can, and the figures.
fn reduced(shrunk: &[Shrunk], ui: &Ui) -> String {
    let mut text = String::new();
    for shrunk in shrunk.iter().filter(|shrunk| !shrunk.is_optimal()) {
        let _ = writeln!(
            text,
            "  {} is reduced to {}, and {} would do ({} cases tried)",
            shrunk.mutant.name,
            shrunk.size,
            shrunk.mutant.optimum,
            shrunk.times.len()
        );
    }
    let optimal = shrunk.iter().filter(|shrunk| shrunk.is_optimal()).count();
    let runs = Effort::of(shrunk.iter().map(|shrunk| u64::from(shrunk.most_runs)).collect());
    let share = optimal as f64 * 100.0 / shrunk.len().max(1) as f64;
    let minimal = shrunk.iter().filter(|shrunk| shrunk.is_minimal).count();
    let micros = |time: &Duration| time.as_micros() as u64;
    let times: Vec<u64> = shrunk.iter().flat_map(|shrunk| &shrunk.times).map(micros).collect();
    let cases = times.len();
    let times = Effort::of(times);
    let slowest = shrunk.iter().max_by_key(|shrunk| shrunk.times.iter().max());
    let slowest = slowest.map_or("none", |shrunk| shrunk.mutant.name);
    let ms = |micros: u64| micros as f64 / 1_000.0;
    let _ = writeln!(
        text,
        "{}: {share:.1} %; {minimal} with nothing but 1-minimal cases; comparisons to reduce a case, at most: median {}, most {}",
        ui.heading(&format!(
            "{optimal} of {} reduced to the smallest case there is",
            shrunk.len()
        )),
        runs.median,
        runs.most
    );
    let _ = writeln!(
        text,
        "{} cases reduced; time to reduce one: median {:.1} ms, 95th percentile {:.0} ms, most {:.0} ms ({slowest})",
        grouped(cases as u64),
        ms(times.median),
        ms(times.most_of_them),
        ms(times.most)
    );
    text
}

/// A path may hold a hostile id of ten thousand letters.
fn short(path: &str) -> String {
    const SHOWN: usize = 60;
    match path.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{}…", &path[..cut]),
        None => path.to_owned(),
    }
}

fn summary(hunts: &[Hunt], ui: &Ui) -> String {
    let after: Vec<u64> = hunts
        .iter()
        .filter_map(|hunt| hunt.found.as_ref())
        .map(|found| found.after)
        .collect();
    let (found, planted) = (after.len(), hunts.len());
    let Effort {
        median,
        most_of_them,
        most,
    } = Effort::of(after);
    let count = format!("{found} of {planted} planted faults found");
    let count = if found == planted {
        ui.good(&count)
    } else {
        ui.bad(&count)
    };
    let mut text = format!(
        "\n{count}; cases to find one: median {}, 95th percentile {}, most {}\n",
        grouped(median),
        grouped(most_of_them),
        grouped(most)
    );
    for hunt in hunts.iter().filter(|hunt| hunt.found.is_none()) {
        let lacks = if hunt.mutant.features.is_empty() {
            "a case in which this shows".to_owned()
        } else {
            format!("a case that uses {} and in which this shows", hunt.mutant.features)
        };
        let _ = writeln!(
            text,
            "  {} is not found: {} The {} cases lack {lacks}.",
            hunt.mutant.name,
            hunt.mutant.about,
            grouped(hunt.tried)
        );
    }
    text
}
