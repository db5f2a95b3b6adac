//! Reading the ledger. Whatever is wrong in it is shown where it stands, with what to do about it.

use std::collections::BTreeSet;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use contract::text::visible;
use corpus::load::{Excerpt, presentable};
use miette::{Diagnostic, SourceSpan};
use serde::Deserialize;
use toml::{Spanned, Value};

use super::{Date, Entry, Ledger};
use crate::config::{Source, read_bytes};
use crate::divergence::{Aspect, Blame};

/// The version that this build reads and writes.
pub(super) const FORMAT_VERSION: i64 = 1;

/// What is wrong with a ledger.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum LedgerError {
    /// It is there and cannot be read.
    #[error("failed to read `{name}`")]
    #[diagnostic(help("make it a readable file, or move it away: without a ledger every difference is open"))]
    Unreadable {
        /// The file.
        name: String,
        /// Why.
        source: io::Error,
    },
    /// It is not what it should be.
    #[error("{problem}")]
    #[diagnostic(help("{}", problem.help()))]
    Malformed {
        /// What.
        problem: Problem,
        /// The file.
        #[source_code]
        file: Arc<Excerpt>,
        /// Where.
        #[label("here")]
        at: SourceSpan,
    },
}

/// What is wrong at some place of a ledger.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It is no TOML, or has keys or values that it should not have.
    #[error("{0}")]
    Syntax(String),
    /// It does not say which version of the format it has.
    #[error("the ledger has no `format_version`")]
    NoVersion,
    /// It has another version.
    #[error("the ledger's `format_version` is {0}; this build reads {FORMAT_VERSION}")]
    Version(String),
    /// A key is missing.
    #[error("this entry has no `{0}`")]
    Missing(&'static str),
    /// A text is empty.
    #[error("`{0}` is empty")]
    Empty(&'static str),
    /// What should be a day is none.
    #[error("{0}")]
    NoDate(String),
    /// Nobody has that name.
    #[error("`{0}` cannot be to blame")]
    Blame(String),
    /// Two entries are for one cause.
    #[error("there is an entry for `{cluster}` of the migration `{migration}` already, with the same blame")]
    Duplicate {
        /// The cluster.
        cluster: String,
        /// The migration.
        migration: String,
    },
    /// There is no such migration.
    #[error("there is no migration `{name}`")]
    Migration {
        /// The name.
        name: String,
        /// Those there are.
        known: String,
    },
}

impl Problem {
    fn help(&self) -> String {
        match self {
            Self::Syntax(_) => "the README, *Accepting a difference*, shows an entry and lists its keys".to_owned(),
            Self::NoVersion => format!("begin the file with `format_version = {FORMAT_VERSION}`"),
            Self::Version(_) => {
                format!("write `format_version = {FORMAT_VERSION}`, or use the build that the file was written with")
            }
            Self::Missing("reason") => "say why the difference is acceptable: reason = \"…\"".to_owned(),
            Self::Missing("owner") => "say who answers for it: owner = \"…\"".to_owned(),
            Self::Missing("expires") => "say on which day it is accepted last: expires = 2027-01-31".to_owned(),
            Self::Missing("blame") => "say who is to blame, as `compare` does: blame = \"new\"".to_owned(),
            Self::Missing(key) => format!("add the key, {key} = \"…\", as `cargo xtask review` writes it"),
            Self::Empty(_) => "say it in words, or delete the entry: the difference is open then".to_owned(),
            Self::NoDate(_) => {
                "the difference is accepted up to and including that day: expires = 2027-01-31".to_owned()
            }
            Self::Blame(_) => "say \"new\", \"legacy\", \"both\" or \"nobody\", as `compare` does".to_owned(),
            Self::Duplicate { .. } => "keep one of the two".to_owned(),
            Self::Migration { known, .. } => format!("cutover.toml names these: {known}"),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format_version: Option<Spanned<Value>>,
    #[serde(default)]
    divergence: Vec<Spanned<Raw>>,
}

/// An entry as it is in the file. What is missing is told in words of our own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    cluster: Option<Spanned<String>>,
    migration: Option<Spanned<String>>,
    blame: Option<Spanned<String>>,
    aspect: Option<Aspect>,
    path: Option<String>,
    like: Option<String>,
    about: Option<String>,
    #[serde(default)]
    signatures: BTreeSet<String>,
    reason: Option<Spanned<String>>,
    owner: Option<Spanned<String>>,
    expires: Option<Spanned<Value>>,
}

type Found = (Problem, Range<usize>);

impl Ledger {
    /// Reads a ledger. One that is not there has no entries.
    ///
    /// # Errors
    /// If it cannot be read, or is not what it should be.
    pub fn read(path: &Path) -> Result<Self, LedgerError> {
        let name = visible(&path.display().to_string()).into_owned();
        let bytes = match read_bytes(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::empty(&name)),
            Err(source) => return Err(LedgerError::Unreadable { name, source }),
        };
        match String::from_utf8(bytes) {
            Ok(text) => Self::parse(&name, &text),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let source = Source::new(&name, &String::from_utf8_lossy(error.as_bytes()));
                let problem = Problem::Syntax("this is not UTF-8 text".to_owned());
                Err(shown(&source, (problem, at..at + 1)))
            }
        }
    }

    /// A ledger called `name` without an entry.
    pub fn empty(name: &str) -> Self {
        Self {
            entries: Vec::new(),
            places: Vec::new(),
            source: Source::new(name, ""),
        }
    }

    /// Reads the text of a ledger called `name`.
    ///
    /// # Errors
    /// If it is not what it should be.
    pub fn parse(name: &str, text: &str) -> Result<Self, LedgerError> {
        let source = Source::new(name, text);
        let file: File = toml::from_str(text).map_err(|error| {
            let problem = Problem::Syntax(presentable(error.message()));
            shown(&source, (problem, error.span().unwrap_or_default()))
        })?;
        check_version(file.format_version.as_ref()).map_err(|found| shown(&source, found))?;
        let mut ledger = Self {
            entries: Vec::with_capacity(file.divergence.len()),
            places: Vec::with_capacity(file.divergence.len()),
            source,
        };
        for raw in file.divergence {
            let (span, raw) = (raw.span(), raw.into_inner());
            let place = raw.migration.as_ref().map_or(span.clone(), Spanned::span);
            let name_place = raw.cluster.as_ref().map_or(span.clone(), Spanned::span);
            let entry = raw.entry(span).map_err(|found| shown(&ledger.source, found))?;
            let key = (&*entry.cluster, &*entry.migration, entry.blame);
            if ledger.entries.iter().any(|other| other.is_for(key)) {
                let problem = Problem::Duplicate {
                    cluster: presentable(&entry.cluster),
                    migration: presentable(&entry.migration),
                };
                return Err(shown(&ledger.source, (problem, name_place)));
            }
            ledger.entries.push(entry);
            ledger.places.push(place);
        }
        Ok(ledger)
    }

    /// Checks that each entry is of a migration that there is.
    ///
    /// # Errors
    /// If one is not.
    pub fn check_migrations(&self, known: &[&str]) -> Result<(), LedgerError> {
        let mut entries = self.entries.iter().zip(&self.places);
        let Some((entry, place)) = entries.find(|(entry, _)| !known.contains(&&*entry.migration)) else {
            return Ok(());
        };
        let problem = Problem::Migration {
            name: presentable(&entry.migration),
            known: known.join(", "),
        };
        Err(shown(&self.source, (problem, place.clone())))
    }
}

