//! What holds for every generated case.

use std::collections::BTreeSet;

use contract::{Feature, FeatureSet};

use super::clock::tests_support::ends;
use super::{Dials, Generator, Shape, invalid_twin};
use crate::Case;

const CASES: u64 = 2_000;

fn cases(dials: Dials) -> impl Iterator<Item = Case> {
    let generator = Generator::new(7, dials);
    (0..CASES).map(move |index| generator.case(index))
}

#[test]
fn plain_cases_use_only_what_a_sequential_engine_can_do() {
    let plain = FeatureSet::from(Dials::PLAIN);
    let dials = Dials {
        plain: 1.0,
        invalid: 0.0,
        ..Dials::default()
    };
    for case in cases(dials) {
        assert!(
            plain.is_superset(case.features()),
            "{}: {:?} {}",
            case.id,
            case.features().difference(plain),
            serde_json::to_string_pretty(&case).unwrap()
        );
    }
}

#[test]
fn three_cases_of_five_or_more_are_within_the_plain_profile() {
    let plain = FeatureSet::from(Dials::PLAIN);
    let within = cases(Dials::default())
        .filter(|case| plain.is_superset(case.features()))
        .count();
    assert!(within as u64 * 5 >= CASES * 3, "{within} of {CASES}");
}

#[test]
fn every_feature_and_every_shape_is_reached() {
    let mut features = FeatureSet::EMPTY;
    let mut tags = BTreeSet::new();
    for case in cases(Dials::default()) {
        features = features.union(case.features());
        tags.extend(case.tags);
    }
    assert_eq!(FeatureSet::all().difference(features), FeatureSet::EMPTY);
    for shape in Shape::ALL {
        assert!(tags.contains(shape.tag()), "{}", shape.tag());
    }
}

#[test]
fn sizes_are_within_the_dials_and_about_15_on_average() {
    let sizes: Vec<usize> = cases(Dials::default())
        .map(|case| case.dag().expect("a workflow").tasks.len())
        .collect();
    let total: usize = sizes.iter().sum();
    assert!(sizes.iter().all(|size| *size <= 200));
    assert!(sizes.iter().any(|size| *size > 100));
    assert!((13..18).contains(&(total / sizes.len())), "{}", total / sizes.len());
}

#[test]
fn only_some_features_means_no_others() {
    for feature in Feature::ALL {
        for with in [
            FeatureSet::EMPTY,
            FeatureSet::from(Dials::PLAIN),
            FeatureSet::from([Feature::FailureStop]),
        ] {
            let mut features = with;
            features.insert(*feature);
            for case in cases(Dials::only(features)).take(100) {
                assert!(
                    features.is_superset(case.features()),
                    "{} of {features:?}: {:?}",
                    case.id,
                    case.features()
                );
            }
        }
    }
}

#[test]
fn a_case_depends_on_nothing_but_seed_dials_and_index() {
    let forwards: Vec<Case> = cases(Dials::default()).take(300).collect();
    let again = Generator::new(7, Dials::default());
    for index in (0..300).rev() {
        assert_eq!(forwards[index as usize], again.case(index), "{index}");
    }
    assert_ne!(
        forwards[1].definition,
        Generator::new(8, Dials::default()).case(1).definition
    );
    let ids: BTreeSet<&str> = forwards.iter().map(|case| &*case.id).collect();
    assert_eq!(ids.len(), forwards.len());
    assert!(ids.contains("g7-0"));
}

#[test]
fn an_invalid_twin_is_refused_or_still_valid_and_always_differs() {
    let mut refused = 0;
    for (seed, case) in cases(Dials {
        invalid: 0.0,
        ..Dials::default()
    })
    .enumerate()
    {
        let twin = invalid_twin(&case, seed as u64);
        assert_ne!(twin.definition, case.definition, "{}", case.id);
        refused += u64::from(twin.features().contains(Feature::Refusal));
    }
    assert!(refused > CASES / 2 && refused < CASES, "{refused} of {CASES}");
}

#[test]
fn a_generated_invalid_case_is_always_refused() {
    for case in cases(Dials {
        invalid: 1.0,
        ..Dials::default()
    }) {
        assert!(case.features().contains(Feature::Refusal), "{}", case.id);
    }
}

#[test]
fn nothing_happens_at_the_same_time_by_accident() {
    // An answer's moment is part of the timetable only while the case is drawn, so cases that ask are left out here.
    let mut dials = Dials {
        invalid: 0.0,
        ties: 0.0,
        ..Dials::default()
    };
    dials.set(Feature::UserInput, 0.0);
    for case in cases(dials) {
        let mut moments = ends(&case);
        moments.extend(
            case.script
                .signals
                .iter()
                .map(|scripted| scripted.at.0)
                .filter(|at| *at > 0),
        );
        moments.extend(case.dag().expect("a workflow").timeout.map(|timeout| timeout.0));
        for crash in &case.script.crashes {
            moments.push(crash.at.0);
            moments.extend((crash.outage.0 > 0).then_some(crash.at.0 + crash.outage.0));
        }
        let all = moments.len();
        moments.sort_unstable();
        moments.dedup();
        // Two things of one task, such as the end of an attempt and of its empty delay, are no tie.
        assert_eq!(moments.len(), all, "{}", case.id);
    }
}

#[test]
fn ties_are_drawn_only_where_they_are_meant() {
    for case in cases(Dials {
        ties: 1.0,
        invalid: 0.0,
        ..Dials::default()
    }) {
        assert!(case.tags.iter().any(|tag| tag == "tie"), "{}", case.id);
    }
    let dials = Dials {
        ties: 0.0,
        ..Dials::default()
    };
    assert!(cases(dials).all(|case| case.tags.iter().all(|tag| tag != "tie")));
}

#[test]
fn signals_come_in_order_of_time_and_within_what_a_run_can_last() {
    for case in cases(Dials::default()) {
        assert!(
            case.script.signals.is_sorted_by_key(|scripted| scripted.at),
            "{}",
            case.id
        );
        assert_eq!(contract::stage::check_times(&case.script), Ok(()), "{}", case.id);
    }
}

#[test]
fn a_crash_comes_after_the_start_and_after_the_end_of_the_one_before() {
    let mut dials = Dials::default();
    dials.set(Feature::Durable, 1.0);
    let mut counts = BTreeSet::new();
    for case in cases(dials) {
        let mut from = 1;
        for crash in &case.script.crashes {
            assert!(crash.at.0 >= from, "{}", case.id);
            from = crash.at.0 + crash.outage.0 + 1;
        }
        counts.insert(case.script.crashes.len());
    }
    assert_eq!(counts, (0..=3).collect());
}

#[test]
fn a_case_drawn_for_a_pair_nearly_always_uses_both() {
    let generator = Generator::new(11, Dials::default());
    let (mut drawn, mut used) = (0, 0);
    for index in 0..20_000 {
        let pair = generator.meant(index);
        if pair.is_empty() {
            continue;
        }
        drawn += 1;
        let case = generator.case(index);
        assert!(case.tags.iter().any(|tag| tag == "pair"), "{}", case.id);
        used += u32::from(case.features().is_superset(pair));
    }
    assert!(drawn >= 5 * 212 && used * 100 >= drawn * 90, "{used} of {drawn}");
}
