//! What the docs name exists: the files, and the commands with their flags.
//!
//! Held against every Markdown file but the changelog, which may name what is gone.

mod commands;
mod markdown;
mod paths;

use super::sources::Source;
use super::{Finding, Sources, file_name, has_extension};
use markdown::{Code, code};

/// Each path in backticks, and each link to a file, leads somewhere.
pub(super) fn paths(sources: &Sources) -> Vec<Finding> {
    let places = paths::Places::of(sources);
    let mut findings = Vec::new();
    for document in documents(sources) {
        for (line, Code { text, .. }) in code(&document.text).into_iter().filter(|(_, code)| code.inline) {
            if paths::looks_like_path(text.trim()) && !places.has(text.trim(), &document.path) {
                findings.push(Finding::new(
                    &document.path,
                    line,
                    format!("`{}` does not exist", text.trim()),
                ));
            }
        }
        for (line, target) in markdown::links(&document.text) {
            if !places.has(target, &document.path) {
                findings.push(Finding::new(
                    &document.path,
                    line,
                    format!("the link to `{target}` leads nowhere"),
                ));
            }
        }
    }
    findings
}

/// Each `cargo xtask …` is one that the command line would understand, values apart.
pub(super) fn commands(sources: &Sources) -> Vec<Finding> {
    let tree = crate::cli::tree();
    let mut findings = Vec::new();
    for document in documents(sources) {
        for (line, Code { text, .. }) in code(&document.text) {
            for problem in commands::problems(&text, &tree) {
                findings.push(Finding::new(&document.path, line, problem));
            }
        }
    }
    findings
}

fn documents(sources: &Sources) -> impl Iterator<Item = &Source> {
    sources
        .all()
        .filter(|source| has_extension(&source.path, "md") && file_name(&source.path) != "CHANGELOG.md")
}

#[cfg(test)]
mod tests {
    use super::super::tests::findings;

    #[track_caller]
    fn check_paths(markdown: &str, expected: &str) {
        let files = [
            ("README.md", markdown),
            ("harness/Cargo.toml", ""),
            ("harness/src/gate/mod.rs", "//! Gates.\n"),
        ];
        // The manifest is empty on purpose: it marks the folder of a crate.
        assert_eq!(findings("doc-paths", &files), expected);
    }

    #[track_caller]
    fn check_commands(markdown: &str, expected: &str) {
        assert_eq!(findings("doc-commands", &[("README.md", markdown)]), expected);
    }

    #[test]
    fn a_path_is_found_from_the_root_or_from_a_crate() {
        check_paths(
            "See `harness/src/gate/mod.rs`, `harness/src/gate/`, `src/gate`, `gate/mod.rs` and `harness/src/*`.",
            "",
        );
    }

    #[test]
    fn a_path_that_leads_nowhere_is_found() {
        check_paths(
            "First.\nSee `harness/src/gates.rs`.",
            "README.md:2: `harness/src/gates.rs` does not exist",
        );
        check_paths("See `gates.rs`.", "README.md:1: `gates.rs` does not exist");
    }

    #[test]
    fn code_that_is_no_path_is_left_alone() {
        check_paths(
            "`and/or`, `application/json`, `1/2`, `target/cutover/latest`, `DIR/summary.md`, `a::b`, `--out x/y`.",
            "",
        );
    }

    #[test]
    fn a_link_that_leads_nowhere_is_found() {
        check_paths(
            "[here](harness/src/gate/mod.rs) and [there](https://example.org/a.rs) and [below](#below)",
            "",
        );
        check_paths(
            "[gone](docs/gone.md#part)",
            "README.md:1: the link to `docs/gone.md` leads nowhere",
        );
    }

    #[test]
    fn a_command_that_exists_is_fine() {
        check_commands(
            "Run `cargo xtask tidy`, `cargo xtask corpus generate --cases 5 --out DIR -v` or `cargo xtask --help`.",
            "",
        );
        check_commands(
            "```sh\ncargo xtask corpus generate \\\n    --out DIR   # then read --nothing\n```\n",
            "",
        );
    }

    #[test]
    fn a_command_that_does_not_exist_is_found() {
        check_commands(
            "`cargo xtask frobnicate`",
            "README.md:1: `cargo xtask frobnicate`: there is no command `frobnicate`",
        );
    }

    #[test]
    fn a_flag_that_does_not_exist_is_found() {
        check_commands(
            "```\n$ cargo xtask corpus generate --frob | less\n```",
            "README.md:2: `cargo xtask corpus generate`: there is no flag `--frob`",
        );
    }

    #[test]
    fn an_argument_that_a_command_does_not_take_is_found() {
        check_commands(
            "`cargo xtask tidy README.md`",
            "README.md:1: `cargo xtask tidy`: takes no argument like `README.md`",
        );
    }

    #[test]
    fn a_placeholder_for_a_command_is_left_alone() {
        check_commands("`cargo xtask <command> --help` or `cargo xtask …`", "");
    }
}
