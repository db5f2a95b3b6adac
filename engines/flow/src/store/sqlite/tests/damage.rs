//! Damage: any byte that changed and any file that was cut short is named, or makes no difference at all.

use super::*;

/// A journal with its log, as a crash leaves it; or without, as it is after it was closed in order.
fn sample(folder: &Path, closed: bool) -> PathBuf {
    let store = quick().open(folder.join("live")).expect("a new journal");
    let mut operations = operations();
    let half = if closed { operations.len() } else { operations.len() / 2 };
    let rest = operations.split_off(half);
    for operation in operations {
        wait(ask(&store, operation)).expect("it is kept");
    }
    drop(store);
    let store = quick().open(folder.join("live")).expect("the same journal");
    for operation in rest {
        wait(ask(&store, operation)).expect("it is kept");
    }
    let sample = folder.join("sample");
    let path = store.path().to_owned();
    if closed {
        drop(store);
    }
    copy(&path, &sample);
    sample
}

fn read(path: &Path) -> Result<String, StoreError> {
    content(&quick().open(path)?)
}

/// The files of a journal, to be damaged and put back.
struct Files {
    path: PathBuf,
    content: Vec<(PathBuf, Vec<u8>)>,
    expected: String,
}

impl Files {
    fn of(sample: &Path) -> Self {
        let path = sample.with_extension("damaged");
        let kept =
            ["", "-wal", "-head"].map(|end| (format!("{}{end}", sample.display()), format!("{}{end}", path.display())));
        let read = kept
            .into_iter()
            .filter_map(|(from, to)| Some((to.into(), fs::read(from).ok()?)));
        let operations = operations();
        Self {
            content: read.collect(),
            path,
            expected: expected(&operations, operations.len()),
        }
    }

    /// Puts all files there, with the content of one changed.
    fn put(&self, index: usize, change: impl FnOnce(&mut Vec<u8>)) {
        for end in ["-wal", "-shm", "-journal"] {
            let _ = fs::remove_file(format!("{}{end}", self.path.display()));
        }
        let mut changed = self.content[index].1.clone();
        change(&mut changed);
        for (other, (name, content)) in self.content.iter().enumerate() {
            let content = if other == index { &changed } else { content };
            fs::write(name, content).expect("a file that can be written");
        }
    }

    /// Whether the damage was named; it must be, unless nothing differs.
    #[track_caller]
    fn check(&self, what: &dyn Fn() -> String) -> bool {
        match read(&self.path) {
            Ok(content) => {
                assert_eq!(content, self.expected, "{} went unnoticed", what());
                false
            }
            Err(StoreError::Damaged { what: named }) => {
                assert!(named.contains("restore"), "{}: {named}", what());
                true
            }
            Err(error) => panic!("{} was called {error}", what()),
        }
    }
}

/// A generator of its own: the positions that are tried must not change with a dependency.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }
}

/// Flips bytes of all files: every one in an optimised build, and a sample and all headers else.
fn flip(closed: bool) {
    let folder = folder();
    let files = Files::of(&sample(folder.path(), closed));
    let mut dice = Dice(u64::from(closed));
    let total: usize = files.content.iter().map(|(_, content)| content.len()).sum();
    let (mut tried, mut named) = (0, 0);
    for (index, (name, content)) in files.content.iter().enumerate() {
        for position in 0..content.len() {
            let header = position < 128;
            if cfg!(debug_assertions) && !header && !(dice.roll() as usize).is_multiple_of((total / 1_500).max(1)) {
                continue;
            }
            let mask = 1 + (dice.roll() % 255) as u8;
            files.put(index, |bytes| bytes[position] ^= mask);
            tried += 1;
            named += usize::from(files.check(&|| format!("byte {position} ^ {mask:#x} of {}", name.display())));
        }
    }
    assert!(
        tried > 1_000 && named > tried / 4,
        "{named} of {tried} flips were named, in {total} bytes"
    );
}

#[test]
fn a_flipped_byte_after_a_crash_is_named_or_makes_no_difference() {
    flip(false);
}

#[test]
fn a_flipped_byte_after_closing_is_named_or_makes_no_difference() {
    flip(true);
}

#[test]
fn a_file_that_was_cut_short_is_named_or_makes_no_difference() {
    let folder = folder();
    let files = Files::of(&sample(folder.path(), false));
    let mut named = 0;
    for (index, (name, content)) in files.content.iter().enumerate() {
        let lengths = (0..content.len()).step_by(if cfg!(debug_assertions) { 131 } else { 7 });
        for length in lengths.chain([content.len() - 1]) {
            files.put(index, |bytes| bytes.truncate(length));
            named += u32::from(files.check(&|| format!("{} cut to {length}", name.display())));
        }
    }
    assert!(named > 100, "{named}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_is_written_over_a_file_is_named_or_makes_no_difference(
        closed: bool,
        index: usize,
        at: usize,
        noise: Vec<u8>,
    ) {
        let folder = folder();
        let files = Files::of(&sample(folder.path(), closed));
        let index = index % files.content.len();
        let at = at % files.content[index].1.len();
        files.put(index, |bytes| bytes.iter_mut().skip(at).zip(&noise).for_each(|(byte, noise)| *byte = *noise));
        files.check(&|| format!("{} bytes at {at} of {}", noise.len(), files.content[index].0.display()));
    }

    #[test]
    fn a_block_of_zeros_is_named_or_makes_no_difference(closed: bool, index: usize, block: usize) {
        let folder = folder();
        let files = Files::of(&sample(folder.path(), closed));
        let index = index % files.content.len();
        let block = block % files.content[index].1.len().div_ceil(512) * 512;
        files.put(index, |bytes| bytes.iter_mut().skip(block).take(512).for_each(|byte| *byte = 0));
        files.check(&|| format!("zeros at {block} of {}", files.content[index].0.display()));
    }
}

