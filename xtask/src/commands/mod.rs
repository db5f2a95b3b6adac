//! One module per command. Each has its `Args`, and a `run` that reads as a story.

pub(crate) mod alarms;
pub(crate) mod bench;
pub(crate) mod compare;
pub(crate) mod corpus;
pub(crate) mod engines;
pub(crate) mod measure;
pub(crate) mod mutants;
pub(crate) mod power;
pub(crate) mod replay;
pub(crate) mod report;
pub(crate) mod review;
pub(crate) mod soak;
pub(crate) mod test;
pub(crate) mod tidy;
pub(crate) mod verdict;

use crate::cli::Command;
use crate::exit::Exit;
use crate::ui::Ui;

/// Does what was asked for.
///
/// # Errors
/// As each command; `failure::tell` knows what to make of them.
pub(crate) fn run(command: &Command, ui: &Ui) -> anyhow::Result<Exit> {
    match command {
        Command::Compare(args) => compare::run(args, ui),
        Command::Replay(args) => replay::run(args, ui),
        Command::Report(args) => report::run(args, ui),
        Command::Review(args) => review::run(args, ui),
        Command::Alarms(args) => alarms::run(args, ui),
        Command::Engines(args) => engines::run(args, ui),
        Command::Corpus(command) => corpus::run(command, ui),
        Command::Measure(args) => measure::run(args, ui),
        Command::Mutants(args) => mutants::run(args, ui),
        Command::Bench(args) => bench::run(args, ui),
        Command::Power(args) => power::run(args, ui),
        Command::Verdict(args) => verdict::run(args, ui),
        Command::Soak(args) => soak::run(args, ui),
        Command::Test(args) => test::run(args, ui),
        Command::Tidy(args) => tidy::run(args, ui),
    }
}
