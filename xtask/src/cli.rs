//! The command line, as clap reads it.

use clap::{ArgAction, CommandFactory, Parser, Subcommand};

use crate::commands::{
    alarms, bench, compare, corpus, engines, measure, mutants, power, replay, report, review, soak, test, tidy, verdict,
};
use crate::exit::Exit;

/// Proves a workflow-engine migration safe before anyone makes it.
///
/// Drives a legacy and a new engine over a corpus of cases, compares results, traces and timings, and gates the cutover.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    version,
    max_term_width = 100,
    after_help = Exit::table(),
    disable_help_subcommand = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    /// Say more about what goes on, on standard error (-v info, -vv debug, -vvv trace; RUST_LOG goes first)
    #[arg(short, long, global = true, action = ArgAction::Count, display_order = 900)]
    pub(crate) verbose: u8,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do. A command without a line here has it on its `Args`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compare the engines of each migration, and say whether the gates hold
    Compare(compare::Args),
    /// Run one case on all engines and show what each did, side by side
    Replay(replay::Args),
    Report(report::Args),
    Review(review::Args),
    Alarms(alarms::Args),
    Engines(engines::Args),
    /// Make, import, count and look at cases
    #[command(subcommand)]
    Corpus(corpus::Command),
    Mutants(mutants::Args),
    #[command(hide = true)]
    Measure(measure::Args),
    Power(power::Args),
    Bench(bench::Args),
    Verdict(verdict::Args),
    Soak(soak::Args),
    Test(test::Args),
    Tidy(tidy::Args),
}

/// The whole command tree, for those who check what is written about it.
pub(crate) fn tree() -> clap::Command {
    let mut tree = Cli::command();
    tree.build();
    tree
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_help_with_an_example() {
        fn visit(command: &clap::Command, path: &str) {
            let path = format!("{path} {}", command.get_name());
            assert!(command.get_about().is_some(), "{path} says nothing about itself");
            if command.get_subcommands().next().is_none() {
                let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
                assert!(help.contains("cargo xtask"), "{path} has no example");
            }
            command.get_subcommands().for_each(|inner| visit(inner, &path));
        }
        tree().get_subcommands().for_each(|command| visit(command, ""));
    }
}
