//! Finds Chromium, and starts it with a profile of its own that is gone afterwards.

use std::cell::RefCell;
use std::env;
use std::io;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::page::{Look, Page};
use crate::pipe::{Pipe, PipeError};

/// What the browser is called, on one system or another.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Nothing that would leave this machine, and nothing that differs from run to run.
const ARGUMENTS: [&str; 14] = [
    "--headless",
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--mute-audio",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
];

/// Why there is no browser.
#[derive(Debug, thiserror::Error)]
pub enum ChromiumError {
    /// None is installed.
    #[error("Chromium is not installed: `apt-get install chromium` on Debian; or name another with CHROMIUM=…")]
    Missing,
    /// It could not be started.
    #[error("failed to start Chromium: {0}")]
    Start(#[from] io::Error),
    /// It could not be asked.
    #[error(transparent)]
    Pipe(#[from] PipeError),
}

/// A running browser. It ends with its last owner.
#[derive(Debug)]
pub struct Chromium {
    pub(crate) pipe: RefCell<Pipe>,
    process: Child,
    _profile: TempDir,
}

/// Where the browser is: what `CHROMIUM` says, or the first that the search path has.
pub fn find() -> Option<PathBuf> {
    if let Some(named) = env::var_os("CHROMIUM") {
        return Some(named.into()).filter(|path: &PathBuf| path.is_file());
    }
    let folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH")?).collect();
    let candidates = NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    candidates.into_iter().find(|path| path.is_file())
}

impl Chromium {
    /// Starts a browser.
    ///
    /// # Errors
    /// If there is none, or it does not start.
    #[expect(
        clippy::disallowed_methods,
        reason = "starting the browser is what this module is for"
    )]
    pub fn start() -> Result<Self, ChromiumError> {
        let program = find().ok_or(ChromiumError::Missing)?;
        let profile = tempfile::tempdir()?;
        // The debugging pipe is file descriptors 3 and 4, which only a shell can make of the standard ones.
        let mut process = Command::new("sh")
            .args(["-c", "exec \"$@\" 3<&0 4>&1 0</dev/null 1>&2", "sh"])
            .arg(program)
            .args(ARGUMENTS)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let (Some(input), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(io::Error::other("it has no pipe").into());
        };
        let mut pipe = Pipe::new(input, output);
        pipe.call(None, "Browser.getVersion", &json!({}))?;
        Ok(Self {
            pipe: RefCell::new(pipe),
            process,
            _profile: profile,
        })
    }

    /// Opens a tab.
    ///
    /// # Errors
    /// If the browser is gone.
    pub fn page(&self, look: Look) -> Result<Page<'_>, PipeError> {
        let target = self.call(None, "Target.createTarget", &json!({ "url": "about:blank" }))?;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = self.call(None, "Target.attachToTarget", &attach)?;
        Page::new(self, session["sessionId"].as_str().unwrap_or_default().to_owned(), look)
    }

    pub(crate) fn call(&self, session: Option<&str>, method: &str, parameters: &Value) -> Result<Value, PipeError> {
        self.pipe.borrow_mut().call(session, method, parameters)
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // Whether it ends by itself or by force does not matter any more.
        let _ = self.call(None, "Browser.close", &json!({}));
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
