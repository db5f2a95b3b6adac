//! `cutover.toml`: a migration is configuration.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use contract::Options;
use contract::text::visible;
use corpus::load::{Excerpt, presentable};
use corpus::save::id_problem;
use miette::{Diagnostic, SourceSpan};
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::timing::Limits;

/// The most bytes that the file may have.
const LARGEST: u64 = 1 << 20;

/// The migrations that a file names.
#[derive(Clone, Debug)]
pub struct Migrations {
    migrations: BTreeMap<Spanned<String>, Migration>,
    source: Source,
}

/// The file, to show where in it something is wrong.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    name: String,
    text: Arc<str>,
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
    /// What they are timed on.
    #[serde(default)]
    pub timing: TimingChoice,
    /// What decides.
    #[serde(default)]
    pub gates: Gates,
    /// Which differences are accepted: a file, relative to this one.
    #[serde(default)]
    pub ledger: Option<PathBuf>,
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
    /// How many workflows are generated.
    pub cases: u64,
    /// How many cases of rules are generated.
    pub rules: u64,
    /// The seed they are generated from.
    pub seed: u64,
    /// Files and folders with more cases, relative to the file.
    pub paths: Vec<PathBuf>,
}

impl Default for CorpusChoice {
    fn default() -> Self {
        Self {
            cases: 20_000,
            rules: 0,
            seed: 1,
            paths: Vec::new(),
        }
    }
}

/// What the engines are timed on, beside the workloads that this tool makes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TimingChoice {
    /// Files and folders with cases, relative to the file. What is not there is left out, with a notice.
    pub paths: Vec<PathBuf>,
}

/// The limits. Parity and semantics have none: they are always 100 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Gates {
    /// By how much the share of runs that do not succeed may rise, as a fraction: 0.01 is one point of percent.
    pub error_rate_increase: f64,
    /// How much longer than with legacy a case may take in virtual time: 1.0 is not at all.
    pub makespan_ratio: f64,
    /// What timings are held to.
    pub overhead: Limits,
    /// What allocations are held to.
    pub memory: MemoryLimits,
}

/// What the heap of a run is held to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MemoryLimits {
    /// How many times as much as legacy new may have on the heap at once: the geometric mean over all workloads.
    pub peak_max_ratio: f64,
    /// How many times as often as legacy new may ask for memory: the same.
    pub allocations_max_ratio: f64,
}

impl Default for MemoryLimits {
    fn default() -> Self {
        Self {
            peak_max_ratio: 1.10,
            allocations_max_ratio: 1.10,
        }
    }
}

impl Gates {
    /// Whether each limit is a number that something can be held to.
    fn are_sensible(&self) -> bool {
        let is_limit = |value: f64| value.is_finite() && value >= 0.0;
        let is_ratio = |value: f64| value.is_finite() && value > 0.0;
        let Self {
            error_rate_increase,
            makespan_ratio,
            overhead,
            memory,
        } = self;
        let ratios = [
            overhead.max_ratio,
            overhead.p95_max_ratio,
            overhead.target.unwrap_or(1.0),
            memory.peak_max_ratio,
            memory.allocations_max_ratio,
        ];
        is_limit(*error_rate_increase) && is_limit(*makespan_ratio) && ratios.into_iter().all(is_ratio)
    }
}

impl Default for Gates {
    fn default() -> Self {
        Self {
            error_rate_increase: 0.0,
            makespan_ratio: 1.0,
            overhead: Limits::default(),
            memory: MemoryLimits::default(),
        }
    }
}

/// What is wrong with `cutover.toml`.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("failed to read `{name}`")]
    #[diagnostic(help("it has to be a file in the repository's root; the README shows what it looks like"))]
    Unreadable {
        /// The file.
        name: String,
        /// Why.
        source: io::Error,
    },
    /// It is not what it should be.
    #[error("{problem}")]
    #[diagnostic(help("the README, *How to add a migration*, lists the keys"))]
    Malformed {
        /// What, by the parser.
        problem: String,
        /// The file.
        #[source_code]
        file: Arc<Excerpt>,
        /// Where.
        #[label("here")]
        at: SourceSpan,
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
        file: Arc<Excerpt>,
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
        file: Arc<Excerpt>,
        /// Where.
        #[label("for this engine")]
        at: SourceSpan,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    migration: BTreeMap<Spanned<String>, Migration>,
}

