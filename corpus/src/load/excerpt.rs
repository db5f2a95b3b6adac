//! The part of a file that a diagnostic shows: a few lines, cut short and made safe for a terminal.
//!
//! A file that is wrong may be 60 MB on one line, or be full of terminal escapes; miette prints whole lines as they are.

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

/// Lines shown before and after the one with the problem.
const LINES_AROUND: usize = 1;
/// The most of one line that is shown, on each side of the problem.
const BYTES_AROUND: usize = 100;

/// A place in a file, with what is around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    name: String,
    text: String,
    /// The line of the file that `text` begins with, from 0.
    first_line: usize,
    /// The line of the problem, from 0, and how much was cut off its front.
    line: usize,
    cut: usize,
    at: usize,
}

impl Excerpt {
    /// The surroundings of the byte `at` of `text`, which came from the file shown as `name`.
    pub fn new(name: String, text: &str, at: usize) -> Self {
        let at = floor(text, at);
        let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let line = text[..line_start].matches('\n').count();
        let first = text[..line_start]
            .rmatch_indices('\n')
            .nth(LINES_AROUND)
            .map_or(0, |(newline, _)| newline + 1);
        let last = text[at..]
            .match_indices('\n')
            .nth(LINES_AROUND)
            .map_or(text.len(), |(newline, _)| at + newline);
        let first_line = line - text[first..line_start].matches('\n').count();
        let mut excerpt = Self {
            name,
            text: String::new(),
            first_line,
            line,
            cut: 0,
            at: 0,
        };
        let mut start = first;
        let around = &text[first..last];
        // What follows the file's last line break is no line, unless the problem is there.
        let around = if last == text.len() && line_start < last {
            around.strip_suffix('\n').unwrap_or(around)
        } else {
            around
        };
        for piece in around.split('\n') {
            let end = start + piece.len();
            let has_problem = start == line_start;
            let middle = if has_problem { at } else { start };
            let from = floor(text, middle.saturating_sub(BYTES_AROUND).max(start));
            let to = floor(text, (middle + BYTES_AROUND).min(end));
            if has_problem {
                excerpt.cut = from - start;
                excerpt.at = excerpt.text.len() + (at - from);
            }
            // Placeholders are as long as what they stand for, so that places stay where they are.
            for character in text[from..to].chars() {
                let mut buffer = [0; 4];
                let is_safe = character == '\t' || is_visible(character.encode_utf8(&mut buffer));
                let (shown, times) = if is_safe {
                    (character, 1)
                } else {
                    ('?', character.len_utf8())
                };
                excerpt.text.extend(std::iter::repeat_n(shown, times));
            }
            excerpt.text.push('\n');
            start = end + 1;
        }
        excerpt
    }

    /// The line of the problem, from 1.
    pub fn line(&self) -> usize {
        self.line + 1
    }

    /// Where a label belongs: at the problem, and over as many bytes of its line as are shown.
    pub fn span(&self, length: usize) -> SourceSpan {
        let rest = &self.text[self.at..];
        let line = rest.find('\n').unwrap_or(rest.len());
        (self.at, line.min(length)).into()
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let inner = self.text.read_span(span, lines_before, lines_after)?;
        let line = self.first_line + inner.line();
        let column = inner.column() + if line == self.line { self.cut } else { 0 };
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            inner.data(),
            *inner.span(),
            line,
            column,
            inner.line_count(),
        )))
    }
}

fn is_visible(text: &str) -> bool {
    matches!(contract::text::visible(text), std::borrow::Cow::Borrowed(_))
}

/// The last place up to `at` that does not cut a character in two.
fn floor(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at)
}

/// The byte at `line` and `column`, both from 1 and counted in bytes, as `serde_json` gives them.
pub(super) fn offset(text: &str, line: usize, column: usize) -> usize {
    let start = match line {
        0 | 1 => 0,
        _ => text
            .match_indices('\n')
            .nth(line - 2)
            .map_or(text.len(), |(newline, _)| newline + 1),
    };
    // It counts up to the byte after the token, or the newline itself as column 0 of the next line.
    (start + column.saturating_sub(1)).min(text.len())
}
