//! What people read of a verdict, on a terminal and in a CI job's summary, and what machines do.

mod machines;

use anstream::adapter::strip_str;
use contract::{Behaviour, Feature, FeatureSet, Format, Millis, Options};
use corpus::Size;
use corpus::generate::{Dials, Generator};
use harness::causes::cluster::{Counted, Exemplar, Likeness};
use harness::causes::{Class, Cluster, Earlier, Shift};
use harness::config::Gates;
use harness::judge::{Baseline, Comparison, Seen};
use harness::ledger::{Acceptance, Entry, Standing};
use harness::record::{EngineRecord, Machine, Manifest};
use harness::run::Cases;
use harness::verdict::{Application, Causes, Findings, Subject, Tally, Verdict};
use harness::{Aspect, Blame, Divergence, Judgement};

fn manifest() -> Manifest {
    let engine = |name: &str| {
        let mut description = (engines::find(name).unwrap().build)(&Options::default())
            .unwrap()
            .describe();
        "1.2.3".clone_into(&mut description.version);
        EngineRecord {
            description,
            options: Options::default(),
        }
    };
    let records = ["dataflow", "flow", "reference"].map(engine);
    Manifest {
        cutover: "0.1.0".to_owned(),
        seed: 7,
        generated: 3,
        jobs: 2,
        machine: Machine {
            os: "linux".to_owned(),
            architecture: "x86_64".to_owned(),
            processors: 2,
        },
        ..Manifest::new("dataflow", records, &Cases::new(Vec::new(), None))
    }
}

fn compared(baseline: Baseline, divergences: Vec<Divergence>) -> Judgement {
    let blame = (!divergences.is_empty()).then_some(Blame::New);
    Judgement::Compared(Comparison {
        divergences,
        blame,
        ..Comparison::equal(baseline, [Millis(1_500), Millis(900)])
    })
}

fn verdict(divergences: &[Divergence]) -> Verdict {
    let mut tally = Tally::default();
    let plain = FeatureSet::from([Feature::Needs, Feature::When]);
    let rich = FeatureSet::from([Feature::Needs, Feature::Retry]);
    let not_compared = Judgement::NotCompared {
        new_lacks: [Feature::ForEach].into(),
        legacy_lacks: [Feature::ForEach].into(),
        format: None,
    };
    let subject = |index, id, tasks, features| Subject {
        index,
        id,
        tasks,
        features,
        format: Format::Dag,
        application: None,
        tags: &[],
    };
    tally.add(
        &subject(0, "g7-0", 12, plain),
        &compared(Baseline::Legacy, divergences.to_vec()),
    );
    tally.add(&subject(1, "g7-1", 3, rich), &compared(Baseline::Reference, Vec::new()));
    tally.add(&subject(2, "g7-2", 200, [Feature::ForEach].into()), &not_compared);
    Verdict::of(tally, None, &Gates::default())
}

/// Two messages of an application that has three tasks, and a generated case that reached all but one behaviour.
fn of_rules() -> Verdict {
    let application = Application {
        name: "orders<b>".to_owned(),
        tasks: ["o/price", "o/total", "o/unused"].map(str::to_owned).into(),
    };
    let mut tally = Tally::default();
    let mut add = |index, id, application, behaviours: &[Behaviour], task: &str| {
        let subject = Subject {
            index,
            id,
            tasks: 3,
            features: FeatureSet::EMPTY,
            format: Format::Rules,
            application,
            tags: &[],
        };
        let comparison = Comparison {
            masked: 4,
            seen: Seen {
                behaviours: behaviours.iter().copied().collect(),
                audit: vec![["o", task].map(Into::into)],
                refusal: None,
            },
            ..Comparison::equal(Baseline::Legacy, [Millis(2); 2])
        };
        tally.add(&subject, &Judgement::Compared(comparison));
    };
    add(0, "orders-0", Some(&application), &[Behaviour::FunctionMap], "price");
    add(1, "orders-1", Some(&application), &[Behaviour::FunctionMap], "total");
    let all_but_one: Vec<Behaviour> = Behaviour::ALL.iter().copied().skip(1).collect();
    add(2, "r7-0", None, &all_but_one, "whatever");
    Verdict::of(tally, None, &Gates::default())
}

