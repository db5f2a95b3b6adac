//! Damage: any byte that changed and any file that was cut short is named, or makes no difference at all.

use super::*;

/// A little of everything, and before that enough runs for trees of more than one level.
fn written() -> Vec<Operation> {
    let one = workflow("one", 2.5);
    let mut written: Vec<Operation> = (4..=9)
        .map(|number| Operation::Begin(begin(&format!("r-{number}"), &one)))
        .collect();
    written.extend((0..16).map(|number| Operation::Append(step("r-4", number))));
    written.extend(operations());
    // Too long for one page.
    written.push(Operation::Append(Step {
        record: vec![7; 600],
        ..step("r-4", 16)
    }));
    written
}

/// A journal with its log, as a crash leaves it; or without, as it is after it was closed in order.
fn sample(folder: &Path, closed: bool) -> PathBuf {
    let store = quick().open(folder.join("live")).expect("a new journal");
    let mut operations = written();
    let half = if closed { operations.len() } else { operations.len() - 5 };
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
#[derive(Clone)]
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
        let operations = written();
        Self {
            content: read.collect(),
            path,
            expected: expected(&operations, operations.len()),
        }
    }

    /// From now on, they lie in a folder of their own beside the others.
    fn lie_in(&mut self, folder: &str) {
        let inside = |path: &Path| {
            let parent = path.parent().expect("a file is in a folder").join(folder);
            fs::create_dir_all(&parent).expect("a folder");
            parent.join(path.file_name().expect("a file has a name"))
        };
        self.path = inside(&self.path);
        for (name, _) in &mut self.content {
            *name = inside(name);
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

/// Tries every one of many in an optimised build, or each `stride`th, and about 1,000 of them else; always those that `must`
/// names. Gives how many were tried, and how many of these were named.
///
/// Each thread has copies of its own. What is tried does not depend on how many there are.
fn try_all(
    files: &Files,
    many: &[(usize, usize)],
    stride: usize,
    must: impl Fn(usize, usize) -> bool,
    damage: impl Fn(&Files, usize, usize, u64) -> bool + Sync,
) -> (usize, usize) {
    let mut dice = Dice(many.len() as u64);
    let stride = if cfg!(debug_assertions) {
        (many.len() / 1_000).max(1)
    } else {
        stride
    };
    let chosen: Vec<(usize, usize, u64)> = many
        .iter()
        .map(|&(file, at)| ((file, at, dice.roll()), dice.roll()))
        .filter(|&((file, at, _), roll)| must(file, at) || (roll as usize).is_multiple_of(stride))
        .map(|(chosen, _)| chosen)
        .collect();
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = |thread: usize| {
        let mut own = files.clone();
        own.lie_in(&format!("{thread}"));
        let part = chosen.iter().skip(thread).step_by(threads);
        part.filter(|&&(file, at, roll)| damage(&own, file, at, roll)).count()
    };
    let named = std::thread::scope(|scope| {
        let shares: Vec<_> = (0..threads).map(|thread| scope.spawn(move || share(thread))).collect();
        let counts = shares.into_iter().map(|share| match share.join() {
            Ok(count) => count,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        counts.sum()
    });
    (chosen.len(), named)
}

/// The kinds of pages of a database, by their first byte: <https://sqlite.org/fileformat2.html#b_tree_pages>. A page that
/// is no part of a tree, but holds what did not fit into one, begins with the number of another page.
fn kinds(pages: impl Iterator<Item = u8>) -> std::collections::BTreeSet<&'static str> {
    let kind = |first| match first {
        2 => "inside of an index",
        5 => "inside of a table",
        10 => "leaf of an index",
        13 => "leaf of a table",
        b'S' => "first page",
        0 => "overflow",
        _ => "other",
    };
    pages.map(kind).collect()
}

const PAGE: usize = 512;
const FRAME: usize = 24;
const WAL: usize = 32;

/// Whether a byte says how others are to be read: those of headers, and the whole head.
fn is_structure(name: &Path, at: usize) -> bool {
    let name = name.to_string_lossy();
    if name.ends_with("-head") {
        return true;
    }
    if name.ends_with("-wal") {
        // Of the page in a frame, the header of its tree, too.
        return at < WAL || (at - WAL) % (FRAME + PAGE) < FRAME + 12;
    }
    at < 100 || at % PAGE < 12
}

fn everywhere(files: &Files) -> Vec<(usize, usize)> {
    let all = files.content.iter().zip(0..);
    all.flat_map(|((_, content), file)| (0..content.len()).map(move |at| (file, at)))
        .collect()
}

/// Flips bytes of all files.
fn flip(closed: bool) {
    let folder = folder();
    let files = Files::of(&sample(folder.path(), closed));
    // After closing, the head is as it was before.
    let must = |file: usize, at| {
        let name = &files.content[file].0;
        is_structure(name, at) && !(closed && name.to_string_lossy().ends_with("-head"))
    };
    // Most of what is in the file now was in the log before.
    let stride = if closed { 4 } else { 1 };
    let (tried, named) = try_all(&files, &everywhere(&files), stride, must, |files, file, at, roll| {
        let mask = 1 + (roll % 255) as u8;
        files.put(file, |bytes| bytes[at] ^= mask);
        files.check(&|| format!("byte {at} ^ {mask:#x} of {}", files.content[file].0.display()))
    });
    println!("{named} of {tried} flipped bytes were named, closed: {closed}");
    assert!(
        tried > 1_000 && named > tried / 4,
        "{named} of {tried} flips were named"
    );
}

#[test]
fn the_sample_has_pages_of_every_kind() {
    let every = [
        "first page",
        "inside of a table",
        "inside of an index",
        "leaf of a table",
        "leaf of an index",
        "overflow",
    ];
    let folder = folder();
    let files = Files::of(&sample(folder.path(), false));
    let pages = files.content[0].1.chunks(PAGE).map(|page| page[0]);
    let frames = files.content[1].1[WAL..].chunks(FRAME + PAGE).map(|frame| frame[FRAME]);
    assert_eq!([kinds(pages), kinds(frames)], [every.into(), every.into()]);
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
    // At and beside every edge, besides what is sampled.
    let must = |file: usize, length: usize| {
        let (name, content) = &files.content[file];
        let edge = match name.to_string_lossy() {
            name if name.ends_with("-wal") => length.saturating_sub(WAL) % (FRAME + PAGE),
            name if name.ends_with("-head") => length % 512,
            _ => length % PAGE,
        };
        // Only of the database are there lengths that are much like others: all those within one page.
        edge <= 1 || length + 1 == content.len() || (file > 0 && !cfg!(debug_assertions))
    };
    let (tried, named) = try_all(&files, &everywhere(&files), 4, must, |files, file, length, _| {
        files.put(file, |bytes| bytes.truncate(length));
        files.check(&|| format!("{} cut to {length}", files.content[file].0.display()))
    });
    println!("{named} of {tried} lengths were named");
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
    let operations = written();
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
        "8 of 9 runs are there",
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
