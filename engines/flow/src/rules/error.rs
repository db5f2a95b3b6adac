//! What can go wrong, in the variants and the words of dataflow-rs: both are part of what a message records.

use std::fmt;

use contract::rules::reply::Failure;

/// An error of a definition, a function or the engine itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// Something given does not fit.
    Validation(String),
    /// A function failed.
    FunctionExecution(String),
    /// A workflow failed, or is not sound.
    Workflow(String),
    /// A task failed.
    Task(String),
    /// Nobody registered the function.
    FunctionNotFound(String),
    /// Data does not have the shape that is read.
    Deserialization(String),
    /// Input or output failed.
    Io(String),
    /// An expression does not compile, or cannot be evaluated.
    LogicEvaluation(String),
    /// An HTTP call failed.
    Http {
        /// Its status; 0: no connection.
        status: u16,
        /// What happened.
        message: String,
    },
    /// Time ran out.
    Timeout(String),
    /// Anything else.
    Unknown(String),
    /// A service that a function uses failed.
    Service {
        /// What kind of failure, by the service's own word; empty if it has none.
        kind: String,
        /// What happened.
        message: String,
        /// For operators.
        detail: Option<String>,
    },
}

/// The result of what may fail with an [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The code that a message records for it.
    pub fn code(&self) -> &str {
        match self {
            Self::Validation(_) => "VALIDATION_ERROR",
            Self::Workflow(_) => "WORKFLOW_ERROR",
            Self::Task(_) => "TASK_ERROR",
            Self::FunctionNotFound(_) => "FUNCTION_NOT_FOUND",
            Self::FunctionExecution(_) => "FUNCTION_ERROR",
            Self::LogicEvaluation(_) => "LOGIC_ERROR",
            Self::Http { .. } => "HTTP_ERROR",
            Self::Timeout(_) => "TIMEOUT_ERROR",
            Self::Io(_) => "IO_ERROR",
            Self::Deserialization(_) => "DESERIALIZATION_ERROR",
            Self::Unknown(_) => "UNKNOWN_ERROR",
            Self::Service { kind, .. } if kind.is_empty() => "TASK_ERROR",
            Self::Service { kind, .. } => kind,
        }
    }

    /// What it says to operators only.
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::Service { detail, .. } => detail.as_deref(),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Validation(what) => write!(f, "Validation error: {what}"),
            Self::FunctionExecution(what) => write!(f, "Function execution error: {what}"),
            Self::Workflow(what) => write!(f, "Workflow error: {what}"),
            Self::Task(what) => write!(f, "Task error: {what}"),
            Self::FunctionNotFound(what) => write!(f, "Function not found: {what}"),
            Self::Deserialization(what) => write!(f, "Deserialization error: {what}"),
            Self::Io(what) => write!(f, "IO error: {what}"),
            Self::LogicEvaluation(what) => write!(f, "Logic evaluation error: {what}"),
            Self::Http { status, message } => write!(f, "HTTP error: {status} - {message}"),
            Self::Timeout(what) => write!(f, "Timeout error: {what}"),
            Self::Unknown(what) => write!(f, "Unknown error: {what}"),
            Self::Service { message, .. } => f.write_str(message),
        }
    }
}

impl std::error::Error for Error {}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Deserialization(error.to_string())
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Validation(what) => Self::Validation(what),
            Failure::FunctionExecution(what) => Self::FunctionExecution(what),
            Failure::Workflow(what) => Self::Workflow(what),
            Failure::Task(what) => Self::Task(what),
            Failure::FunctionNotFound(what) => Self::FunctionNotFound(what),
            Failure::Deserialization(what) => Self::Deserialization(what),
            Failure::Io(what) => Self::Io(what),
            Failure::LogicEvaluation(what) => Self::LogicEvaluation(what),
            Failure::Http { status, message } => Self::Http { status, message },
            Failure::Timeout(what) => Self::Timeout(what),
            Failure::Unknown(what) => Self::Unknown(what),
            Failure::Service { kind, message, detail } => Self::Service { kind, message, detail },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(failure: Failure, code: &str, text: &str) {
        let error = Error::from(failure);
        assert_eq!((error.code(), error.to_string().as_str()), (code, text));
    }

    #[test]
    fn every_failure_has_its_code_and_its_words() {
        let what = || "what".to_owned();
        check(
            Failure::Validation(what()),
            "VALIDATION_ERROR",
            "Validation error: what",
        );
        check(
            Failure::FunctionExecution(what()),
            "FUNCTION_ERROR",
            "Function execution error: what",
        );
        check(Failure::Workflow(what()), "WORKFLOW_ERROR", "Workflow error: what");
        check(Failure::Task(what()), "TASK_ERROR", "Task error: what");
        check(
            Failure::FunctionNotFound(what()),
            "FUNCTION_NOT_FOUND",
            "Function not found: what",
        );
        check(
            Failure::Deserialization(what()),
            "DESERIALIZATION_ERROR",
            "Deserialization error: what",
        );
        check(Failure::Io(what()), "IO_ERROR", "IO error: what");
        check(
            Failure::LogicEvaluation(what()),
            "LOGIC_ERROR",
            "Logic evaluation error: what",
        );
        let message = what();
        check(
            Failure::Http { status: 502, message },
            "HTTP_ERROR",
            "HTTP error: 502 - what",
        );
        check(Failure::Timeout(what()), "TIMEOUT_ERROR", "Timeout error: what");
        check(Failure::Unknown(what()), "UNKNOWN_ERROR", "Unknown error: what");
    }

    #[test]
    fn a_service_error_is_coded_by_its_kind_and_says_only_its_message() {
        let service = |kind: &str| Failure::Service {
            kind: kind.to_owned(),
            message: "down".to_owned(),
            detail: Some("host 7".to_owned()),
        };
        check(service("DB_DOWN"), "DB_DOWN", "down");
        check(service(""), "TASK_ERROR", "down");
        assert_eq!(Error::from(service("")).detail(), Some("host 7"));
        assert_eq!(Error::Task("what".to_owned()).detail(), None);
    }
}
