//! What people write into a ledger, right and wrong; what matches what; and that what is written is read back.

use contract::FeatureSet;
use corpus::Size;
use corpus::generate::{Dials, Generator};
use miette::{GraphicalReportHandler, GraphicalTheme};
use proptest::prelude::*;

use super::edit::edited;
use super::*;
use crate::causes::Class;
use crate::causes::cluster::{Counted, Exemplar, Likeness};
use crate::divergence::Divergence;
use crate::judge::Baseline;

const GOOD: &str = r#"# Ours.
format_version = 1

# Asked for by the auditors.
[[divergence]]
cluster = "c-1a2b3c4d"
migration = "dataflow"
blame = "new"
aspect = "calls"
path = "calls.*"
like = "one-attempt-too-many"
about = "a task is tried once too often"
reason = "retries are idempotent" # see the decision of June
owner = "payments"
expires = 2027-01-31
signatures = [
    "calls calls.*: not called → called; blame new; retry",
]
"#;

/// What a user is told about `text`.
fn told(text: &str) -> String {
    let error = Ledger::parse("known-divergences.toml", text).expect_err("the text is wrong");
    let mut shown = String::new();
    GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor())
        .with_width(100)
        .render_report(&mut shown, &error)
        .unwrap();
    shown
}

fn without(key: &str) -> String {
    let is_kept = |line: &&str| !line.starts_with(&format!("{key} ="));
    GOOD.lines().filter(is_kept).collect::<Vec<_>>().join("\n")
}

fn good() -> Entry {
    Ledger::parse("l", GOOD).unwrap().entries()[0].clone()
}

