//! However somebody looks at it: by day and night, on a desk and on a phone, without scripts, with a screen reader.

use browser::Look;

use crate::support::{browser, check, from_npm, open, pages, text};

const LOOKS: [Look; 5] = [
    Look::DESK,
    Look::DESK.dark(),
    Look::PHONE,
    Look::PHONE.dark(),
    Look::DESK.without_script(),
];

#[test]
fn every_page_opens_without_an_error_and_without_a_request() {
    let Some(browser) = browser() else { return };
    for (file, word) in pages().all() {
        for look in LOOKS {
            let page = open(&browser, look, file, "");
            let title = text(&page, "document.title");
            assert!(title.starts_with(&format!("{word}: ")), "{title}");
            assert_eq!(text(&page, "document.querySelector('h1 .word').textContent"), word);
            assert!(text(&page, "document.querySelector('link[rel=icon]').href").starts_with("data:image/svg+xml,"));
        }
    }
}

#[test]
fn the_first_screen_says_what_is_wrong_and_whose_fault_it_is() {
    let Some(browser) = browser() else { return };
    let page = open(&browser, Look::DESK, &pages().failing, "");
    let seen = text(
        &page,
        "[...document.querySelectorAll('h1, .top li, .more-top')].filter(each => each.getBoundingClientRect().bottom < 800) \
         .map(each => each.textContent.replace(/\\s+/g, ' ').trim()).join('\\n')",
    );
    let lines: Vec<&str> = seen.lines().collect();
    assert_eq!(lines[0], "FAIL Do not cut over");
    assert!(
        lines[1..4]
            .iter()
            .all(|line| line.ends_with(", flow (new) is to blame")),
        "{seen}"
    );
    assert!(lines[4].starts_with("and ") && lines[4].ends_with(" more"), "{seen}");
    let first = "[document.querySelector('.top a').hash.slice(1), document.querySelector('.cause').id].join(' ')";
    let first = text(&page, first);
    let (named, shown) = first.split_once(' ').expect("there are two");
    assert_eq!(named, shown);
    let passing = open(&browser, Look::DESK, &pages().passing, "");
    assert_eq!(text(&passing, "document.querySelectorAll('.top').length"), "0");
}

#[test]
fn nothing_is_wider_than_a_phone() {
    let Some(browser) = browser() else { return };
    for (file, _) in pages().all() {
        let page = open(&browser, Look::PHONE, file, "");
        text(
            &page,
            "document.querySelectorAll('details').forEach(each => { each.open = true })",
        );
        let widths = "[document.documentElement.scrollWidth, innerWidth].join(' of ')";
        let wide = text(
            &page,
            "[...document.querySelectorAll('main *')].filter(each => !each.parentElement.closest('.scroll, .hidden') && each.getBoundingClientRect().right > 400.5) \
             .sort((one, other) => other.getBoundingClientRect().right - one.getBoundingClientRect().right).slice(0, 3).map(each => each.outerHTML.slice(0, 120)).join(' ')",
        );
        assert_eq!(text(&page, widths), "400 of 400", "{}: {wide}", file.display());
    }
}

#[test]
fn a_dark_setting_gives_a_dark_page() {
    let Some(browser) = browser() else { return };
    let ground = "getComputedStyle(document.body).backgroundColor";
    let light = open(&browser, Look::DESK, &pages().failing, "");
    assert_eq!(text(&light, ground), "rgb(255, 255, 255)");
    let dark = open(&browser, Look::DESK.dark(), &pages().failing, "");
    assert_eq!(text(&dark, ground), "rgb(20, 23, 26)");
}

#[test]
fn everything_can_be_read_without_a_script() {
    let Some(browser) = browser() else { return };
    let page = open(&browser, Look::DESK.without_script(), &pages().failing, "");
    let is_seen = |selector: &str| {
        let expression = format!("document.querySelector('{selector}').checkVisibility()");
        text(&page, &expression) == "true"
    };
    for selector in [
        "h1",
        ".gates tbody tr",
        ".cause h3",
        ".cause .command code",
        ".dag svg",
        ".timeline svg",
        ".steps",
        ".matrix",
        "#run-command",
    ] {
        assert!(is_seen(selector), "{selector} is not seen");
    }
    // What would do nothing is not there.
    for selector in ["#search", ".copy"] {
        assert!(!is_seen(selector), "{selector} is seen");
    }
    // A closed part opens without a script.
    assert!(!is_seen("#cases tbody tr"));
    text(&page, "document.querySelector('#cases > summary').click()");
    assert!(is_seen("#cases tbody tr"));
}

#[test]
fn a_link_to_a_cause_works_without_a_script() {
    let Some(browser) = browser() else { return };
    let page = open(&browser, Look::DESK, &pages().failing, "");
    let last = text(&page, "[...document.querySelectorAll('.cause')].at(-1).id");
    let page = open(
        &browser,
        Look::DESK.without_script(),
        &pages().failing,
        &format!("#{last}"),
    );
    let top = format!("document.getElementById('{last}').getBoundingClientRect().top");
    let top: f64 = text(&page, &top).parse().expect("a number");
    assert!((0.0..900.0).contains(&top), "it is at {top}");
}

#[test]
fn a_checker_of_accessibility_finds_nothing_serious() {
    let (Some(browser), Some(axe)) = (browser(), from_npm("axe-core/axe.min.js")) else {
        return;
    };
    let pages = pages();
    let by_day = pages.all().map(|(file, word)| (file, word, Look::DESK));
    let otherwise = [Look::DESK.dark(), Look::PHONE].map(|look| (&pages.failing, "FAIL", look));
    for (file, word, look) in by_day.into_iter().chain(otherwise) {
        let page = browser.page(look).expect("a tab");
        page.bypass_policy().expect("it can");
        page.open(file, "").expect("it opens");
        text(
            &page,
            "document.querySelectorAll('details').forEach(each => { each.open = true })",
        );
        page.evaluate(&axe).expect("it is a script");
        let found = text(
            &page,
            "axe.run(document, { resultTypes: ['violations'] }).then(result => result.violations \
             .filter(found => ['serious', 'critical'].includes(found.impact)) \
             .map(found => found.id + ': ' + found.nodes.length + ' × ' + found.nodes[0].html.slice(0, 200) + ' ' \
             + found.nodes[0].failureSummary).join('\\n'))",
        );
        assert_eq!(found, "", "on the page {word}, {look:?}");
    }
}

#[test]
fn every_control_is_reached_with_the_tab_key_and_shows_it() {
    let Some(browser) = browser() else { return };
    let page = open(&browser, Look::DESK, &pages().failing, "");
    let all: usize = text(
        &page,
        "[...document.querySelectorAll('a[href], button, input, summary')].filter(each => each.checkVisibility()).length",
    )
    .parse()
    .expect("a number");
    text(&page, "window.__reached = new Set(); window.__unmarked = []");
    // Regions that scroll are stopped at too.
    for _ in 0..all + 60 {
        page.press("Tab").expect("it can be pressed");
        text(
            &page,
            "(() => { const at = document.activeElement; if (at.matches('a[href], button, input, summary')) __reached.add(at); \
             if (at !== document.body && getComputedStyle(at).outlineStyle === 'none') __unmarked.push(at.outerHTML.slice(0, 80)); })()",
        );
    }
    assert_eq!(text(&page, "__reached.size"), all.to_string());
    assert_eq!(text(&page, "__unmarked.join()"), "");
    check(&page);
}
