//! Searching, moving with keys, and addresses that keep the view.

use browser::{Look, Page};

use crate::support::{browser, check, open, pages, text};

/// The ids of the causes that are shown.
fn shown(page: &Page<'_>) -> Vec<String> {
    let ids = text(
        page,
        "[...document.querySelectorAll('.cause:not([hidden])')].map(each => each.id).join(' ')",
    );
    ids.split_whitespace().map(str::to_owned).collect()
}

fn focused(page: &Page<'_>) -> String {
    text(page, "document.activeElement.id")
}

fn hash(page: &Page<'_>) -> String {
    text(page, "decodeURIComponent(location.hash)")
}

/// The ids of the causes whose attribute holds the word.
fn having(page: &Page<'_>, attribute: &str, word: &str) -> Vec<String> {
    let ids = text(
        page,
        &format!(
            "[...document.querySelectorAll('.cause')].filter(each => (' ' + each.dataset.{attribute} + ' ').includes(' {word} ')) \
             .map(each => each.id).join(' ')"
        ),
    );
    ids.split_whitespace().map(str::to_owned).collect()
}

fn search(page: &Page<'_>, query: &str) {
    text(page, "document.getElementById('query').value = ''");
    page.press("/").expect("it can be pressed");
    text(page, "document.getElementById('query').select()");
    page.enter(query).expect("it can be typed");
}

/// Clicks a link to another place of the page, and waits until the page is there.
fn follow(page: &Page<'_>, selector: &str) {
    let gone = format!(
        "new Promise(done => {{ addEventListener('hashchange', () => requestAnimationFrame(() => done('')), {{ once: true }}); \
         document.querySelector('{selector}').click(); }})"
    );
    text(page, &gone);
}

#[test]
fn keys_move_from_cause_to_cause() {
    let Some(browser) = browser() else { return };
    let page = open(&browser, Look::DESK, &pages().failing, "");
    let causes = shown(&page);
    assert!(causes.len() > 3, "{causes:?}");
    let press = |key: &str| {
        page.press(key).expect("it can be pressed");
        focused(&page)
    };
    assert_eq!(press("j"), causes[0]);
    assert_eq!(press("j"), causes[1]);
    assert_eq!(hash(&page), format!("#{}", causes[1]));
    assert_eq!(press("k"), causes[0]);
    assert_eq!(press("k"), causes[0]);
    let is_open = format!("document.querySelector('#{} details').open", causes[1]);
    press("j");
    assert_eq!(text(&page, &is_open), "false");
    press("Enter");
    assert_eq!(text(&page, &is_open), "true");
    check(&page);
}

#[test]
fn a_question_mark_lists_the_keys() {
    let Some(browser) = browser() else { return };
    let page = open(&browser, Look::DESK, &pages().failing, "");
    let is_open = "document.getElementById('keys').open";
    assert_eq!(text(&page, is_open), "false");
    page.press("?").expect("it can be pressed");
    assert_eq!(text(&page, is_open), "true");
    // Behind the list nothing moves.
    page.press("j").expect("it can be pressed");
    assert_eq!(hash(&page), "");
    text(&page, "document.querySelector('#keys button').click()");
    assert_eq!(text(&page, is_open), "false");
    check(&page);
}

#[test]
fn a_search_shows_what_matches_and_nothing_else() {
    let Some(browser) = browser() else { return };
    let page = open(&browser, Look::DESK, &pages().failing, "");
    let all = shown(&page);
    search(&page, "aspect:order");
    let order = having(&page, "aspect", "order");
    assert!(!order.is_empty() && order.len() < all.len());
    assert_eq!(shown(&page), order);
    assert_eq!(hash(&page), "#q=aspect:order");
    search(&page, "-aspect:order");
    assert_eq!(shown(&page).len(), all.len() - order.len());
    search(&page, "blame:legacy");
    assert_eq!(shown(&page), having(&page, "blame", "legacy"));
    search(&page, "aspect:order,calls blame:new is:open");
    assert!(!shown(&page).is_empty());
    search(&page, "JOINS several \"of the last\"");
    assert_eq!(shown(&page).len(), 0);
    search(&page, "JOINS several \"the last of\"");
    assert_eq!(shown(&page).len(), 1);
    search(&page, "no-such-word");
    assert!(text(&page, "document.getElementById('matches').textContent").starts_with("0 of "));
    page.press("Escape").expect("it can be pressed");
    assert_eq!((shown(&page), hash(&page)), (all, String::new()));
    check(&page);
}

