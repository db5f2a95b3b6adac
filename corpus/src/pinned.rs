//! What holds for the pinned cases under `corpus/cases`.

use std::collections::BTreeSet;
use std::path::Path;

use contract::{Feature, FeatureSet};

use crate::Case;
use crate::load::{load, load_with_notices};

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
}

#[test]
fn every_pinned_case_says_why_it_is_there() {
    let loaded = load_with_notices(&folder()).unwrap();
    assert_eq!(loaded.notices, []);
    assert!(loaded.cases.len() >= 30);
    for case in &loaded.cases {
        assert!(
            case.why.ends_with('.') && case.why.len() > 20,
            "{}: {:?}",
            case.id,
            case.why
        );
    }
    let ids: BTreeSet<&str> = loaded.cases.iter().map(|case| &*case.id).collect();
    assert_eq!(ids.len(), loaded.cases.len());
}

#[test]
fn a_pinned_case_is_named_after_its_file() {
    for topic in std::fs::read_dir(folder()).unwrap() {
        for file in std::fs::read_dir(topic.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let cases = load(&path).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(Some(&*cases[0].id), path.file_stem().and_then(|stem| stem.to_str()));
        }
    }
}

#[test]
fn the_pinned_cases_use_every_feature() {
    let cases = load(&folder()).unwrap();
    let used = cases
        .iter()
        .fold(FeatureSet::EMPTY, |used, case| used.union(case.features()));
    assert_eq!(FeatureSet::all().difference(used), FeatureSet::EMPTY);
    // And each feature with few others beside it, so that a divergence there says something.
    for feature in Feature::ALL {
        let fewest = cases
            .iter()
            .map(Case::features)
            .filter(|used| used.contains(*feature))
            .map(FeatureSet::len)
            .min();
        assert!(fewest <= Some(5), "{feature} comes with {fewest:?} features");
    }
}
