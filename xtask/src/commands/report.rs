//! `report`: renders the record of an earlier run again.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ValueEnum;
use harness::record::{self, Record};
use harness::verdict::Verdict;
use reports::json::Report;
use reports::{html, json, junit, markdown, sarif};

use crate::command::{self, Program};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runs;
use crate::ui::Ui;

/// Render the record of a run again, as a page, as text, or for machines.
///
/// The page is written into the record's folder, whose files it links to; the others are printed. The same record gives the same bytes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cargo xtask report                                            the page of the newest run
  cargo xtask report target/cutover/dataflow-1 --open           that of another run, in the browser
  cargo xtask report target/cutover/dataflow-1 --format markdown > summary.md
  cargo xtask report target/cutover/dataflow-1 --format json | jq .decision
  cargo xtask report target/cutover/dataflow-1 --format terminal")]
pub(crate) struct Args {
    /// The folder of the run's record [default: that of the newest run]
    #[arg(value_name = "RUN")]
    run: Option<PathBuf>,
    /// As what
    #[arg(long, value_name = "FORMAT", default_value = "html")]
    format: Format,
    /// Open the page in the browser
    #[arg(long)]
    open: bool,
}

/// What a record can be rendered as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A page to look into: `report.html` in the record's folder
    Html,
    /// For the summary of a CI job
    Markdown,
    /// As `compare` prints it
    Terminal,
    /// Test cases, for CI
    Junit,
    /// Results, for code scanning
    Sarif,
    /// For programs: `reports/report.schema.json` is its schema
    Json,
}

/// Renders.
///
/// # Errors
/// If there is no such record, or it cannot be written.
pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Exit> {
    if args.open && args.format != Format::Html {
        return Err(Failure::usage("only a page can be opened", "leave out --open, or --format").into());
    }
    let run = match &args.run {
        Some(folder) => runs::read(folder)?,
        None => runs::newest()?,
    };
    let manifest = Record::read(&run.folder)?.manifest;
    let folder = run.folder.display().to_string();
    let report = || Report::of(&manifest, &run.verdict, &folder);
    match args.format {
        Format::Html => {
            let page = write_page(&run.folder)?;
            ui.line(page.display())?;
            if args.open {
                show(&page)?;
            }
        }
        Format::Markdown => ui.text(markdown::summary(&manifest, &run.verdict))?,
        Format::Terminal => ui.text(reports::terminal::verdict(&manifest, &run.verdict, &folder))?,
        Format::Junit => ui.text(junit::xml(&report()))?,
        Format::Sarif => ui.text(sarif::sarif(&report()))?,
        Format::Json => ui.text(json::json(&report()))?,
    }
    Ok(Exit::Pass)
}

/// Writes everything that can be rendered of the record in `folder`, whose run got to its end, and says what is where.
///
/// # Errors
/// If the record cannot be read, or a file not be written.
pub(crate) fn write_all(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let record = Record::read(folder)?;
    let verdict = ended(&record)?;
    let report = Report::of(&record.manifest, verdict, &folder.display().to_string());
    let files = [
        (markdown::FILE, markdown::summary(&record.manifest, verdict)),
        (junit::FILE, junit::xml(&report)),
        (sarif::FILE, sarif::sarif(&report)),
        (json::FILE, json::json(&report)),
    ];
    let mut written = Vec::new();
    for (name, text) in files {
        let path = folder.join(name);
        record::write_whole(&path, text.as_bytes())?;
        written.push(path);
    }
    // It links to the others, if they are there.
    written.push(write_page(folder)?);
    Ok(written)
}

/// Writes the page of the record in `folder`, whose run got to its end, and says where it is.
fn write_page(folder: &Path) -> anyhow::Result<PathBuf> {
    let record = Record::read(folder)?;
    let source = html::Source::read(&record, ended(&record)?, &folder.display().to_string())?;
    let path = folder.join(html::FILE);
    record::write_whole(&path, html::page(&source).as_bytes())?;
    Ok(path)
}

fn ended(record: &Record) -> anyhow::Result<&Verdict> {
    record.verdict.as_ref().context("the run did not get to its end")
}

/// Opens `page` with whatever the system opens pages with.
fn show(page: &Path) -> anyhow::Result<()> {
    let whole = std::path::absolute(page).unwrap_or_else(|_| page.to_owned());
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else {
        "xdg-open"
    };
    let opened = Program::named(opener, &[&whole.display().to_string()]).succeeds();
    match opened {
        Ok(true) => Ok(()),
        _ => Err(Failure::usage(
            format!("`{opener}` could not open the page"),
            format!("open it yourself: {}", command::from_here(page).display()),
        )
        .into()),
    }
}