#[test]
fn a_missing_file_is_named() {
    let folder = folder();
    let files = Files::of(&sample(folder.path(), false));
    for (index, (name, _)) in files.content.iter().enumerate() {
        files.put(index, |_| {});
        fs::remove_file(name).expect("a file");
        assert!(files.check(&|| format!("{} removed", name.display())));
    }
}

#[test]
fn commits_that_the_log_has_lost_are_counted_and_can_be_given_up() {
    let folder = folder();
    let files = Files::of(&sample(folder.path(), false));
    files.put(1, |bytes| *bytes.last_mut().expect("a log") ^= 1);
    let error = read(&files.path).expect_err("a commit is lost").to_string();
    assert!(error.contains("has lost the last 1 of "), "{error}");
    assert!(error.contains("trust(Trust::Database)"), "{error}");
    // Refusing changed nothing: the same again.
    assert_eq!(read(&files.path).expect_err("still lost").to_string(), error);
    let store = quick().trust(Trust::Database).open(&files.path).expect("what is there");
    let operations = operations();
    assert_eq!(content(&store), Ok(expected(&operations, operations.len() - 1)));
    drop(store);
    assert_eq!(
        read(&files.path),
        Ok(expected(&operations, operations.len() - 1)),
        "accepted for good"
    );
}

#[test]
fn a_copy_that_mixes_two_moments_is_named() {
    let folder = folder();
    let path = folder.path().join("live");
    let store = quick().open(&path).expect("a new journal");
    let one = workflow("one", 1.0);
    // Enough runs that a later commit touches few of the pages that the copy has of old.
    for index in 0..60 {
        wait(store.begin(begin(&format!("r-{index}"), &one))).expect("it is kept");
    }
    drop(store);
    let store = quick().open(&path).expect("the same journal");
    let early = fs::read(&path).expect("the database, copied first");
    wait(store.append(step("r-10", 0))).expect("it is kept");
    drop(store);
    let store = quick().open(&path).expect("the same journal");
    wait(store.append(step("r-55", 0))).expect("it is kept");
    let mixed = folder.path().join("mixed");
    copy(store.path(), &mixed);
    fs::write(&mixed, early).expect("a copy");
    for trust in [Trust::Nobody, Trust::Database] {
        let error = quick().trust(trust).open(&mixed).expect_err("r-10 has lost its step");
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    }
}

#[test]
fn the_head_of_another_journal_is_named() {
    let folder = folder();
    let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
    for path in [&one, &two] {
        drop(quick().open(path).expect("a new journal"));
    }
    fs::copy(format!("{}-head", one.display()), format!("{}-head", two.display())).expect("a copy");
    let error = read(&two).expect_err("it belongs to another").to_string();
    assert!(error.contains("belongs to another journal"), "{error}");
}

#[test]
fn rows_that_somebody_changed_by_hand_are_named_with_their_run() {
    let check = |sql: &str, expected: &str| {
        let folder = folder();
        let path = sample(folder.path(), true);
        plain(&path).execute_batch(sql).expect("right SQL");
        let error = read(&path).expect_err(sql).to_string();
        assert!(error.contains(expected), "{sql}: {error}");
    };
    check(
        "UPDATE journal SET record = x'00' WHERE execution = 'r-1' AND number = 1",
        "the record 1 in `journal`",
    );
    check(
        "DELETE FROM journal WHERE execution = 'r-1' AND number = 0",
        "the record 0 in `journal`",
    );
    check(
        "DELETE FROM journal WHERE execution = 'r-3' AND number = 1",
        "1 of 2 records",
    );
    check(
        "UPDATE journal SET execution = 'r-3', number = 2 WHERE execution = 'r-1' AND number = 2",
        "of the run `r-1`",
    );
    check(
        "UPDATE user_input_responses SET response_value = 'false' WHERE id = 'r-1/2/0'",
        "of the run `r-1`",
    );
    check("DELETE FROM user_input_responses", "of the run `r-1`");
    check(
        "UPDATE workflow_executions SET state = 'running' WHERE id = 'r-3'",
        "of the run `r-3`",
    );
    check(
        "UPDATE workflow_executions SET input = '1' WHERE id = 'r-2'",
        "of the run `r-2`",
    );
    check("DELETE FROM journal_tails WHERE execution = 'r-2'", "the run `r-2`");
    check(
        "DELETE FROM journal WHERE execution = 'r-3'; DELETE FROM journal_tails WHERE execution = 'r-3';
         DELETE FROM workflow_executions WHERE id = 'r-3'",
        "2 of 3 runs are there",
    );
    check(
        "UPDATE workflows SET definition = replace(definition, '2.5', '3.5')",
        "in `workflows`",
    );
    check("UPDATE meta SET commits = commits + 1", "the row in the table `meta`");
    check(
        "DROP INDEX idx_workflow_executions_state",
        "the schema of `idx_workflow_executions_state`",
    );
}
