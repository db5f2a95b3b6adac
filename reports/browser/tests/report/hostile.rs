//! Whatever a workflow, an engine or a person put into a record is text.

use browser::Look;
use browser::poison::HOSTILE;

use crate::support::{browser, check, open, pages, text};

#[test]
fn no_text_of_a_record_becomes_anything_else() {
    let Some(browser) = browser() else { return };
    for look in [Look::DESK, Look::DESK.without_script()] {
        let page = open(&browser, look, &pages().hostile, "");
        text(
            &page,
            "document.querySelectorAll('details').forEach(each => { each.open = true })",
        );
        assert_eq!(text(&page, "typeof window.__ran"), "undefined");
        let count = |selector: &str| text(&page, &format!("document.querySelectorAll(`{selector}`).length"));
        assert_eq!(
            [count("script"), count("style"), count("link"), count("head > title")],
            ["1", "1", "1", "1"],
            "{look:?}"
        );
        assert_eq!(
            count("img, iframe, base, math, object, embed, [autofocus], [srcdoc], meta[http-equiv=refresh]"),
            "0"
        );
        let handlers = "[...document.querySelectorAll('*')].flatMap(each => [...each.attributes]) \
                        .filter(each => each.name.startsWith('on') || each.value.trim().startsWith('javascript:')).length";
        assert_eq!(text(&page, handlers), "0");
        let away = "[...document.querySelectorAll('[href], [src]')].map(each => each.getAttribute('href') || each.getAttribute('src')) \
                    .filter(each => !/^(#|data:image.svg.xml,|[a-z]+([/.]|$))/.test(each)).join(' ')";
        assert_eq!(text(&page, away), "");
        check(&page);
    }
}

#[test]
fn hostile_text_is_shown_as_it_is_written() {
    let Some(browser) = browser() else { return };
    let page = open(&browser, Look::DESK, &pages().hostile, "");
    let seen = text(&page, "document.body.textContent");
    for hostile in &HOSTILE[..21] {
        // Ids are cut where they stand in pictures, but each text stands whole somewhere.
        assert!(seen.contains(hostile), "{hostile} is not shown");
    }
    // What could hide, reverse or colour is shown by its number.
    assert!(seen.contains("\\u{202e}txt.exe\\u{0}\\u{1b}[31m \\u{2028}"));
    let at = seen
        .find('\u{202e}')
        .map(|at| seen[..at].chars().rev().take(80).collect::<String>());
    assert_eq!(at.map(|text| text.chars().rev().collect::<String>()), None);
}

#[test]
fn a_script_that_got_into_the_page_would_not_run() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("broken.html");
    let whole = std::fs::read_to_string(&pages().failing).expect("it was written");
    let broken = whole.replacen(
        "<main>",
        "<main><script>window.__ran=1</script><img src=x onerror='window.__ran=1'>",
        1,
    );
    std::fs::write(&file, broken).expect("there is room");
    let page = browser.page(Look::DESK).expect("a tab");
    page.open(&file, "").expect("it opens");
    assert_eq!(text(&page, "typeof window.__ran"), "undefined");
    let problems = page.problems().join("\n");
    assert!(problems.contains("Content Security Policy"), "{problems}");
}
