//! What a path was found to hold.

use std::path::Path;

use super::error::shown;
use crate::Case;
use crate::import::dataflow_rs::Application;

/// How cases are made of what is not a case yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadOptions {
    /// How many messages are made for each dataflow-rs definition.
    pub messages: u64,
    /// What they are drawn from.
    pub seed: u64,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self { messages: 200, seed: 1 }
    }
}

/// What a path held, as cases.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loaded {
    /// The cases, sorted by the paths of their files; those made for dataflow-rs definitions at the end.
    pub cases: Vec<Case>,
    /// What there is to know about how they were read.
    pub notices: Vec<Notice>,
}

/// What a path held. Its cases are the listed ones, and then the application's.
#[derive(Debug, Default)]
pub struct Opened {
    /// The cases that stand in files, sorted by their paths.
    pub listed: Vec<Case>,
    /// All dataflow-rs definitions of the path, as one application.
    pub application: Option<Application>,
    /// What there is to know about how they were read.
    pub notices: Vec<Notice>,
}

impl Opened {
    /// How many cases there are.
    pub fn count(&self) -> u64 {
        self.listed.len() as u64 + self.application.as_ref().map_or(0, Application::count)
    }

    /// All cases at once.
    pub fn into_loaded(self) -> Loaded {
        let mut cases = self.listed;
        cases.extend(self.application.iter().flat_map(Application::cases));
        Loaded {
            cases,
            notices: self.notices,
        }
    }

    pub(super) fn registered(&mut self, path: &Path, application: &Application) {
        let functions = application.rules().handlers.iter();
        let functions: Vec<String> = functions
            .map(|name| contract::text::visible(name).into_owned())
            .collect();
        if !functions.is_empty() {
            let (path, functions) = (shown(path), functions.join(", "));
            self.notices.push(Notice::Registered { path, functions });
        }
    }

    pub(super) fn fixed_clocks(&mut self, path: &Path, count: usize) {
        if count > 0 {
            let path = shown(path);
            self.notices.push(Notice::FixedClock { path, count });
        }
    }
}

/// What there is to know about how something was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Notice {
    /// A file of a folder was passed over.
    PassedOver {
        /// Its path, fit to be shown.
        path: String,
        /// Why.
        reason: &'static str,
    },
    /// Definitions read the clock.
    FixedClock {
        /// The path of the file or folder, fit to be shown.
        path: String,
        /// How often.
        count: usize,
    },
    /// Functions that an application is taken to register.
    Registered {
        /// The path of the file or folder, fit to be shown.
        path: String,
        /// Their names, fit to be shown.
        functions: String,
    },
}

impl Notice {
    pub(super) fn passed_over(path: &Path, reason: &'static str) -> Self {
        let path = shown(path);
        Self::PassedOver { path, reason }
    }
}

impl std::fmt::Display for Notice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::PassedOver { path, reason } => write!(f, "{path} was passed over: {reason}"),
            Self::Registered { path, functions } => write!(
                f,
                "{path}: its application is taken to register these functions: {functions}"
            ),
            Self::FixedClock { path, count } => {
                write!(
                    f,
                    "{path}: {count} `now` read a fixed clock, {}",
                    contract::rules::clock::NOW
                )
            }
        }
    }
}
