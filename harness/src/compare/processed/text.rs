//! Text: the same but for what is each engine's own, and cut so that a reader sees where two texts part.

/// How much of a text is shown.
const SHOWN: usize = 120;
/// How much of it before the first difference.
const BEFORE: usize = 30;
/// What is shown in the place of an engine's wall clock.
pub const CLOCK: &str = "⟨clock⟩";

/// The text of a side's wall clock in its run, which the other side cannot know: each may stand where the other has its own.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Own<'a>(pub(super) &'a str);

/// What was found in a text, and how it is written there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Which {
    /// The clock as a whole, or one of its two sides of the dot.
    part: usize,
    is_lower: bool,
}

impl<'a> Own<'a> {
    /// The first of these in `text`: what is before it, which one it is, and what is after it. Expressions change the case of
    /// a clock's letters, and a path that is computed from it is cut at its dot.
    fn first(self, text: &'a str) -> Option<(&'a str, Which, &'a str)> {
        let (seconds, fraction) = self.0.split_once('.').unwrap_or_default();
        let parts = [self.0, seconds, fraction];
        let places = parts
            .iter()
            .enumerate()
            .filter_map(|(part, own)| Some((find(text, own)?, part)));
        let (at, part) = places.min()?;
        let (found, after) = text[at..].split_at(parts[part].len());
        let is_lower = found != parts[part];
        Some((&text[..at], Which { part, is_lower }, after))
    }
}

/// The first place of `wanted` in `text`, as it is or in lower case.
fn find(text: &str, wanted: &str) -> Option<usize> {
    let (text, wanted) = (text.as_bytes(), wanted.as_bytes());
    if wanted.is_empty() {
        return None;
    }
    let is_lower = |found: &[u8]| found.iter().eq(wanted.to_ascii_lowercase().iter());
    text.windows(wanted.len())
        .position(|found| found == wanted || found.eq_ignore_ascii_case(wanted) && is_lower(found))
}

/// How alike two texts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alike {
    /// They are the same.
    Exactly,
    /// They are, once what is each side's own is taken out.
    ButForOwn,
    /// They differ.
    No,
}

/// Compares two texts, of which each may hold what is its own side's.
pub(super) fn alike<'a>([mut one, mut other]: [&'a str; 2], [own, others]: [Own<'a>; 2]) -> Alike {
    if one == other {
        return Alike::Exactly;
    }
    // Not by writing a word in its place, which the other text might hold by chance.
    loop {
        match (own.first(one), others.first(other)) {
            (Some((before, which, after)), Some((other_before, other_which, other_after)))
                if before == other_before && which == other_which =>
            {
                (one, other) = (after, other_after);
            }
            (None, None) if one == other => return Alike::ButForOwn,
            _ => return Alike::No,
        }
    }
}

/// `text` with its side's stamp taken out: what is recorded must not differ from run to run.
pub(super) fn without_clock(text: String, stamp: &str) -> String {
    if stamp.is_empty() || !text.contains(stamp) {
        text
    } else {
        text.replace(stamp, CLOCK)
    }
}

/// Both texts, cut where they get long, so that the first place in which they differ is seen.
pub(super) fn apart(texts: [String; 2]) -> [String; 2] {
    if texts.iter().all(|text| text.chars().count() <= SHOWN) {
        return texts;
    }
    let common = texts[0]
        .chars()
        .zip(texts[1].chars())
        .take_while(|(one, other)| one == other)
        .count();
    let from = if common > SHOWN - BEFORE { common - BEFORE } else { 0 };
    texts.map(|text| excerpt(&text, from))
}

/// One text, cut where it gets long.
pub(super) fn cut(text: &str) -> String {
    excerpt(text, 0)
}

fn excerpt(text: &str, from: usize) -> String {
    let length = text.chars().count();
    if from == 0 && length <= SHOWN {
        return text.to_owned();
    }
    let shown: String = text.chars().skip(from).take(SHOWN).collect();
    let before = if from > 0 { "…" } else { "" };
    if length > from + SHOWN {
        format!("{before}{shown}… ({} bytes)", text.len())
    } else {
        format!("{before}{shown}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: [Own<'_>; 2] = [Own("12:00"), Own("12:01")];

    #[track_caller]
    fn check(texts: [&str; 2], expected: Alike) {
        assert_eq!(alike(texts, OWN), expected, "{texts:?}");
    }

    #[test]
    fn a_text_is_the_same_but_for_its_own_sides_clock() {
        check(["at 12:00, 12:00", "at 12:01, 12:01"], Alike::ButForOwn);
        check(["12:00", "12:00"], Alike::Exactly);
        check(["12:01", "12:00"], Alike::No);
        check(["12:00", "12:02"], Alike::No);
        check(["12:00, 12:00", "12:01, 12:00"], Alike::No);
        check(["12:00 x", "12:01 y"], Alike::No);
    }

    #[test]
    fn a_clock_may_be_in_lower_case_or_cut_at_its_dot() {
        let own = ["2026-11-21T10:00:00.123+00:00", "2026-11-21T10:00:01.45+00:00"].map(Own);
        let lower = own.map(|own| own.0.to_lowercase());
        assert_eq!(alike([&lower[0], &lower[1]], own), Alike::ButForOwn);
        assert_eq!(alike([own[0].0, &lower[1]], own), Alike::No);
        assert_eq!(alike(["123+00:00\"]", "45+00:00\"]"], own), Alike::ButForOwn);
        assert_eq!(
            alike(["at 2026-11-21T10:00:00", "at 2026-11-21T10:00:01"], own),
            Alike::ButForOwn
        );
        assert_eq!(alike(["123+00:00", "2026-11-21T10:00:01"], own), Alike::No);
    }

    #[test]
    fn what_stands_for_the_clock_in_reports_is_no_clock() {
        check(["12:00", CLOCK], Alike::No);
        check([CLOCK, "12:01"], Alike::No);
        assert_eq!(alike(["", "x"], [Own::default(); 2]), Alike::No);
    }

    #[test]
    fn long_texts_are_cut_where_they_part() {
        let long = |end: &str| format!("{}{end}", "a".repeat(300));
        let [one, other] = apart([long("b"), long("c")]);
        assert!(one.starts_with("…a") && one.ends_with("ab"), "{one}");
        assert!(other.ends_with("ac"), "{other}");
        assert_eq!(apart(["x".into(), "y".into()]), ["x", "y"]);
        assert!(apart([long(""), "b".into()])[0].ends_with("… (300 bytes)"));
    }
}
