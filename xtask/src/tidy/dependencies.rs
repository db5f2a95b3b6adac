//! Who may depend on whom. The table is the layout of the architecture page, and invariant I1 is three of its lines.

use std::path::Path;

use anyhow::Context;
use serde_json::Value;

use super::{Finding, Sources};
use crate::command::Program;

/// What a crate of the workspace may depend on, of the workspace's own.
struct May {
    krate: &'static str,
    depend_on: &'static [&'static str],
    in_tests_on: &'static [&'static str],
}

/// In dependency order. An engine sees the contract and nothing else, not even in its tests (I1).
const ALLOWED: [May; 12] = [
    May {
        krate: "contract",
        depend_on: &[],
        in_tests_on: &[],
    },
    May {
        krate: "reference",
        depend_on: &["contract"],
        in_tests_on: &[],
    },
    May {
        krate: "dataflow",
        depend_on: &["contract"],
        in_tests_on: &[],
    },
    May {
        krate: "flow",
        depend_on: &["contract"],
        in_tests_on: &[],
    },
    May {
        krate: "engines",
        depend_on: &["contract", "reference", "dataflow", "flow"],
        in_tests_on: &[],
    },
    May {
        krate: "corpus",
        depend_on: &["contract"],
        in_tests_on: &[],
    },
    May {
        krate: "allocations",
        depend_on: &[],
        in_tests_on: &[],
    },
    May {
        krate: "harness",
        depend_on: &["allocations", "contract", "corpus"],
        in_tests_on: &["engines"],
    },
    May {
        krate: "reports",
        depend_on: &["contract", "corpus", "harness"],
        in_tests_on: &["engines"],
    },
    // Tests in a browser, and what they need: real engines included.
    May {
        krate: "browser",
        depend_on: &["contract", "corpus", "engines", "harness", "reports"],
        in_tests_on: &[],
    },
    May {
        krate: "benches",
        depend_on: &["contract", "corpus", "engines", "harness"],
        in_tests_on: &["browser", "flow", "reports"],
    },
    May {
        krate: "xtask",
        depend_on: &["allocations", "contract", "corpus", "engines", "harness", "reports"],
        in_tests_on: &[],
    },
];

/// Dependencies between the workspace's crates follow the table.
pub(super) fn direction(sources: &Sources) -> anyhow::Result<Vec<Finding>> {
    let metadata = Program::cargo(&["metadata", "--format-version", "1", "--no-deps"]).output()?;
    violations(&metadata, sources)
}

fn violations(metadata: &str, sources: &Sources) -> anyhow::Result<Vec<Finding>> {
    let metadata: Value = serde_json::from_str(metadata).context("`cargo metadata` gave no JSON")?;
    let packages = metadata["packages"]
        .as_array()
        .context("`cargo metadata` names no packages")?;
    let is_ours = |name: &str| packages.iter().any(|package| package["name"] == name);
    let mut findings = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let path = manifest_path(package, &metadata);
        let Some(may) = ALLOWED.iter().find(|may| may.krate == name) else {
            findings.push(Finding::new(
                path,
                1,
                format!("the crate `{name}` is not in the table of dependencies"),
            ));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let needed = dependency["name"].as_str().unwrap_or_default();
            let in_tests = dependency["kind"] == "dev";
            let allowed = may.depend_on.contains(&needed) || in_tests && may.in_tests_on.contains(&needed);
            if is_ours(needed) && !allowed {
                let line = sources.find(&path).map_or(1, |source| source.line_starting(needed));
                let how = if in_tests { " (in its tests)" } else { "" };
                findings.push(Finding::new(
                    &path,
                    line,
                    format!("`{name}` must not depend on `{needed}`{how}"),
                ));
            }
        }
    }
    Ok(findings)
}

/// The package's manifest, from the root.
fn manifest_path(package: &Value, metadata: &Value) -> String {
    let path = Path::new(package["manifest_path"].as_str().unwrap_or_default());
    let root = metadata["workspace_root"].as_str().unwrap_or_default();
    path.strip_prefix(root)
        .unwrap_or(path)
        .to_string_lossy()
        .replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Checks a workspace of (crate, what it needs, as which kind).
    #[track_caller]
    fn check(crates: &[(&str, &[(&str, Value)])], expected: &str) {
        let package = |(name, needs): &(&str, &[(&str, Value)])| {
            let needs: Vec<_> = needs
                .iter()
                .map(|(name, kind)| json!({"name": name, "kind": kind}))
                .collect();
            json!({"name": name, "manifest_path": format!("/w/{name}/Cargo.toml"), "dependencies": needs})
        };
        let packages: Vec<_> = crates.iter().map(package).collect();
        let metadata = json!({"workspace_root": "/w", "packages": packages}).to_string();
        let folder = tempfile::tempdir().expect("a folder for the fixture");
        let sources = Sources::read(folder.path()).expect("the empty fixture is read");
        let findings: Vec<_> = violations(&metadata, &sources)
            .expect("the metadata is read")
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(findings.join("\n"), expected);
    }

    #[test]
    fn the_layout_as_drawn_is_fine() {
        let contract: &[_] = &[("contract", Value::Null), ("serde", Value::Null)];
        check(
            &[
                ("contract", &[("serde", Value::Null)]),
                ("flow", contract),
                ("corpus", contract),
            ],
            "",
        );
    }

    #[test]
    fn an_engine_that_needs_another_engine_is_found() {
        check(
            &[("reference", &[]), ("flow", &[("reference", Value::Null)])],
            "flow/Cargo.toml:1: `flow` must not depend on `reference`",
        );
    }

    #[test]
    fn an_engine_that_needs_the_corpus_in_its_tests_is_found() {
        check(
            &[("corpus", &[]), ("flow", &[("corpus", json!("dev"))])],
            "flow/Cargo.toml:1: `flow` must not depend on `corpus` (in its tests)",
        );
    }

    #[test]
    fn the_harness_may_use_the_engines_in_its_tests_only() {
        check(&[("engines", &[]), ("harness", &[("engines", json!("dev"))])], "");
        check(
            &[("engines", &[]), ("harness", &[("engines", Value::Null)])],
            "harness/Cargo.toml:1: `harness` must not depend on `engines`",
        );
    }

    #[test]
    fn a_crate_without_a_line_in_the_table_is_found() {
        check(
            &[("extras", &[])],
            "extras/Cargo.toml:1: the crate `extras` is not in the table of dependencies",
        );
    }
}
