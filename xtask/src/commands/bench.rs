//! `bench`: some of the benches, quickly, each figure beside the limit it has.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use contract::text::visible;
use serde::Deserialize;

use crate::command::{self, Program};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::ui::Ui;

/// The row of a group that says what the work costs at the very least.
const FLOOR: &str = "floor";

/// A part of the benches that people ask for.
struct Subset {
    name: &'static str,
    about: &'static str,
    bench: &'static str,
    /// Which rows of it: criterion's own filter, a regular expression.
    rows: &'static str,
}

const SUBSETS: [Subset; 6] = [
    Subset {
        name: "run",
        about: "each engine's own work on 1,000 tasks, over a bare walk of the same graph",
        bench: "engines",
        rows: "run/.*/1000$",
    },
    Subset {
        name: "load",
        about: "what loading a definition takes",
        bench: "engines",
        rows: "load/",
    },
    Subset {
        name: "message",
        about: "each engine on a message of rules, over the same JSONLogic alone",
        bench: "messages",
        rows: "message/.*/100$",
    },
    Subset {
        name: "comparison",
        about: "cases a second on one thread, and each step of a comparison",
        bench: "comparison",
        rows: "",
    },
    Subset {
        name: "reduction",
        about: "making a diverging case small, over comparing it once",
        bench: "reduction",
        rows: "",
    },
    Subset {
        name: "journal",
        about: "runs in a file, over bare SQLite with as many commits",
        bench: "journal",
        rows: "",
    },
];

/// Run some of the benches quickly, and show each figure beside its limit.
///
/// A group's row `floor` is what the work costs at the very least; the others are shown as multiples of it. On a machine with other work, look at the
/// ratios and not at the times. For narrow figures use `cargo bench -p benches` itself.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cargo xtask bench --list        what there is
  cargo xtask bench               the engines' own work
  cargo xtask bench message load  two others")]
pub(crate) struct Args {
    /// Which [default: run]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Show what there is, and run nothing
    #[arg(long)]
    list: bool,
}

/// Runs them, and prints the medians.
///
/// # Errors
/// If there is no such subset, or cargo cannot run it.
pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Exit> {
    if args.list {
        for subset in &SUBSETS {
            ui.line(format!("{:<11} {}", subset.name, subset.about))?;
        }
        return Ok(Exit::Pass);
    }
    let names = if args.names.is_empty() {
        vec!["run".to_owned()]
    } else {
        args.names.clone()
    };
    let chosen = names.iter().map(|name| {
        SUBSETS.iter().find(|subset| subset.name == name).ok_or_else(|| {
            Failure::usage(
                format!("there is no subset `{}` of the benches", visible(name)),
                "`cargo xtask bench --list` names them",
            )
        })
    });
    for subset in chosen.collect::<Result<Vec<_>, _>>()? {
        // A folder of its own, so that only what is measured now is shown.
        let folder = command::root().join("target").join("bench").join(subset.name);
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("failed to empty {}", folder.display()))?;
        }
        let mut arguments = vec![
            "bench",
            "--package",
            "benches",
            "--bench",
            subset.bench,
            "--",
            "--quick",
            "--noplot",
        ];
        if !subset.rows.is_empty() {
            arguments.push(subset.rows);
        }
        let program = Program::cargo(&arguments).env("CRITERION_HOME", &folder.display().to_string());
        ui.note(ui.faint(&format!("running {}", program.shown())));
        program.output()?;
        ui.line(format!("\n{}: {}", ui.heading(subset.name), subset.about))?;
        for line in table(&measured(&folder)?) {
            ui.line(line)?;
        }
    }
    Ok(Exit::Pass)
}

/// What criterion says of a row.
#[derive(Deserialize)]
struct Estimates {
    median: Point,
}

#[derive(Deserialize)]
struct Point {
    point_estimate: f64,
}

/// What a row is called.
#[derive(Deserialize)]
struct Named {
    group_id: String,
    function_id: Option<String>,
    value_str: Option<String>,
}

/// Medians in ns, by group and parameter, and then by row.
type Figures = BTreeMap<(String, String), BTreeMap<String, f64>>;

/// Everything that criterion left in `folder`.
fn measured(folder: &Path) -> anyhow::Result<Figures> {
    let mut figures = Figures::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).with_context(|| format!("nothing was measured in {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.ends_with("new") {
                let named: Named = read(&path.join("benchmark.json"))?;
                let estimates: Estimates = read(&path.join("estimates.json"))?;
                let group = (named.group_id, named.value_str.unwrap_or_default());
                let row = named.function_id.unwrap_or_default();
                figures
                    .entry(group)
                    .or_default()
                    .insert(row, estimates.median.point_estimate);
            } else if path.is_dir() {
                folders.push(path);
            }
        }
    }
    Ok(figures)
}

fn read<T: for<'de> Deserialize<'de>>(path: &PathBuf) -> anyhow::Result<T> {
    let text = fs::read(path).with_context(|| format!("failed to read {}", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is not what criterion writes", path.display()))
}

/// A line for each row, the floor of its group first.
fn table(figures: &Figures) -> Vec<String> {
    let mut lines = Vec::new();
    for ((group, parameter), rows) in figures {
        let floor = rows.get(FLOOR).copied();
        let mut sorted: Vec<(&String, &f64)> = rows.iter().collect();
        sorted.sort_by_key(|(row, _)| (*row != FLOOR, row.as_str()));
        for (row, median) in sorted {
            let name = [group.as_str(), row, parameter];
            let name = name
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join("/");
            let ratio = match floor {
                Some(floor) if row != FLOOR => format!("{:>7.2}× the floor", median / floor),
                _ => String::new(),
            };
            let line = format!("  {name:<44} {:>10}  {ratio}", reports::duration(*median));
            lines.push(line.trim_end().to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_stands_beside_the_floor_of_its_group() {
        let rows = |rows: &[(&str, f64)]| {
            rows.iter()
                .map(|(name, median)| ((*name).to_owned(), *median))
                .collect()
        };
        let figures = Figures::from([
            (
                ("run/chain".to_owned(), "1000".to_owned()),
                rows(&[("dataflow", 400_000.0), ("floor", 100_000.0), ("flow", 150_000.0)]),
            ),
            (("load".to_owned(), String::new()), rows(&[("flow", 12.0)])),
        ]);
        assert_eq!(
            table(&figures),
            [
                "  load/flow                                         12 ns",
                "  run/chain/floor/1000                           100.0 µs",
                "  run/chain/dataflow/1000                        400.0 µs     4.00× the floor",
                "  run/chain/flow/1000                            150.0 µs     1.50× the floor",
            ]
        );
    }

    #[test]
    fn what_criterion_wrote_is_found_by_group_row_and_parameter() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("run_chain").join("flow").join("10").join("new");
        fs::create_dir_all(&place).expect("it can be made");
        let named = r#"{"group_id": "run/chain", "function_id": "flow", "value_str": "10", "title": "t"}"#;
        fs::write(place.join("benchmark.json"), named).expect("it can be written");
        fs::write(place.join("estimates.json"), r#"{"median": {"point_estimate": 7.5}}"#).expect("it can be written");
        let found = measured(folder.path()).expect("it can be read");
        assert_eq!(
            found[&("run/chain".to_owned(), "10".to_owned())]["flow"].to_string(),
            "7.5"
        );
    }
}
