//! Versions, lints and package data live once, in the root manifest.

use anyhow::Context;
use toml::{Table, Value};

use super::sources::Source;
use super::{Finding, Sources, file_name};

const KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// Every crate takes its lints, its version and its dependencies from the workspace.
pub(super) fn inherited(sources: &Sources) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for source in sources.all().filter(|source| file_name(&source.path) == "Cargo.toml") {
        let manifest: Table = source
            .text
            .parse()
            .with_context(|| format!("failed to read {}", source.path))?;
        let Some(package) = manifest.get("package").and_then(Value::as_table) else {
            continue;
        };
        if !is_inherited(manifest.get("lints")) {
            findings.push(Finding::new(&source.path, 1, "has no `[lints] workspace = true`"));
        }
        for field in ["version", "edition", "rust-version", "license"] {
            if !is_inherited(package.get(field)) {
                let line = source.line_starting(field);
                findings.push(Finding::new(
                    &source.path,
                    line,
                    format!("its `{field}` is not the workspace's"),
                ));
            }
        }
        check_dependencies(source, &manifest, &mut findings);
        for target in manifest
            .get("target")
            .and_then(Value::as_table)
            .into_iter()
            .flat_map(Table::values)
        {
            if let Some(target) = target.as_table() {
                check_dependencies(source, target, &mut findings);
            }
        }
    }
    Ok(findings)
}

fn check_dependencies(source: &Source, table: &Table, findings: &mut Vec<Finding>) {
    for kind in KINDS {
        for (name, dependency) in table.get(kind).and_then(Value::as_table).into_iter().flatten() {
            if !is_inherited(Some(dependency)) {
                let line = source.line_starting(name);
                findings.push(Finding::new(
                    &source.path,
                    line,
                    format!("`{name}` is not taken from the workspace"),
                ));
            }
        }
    }
}

fn is_inherited(value: Option<&Value>) -> bool {
    value.and_then(|value| value.get("workspace")).and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::super::tests::findings;

    const PACKAGE: &str = "[package]\nname = 'a'\nversion.workspace = true\nedition.workspace = true\n\
                           rust-version.workspace = true\nlicense.workspace = true\n";

    #[track_caller]
    fn check(rest: &str, expected: &str) {
        assert_eq!(
            findings("manifests", &[("a/Cargo.toml", &format!("{PACKAGE}{rest}"))]),
            expected
        );
    }

    #[test]
    fn a_crate_that_inherits_everything_is_fine() {
        check(
            "[lints]\nworkspace = true\n[dependencies]\nserde = { workspace = true, features = ['rc'] }\n",
            "",
        );
    }

    #[test]
    fn a_crate_with_lints_of_its_own_is_found() {
        check(
            "[lints.rust]\nunsafe_code = 'allow'\n",
            "a/Cargo.toml:1: has no `[lints] workspace = true`",
        );
    }

    #[test]
    fn a_dependency_with_a_version_of_its_own_is_found() {
        let lints = "[lints]\nworkspace = true\n";
        check(
            &format!("{lints}[dev-dependencies]\nserde = '1'\n"),
            "a/Cargo.toml:10: `serde` is not taken from the workspace",
        );
        check(
            &format!("{lints}[target.'cfg(unix)'.dependencies]\nlibc = '1'\n"),
            "a/Cargo.toml:10: `libc` is not taken from the workspace",
        );
    }

    #[test]
    fn a_package_with_a_version_of_its_own_is_found() {
        let text = PACKAGE.replace("version.workspace = true\nedition", "version = '1.0.0'\nedition")
            + "lints.workspace = true\n";
        let found = findings("manifests", &[("a/Cargo.toml", &text)]);
        assert!(
            found.contains("a/Cargo.toml:3: its `version` is not the workspace's"),
            "{found}"
        );
    }

    #[test]
    fn the_root_manifest_is_where_versions_live() {
        assert_eq!(
            findings(
                "manifests",
                &[("Cargo.toml", "[workspace.dependencies]\nserde = '1'\n")]
            ),
            ""
        );
    }
}
