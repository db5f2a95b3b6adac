//! `measure`: times one workload in a process of its own, for a run that asks. People have no use for it.

use std::io::Read as _;

use anyhow::Context;
use contract::Options;
use harness::Engines;
use harness::judge::Contender;
use harness::run::quietly;
use harness::timing::block::Block;
use harness::timing::{Afresh, Request};
use serde::{Deserialize, Serialize};

use crate::command::Program;
use crate::exit::Exit;
use crate::migration;
use crate::ui::Ui;

/// What the engines run on: they may walk what is deeply nested step by step.
const STACK: usize = 256 << 20;

/// Time one workload in a process of its own, for `compare`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
`cargo xtask compare` starts it, and gives it what to measure on standard input.")]
pub(crate) struct Args {}

/// What is to be measured, with which engines.
#[derive(Debug, Serialize, Deserialize)]
struct Order {
    legacy: (String, Options),
    new: (String, Options),
    planted: Vec<String>,
    request: Request,
}

/// Measures in fresh processes of this program.
pub(crate) struct Processes<'a> {
    /// The engine to be replaced, and its options.
    pub(crate) legacy: (&'a str, &'a Options),
    /// The one that replaces it.
    pub(crate) new: (&'a str, &'a Options),
    /// The known bugs that are planted in it.
    pub(crate) planted: &'a [String],
}

impl Processes<'_> {
    fn ask(&self, request: &Request) -> anyhow::Result<Vec<Block>> {
        let owned = |(engine, options): (&str, &Options)| (engine.to_owned(), options.clone());
        let order = Order {
            legacy: owned(self.legacy),
            new: owned(self.new),
            planted: self.planted.to_vec(),
            request: request.clone(),
        };
        let answer = Program::itself(&["measure"])?.output_for(&serde_json::to_vec(&order)?)?;
        serde_json::from_str(&answer).context("it answered something else")
    }
}

impl Afresh for Processes<'_> {
    fn measure(&self, request: &Request) -> Result<Vec<Block>, String> {
        self.ask(request).map_err(|error| format!("{error:#}"))
    }
}

/// Reads what to measure, measures it, and prints the pairs.
///
/// # Errors
/// If it is not told what to measure, or the workload cannot be timed.
pub(crate) fn run(_args: &Args, ui: &Ui) -> anyhow::Result<Exit> {
    let mut text = Vec::new();
    std::io::stdin().read_to_end(&mut text)?;
    let order: Order = serde_json::from_slice(&text).context("standard input does not say what to measure")?;
    let build = |(name, options): &(String, Options)| -> anyhow::Result<Contender> {
        let registered = engines::find(name).map_err(|_| anyhow::anyhow!("no engine `{name}` is registered"))?;
        Ok(migration::contender((registered.build)(options)?))
    };
    let legacy = build(&order.legacy)?;
    let engines = Engines {
        reference: legacy.clone(),
        legacy,
        new: build(&order.new)?,
    };
    let engines = migration::planted(engines, &order.planted)?;
    let blocks = std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().stack_size(STACK);
        let worker = worker.spawn_scoped(scope, || quietly(|| order.request.answer(&engines)))?;
        let answer = worker.join().map_err(|_| anyhow::anyhow!("an engine panics"))?;
        answer.map_err(anyhow::Error::msg)
    })?;
    ui.line(serde_json::to_string(&blocks)?)?;
    Ok(Exit::Pass)
}
