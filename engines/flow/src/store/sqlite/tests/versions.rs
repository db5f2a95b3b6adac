//! Files of other versions, of other applications, and of none.

use super::super::head::{self, Head};
use super::*;

const VERSION_1: &[&str] = &[schema::MIGRATIONS[0]];
/// What a later version may do: another table, and another column.
const VERSION_3: &[&str] = &[
    schema::MIGRATIONS[0],
    "CREATE TABLE notes (execution TEXT NOT NULL, note TEXT NOT NULL);",
    "ALTER TABLE workflow_executions ADD COLUMN owner TEXT; CREATE INDEX idx_notes ON notes(execution);",
];

fn of(migrations: &'static [&'static str]) -> Options {
    let mut options = quick();
    options.tuning.migrations = migrations;
    options
}

#[test]
fn a_file_of_an_older_version_is_brought_up_to_date_with_all_that_is_in_it() {
    let folder = folder();
    let path = folder.path().join("journal");
    let operations = operations();
    let store = of(VERSION_1).open(&path).expect("a new journal");
    for operation in &operations {
        wait(ask(&store, operation.clone())).expect("it is kept");
    }
    drop(store);
    for _ in 0..2 {
        let store = of(VERSION_3)
            .open(&path)
            .expect("a journal of an older version, then of this one");
        assert_eq!(content(&store), Ok(expected(&operations, operations.len())));
        let sql = "SELECT owner FROM workflow_executions, notes";
        plain(&path).prepare(sql).expect("the new column and the new table");
        drop(store);
    }
    let connection = plain(&path);
    let version: i64 = connection
        .query_row("SELECT schema_version FROM meta", [], |row| row.get(0))
        .expect("a row");
    assert_eq!(version, 3);
}

#[test]
fn a_file_of_a_newer_version_is_refused_and_left_alone() {
    let folder = folder();
    let path = folder.path().join("journal");
    drop(of(VERSION_3).open(&path).expect("a new journal"));
    let before = fs::read(&path).expect("the file");
    let error = of(VERSION_1).open(&path).expect_err("it is newer");
    let path = path.canonicalize().expect("its name");
    assert_eq!(
        error.to_string(),
        format!(
            "`{}` has the schema version 3, and this version of flow knows none above 1; \
             open it with the flow that wrote it, or a newer one",
            path.display()
        )
    );
    assert_eq!(fs::read(&path).expect("the file"), before);
}

#[test]
fn a_migration_that_fails_changes_nothing() {
    const BROKEN: &[&str] = &[
        schema::MIGRATIONS[0],
        "CREATE TABLE notes (note TEXT); CREATE TABLE meta (id TEXT);",
    ];
    let folder = folder();
    let path = folder.path().join("journal");
    drop(of(VERSION_1).open(&path).expect("a new journal"));
    of(BROKEN).open(&path).expect_err("there is a table `meta` already");
    drop(of(VERSION_1).open(&path).expect("it is as it was"));
}

#[test]
fn a_file_that_is_no_journal_is_refused_and_left_alone() {
    let folder = folder();
    let check = |name: &str, what: &str| {
        let path = folder.path().join(name);
        let before = fs::read(&path).expect("the file");
        let error = Sqlite::open(&path).expect_err("no journal");
        let shown = path.canonicalize().expect("its name");
        let expected = format!(
            "`{}` is {what}, not a journal of flow; name another path",
            shown.display()
        );
        assert_eq!(error.to_string(), expected);
        assert_eq!(fs::read(&path).expect("the file"), before);
        assert!(!head::path_of(&path).exists());
    };
    fs::write(folder.path().join("letter"), "Dear reader, this is not a database.").expect("a file");
    check("letter", "not a SQLite database");
    let other = plain(&folder.path().join("other"));
    other.execute_batch("CREATE TABLE meta (id TEXT)").expect("a table");
    drop(other);
    check("other", "a SQLite database of another application");
}

#[test]
fn an_empty_file_becomes_a_journal() {
    let folder = folder();
    let path = folder.path().join("journal");
    fs::write(&path, "").expect("a file");
    drop(Sqlite::open(&path).expect("a new journal"));
    drop(Sqlite::open(&path).expect("the same journal"));
}

#[test]
fn making_a_journal_can_be_cut_short_anywhere() {
    let folder = folder();
    let path = folder.path().join("journal");
    // Right after the head was made; after the empty database was; and before the head was told of the finished one.
    drop(Head::create(&path).expect("a head"));
    drop(Sqlite::open(&path).expect("a new journal"));
    drop(Sqlite::open(&path).expect("the same journal"));
    let head = Head::open(&path).expect("nobody holds it").expect("a head");
    head.reset(&head::Commit::none(), false).expect("it can be written");
    drop(head);
    drop(Sqlite::open(&path).expect("the same journal"));
    for name in [path.clone(), head::path_of(&path)] {
        fs::remove_file(name).expect("a file");
    }
    fs::write(head::path_of(&path), "").expect("a file");
    drop(Sqlite::open(&path).expect("a new journal"));
}
