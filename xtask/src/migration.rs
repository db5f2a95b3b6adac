//! The engines of a migration, built from the registry as `cutover.toml` says.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use contract::Options;
use harness::Engines;
use harness::config::{EngineChoice, Migration, Migrations};
use harness::judge::Contender;
use harness::ledger::{self, Ledger};

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

/// Where the ledger of `migration` is.
pub(crate) fn ledger_file(migration: &Migration) -> PathBuf {
    let file = migration.ledger.as_deref().unwrap_or(Path::new(ledger::FILE));
    command::from_here(&command::root().join(file))
}

/// Reads the ledger of `migration`.
///
/// # Errors
/// If the file is wrong, or names a migration that there is not; the error shows where.
pub(crate) fn ledger(migrations: &Migrations, migration: &Migration) -> Result<Ledger, Failure> {
    let ledger = Ledger::read(&ledger_file(migration)).map_err(Failure::in_file)?;
    let all = migrations.select(None).map_err(Failure::in_file)?;
    let names: Vec<&str> = all.into_iter().map(|(name, _)| name).collect();
    ledger.check_migrations(&names).map_err(Failure::in_file)?;
    Ok(ledger)
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

/// An engine that was built, with what it says of itself.
pub(crate) fn contender(engine: Box<dyn contract::Engine>) -> Contender {
    Contender::new(Arc::from(engine))
}
