//! The rules of this repository that no compiler and no clippy lint checks.
//!
//! | module | rules |
//! |---|---|
//! | [`rust_files`] | purpose, length, forbidden words |
//! | [`manifests`] | lints and versions are the workspace's |
//! | [`dependencies`] | who may depend on whom |
//! | [`unification`] | nothing changes the legacy engine through cargo features |
//! | [`docs`] | what the docs name exists |
//! | [`leaks`] | nothing of one machine or one person is in the repository |
//! | [`cases`] | every pinned case says why |
//! | [`workflows`] | what CI services read is laid out as they read it |
//!
//! A rule looks at [`Sources`] and gives [`Finding`]s. Patterns that a rule looks for are put together with `concat!`, so that
//! the rules do not find themselves.

mod cases;
mod dependencies;
mod docs;
mod leaks;
mod manifests;
mod rust_files;
mod sources;
mod unification;
mod workflows;

use std::path::Path;

pub(crate) use sources::Sources;

/// A rule: its name, what to do when it is broken, and what looks for that.
pub(crate) struct Rule {
    /// The name, as `tidy --rule` takes it.
    pub(crate) name: &'static str,
    /// What to do about a finding.
    pub(crate) fix: &'static str,
    check: Check,
}

/// What looks for places where a rule is broken.
enum Check {
    /// It reads the files.
    Reads(fn(&Sources) -> Vec<Finding>),
    /// It also asks a program, or reads a file as more than text, which may fail.
    Asks(fn(&Sources) -> anyhow::Result<Vec<Finding>>),
}

/// A place where a rule is broken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    message: String,
}

impl Finding {
    /// `message` at `line` (from 1) of `path`.
    pub(crate) fn new(path: impl Into<String>, line: usize, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            line,
            message: message.into(),
        }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// Every rule, in the order in which they are checked.
pub(crate) const RULES: &[Rule] = &[
    Rule {
        name: "purpose",
        fix: "open the file with `//!` and a sentence on what the module is for",
        check: Check::Reads(rust_files::purpose),
    },
    Rule {
        name: "length",
        fix: "split the file by what its parts do; the tests of a module go to a sibling `tests.rs`",
        check: Check::Reads(rust_files::length),
    },
    Rule {
        name: "words",
        fix: "finish it or open an issue; for a lint use `#[expect(…, reason)]`; let a test say what it expects to fail",
        check: Check::Reads(rust_files::words),
    },
    Rule {
        name: "manifests",
        fix: "put versions and lints into the root Cargo.toml, and `workspace = true` into the crate's",
        check: Check::Asks(manifests::inherited),
    },
    Rule {
        name: "dependencies",
        fix: "turn the dependency around; a new crate needs a line in the table of xtask/src/tidy/dependencies.rs",
        check: Check::Asks(dependencies::direction),
    },
    Rule {
        name: "unification",
        fix: "switch the feature off where it is named; legacy must be built as dataflow-rs alone would build it",
        check: Check::Asks(unification::unchanged),
    },
    Rule {
        name: "doc-paths",
        fix: "correct the path, or take it out of backticks if it is none",
        check: Check::Reads(docs::paths),
    },
    Rule {
        name: "doc-commands",
        fix: "`cargo xtask --help` and the `--help` of each command list what there is",
        check: Check::Reads(docs::commands),
    },
    Rule {
        name: "leaks",
        fix: "use a path relative to the repository, the public registry, and no secret; revoke one that was committed",
        check: Check::Reads(leaks::nothing),
    },
    Rule {
        name: "cases",
        fix: "say in `why`, in a sentence, what the case guards against",
        check: Check::Reads(cases::have_reasons),
    },
    Rule {
        name: "workflows",
        fix: "put the line back under what it belongs to, two spaces a level",
        check: Check::Reads(workflows::are_indented),
    },
];

impl Rule {
    /// Looks for places where this rule is broken; sorted.
    ///
    /// # Errors
    /// If the rule could not be checked.
    pub(crate) fn findings(&self, sources: &Sources) -> anyhow::Result<Vec<Finding>> {
        let mut findings = match self.check {
            Check::Reads(check) => check(sources),
            Check::Asks(check) => check(sources)?,
        };
        findings.sort();
        Ok(findings)
    }
}

/// The last part of a path.
fn file_name(path: &str) -> &str {
    Path::new(path)
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or(path)
}

/// Whether a path ends in `.extension`.
fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs one rule on files given as (path, text) and gives its findings, one per line.
    #[track_caller]
    pub(super) fn findings(name: &str, files: &[(&str, &str)]) -> String {
        let folder = tempfile::tempdir().expect("a folder for the fixture");
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("the folder is made");
            std::fs::write(path, text).expect("the file is written");
        }
        let sources = Sources::read(folder.path()).expect("the fixture is read");
        let rule = RULES.iter().find(|rule| rule.name == name).expect("the rule exists");
        let lines: Vec<_> = rule
            .findings(&sources)
            .expect("the rule is checked")
            .iter()
            .map(ToString::to_string)
            .collect();
        lines.join("\n")
    }

    #[test]
    fn findings_are_sorted_by_place() {
        let files = [("b/src/lib.rs", "fn b() {}"), ("a/src/lib.rs", "fn a() {}")];
        let found = findings("purpose", &files);
        assert!(found.starts_with("a/src/lib.rs:1:"), "{found}");
    }
}
