//! `tidy`: the rules of this repository that no compiler checks.

use std::io;

use crate::command;
use crate::exit::Exit;
use crate::tidy::{RULES, Rule, Sources};
use crate::ui::Ui;

/// Check the rules of this repository that no compiler checks.
///
/// Prints one `path:line: message` for each place where a rule is broken, and how to mend it.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "\
Examples:
  cargo xtask tidy                          check every rule
  cargo xtask tidy --rule doc-paths         check one of them
  cargo xtask tidy --list                   say which rules there are")]
pub(crate) struct Args {
    /// Check this rule only; may be given more than once
    #[arg(long = "rule", value_name = "NAME", value_parser = names())]
    rules: Vec<String>,

    /// List the rules, each with what to do about it, and check nothing
    #[arg(long)]
    list: bool,
}

fn names() -> clap::builder::PossibleValuesParser {
    RULES.iter().map(|rule| rule.name).collect::<Vec<_>>().into()
}

pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Exit> {
    if args.list {
        list(ui)?;
        return Ok(Exit::Pass);
    }
    let sources = Sources::of_repository(&command::root())?;
    let chosen: Vec<_> = RULES.iter().filter(|rule| args.chooses(rule)).collect();
    let mut broken = 0;
    for rule in &chosen {
        let findings = rule.findings(&sources)?;
        for finding in &findings {
            ui.line(finding)?;
        }
        if !findings.is_empty() {
            ui.line(format_args!(
                "  {} {}\n",
                ui.heading(&format!("to mend {}:", rule.name)),
                rule.fix
            ))?;
        }
        broken += findings.len();
    }
    if broken > 0 {
        ui.line(ui.bad(&format!("tidy: {broken} to mend")))?;
        return Ok(Exit::GateFailed);
    }
    ui.line(format_args!(
        "tidy: {} rules hold for {} files",
        chosen.len(),
        sources.count()
    ))?;
    Ok(Exit::Pass)
}

fn list(ui: &Ui) -> io::Result<()> {
    let width = RULES.iter().map(|rule| rule.name.len()).max().unwrap_or_default();
    RULES
        .iter()
        .try_for_each(|rule| ui.line(format_args!("{:<width$}  {}", rule.name, rule.fix)))
}

impl Args {
    fn chooses(&self, rule: &Rule) -> bool {
        self.rules.is_empty() || self.rules.iter().any(|name| name == rule.name)
    }
}
