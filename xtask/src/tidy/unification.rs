//! Nothing in this workspace changes the legacy engine by accident.
//!
//! Cargo builds a crate once, with the features that anyone asks for. dataflow-rs's output depends on such features of the
//! crates below it: `serde_json/preserve_order` alone changes the text that its XML and pretty JSON functions publish, and
//! the operator families of datalogic-rs change what expressions mean. So a dependency of the new engine, or of the
//! harness, could make the legacy engine drift towards the new one, and the comparison would not notice.
//!
//! The baseline below is what dataflow-rs 3.12.0 with `all-operators` switches on when it is built alone.

use super::{Finding, Sources};
use crate::command::Program;

/// The features of one crate that dataflow-rs is built with.
struct Baseline {
    krate: &'static str,
    features: &'static [&'static str],
    /// Features that others may switch on, and why that changes nothing.
    harmless: &'static [(&'static str, &'static str)],
}

const BASELINES: [Baseline; 3] = [
    Baseline {
        krate: "serde_json",
        features: &["default", "std"],
        harmless: &[("alloc", "`std` contains it")],
    },
    Baseline {
        krate: "datalogic-rs",
        features: &[
            "datetime",
            "default",
            "error-handling",
            "ext-array",
            "ext-control",
            "ext-math",
            "ext-object",
            "ext-string",
            "serde_json",
            "templating",
        ],
        harmless: &[],
    },
    Baseline {
        krate: "datavalue-rs",
        features: &["datetime", "default", "serde", "serde_json"],
        harmless: &[],
    },
];

/// The features of what dataflow-rs is made of are those of the baseline.
pub(super) fn unchanged(sources: &Sources) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for baseline in &BASELINES {
        // Two levels: the features, and who switched each on. Without `--no-dedupe` the second may be left out.
        let arguments = [
            "tree",
            "--workspace",
            "--no-dedupe",
            "--prefix",
            "depth",
            "--depth",
            "2",
            "-e",
            "features",
            "-i",
        ];
        let tree = Program::cargo(&[&arguments[..], &[baseline.krate]].concat()).output()?;
        let line = sources
            .find("Cargo.toml")
            .map_or(1, |root| root.line_starting("dataflow-rs"));
        findings.extend(
            baseline
                .differences(&tree)
                .into_iter()
                .map(|message| Finding::new("Cargo.toml", line, message)),
        );
    }
    Ok(findings)
}

impl Baseline {
    /// What `tree`, as `cargo tree` printed it, has more or less than the baseline.
    fn differences(&self, tree: &str) -> Vec<String> {
        let found = switched_on(tree);
        let krate = self.krate;
        let mut differences = Vec::new();
        for Switched { feature, by } in &found {
            let known = self.features.contains(feature) || self.harmless.iter().any(|(name, _)| name == feature);
            if !known {
                let by = if by.is_empty() {
                    "the crate itself".to_owned()
                } else {
                    by.join(", ")
                };
                differences.push(format!(
                    "`{krate}/{feature}` is switched on by {by}; dataflow-rs alone does not have it"
                ));
            }
        }
        for feature in self.features {
            if !found.iter().any(|switched| switched.feature == *feature) {
                differences.push(format!(
                    "`{krate}/{feature}` is off; dataflow-rs with `all-operators` has it"
                ));
            }
        }
        differences
    }
}

#[derive(Debug)]
struct Switched<'a> {
    feature: &'a str,
    /// The crates, or the features of crates, that did it.
    by: Vec<String>,
}

/// Reads lines like `1serde_json feature "std"` and, below them, `2datavalue-rs v0.2.3` or `2dataflow-rs feature "datetime"`.
fn switched_on(tree: &str) -> Vec<Switched<'_>> {
    let mut found: Vec<Switched<'_>> = Vec::new();
    for line in tree.lines() {
        let Some((depth, rest)) = line.split_at_checked(1) else {
            continue;
        };
        let mut words = rest.split_whitespace();
        let name = words.next().unwrap_or_default();
        let feature = words
            .next()
            .filter(|word| *word == "feature")
            .and_then(|_| words.next());
        let feature = feature.map(|quoted| quoted.trim_matches('"'));
        match (depth, feature, found.last_mut()) {
            ("1", Some(feature), _) => found.push(Switched {
                feature,
                by: Vec::new(),
            }),
            ("2", Some(feature), Some(switched)) => switched.by.push(format!("`{name}/{feature}`")),
            ("2", None, Some(switched)) => switched.by.push(format!("`{name}`")),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(tree: &str, expected: &[&str]) {
        assert_eq!(BASELINES[0].differences(tree), expected);
    }

    #[test]
    fn what_dataflow_alone_has_is_fine() {
        check(
            "0serde_json v1.0.0\n1serde_json feature \"default\"\n2dataflow-rs v3.12.0\n1serde_json feature \"std\"\n",
            &[],
        );
    }

    #[test]
    fn a_feature_that_others_switched_on_is_found_with_their_names() {
        check(
            "0serde_json v1.0.0\n1serde_json feature \"default\"\n1serde_json feature \"preserve_order\"\n2flow v0.1.0 (/w/flow)\n\
             2schemars feature \"preserve_order\"\n1serde_json feature \"std\"\n",
            &[
                "`serde_json/preserve_order` is switched on by `flow`, `schemars/preserve_order`; dataflow-rs alone does not have it",
            ],
        );
    }

    #[test]
    fn a_feature_that_contains_nothing_new_is_fine() {
        check(
            "1serde_json feature \"alloc\"\n2schemars v1.0.0\n1serde_json feature \"default\"\n1serde_json feature \"std\"\n",
            &[],
        );
    }

    #[test]
    fn a_feature_that_went_missing_is_found() {
        check(
            "1serde_json feature \"default\"\n",
            &["`serde_json/std` is off; dataflow-rs with `all-operators` has it"],
        );
    }
}
