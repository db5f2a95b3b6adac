//! Crashes, as the files show them: whatever was on its way to the disk, what is found is a whole number of commits.

use super::*;

/// The files of a journal that is still open, after each of its commits.
fn snapshots(folder: &Path, operations: &[Operation]) -> Vec<PathBuf> {
    let store = quick().open(folder.join("live")).expect("a new journal");
    let mut snapshots = Vec::new();
    for count in 0..=operations.len() {
        if let Some(operation) = count.checked_sub(1).and_then(|index| operations.get(index)) {
            wait(ask(&store, operation.clone())).expect("it is kept");
        }
        let snapshot = folder.join(format!("after-{count}"));
        copy(store.path(), &snapshot);
        snapshots.push(snapshot);
    }
    snapshots
}

fn beside(path: &Path, end: &str) -> PathBuf {
    PathBuf::from(format!("{}{end}", path.display()))
}

#[test]
fn a_crash_after_a_commit_loses_nothing() {
    let folder = folder();
    let operations = operations();
    for (count, snapshot) in snapshots(folder.path(), &operations).iter().enumerate() {
        let store = quick().open(snapshot).expect("a journal after a crash");
        assert_eq!(content(&store), Ok(expected(&operations, count)));
        drop(store);
        let store = quick().open(snapshot).expect("a journal that was recovered");
        assert_eq!(content(&store), Ok(expected(&operations, count)));
    }
}

#[test]
fn a_crash_in_the_middle_of_a_commit_leaves_it_whole_or_not_there() {
    let folder = folder();
    let operations = operations();
    let snapshots = snapshots(folder.path(), &operations);
    let torn = folder.path().join("torn");
    for count in 1..=operations.len() {
        let [before, after] = [count - 1, count].map(|count| beside(&snapshots[count], "-wal"));
        let from = fs::read(before).expect("a log").len();
        let log = fs::read(after).expect("a log");
        assert!(from < log.len(), "the log only grows here");
        // The head is written when the commit is through: it still knows the one before.
        let cuts = (from..log.len())
            .step_by(97)
            .chain([from + 1, log.len() - 1, log.len()]);
        for cut in cuts {
            copy(&snapshots[count], &torn);
            fs::copy(beside(&snapshots[count - 1], "-head"), beside(&torn, "-head")).expect("a head");
            fs::write(beside(&torn, "-wal"), &log[..cut]).expect("a log");
            let store = quick().open(&torn).expect("a journal after a crash");
            let kept = if cut == log.len() { count } else { count - 1 };
            assert_eq!(
                content(&store),
                Ok(expected(&operations, kept)),
                "cut at {cut} of {}",
                log.len()
            );
        }
    }
}

#[test]
fn a_journal_goes_on_after_a_torn_commit() {
    let folder = folder();
    let operations = operations();
    let snapshots = snapshots(folder.path(), &operations);
    let last = operations.len();
    let torn = &snapshots[last];
    fs::copy(beside(&snapshots[last - 1], "-head"), beside(torn, "-head")).expect("a head");
    let log = fs::read(beside(torn, "-wal")).expect("a log");
    fs::write(beside(torn, "-wal"), &log[..log.len() - 40]).expect("a log");
    let store = quick().open(torn).expect("a journal after a crash");
    wait(ask(&store, operations[last - 1].clone())).expect("it goes on");
    drop(store);
    let store = quick().open(torn).expect("a journal that was closed in order");
    assert_eq!(content(&store), Ok(expected(&operations, last)));
}
