//! The runs to look at, made once, and a browser for each test.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use browser::chromium::ChromiumError;
use browser::poison::poison;
use browser::records::{Run, compare, render};
use browser::{Chromium, Look, Page};
use tempfile::TempDir;

/// Bugs of several sorts: in the order of calls, in how often they are made, in time, in what is said, and in rules.
pub(crate) const BUGS: [&str; 6] = [
    "ignores-the-last-need-of-a-join",
    "never-compensates",
    "goes-on-after-a-failure",
    "ignores-priority",
    "answers-become-texts",
    "limit-plus-one",
];

/// The pages, by what their run came to.
pub(crate) struct Pages {
    pub(crate) passing: PathBuf,
    pub(crate) failing: PathBuf,
    pub(crate) open: PathBuf,
    pub(crate) hostile: PathBuf,
    /// Against the failing one, with other bugs.
    pub(crate) later: PathBuf,
    _folder: TempDir,
}

impl Pages {
    /// Each page, and what it says in a word.
    pub(crate) fn all(&self) -> [(&PathBuf, &'static str); 5] {
        [
            (&self.passing, "PASS"),
            (&self.failing, "FAIL"),
            (&self.open, "INCONCLUSIVE"),
            (&self.hostile, "FAIL"),
            (&self.later, "FAIL"),
        ]
    }
}

/// The pages. They are made once.
pub(crate) fn pages() -> &'static Pages {
    static PAGES: OnceLock<Pages> = OnceLock::new();
    PAGES.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let several = Run {
            generated: 300,
            rules: 60,
            planted: &BUGS,
            ..Run::default()
        };
        let failing = compare(&several, &at("failing"));
        let passing = compare(
            &Run {
                generated: 60,
                rules: 30,
                ..Run::default()
            },
            &at("passing"),
        );
        // Only what legacy lacks: nothing is known of parity.
        let asks = corpus::load::load(&root().join("corpus/cases/ask")).expect("there are pinned cases");
        let open = compare(
            &Run {
                listed: asks,
                ..Run::default()
            },
            &at("open"),
        );
        let later = compare(
            &Run {
                generated: 200,
                planted: &BUGS[2..],
                against: Some(&at("failing")),
                ..Run::default()
            },
            &at("later"),
        );
        compare(
            &Run {
                generated: 120,
                rules: 20,
                planted: &BUGS[..3],
                against: Some(&at("failing")),
                ..Run::default()
            },
            &at("hostile"),
        );
        poison(&at("hostile"));
        Pages {
            hostile: render(&at("hostile")),
            passing,
            failing,
            open,
            later,
            _folder: folder,
        }
    })
}

/// The repository.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Whether what is missing is an error: nobody looks at what CI skips.
fn is_ci() -> bool {
    std::env::var_os("CI").is_some()
}

/// A browser. `None`: there is none, and this is a machine where that may be; it is said.
pub(crate) fn browser() -> Option<Chromium> {
    match Chromium::start() {
        Ok(browser) => Some(browser),
        Err(error @ ChromiumError::Missing) if !is_ci() => {
            eprintln!("NOT TESTED: {error}; `cargo xtask test --step browser` installs it");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// A file of a package that `cargo xtask test` gets with npm. `None`: it is not there, and this is a machine where that may be;
/// it is said.
pub(crate) fn from_npm(path: &str) -> Option<String> {
    match fs::read_to_string(root().join("target/browser/node_modules").join(path)) {
        Ok(source) => Some(source),
        Err(_) if !is_ci() => {
            eprintln!(
                "NOT TESTED: {path} is not in target/browser; `cargo xtask test --step browser` gets it with npm"
            );
            None
        }
        Err(error) => panic!("{path} is not in target/browser ({error}); `cargo xtask test --step browser` gets it"),
    }
}

/// Opens `file`, and sees that nothing went wrong.
pub(crate) fn open<'a>(browser: &'a Chromium, look: Look, file: &Path, hash: &str) -> Page<'a> {
    let page = browser.page(look).expect("a tab");
    page.open(file, hash).expect("it opens");
    check(&page);
    page
}

/// Sees that nothing went wrong so far.
#[track_caller]
pub(crate) fn check(page: &Page<'_>) {
    assert_eq!(page.problems(), Vec::<String>::new());
}

/// What an expression comes to, as text.
#[track_caller]
pub(crate) fn text(page: &Page<'_>, expression: &str) -> String {
    match page.evaluate(expression).expect("it is no error") {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}
