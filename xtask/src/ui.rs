//! What is printed, and where: results on standard output, everything about the making of them on standard error.
//!
//! Colours go only to a terminal, and not under `NO_COLOR` (anstream strips them elsewhere). A reader that stops reading
//! (`| head`) is not an error: the command goes on, silently, to its verdict.

use std::fmt::Display;
use std::io::{self, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

/// The terminal, or whatever stands in its place.
#[derive(Debug)]
pub(crate) struct Ui {
    on_output: ColorChoice,
    on_error: ColorChoice,
    heading: Style,
    faint: Style,
    good: Style,
    bad: Style,
}

impl Ui {
    /// The process's own output.
    pub(crate) fn new() -> Self {
        Self {
            on_output: AutoStream::choice(&io::stdout()),
            on_error: AutoStream::choice(&io::stderr()),
            heading: Style::new().bold(),
            faint: Style::new().dimmed(),
            good: AnsiColor::Green.on_default(),
            bad: AnsiColor::Red.on_default().bold(),
        }
    }

    /// Prints a line of the result.
    ///
    /// # Errors
    /// If standard output cannot be written to, for another reason than that nobody reads it.
    pub(crate) fn line(&self, text: impl Display) -> io::Result<()> {
        self.text(format_args!("{text}\n"))
    }

    /// Prints text that ends its own lines.
    ///
    /// # Errors
    /// As [`Ui::line`].
    pub(crate) fn text(&self, text: impl Display) -> io::Result<()> {
        let mut output = AutoStream::new(io::stdout(), self.on_output);
        unless_nobody_reads(write!(output, "{text}").and_then(|()| output.flush()))
    }

    /// Standard output, for who asks and answers there.
    pub(crate) fn output(&self) -> AutoStream<io::Stdout> {
        AutoStream::new(io::stdout(), self.on_output)
    }

    /// Prints a line about what is going on. It is lost if standard error is.
    pub(crate) fn note(&self, text: impl Display) {
        let _ = writeln!(AutoStream::new(io::stderr(), self.on_error), "{text}");
    }

    /// Prints an error that is laid out already.
    pub(crate) fn complain(&self, text: &str) {
        self.note(text.trim_end());
    }

    /// `text` as a heading.
    pub(crate) fn heading(&self, text: &str) -> String {
        paint(self.heading, text)
    }

    /// `text` in the background.
    pub(crate) fn faint(&self, text: &str) -> String {
        paint(self.faint, text)
    }

    /// `text` as good news.
    pub(crate) fn good(&self, text: &str) -> String {
        paint(self.good, text)
    }

    /// `text` as bad news.
    pub(crate) fn bad(&self, text: &str) -> String {
        paint(self.bad, text)
    }

    /// `text` as an error message.
    pub(crate) fn error(&self, text: &str) -> String {
        format!("{} {text}", self.bad("error:"))
    }
}

fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

fn unless_nobody_reads(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_stops_reading_is_no_error() {
        assert!(unless_nobody_reads(Err(io::ErrorKind::BrokenPipe.into())).is_ok());
        assert!(unless_nobody_reads(Err(io::ErrorKind::StorageFull.into())).is_err());
    }
}