/// A verdict on as many cases as these clusters have, and one more, which belongs to none.
fn explained(standings: [Standing; 3]) -> Verdict {
    let size = Size::of(&Generator::new(1, Dials::default()).case(0));
    let clusters: Vec<Cluster> = standings
        .into_iter()
        .enumerate()
        .map(|(number, standing)| Cluster {
            id: format!("c-0000000{number}"),
            like: (number == 0).then(|| Likeness {
                name: "one-attempt-too-many".to_owned(),
                about: "A task is tried once too often.".to_owned(),
                beside: Vec::new(),
            }),
            class: Class {
                aspect: Aspect::Output,
                path: "tasks.*.output".to_owned(),
                kinds: ["a text", "absent"].map(str::to_owned),
                blame: Some(Blame::New),
            },
            features: [Feature::Needs].into(),
            signatures: [format!("signature {number}")].into(),
            cases: 5,
            reduced: 4,
            counted: Counted {
                parity: 4,
                ..Counted::default()
            },
            standing,
            exemplar: Exemplar {
                from: "g7-0".to_owned(),
                index: 0,
                size,
                before: size,
                runs: 12,
                is_minimal: true,
                baseline: Baseline::Legacy,
                divergence: hostile(),
                divergences: 1,
            },
        })
        .collect();
    let mut tally = Tally::default();
    for index in 0..16 {
        let subject = Subject {
            index,
            id: "g7-0",
            tasks: 1,
            features: [Feature::Needs].into(),
            format: Format::Dag,
            application: None,
            tags: &[],
        };
        tally.add(&subject, &compared(Baseline::Legacy, vec![hostile()]));
    }
    let earlier = Earlier {
        run: "target/cutover/dataflow-1".to_owned(),
        clusters: vec![
            clusters[0].clone(),
            Cluster {
                id: "c-0000000b".to_owned(),
                ..clusters[1].clone()
            },
            Cluster {
                id: "c-0000000c".to_owned(),
                signatures: ["gone".to_owned()].into(),
                ..clusters[0].clone()
            },
        ],
        performance: None,
    };
    let mut against = earlier.beside(&clusters);
    let shift = |id: &str, before, now| Shift {
        id: id.to_owned(),
        before,
        now,
    };
    against.faster.push(shift("chain-10", 0.8, 0.5));
    against.slower.push(shift("<b>wide\u{1b}", 0.8, 1.25));
    let causes = Causes {
        stale: vec![Entry::of(
            &clusters[0],
            "dataflow",
            acceptance("c-0000000d", "2027-01-31"),
        )],
        against: Some(against),
        clusters,
    };
    let findings = Findings {
        tally,
        causes,
        ..Findings::default()
    };
    Verdict::judge(findings, &Gates::default())
}

fn acceptance(entry: &str, expires: &str) -> Acceptance {
    Acceptance {
        entry: entry.to_owned(),
        reason: "nobody <b>reads</b> it | \u{1b}[31m".to_owned(),
        owner: "payments".to_owned(),
        expires: expires.parse().unwrap(),
    }
}

/// One cluster of each standing, the last one by the entry of another.
fn of_each_standing() -> Verdict {
    explained([
        Standing::Accepted(acceptance("c-00000000", "2027-01-31")),
        Standing::Open,
        Standing::Expired(acceptance("c-0000000a", "2026-01-31")),
    ])
}

fn hostile() -> Divergence {
    Divergence {
        aspect: Aspect::Output,
        path: "tasks.<script>alert(1)</script>\u{1b}[31m.output".to_owned(),
        baseline: "\"| a | b |\"".to_owned(),
        new: "missing".to_owned(),
    }
}

/// As it is without a terminal.
fn terminal(verdict: &Verdict) -> String {
    let styled = reports::terminal::verdict(&manifest(), verdict, "target/cutover/dataflow-1");
    strip_str(&styled).to_string()
}

#[test]
fn a_pass_says_for_what_it_holds() {
    insta::assert_snapshot!("terminal_pass", terminal(&verdict(&[])));
    insta::assert_snapshot!("markdown_pass", reports::markdown::summary(&manifest(), &verdict(&[])));
}

#[test]
fn a_failure_says_where_and_how_to_see_it() {
    insta::assert_snapshot!("terminal_fail", terminal(&verdict(&[hostile()])));
    insta::assert_snapshot!(
        "markdown_fail",
        reports::markdown::summary(&manifest(), &verdict(&[hostile()]))
    );
}

#[test]
fn what_is_accepted_expired_stale_new_and_gone_is_told() {
    let verdict = of_each_standing();
    insta::assert_snapshot!("terminal_ledger", terminal(&verdict));
    insta::assert_snapshot!("markdown_ledger", reports::markdown::summary(&manifest(), &verdict));
}

#[test]
fn every_entry_is_told_however_many_there_are() {
    let mut verdict = of_each_standing();
    let many = |number: usize| Cluster {
        id: format!("c-{number:08}"),
        ..verdict.clusters[0].clone()
    };
    verdict.clusters = (0..200).map(many).collect();
    let texts = [terminal(&verdict), reports::markdown::summary(&manifest(), &verdict)];
    for text in texts {
        let told = (0..200).filter(|number| text.contains(&format!("c-{number:08}")));
        assert_eq!(told.count(), 200);
    }
}

#[test]
fn what_is_written_in_a_ledger_reaches_the_summary_as_text() {
    let summary = reports::markdown::summary(&manifest(), &of_each_standing());
    assert!(!summary.contains("<b>") && !summary.contains('\u{1b}'), "{summary}");
}

#[test]
fn what_cases_of_rules_went_through_is_told() {
    let manifest = Manifest { rules: 1, ..manifest() };
    let terminal = reports::terminal::verdict(&manifest, &of_rules(), "target/cutover/dataflow-1");
    insta::assert_snapshot!("terminal_rules", strip_str(&terminal).to_string());
    insta::assert_snapshot!("markdown_rules", reports::markdown::summary(&manifest, &of_rules()));
}

#[test]
fn what_an_applications_own_definitions_do_not_use_is_not_held_against_them() {
    let shown = |rules| {
        let manifest = Manifest { rules, ..manifest() };
        reports::terminal::verdict(&manifest, &of_rules(), "record")
    };
    assert!(shown(1).contains("not reached: truthy_workflow_condition"));
    assert!(!shown(0).contains("not reached"));
}

#[test]
fn the_same_record_gives_the_same_bytes() {
    let [first, second] = [(); 2].map(|()| reports::markdown::summary(&manifest(), &verdict(&[hostile()])));
    assert_eq!(first, second);
}

#[test]
fn nothing_from_a_workflow_reaches_the_summary_as_markup() {
    let summary = reports::markdown::summary(&manifest(), &verdict(&[hostile()]));
    assert!(
        !summary.contains("<script") && !summary.contains('\u{1b}') && !summary.contains("| a | b |"),
        "{summary}"
    );
}