impl Source {
    /// The text of the file that is shown as `name`.
    pub(crate) fn new(name: &str, text: &str) -> Self {
        Self {
            name: name.to_owned(),
            text: text.into(),
        }
    }

    /// What the file is shown as.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What is around a place, and the label for it.
    pub(crate) fn show(&self, at: &Range<usize>) -> (Arc<Excerpt>, SourceSpan) {
        let excerpt = Excerpt::new(self.name.clone(), &self.text, at.start);
        let span = excerpt.span(at.len());
        (Arc::new(excerpt), span)
    }

    fn malformed(&self, problem: &str, at: Range<usize>) -> ConfigError {
        let (file, at) = self.show(&at);
        ConfigError::Malformed {
            problem: presentable(problem),
            file,
            at,
        }
    }
}

impl Migrations {
    /// Reads a file.
    ///
    /// # Errors
    /// If it cannot be read, is no TOML, has unknown keys or values of the wrong type, or no sensible gate limits.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let name = visible(&path.display().to_string()).into_owned();
        let bytes = read_bytes(path).map_err(|source| ConfigError::Unreadable {
            name: name.clone(),
            source,
        })?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let source = Source::new(&name, &String::from_utf8_lossy(error.as_bytes()));
            source.malformed("this is not UTF-8 text", at..at + 1)
        })?;
        Self::parse(&name, &text)
    }

    /// Reads the text of a file called `name`.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(name: &str, text: &str) -> Result<Self, ConfigError> {
        let source = Source::new(name, text);
        let file: File = toml::from_str(text)
            .map_err(|error| source.malformed(error.message(), error.span().unwrap_or_default()))?;
        if file.migration.is_empty() {
            return Err(source.malformed("it names no migration", 0..0));
        }
        for (name, migration) in &file.migration {
            // A migration's record is in a folder of its name.
            if let Some(problem) = id_problem(name.get_ref()) {
                let problem = format!("`{}` cannot name a migration: {problem}", name.get_ref());
                return Err(source.malformed(&problem, name.span()));
            }
            if !migration.gates.are_sensible() {
                let name_shown = name.get_ref();
                let problem = format!(
                    "the gates of the migration `{name_shown}` must be finite numbers that are not negative, and ratios above 0"
                );
                return Err(source.malformed(&problem, name.span()));
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
        let mut all = self
            .migrations
            .iter()
            .map(|(name, migration)| (name.get_ref().as_str(), migration));
        let Some(wanted) = name else { return Ok(all.collect()) };
        all.find(|(name, _)| *name == wanted)
            .map(|found| vec![found])
            .ok_or_else(|| ConfigError::UnknownMigration {
                name: visible(wanted).into_owned(),
                file_name: self.source.name.clone(),
                known: all_names(&self.migrations),
            })
    }

    /// The error for an engine that is not registered.
    pub fn unknown_engine(&self, migration: &str, choice: &EngineChoice) -> ConfigError {
        let (file, at) = self.source.show(&choice.engine.span());
        ConfigError::UnknownEngine {
            migration: migration.to_owned(),
            engine: presentable(choice.engine.get_ref()),
            file,
            at,
        }
    }

    /// The error for options that an engine does not take.
    pub fn bad_options(&self, choice: &EngineChoice, problem: impl std::fmt::Display) -> ConfigError {
        let (file, at) = self.source.show(&choice.engine.span());
        ConfigError::BadOptions {
            problem: presentable(&problem.to_string()),
            file,
            at,
        }
    }
}

fn all_names(migrations: &BTreeMap<Spanned<String>, Migration>) -> String {
    let names: Vec<&str> = migrations.keys().map(|name| name.get_ref().as_str()).collect();
    names.join(", ")
}

/// The content of a regular file, within reason: reading from a pipe or a device might never end.
pub(crate) fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::other("it is larger than 1 MB"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
