//! What holds for every Rust file: it says what it is for, it is short, and it leaves nothing for later.

use super::sources::Source;
use super::{Finding, Sources, file_name};

/// More lines than this are more than one thing. Tests apart: they are lists.
const LONGEST: usize = 600;

/// A word that must not appear, and what it is called in the message.
const FORBIDDEN: [(&str, &str); 9] = [
    (concat!("#[", "allow("), "hides a lint for good"),
    (concat!("#![", "allow("), "hides a lint for good"),
    (concat!("#[", "ignore"), "is a test that never runs"),
    (concat!("#[should", "_panic"), "cannot say which panic it expects"),
    (concat!("to", "do!("), "is unfinished"),
    (concat!("unimpl", "emented!("), "is unfinished"),
    (concat!("TO", "DO"), "is unfinished"),
    (concat!("FIX", "ME"), "is unfinished"),
    (concat!("XX", "X"), "is unfinished"),
];

/// What lifts the lint on unsafe code, and the one file that may.
const UNSAFE: (&str, &str) = (concat!("expect(uns", "afe_code"), "harness/allocations/src/lib.rs");

/// Every file opens with `//!`.
pub(super) fn purpose(sources: &Sources) -> Vec<Finding> {
    let does_not = |source: &&Source| !source.text.starts_with("//!");
    sources
        .rust()
        .filter(does_not)
        .map(|source| Finding::new(&source.path, 1, "does not open with `//!`"))
        .collect()
}

/// No file is longer than [`LONGEST`].
pub(super) fn length(sources: &Sources) -> Vec<Finding> {
    let findings = sources
        .rust()
        .filter(|source| !is_tests(&source.path))
        .filter_map(|source| {
            let lines = source.text.lines().count();
            let message = || format!("has {lines} lines, more than {LONGEST}");
            (lines > LONGEST).then(|| Finding::new(&source.path, lines, message()))
        });
    findings.collect()
}

/// None of the [`FORBIDDEN`] words appears, and unsafe code is where it has to be.
pub(super) fn words(sources: &Sources) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources.rust() {
        for (number, line) in source.lines() {
            for (word, why) in FORBIDDEN {
                if has_word(line, word) {
                    findings.push(Finding::new(&source.path, number, format!("`{word}` {why}")));
                }
            }
            if line.contains(UNSAFE.0) && source.path != UNSAFE.1 {
                let message = format!("unsafe code has one place, {}", UNSAFE.1);
                findings.push(Finding::new(&source.path, number, message));
            }
        }
    }
    findings
}

fn is_tests(path: &str) -> bool {
    file_name(path) == "tests.rs" || path.split('/').any(|part| part == "tests")
}

/// Whether `word` stands in `line` by itself, and not as a part of a longer word.
fn has_word(line: &str, word: &str) -> bool {
    let inside = |character: Option<char>| character.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let goes_on = inside(word.chars().next_back()) && inside(after);
        !inside(before) && !goes_on
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::findings;
    use super::*;

    #[test]
    fn a_file_that_does_not_say_what_it_is_for_is_found() {
        let files = [("a.rs", "//! Adds.\n"), ("b.rs", "// Adds.\n"), ("c.txt", "text")];
        assert_eq!(findings("purpose", &files), "b.rs:1: does not open with `//!`");
    }

    #[test]
    fn a_file_over_the_limit_is_found_unless_it_holds_tests() {
        let long = "//! Long.\n".repeat(LONGEST + 1);
        let files = [
            ("a.rs", long.as_str()),
            ("a/tests.rs", &long),
            ("tests/b.rs", &long),
            ("c.rs", &long[10..]),
        ];
        assert_eq!(findings("length", &files), "a.rs:601: has 601 lines, more than 600");
    }

    #[test]
    fn each_forbidden_word_is_found() {
        for (word, why) in FORBIDDEN {
            let text = format!("//! A file.\n\n    {word} it\n");
            assert_eq!(findings("words", &[("a.rs", &text)]), format!("a.rs:3: `{word}` {why}"));
        }
    }

    #[test]
    fn unsafe_code_is_found_anywhere_but_in_its_one_place() {
        let text = format!("//! A file.\n#[{}, reason = \"r\")]\n", UNSAFE.0);
        let files = [(UNSAFE.1, text.as_str()), ("b.rs", &text)];
        assert_eq!(
            findings("words", &files),
            "b.rs:2: unsafe code has one place, harness/allocations/src/lib.rs"
        );
    }

    #[test]
    fn a_forbidden_word_inside_another_is_not_found() {
        let text = format!(
            "//! A file.\nlet {}S = {}Y + autodo;\n",
            concat!("TO", "DO"),
            concat!("XX", "X")
        );
        assert_eq!(findings("words", &[("a.rs", &text)]), "");
    }
}
