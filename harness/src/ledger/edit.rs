//! Writing the ledger: comments and order of what is there are kept.

use std::io;
use std::path::Path;

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, value};

use super::file::FORMAT_VERSION;
use super::{Entry, Ledger, LedgerError, blame_word};
use crate::record::{RecordError, write_whole};

const HEADER: &str = "\
# Differences between the engines of a migration that somebody accepted, each for a reason and until a day.
# `cargo xtask review` writes the entries; the README, *Accepting a difference*, explains them.
";
const KEY: &str = "divergence";

/// What to do to a ledger.
#[derive(Clone, Copy, Debug)]
pub enum Edit<'a> {
    /// Write this entry, over the one for the same cause if there is one.
    Put(&'a Entry),
    /// Take out the entry for this cause.
    Remove(&'a Entry),
}

/// Why a ledger could not be written.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// What is there is no ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// It could not be written.
    #[error(transparent)]
    Write(#[from] RecordError),
}

impl Ledger {
    /// Makes these edits, one after the other, to the ledger at `path`, which is made if it is not there. The file is there whole at any time: the old or the new.
    ///
    /// # Errors
    /// If there is a file that is no ledger, or it cannot be written.
    pub fn edit(path: &Path, edits: &[Edit<'_>]) -> Result<Self, EditError> {
        // Whatever is wrong in it is told before anything is written.
        let name = Self::read(path)?.name().to_owned();
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(LedgerError::Unreadable { name, source }.into()),
        };
        let edited = edits.iter().fold(text, |text, edit| edited(&text, *edit));
        let ledger = Self::parse(&name, &edited)?;
        write_whole(path, edited.as_bytes())?;
        Ok(ledger)
    }
}

/// The text of a ledger, which is good or empty, after an edit.
pub(super) fn edited(text: &str, edit: Edit<'_>) -> String {
    let text = if text.trim().is_empty() {
        format!("{HEADER}format_version = {FORMAT_VERSION}\n")
    } else {
        text.to_owned()
    };
    // It was read as a ledger: it is good TOML. Were it not, it would stay as it is.
    let Ok(mut document) = text.parse::<DocumentMut>() else {
        return text;
    };
    let tables = document.remove(KEY).map(Item::into_array_of_tables);
    let mut tables = tables.and_then(Result::ok).unwrap_or_default();
    let (Edit::Put(wanted) | Edit::Remove(wanted)) = edit;
    let place = tables.iter().position(|table| is_for(table, wanted));
    match (edit, place) {
        (Edit::Put(entry), Some(place)) => {
            if let Some(table) = tables.get_mut(place) {
                fill(table, entry);
            }
        }
        (Edit::Put(entry), None) => {
            let mut table = Table::new();
            table.decor_mut().set_prefix("\n");
            fill(&mut table, entry);
            tables.push(table);
        }
        (Edit::Remove(_), Some(place)) => {
            let left = take(&mut tables, place);
            if let Some(next) = tables.get_mut(place) {
                let prefix = format!("{left}{}", prefix(next));
                next.decor_mut().set_prefix(prefix);
            } else {
                let trailing = document.trailing().as_str().unwrap_or_default();
                document.set_trailing(format!("{left}{trailing}"));
            }
        }
        (Edit::Remove(_), None) => {}
    }
    if !tables.is_empty() {
        document.insert(KEY, Item::ArrayOfTables(tables));
    }
    document.to_string()
}

fn is_for(table: &Table, entry: &Entry) -> bool {
    let has = |key: &str, text: &str| table.get(key).and_then(Item::as_str) == Some(text);
    has("cluster", &entry.cluster) && has("migration", &entry.migration) && has("blame", blame_word(entry.blame))
}

fn fill(table: &mut Table, entry: &Entry) {
    let Entry {
        cluster,
        migration,
        blame,
        aspect,
        path,
        like,
        about,
        signatures,
        reason,
        owner,
        expires,
    } = entry;
    put(table, "cluster", Some(cluster));
    put(table, "migration", Some(migration));
    put(table, "blame", Some(blame_word(*blame)));
    put(table, "aspect", aspect.map(crate::Aspect::as_str));
    put(table, "path", path.as_deref());
    put(table, "like", like.as_deref());
    put(table, "about", about.as_deref());
    put(table, "reason", Some(reason));
    put(table, "owner", Some(owner));
    let (year, month, day) = expires.parts();
    let date = toml_edit::Date { year, month, day };
    let date = toml_edit::Datetime {
        date: Some(date),
        time: None,
        offset: None,
    };
    set(table, "expires", date.into());
    let mut lines: Array = signatures.iter().map(String::as_str).collect();
    for line in lines.iter_mut() {
        line.decor_mut().set_prefix("\n    ");
    }
    if !lines.is_empty() {
        lines.set_trailing("\n");
        lines.set_trailing_comma(true);
    }
    set(table, "signatures", lines.into());
}

fn put(table: &mut Table, key: &str, text: Option<&str>) {
    match text {
        Some(text) => set(table, key, text.into()),
        None => {
            table.remove(key);
        }
    }
}

/// A value that is there already keeps the comment behind it.
fn set(table: &mut Table, key: &str, mut new: toml_edit::Value) {
    if let Some(old) = table.get(key).and_then(Item::as_value) {
        *new.decor_mut() = old.decor().clone();
    }
    table.insert(key, value(new));
}

fn prefix(table: &Table) -> String {
    let prefix = table.decor().prefix().and_then(|prefix| prefix.as_str());
    prefix.unwrap_or_default().to_owned()
}

/// Takes a table out, and returns the comments before it that are not its own: those that an empty line sets apart.
fn take(tables: &mut ArrayOfTables, place: usize) -> String {
    let before = tables.get(place).map(prefix).unwrap_or_default();
    tables.remove(place);
    let text = before.trim_end_matches([' ', '\t']);
    let end = text.rfind("\n\n").unwrap_or(0);
    let kept = &text[..end];
    if kept.trim().is_empty() {
        String::new()
    } else {
        format!("{kept}\n")
    }
}
