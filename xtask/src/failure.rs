//! Errors on their way out: which words, and which exit code.
//!
//! What a person wrote wrongly is shown with its place in the file and ends with code 2; whatever else goes wrong is the
//! tool's own failure, code 5.

use std::io;
use std::path::{Path, PathBuf};

use harness::record::RecordError;

use crate::exit::Exit;
use crate::ui::Ui;

/// An error whose exit code is known. Any other error is [`Exit::HarnessFailed`].
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Something a person wrote is wrong: a file, or a value on the command line that clap cannot judge.
    #[error("{0}")]
    Input(miette::Report),
    /// Output of our own could not be written.
    #[error("failed to write {}", path.display())]
    Output {
        /// What was written.
        path: PathBuf,
        /// Why that failed.
        source: io::Error,
    },
}

impl Failure {
    /// An error in a file that a person wrote.
    pub(crate) fn in_file(error: impl miette::Diagnostic + Send + Sync + 'static) -> Self {
        Self::Input(miette::Report::new(error))
    }

    /// A request that cannot be met, and what to do instead.
    pub(crate) fn usage(problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self::in_file(Misuse {
            problem: problem.into(),
            help: help.into(),
        })
    }

    /// Output that could not be written to `path`; for `map_err`.
    pub(crate) fn writing(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Output { path, source }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Input(_) => Exit::Usage,
            Self::Output { .. } => Exit::HarnessFailed,
        }
    }
}

#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("{problem}")]
#[diagnostic(help("{help}"))]
struct Misuse {
    problem: String,
    help: String,
}

/// Tells the user about `error` on standard error.
pub(crate) fn tell(error: &anyhow::Error, ui: &Ui) -> Exit {
    match error.downcast_ref::<Failure>() {
        Some(Failure::Input(report)) => ui.complain(&format!("{report:?}")),
        _ => ui.complain(&ui.error(&in_words(error))),
    }
    // It is the user who names the folder of a record.
    if let Some(RecordError::Occupied { .. }) = error.downcast_ref() {
        return Exit::Usage;
    }
    error
        .downcast_ref::<Failure>()
        .map_or(Exit::HarnessFailed, Failure::exit)
}

/// An error and its causes, but none that the words before it include already.
fn in_words(error: &anyhow::Error) -> String {
    let mut words = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if words.is_empty() {
            words = cause;
        } else if !words.contains(&cause) {
            words = format!("{words}: {cause}");
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(error: impl Into<anyhow::Error>, expected: Exit) {
        assert_eq!(tell(&error.into(), &Ui::new()), expected);
    }

    #[test]
    fn what_a_person_wrote_wrongly_is_a_usage_error() {
        check(Failure::usage("no such case", "list them"), Exit::Usage);
    }

    #[test]
    fn output_that_cannot_be_written_is_the_tools_own_failure() {
        check(
            Failure::writing(Path::new("out"))(io::Error::other("disk full")),
            Exit::HarnessFailed,
        );
    }

    #[test]
    fn a_folder_that_holds_something_else_is_a_usage_error() {
        check(RecordError::Occupied { folder: "out".into() }, Exit::Usage);
    }

    #[test]
    fn a_cause_is_told_once() {
        let write = RecordError::Write {
            path: "out".into(),
            source: io::Error::other("disk full"),
        };
        assert_eq!(in_words(&write.into()).matches("disk full").count(), 1);
        let failed = Failure::writing(Path::new("out"))(io::Error::other("disk full"));
        assert_eq!(in_words(&failed.into()), "failed to write out: disk full");
    }

    #[test]
    fn any_other_error_is_the_tools_own_failure() {
        check(anyhow::anyhow!("something else"), Exit::HarnessFailed);
    }

    #[test]
    fn context_does_not_hide_whose_failure_it_is() {
        check(
            anyhow::Error::from(Failure::usage("no such case", "list them")).context("while importing"),
            Exit::Usage,
        );
    }
}