#[test]
fn a_search_is_for_cases_too() {
    let Some(browser) = browser() else { return };
    let page = open(&browser, Look::DESK, &pages().failing, "");
    let rows = "[...document.querySelectorAll('#cases tbody tr')].filter(each => !each.hidden).length";
    let all: usize = text(&page, rows).parse().expect("a number");
    search(&page, "is:case feature:retry");
    let with_retry: usize = text(&page, rows).parse().expect("a number");
    assert!(with_retry > 0 && with_retry < all, "{with_retry} of {all}");
    assert_eq!(shown(&page).len(), 0);
}

#[test]
fn a_cause_leads_to_its_cases_and_back() {
    let Some(browser) = browser() else { return };
    let page = open(&browser, Look::DESK, &pages().failing, "");
    let is_seen = |selector: &str| {
        let seen = format!(
            "(() => {{ const box = document.querySelector('{selector}').getBoundingClientRect(); \
             return box.height > 0 && box.top >= 0 && box.top < innerHeight }})()"
        );
        text(&page, &seen) == "true"
    };
    let cause = shown(&page)[1].clone();
    let case = text(
        &page,
        &format!("document.querySelector('#{cause} a[href^=\"#case-\"]').hash"),
    );
    assert!(!is_seen(&case));
    follow(&page, &format!("#{cause} a[href=\"{case}\"]"));
    assert!(is_seen(&case), "{case}");
    follow(&page, &format!("{case} a[href^=\"#c-\"]"));
    assert_eq!((focused(&page), is_seen(&format!("#{cause}"))), (cause.clone(), true));
    // All of them, and no others.
    let counted = text(&page, &format!("document.querySelector('#{cause} .chip').textContent"));
    follow(&page, &format!("#{cause} [data-script]"));
    assert_eq!(shown(&page), [cause]);
    let rows = "[...document.querySelectorAll('#cases tbody tr')].filter(each => !each.hidden && each.checkVisibility()).length";
    assert!(counted.starts_with(&format!("{} case", text(&page, rows))), "{counted}");
    check(&page);
}

#[test]
fn an_address_brings_the_view_back() {
    let Some(browser) = browser() else { return };
    let page = open(&browser, Look::DESK, &pages().failing, "");
    search(&page, "blame:new");
    let second = shown(&page)[1].clone();
    let page = open(
        &browser,
        Look::DESK,
        &pages().failing,
        &format!("#q=blame%3Anew&at={second}"),
    );
    assert_eq!(text(&page, "document.getElementById('query').value"), "blame:new");
    assert_eq!(focused(&page), second);
    assert_eq!(
        text(&page, &format!("document.querySelector('#{second} details').open")),
        "true"
    );
    let page = open(&browser, Look::DESK, &pages().failing, "#cases");
    assert_eq!(text(&page, "document.getElementById('cases').open"), "true");
    // What is no address of anything does no harm.
    for odd in ["#q=%", "#%E0%A4%A", "#at=<script>", "#no-such-place"] {
        let page = open(&browser, Look::DESK, &pages().failing, odd);
        assert!(!text(&page, "document.title").is_empty());
        check(&page);
    }
}

#[test]
fn what_is_new_known_and_gone_can_be_searched_for() {
    let Some(browser) = browser() else { return };
    let page = open(&browser, Look::DESK, &pages().later, "");
    assert!(text(&page, "document.getElementById('against').textContent").starts_with("Against "));
    let known = having(&page, "is", "known");
    assert!(!known.is_empty());
    search(&page, "is:known");
    assert_eq!(shown(&page), known);
    let gone = "[...document.querySelectorAll('[data-is=gone]')].filter(each => !each.hidden).length";
    assert_eq!(text(&page, gone), "0");
    search(&page, "is:gone");
    assert_ne!(text(&page, gone), "0");
}

#[test]
fn a_command_can_be_copied() {
    let Some(browser) = browser() else { return };
    let page = open(&browser, Look::DESK, &pages().failing, "");
    let copied = text(
        &page,
        "(async () => { const button = document.querySelector('.cause .copy'); let text = ''; \
         Object.defineProperty(navigator, 'clipboard', { value: { writeText: async given => { text = given; } } }); \
         button.click(); await new Promise(requestAnimationFrame); return button.textContent + ': ' + text; })()",
    );
    assert!(
        copied.starts_with("Copied: cargo xtask replay target/cutover/dataflow-1/clusters/c-"),
        "{copied}"
    );
    assert!(copied.ends_with(" --plant limit-plus-one"), "{copied}");
    check(&page);
}
