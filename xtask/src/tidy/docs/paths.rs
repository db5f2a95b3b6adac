//! Which code in a document is a path, and whether it leads somewhere.

use std::collections::BTreeSet;

use super::super::{Sources, file_name, has_extension};

/// Files that only the repository can hold. A bare name with another ending may well be a file that a command writes.
const OURS: [&str; 2] = ["rs", "toml"];
const KNOWN: [&str; 9] = ["rs", "toml", "md", "json", "yml", "yaml", "sh", "html", "lock"];

/// Whether `code` is meant as a path into the repository.
pub(super) fn looks_like_path(code: &str) -> bool {
    let plain = |character: char| character.is_ascii_alphanumeric() || "._-/*".contains(character);
    let written_by_commands = code.starts_with("target/") || code == "target";
    if code.is_empty() || written_by_commands || !code.chars().all(plain) || code.starts_with(['/', '-', '*']) {
        return false;
    }
    let Some((first, rest)) = code.split_once('/') else {
        return OURS.iter().any(|extension| has_extension(code, extension)) && !code.starts_with('.');
    };
    let placeholder = first.chars().all(|character| character.is_ascii_uppercase());
    let folder = rest.is_empty() || rest.ends_with('/') || rest.contains('*');
    !placeholder && (folder || rest.contains('/') || KNOWN.iter().any(|extension| has_extension(code, extension)))
}

/// The files and folders of the repository, and where a path may start.
pub(super) struct Places<'a> {
    known: BTreeSet<&'a str>,
    starts: BTreeSet<String>,
}

impl<'a> Places<'a> {
    /// The places of `sources`.
    pub(super) fn of(sources: &'a Sources) -> Self {
        let mut known = BTreeSet::new();
        let mut starts = BTreeSet::from([String::new()]);
        known.extend(sources.others());
        for source in sources.all() {
            known.insert(source.path.as_str());
            known.extend(source.path.match_indices('/').map(|(at, _)| &source.path[..at]));
            if file_name(&source.path) == "Cargo.toml" {
                let folder = source.path.trim_end_matches("Cargo.toml");
                starts.extend([folder.to_owned(), format!("{folder}src/")]);
            }
        }
        Self { known, starts }
    }

    /// Whether `path`, named in `document`, exists from the root, from a crate, or from the document's folder.
    pub(super) fn has(&self, path: &str, document: &str) -> bool {
        let path = path.strip_prefix("./").unwrap_or(path).trim_end_matches('/');
        let beside = document.trim_end_matches(file_name(document));
        self.starts
            .iter()
            .map(String::as_str)
            .chain([beside])
            .any(|start| self.exists(&format!("{start}{path}")))
    }

    fn exists(&self, path: &str) -> bool {
        if path.contains('*') {
            return self.known.iter().any(|known| matches(path, known));
        }
        let bare = !path.contains('/');
        self.known.contains(path) || bare && self.known.iter().any(|known| file_name(known) == path)
    }
}

/// Whether `path` fits `pattern`, part by part, with at most one `*` in each.
fn matches(pattern: &str, path: &str) -> bool {
    let fits = |(pattern, part): (&str, &str)| match pattern.split_once('*') {
        Some((start, end)) => part.len() >= start.len() + end.len() && part.starts_with(start) && part.ends_with(end),
        None => pattern == part,
    };
    pattern.split('/').count() == path.split('/').count() && pattern.split('/').zip(path.split('/')).all(fits)
}