pub(crate) fn cluster(id: &str, like: Option<&str>, signatures: &[&str]) -> Cluster {
    let size = Size::of(&Generator::new(1, Dials::default()).case(0));
    Cluster {
        id: id.to_owned(),
        like: like.map(|name| Likeness {
            name: name.to_owned(),
            about: format!("about {name}"),
            beside: Vec::new(),
        }),
        class: Class {
            aspect: Aspect::Calls,
            path: "calls.*".to_owned(),
            kinds: ["not called", "called"].map(str::to_owned),
            blame: Some(Blame::New),
        },
        features: FeatureSet::EMPTY,
        signatures: signatures.iter().map(|text| (*text).to_owned()).collect(),
        cases: 5,
        reduced: 3,
        counted: Counted {
            parity: 2,
            semantics: 1,
            recovery: 0,
        },
        standing: Standing::Open,
        exemplar: Exemplar {
            from: "g1-0".to_owned(),
            index: 0,
            size,
            before: size,
            runs: 1,
            is_minimal: true,
            baseline: Baseline::Legacy,
            divergence: Divergence {
                aspect: Aspect::Calls,
                path: "calls.a#2".to_owned(),
                baseline: "not called".to_owned(),
                new: "called".to_owned(),
            },
            divergences: 1,
        },
    }
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// Where clusters stand by `entries` on a day, and which entries are stale.
fn judged(entries: &[Entry], today: &str, clusters: &[Cluster]) -> (Vec<String>, Vec<String>) {
    let text = entries
        .iter()
        .fold(String::new(), |text, entry| edited(&text, Edit::Put(entry)));
    let ledger = Ledger::parse("l", &text).unwrap_or_else(|_| Ledger::empty("l"));
    let terms = Terms {
        ledger: &ledger,
        migration: "dataflow",
        today: date(today),
    };
    let mut clusters = clusters.to_vec();
    let stale = terms.judge(&mut clusters);
    let standing = |cluster: &Cluster| match &cluster.standing {
        Standing::Open => "open".to_owned(),
        Standing::Accepted(acceptance) => format!("accepted as {}", acceptance.entry),
        Standing::Expired(acceptance) => format!("expired as {}", acceptance.entry),
    };
    let stale = stale.into_iter().map(|entry| entry.cluster).collect();
    (clusters.iter().map(standing).collect(), stale)
}

#[track_caller]
fn check(entries: &[Entry], clusters: &[Cluster], standings: &[&str], stale: &[&str]) {
    let (found, left) = judged(entries, "2027-01-31", clusters);
    assert_eq!((&*found, &*left), (&*strings(standings), &*strings(stale)));
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// An entry as `good`, for another cluster.
fn entry(id: &str, signatures: &[&str]) -> Entry {
    Entry {
        cluster: id.to_owned(),
        signatures: signatures.iter().map(|text| (*text).to_owned()).collect(),
        ..good()
    }
}

#[test]
fn an_entry_is_read_as_it_is_written() {
    let entry = good();
    assert_eq!((&*entry.cluster, &*entry.owner), ("c-1a2b3c4d", "payments"));
    assert_eq!(entry.expires, date("2027-01-31"));
    assert_eq!((entry.blame, entry.aspect), (Some(Blame::New), Some(Aspect::Calls)));
    let quoted = GOOD.replace("2027-01-31", "\"2027-01-31\"");
    assert_eq!(Ledger::parse("l", &quoted).unwrap().entries(), [entry]);
}

#[test]
fn an_unknown_key_is_shown_where_it_stands() {
    insta::assert_snapshot!(told(&GOOD.replace("owner", "ownr")));
}

#[test]
fn a_day_that_there_is_not_is_shown_where_it_stands() {
    insta::assert_snapshot!(told(&GOOD.replace("2027-01-31", "\"2027-02-30\"")));
    assert!(told(&GOOD.replace("2027-01-31", "2027-01-31T10:00:00")).contains("no day"));
    assert!(told(&GOOD.replace("2027-01-31", "7")).contains("no day"));
}

#[test]
fn an_entry_without_a_reason_is_told_to_give_one() {
    insta::assert_snapshot!(told(&without("reason")));
    assert!(told(&GOOD.replace("\"retries are idempotent\"", "\"  \"")).contains("`reason` is empty"));
}

#[test]
fn an_entry_without_an_owner_is_told_to_name_one() {
    insta::assert_snapshot!(told(&without("owner")));
}

#[test]
fn every_key_that_decides_must_be_there() {
    for key in ["cluster", "migration", "blame", "reason", "owner", "expires"] {
        assert!(
            told(&without(key)).contains(&format!("this entry has no `{key}`")),
            "{key}"
        );
    }
    for key in ["aspect", "path", "like", "about"] {
        assert!(Ledger::parse("l", &without(key)).is_ok(), "{key}");
    }
}

#[test]
fn a_second_entry_for_one_cause_is_shown_where_it_stands() {
    let entry = &GOOD[GOOD.find("[[").unwrap()..];
    insta::assert_snapshot!(told(&format!("{GOOD}\n{entry}")));
    let other = entry.replace("\"new\"", "\"legacy\"");
    assert!(Ledger::parse("l", &format!("{GOOD}\n{other}")).is_ok());
}

#[test]
fn another_version_of_the_format_is_refused() {
    insta::assert_snapshot!(told(&GOOD.replace("format_version = 1", "format_version = 2")));
    assert!(told(&GOOD.replace("format_version = 1", "")).contains("no `format_version`"));
}

#[test]
fn who_cannot_be_to_blame_is_told_with_those_who_can() {
    let shown = told(&GOOD.replace("blame = \"new\"", "blame = \"old\""));
    assert!(
        shown.contains("`old` cannot be to blame") && shown.contains("\"nobody\""),
        "{shown}"
    );
}

#[test]
fn a_migration_that_there_is_not_is_shown_where_it_stands() {
    let ledger = Ledger::parse("known-divergences.toml", GOOD).unwrap();
    assert!(ledger.check_migrations(&["dataflow"]).is_ok());
    let error = ledger.check_migrations(&["other", "more"]).unwrap_err();
    assert_eq!(error.to_string(), "there is no migration `dataflow`");
    let help = miette::Diagnostic::help(&error).unwrap().to_string();
    assert_eq!(help, "cutover.toml names these: other, more");
}

#[test]
fn what_the_file_holds_is_made_safe_before_it_is_shown() {
    let shown = told(&GOOD.replace("\"new\"", "\"\\u001b[2J\""));
    assert!(!shown.contains('\u{1b}'), "{shown}");
}

#[test]
fn a_cluster_is_known_by_its_id_or_by_a_signature() {
    let clusters = [cluster("c-1", None, &["s", "t"]), cluster("c-2", None, &["u"])];
    check(&[entry("c-1", &[])], &clusters, &["accepted as c-1", "open"], &[]);
    check(
        &[entry("c-9", &["t", "x"])],
        &clusters,
        &["accepted as c-9", "open"],
        &[],
    );
    check(&[entry("c-9", &["x"])], &clusters, &["open", "open"], &["c-9"]);
}

#[test]
fn who_named_a_cluster_that_is_there_meant_no_other() {
    let clusters = [cluster("c-1", None, &["s"]), cluster("c-2", None, &["s"])];
    check(&[entry("c-1", &["s"])], &clusters, &["accepted as c-1", "open"], &[]);
}

#[test]
fn two_known_bugs_that_look_alike_are_two_causes() {
    let clusters = [cluster("c-2", Some("another-bug"), &["s"])];
    check(&[entry("c-1", &["s"])], &clusters, &["open"], &["c-1"]);
}

#[test]
fn an_entry_of_another_migration_or_blame_accepts_nothing() {
    let clusters = [cluster("c-1", None, &["s"])];
    let elsewhere = Entry {
        migration: "other".to_owned(),
        ..entry("c-1", &["s"])
    };
    check(&[elsewhere], &clusters, &["open"], &[]);
    let blamed = Entry {
        blame: Some(Blame::Legacy),
        ..entry("c-1", &["s"])
    };
    check(&[blamed], &clusters, &["open"], &["c-1"]);
}

#[test]
fn an_entry_holds_on_its_last_day_and_no_longer() {
    let (entries, clusters) = ([entry("c-1", &[])], [cluster("c-1", None, &["s"])]);
    for (today, standing) in [
        ("2027-01-30", "accepted as c-1"),
        ("2027-01-31", "accepted as c-1"),
        ("2027-02-01", "expired as c-1"),
    ] {
        assert_eq!(
            judged(&entries, today, &clusters),
            (strings(&[standing]), Vec::new()),
            "{today}"
        );
    }
}

#[test]
fn of_two_entries_for_a_cluster_one_that_holds_decides() {
    let over = Entry {
        expires: date("2026-01-01"),
        ..entry("c-8", &["s"])
    };
    let clusters = [cluster("c-1", None, &["s"])];
    check(&[over, entry("c-9", &["s"])], &clusters, &["accepted as c-9"], &[]);
}

#[test]
fn without_a_cluster_every_entry_is_stale() {
    check(&[entry("c-1", &["s"]), entry("c-2", &[])], &[], &[], &["c-1", "c-2"]);
}

#[test]
fn the_first_entry_makes_a_file_that_explains_itself() {
    insta::assert_snapshot!(edited("", Edit::Put(&good())));
}

#[test]
fn an_edit_keeps_comments_and_order() {
    let text = format!("{GOOD}\n# At the end.\n");
    let renewed = Entry {
        expires: date("2028-02-29"),
        ..good()
    };
    let changed = edited(&text, Edit::Put(&renewed));
    assert_eq!(changed, text.replace("2027-01-31", "2028-02-29"));
    let longer = edited(&text, Edit::Put(&entry("c-2", &[])));
    assert!(
        longer.starts_with(GOOD) && longer.ends_with("# At the end.\n"),
        "{longer}"
    );
    assert_eq!(edited(&longer, Edit::Remove(&entry("c-2", &[]))), text);
    assert_eq!(edited(&text, Edit::Remove(&entry("c-3", &[]))), text);
}

#[test]
fn what_is_said_of_others_stays_when_an_entry_goes() {
    let text = GOOD.replace("# Asked", "# Payments:\n\n# Asked");
    let two = edited(&text, Edit::Put(&entry("c-2", &[])));
    let one = edited(&two, Edit::Remove(&good()));
    assert!(one.contains("# Payments:") && !one.contains("# Asked"), "{one}");
    assert!(edited(&one, Edit::Remove(&entry("c-2", &[]))).contains("# Payments:"));
}

#[test]
fn a_list_written_in_one_line_can_be_added_to() {
    let text = "format_version = 1\ndivergence = [{ cluster = \"c-1\", migration = \"m\", blame = \"both\", reason = \"r\", owner = \"o\", expires = 2027-01-31 }]\n";
    let ledger = Ledger::parse("l", &edited(text, Edit::Put(&good()))).unwrap();
    let ids: Vec<&str> = ledger.entries().iter().map(|entry| &*entry.cluster).collect();
    assert_eq!(ids, ["c-1", "c-1a2b3c4d"]);
}

#[test]
fn a_ledger_that_is_wrong_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    std::fs::write(&path, "format_version = 7\n").unwrap();
    assert!(matches!(
        Ledger::edit(&path, &[Edit::Put(&good())]),
        Err(EditError::Ledger(_))
    ));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "format_version = 7\n");
    std::fs::remove_file(&path).unwrap();
    let written = Ledger::edit(&path, &[Edit::Put(&good())]).unwrap();
    assert_eq!(written.entries(), Ledger::read(&path).unwrap().entries());
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1);
}

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let word = || "\\PC{0,3}[a-zé\"'\\\\#]\n?\\PC{0,3}";
    let texts = (word(), word(), word(), word());
    let optional = (
        proptest::option::of(word()),
        proptest::option::of(word()),
        proptest::option::of(word()),
        proptest::collection::btree_set(word(), 0..3),
    );
    let blame = proptest::sample::select(vec![None, Some(Blame::New), Some(Blame::Legacy), Some(Blame::Both)]);
    let entry = (texts, optional, blame, 0..30_000_u32).prop_map(|(texts, optional, blame, days)| Entry {
        cluster: texts.0,
        migration: texts.1,
        blame,
        aspect: days.is_multiple_of(2).then_some(Aspect::Hang),
        path: optional.0,
        like: optional.1,
        about: optional.2,
        signatures: optional.3,
        reason: texts.2,
        owner: texts.3,
        expires: Date::from_days(days),
    });
    proptest::collection::vec(entry, 1..4)
}

proptest! {
    #[test]
    fn a_ledger_that_is_read_back_is_what_was_written(written in entries()) {
        let mut text = String::new();
        let mut expected: Vec<Entry> = Vec::new();
        for entry in &written {
            text = edited(&text, Edit::Put(entry));
            let key = (&*entry.cluster, &*entry.migration, entry.blame);
            match expected.iter_mut().find(|other| other.is_for(key)) {
                Some(known) => known.clone_from(entry),
                None => expected.push(entry.clone()),
            }
        }
        let read = Ledger::parse("l", &text).expect("it can be read");
        prop_assert_eq!(read.entries(), &*expected);
        for entry in &expected {
            text = edited(&text, Edit::Remove(entry));
        }
        let read = Ledger::parse("l", &text).expect("it can be read");
        prop_assert!(read.entries().is_empty());
    }
}
