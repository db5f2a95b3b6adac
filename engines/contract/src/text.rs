//! Untrusted text made safe to show on a terminal.

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

fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::visible;

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
}
