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

/// `text` with a capital.
pub(crate) fn capital(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + characters.as_str()
}

/// `text`, no longer than `longest` characters.
pub(crate) fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let kept: String = text.chars().take(longest.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// Each of `texts`, no longer than `longest` characters: where they differ beyond that, from just before the first difference.
pub(crate) fn cut_where_apart(texts: &[&str], longest: usize) -> Vec<String> {
    let alike = |one: &str, other: &str| {
        let pairs = one.chars().zip(other.chars());
        pairs.take_while(|(one, other)| one == other).count()
    };
    let common = match texts {
        [one, other, ..] if one != other && !one.is_empty() && !other.is_empty() => alike(one, other),
        _ => 0,
    };
    let is_long = texts.iter().any(|text| text.chars().count() > longest);
    if !is_long || common + longest / 4 < longest {
        return texts.iter().map(|text| cut(text, longest)).collect();
    }
    let from = common - longest / 4;
    let rest = |text: &&str| format!("…{}", text.chars().skip(from).collect::<String>());
    texts.iter().map(|text| cut(&rest(text), longest)).collect()
}

#[cfg(test)]
mod tests {
    use super::{count_of, cut, cut_where_apart};

    #[test]
    fn texts_that_part_late_are_cut_before_they_part() {
        let apart = cut_where_apart(&["0123456789abc", "0123456789abd"], 8);
        assert_eq!(apart, ["…abc", "…abd"]);
        assert_eq!(cut_where_apart(&["x", "0123456789"], 8), ["x", "0123456…"]);
        assert_eq!(cut_where_apart(&["", "0123456789"], 8), ["", "0123456…"]);
    }

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
