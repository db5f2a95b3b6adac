//! How figures are written.

use contract::Millis;
pub(crate) use contract::text::grouped as count;

/// `1 case`, `2 cases`.
pub(crate) fn cases(number: u64) -> String {
    count_of(number, "case")
}

/// `1 difference`, `2 differences`.
pub(crate) fn count_of(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

/// A moment or duration in whole milliseconds, so that two of them can be compared by eye.
pub(crate) fn exact(moment: Millis) -> String {
    count(moment.0)
}

/// `text`, no longer than `longest` characters.
pub(crate) fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let kept: String = text.chars().take(longest.saturating_sub(1)).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::{count_of, cut};

    #[test]
    fn a_cut_says_that_something_is_missing() {
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("äöü", 3), "äöü");
    }

    #[test]
    fn one_is_not_plural() {
        let shown = [0, 1, 2_000].map(|number| count_of(number, "difference"));
        assert_eq!(shown, ["0 differences", "1 difference", "2,000 differences"]);
    }
}
