//! Strings that break what shows, stores or routes them: paths, terminals, HTML, and whoever takes a name for a name.

use super::draw::Draw;

const HOSTILE: [&str; 14] = [
    "../../etc/passwd",
    "..\\..\\windows",
    "nul\0inside",
    "\u{1b}[2J\u{1b}]0;title\u{7}",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "\u{202e}gnp.exe",
    "zero\u{200b}width",
    "'; DROP TABLE tasks; --",
    "{{7*7}}${7*7}",
    "%s%n%x",
    "a.b[0].c",
    " ",
    "line\r\nbreak",
];

/// A hostile string.
pub(super) fn text(draw: &mut Draw) -> &'static str {
    HOSTILE[draw.below(HOSTILE.len())]
}

/// A hostile task id, which no other task has.
pub(super) fn id(index: usize, draw: &mut Draw) -> String {
    if draw.chance(0.05) {
        return format!("{index}{}", "x".repeat(10_000));
    }
    format!("{}{index}", text(draw))
}
