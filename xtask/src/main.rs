//! The command line of Cutover: `cargo xtask <command>`.
//!
//! Thin on purpose: one module per command, and nothing here that a library could do. This crate is also where an error
//! turns into words and an exit code.

mod cases;
mod cli;
mod command;
mod commands;
mod exit;
mod failure;
mod log;
mod migration;
mod progress;
mod runs;
mod tidy;
mod today;
mod ui;

use std::process::ExitCode;

use clap::Parser;

/// Counts what the engines allocate while they are timed.
#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    log::to_stderr(cli.verbose);
    let ui = ui::Ui::new();
    let exit = commands::run(&cli.command, &ui).unwrap_or_else(|error| failure::tell(&error, &ui));
    exit.into()
}
