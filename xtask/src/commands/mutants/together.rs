//! Several mutants at once: whether their causes come out apart.

use corpus::generate::{Dials, Generator, RulesGenerator};
use harness::Engines;
use harness::causes::exam::{self, Together, together};
use harness::mutants::Mutant;
use harness::run::Cases;

use super::Args;
use crate::exit::Exit;
use crate::ui::Ui;

/// On how many cases, unless the command line says.
const CASES: u64 = 3_000;

/// Plants some of `chosen` at once, again and again.
///
/// # Errors
/// If the harness fails, or nothing can be printed.
pub(super) fn run(
    args: &Args,
    engines: &Engines,
    chosen: &[&'static Mutant],
    (count, jobs): (usize, usize),
    ui: &Ui,
) -> anyhow::Result<Exit> {
    let mut totals = Vec::new();
    let (mut mixed, mut shown, mut planted) = (0, 0, 0);
    let cases = args.cases.min(CASES);
    for round in 0..args.rounds {
        let some = exam::draw(chosen, count, args.seed.wrapping_add(round));
        let generator = Generator::new(args.seed.wrapping_add(round), Dials::default());
        let of_rules = RulesGenerator::new(args.seed.wrapping_add(round));
        let cases =
            Cases::new(Vec::new(), Some((generator, cases))).with_rules(move |index| of_rules.case(index), cases / 4);
        let found = together(engines, &some, &cases, jobs, args.blind)?;
        tell(round, &found, ui)?;
        totals.push(found.clusters.len());
        mixed += found.mixed();
        shown += found.shown();
        planted += found.planted.len();
    }
    totals.sort_unstable();
    let most = totals.last().copied().unwrap_or_default();
    let median = totals.get(totals.len() / 2).copied().unwrap_or_default();
    let summary = format!(
        "{count} faults at once: {median} clusters (median), {most} at most, {mixed} mixed; {shown} of {planted} faults shown"
    );
    let is_good = most <= count + 1 && mixed == 0;
    ui.line(if is_good { ui.good(&summary) } else { ui.bad(&summary) })?;
    Ok(if is_good { Exit::Pass } else { Exit::GateFailed })
}

fn tell(round: u64, found: &Together, ui: &Ui) -> anyhow::Result<()> {
    let names: Vec<_> = found.planted.iter().map(|mutant| mutant.name).collect();
    ui.line(format!(
        "round {}: {} clusters of {} diverging cases, {} mixed, {} of {} faults shown\n  planted {}",
        round + 1,
        found.clusters.len(),
        found.diverged,
        found.mixed(),
        found.shown(),
        found.planted.len(),
        names.join(", ")
    ))?;
    for caused in &found.clusters {
        let cluster = &caused.gathered.cluster;
        let like = cluster.like.as_ref().map_or("like nothing known", |like| &like.name);
        let causes: Vec<_> = caused.causes.iter().map(|mutant| mutant.name).collect();
        ui.line(format!(
            "  {}  {:>5} cases  {like}  {}\n{:28}shows {}{}",
            cluster.id,
            cluster.cases,
            cluster.class,
            "",
            causes.join(", "),
            if caused.is_mixed { ", mixed" } else { "" }
        ))?;
    }
    Ok(())
}