fn check_version(version: Option<&Spanned<Value>>) -> Result<(), Found> {
    match version {
        None => Err((Problem::NoVersion, 0..0)),
        Some(version) if *version.get_ref() == Value::Integer(FORMAT_VERSION) => Ok(()),
        Some(version) => {
            let shown = presentable(&version.get_ref().to_string());
            Err((Problem::Version(shown), version.span()))
        }
    }
}

impl Raw {
    fn entry(self, whole: Range<usize>) -> Result<Entry, Found> {
        let word = |value: Option<Spanned<String>>, key: &'static str| match value {
            None => Err((Problem::Missing(key), whole.clone())),
            Some(text) if text.get_ref().trim().is_empty() => Err((Problem::Empty(key), text.span())),
            Some(text) => Ok(text.into_inner()),
        };
        let blame = self.blame.ok_or((Problem::Missing("blame"), whole.clone()))?;
        let expires = self.expires.ok_or((Problem::Missing("expires"), whole.clone()))?;
        Ok(Entry {
            cluster: word(self.cluster, "cluster")?,
            migration: word(self.migration, "migration")?,
            blame: read_blame(&blame)?,
            aspect: self.aspect,
            path: self.path,
            like: self.like,
            about: self.about,
            signatures: self.signatures,
            reason: word(self.reason, "reason")?,
            owner: word(self.owner, "owner")?,
            expires: read_date(&expires)?,
        })
    }
}

fn read_blame(text: &Spanned<String>) -> Result<Option<Blame>, Found> {
    let known = [None, Some(Blame::New), Some(Blame::Legacy), Some(Blame::Both)];
    let found = known
        .into_iter()
        .find(|blame| super::blame_word(*blame) == text.get_ref());
    found.ok_or_else(|| (Problem::Blame(presentable(text.get_ref())), text.span()))
}

/// A day, be it TOML's or a text.
fn read_date(value: &Spanned<Value>) -> Result<Date, Found> {
    let text = match value.get_ref() {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let read = text.parse::<Date>();
    read.map_err(|error| (Problem::NoDate(presentable(&error.to_string())), value.span()))
}

fn shown(source: &Source, (problem, at): Found) -> LedgerError {
    let (file, at) = source.show(&at);
    LedgerError::Malformed { problem, file, at }
}
