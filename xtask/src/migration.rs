//! The engines of a migration, built from the registry as `cutover.toml` says.

use std::path::PathBuf;
use std::sync::Arc;

use contract::Options;
use harness::Engines;
use harness::config::{EngineChoice, Migration, Migrations};
use harness::judge::Contender;

use crate::command;
use crate::failure::Failure;

/// The configuration's name, in the repository's root.
const FILE: &str = "cutover.toml";

/// Reads the migrations of this repository.
///
/// # Errors
/// If the file is wrong; the error shows where.
pub(crate) fn read() -> Result<Migrations, Failure> {
    Migrations::read(&file()).map_err(Failure::in_file)
}

/// Where the migrations are read from.
pub(crate) fn file() -> PathBuf {
    command::from_here(&command::root().join(FILE))
}

/// Builds the engines of `migration`.
///
/// # Errors
/// If one is not registered, or does not take its options; the error shows where the file says so.
pub(crate) fn engines(migrations: &Migrations, name: &str, migration: &Migration) -> Result<Engines, Failure> {
    let build = |choice: &EngineChoice| {
        let registered = engines::find(choice.engine.get_ref())
            .map_err(|_| Failure::in_file(migrations.unknown_engine(name, choice)))?;
        let built = (registered.build)(&choice.options);
        built
            .map_err(|error| Failure::in_file(migrations.bad_options(choice, error)))
            .map(contender)
    };
    let reference = |options: &Options| {
        let registered = engines::find("reference").expect("the reference is always registered");
        (registered.build)(options)
            .map_err(|error| {
                Failure::usage(
                    error.to_string(),
                    format!("mend `[migration.{name}.reference]` in {FILE}"),
                )
            })
            .map(contender)
    };
    Ok(Engines {
        legacy: build(&migration.legacy)?,
        new: build(&migration.new)?,
        reference: reference(&migration.reference.options)?,
    })
}

/// `engines`, the new one with these known bugs in it, to see what this tool says of them.
///
/// # Errors
/// If there is no such bug.
pub(crate) fn planted(mut engines: Engines, names: &[String]) -> Result<Engines, Failure> {
    let known = |name: &String| {
        harness::mutants::find(name).ok_or_else(|| {
            Failure::usage(
                format!("there is no mutant `{}`", contract::text::visible(name)),
                "`cargo xtask mutants --list` names them",
            )
        })
    };
    let mutants = names.iter().map(known).collect::<Result<Vec<_>, _>>()?;
    if !mutants.is_empty() {
        engines.new.engine = harness::mutants::plant(engines.new.engine, &mutants);
    }
    Ok(engines)
}

fn contender(engine: Box<dyn contract::Engine>) -> Contender {
    Contender::new(Arc::from(engine))
}
