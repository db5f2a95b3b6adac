//! Text for people: untrusted text made safe to show on a terminal, and large numbers made readable.

use std::borrow::Cow;

/// `text` with everything escaped that could move a cursor, change a colour, reverse the reading order or hide: control
/// characters, bidirectional overrides and zero-width characters become `\u{…}`. Line breaks become `\n`.
///
/// Names in a workflow come from anyone; each place that prints one passes it through here.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_unsafe(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// `1234567` as `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// FNV-1a: a number that stands for `bytes`, the same on every machine and in every build.
pub fn fingerprint(bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes.into_iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::{fingerprint, grouped, visible};

    #[test]
    fn terminal_escapes_are_shown_and_not_obeyed() {
        assert_eq!(visible("a\u{1b}[31mred"), "a\\u{1b}[31mred");
        assert_eq!(visible("nul\0 \u{9b}2J"), "nul\\u{0} \\u{9b}2J");
    }

    #[test]
    fn text_that_reverses_or_hides_itself_is_shown() {
        assert_eq!(visible("a\u{202e}b\u{200b}"), "a\\u{202e}b\\u{200b}");
    }

    #[test]
    fn ordinary_text_in_any_script_is_left_alone() {
        assert_eq!(visible("Größe 数 🎉"), "Größe 数 🎉");
    }

    #[test]
    fn thousands_are_grouped() {
        let shown = [0, 999, 1_000, 1_234_567].map(grouped);
        assert_eq!(shown, ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn a_fingerprint_is_the_published_one() {
        // From the test vectors of the authors of FNV.
        let fingerprints = ["", "a", "foobar"].map(|text| fingerprint(text.bytes()));
        assert_eq!(
            fingerprints,
            [0xcbf2_9ce4_8422_2325, 0xaf63_dc4c_8601_ec8c, 0x8594_4171_f739_67e8]
        );
    }
}
