//! A loop that never gives control back ends the run, and leaves its record whole.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use contract::{Definition, Description, Engine, Feature, Loaded, Rejection};
use corpus::generate::{Dials, Generator};
use harness::record::{CaseEnd, Record};
use harness::run::Cases;

use crate::support::{lines, migration, registered, run_with_patience};

/// Set in the process that is to get stuck: where its record belongs.
const FOLDER: &str = "CUTOVER_TEST_ENDLESS";
const STUCK: i32 = 5;

/// A real engine that loops on the definition of one case.
struct Endless(Arc<dyn Engine>, Definition);

impl Engine for Endless {
    fn describe(&self) -> Description {
        self.0.describe()
    }

    fn load(&self, definition: &Definition) -> Result<Box<dyn Loaded>, Rejection> {
        if *definition == self.1 {
            loop {
                std::hint::spin_loop();
            }
        }
        self.0.load(definition)
    }
}

#[test]
fn a_loop_that_never_yields_is_named_and_leaves_the_record_whole() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return get_stuck(Path::new(&folder));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let status = child(folder.path()).status().expect("the test can be started");
    assert_eq!(status.code(), Some(STUCK));
    assert_eq!(
        Record::read(folder.path()).expect("the manifest is whole").verdict,
        None
    );
    let (endless, judged): (Vec<_>, Vec<_>) = lines(folder.path())
        .into_iter()
        .partition(|line| matches!(line.judgement, CaseEnd::Endless { .. }));
    // The other thread did all the rest.
    assert_eq!(judged.len(), 19);
    let engine = "flow".to_owned();
    assert_eq!(endless[0].judgement, CaseEnd::Endless { engine });
    assert_eq!((endless[0].index, &*endless[0].id), (7, "dialled1-7"));
}

#[expect(
    clippy::disallowed_methods,
    reason = "a thread that loops cannot be stopped, so the loop has to be in another process"
)]
fn child(folder: &Path) -> Command {
    let mut child = Command::new(std::env::current_exe().expect("the path of this test"));
    child
        .args([
            "--exact",
            "endless::a_loop_that_never_yields_is_named_and_leaves_the_record_whole",
        ])
        .env(FOLDER, folder)
        .stdout(Stdio::null());
    child
}

/// Runs the engine, with a patience of one look. Does not return if the watchdog does its work.
fn get_stuck(folder: &Path) {
    // Generated ones: on cases from files new would be killed again and again, and the other
    // thread has no longer than the patience lasts.
    let generator = Generator::new(1, Dials::only([Feature::Needs].into()));
    let new = Endless(registered("flow"), generator.case(7).definition);
    let engines = migration(registered("dataflow"), Arc::new(new));
    run_with_patience(
        1,
        &engines,
        &Cases::new(Vec::new(), Some((generator, 20))),
        folder,
        &|_| std::process::exit(STUCK),
    );
}
