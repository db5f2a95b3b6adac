//! The record on disk: whole, or not at all.

use std::fs;

use super::*;

fn manifest() -> Manifest {
    let engine = |name: &str| EngineRecord {
        description: Description {
            name: name.into(),
            version: "1".into(),
            capabilities: FeatureSet::all(),
            formats: [contract::Format::Dag].into(),
            reports: contract::EventKind::ALL.into(),
            volatile: Vec::new(),
        },
        options: Options::default(),
    };
    Manifest {
        generated: 2,
        ..Manifest::new("m", ["l", "n", "r"].map(engine), &Cases::new(Vec::new(), None))
    }
}

fn line(index: u64) -> CaseLine {
    let judgement = Judgement::NotCompared {
        new_lacks: FeatureSet::EMPTY,
        legacy_lacks: FeatureSet::all(),
        format: None,
    };
    CaseLine {
        index,
        id: format!("c{index}"),
        tasks: 3,
        features: FeatureSet::EMPTY,
        judgement: CaseEnd::Judged(judgement),
    }
}

#[test]
fn what_is_written_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::create(folder.path(), &manifest()).unwrap();
    writer.append(&line(0)).unwrap();
    writer.append(&line(1)).unwrap();
    let record = Record::read(folder.path()).unwrap();
    assert_eq!(record.manifest, manifest());
    assert_eq!(record.verdict, None);
    assert_eq!(
        record.cases().unwrap().collect::<Result<Vec<_>, _>>().unwrap(),
        [line(0), line(1)]
    );
}

#[test]
fn a_last_line_cut_off_by_a_kill_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::create(folder.path(), &manifest()).unwrap();
    writer.append(&line(0)).unwrap();
    writer.append(&line(1)).unwrap();
    let cases = folder.path().join(CASES);
    let text = fs::read(&cases).unwrap();
    fs::write(&cases, &text[..text.len() - 5]).unwrap();
    let record = Record::read(folder.path()).unwrap();
    assert_eq!(
        record.cases().unwrap().collect::<Result<Vec<_>, _>>().unwrap(),
        [line(0)]
    );
}

#[test]
fn a_damaged_line_is_an_error_and_not_left_out() {
    let folder = tempfile::tempdir().unwrap();
    Writer::create(folder.path(), &manifest()).unwrap();
    fs::write(folder.path().join(CASES), "{\"index\": 0\n").unwrap();
    let record = Record::read(folder.path()).unwrap();
    assert!(matches!(
        record.cases().unwrap().next(),
        Some(Err(RecordError::Damaged { .. }))
    ));
}

#[test]
fn a_folder_with_other_things_in_it_is_not_written_to() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.txt"), "two years of work").unwrap();
    assert!(matches!(
        Writer::create(folder.path(), &manifest()),
        Err(RecordError::Occupied { .. })
    ));
}

#[test]
fn a_manifest_of_something_else_does_not_make_a_folder_a_record() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(MANIFEST), r#"{"name": "a web app"}"#).unwrap();
    fs::create_dir(folder.path().join("cases")).unwrap();
    let refused = Writer::create(folder.path(), &manifest());
    assert!(matches!(refused, Err(RecordError::Occupied { .. })));
    assert!(folder.path().join("cases").is_dir());
}

#[test]
fn an_earlier_record_is_replaced_with_its_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::create(folder.path(), &manifest()).unwrap();
    let verdict = Verdict::of(crate::verdict::Tally::default(), None, &Gates::default());
    writer.finish(&verdict).unwrap();
    assert_eq!(Record::read(folder.path()).unwrap().verdict, Some(verdict));
    Writer::create(folder.path(), &manifest()).unwrap();
    assert_eq!(Record::read(folder.path()).unwrap().verdict, None);
}

#[test]
fn a_record_of_another_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    Writer::create(
        folder.path(),
        &Manifest {
            format_version: 2,
            ..manifest()
        },
    )
    .unwrap();
    let error = Record::read(folder.path()).unwrap_err().to_string();
    assert!(error.contains("its format version is 2, this build reads 1"), "{error}");
}
