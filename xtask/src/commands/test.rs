//! `test`: everything that CI checks, in the order that fails soonest.

mod browser;

use std::time::Duration;

use clap::ValueEnum;
use corpus::load::LoadOptions;

use crate::command::{self, Program};
use crate::commands::{compare, tidy};
use crate::exit::Exit;
use crate::failure;
use crate::ui::Ui;

/// How many cases the short comparison generates: enough to meet every feature, and over in seconds.
const SHORT: u64 = 2_000;
/// How many cases of rules: enough to reach every behaviour.
const SHORT_RULES: u64 = 2_000;

/// Where the short comparison leaves its record.
const RECORD: &str = "target/cutover/test";

/// Run every check that CI runs.
///
/// A step that fails does not keep the others from running: the summary at the end names all that failed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cargo xtask test                          everything, as CI does
  cargo xtask test --step clippy            one step
  cargo xtask test --step fmt --step tidy   the two that need no build")]
pub(crate) struct Args {
    /// Run this step only; may be given more than once
    #[arg(long = "step", value_name = "NAME")]
    steps: Vec<Step>,
}

/// One check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Step {
    /// The code is formatted
    Fmt,
    /// No lint has anything to say
    Clippy,
    /// The rules of this repository hold
    Tidy,
    /// Chromium, axe-core and the schema of SARIF are there, which the tests of the report use
    Browser,
    /// The tests pass, those in the docs included
    Test,
    /// The docs build without a warning
    Doc,
    /// Every migration's gates hold on a short run
    Compare,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Exit> {
    let steps = if args.steps.is_empty() {
        Step::value_variants()
    } else {
        &args.steps
    };
    let mut results = Vec::new();
    for step in steps {
        ui.line(format_args!(
            "\n{}",
            ui.heading(&format!("{} ({})", step.name(), step.shown()))
        ))?;
        let watch = Stopwatch::start();
        let passed = step.run(ui).unwrap_or_else(|error| {
            failure::tell(&error, ui);
            false
        });
        results.push((step, passed, watch.elapsed()));
    }
    ui.line("")?;
    for (step, passed, took) in &results {
        let word = if *passed { ui.good("ok    ") } else { ui.bad("FAILED") };
        ui.line(format_args!("{word}  {:<7} {:>6.1} s", step.name(), took.as_secs_f64()))?;
    }
    let failed: Vec<_> = results
        .iter()
        .filter(|(_, passed, _)| !passed)
        .map(|(step, ..)| step.name())
        .collect();
    if failed.is_empty() {
        return Ok(Exit::Pass);
    }
    let again: Vec<_> = failed.iter().map(|name| format!("--step {name}")).collect();
    ui.line(format_args!(
        "\nto run what failed again: cargo xtask test {}",
        again.join(" ")
    ))?;
    Ok(Exit::GateFailed)
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Clippy => "clippy",
            Self::Tidy => "tidy",
            Self::Browser => "browser",
            Self::Test => "test",
            Self::Doc => "doc",
            Self::Compare => "compare",
        }
    }

    /// The program that does it, if it is not done in this process.
    fn program(self) -> Option<Program> {
        match self {
            Self::Fmt => Some(Program::cargo(&["fmt", "--all", "--check"])),
            Self::Clippy => Some(Program::cargo(&[
                "clippy",
                "--workspace",
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ])),
            Self::Test => Some(Program::cargo(&["test", "--workspace", "--no-fail-fast"])),
            Self::Doc => Some(Program::cargo(&["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings")),
            Self::Tidy | Self::Browser | Self::Compare => None,
        }
    }

    /// What a person would type to do the same.
    fn shown(self) -> String {
        match (self, self.program()) {
            (_, Some(program)) => program.shown().to_owned(),
            (Self::Compare, None) => {
                format!("cargo xtask compare --cases {SHORT} --rules {SHORT_RULES} --out {RECORD}")
            }
            (Self::Browser, None) => browser::SHOWN.to_owned(),
            (_, None) => format!("cargo xtask {}", self.name()),
        }
    }

    fn run(self, ui: &Ui) -> anyhow::Result<bool> {
        if let Some(component) = self.missing_component() {
            ui.note(ui.error(&format!(
                "`{component}` is not installed: rustup component add {component}"
            )));
            return Ok(false);
        }
        match (self, self.program()) {
            (_, Some(program)) => program.succeeds(),
            (Self::Compare, None) => Ok(compare::run(&short_comparison(), ui)? == Exit::Pass),
            (Self::Browser, None) => browser::provide(ui),
            (_, None) => Ok(tidy::run(&tidy::Args::default(), ui)? == Exit::Pass),
        }
    }

    /// The part of the toolchain that this step needs and that is not there.
    fn missing_component(self) -> Option<&'static str> {
        let (command, component) = match self {
            Self::Fmt => ("fmt", "rustfmt"),
            Self::Clippy => ("clippy", "clippy"),
            _ => return None,
        };
        Program::cargo(&[command, "--version"])
            .output()
            .is_err()
            .then_some(component)
    }
}

fn short_comparison() -> compare::Args {
    compare::Args {
        migration: None,
        cases: Some(SHORT),
        rules: Some(SHORT_RULES),
        messages: LoadOptions::default().messages,
        seed: None,
        corpus: Vec::new(),
        jobs: None,
        out: Some(command::from_here(&command::root().join(RECORD))),
        only: Vec::new(),
        plant: Vec::new(),
        against: None,
        today: None,
        timing: None,
        slow_new: 0.0,
    }
}

/// How long a step really takes, for the person who waits for it. Nothing depends on it.
struct Stopwatch(std::time::Instant);

impl Stopwatch {
    #[expect(
        clippy::disallowed_methods,
        reason = "the time that a person waits is wall clock time"
    )]
    fn start() -> Self {
        Self(std::time::Instant::now())
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_says_what_a_person_would_type() {
        let shown: Vec<_> = Step::value_variants().iter().map(|step| step.shown()).collect();
        insta::assert_snapshot!(shown.join("\n"), @r"
        cargo fmt --all --check
        cargo clippy --workspace --all-targets -- -D warnings
        cargo xtask tidy
        apt-get install chromium, npm install axe-core and a schema, if they are not there
        cargo test --workspace --no-fail-fast
        RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps
        cargo xtask compare --cases 2000 --rules 2000 --out target/cutover/test
        ");
    }
}
