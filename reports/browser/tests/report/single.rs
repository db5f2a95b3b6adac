//! The page of one case, whatever its size.

use std::fs;
use std::path::PathBuf;

use browser::records::single;
use browser::{Look, Page};
use corpus::Case;
use corpus::load::load;

use crate::support::{browser, from_npm, open, root, text};

/// The largest of the executions that were recorded elsewhere.
const LARGEST: &str = "../shared/corpus/wfinstances/pegasus/montage/montage-chameleon-2mass-05d-001.json.gz";
const BUG: &str = "ignores-the-last-need-of-a-join";

/// `None`: it is not on this machine, and that is said: it is not of this repository.
fn largest() -> Option<Case> {
    let path = root().join(LARGEST);
    if path.is_file() {
        return Some(load(&path).expect("it can be imported").remove(0));
    }
    eprintln!("NOT TESTED: there is no {LARGEST}");
    None
}

fn page(case: &Case, folder: &tempfile::TempDir) -> PathBuf {
    let file = folder.path().join("case.html");
    fs::write(&file, single(case, &[BUG])).expect("there is room");
    file
}

fn joins() -> Case {
    load(&root().join("corpus/cases/durable/before-anything-ended.json"))
        .expect("it is pinned")
        .remove(0)
}

fn count(page: &Page<'_>, selector: &str) -> usize {
    let counted = text(page, &format!("document.querySelectorAll('{selector}').length"));
    counted.parse().expect("a number")
}

#[test]
fn a_real_execution_is_drawn_layer_by_layer_with_what_differs() {
    let (Some(browser), Some(case)) = (browser(), largest()) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = page(&case, &folder);
    let size = fs::metadata(&file).expect("it is there").len();
    assert!(size < 5_000_000, "{size} bytes");
    for look in [Look::DESK, Look::PHONE] {
        let page = open(&browser, look, &file, "");
        assert_eq!(text(&page, "document.querySelector('h1 .word').textContent"), "DIFFERS");
        assert!(text(&page, "document.querySelector('.facts').textContent").starts_with("1,738 tasks"));
        // As many layers as it has, each with its bar, and none of the tasks on its own.
        assert_eq!((count(&page, ".dag .node"), count(&page, ".dag g")), (0, 8));
        assert!(count(&page, ".dag .strip.differs") > 1);
        let beyond = "[...document.querySelectorAll('.dag svg text')].filter(each => each.getBBox().x + each.getBBox().width > 1044).length";
        assert_eq!(text(&page, beyond), "0");
        // Of too many steps, those that differ are there.
        assert_eq!(
            (count(&page, ".steps tbody tr"), count(&page, ".steps .first")),
            (200, 1)
        );
        let width = "[document.documentElement.scrollWidth, innerWidth].join()";
        assert_eq!(text(&page, width), format!("{0},{0}", look.width));
    }
}

#[test]
fn a_page_of_one_case_has_no_script_and_nothing_that_keeps_people_out() {
    let (Some(browser), Some(axe)) = (browser(), from_npm("axe-core/axe.min.js")) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = page(&joins(), &folder);
    for look in [Look::DESK, Look::DESK.dark(), Look::PHONE] {
        let page = open(&browser, look, &file, "");
        assert_eq!(count(&page, "script, button"), 0);
        assert!(count(&page, ".node.differs") > 0);
        let page = browser.page(look).expect("a tab");
        page.bypass_policy().expect("it can");
        page.open(&file, "").expect("it opens");
        page.evaluate(&axe).expect("it is a script");
        let found = text(
            &page,
            "axe.run(document, { resultTypes: ['violations'] }).then(result => result.violations \
             .filter(found => ['serious', 'critical'].includes(found.impact)).map(found => found.id + found.nodes[0].html).join())",
        );
        assert_eq!(found, "", "{look:?}");
    }
}
