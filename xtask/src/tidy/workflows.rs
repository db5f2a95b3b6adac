//! What CI services read is still laid out as they read it: nobody here runs these files, so a slip would show only there.

use super::{Finding, Sources, has_extension};

/// In YAML files, each level is two spaces, and a line is deeper than the one before by a level at most, or by two in a list.
pub(super) fn are_indented(sources: &Sources) -> Vec<Finding> {
    let files = sources
        .all()
        .filter(|source| has_extension(&source.path, "yml") || has_extension(&source.path, "yaml"));
    let mut findings = Vec::new();
    for source in files {
        let mut before = 0;
        for (number, line) in source.lines() {
            let text = line.trim_start_matches(' ');
            if text.trim().is_empty() {
                continue;
            }
            let depth = line.len() - text.len();
            let problem = if text.starts_with('\t') {
                Some("is indented with a tab, which YAML does not allow")
            } else if !depth.is_multiple_of(2) {
                Some("is indented by an odd number of spaces")
            } else if depth > before + 4 {
                Some("is indented by more than it can be under the line before")
            } else {
                None
            };
            findings.extend(problem.map(|problem| Finding::new(&source.path, number, problem)));
            before = depth;
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::tests::findings;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(findings("workflows", &[(".github/workflows/ci.yml", text)]), expected);
    }

    #[test]
    fn steps_under_their_job_are_fine() {
        check(
            "jobs:\n  a:\n    steps:\n      - run: |\n          x\n\n  b:\n    steps: []\n",
            "",
        );
    }

    #[test]
    fn a_step_that_lost_its_place_is_found() {
        let lost = ".github/workflows/ci.yml:3: is indented by an odd number of spaces";
        check("jobs:\n  steps:\n x - run: y\n", lost);
        let deep = ".github/workflows/ci.yml:2: is indented by more than it can be under the line before";
        check("jobs:\n        steps:\n", deep);
        let tab = ".github/workflows/ci.yml:2: is indented with a tab, which YAML does not allow";
        check("jobs:\n\tsteps:\n", tab);
    }
}
