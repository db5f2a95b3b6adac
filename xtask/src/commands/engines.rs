//! `engines`: who there is to compare, and what each can do.

use contract::text::visible;
use contract::{Description, Feature, Options};
use engines::EngineOption;
use serde_json::json;

use crate::exit::Exit;
use crate::ui::Ui;

/// List the engines, what each can do, and its options.
///
/// An engine is not asked to run a case that uses a feature it lacks; a report counts such cases as not compared.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cargo xtask engines           as tables
  cargo xtask engines --json    for a program")]
pub(crate) struct Args {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// An engine, and what the registry says about it.
struct Listed {
    about: String,
    options: &'static [EngineOption],
    description: Description,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Exit> {
    let mut listed = Vec::new();
    for registered in engines::all() {
        let engine = (registered.build)(&Options::new())?;
        listed.push(Listed {
            about: registered.about.to_owned(),
            options: registered.options,
            description: engine.describe(),
        });
    }
    if args.json {
        let engines: Vec<_> = listed.iter().map(Listed::json).collect();
        ui.line(serde_json::to_string_pretty(&engines)?)?;
    } else {
        ui.text(table(&listed, ui))?;
    }
    Ok(Exit::Pass)
}

impl Listed {
    fn json(&self) -> serde_json::Value {
        let options: Vec<_> = self
            .options
            .iter()
            .map(|option| {
                let mut listed = json!({"name": option.name, "about": option.about});
                let choices = option
                    .choices
                    .iter()
                    .map(|choice| json!({"name": choice.name, "about": choice.about, "diverges": choice.diverges}));
                if !option.choices.is_empty() {
                    listed["choices"] = choices.collect();
                }
                listed
            })
            .collect();
        json!({
            "name": self.description.name,
            "version": self.description.version,
            "about": self.about,
            "capabilities": self.description.capabilities,
            "options": options,
        })
    }

    fn name(&self) -> String {
        visible(&self.description.name).into_owned()
    }
}

/// An option and what can be chosen for it, each on a line.
fn option_lines(option: &EngineOption) -> Vec<String> {
    let width = option
        .choices
        .iter()
        .map(|choice| choice.name.len())
        .max()
        .unwrap_or_default();
    let mut lines = vec![format!("option {}: {}", option.name, option.about)];
    lines.extend(option.choices.iter().map(|choice| {
        format!(
            "  {:width$}  {} ({})",
            choice.name,
            choice.about,
            choice.diverges.join(", ")
        )
    }));
    lines
}

fn table(engines: &[Listed], ui: &Ui) -> String {
    let name_width = engines
        .iter()
        .map(|engine| engine.name().chars().count())
        .max()
        .unwrap_or_default();
    let version_width = engines
        .iter()
        .map(|engine| engine.description.version.len())
        .max()
        .unwrap_or_default();
    let mut lines = vec![ui.heading("Engines")];
    for engine in engines {
        let version = visible(&engine.description.version);
        lines.push(format!(
            "  {:<name_width$}  {version:<version_width$}  {}",
            engine.name(),
            engine.about
        ));
        for line in engine.options.iter().flat_map(option_lines) {
            lines.push(format!("  {:name_width$}  {}", "", ui.faint(&line)));
        }
    }

    let feature_width = Feature::ALL
        .iter()
        .map(|feature| feature.as_str().len())
        .max()
        .unwrap_or_default();
    let cell = |text: &str, engine: &Listed| format!("  {text:<width$}", width = engine.name().chars().count().max(3));
    let names: String = engines.iter().map(|engine| cell(&engine.name(), engine)).collect();
    lines.push(String::new());
    lines.push(ui.heading(&format!("  {:feature_width$}{names}", "Feature")));
    for feature in Feature::ALL {
        let has = |engine: &Listed| {
            cell(
                if engine.description.capabilities.contains(*feature) {
                    "yes"
                } else {
                    "–"
                },
                engine,
            )
        };
        let cells: String = engines.iter().map(has).collect();
        lines.push(format!(
            "  {:feature_width$}{cells}  {}",
            feature.as_str(),
            ui.faint(feature.meaning())
        ));
    }
    lines.join("\n") + "\n"
}
