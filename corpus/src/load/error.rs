//! Why a path could not be read as cases: each says which file, where in it, and what to do.

use std::path::Path;
use std::sync::Arc;

use miette::{Diagnostic, SourceSpan};

use super::excerpt::{self, Excerpt};

/// Why a path could not be read as cases.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Diagnostic)]
pub enum LoadError {
    /// Nothing is there.
    #[error("{path} does not exist")]
    #[diagnostic(
        code(corpus::missing),
        help("check the path; it is taken relative to where the command is run")
    )]
    Missing {
        /// The path.
        path: String,
    },
    /// It is there, but cannot be read.
    #[error("failed to read {path}: {reason}")]
    #[diagnostic(code(corpus::unreadable), help("make it a readable file or folder, or leave it out"))]
    Unreadable {
        /// The path.
        path: String,
        /// The system's reason.
        reason: String,
    },
    /// It is too large to be a case.
    #[error("{path} has {what} more than {limit} MB")]
    #[diagnostic(
        code(corpus::too_large),
        help("split it into several files, or leave it out; a case is a few kB as a rule")
    )]
    TooLarge {
        /// The path.
        path: String,
        /// What is too large.
        what: &'static str,
        /// The limit, in MB.
        limit: u64,
    },
    /// It is compressed, and does not decompress.
    #[error("{path} is not a whole gzip file: {reason}")]
    #[diagnostic(
        code(corpus::gzip),
        help("copy or download it again, and check it with `gzip --test`")
    )]
    Gzip {
        /// The path.
        path: String,
        /// What the decompressor says.
        reason: String,
    },
    /// A folder without a single case.
    #[error("{path} holds no {what}")]
    #[diagnostic(
        code(corpus::empty),
        help("put files there whose names end with `.json` or `.json.gz`, or name another folder")
    )]
    Empty {
        /// The folder.
        path: String,
        /// What was looked for.
        what: &'static str,
    },
    /// It is JSON, but nothing that cases could be made of.
    #[error("{path} is no case file, set file, WfFormat execution or dataflow-rs definition")]
    #[diagnostic(
        code(corpus::neither),
        help(
            "a case file has `format_version` and `definition`, a set file `rules` and `messages`, an execution \
             `schemaVersion` and `workflow`, a dataflow-rs definition `id`, `name` and `tasks`"
        )
    )]
    Neither {
        /// The path.
        path: String,
    },
    /// Something in it is wrong.
    #[error("{path}, line {}: {problem}", excerpt.line())]
    #[diagnostic(code(corpus::invalid), help("{help}"))]
    Invalid {
        /// The path.
        path: String,
        /// What is wrong.
        problem: String,
        /// What to do.
        help: String,
        /// The place.
        #[source_code]
        excerpt: Arc<Excerpt>,
        /// The place in the excerpt.
        #[label("here")]
        at: SourceSpan,
    },
    /// Two files hold a case of the same id.
    #[error("the case `{id}` is in {first} and in {second}")]
    #[diagnostic(code(corpus::duplicate), help("give one of them another id, or leave one file out"))]
    Duplicate {
        /// The id.
        id: String,
        /// The file that was read first.
        first: String,
        /// The other one.
        second: String,
    },
}

/// A path as it may be shown.
pub(crate) fn shown(path: &Path) -> String {
    contract::text::visible(&path.to_string_lossy()).into_owned()
}

/// A file's name and text, to say where in it something is wrong.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) path: &'a Path,
    pub(crate) text: &'a str,
}

impl Source<'_> {
    /// Something is wrong at the byte `at`.
    pub(crate) fn invalid_at(&self, at: usize, problem: impl AsRef<str>, help: impl Into<String>) -> LoadError {
        let path = shown(self.path);
        let excerpt = Excerpt::new(path.clone(), self.text, at);
        let problem = presentable(problem.as_ref());
        LoadError::Invalid {
            path,
            problem,
            help: help.into(),
            at: excerpt.span(1),
            excerpt: Arc::new(excerpt),
        }
    }

    /// Something is wrong where `word` stands as a JSON string, or at the top if it does not.
    pub(crate) fn invalid_word(&self, word: &str, problem: impl AsRef<str>, help: impl Into<String>) -> LoadError {
        let quoted = serde_json::Value::from(word).to_string();
        self.invalid_at(self.text.find(&quoted).unwrap_or(0), problem, help)
    }

    /// As [`Self::invalid_word`], where the word stands last.
    pub(crate) fn invalid_last_word(&self, word: &str, problem: impl AsRef<str>, help: impl Into<String>) -> LoadError {
        let quoted = serde_json::Value::from(word).to_string();
        self.invalid_at(self.text.rfind(&quoted).unwrap_or(0), problem, help)
    }

    /// What the JSON parser says is wrong; `help` is for what has been understood but does not fit.
    pub(crate) fn invalid_json(&self, error: &serde_json::Error, help: &str) -> LoadError {
        let at = excerpt::offset(self.text, error.line(), error.column());
        let message = error.to_string();
        let message = message
            .rsplit_once(" at line ")
            .map_or(&*message, |(message, _)| message);
        if message.starts_with("recursion limit exceeded") {
            let help = "no value may be nested more than about 120 levels deep; make it flatter";
            return self.invalid_at(at, "nested too deeply", help);
        }
        match error.classify() {
            serde_json::error::Category::Data => self.invalid_at(at, message, help),
            serde_json::error::Category::Eof => {
                self.invalid_at(at, message, "the file ends too early; restore the rest of it")
            }
            _ => self.invalid_at(
                at,
                format!("this is not JSON: {message}"),
                "correct the syntax at this place",
            ),
        }
    }
}

/// A message that may quote a file, fit to be shown: safe for a terminal, and one that quotes a whole list of names or an
/// endless string cut to a few lines.
pub fn presentable(message: &str) -> String {
    const LONGEST: usize = 600;
    let message = contract::text::visible(message);
    if message.len() <= LONGEST {
        return message.into_owned();
    }
    format!("{}…", &message[..message.floor_char_boundary(LONGEST)])
}
