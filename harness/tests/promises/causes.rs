//! What is said of a cause holds for the engine that is to blame, and the case that stands for it shows the difference.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use contract::Engine;
use contract::stage::Stage;
use corpus::Case;
use corpus::generate::{Dials, Generator};
use harness::causes::Cluster;
use harness::judge::Unwatched;
use harness::record::Record;
use harness::run::Cases;
use harness::{Blame, Judgement, mutants};

use crate::support::{end_test, migration, registered, run};

fn planted(name: &str) -> Arc<dyn Engine> {
    mutants::plant(registered("flow"), &[mutants::find(name).expect("it is known")])
}

/// The clusters of `cases`; each one's case diverges when it is compared alone.
fn clusters(legacy: Arc<dyn Engine>, new: Arc<dyn Engine>, cases: &Cases) -> Vec<Cluster> {
    let folder = tempfile::tempdir().expect("a folder");
    let engines = migration(legacy, new);
    let clusters = run(&engines, cases, folder.path(), &end_test).clusters;
    for cluster in &clusters {
        let case = saved(folder.path(), &cluster.id);
        let judgement = engines.judge(&mut Stage::new(), &case, case.features(), &Unwatched);
        assert!(
            matches!(&judgement, Judgement::Compared(comparison) if !comparison.divergences.is_empty()),
            "{case:#?}"
        );
    }
    clusters
}

fn saved(folder: &Path, id: &str) -> Case {
    let path = folder.join("clusters").join(format!("{id}.json"));
    corpus::load::load(&path).expect("it was saved").remove(0)
}

fn generated() -> Cases {
    Cases::new(Vec::new(), Some((Generator::new(31, Dials::default()), 150)))
}

#[test]
fn a_known_bug_is_looked_for_in_the_engine_that_is_to_blame() {
    let flow = || registered("flow");
    let bug = || planted("one-attempt-too-many");
    for (legacy, new, blame) in [(flow(), bug(), Blame::New), (bug(), flow(), Blame::Legacy)] {
        let clusters = clusters(legacy, new, &generated());
        assert!(!clusters.is_empty());
        for cluster in clusters {
            assert_eq!(cluster.class.blame, Some(blame));
            let like = cluster.like.map(|like| like.name);
            assert_eq!(like.as_deref(), Some("one-attempt-too-many"), "{blame:?}");
        }
    }
}

#[test]
fn bugs_that_explain_a_case_only_together_come_out_apart() {
    let names = ["counts-attempts-from-0", "ignores-conditions"];
    let bugs = names.map(|name| mutants::find(name).expect("it is known"));
    let clusters = clusters(
        registered("flow"),
        mutants::plant(registered("flow"), &bugs),
        &generated(),
    );
    let like: BTreeSet<String> = clusters
        .into_iter()
        .map(|cluster| cluster.like.map_or_else(|| cluster.class.to_string(), |like| like.name))
        .collect();
    assert_eq!(like, names.map(str::to_owned).into());
}

#[test]
fn a_bug_that_looks_like_another_on_small_cases_is_told_by_the_cases_that_part_them() {
    let names = [
        "staggers-calls",
        "starts-the-lowest-priority-first",
        "calls-with-the-input-of-the-task-before",
        "reports-attempts-from-0",
    ];
    let bugs = names.map(|name| mutants::find(name).expect("it is known"));
    let cases = Cases::new(Vec::new(), Some((Generator::new(49, Dials::default()), 200)));
    let clusters = clusters(registered("flow"), mutants::plant(registered("flow"), &bugs), &cases);
    assert!(clusters.len() > 1, "{clusters:#?}");
    for cluster in clusters {
        let like = cluster.like.map(|like| like.name);
        assert!(like.as_deref().is_some_and(|like| names.contains(&like)), "{like:?}");
    }
}

#[test]
fn a_difference_that_only_another_order_shows_is_still_there_once_its_case_is_small() {
    let mut case = super::schedules::tie_with_b_first();
    case.tags.push("tie".to_owned());
    let cases = Cases::new(vec![case], None);
    let clusters = clusters(registered("flow"), planted("cuts-off-running-calls-on-stop"), &cases);
    assert_eq!(clusters.len(), 1);
    let like = clusters[0].like.as_ref().map(|like| &*like.name);
    assert_eq!(like, Some("cuts-off-running-calls-on-stop"));
}

#[test]
fn the_record_says_which_cases_belong_to_which_cluster() {
    let names = [
        "ignores-the-last-need-of-a-join",
        "one-attempt-too-many",
        "ignores-priority",
    ];
    let bugs = names.map(|name| mutants::find(name).expect("it is known"));
    let engines = migration(registered("flow"), mutants::plant(registered("flow"), &bugs));
    let folder = tempfile::tempdir().expect("a folder");
    let clusters = run(&engines, &generated(), folder.path(), &end_test).clusters;
    let record = Record::read(folder.path()).expect("it is a record");
    let places = record.places().expect("it can be read").expect("it is there");
    let diverging: BTreeSet<u64> = record
        .diverging()
        .expect("it can be read")
        .iter()
        .map(|line| line.index)
        .collect();
    let mut seen = BTreeSet::new();
    for cluster in &clusters {
        let found = &places[&cluster.id];
        assert!(found.reduced.contains(&cluster.exemplar.index));
        assert_eq!(found.reduced.len() as u64, cluster.reduced);
        assert_eq!(found.alike.len() as u64, cluster.cases - cluster.reduced);
        assert!(found.reduced.is_sorted() && found.alike.is_sorted());
        for index in found.reduced.iter().chain(&found.alike) {
            assert!(diverging.contains(index) && seen.insert(*index), "{index}");
        }
    }
    assert_eq!(places.len(), clusters.len());
    assert!(places.values().any(|places| !places.alike.is_empty()), "{places:?}");
}
