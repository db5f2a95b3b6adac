//! The files of the repository, as the rules see them.

use std::fs;
use std::path::Path;

use anyhow::Context;

use crate::command::Program;

/// The repository's files: what git tracks or would track, or, without git, all but build output.
#[derive(Debug)]
pub(crate) struct Sources {
    files: Vec<Source>,
    /// The paths of what is no text, such as pictures.
    others: Vec<String>,
}

/// A text file.
#[derive(Debug)]
pub(crate) struct Source {
    /// From the root, with `/`.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
}

impl Sources {
    /// Reads the files of the repository we are in.
    ///
    /// # Errors
    /// If a file or folder cannot be read.
    pub(crate) fn of_repository(root: &Path) -> anyhow::Result<Self> {
        let listed = Program::git(&["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).output();
        match listed {
            Ok(paths) if root.join(".git").exists() => {
                Self::from_paths(root, paths.split_terminator('\0').map(str::to_owned).collect())
            }
            _ => Self::read(root),
        }
    }

    /// Reads the files under `root`, without asking git.
    ///
    /// # Errors
    /// If a file or folder cannot be read.
    pub(crate) fn read(root: &Path) -> anyhow::Result<Self> {
        let mut paths = Vec::new();
        walk(root, "", &mut paths)?;
        Self::from_paths(root, paths)
    }

    fn from_paths(root: &Path, mut paths: Vec<String>) -> anyhow::Result<Self> {
        paths.sort();
        paths.dedup();
        let mut files = Vec::with_capacity(paths.len());
        let mut others = Vec::new();
        for path in paths {
            let full = root.join(&path);
            // Git also lists what was deleted but not committed yet.
            if !full.is_file() {
                continue;
            }
            let bytes = fs::read(&full).with_context(|| format!("failed to read {path}"))?;
            // What is not text has no lines to complain about.
            match String::from_utf8(bytes) {
                Ok(text) => files.push(Source { path, text }),
                Err(_) => others.push(path),
            }
        }
        Ok(Self { files, others })
    }

    /// How many text files there are.
    pub(crate) fn count(&self) -> usize {
        self.files.len()
    }

    /// Every text file, sorted by path.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Source> {
        self.files.iter()
    }

    /// The paths of the other files: pictures.
    pub(crate) fn others(&self) -> impl Iterator<Item = &str> {
        self.others.iter().map(String::as_str)
    }

    /// The Rust files.
    pub(crate) fn rust(&self) -> impl Iterator<Item = &Source> {
        self.all().filter(|source| super::has_extension(&source.path, "rs"))
    }

    /// The file at `path`.
    pub(crate) fn find(&self, path: &str) -> Option<&Source> {
        self.files.iter().find(|source| source.path == path)
    }
}

impl Source {
    /// The lines, numbered from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// The number of the first line that starts with `start`; 1 if there is none.
    pub(crate) fn line_starting(&self, start: &str) -> usize {
        self.lines()
            .find(|(_, line)| line.starts_with(start))
            .map_or(1, |(number, _)| number)
    }
}

fn walk(root: &Path, folder: &str, paths: &mut Vec<String>) -> anyhow::Result<()> {
    let full = root.join(folder);
    for entry in fs::read_dir(&full).with_context(|| format!("failed to list {}", full.display()))? {
        let entry = entry.with_context(|| format!("failed to list {}", full.display()))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder.is_empty() {
            name.clone()
        } else {
            format!("{folder}/{name}")
        };
        if entry.file_type()?.is_dir() {
            if name != "target" && name != ".git" {
                walk(root, &path, paths)?;
            }
        } else {
            paths.push(path);
        }
    }
    Ok(())
}
