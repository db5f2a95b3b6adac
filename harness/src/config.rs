//! `cutover.toml`: a migration is configuration.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use contract::Options;
use miette::{Diagnostic, NamedSource, SourceSpan};
use serde::Deserialize;
use toml::Spanned;

/// The migrations that a file names.
#[derive(Clone, Debug)]
pub struct Migrations {
    migrations: BTreeMap<String, Migration>,
    source: Arc<NamedSource<String>>,
}

/// One migration: two engines, the semantics they are held to, what they are compared on, and what decides.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Migration {
    /// What it is, in a sentence.
    #[serde(default)]
    pub about: String,
    /// What is to be replaced.
    pub legacy: EngineChoice,
    /// What replaces it.
    pub new: EngineChoice,
    /// The third voter. Its options say which reading of the semantics this migration holds both engines to.
    #[serde(default)]
    pub reference: ReferenceChoice,
    /// What they are compared on.
    #[serde(default)]
    pub corpus: CorpusChoice,
    /// What decides.
    #[serde(default)]
    pub gates: Gates,
}

/// An engine of the registry and its options.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngineChoice {
    /// Its name in the registry.
    pub engine: Spanned<String>,
    /// Its options.
    #[serde(default)]
    pub options: Options,
}

/// The options of the reference.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceChoice {
    /// Its options.
    #[serde(default)]
    pub options: Options,
}

/// Where the cases come from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CorpusChoice {
    /// How many cases are generated.
    pub cases: u64,
    /// The seed they are generated from.
    pub seed: u64,
    /// Files and folders with more cases, relative to the file.
    pub paths: Vec<PathBuf>,
}

impl Default for CorpusChoice {
    fn default() -> Self {
        Self {
            cases: 20_000,
            seed: 1,
            paths: Vec::new(),
        }
    }
}

/// The limits. Parity and semantics have none: they are always 100 %.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Gates {
    /// By how much the share of runs that do not succeed may rise, as a fraction: 0.01 is one point of percent.
    pub error_rate_increase: f64,
    /// How much longer than with legacy a case may take in virtual time: 1.0 is not at all.
    pub makespan_ratio: f64,
}

impl Default for Gates {
    fn default() -> Self {
        Self {
            error_rate_increase: 0.0,
            makespan_ratio: 1.0,
        }
    }
}

/// What is wrong with `cutover.toml`.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("failed to read `{}`", path.display())]
    #[diagnostic(help("run this in the folder that holds `cutover.toml`; the README shows what it looks like"))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not what it should be.
    #[error("{problem}")]
    #[diagnostic(help("the README, *How to add a migration*, lists the keys"))]
    Malformed {
        /// What, by the parser.
        problem: String,
        /// The file.
        #[source_code]
        file: Arc<NamedSource<String>>,
        /// Where.
        #[label("here")]
        at: Option<SourceSpan>,
    },
    /// There is no migration of this name.
    #[error("there is no migration `{name}`")]
    #[diagnostic(help("{file_name} names these: {known}"))]
    UnknownMigration {
        /// The name.
        name: String,
        /// Where it was looked for.
        file_name: String,
        /// Those there are.
        known: String,
    },
    /// An engine that nobody registered.
    #[error("the migration `{migration}` names the engine `{engine}`, which is not registered")]
    #[diagnostic(help("`cargo xtask engines` lists the registered ones"))]
    UnknownEngine {
        /// The migration.
        migration: String,
        /// The engine.
        engine: String,
        /// The file.
        #[source_code]
        file: Arc<NamedSource<String>>,
        /// Where.
        #[label("not registered")]
        at: SourceSpan,
    },
    /// Options that an engine does not take.
    #[error("{problem}")]
    #[diagnostic(help("`cargo xtask engines` lists the options of each engine"))]
    BadOptions {
        /// What is wrong, naming the engine and the option.
        problem: String,
        /// The file.
        #[source_code]
        file: Arc<NamedSource<String>>,
        /// Where.
        #[label("for this engine")]
        at: SourceSpan,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    migration: BTreeMap<String, Migration>,
}

impl Migrations {
    /// Reads a file.
    ///
    /// # Errors
    /// If it cannot be read, is no TOML, has unknown keys or values of the wrong type, or no sensible gate limits.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&path.display().to_string(), text)
    }

    /// Reads the text of a file called `name`.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(name: &str, text: String) -> Result<Self, ConfigError> {
        let source = Arc::new(NamedSource::new(name, text.clone()).with_language("TOML"));
        let malformed = |problem: String, at: Option<Range<usize>>| ConfigError::Malformed {
            problem,
            file: Arc::clone(&source),
            at: at.map(Into::into),
        };
        let file: File = toml::from_str(&text).map_err(|error| malformed(error.message().to_owned(), error.span()))?;
        if file.migration.is_empty() {
            return Err(malformed("it names no migration".to_owned(), None));
        }
        for (name, migration) in &file.migration {
            let Gates {
                error_rate_increase,
                makespan_ratio,
            } = migration.gates;
            let is_limit = |value: f64| value.is_finite() && value >= 0.0;
            if !is_limit(error_rate_increase) || !is_limit(makespan_ratio) {
                let problem =
                    format!("the gates of the migration `{name}` must be finite numbers that are not negative");
                return Err(malformed(problem, None));
            }
        }
        Ok(Self {
            migrations: file.migration,
            source,
        })
    }

    /// The migration called `name`, or all of them.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn select(&self, name: Option<&str>) -> Result<Vec<(&str, &Migration)>, ConfigError> {
        let all = self
            .migrations
            .iter()
            .map(|(name, migration)| (name.as_str(), migration));
        let Some(wanted) = name else { return Ok(all.collect()) };
        match self.migrations.get_key_value(wanted) {
            Some((name, migration)) => Ok(vec![(name.as_str(), migration)]),
            None => Err(ConfigError::UnknownMigration {
                name: wanted.to_owned(),
                file_name: self.source.name().to_owned(),
                known: self.migrations.keys().cloned().collect::<Vec<_>>().join(", "),
            }),
        }
    }

    /// The error for an engine that is not registered.
    pub fn unknown_engine(&self, migration: &str, choice: &EngineChoice) -> ConfigError {
        ConfigError::UnknownEngine {
            migration: migration.to_owned(),
            engine: choice.engine.get_ref().clone(),
            file: Arc::clone(&self.source),
            at: choice.engine.span().into(),
        }
    }

    /// The error for options that an engine does not take.
    pub fn bad_options(&self, choice: &EngineChoice, problem: impl std::fmt::Display) -> ConfigError {
        ConfigError::BadOptions {
            problem: problem.to_string(),
            file: Arc::clone(&self.source),
            at: choice.engine.span().into(),
        }
    }
}

#[cfg(test)]
mod tests;
